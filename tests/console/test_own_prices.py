"""The pane of goods beside a thread shows what its shopper pays."""

import pytest
from django.test import Client
from django_scopes import scope

from apps.catalog.models import PriceList
from apps.conversations.models import Conversation
from apps.customers.actions import add_members
from apps.customers.models import CustomerGroup
from apps.merchants.models import Merchant
from tests import factories
from tests.catalog.factories import make_variant

pytestmark = pytest.mark.django_db(transaction=True)


def prices(client: Client, **asked: str) -> list[str]:
    return [tile["price"] for tile in client.get("/console/catalogue/", asked).json()["products"]]


def test_goods_cost_what_the_shopper_of_the_thread_pays(client: Client, shop: Merchant, thread: Conversation) -> None:
    with scope(merchant=shop):
        make_variant(shop, title="Mug", price="20.00")
        group = CustomerGroup.objects.create(merchant=shop, name="Trade")
        add_members(group, [thread.identity.customer])
        PriceList.objects.create(merchant=shop, name="Trade", currency="EUR", percent=-10).groups.add(group)
    client.force_login(factories.staff(shop, role="associate"))
    for words in ("", "mug"):
        assert prices(client, q=words, thread=thread.public_id) == ["€18.00"]
        assert prices(client, q=words) == ["€20.00"]
        assert prices(client, q=words, thread="nobody") == ["€20.00"]
