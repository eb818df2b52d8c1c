"""What is told of one payment, in every order and any number of times, comes to the same."""

import datetime as dt
import itertools
from collections.abc import Sequence

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
