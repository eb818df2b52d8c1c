"""Prices of one's own in the thread: shown, filtered, explained, and told anew when the parcel goes elsewhere."""

from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scope

from apps.catalog.models import PriceList
from apps.customers.actions import add_members
from apps.customers.models import Customer, CustomerGroup
from apps.merchants.models import Merchant
from apps.messaging.content import CartSummary, to_json
from apps.orders.models import Order

from .dialogue import Shopper


def price_list(shop: Merchant, **facts: Any) -> PriceList:
    made: PriceList = PriceList.objects.create(merchant=shop, currency="EUR", **{"name": "Trade", **facts})
    return made


def trade(shop: Merchant) -> CustomerGroup:
    """With everybody in it who is there."""
    with scope(merchant=shop):
        group: CustomerGroup = CustomerGroup.objects.create(merchant=shop, name="Trade")
        add_members(group, Customer.objects.all())
        price_list(shop, percent=-20, reason="your price as a trade customer").groups.add(group)
    return group


def said(shopper: Shopper, text: str) -> str:
    return "\n".join(str(to_json(content)) for content in shopper.says(text))


def test_a_members_price_is_theirs_alone(shop: Merchant, arrive: Any) -> None:
    ana = arrive()
    bea = Shopper(ana.account, "shopper-2", language="en")
    ana.says("hello")
    trade(shop)
    bea.says("hello")
    for _again in range(2):
        assert "€7.60" in said(ana, "glass mug")
        assert "€9.50" in said(bea, "glass mug")
    assert "Stoneware mug" in said(ana, "mugs under 10")
    assert "Stoneware mug" not in said(bea, "mugs under 10")


def test_why_this_price_names_the_list_and_what_others_pay(shop: Merchant, arrive: Any) -> None:
    ana = arrive()
    ana.says("hello")
    trade(shop)
    ana.says("glass mug")
    ana.says("add the first one")
    assert "your price as a trade customer, instead of €9.50" in said(ana, "why this price?")


def test_a_parcel_that_goes_elsewhere_is_priced_anew_and_the_summary_says_so(shop: Merchant, arrive: Any) -> None:
    with scope(merchant=shop):
        price_list(shop, name="Spain", percent=10, countries=["ES"])
    ana = arrive()
    ana.says("glass mug")
    ana.says("add the first one")
    for line in ("checkout", "Ana Lopez", "Calle Mayor 3, 28013 Madrid, España", "skip", "skip", "1"):
        ana.says(line)
    summary = next(content for content in ana.answers if isinstance(content, CartSummary))
    assert "Glass mug now costs €10.45, before it was €9.50." in summary.notes
    ana.taps("Buy now")
    with scope(merchant=shop):
        line = Order.objects.get().lines.get()
        assert str(line.unit_price.amount) == "10.450"
        assert line.price_source == f"pricelist:{PriceList.objects.get().public_id}"


def test_lists_cost_a_turn_one_query_and_a_shop_without_them_none(shop: Merchant, arrive: Any) -> None:
    ana = arrive()
    ana.says("hello")

    def queries() -> int:
        ana.says("glass mug")
        with CaptureQueriesContext(connection) as captured:
            ana.says("glass mug")
        return len(captured)

    without = queries()
    trade(shop)
    assert queries() == without + 1
