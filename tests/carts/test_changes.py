"""A cart that two people edit: each change has its row, and nobody's is lost."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django_scopes import scope
from djmoney.money import Money

from apps.carts.actions import (
    add_to_cart,
    empty_cart,
    merge_carts,
    move_cart,
    open_cart,
    put_back,
    remove_from_cart,
    set_delivery,
    set_gift,
    set_home,
    set_quantity,
    top_up,
)
from apps.carts.changes import SHOPPER, colleague, latest_changes
from apps.carts.errors import CartMoved
from apps.carts.invariants import CHECKS
from apps.carts.models import Cart, CartChange, CartLine
from apps.carts.promotions.codes import enter_code, remove_code
from apps.catalog.models import Price, Variant
from apps.catalog.products import NoPrice
from apps.customers.actions import erase_customer, export_customer
from apps.customers.models import Customer
from apps.merchants.models import Merchant
from apps.orders.actions import hold_for_summary
from tests import factories

from . import goods
from .offers import code
from .test_actions import contents, together
from .test_currencies import sells

CHECK = "carts: their logs tell what lies in them"


@pytest.fixture
def ana(in_scope: Merchant) -> Customer:
    return factories.customer(in_scope)


def log(cart: Cart) -> list[str]:
    """Oldest first, as "who: what before > after"."""
    return [f"{row.by}: {row.what} {row.before} > {row.after}" for row in latest_changes(cart, limit=99)[::-1]]


def test_every_way_of_changing_goods_is_written_down(ana: Customer) -> None:
    mug, cup, max_ = goods.variant(ana.merchant), goods.variant(ana.merchant, "Cup"), factories.user("max@shop.example")
    cart = add_to_cart(ana, mug)
    add_to_cart(ana, mug, quantity=2, by=colleague(max_))
    set_quantity(cart, mug, quantity=5)
    set_quantity(cart, mug, quantity=5)  # no change, no row
    top_up(ana, {mug.pk: 6, cup.pk: 1})
    remove_from_cart(cart, cup, by=colleague(max_))
    remove_from_cart(cart, cup)
    empty_cart(cart)
    assert log(cart) == [
        "shopper: goods 0 > 1", "agent: goods 1 > 3", "shopper: goods 3 > 5", "shopper: goods 5 > 6",
        "shopper: goods 0 > 1", "agent: goods 1 > 0", "shopper: goods 6 > 0",
    ]  # fmt: skip
    assert [row.user for row in latest_changes(cart)[::-1] if row.user] == [max_, max_]
    assert CHECKS[CHECK]() == []


def test_everything_else_about_a_cart_is_written_down_and_no_address(ana: Customer) -> None:
    mug, home = goods.variant(ana.merchant), goods.address(ana)
    Price.objects.create(merchant=ana.merchant, variant=mug, amount=Money("13.00", "USD"))
    sells(ana.merchant, "USD", "US")
    code(ana.merchant, "TEN")
    parcel = goods.parcel(ana.merchant, name="Parcel")
    cart = add_to_cart(ana, mug)
    enter_code(open_cart(ana), "ten")
    set_delivery(cart, address=home, method=parcel)
    set_gift(cart, to="Lea")
    set_home(cart, country="de", postcode="10969")
    remove_code(open_cart(ana))
    move_cart(cart, "USD")
    said = log(cart)
    assert said[1:] == [
        "shopper: codes  > TEN", "shopper: address  > ", "shopper: delivery  > Parcel", "shopper: gift  > Lea",
        "shopper: address  > ", "shopper: codes TEN > ", "shopper: currency EUR > USD", "shopper: delivery Parcel > ",
    ]  # fmt: skip
    assert not any(word in " ".join(said) for word in str(home).split(", "))


def test_what_was_poured_is_the_shops_doing(ana: Customer) -> None:
    mug, cup = goods.variant(ana.merchant, stock=4), goods.variant(ana.merchant, "Cup")
    ben = factories.customer(ana.merchant, "Ben")
    goods.full_cart(ben, {mug: 3, cup: 1})
    add_to_cart(ana, mug, quantity=3)
    merge_carts(ben, ana)
    assert log(open_cart(ana))[:3] == ["shopper: goods 0 > 3", "shop: goods 3 > 4", "shop: goods 0 > 1"]
    assert CHECKS[CHECK]() == []


def test_where_it_goes_and_for_whom_is_poured_and_written_down(ana: Customer) -> None:
    mug = goods.variant(ana.merchant)
    ben = factories.customer(ana.merchant, "Ben")
    set_gift(goods.full_cart(ben, {mug: 1}, method=goods.parcel(ana.merchant, name="Parcel")), to="Lea")
    open_cart(ana)
    merge_carts(ben, ana)
    into = open_cart(ana)
    assert (into.gift_to, into.delivery_method and into.delivery_method.name) == ("Lea", "Parcel")
    assert log(into) == [
        "shop: goods 0 > 1", "shop: address  > ", "shop: delivery  > Parcel", "shop: gift  > Lea",
    ]  # fmt: skip
    assert log(Cart.objects.get(status="merged"))[-1] == "shop: state open > merged"


def test_as_many_as_there_are_is_no_change_and_breaks_no_order_off(ana: Customer) -> None:
    mug = goods.variant(ana.merchant)
    cart = goods.full_cart(ana, {mug: 2})
    hold_for_summary(cart)
    order, version = goods.draft(cart), Cart.objects.get(pk=cart.pk).version
    set_quantity(cart, mug, quantity=2, seen=2)
    remove_from_cart(cart, goods.variant(ana.merchant, "Cup"))
    order.refresh_from_db()
    assert (order.status, Cart.objects.get(pk=cart.pk).version) == ("draft", version)


def test_what_has_no_price_in_the_carts_currency_does_not_get_in(ana: Customer) -> None:
    cheap = goods.variant(ana.merchant, "Cup", currency="USD")
    for put in (lambda: add_to_cart(ana, cheap), lambda: set_quantity(open_cart(ana), cheap, quantity=1)):
        with pytest.raises(NoPrice):
            put()
    assert contents(open_cart(ana)) == {}


def test_a_change_is_taken_back_unless_somebody_has_gone_on(ana: Customer) -> None:
    mug, max_ = goods.variant(ana.merchant), factories.user("max@shop.example")
    cart = add_to_cart(ana, mug)
    set_quantity(cart, mug, quantity=4, by=colleague(max_))
    theirs = latest_changes(cart)[0]
    assert contents(put_back(cart, theirs)) == {"Blue mug": 1}
    with pytest.raises(CartMoved) as moved:
        put_back(cart, theirs)  # a second press
    assert (moved.value.now, contents(cart)) == (1, {"Blue mug": 1})
    set_quantity(cart, mug, quantity=4)  # the shopper wants four after all: an old button does not undo that
    with pytest.raises(CartMoved):
        put_back(cart, theirs)
    set_quantity(cart, mug, quantity=1)
    fresh = latest_changes(add_to_cart(ana, goods.variant(ana.merchant, "Cup")))[0]
    assert contents(put_back(cart, fresh)) == {"Blue mug": 1}
    with pytest.raises(CartMoved):
        put_back(open_cart(factories.customer(ana.merchant, "Eve")), theirs)  # somebody else's cart


@pytest.mark.django_db(transaction=True)
def test_both_editing_at_once_lose_nothing(merchant: Merchant) -> None:
    """Twelve colleagues press "one more" on the same four pieces while the shopper adds six: one of them is first, and
    the others are told."""
    with scope(merchant=merchant):
        ana, mug, max_ = (
            factories.customer(merchant),
            goods.variant(merchant, stock=90),
            factories.user("max@a.example"),
        )
        cart = add_to_cart(ana, mug, quantity=4)
    late: list[int] = []

    def one_more() -> None:
        with scope(merchant=merchant):
            try:
                set_quantity(cart, mug, quantity=5, seen=4, by=colleague(max_))
            except CartMoved as moved:
                late.append(moved.now)

    adding = iter([True] * 6 + [False] * 12)

    def act() -> None:
        if next(adding):
            with scope(merchant=merchant):
                add_to_cart(ana, mug)
        else:
            one_more()

    together(18, act)
    with scope(merchant=merchant):
        lies = CartLine.objects.get(cart=cart).quantity
        rows = list(CartChange.objects.filter(cart=cart).order_by("pk"))
        assert lies == 4 + 6 + (12 - len(late))
        assert len(late) >= 11
        steps = [(int(row.before), int(row.after)) for row in rows]
        assert [after for _, after in steps[:-1]] == [before for before, _ in steps[1:]]  # an unbroken chain
        assert (steps[-1][1], CHECKS[CHECK]()) == (lies, [])


def test_a_log_that_lies_is_found(ana: Customer) -> None:
    mug = goods.variant(ana.merchant)
    cart = add_to_cart(ana, mug, quantity=2)
    CartLine.objects.filter(cart=cart).update(quantity=3)
    assert CHECKS[CHECK]() == [f"cart {cart.pk} has 3 of variant {mug.pk} and its log says 2"]
    CartLine.objects.filter(cart=cart).delete()
    assert CHECKS[CHECK]() == [f"cart {cart.pk} has 0 of variant {mug.pk} and its log says 2"]


def _row(cart: Cart, variant: Variant | None, **fields: Any) -> Callable[[], Any]:
    values = {"what": "goods", "before": "0", "after": "1", "by": "shopper", **fields}
    return lambda: CartChange.objects.create(merchant_id=cart.merchant_id, cart=cart, variant=variant, **values)


def test_the_database_refuses_rows_that_say_nothing(ana: Customer) -> None:
    mug = goods.variant(ana.merchant)
    cart, max_ = add_to_cart(ana, mug), factories.user("max@shop.example")
    wrong = [
        _row(cart, None), _row(cart, mug, after="many"), _row(cart, mug, before="1"), _row(cart, mug, user=max_),
    ]  # fmt: skip
    for write in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            write()


def test_a_person_is_told_their_changes_and_forgotten_with_them(ana: Customer) -> None:
    mug, max_ = goods.variant(ana.merchant), factories.user("max@shop.example")
    cart = add_to_cart(ana, mug)
    set_quantity(cart, mug, quantity=2, by=colleague(max_))
    told = export_customer(ana)["carts"][0]["changes"]
    assert [(row["by"], row["what"], row["before"], row["after"]) for row in told] == [
        ("shopper", mug.sku, "0", "1"), ("agent", mug.sku, "1", "2"),
    ]  # fmt: skip
    assert "max" not in str(told)
    erase_customer(ana)
    assert CartChange.objects.count() == 0
    assert SHOPPER.user is None
