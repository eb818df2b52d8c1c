"""A cart nobody touches is closed after the shop's days, keeps nothing from others, and can be taken back."""

import datetime as dt
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django_scopes import scope

from apps.carts.actions import (
    add_to_cart,
    lapse_carts,
    lapsed_cart,
    open_cart,
    set_delivery,
    set_quantity,
    take_back,
)
from apps.carts.models import Cart, CartChange, CartLine
from apps.catalog.models import StockHold
from apps.catalog.stock import available
from apps.customers.actions import merge_customers, undo_merge
from apps.customers.models import Customer, Merge
from apps.merchants import clock, invariants
from apps.merchants.models import Merchant
from apps.orders.actions import hold_for_summary
from tests import factories

from . import goods
from .test_actions import contents

START = dt.datetime(2026, 3, 2, 10, 0, tzinfo=dt.UTC)


@pytest.fixture
def ana(in_scope: Merchant) -> Iterator[Customer]:
    with clock.at(START):
        yield factories.customer(in_scope)


def after(days: float) -> AbstractContextManager[None]:
    """So many days and a minute after the start."""
    return clock.at(START + dt.timedelta(days=days, minutes=1))


def breaches() -> list[Any]:
    return [found for found in invariants.run_all() if not found["ok"]]


def states(customer: Customer) -> list[str]:
    return list(Cart.objects.filter(customer=customer).order_by("pk").values_list("status", flat=True))


def test_a_cart_lapses_after_the_days_of_the_shop_and_not_before(ana: Customer) -> None:
    mug = goods.variant(ana.merchant, stock=3)
    cart = add_to_cart(ana, mug, quantity=2)
    with after(29):
        assert lapse_carts() == 0
        set_quantity(cart, mug, quantity=3)  # it counts from the last change
    with after(58):
        assert lapse_carts() == 0
    with after(59.1):
        assert (lapse_carts(), lapse_carts()) == (1, 0)
        assert (states(ana), lapsed_cart(ana)) == (["expired"], cart)
    assert breaches() == []


def test_another_shop_keeps_carts_for_as_long_as_it_says(ana: Customer) -> None:
    Merchant.objects.filter(pk=ana.merchant_id).update(cart_days=3)
    add_to_cart(ana, goods.variant(ana.merchant))
    with after(3), scope(merchant=Merchant.objects.get(pk=ana.merchant_id)):
        assert lapse_carts() == 1


def test_what_lapsed_holds_nothing_and_an_empty_one_stays(ana: Customer) -> None:
    mug = goods.variant(ana.merchant, stock=3)
    hold_for_summary(goods.full_cart(ana, {mug: 3}))
    StockHold.objects.update(expires_at=START + dt.timedelta(days=90))
    ben = factories.customer(ana.merchant, "Ben")
    open_cart(ben)
    assert available([mug.pk]) == {mug.pk: 0}
    with after(30):
        assert lapse_carts() == 1
        assert (available([mug.pk]), states(ben), breaches()) == ({mug.pk: 3}, ["open"], [])
        StockHold.objects.update(state=StockHold.State.ACTIVE)
        planted = breaches()
    assert ["lapsed and still holds stock" in str(found) for found in planted].count(True) == 1


def test_a_cart_that_waits_for_its_payment_does_not_lapse(ana: Customer) -> None:
    mug = goods.variant(ana.merchant)
    cart = goods.full_cart(ana, {mug: 1})
    hold_for_summary(cart)
    goods.draft(cart)
    with after(30):
        assert (lapse_carts(), states(ana)) == (0, ["open"])


def test_it_comes_back_in_one_step_beside_what_is_there(ana: Customer) -> None:
    mug, cup, plate = (goods.variant(ana.merchant, title, stock=4) for title in ("Mug", "Cup", "Plate"))
    goods.full_cart(ana, {mug: 3, cup: 1})
    with after(30):
        assert lapse_carts() == 1
        goods.full_cart(ana, {mug: 2, plate: 1})
        came = take_back(ana)
        assert came is not None
        assert (came["added"], came["short"]) == ({str(mug.pk): 2, str(cup.pk): 1}, {str(mug.pk): 1})
        assert contents(open_cart(ana)) == {"Mug": 4, "Plate": 1, "Cup": 1}
        assert (take_back(ana), lapsed_cart(ana), states(ana)) == (None, None, ["merged", "open"])
    assert breaches() == []


def test_what_lapsed_long_ago_is_forgotten(ana: Customer) -> None:
    add_to_cart(ana, goods.variant(ana.merchant))
    with after(30):
        assert lapse_carts() == 1
    with after(209):
        assert lapsed_cart(ana) is not None
    with after(211):
        assert (lapsed_cart(ana), take_back(ana)) == (None, None)
        lapse_carts()
    assert CartLine.objects.count() + CartChange.objects.count() == 0


def test_a_sweep_is_bounded_and_goes_on_where_it_stopped(ana: Customer) -> None:
    mug = goods.variant(ana.merchant, stock=None)
    for number in range(5):
        add_to_cart(factories.customer(ana.merchant, f"Shopper {number}"), mug)
    with after(30):
        assert [lapse_carts(limit=2) for _ in range(4)] == [2, 2, 1, 0]


def test_an_address_alone_keeps_no_cart(ana: Customer) -> None:
    """Nothing in it means nothing to lapse: where it goes stays for the next time."""
    set_delivery(open_cart(ana), address=goods.address(ana))
    with after(30):
        assert (lapse_carts(), states(ana)) == (0, ["open"])


def test_asking_for_an_old_cart_leaves_an_order_that_waits_for_its_payment_alone(ana: Customer) -> None:
    mug = goods.variant(ana.merchant)
    cart = goods.full_cart(ana, {mug: 1})
    hold_for_summary(cart)
    order = goods.draft(cart)
    assert take_back(ana) is None
    order.refresh_from_db()
    assert (order.status, available([mug.pk])) == ("draft", {mug.pk: 9})


def test_a_cart_given_back_is_kept_for_as_long_as_any_other(ana: Customer) -> None:
    mug = goods.variant(ana.merchant)
    ben = factories.customer(ana.merchant, "Ben")
    add_to_cart(ben, mug)
    add_to_cart(ana, mug)
    merge_customers(ben, ana)
    with after(40):
        undo_merge(Merge.objects.get(undone_at=None))
        lapse_carts()
        assert states(ben) == ["open"]
