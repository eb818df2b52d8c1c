"""The stock books, step by step: what each step writes, what the database refuses, what a repetition changes."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django_scopes import scope, scopes_disabled
from django_scopes.exceptions import ScopeError

from apps.catalog import invariants
from apps.catalog.ledger import Change, change_levels
from apps.catalog.models import StockHold, StockLevel, StockMovement, Variant
from apps.catalog.stock import (
    UNLIMITED,
    HoldLost,
    NotAllocated,
    OutOfStock,
    Wanted,
    adjust_stock,
    allocate,
    available,
    consume_holds,
    count_stock,
    deallocate,
    expire_holds,
    extend_holds,
    receive_stock,
    release_holds,
    ship,
    take_holds,
)
from apps.merchants import clock
from apps.merchants.models import Merchant
from tests import factories

from .factories import add_stock, make_location, make_variant

NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
LATER = NOON + dt.timedelta(minutes=15)
AFTER = NOON + dt.timedelta(minutes=16)


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.at(NOON):
        yield


@pytest.fixture(autouse=True)
def books_in_order(db: Any) -> Iterator[None]:
    yield
    with scopes_disabled():
        assert {name: invariants.breaches(sql) for name, sql in invariants.CHECKS.items()} == {
            name: [] for name in invariants.CHECKS
        }


@pytest.fixture
def mug(in_scope: Merchant) -> Variant:
    """Five in the warehouse."""
    return make_variant(in_scope, stock=5)


def counters(variant: Variant) -> list[tuple[int, int, int]]:
    """(on hand, sold, held) of each place."""
    return list(StockLevel.objects.filter(variant=variant).order_by("pk").values_list("on_hand", "allocated", "held"))


def story(variant: Variant) -> list[tuple[str, int, str, str]]:
    """(kind, quantity, reference, reason) of every movement but the opening one."""
    movements = StockMovement.objects.filter(level__variant=variant).order_by("pk")
    return list(movements.values_list("kind", "quantity", "reference", "reason"))[1:]


def hold(variant: Variant, quantity: int, reference: str = "cart:1", *, until: dt.datetime = LATER) -> None:
    take_holds([Wanted(variant.pk, quantity, reference)], reason="cart", until=until)


# --- what the database itself refuses -------------------------------------------------------------
def test_a_movement_can_be_neither_changed_nor_forgotten(mug: Variant) -> None:
    row = StockMovement.objects.get()
    for wish in (
        lambda: StockMovement.objects.update(quantity=50),
        lambda: StockMovement.objects.update(reason="oops"),
        lambda: StockMovement.objects.all().delete(),
        lambda: StockLevel.objects.filter(pk=row.level_id).delete(),
    ):
        with pytest.raises((IntegrityError, ProtectedError)) as refused, transaction.atomic():
            wish()
        assert any(word in str(refused.value) for word in ("append-only", "protected"))
    assert list(StockMovement.objects.values_list("quantity", "reason")) == [(5, "")]


def test_raw_sql_cannot_change_a_movement_either(mug: Variant) -> None:
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE catalog_stockmovement SET quantity = quantity + 1")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM catalog_stockmovement")


def test_staff_may_be_forgotten_and_what_they_did_stays(in_scope: Merchant, mug: Variant) -> None:
    user = factories.user("jonas@example.org")
    receive_stock(mug, make_location(in_scope), 3, reason="delivery", actor=user)
    assert StockMovement.objects.get(actor=user).quantity == 3
    user.delete()
    assert list(StockMovement.objects.order_by("pk").values_list("quantity", "actor")) == [(5, None), (3, None)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"held": -1},
        {"allocated": -1},
        {"on_hand": -1},
        {"held": 6},
        {"allocated": 6},
        {"allocated": 3, "held": 3},
    ],
)
def test_counters_that_cannot_be_are_refused(mug: Variant, wrong: dict[str, int]) -> None:
    with pytest.raises(IntegrityError, match="stocklevel_never_oversold"), transaction.atomic():
        StockLevel.objects.update(**wrong)
    assert counters(mug) == [(5, 0, 0)]


def test_a_promise_is_of_at_least_one_and_once_per_reference(in_scope: Merchant, mug: Variant) -> None:
    hold(mug, 1)
    level = StockLevel.objects.get()
    promise = {"merchant": in_scope, "level": level, "reference": "cart:1", "expires_at": LATER}
    with pytest.raises(IntegrityError, match="stockhold_once_while_active"), transaction.atomic():
        StockHold.objects.create(quantity=1, **promise)
    with pytest.raises(IntegrityError, match="stockhold_positive"), transaction.atomic():
        StockHold.objects.create(quantity=0, state="released", **promise)


def test_one_place_keeps_one_level_per_variant(in_scope: Merchant, mug: Variant) -> None:
    with pytest.raises(IntegrityError, match="stocklevel_once"), transaction.atomic():
        StockLevel.objects.create(merchant=in_scope, variant=mug, location=make_location(in_scope))


# --- the steps ------------------------------------------------------------------------------------
def test_from_the_promise_to_the_parcel(mug: Variant) -> None:
    hold(mug, 2)
    assert (counters(mug), available([mug.pk])) == ([(5, 0, 2)], {mug.pk: 3})
    consume_holds(["cart:1"])
    consume_holds(["cart:1"])
    assert (counters(mug), available([mug.pk])) == ([(5, 2, 0)], {mug.pk: 3})
    ship(mug.pk, 2, "cart:1")
    assert (counters(mug), available([mug.pk])) == ([(3, 0, 0)], {mug.pk: 3})
    assert story(mug) == [
        ("held", 2, "cart:1", "cart"),
        ("allocated", 2, "cart:1", ""),
        ("shipped", -2, "cart:1", ""),
    ]


def test_giving_back_twice_is_giving_back_once(mug: Variant) -> None:
    hold(mug, 2)
    release_holds(["cart:1", "cart:none"])
    release_holds(["cart:1"])
    assert (counters(mug), StockHold.objects.get().state) == ([(5, 0, 0)], "released")
    assert story(mug)[1:] == [("released", -2, "cart:1", "released")]


def test_wanting_more_replaces_what_was_held_and_wanting_the_same_only_prolongs(mug: Variant) -> None:
    hold(mug, 2)
    hold(mug, 4)
    assert (counters(mug), story(mug)[1:]) == (
        [(5, 0, 4)],
        [("released", -2, "cart:1", "replaced"), ("held", 4, "cart:1", "cart")],
    )
    hold(mug, 4, until=AFTER)
    assert (len(story(mug)), StockHold.objects.get(state="active").expires_at) == (3, AFTER)
    with pytest.raises(OutOfStock) as short:
        hold(mug, 6)
    assert (short.value.left, counters(mug)) == (5, [(5, 0, 4)])


def test_all_or_nothing(in_scope: Merchant, mug: Variant) -> None:
    rare = make_variant(in_scope, stock=1)
    with pytest.raises(OutOfStock) as short:
        take_holds([Wanted(mug.pk, 2, "cart:1"), Wanted(rare.pk, 2, "cart:2")], reason="cart", until=LATER)
    assert (short.value.variant_id, short.value.left) == (rare.pk, 1)
    assert (counters(mug), counters(rare), StockHold.objects.count()) == ([(5, 0, 0)], [(1, 0, 0)], 0)


def test_one_lost_promise_keeps_the_others_unsold(in_scope: Merchant, mug: Variant) -> None:
    other = make_variant(in_scope, stock=1)
    hold(mug, 1, "cart:1")
    hold(other, 1, "cart:2")
    release_holds(["cart:2"])
    with pytest.raises(HoldLost) as lost:
        consume_holds(["cart:1", "cart:2"])
    assert (lost.value.references, counters(mug)) == (["cart:2"], [(5, 0, 1)])


def test_lines_of_one_variant_are_one_wish_and_nobody_wants_fewer_than_one(mug: Variant) -> None:
    take_holds([Wanted(mug.pk, 2, "cart:1"), Wanted(mug.pk, 3, "cart:1")], reason="cart", until=LATER)
    assert counters(mug) == [(5, 0, 5)]
    for quantity in (0, -1):
        with pytest.raises(ValueError, match="fewer than one"):
            allocate([Wanted(mug.pk, quantity, "x")])


# --- holds that lapse -----------------------------------------------------------------------------
def test_what_ran_out_is_free_before_anybody_sweeps(mug: Variant) -> None:
    hold(mug, 5)
    assert available([mug.pk]) == {mug.pk: 0}
    with clock.at(LATER):
        assert (available([mug.pk]), counters(mug)) == ({mug.pk: 5}, [(5, 0, 5)])
        hold(mug, 5, "cart:2", until=LATER + dt.timedelta(minutes=15))
    assert sorted(StockHold.objects.values_list("reference", "state")) == [("cart:1", "expired"), ("cart:2", "active")]
    assert (counters(mug), story(mug)[1:]) == (
        [(5, 0, 5)],
        [("released", -5, "cart:1", "expired"), ("held", 5, "cart:2", "cart")],
    )


def test_the_last_second_still_counts(mug: Variant) -> None:
    hold(mug, 5)
    with clock.at(LATER - dt.timedelta(seconds=1)), pytest.raises(OutOfStock):
        hold(mug, 1, "cart:2")
    assert expire_holds() == 0


def test_the_sweep_gives_back_what_ran_out_and_only_that(mug: Variant) -> None:
    hold(mug, 1, "cart:1")
    hold(mug, 2, "cart:2", until=AFTER + dt.timedelta(hours=1))
    with clock.at(AFTER):
        assert (expire_holds(), expire_holds()) == (1, 0)
    assert (counters(mug), available([mug.pk])) == ([(5, 0, 2)], {mug.pk: 3})
    assert story(mug)[-1] == ("released", -1, "cart:1", "expired")


def test_a_lapsed_promise_can_be_kept_as_long_as_nobody_took_it(mug: Variant) -> None:
    """Money came late: the units were never given to anybody else."""
    hold(mug, 5)
    with clock.at(AFTER):
        consume_holds(["cart:1"])
    assert counters(mug) == [(5, 5, 0)]


def test_a_lapsed_promise_somebody_else_took_is_lost(mug: Variant) -> None:
    hold(mug, 5)
    with clock.at(AFTER):
        allocate([Wanted(mug.pk, 1, "order:2")])
        with pytest.raises(HoldLost):
            consume_holds(["cart:1"])
    assert counters(mug) == [(5, 1, 0)]


def test_prolonging_never_shortens_and_says_what_is_gone(mug: Variant) -> None:
    hold(mug, 1)
    assert extend_holds(["cart:1", "cart:9"], NOON) == {"cart:9"}
    assert StockHold.objects.get().expires_at == LATER
    assert extend_holds(["cart:1"], AFTER) == set()
    assert StockHold.objects.get().expires_at == AFTER
    release_holds(["cart:1"])
    assert extend_holds(["cart:1"], AFTER) == {"cart:1"}


# --- sales ----------------------------------------------------------------------------------------
def test_a_sale_undone_is_free_again(mug: Variant) -> None:
    allocate([Wanted(mug.pk, 3, "order:1")])
    deallocate(mug.pk, 2, "order:1")
    assert (counters(mug), available([mug.pk])) == ([(5, 1, 0)], {mug.pk: 4})
    assert story(mug) == [("allocated", 3, "order:1", ""), ("deallocated", -2, "order:1", "")]


@pytest.mark.parametrize("step", [ship, deallocate])
def test_more_than_was_sold_neither_leaves_nor_is_freed(mug: Variant, step: Any) -> None:
    with pytest.raises(NotAllocated):
        step(mug.pk, 1, "order:1")
    allocate([Wanted(mug.pk, 2, "order:1")])
    with pytest.raises(NotAllocated) as refused:
        step(mug.pk, 3, "order:1")
    assert (refused.value.variant_id, counters(mug)) == (mug.pk, [(5, 2, 0)])


@pytest.mark.parametrize("step", [ship, deallocate])
def test_a_second_time_does_not_take_what_a_neighbour_bought(mug: Variant, step: Any) -> None:
    allocate([Wanted(mug.pk, 2, "order:1")])
    allocate([Wanted(mug.pk, 2, "order:2")])
    step(mug.pk, 2, "order:1")
    with pytest.raises(NotAllocated):
        step(mug.pk, 1, "order:1")
    with pytest.raises(NotAllocated):
        step(mug.pk, 1, "never bought")
    step(mug.pk, 2, "order:2")
    assert counters(mug)[0][1] == 0


def test_units_leave_from_the_place_they_were_sold_from(in_scope: Merchant) -> None:
    variant = make_variant(in_scope, stock=2, location=make_location(in_scope, "Near", position=1))
    add_stock(variant, 3, location=make_location(in_scope, "Far", position=2))
    allocate([Wanted(variant.pk, 3, "order:1")])
    assert counters(variant) == [(2, 0, 0), (3, 3, 0)]  # one place that can serve it whole
    allocate([Wanted(variant.pk, 2, "order:2")])
    ship(variant.pk, 3, "order:1")
    assert counters(variant) == [(2, 2, 0), (0, 0, 0)]


def test_no_single_place_has_enough_so_several_serve(in_scope: Merchant) -> None:
    variant = make_variant(in_scope, stock=2, location=make_location(in_scope, "Near", position=1))
    add_stock(variant, 3, location=make_location(in_scope, "Far", position=2))
    hold(variant, 4)
    assert counters(variant) == [(2, 0, 2), (3, 0, 2)]
    consume_holds(["cart:1"])
    ship(variant.pk, 4, "cart:1")
    assert counters(variant) == [(0, 0, 0), (1, 0, 0)]


# --- counting -------------------------------------------------------------------------------------
def test_goods_arrive_and_come_back(in_scope: Merchant, mug: Variant) -> None:
    place = make_location(in_scope)
    receive_stock(mug, place, 2, reason="delivery")
    receive_stock(mug, place, 1, reason="order:1", returned=True)
    assert (counters(mug), story(mug)) == (
        [(8, 0, 0)],
        [("received", 2, "", "delivery"), ("returned", 1, "", "order:1")],
    )
    with pytest.raises(ValueError, match="from one up"):
        receive_stock(mug, place, 0)


def test_counting_books_the_difference_and_none_is_no_movement(in_scope: Merchant, mug: Variant) -> None:
    place = make_location(in_scope)
    count_stock(mug, place, 4, reason="stocktaking")
    count_stock(mug, place, 4, reason="stocktaking")
    adjust_stock(mug, place, -1, reason="broken")
    assert (counters(mug), story(mug)) == (
        [(3, 0, 0)],
        [("adjusted", -1, "", "stocktaking"), ("adjusted", -1, "", "broken")],
    )


def test_nothing_promised_is_counted_away_unless_the_promise_ran_out(in_scope: Merchant, mug: Variant) -> None:
    hold(mug, 2)
    allocate([Wanted(mug.pk, 1, "order:1")])
    with pytest.raises(OutOfStock) as short:
        count_stock(mug, make_location(in_scope), 2)
    assert (short.value.left, counters(mug)) == (2, [(5, 1, 2)])
    with clock.at(AFTER):
        count_stock(mug, make_location(in_scope), 2)
    assert counters(mug) == [(2, 1, 0)]


# --- borders --------------------------------------------------------------------------------------
def test_what_nobody_counts_is_never_short(in_scope: Merchant) -> None:
    voucher = make_variant(in_scope, is_tracked=False)
    assert available([voucher.pk, 10**9]) == {voucher.pk: UNLIMITED, 10**9: 0}
    hold(voucher, 999)
    allocate([Wanted(voucher.pk, 999, "order:1")])
    assert (StockHold.objects.count(), StockMovement.objects.count()) == (0, 0)


def test_another_shops_units_are_out_of_reach(mug: Variant, other_merchant: Merchant) -> None:
    with scope(merchant=other_merchant):
        assert available([mug.pk]) == {mug.pk: 0}
        with pytest.raises(OutOfStock):
            hold(mug, 1)
        with pytest.raises(OutOfStock):
            allocate([Wanted(mug.pk, 1, "order:1")])
        level = StockLevel.objects.model._base_manager.get(variant=mug)
        assert change_levels([Change(level.pk, "held", 1, held=1)], now=timezone.now()) is False
        assert extend_holds(["cart:1"], AFTER) == {"cart:1"}
    assert counters(mug) == [(5, 0, 0)]


@pytest.mark.django_db
def test_without_a_scope_nothing_is_touched() -> None:
    with pytest.raises(ScopeError):
        available([1])
