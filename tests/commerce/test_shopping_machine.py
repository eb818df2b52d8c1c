"""Whatever a shopper, a shop, a provider and time do to each other, in any order and again: every sum is right after every
step, and when all goes back, everything is as it was."""

import datetime as dt
from typing import Any, ClassVar

import pytest
from django.db import connection, transaction
from django_scopes import scope
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from apps.carts.money import to_minor
from apps.catalog.models import StockLevel
from apps.merchants import clock
from apps.merchants.invariants import run_all
from apps.merchants.models import Merchant
from apps.orders.models import Order
from apps.payments.shares import delivery_left, paid_for, paid_for_delivery, units_left

from .shopping import GIVEN_POINTS, Shopping, ledger_sums, quantities

PLACED = (Order.Status.PLACED, Order.Status.CLOSED)


class Story(RuleBasedStateMachine):
    """Rolled back at the end."""

    shop: Merchant
    ended: ClassVar[int] = 0

    @initialize(is_inclusive=st.booleans(), reserves=st.booleans(), return_days=st.sampled_from([0, 14]))
    def opens(self, is_inclusive: bool, reserves: bool, return_days: int) -> None:
        self.atom = transaction.atomic()
        self.atom.__enter__()
        self.scope = scope(merchant=self.shop)
        self.scope.__enter__()
        self.it = Shopping(self.shop, is_inclusive=is_inclusive, reserves=reserves, return_days=return_days)
        self.had = self.it.purse()

    def teardown(self) -> None:
        if not hasattr(self, "it"):
            return
        try:
            with clock.at(self.it.now):
                self.everything_goes_back_in_the_end()
        finally:
            self.it.desk.close()
            transaction.set_rollback(True)
            self.scope.__exit__(None, None, None)
            self.atom.__exit__(None, None, None)

    def at(self) -> Any:
        return clock.at(self.it.now)

    def one_of(self, data: st.DataObject, rows: list[Any]) -> Any:
        return data.draw(st.sampled_from(rows))

    @rule(place=st.integers(0, 2), quantity=st.integers(1, 6))
    def puts_in(self, place: int, quantity: int) -> None:
        with self.at():
            self.it.puts_in(self.it.variants[place], quantity)

    @rule(place=st.integers(0, 2), quantity=st.integers(0, 4))
    def makes_it(self, place: int, quantity: int) -> None:
        with self.at():
            self.it.makes_it(self.it.variants[place], quantity)

    @rule(what=st.sampled_from(["coupon", "reward", "card", "credit", "no codes", "no tenders"]))
    def decides(self, what: str) -> None:
        with self.at():
            match what:
                case "coupon":
                    self.it.enters(self.it.coupon.code)
                case "reward":
                    self.it.redeems()
                case "card":
                    self.it.chooses_card()
                case "credit":
                    self.it.chooses_credit()
                case "no codes":
                    self.it.drops_codes()
                case "no tenders":
                    self.it.pays_otherwise()

    @rule(wanted=quantities(4), again=st.booleans(), card=st.sampled_from(["", "success", "success", "declined"]))
    def buys(self, wanted: list[int], again: bool, card: str) -> None:
        """What lies in the cart and some more; said twice, and paid at once, later or never."""
        with self.at():
            for variant, quantity in zip(self.it.variants, wanted, strict=True):
                if quantity:
                    self.it.puts_in(variant, quantity)
            for _ in range(1 + again):
                self.it.checks_out()
            if card and self.it.unpaid():
                self.it.pays(self.it.unpaid()[-1], card)
                self.it.hears([], 0)

    @precondition(lambda self: self.it.unpaid())
    @rule(data=st.data(), card=st.sampled_from(["success", "success", "declined"]), is_heard=st.booleans())
    def pays(self, data: st.DataObject, card: str, is_heard: bool) -> None:
        with self.at():
            self.it.pays(self.one_of(data, self.it.unpaid()), card)
            if is_heard:
                self.it.hears([], 0)

    @rule(order=st.lists(st.integers(0, 99), max_size=6), again=st.integers(0, 3))
    def hears(self, order: list[int], again: int) -> None:
        with self.at():
            self.it.hears(order, again)

    @precondition(lambda self: self.it.orders)
    @rule(data=st.data(), wanted=quantities(), again=st.booleans())
    def ships(self, data: st.DataObject, wanted: list[int], again: bool) -> None:
        order = self.one_of(data, self.it.orders)
        lines = {
            line.pk: min(wish, line.unsent) for line, wish in zip(order.lines.order_by("pk"), wanted, strict=False)
        }
        with self.at():
            self.it.ships(order, lines)
            if again:
                self.it.ships(order, lines)
            self.it.works()

    @precondition(lambda self: self.it.orders)
    @rule(data=st.data(), what=st.sampled_from(["arrives", "arrives", "cancelled"]))
    def goes_on(self, data: st.DataObject, what: str) -> None:
        order = self.one_of(data, self.it.orders)
        with self.at():
            for _ in range(2):
                self.it.arrives(order) if what == "arrives" else self.it.cancels(order)

    @precondition(lambda self: self.it.orders)
    @rule(data=st.data(), wanted=quantities(), kind=st.sampled_from(["return", "claim"]), to_credit=st.booleans())
    def wants_back(self, data: st.DataObject, wanted: list[int], kind: str, to_credit: bool) -> None:
        with self.at():
            self.it.wants_back(self.one_of(data, self.it.orders), wanted, kind=kind, to_credit=to_credit)

    @precondition(lambda self: self.it.asked)
    @rule(
        data=st.data(),
        verdicts=st.lists(st.sampled_from(["approve", "decline", "receive", "cancel", "pay"]), max_size=4),
    )
    def judges(self, data: st.DataObject, verdicts: list[str]) -> None:
        asked = self.one_of(data, self.it.asked)
        with self.at():
            for verdict in verdicts:
                self.it.judges(asked, verdict)

    @precondition(lambda self: self.it.orders)
    @rule(data=st.data(), wanted=quantities(), cents=st.integers(0, 600), drop=st.booleans(), to_credit=st.booleans())
    def gives_back(self, data: st.DataObject, wanted: list[int], cents: int, drop: bool, to_credit: bool) -> None:
        with self.at():
            self.it.gives_back(self.one_of(data, self.it.orders), wanted, cents, drop=drop, to_credit=to_credit)

    @precondition(lambda self: self.it.orders)
    @rule(data=st.data(), to_credit=st.booleans())
    def gives_all_back(self, data: st.DataObject, to_credit: bool) -> None:
        with self.at():
            self.it.gives_all_back(self.one_of(data, self.it.orders), to_credit=to_credit)

    @rule(later=st.sampled_from([dt.timedelta(minutes=20), dt.timedelta(hours=2), dt.timedelta(days=15)]))
    def time_passes(self, later: dt.timedelta) -> None:
        self.it.waits(later)

    @invariant()
    def the_books_are_true(self) -> None:
        if not hasattr(self, "it"):
            return
        with self.at():
            assert [found for found in run_all() if not found["ok"]] == []
        assert ledger_sums() == 0
        taken, back = self.it.taken_and_sent_back()
        assert 0 <= back <= taken
        self.it.member.refresh_from_db()
        assert min(self.it.member.balance, self.it.member.pending, self.it.purse()) >= 0
        for level in StockLevel.objects.all():
            assert level.allocated >= 0 <= level.held <= level.on_hand - level.allocated
        for order in self.it.orders:
            self.parts_make_the_whole(order)

    def parts_make_the_whole(self, order: Order) -> None:
        parts = [to_minor(paid_for(line, order)) for line in order.lines.all()] + [to_minor(paid_for_delivery(order))]
        assert (sum(parts), min(parts) >= 0) == (to_minor(order.total), True)

    def everything_goes_back_in_the_end(self) -> None:
        """Then no piece, no cent and no point is where it was not before, but for what became credit."""
        it = self.it
        it.undo_everything()
        self.the_books_are_true()
        taken, back = it.taken_and_sent_back()
        lines = [line for order in it.orders for line in order.lines.all()]
        sent, returned = sum(line.shipped for line in lines), sum(line.returned for line in lines)
        assert it.on_shelves() == it.pieces - sent + returned
        for order in it.orders:
            if order.status in PLACED:
                assert (units_left(order), to_minor(delivery_left(order))) == ([], 0)
        assert it.purse() * 100 == self.had * 100 + taken - back
        assert it.points() == GIVEN_POINTS
        Story.ended += 1


def told(merchant: Merchant, *, examples: int, steps: int) -> int:
    """Tells so many stories; a sum that is wrong raises. Returns how many came to their end with all undone."""
    Story.shop, Story.ended = merchant, 0
    run_state_machine_as_test(
        Story,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
    return Story.ended


def test_every_sum_is_right_whatever_happens_and_all_can_be_undone(merchant: Merchant) -> None:
    assert told(merchant, examples=6, steps=16) >= 6


class Tampered(Story):
    """Somebody with the database in hand changes one number, past triggers and constraints."""

    sql = ""

    @rule()
    def is_tampered_with(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(self.sql)
            cursor.execute("SET LOCAL session_replication_role = origin")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE catalog_stocklevel SET on_hand = on_hand + 1",
        "UPDATE ledger_account SET balance = balance + 1 WHERE kind = 'store_credit'",
        "UPDATE loyalty_loyaltymembership SET balance = balance + 1",
    ],
)
def test_the_story_sees_one_wrong_number(merchant: Merchant, sql: str) -> None:
    Tampered.shop, Tampered.sql = merchant, sql
    with pytest.raises(AssertionError):
        run_state_machine_as_test(
            Tampered,
            settings=settings(
                max_examples=20, stateful_step_count=6, deadline=None, suppress_health_check=list(HealthCheck),
                phases=[Phase.generate], database=None,
            ),
        )  # fmt: skip


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_every_sum_is_right_in_long_stories(merchant: Merchant) -> None:
    assert told(merchant, examples=20, steps=30) >= 20
