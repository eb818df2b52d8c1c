"""Putting in, changing, taking out, and two carts becoming one."""

import datetime as dt
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django_scopes import scope

from apps.carts.actions import (
    add_to_cart,
    close_cart,
    delivery_options,
    empty_cart,
    lock_cart,
    merge_carts,
    open_cart,
    remove_from_cart,
    reopen_cart,
    set_delivery,
    set_quantity,
)
from apps.carts.delivery import DeliveryOption, Destination, TooHeavy
from apps.carts.errors import CartClosed, TooMany, WrongQuantity
from apps.carts.models import Cart
from apps.catalog.stock import OutOfStock, available, extend_holds
from apps.customers.models import Customer
from apps.merchants import clock
from apps.merchants.models import Merchant
from apps.orders.actions import hold_for_summary
from tests import factories

from . import goods


@pytest.fixture
def ana(in_scope: Merchant) -> Customer:
    return factories.customer(in_scope)


def contents(cart: Cart) -> dict[str, int]:
    return {line.variant.product.title: line.quantity for line in cart.lines.select_related("variant__product")}


def test_adding_the_same_twice_is_one_line(ana: Customer) -> None:
    mug = goods.variant(ana.merchant)
    add_to_cart(ana, mug)
    cart = add_to_cart(ana, mug, quantity=2)
    assert (contents(cart), cart.version) == ({"Blue mug": 3}, 2)
    assert contents(set_quantity(cart, mug, quantity=5)) == {"Blue mug": 5}
    assert contents(remove_from_cart(cart, mug)) == {}
    assert contents(remove_from_cart(cart, mug)) == {}


def test_refuses_what_is_not_there(ana: Customer) -> None:
    mug = goods.variant(ana.merchant, stock=3)
    add_to_cart(ana, mug, quantity=2)
    with pytest.raises(OutOfStock) as refusal:
        add_to_cart(ana, mug, quantity=2)
    assert (refusal.value.variant_id, refusal.value.left) == (mug.pk, 3)
    assert contents(open_cart(ana)) == {"Blue mug": 2}


def test_attack_35_odd_quantities(ana: Customer) -> None:
    mug = goods.variant(ana.merchant, stock=None)
    odd: list[Any] = [0, -1, 1.5, "3", "1e3", "３", True, None, float("nan")]
    for quantity in odd:
        with pytest.raises(WrongQuantity):
            add_to_cart(ana, mug, quantity=quantity)
    for quantity in [*odd[1:], -7]:
        with pytest.raises(WrongQuantity):
            set_quantity(open_cart(ana), mug, quantity=quantity)
    for quantity in (100, 10**9):
        with pytest.raises(TooMany) as refusal:
            add_to_cart(ana, mug, quantity=quantity)
        assert refusal.value.limit == 99
    assert contents(open_cart(ana)) == {}


def test_at_most_fifty_different_things(ana: Customer) -> None:
    for number in range(50):
        add_to_cart(ana, goods.variant(ana.merchant, f"Mug {number}", stock=None))
    with pytest.raises(TooMany) as refusal:
        add_to_cart(ana, goods.variant(ana.merchant, stock=None))
    assert (refusal.value.limit, open_cart(ana).lines.count()) == (50, 50)


def test_changing_the_cart_gives_its_holds_back(ana: Customer) -> None:
    mug, cup = goods.variant(ana.merchant, stock=3), goods.variant(ana.merchant, "Cup")
    cart = goods.full_cart(ana, {mug: 2})
    hold_for_summary(cart)
    assert available([mug.pk]) == {mug.pk: 1}
    add_to_cart(ana, cup)
    assert available([mug.pk]) == {mug.pk: 3}
    hold_for_summary(cart)
    empty_cart(cart)
    assert (available([mug.pk, cup.pk]), contents(cart)) == ({mug.pk: 3, cup.pk: 10}, {})


def test_a_summary_knows_until_when_its_goods_are_held(ana: Customer) -> None:
    mug, voucher = goods.variant(ana.merchant, stock=3), goods.variant(ana.merchant, "Voucher", stock=None)
    cart = goods.full_cart(ana, {mug: 2, voucher: 1})
    before = clock.now()
    until = hold_for_summary(cart).until
    assert until is not None
    assert before + dt.timedelta(minutes=15) <= until <= clock.now() + dt.timedelta(minutes=15)
    later = until + dt.timedelta(minutes=19)  # an order to be paid keeps them for longer, and nothing shortens that
    extend_holds([line.hold_reference for line in cart.lines.all()], later)
    assert hold_for_summary(cart).until == later
    set_quantity(cart, mug, quantity=0)
    assert hold_for_summary(cart).until is None  # nothing is left that could run out


def told(option: DeliveryOption | TooHeavy) -> tuple[str, str]:
    assert isinstance(option, DeliveryOption)
    return option.method.name, str(option.price)


def test_delivery_ways_of_a_country(ana: Customer) -> None:
    mug = goods.variant(ana.merchant, price="30.00")
    goods.parcel(ana.merchant, name="Parcel", position=1)
    goods.parcel(ana.merchant, name="Swiss post", price="9.90", free_from=None, countries=["CH"], position=2)
    goods.parcel(ana.merchant, name="Dollars", price="9.90", currency="USD", position=3)
    cart = add_to_cart(ana, mug, quantity=2)
    german = [told(option) for option in delivery_options(cart, place=Destination("de"))]
    swiss = [told(option) for option in delivery_options(cart, place=Destination("CH"))]
    assert (german, swiss) == ([("Parcel", "€0.00")], [("Parcel", "€0.00"), ("Swiss post", "€9.90")])


def test_attack_45_nobody_uses_somebody_elses_cart(ana: Customer, other_merchant: Merchant) -> None:
    """A cart is found by its owner only; neither its id nor another's address or variant opens it."""
    mug = goods.variant(ana.merchant)
    hers = add_to_cart(ana, mug)
    ben = factories.customer(ana.merchant, "Ben")
    assert open_cart(ben).pk != hers.pk
    with pytest.raises(PermissionError):
        set_delivery(open_cart(ben), address=goods.address(ana))
    with scope(merchant=other_merchant):
        stranger = factories.customer(other_merchant, "Eve")
        assert list(Cart.objects.filter(public_id=hers.public_id)) == []
        with pytest.raises(PermissionError):
            add_to_cart(stranger, mug)
        with pytest.raises(Cart.DoesNotExist):
            set_quantity(hers, mug, quantity=9)
    assert (contents(hers), Cart.objects.get(pk=hers.pk).customer_id) == ({"Blue mug": 1}, ana.pk)


def test_merging_adds_up_and_stops_at_the_stock(ana: Customer) -> None:
    mug, cup, plate = (goods.variant(ana.merchant, title, stock=4) for title in ("Mug", "Cup", "Plate"))
    ben = factories.customer(ana.merchant, "Ben")
    goods.full_cart(ben, {mug: 3, cup: 1})
    add_to_cart(ana, mug, quantity=3)
    add_to_cart(ana, plate)
    merge_carts(ben, ana)
    cart = open_cart(ana)
    assert contents(cart) == {"Mug": 4, "Cup": 1, "Plate": 1}
    assert Cart.objects.filter(customer=ben).count() == 0
    assert sorted(Cart.objects.filter(customer=ana).values_list("status", flat=True)) == ["merged", "open"]


def test_merging_into_nothing_moves_the_cart(ana: Customer) -> None:
    mug = goods.variant(ana.merchant)
    ben = factories.customer(ana.merchant, "Ben")
    his = add_to_cart(ben, mug, quantity=2)
    merge_carts(ben, ana)
    assert (open_cart(ana).pk, contents(open_cart(ana))) == (his.pk, {"Blue mug": 2})


def test_a_closed_cart_takes_nothing_and_can_come_back(ana: Customer) -> None:
    mug, cup = goods.variant(ana.merchant), goods.variant(ana.merchant, "Cup")
    old = add_to_cart(ana, mug)
    close_cart(old)
    with pytest.raises(CartClosed):
        set_quantity(old, mug, quantity=2)
    add_to_cart(ana, cup)
    reopen_cart(old)
    assert contents(open_cart(ana)) == {"Cup": 1, "Blue mug": 1}


@pytest.mark.django_db(transaction=True)
def test_attack_37_the_first_cart_is_made_once(merchant: Merchant) -> None:
    with scope(merchant=merchant):
        ana, mug = factories.customer(merchant), goods.variant(merchant, stock=None)
    together(12, lambda: _add(merchant, ana, mug))
    with scope(merchant=merchant):
        assert [contents(cart) for cart in Cart.objects.filter(customer=ana)] == [{"Blue mug": 12}]


@pytest.mark.django_db(transaction=True)
def test_whoever_waited_for_the_cart_sees_where_it_goes_now(merchant: Merchant) -> None:
    with scope(merchant=merchant):
        ana = factories.customer(merchant)
        cart = open_cart(ana)
    seen: list[Any] = []

    def wait() -> None:
        with scope(merchant=merchant), transaction.atomic():
            seen.append(lock_cart(cart).address)

    with scope(merchant=merchant), transaction.atomic():
        where = goods.address(ana)
        set_delivery(cart, address=where)
        waiting = threading.Thread(target=lambda: together(1, wait))
        waiting.start()
        until_somebody_waits()
    waiting.join()
    assert seen == [where]


def until_somebody_waits() -> None:
    """Return once another connection to this database stands before a lock of ours."""
    for _ in range(500):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)
    raise AssertionError("nobody waits")


def _add(merchant: Merchant, customer: Customer, variant: Any) -> None:
    with scope(merchant=merchant):
        add_to_cart(customer, variant)


def together(count: int, action: Callable[[], None]) -> None:
    """Run it in so many threads at once; the first error of any of them is raised here."""
    start, errors = threading.Barrier(count), []

    def run() -> None:
        try:
            start.wait()
            action()
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
