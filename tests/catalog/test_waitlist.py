"""Whoever waits for what is sold out is asked in turn: one piece and half an hour each, once, however many serve."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django_scopes import scope, scopes_disabled

from apps.carts.actions import add_to_cart, empty_cart, open_cart, remove_from_cart, set_quantity
from apps.carts.turns import take_turn
from apps.catalog.models import Product, StockAlert, StockHold, StockLevel, Variant
from apps.catalog.stock import OutOfStock, Wanted, adjust_stock, available, count_stock, receive_stock, take_holds
from apps.catalog.waitlist import (
    TURN,
    StillThere,
    TurnOver,
    leave_line,
    pass_turn,
    run_due,
    wait_for,
    waits_of,
)
from apps.customers.actions import erase_customer, merge_customers, undo_merge
from apps.customers.models import Merge
from apps.customers.registry import run_exports
from apps.merchants import clock
from apps.merchants.invariants import run_all
from apps.merchants.models import Merchant
from apps.orders.actions import hold_for_summary
from tests import factories

from .factories import make_location, make_merchant, make_variant
from .test_stock_concurrency import together

SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def mug(in_scope: Merchant) -> Variant:
    return make_variant(in_scope, title="Mug", stock=0, sku="MUG")


@pytest.fixture
def line(mug: Variant) -> list[StockAlert]:
    """Ana, Bea and Cleo wait, in this order."""
    return [wait_for(factories.customer(mug.merchant, name), mug) for name in ("Ana", "Bea", "Cleo")]


@pytest.fixture(autouse=True)
def books_in_order(db: Any) -> Iterator[None]:
    yield
    with scopes_disabled():
        assert [finding for finding in run_all() if not finding["ok"]] == []


def arrive(variant: Variant, pieces: int) -> None:
    receive_stock(variant, make_location(variant.merchant), pieces)


def states(line: list[StockAlert]) -> list[str]:
    return [StockAlert.objects.get(pk=alert.pk).state for alert in line]


def test_nobody_waits_twice_and_nobody_for_what_is_there(mug: Variant, line: list[StockAlert]) -> None:
    assert wait_for(line[0].customer, mug) == line[0]
    there = make_variant(mug.merchant, stock=1)
    with pytest.raises(StillThere):
        wait_for(line[0].customer, there)
    assert [alert.variant for alert in waits_of(line[0].customer)] == [mug]


def by_delivery(mug: Variant) -> None:
    arrive(mug, 2)


def by_count(mug: Variant) -> None:
    count_stock(mug, make_location(mug.merchant), 2)


def by_adjustment(mug: Variant) -> None:
    adjust_stock(mug, make_location(mug.merchant), 2)


@pytest.mark.parametrize("come", [by_delivery, by_count, by_adjustment])
def test_what_comes_in_is_kept_for_the_first_in_line_before_anybody_else_can_have_it(
    mug: Variant, line: list[StockAlert], come: Any
) -> None:
    with transaction.atomic():
        come(mug)
        assert available([mug.pk]) == {mug.pk: 0}
    assert states(line) == ["offered", "offered", "waiting"]
    with pytest.raises(OutOfStock):
        add_to_cart(factories.customer(mug.merchant, "Dora"), mug)


def test_a_turn_that_is_not_answered_passes_to_the_next_and_is_not_given_twice(
    mug: Variant, line: list[StockAlert]
) -> None:
    arrive(mug, 1)
    began = clock.now()
    seen = []
    for minutes in (0, 29, 31, 62, 93):
        with clock.at(began + dt.timedelta(minutes=minutes)):
            run_due()
        seen.append(states(line))
    assert seen == [
        ["offered", "waiting", "waiting"],
        ["offered", "waiting", "waiting"],
        ["passed", "offered", "waiting"],
        ["passed", "passed", "offered"],
        ["passed", "passed", "passed"],
    ]
    with clock.at(began + dt.timedelta(minutes=93)):
        assert (available([mug.pk]), run_due()) == ({mug.pk: 1}, 0)


def test_a_hold_that_ran_out_somewhere_else_moves_the_line(mug: Variant, in_scope: Merchant) -> None:
    arrive(mug, 1)
    take_holds([Wanted(mug.pk, 1, "cart:9:9")], reason="cart", until=clock.now() + TURN)
    alert = wait_for(factories.customer(in_scope), mug)
    assert run_due() == 0
    with clock.at(clock.now() + TURN + SECOND):
        assert (run_due(), states([alert])) == (1, ["offered"])
        take_turn(alert.customer, alert.pk)


def test_one_tap_puts_it_in_the_cart_and_it_stays_kept_through_other_changes(
    mug: Variant, line: list[StockAlert]
) -> None:
    arrive(mug, 1)
    ana = line[0].customer
    taken = take_turn(ana, line[0].pk)
    hold = StockHold.objects.get(state="active")
    assert (hold.reference, hold.reason, states(line)) == (
        taken.hold_reference,
        "waitlist_turn",
        ["taken", "waiting", "waiting"],
    )
    add_to_cart(ana, make_variant(mug.merchant, title="Lamp"))
    assert (run_due(), states(line)[1]) == (0, "waiting")  # changing the cart gives nothing away
    hold_for_summary(open_cart(ana))
    assert StockHold.objects.get(reference=taken.hold_reference, state="active").quantity == 1


@pytest.mark.parametrize("way", ["removed", "emptied", "declined"])
def test_what_is_no_longer_wanted_is_the_next_ones_at_once(mug: Variant, line: list[StockAlert], way: str) -> None:
    arrive(mug, 1)
    ana = line[0].customer
    if way == "declined":
        assert (leave_line(ana, mug.pk), leave_line(ana, mug.pk)) == (True, False)
    else:
        take_turn(ana, line[0].pk)
        remove_from_cart(open_cart(ana), mug) if way == "removed" else empty_cart(open_cart(ana))
        assert run_due() == 1
    assert states(line)[1] == "offered"


def test_more_than_the_turn_gives_is_refused_with_what_there_is(mug: Variant, line: list[StockAlert]) -> None:
    arrive(mug, 1)
    take_turn(line[0].customer, line[0].pk)
    with pytest.raises(OutOfStock) as refused:
        set_quantity(open_cart(line[0].customer), mug, quantity=2)
    assert refused.value.left == 1


def test_what_lay_in_the_cart_before_stays_and_is_kept(mug: Variant, in_scope: Merchant) -> None:
    ana, bea = factories.customer(in_scope), factories.customer(in_scope, "Bea")
    arrive(mug, 1)
    add_to_cart(ana, mug)
    take_holds([Wanted(mug.pk, 1, "cart:9:9")], reason="cart", until=clock.now() + TURN)
    alert, _ = wait_for(ana, mug), wait_for(bea, mug)
    with clock.at(clock.now() + TURN + SECOND):
        run_due()
        assert take_turn(ana, alert.pk).quantity == 1
        assert available([mug.pk]) == {mug.pk: 0}


def test_a_turn_is_taken_once_in_time_and_by_its_owner_only(mug: Variant, line: list[StockAlert]) -> None:
    arrive(mug, 2)
    ana, bea, _ = (alert.customer for alert in line)
    for customer, alert in ((bea, line[0]), (ana, line[1]), (line[2].customer, line[2])):
        with pytest.raises(TurnOver):
            take_turn(customer, alert.pk)
    take_turn(ana, line[0].pk)
    with pytest.raises(TurnOver):
        take_turn(ana, line[0].pk)
    with clock.at(clock.now() + TURN + SECOND), pytest.raises(TurnOver):
        take_turn(bea, line[1].pk)


def test_attack_26_another_shops_turn_is_not_there(mug: Variant, line: list[StockAlert]) -> None:
    arrive(mug, 1)
    stranger = make_merchant()
    with scope(merchant=stranger), pytest.raises(TurnOver):
        take_turn(factories.customer(stranger), line[0].pk)


def test_nothing_is_offered_of_what_is_off_sale(mug: Variant, line: list[StockAlert]) -> None:
    Product.objects.update(status=Product.Status.ARCHIVED)
    arrive(mug, 1)
    assert (run_due(), states(line)) == (0, ["waiting"] * 3)
    Product.objects.update(status=Product.Status.ACTIVE)
    assert (run_due(), states(line)[0]) == (1, "offered")


def test_who_cannot_be_told_lets_the_next_one_pass(mug: Variant, line: list[StockAlert]) -> None:
    arrive(mug, 1)
    pass_turn(line[0])
    pass_turn(line[0])
    assert states(line) == ["passed", "offered", "waiting"]


# --- people who are one, or gone -------------------------------------------------------------------
def test_of_two_places_of_one_person_the_better_one_stays(mug: Variant, line: list[StockAlert]) -> None:
    ana, _bea, cleo = (alert.customer for alert in line)
    merge_customers(ana, cleo)  # Ana's place comes first
    assert states(line) == ["waiting", "waiting", "declined"]
    arrive(mug, 1)
    assert take_turn(cleo, line[0].pk).variant == mug
    undo_merge(Merge.objects.get())
    assert [alert.variant for alert in waits_of(cleo)] == [mug]
    assert [alert.created_at for alert in waits_of(cleo)] == [line[2].created_at]


def test_the_turn_of_a_forgotten_person_passes_on(mug: Variant, line: list[StockAlert]) -> None:
    arrive(mug, 1)
    ana = line[0].customer
    assert [row["state"] for row in run_exports(ana)["wishes"]["waited_for"]] == ["offered"]
    erase_customer(ana)
    assert (StockAlert.objects.filter(customer=ana).count(), states(line[1:])) == (0, ["offered", "waiting"])


# --- many at once --------------------------------------------------------------------------------
def crowd(merchant: Merchant, people: int) -> tuple[Variant, list[StockAlert]]:
    with scope(merchant=merchant):
        variant = make_variant(merchant, stock=0)
        return variant, [wait_for(factories.customer(merchant), variant) for _ in range(people)]


@pytest.mark.django_db(transaction=True)
def test_however_many_workers_serve_each_piece_is_one_turn_in_order() -> None:
    merchant = make_merchant()
    variant, line = crowd(merchant, 8)
    with scope(merchant=merchant):
        StockLevel.objects.filter(variant=variant).update(on_hand=0)
        arrive_later = [lambda: receive_stock(variant, make_location(merchant), 1) for _ in range(5)]
    results = together(merchant, [*[run_due] * 6, *arrive_later])
    assert [error for error in results if isinstance(error, Exception)] == []
    with scope(merchant=merchant):
        while run_due():
            pass
        assert states(line) == ["offered"] * 5 + ["waiting"] * 3
        assert StockHold.objects.filter(state="active").count() == 5


@pytest.mark.django_db(transaction=True)
def test_a_tap_and_the_end_of_the_turn_at_the_same_moment_have_one_winner() -> None:
    merchant = make_merchant()
    variant, line = crowd(merchant, 2)
    with scope(merchant=merchant):
        receive_stock(variant, make_location(merchant), 1)
        StockAlert.objects.filter(pk=line[0].pk).update(until=clock.now() + dt.timedelta(milliseconds=30))
        StockHold.objects.update(expires_at=clock.now() + dt.timedelta(milliseconds=30))

    def tap() -> Any:
        return take_turn(line[0].customer, line[0].pk)

    results = together(merchant, [tap, tap, run_due, run_due, run_due])
    with scope(merchant=merchant):
        taken = [result for result in results[:2] if not isinstance(result, Exception)]
        assert {type(result) for result in results[:2] if isinstance(result, Exception)} <= {TurnOver}
        assert len(taken) <= 1
        assert StockHold.objects.filter(state="active", expires_at__gt=clock.now()).count() <= 1
        assert states(line)[0] in ({"taken"} if taken else {"passed", "offered"})
