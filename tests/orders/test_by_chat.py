"""What needs no parcel: no address, no delivery, handed over with the payment, and the parcel's story beside it."""

import pytest
from django.db import IntegrityError, transaction

from apps.carts.actions import add_to_cart, open_cart
from apps.carts.quote import quote
from apps.catalog.models import Variant
from apps.customers.models import Customer
from apps.merchants.invariants import run_all
from apps.merchants.models import Merchant
from apps.orders.actions import TooMany, call_off, deliver_order, order_timeline, ship_order
from apps.orders.actions.hand_over import hand_over, take_back
from apps.orders.actions.place import Placing, place_paid
from apps.orders.models import Order, OrderLine
from tests import factories
from tests.carts import goods


@pytest.fixture
def ana(in_scope: Merchant) -> Customer:
    return factories.customer(in_scope)


def course(merchant: Merchant, *, stock: int | None = None) -> Variant:
    return goods.variant(merchant, "Knitting course", price="20.00", stock=stock, comes_as="digital")


def placed(customer: Customer, *variants: Variant) -> Order:
    for variant in variants:
        add_to_cart(customer, variant)
    order = goods.draft(open_cart(customer))
    with transaction.atomic():
        assert place_paid(order) == Placing.PLACED
    order.refresh_from_db()
    return order


def breaches() -> list[str]:
    return [row["name"] for row in run_all() if not row["ok"]]


def test_a_cart_without_a_parcel_asks_for_no_address_and_costs_no_delivery(ana: Customer) -> None:
    goods.parcel(ana.merchant)
    add_to_cart(ana, course(ana.merchant))
    now = quote(open_cart(ana))
    assert (now.problems, now.needs_delivery, str(now.total)) == ([], False, "€20.00")
    order = placed(ana)
    assert (order.shipping_address, order.fulfilment_status, order.comes_by_chat) == ({}, "delivered", True)
    assert list(order.events.values_list("kind", flat=True)) == ["drafted", "placed", "handed_over"]
    assert [step.kind for step in order_timeline(order)] == ["ordered", "paid", "handed_over"]
    assert breaches() == []


def test_of_a_mixed_order_only_the_goods_travel(ana: Customer) -> None:
    mug = goods.variant(ana.merchant)
    goods.full_cart(ana, {mug: 1})
    order = placed(ana, course(ana.merchant))
    assert (order.shipping_address["city"], order.fulfilment_status) == ("Berlin", "none")
    assert {line.sku: (line.handed, line.unsent) for line in order.lines.all()} == {
        mug.sku: (0, 1),
        order.lines.last().sku: (1, 0),
    }
    parcel = ship_order(order, carrier="DHL")
    assert [str(packed) for packed in parcel.lines.all()] == ["1 × Blue mug"]
    order = deliver_order(order)
    assert (order.fulfilment_status, order.events.get(kind="delivered").data["left"]) == ("delivered", 0)
    assert breaches() == []


def test_it_is_handed_over_once_whoever_asks(ana: Customer) -> None:
    order = placed(ana, course(ana.merchant))
    assert hand_over(order) == []
    with pytest.raises(IntegrityError), transaction.atomic():
        order.record("handed_over")
    with pytest.raises(IntegrityError), transaction.atomic():
        OrderLine.objects.update(handed=2)
    with pytest.raises(IntegrityError), transaction.atomic():
        OrderLine.objects.update(handed=0, shipped=1)


def test_a_counted_one_leaves_the_stock_and_comes_back(ana: Customer) -> None:
    """Taken back, all of it: the order ends, and the piece is for sale again."""
    variant = course(ana.merchant, stock=3)
    order = placed(ana, variant)
    level = variant.stock_levels.get()
    assert (level.on_hand, level.allocated, level.held) == (2, 0, 0)
    with pytest.raises(TooMany):
        take_back(order, {order.lines.get().pk: 2})
    take_back(order, {order.lines.get().pk: 1})
    level.refresh_from_db()
    assert (level.on_hand, level.allocated, order.status, order.fulfilment_status) == (3, 0, "cancelled", "none")
    assert call_off(order).status == "cancelled"
    assert breaches() == []


def test_an_order_that_kept_something_back_is_found(ana: Customer) -> None:
    placed(ana, course(ana.merchant))
    OrderLine.objects.update(handed=0)
    assert "orders: what comes by chat is handed over" in breaches()


def test_a_gift_card_does_not_make_the_parcel_free(ana: Customer) -> None:
    """Delivery is free from 50.00 of goods; a card is money in another shape."""
    card = goods.variant(ana.merchant, "Gift card", price="100.00", stock=None, comes_as="gift_card")
    cart = goods.full_cart(ana, {goods.variant(ana.merchant): 1, card: 1})
    assert str(quote(cart).delivery) == "€4.90"
