"""What it costs, said once and honestly, and when what was said no longer holds."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from djmoney.money import Money

from apps.carts.actions import add_to_cart, open_cart, set_delivery, set_quantity
from apps.carts.delivery import add_working_days
from apps.carts.quote import quote
from apps.catalog.models import Price
from apps.catalog.stock import Wanted, take_holds
from apps.customers.models import Customer
from apps.merchants import clock
from apps.merchants.models import Merchant
from apps.orders.actions import hold_for_summary
from tests import factories

from . import goods


@pytest.fixture
def ana(in_scope: Merchant) -> Customer:
    return factories.customer(in_scope)


def test_inclusive_tax_is_inside_the_prices(ana: Customer) -> None:
    goods.vat(ana.merchant)
    mug = goods.variant(ana.merchant, price="12.00")
    said = quote(goods.full_cart(ana, {mug: 2}))
    assert [
        (line.title, line.quantity, str(line.line_total.amount), str(line.tax_amount.amount)) for line in said.lines
    ] == [("Blue mug", 2, "24.00", "3.83")]
    assert (said.subtotal, said.delivery, said.tax, said.total) == (
        Money("24.00", "EUR"), Money("4.90", "EUR"), Money("4.61", "EUR"), Money("28.90", "EUR"),
    )  # fmt: skip
    assert said.tax_lines == [("VAT", Decimal(19), Money("4.61", "EUR"))]
    assert (said.is_tax_inclusive, said.problems) == (True, [])


def test_exclusive_tax_comes_on_top_per_line(ana: Customer) -> None:
    goods.vat(ana.merchant, "8.25", country="US", is_inclusive=False, name="Sales tax")
    goods.vat(ana.merchant, "2", country="US", is_inclusive=False, category="food", name="Sales tax")
    goods.address(ana, "US")
    mug, bread = (
        goods.variant(ana.merchant, price="9.99"),
        goods.variant(ana.merchant, price="3.25", tax_category="food"),
    )
    said = quote(goods.full_cart(ana, {mug: 3, bread: 1}))
    assert [str(line.tax_amount.amount) for line in said.lines] == ["2.47", "0.07"]
    assert said.tax_lines == [
        ("Sales tax", Decimal("8.25"), Money("2.87", "EUR")),
        ("Sales tax", Decimal(2), Money("0.07", "EUR")),
    ]
    assert said.total == Money("41.06", "EUR")
    assert said.total == said.subtotal + said.delivery + said.tax


def test_delivery_is_free_from_an_amount_on(ana: Customer) -> None:
    mug = goods.variant(ana.merchant, price="25.00")
    cart = goods.full_cart(ana, {mug: 2})
    assert (quote(cart).delivery, quote(cart).total) == (Money("0.00", "EUR"), Money("50.00", "EUR"))


def test_yen_have_no_decimals(in_scope: Merchant) -> None:
    in_scope.currency = "JPY"
    in_scope.save()
    ana = factories.customer(in_scope)
    goods.vat(in_scope, "10", country="JP")
    goods.address(ana, "JP")
    mug = goods.variant(in_scope, price="1500", currency="JPY")
    said = quote(
        goods.full_cart(ana, {mug: 1}, method=goods.parcel(in_scope, price="550", free_from=None, currency="JPY"))
    )
    assert (str(said.total.amount), str(said.tax.amount), said.currency) == ("2050", "186", "JPY")


def test_hash_covers_the_promise_and_nothing_else(ana: Customer) -> None:
    mug = goods.variant(ana.merchant)
    cart = goods.full_cart(ana, {mug: 1})
    first = quote(cart).hash
    with translation.override("de"), clock.at(dt.datetime(2030, 1, 1, tzinfo=dt.UTC)):
        assert quote(cart).hash == first
    hashes = {first}
    Price.objects.filter(variant=mug).update(amount=Decimal("12.50"))
    hashes.add(quote(cart).hash)
    set_quantity(cart, mug, quantity=2)
    hashes.add(quote(open_cart(ana)).hash)
    set_delivery(cart, address=goods.address(ana, "AT"))
    hashes.add(quote(open_cart(ana)).hash)
    set_delivery(cart, method=goods.parcel(ana.merchant, price="9.90", name="Express"))
    hashes.add(quote(open_cart(ana)).hash)
    goods.vat(ana.merchant, country="AT")
    hashes.add(quote(open_cart(ana)).hash)
    assert len(hashes) == 6


def test_says_what_is_wrong(ana: Customer) -> None:
    assert quote(open_cart(ana)).problems == ["empty"]
    mug, rare = goods.variant(ana.merchant), goods.variant(ana.merchant, "Rare mug", stock=2)
    add_to_cart(ana, mug)
    add_to_cart(ana, rare, quantity=2)
    assert quote(open_cart(ana)).problems == ["no_address", "no_delivery"]
    cart = set_delivery(
        open_cart(ana), address=goods.address(ana, "CH"), method=goods.parcel(ana.merchant, countries=["DE"])
    )
    take_holds([Wanted(rare.pk, 1, "somebody else")], reason="cart", until=clock.now() + dt.timedelta(hours=1))
    Price.objects.filter(variant=mug).update(amount=Decimal("13.00"))
    said = quote(cart)
    assert said.problems == ["price_changed", "out_of_stock", "delivery_elsewhere"]
    assert said.obstacles == ["out_of_stock", "delivery_elsewhere"]
    assert [(line.problem, line.was_price, line.available) for line in said.lines] == [
        ("price_changed", Money("12.00", "EUR"), 10),
        ("out_of_stock", None, 1),
    ]
    Price.objects.filter(variant=mug).delete()
    rare.is_active = False
    rare.save()
    assert [line.problem for line in quote(cart).lines] == ["no_price", "not_for_sale"]


def test_a_changed_price_is_news_once(ana: Customer) -> None:
    mug = goods.variant(ana.merchant)
    cart = goods.full_cart(ana, {mug: 1})
    Price.objects.filter(variant=mug).update(amount=Decimal("13.00"))
    assert quote(cart).problems == ["price_changed"]
    hold_for_summary(cart)
    assert quote(cart).problems == []


def test_own_holds_count_as_available(ana: Customer) -> None:
    mug = goods.variant(ana.merchant, stock=2)
    cart = goods.full_cart(ana, {mug: 2})
    hold_for_summary(cart)
    assert (quote(cart).lines[0].available, quote(cart).problems) == (2, [])
    with clock.at(clock.now() + dt.timedelta(minutes=16)):
        assert quote(cart).lines[0].available == 2


def test_things_that_need_no_parcel(ana: Customer) -> None:
    voucher = goods.variant(ana.merchant, "Voucher", stock=None, requires_shipping=False)
    cart = add_to_cart(ana, voucher, quantity=3)
    assert (quote(cart).needs_delivery, quote(cart).problems, quote(cart).lines[0].available) == (False, [], None)


def test_days_are_working_days_where_the_shop_is(ana: Customer) -> None:
    mug = goods.variant(ana.merchant)
    cart = goods.full_cart(ana, {mug: 1})
    friday_night = dt.datetime(2026, 11, 20, 23, 30, tzinfo=dt.UTC)  # already Saturday in Berlin
    with clock.at(friday_night):
        said = quote(cart)
    assert (said.earliest, said.latest) == (dt.date(2026, 11, 25), dt.date(2026, 11, 27))
    assert add_working_days(dt.date(2026, 11, 21), 0) == dt.date(2026, 11, 23)


@pytest.mark.parametrize("count", [1, 12])
def test_quote_costs_the_same_however_long_the_cart(ana: Customer, count: int) -> None:
    goods.vat(ana.merchant)
    wanted: dict[Any, int] = {goods.variant(ana.merchant, f"Mug {n}"): 1 for n in range(count)}
    goods.full_cart(ana, wanted)
    cart = open_cart(ana)
    quote(cart)  # how things are called and look is in memory from here on
    with CaptureQueriesContext(
        connection,
    ) as queries:
        quote(cart)
    assert len(queries) == 6  # lines, prices, state of the catalogue, taxes, stock, steps of delivery
