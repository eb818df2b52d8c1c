"""The same again: an old order in the cart once more, as it is sold today."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.carts.actions import MAX_QUANTITY, add_to_cart, open_cart
from apps.catalog.models import Product, StockLevel
from apps.catalog.stock import count_stock
from apps.customers.models import Customer
from apps.merchants.invariants import run_all
from apps.merchants.models import Merchant
from apps.orders.actions import order_again
from apps.orders.models import Order
from tests import factories
from tests.carts import goods

from .test_orders import placed


@pytest.fixture
def ana(in_scope: Merchant) -> Customer:
    goods.vat(in_scope)
    return factories.customer(in_scope)


@pytest.fixture
def old(ana: Customer) -> Order:
    """Two mugs and a lamp, bought."""
    mug, lamp = goods.variant(ana.merchant, stock=9), goods.variant(ana.merchant, "Desk lamp", stock=4)
    return placed(ana, {mug: 2, lamp: 1})


def in_cart(customer: Customer) -> dict[str, int]:
    return {line.variant.product.slug: line.quantity for line in open_cart(customer).lines.order_by("pk")}


def said(listed: tuple[Any, ...]) -> list[str]:
    return [str(one) for one in listed]


def left(order: Order, place: int, pieces: int) -> None:
    """So many of the order's line are free."""
    level = StockLevel.objects.get(variant=order.lines.order_by("pk")[place].variant)
    count_stock(level.variant, level.location, on_hand=pieces + level.allocated, reason="counted")


def test_everything_goes_into_the_cart_and_asking_twice_adds_nothing(ana: Customer, old: Order) -> None:
    for _ in range(2):
        again = order_again(old)
        assert (said(again.there), again.short, again.gone) == (["2 × Blue mug", "1 × Desk lamp"], (), ())
        assert not again.is_repriced
        assert sorted(in_cart(ana).values()) == [1, 2]
    assert [finding["name"] for finding in run_all() if not finding["ok"]] == []


def test_what_is_in_the_cart_never_becomes_less(ana: Customer, old: Order) -> None:
    mug = old.lines.order_by("pk")[0].variant
    add_to_cart(ana, mug, quantity=5)
    again = order_again(old)
    assert said(again.there) == ["2 × Blue mug", "1 × Desk lamp"]
    assert in_cart(ana)[mug.product.slug] == 5


def test_fewer_than_were_ordered(ana: Customer, old: Order) -> None:
    left(old, 0, 1)
    left(old, 1, 0)
    again = order_again(old)
    assert (said(again.there), said(again.short), again.gone) == (["1 × Blue mug"], ["1 × Blue mug"], ("Desk lamp",))
    assert list(in_cart(ana).values()) == [1]


@pytest.mark.parametrize("how", ["archived", "inactive", "unpriced"])
def test_what_is_not_sold_any_more_is_named(ana: Customer, old: Order, how: str) -> None:
    lamp = old.lines.order_by("pk")[1].variant
    if how == "archived":
        Product.objects.filter(pk=lamp.product_id).update(status=Product.Status.ARCHIVED)
    elif how == "inactive":
        type(lamp).objects.filter(pk=lamp.pk).update(is_active=False)
    else:
        lamp.prices.all().delete()
    again = order_again(old)
    assert (said(again.there), again.gone) == (["2 × Blue mug"], ("Desk lamp",))


def test_a_new_price_is_said_and_holds(ana: Customer, old: Order) -> None:
    price = old.lines.order_by("pk")[0].variant.prices.get()
    price.amount = price.amount + type(price.amount)(Decimal("1.00"), price.amount.currency)
    price.save()
    again = order_again(old)
    assert again.is_repriced
    assert open_cart(ana).lines.order_by("pk")[0].seen_price == price.amount


def test_no_more_than_a_cart_takes(ana: Customer, old: Order) -> None:
    line = old.lines.order_by("pk")[0]
    type(line).objects.filter(pk=line.pk).update(quantity=MAX_QUANTITY + 5)
    left(old, 0, MAX_QUANTITY + 50)
    again = order_again(old)
    assert said(again.short) == [f"{MAX_QUANTITY} × Blue mug"]


def test_the_number_of_queries_does_not_grow_with_the_order(ana: Customer, old: Order) -> None:
    many = placed(ana, {goods.variant(ana.merchant, f"Thing {place}", stock=3): 1 for place in range(8)})
    counts = []
    for order in (old, many):
        with CaptureQueriesContext(connection) as asked:
            order_again(order)
        counts.append(len(asked))
    assert counts[1] <= counts[0], counts


def test_an_order_that_waits_for_its_payment_goes_on_waiting_where_nothing_is_to_be_had(
    ana: Customer, old: Order
) -> None:
    waiting = goods.draft(goods.full_cart(ana, {goods.variant(ana.merchant, "Vase", stock=2): 1}))
    for place in (0, 1):
        left(old, place, 0)
    assert order_again(old).there == ()
    waiting.refresh_from_db()
    assert waiting.status == "draft"


def test_what_lies_in_the_cart_and_has_gone_is_named(ana: Customer, old: Order) -> None:
    lamp = old.lines.order_by("pk")[1].variant
    add_to_cart(ana, lamp, quantity=1)
    left(old, 1, 0)
    assert order_again(old).gone == ("Desk lamp",)
