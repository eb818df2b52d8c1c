"""Two customers turn out to be one while an order waits for its payment: it goes on waiting, and its money is honoured."""

import datetime as dt
from typing import Any

import pytest

from apps.carts.actions import add_to_cart, open_cart
from apps.carts.models import Cart
from apps.carts.quote import quote
from apps.catalog.models import StockLevel
from apps.catalog.stock import OutOfStock, available
from apps.customers.actions import merge_customers, undo_merge
from apps.customers.models import Customer, Merge
from apps.merchants import clock
from apps.merchants.invariants import run_all
from apps.orders.actions import expire_orders
from apps.orders.models import Order
from apps.payments.actions import cancel_order
from apps.payments.models import Payment
from tests import factories
from tests.carts import goods

from . import story
from .desk import Desk

pytestmark = pytest.mark.django_db
LATER = dt.timedelta(minutes=40)


@pytest.fixture
def ben(ana: Customer) -> Customer:
    return factories.customer(ana.merchant, "Ben")


def contents(customer: Customer) -> dict[str, int]:
    return {line.variant.product.title: line.quantity for line in open_cart(customer).lines.all()}


def breaches() -> list[dict[str, Any]]:
    return [finding for finding in run_all() if not finding["ok"]]


def join(source: Customer, target: Customer) -> Merge:
    merge_customers(source, target)
    return Merge.objects.get(undone_at=None)


def waits(payment: Payment, customer: Customer) -> bool:
    """Nothing has happened to its order but that it is the joined customer's."""
    order = Order.objects.get(pk=payment.order_id)
    payment.refresh_from_db()
    return (order.status, order.customer, payment.state, story.told(order)) == ("draft", customer, "open", ["drafted"])


def pay(desk: Desk, payment: Payment) -> Order:
    assert desk.pay(payment.provider_session) == "paid"
    story.deliver(desk)
    return Order.objects.get(pk=payment.order_id)


@pytest.mark.parametrize("has_looked", [False, True])
@pytest.mark.parametrize("is_source", [False, True])
def test_a_channel_without_a_cart_leaves_the_order_as_it_is(
    desk: Desk, ana: Customer, ben: Customer, is_source: bool, has_looked: bool
) -> None:
    buyer, other = (ben, ana) if is_source else (ana, ben)
    payment = story.linked(buyer)
    if has_looked:
        open_cart(other)
    join(ben, ana)
    assert (waits(payment, ana), contents(ana), breaches()) == (True, {"Blue mug": 1}, [])
    order = pay(desk, payment)
    assert (order.status, order.payment_status, contents(ana), breaches()) == ("placed", "paid", {}, [])


@pytest.mark.parametrize("is_source", [False, True])
def test_an_order_in_the_one_cart_and_goods_in_the_other_stay_apart(
    desk: Desk, ana: Customer, ben: Customer, is_source: bool
) -> None:
    buyer, other = (ben, ana) if is_source else (ana, ben)
    mug = goods.variant(ana.merchant, stock=3)
    payment = story.linked(buyer, {mug: 2})
    add_to_cart(other, goods.variant(ana.merchant, "Cup"))
    join(ben, ana)
    assert (waits(payment, ana), contents(ana), available([mug.pk]), breaches()) == (True, {"Cup": 1}, {mug.pk: 1}, [])
    order = pay(desk, payment)
    level = StockLevel.objects.get(variant=mug)
    assert (order.status, order.payment_status, contents(ana)) == ("placed", "paid", {"Cup": 1})
    assert (level.on_hand, level.allocated, level.held, breaches()) == (3, 2, 0, [])


def test_two_orders_are_two_orders(desk: Desk, ana: Customer, ben: Customer) -> None:
    cup = goods.variant(ana.merchant, "Cup")
    payments = [story.linked(ana), story.linked(ben, {cup: 1})]
    join(ben, ana)
    assert [waits(payment, ana) for payment in payments] == [True, True]
    orders = [pay(desk, payment) for payment in payments]
    assert [(order.status, order.payment_status) for order in orders] == [("placed", "paid")] * 2
    assert (contents(ana), breaches()) == ({}, [])


def test_what_is_not_paid_is_back_in_the_cart_and_the_other_order_waits_on(
    desk: Desk, ana: Customer, ben: Customer
) -> None:
    mug, cup = goods.variant(ana.merchant, stock=2), goods.variant(ana.merchant, "Cup")
    payments = [story.linked(ana, {cup: 1}), story.linked(ben, {mug: 2})]
    join(ben, ana)
    cancel_order(payments[1].order, reason="shopper")
    assert (waits(payments[0], ana), contents(ana), breaches()) == (True, {"Blue mug": 2}, [])
    order = pay(desk, payments[0])
    assert (order.status, contents(ana), breaches()) == ("placed", {"Blue mug": 2}, [])


def test_an_order_that_runs_out_brings_all_its_goods_back(desk: Desk, ana: Customer, ben: Customer) -> None:
    mug = goods.variant(ana.merchant, stock=5)
    story.linked(ana, {mug: 3})
    add_to_cart(ben, mug, quantity=2)
    add_to_cart(ben, goods.variant(ana.merchant, "Cup"))
    join(ben, ana)
    with clock.at(clock.now() + LATER):
        assert expire_orders() == 1
        assert (contents(ana), available([mug.pk]), breaches()) == ({"Blue mug": 5, "Cup": 1}, {mug.pk: 5}, [])


def test_the_goods_of_the_order_are_not_sold_to_somebody_else(desk: Desk, ana: Customer, ben: Customer) -> None:
    mug = goods.variant(ana.merchant, stock=1)
    payment = story.linked(ana, {mug: 1})
    add_to_cart(ben, goods.variant(ana.merchant, "Cup"))
    join(ben, ana)
    eve = factories.customer(ana.merchant, "Eve")
    with pytest.raises(OutOfStock):
        add_to_cart(eve, mug)
    assert pay(desk, payment).status == "placed"


def test_two_again_each_has_the_order_that_was_theirs(desk: Desk, ana: Customer, ben: Customer) -> None:
    cup = goods.variant(ana.merchant, "Cup")
    hers, his = story.linked(ana), story.linked(ben, {cup: 1})
    undo_merge(join(ben, ana))
    assert (waits(hers, ana), waits(his, ben), breaches()) == (True, True, [])
    assert {cart.customer_id for cart in Cart.objects.filter(orders=his.order)} == {ben.pk}
    assert [pay(desk, payment).customer for payment in (hers, his)] == [ana, ben]
    assert breaches() == []


@pytest.mark.parametrize("is_source", [False, True])
def test_two_again_after_the_order_came_to_nothing_each_has_their_own_goods(
    desk: Desk, ana: Customer, ben: Customer, is_source: bool
) -> None:
    buyer, other = (ben, ana) if is_source else (ana, ben)
    mug = goods.variant(ana.merchant, stock=5)
    story.linked(buyer, {mug: 2})
    add_to_cart(other, mug)
    add_to_cart(other, goods.variant(ana.merchant, "Cup"))
    merge = join(ben, ana)
    with clock.at(clock.now() + LATER):
        expire_orders()
        assert contents(ana) == {"Blue mug": 3, "Cup": 1}
        add_to_cart(ana, goods.variant(ana.merchant, "Pen"))
        undo_merge(merge)
        assert (contents(buyer), breaches()) == ({"Blue mug": 2}, [])
        assert contents(other) == {"Blue mug": 1, "Cup": 1, "Pen": 1}


def test_two_again_after_all_of_it_was_bought(desk: Desk, ana: Customer, ben: Customer) -> None:
    story.linked(ben)
    add_to_cart(ana, goods.variant(ana.merchant, "Cup"))
    merge = join(ben, ana)
    with clock.at(clock.now() + LATER):
        expire_orders()
        order = pay(desk, story.start_checkout(goods.draft(goods.full_cart(ana, {}))))
        undo_merge(merge)
        assert (order.customer, order.lines.count(), contents(ana), contents(ben), breaches()) == (ana, 2, {}, {}, [])


def test_two_again_after_the_order_was_paid(desk: Desk, ana: Customer, ben: Customer) -> None:
    payment = story.linked(ben)
    merge = join(ben, ana)
    pay(desk, payment)
    undo_merge(merge)
    order = Order.objects.get(pk=payment.order_id)
    assert (order.customer, order.cart.customer, contents(ana), contents(ben)) == (ben, ben, {}, {})
    assert breaches() == []


def test_two_again_a_newer_order_of_the_same_cart_is_the_others(desk: Desk, ana: Customer, ben: Customer) -> None:
    payment = story.linked(ben)
    merge = join(ben, ana)
    with clock.at(clock.now() + LATER):
        expire_orders()
        newer = story.start_checkout(goods.draft(goods.full_cart(ana, {})))
        order = pay(desk, newer)
        undo_merge(merge)
    order.refresh_from_db()
    assert (order.status, order.customer, order.cart.customer) == ("placed", ana, ana)
    assert Order.objects.get(pk=payment.order_id).customer == ben
    assert (quote(open_cart(ben)).lines, breaches()) == ([], [])
