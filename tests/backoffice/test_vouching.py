"""A person of the shop says that a number is still whose it was."""

from django.test import Client
from django_scopes import scope

from apps.customers.actions import follow, set_apart
from apps.customers.models import Address, Customer, Identity
from apps.merchants.models import Merchant
from tests import factories

LIST = "/admin/customers/customer/"


def test_a_colleague_vouches_for_who_has_the_number_now(desk: Client, merchant: Merchant) -> None:
    account = factories.channel_account(merchant, "sms")
    before, now = factories.identity(account, "+4917600000001"), factories.identity(account, "+4917600000002")
    with scope(merchant=merchant):
        Address.objects.create(merchant=merchant, customer=before.customer, name="Ana", city="Berlin", country="DE")
        set_apart(before)
        follow(now, before)
    asked = {"action": "vouch", "_selected_action": [now.customer.pk]}
    page = desk.post(LIST, asked, follow=True).content.decode()
    assert f"{before.customer} has everything again that was there before." in page
    with scope(merchant=merchant):
        assert Identity.objects.get(pk=now.pk).customer == before.customer
        assert list(Customer.objects.filter(merged_into=None)) == [before.customer]
    page = desk.post(LIST, {**asked, "_selected_action": [before.customer.pk]}, follow=True).content.decode()
    assert "Nothing is kept from" in page
