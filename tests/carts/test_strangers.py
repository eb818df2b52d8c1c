"""Who could come again and again as somebody new takes only so much of one thing, and nobody keeps it for long."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from apps.carts.actions import add_to_cart, open_cart, set_quantity, top_up
from apps.carts.errors import TooMany
from apps.catalog.models import StockLevel
from apps.catalog.stock import OutOfStock, available, expire_holds
from apps.customers.models import Customer
from apps.merchants import clock
from apps.merchants.invariants import run_all
from apps.merchants.models import ChannelAccount, Merchant
from apps.orders.actions import hold_for_summary
from tests import factories

from . import goods


@pytest.fixture
def visitor(in_scope: Merchant) -> Callable[[int], Customer]:
    """Somebody the web chat has not seen before."""
    chat = factories.channel_account(in_scope, "webchat")
    return lambda number: factories.identity(chat, external_id=f"anon:{number}").customer


def test_a_stranger_takes_what_the_shop_allows_and_no_more(
    in_scope: Merchant, visitor: Callable[[int], Customer]
) -> None:
    mug = goods.variant(in_scope, stock=None)
    somebody = visitor(1)
    add_to_cart(somebody, mug, quantity=20)
    asked: list[Callable[[], Any]] = [
        lambda: add_to_cart(somebody, mug),
        lambda: set_quantity(open_cart(somebody), mug, quantity=21),
    ]
    for more in asked:
        with pytest.raises(TooMany) as refusal:
            more()
        assert refusal.value.limit == 20
    cup = goods.variant(in_scope, "Cup", stock=None)
    assert top_up(somebody, {mug.pk: 50, cup.pk: 50}) == {mug.pk: 20, cup.pk: 20}
    Merchant.objects.filter(pk=in_scope.pk).update(most_for_strangers=30)
    assert set_quantity(open_cart(Customer.objects.get(pk=somebody.pk)), mug, quantity=30)
    with pytest.raises(TooMany) as refusal:
        set_quantity(open_cart(Customer.objects.get(pk=somebody.pk)), mug, quantity=31)
    assert refusal.value.limit == 30


@pytest.mark.parametrize("known_by", ["e-mail", "phone", "the shop's own site", "another channel"])
def test_whoever_is_known_takes_as_before(
    in_scope: Merchant, visitor: Callable[[int], Customer], known_by: str
) -> None:
    somebody = visitor(1)
    if known_by == "e-mail":
        somebody.email = "ana@example.org"
    elif known_by == "phone":
        somebody.phone = "+4915112345678"
    else:
        kind, name = ("webchat", "user:7") if known_by == "the shop's own site" else ("whatsapp", "4915112345678")
        account = ChannelAccount.objects.filter(kind=kind).first() or factories.channel_account(in_scope, kind)
        factories.identity(account, customer=somebody, external_id=name)
    somebody.save()
    mug = goods.variant(in_scope, stock=None)
    add_to_cart(somebody, mug, quantity=99)
    with pytest.raises(TooMany) as refusal:
        add_to_cart(somebody, mug)
    assert refusal.value.limit == 99


@pytest.mark.parametrize("most", [0, 100])
def test_the_limit_is_a_number_a_cart_can_hold(in_scope: Merchant, most: int) -> None:
    with pytest.raises(IntegrityError, match="merchant_most_for_strangers_sane"), transaction.atomic():
        Merchant.objects.filter(pk=in_scope.pk).update(most_for_strangers=most)


def test_attack_46_five_hundred_carts_on_the_last_units(in_scope: Merchant, visitor: Callable[[int], Customer]) -> None:
    """They keep what there is for a quarter of an hour, each no more than a stranger may, and nothing that is not there."""
    mug = goods.variant(in_scope, stock=60)
    held = 0
    for number in range(500):
        try:
            hold_for_summary(add_to_cart(visitor(number), mug, quantity=20))
            held += 1
        except OutOfStock:
            continue
    assert (held, available([mug.pk])) == (3, {mug.pk: 0})
    with clock.at(clock.now() + dt.timedelta(minutes=16)):
        assert hold_for_summary(add_to_cart(visitor(500), mug, quantity=20)).until is not None
    assert [finding for finding in run_all() if not finding["ok"]] == []


def test_attack_46_what_strangers_keep_from_others_is_little_and_soon_over(
    in_scope: Merchant, visitor: Callable[[int], Customer]
) -> None:
    """Forty of them want 99 each of a thousand, again and again."""
    mug = goods.variant(in_scope, stock=1000)
    for number in range(40):
        somebody = visitor(number)
        for quantity in (99, 20, 99, 1):
            try:
                cart = add_to_cart(somebody, mug, quantity=quantity)
            except TooMany:
                continue
        for _ in range(3):
            hold_for_summary(cart)
    assert available([mug.pk]) == {mug.pk: 1000 - 40 * 20}
    with clock.at(clock.now() + dt.timedelta(minutes=16)):
        assert available([mug.pk]) == {mug.pk: 1000}
        expire_holds()
    assert list(StockLevel.objects.values_list("on_hand", "allocated", "held")) == [(1000, 0, 0)]
    assert [finding for finding in run_all() if not finding["ok"]] == []
