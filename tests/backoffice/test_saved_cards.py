"""What the desk sees of kept cards: what they are called and until when they are good, and whether they may be kept."""

import pytest
from django.test import Client
from django.urls import reverse
from django_scopes import scope

from apps.customers.models import Customer
from apps.merchants.models import Merchant
from apps.payments.models import Payer, PaymentAccount, SavedCard
from tests import factories


@pytest.fixture
def ana(merchant: Merchant) -> Customer:
    """A shopper with a kept card."""
    with scope(merchant=merchant):
        customer = factories.customer(merchant)
        account = PaymentAccount.objects.create(merchant=merchant, provider="stripe", name="main", keeps_cards=True)
        payer = Payer.objects.create(
            merchant=merchant, account=account, customer=customer, provider_customer="cus_canary"
        )
        SavedCard.objects.create(
            merchant=merchant, payer=payer, provider_method="pm_canary", brand="visa", last4="4242", exp_month=3,
            exp_year=2031,
        )  # fmt: skip
        return customer


def page_of(customer: Customer) -> str:
    return reverse("admin:customers_customer_change", args=[customer.pk])


def test_brand_digits_and_expiry_are_seen_and_never_more(desk: Client, ana: Customer) -> None:
    page = desk.get(page_of(ana)).content.decode()
    assert ("Visa •••• 4242 (03/2031)" in page, "pm_canary" in page, "cus_canary" in page) == (True, False, False)


def test_another_shop_sees_nothing(other_merchant: Merchant, ana: Customer) -> None:
    client = Client()
    client.force_login(factories.staff(other_merchant, "manager"), backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(page_of(ana))
    assert (answer.status_code, answer.headers["location"]) == (302, "/admin/")


def test_the_owner_says_whether_cards_may_be_kept(merchant: Merchant, ana: Customer) -> None:
    client = Client()
    client.force_login(factories.staff(merchant, "admin"), backend="django.contrib.auth.backends.ModelBackend")
    with scope(merchant=merchant):
        account = PaymentAccount.objects.get()
    place = reverse("admin:payments_paymentaccount_change", args=[account.pk])
    values = {"setting_api_key": "sk_test_1", "setting_webhook_secret": "whsec_1", "is_active": "on"}
    assert client.post(place, values).status_code == 302
    account.refresh_from_db()
    assert account.keeps_cards is False
    assert client.post(place, values | {"keeps_cards": "on"}).status_code == 302
    account.refresh_from_db()
    assert account.keeps_cards is True
