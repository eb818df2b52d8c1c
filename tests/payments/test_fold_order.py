"""What is told of one payment, in every order and any number of times, comes to the same."""

import datetime as dt
import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.carts.money import money, zero
from apps.payments.fold import Folded, fold, payment_status
from apps.payments.provider import Fact, Kind

NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
TOTAL = money("20.00", "EUR")


def fact(kind: Kind, amount: str, ref: str) -> Fact:
    return Fact(kind, money(amount, "EUR"), ref, NOON)


# Authorised, then captured, while an old try fails late; half goes back and returns; half is disputed and won.
STORY = (
    fact(Kind.PROCESSING, "0", "pi"),
    fact(Kind.CAPTURED, "20.00", "pi"),
    fact(Kind.FAILED, "0", "pi"),
    fact(Kind.REFUND_PENDING, "5.00", "re1"),
    fact(Kind.REFUNDED, "5.00", "re1"),
    fact(Kind.REFUND_FAILED, "5.00", "re1"),
    fact(Kind.REFUNDED, "4.00", "re2"),
    fact(Kind.DISPUTED, "6.00", "dp"),
    fact(Kind.DISPUTE_WON, "6.00", "dp"),
)


def come_to(facts: Sequence[Fact]) -> tuple[Folded, str]:
    folded = fold(facts, currency="EUR")
    return folded, payment_status([folded], total=TOTAL)


def test_every_order_of_the_first_seven_ends_the_same() -> None:
    ends = {come_to(order) for order in itertools.permutations(STORY[:7])}
    assert [(end.state, str(end.captured), str(end.refunded), status) for end, status in ends] == [
        ("succeeded", "€20.00", "€4.00", "partly_refunded")
    ]


@given(st.permutations(STORY), st.lists(st.sampled_from(STORY), max_size=12))
def test_any_order_with_repeats_ends_the_same(order: list[Fact], repeats: list[Fact]) -> None:
    folded, status = come_to([*order, *repeats])
    assert (folded.state, folded.captured, folded.refunded, folded.disputed, folded.lost, status) == (
        "succeeded",
        TOTAL,
        money("4.00", "EUR"),
        zero("EUR"),
        zero("EUR"),
        "partly_refunded",
    )


@given(st.lists(st.sampled_from(STORY), max_size=20))
def test_however_far_the_story_is_known_no_more_goes_back_than_came_and_went(facts: list[Fact]) -> None:
    folded, _ = come_to(facts)
    assert folded.refunded <= money("9.00", "EUR")
    assert (folded.state == "succeeded") == any(known.kind == Kind.CAPTURED for known in facts)


# Reserved; an old try fails late; a part is let go, the rest is taken, and half of that goes back. It is told as void too
# late to matter.
RESERVED = (
    fact(Kind.FAILED, "0", "pi"),
    fact(Kind.AUTHORISED, "20.00", "pi"),
    fact(Kind.RELEASED, "5.00", "release:1"),
    fact(Kind.CAPTURED, "15.00", "pi"),
    fact(Kind.VOIDED, "20.00", "pi"),
    fact(Kind.REFUNDED, "7.50", "re1"),
)


def test_reserved_money_ends_the_same_in_every_order() -> None:
    ends = {come_to(order) for order in itertools.permutations(RESERVED)}
    assert [(end.state, str(end.captured), str(end.kept), str(end.released), status) for end, status in ends] == [
        ("succeeded", "€15.00", "€7.50", "€5.00", "partly_refunded")
    ]


@given(st.permutations(RESERVED), st.lists(st.sampled_from(RESERVED), max_size=12))
def test_reserved_money_in_any_order_with_repeats_ends_the_same(order: list[Fact], repeats: list[Fact]) -> None:
    assert come_to([*order, *repeats]) == come_to(RESERVED)


@given(st.lists(st.sampled_from([known for known in RESERVED if known.kind != Kind.CAPTURED]), max_size=12))
def test_what_is_only_reserved_never_counts_as_paid(facts: list[Fact]) -> None:
    folded, status = come_to(facts)
    kinds = {known.kind for known in facts}
    assert (folded.captured, status in ("paid", "partly_paid", "overpaid")) == (zero("EUR"), False)
    assert (folded.state == "released") == (Kind.VOIDED in kinds)
    assert (folded.state == "authorised") == (Kind.AUTHORISED in kinds and Kind.VOIDED not in kinds)


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        (RESERVED[:2], "authorised"),
        (RESERVED[:3], "authorised"),
        ((RESERVED[1], fact(Kind.RELEASED, "20.00", "release:1")), "none"),
        ((RESERVED[1], RESERVED[4]), "none"),
        (RESERVED[:4], "paid"),
        ((RESERVED[1], RESERVED[3]), "partly_paid"),
        ((RESERVED[1], RESERVED[2], fact(Kind.CAPTURED, "20.00", "pi")), "overpaid"),
    ],
)
def test_what_an_order_with_reserved_money_is(facts: tuple[Fact, ...], status: str) -> None:
    assert come_to(facts)[1] == status


# All that one payment can be told, while the bank still holds a part of it back.
FIVE = (
    fact(Kind.AUTHORISED, "20.00", "pi"),
    fact(Kind.CAPTURED, "20.00", "pi"),
    fact(Kind.FAILED, "0", "pi"),
    fact(Kind.REFUNDED, "5.00", "re1"),
    fact(Kind.DISPUTED, "6.00", "dp"),
)


def test_authorised_captured_failed_late_refunded_and_disputed_end_the_same_in_every_order_and_repeated() -> None:
    """In all 120 orders, each followed by every one of its beginnings told again."""
    ends = {
        come_to([*order, *order[: repeated + 1]])
        for order in itertools.permutations(FIVE)
        for repeated in range(len(FIVE))
    }
    assert [(end.state, str(end.captured), str(end.refunded), str(end.disputed), status) for end, status in ends] == [
        ("succeeded", "€20.00", "€5.00", "€6.00", "disputed")
    ]


# A kept card: the bank says no and is asked again, the charge is called off too late, and half of it goes back.
KEPT_CARD = (
    fact(Kind.FAILED, "0", "pi"),
    fact(Kind.PROCESSING, "0", "pi"),
    fact(Kind.EXPIRED, "0", "pi"),
    fact(Kind.CAPTURED, "20.00", "pi"),
    fact(Kind.REFUNDED, "10.00", "re1"),
    fact(Kind.DISPUTED, "10.00", "dp"),
    fact(Kind.DISPUTE_LOST, "10.00", "dp"),
)


def test_a_kept_card_that_was_charged_ends_the_same_in_every_order() -> None:
    ends = {come_to(order) for order in itertools.permutations(KEPT_CARD)}
    assert [(end.state, str(end.captured), str(end.kept), status) for end, status in ends] == [
        ("succeeded", "€20.00", "€0.00", "lost")
    ]


@given(st.lists(st.sampled_from([known for known in KEPT_CARD if known.kind != Kind.CAPTURED]), max_size=12))
def test_without_the_money_nothing_ever_counts_as_paid(facts: list[Fact]) -> None:
    folded, _ = come_to(facts)
    assert (folded.state == "succeeded", folded.captured) == (False, zero("EUR"))
