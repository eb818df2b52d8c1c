"""The stage every other test stands on."""

import pytest
from django_scopes import ScopeError

from apps.customers.models import Customer
from apps.merchants.models import ChannelAccount, Merchant
from tests import factories


def test_each_factory_makes_a_row_of_its_merchant(in_scope: Merchant) -> None:
    account = factories.channel_account(in_scope, "whatsapp", api_base="http://127.0.0.1:1")
    shopper = factories.identity(account, "49170111", display_name="Ana")
    agent = factories.staff(in_scope, "lead")
    assert (account.config["api_base"], shopper.customer.merchant, agent.staffrole_set.get().role) == (
        "http://127.0.0.1:1",
        in_scope,
        "lead",
    )
    assert ChannelAccount.objects.get().config["app_secret"] == "wa-app-secret"


def test_unscoped_queries_are_refused(merchant: Merchant) -> None:
    factories.customer(merchant)
    with pytest.raises(ScopeError):
        Customer.objects.exists()
