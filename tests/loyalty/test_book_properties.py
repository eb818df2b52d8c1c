"""Whatever a shopper, a shop and time do in whatever order: the book stays true."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.db import transaction
from django_scopes import scope
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from apps.loyalty.actions import (
    correct_points,
    earn_for_order,
    keep_for_order,
    redeem,
    roll_back,
    settle_points,
    use_voucher,
)
from apps.loyalty.actions.account import Account
from apps.loyalty.book import Book
from apps.loyalty.errors import NotEnoughPoints
from apps.loyalty.invariants import counters_are_sums, lots_are_the_balance, vouchers_were_paid
from apps.loyalty.models import RewardVoucher
from apps.merchants import clock
from tests import factories

from . import club
from .club import START

pytestmark = pytest.mark.django_db


class Member(RuleBasedStateMachine):
    """One member of a shop, and a clock that only goes forward."""

    policy = "clamp"
    orders = Bundle("orders")
    redemptions = Bundle("redemptions")

    @initialize(
        days=st.sampled_from([0, 7, 30]),
        months=st.sampled_from([0, 1, 12]),
        rounding=st.sampled_from(["down", "half_up", "up"]),
    )
    def open_the_shop(self, days: int, months: int, rounding: str) -> None:
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.shop = factories.merchant()
        self.scope = scope(merchant=self.shop)
        self.scope.__enter__()
        self.now, self.count, self.shares = START, 0, {}
        with clock.at(self.now):
            club.programme(
                self.shop, return_days=days, expiry_months=months, rounding=rounding, clawback=self.policy, points=3,
                per_amount="2", first_order_bonus=5,
            )  # fmt: skip
            club.tier(self.shop, "Silver", 40, percent=150)
            self.member = club.member(self.shop)
            self.reward = club.reward(self.shop, 10)

    def teardown(self) -> None:
        if hasattr(self, "undo"):
            self.scope.__exit__(None, None, None)
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)

    def next_name(self, what: str) -> str:
        self.count += 1
        return f"{what}:{self.member.pk}:{self.count}"

    def standing(self) -> Any:
        """What is left of which points until when, and the debt."""
        self.member.refresh_from_db()
        book = Book(self.member.entries.order_by("pk"))
        book.wait_until(self.now)
        return book.standing(), book.debt, book.balance, book.pending, book.lifetime

    @rule(target=orders, cents=st.integers(min_value=0, max_value=9_999), is_first=st.booleans())
    def buy(self, cents: int, is_first: bool) -> str:
        reference = self.next_name("order")
        with clock.at(self.now):
            earn_for_order(self.member, reference=reference, amount=Decimal(cents) / 100, is_first=is_first)
        self.shares[reference] = Fraction(1)
        return reference

    @rule(order=orders)
    def buy_told_twice(self, order: str) -> None:
        before = self.standing()
        with clock.at(self.now):
            earn_for_order(self.member, reference=order, amount=Decimal("50"), is_first=False)
        assert self.member.entries.filter(kind="earn", source=order).count() <= 1 or before == self.standing()

    @rule(
        order=orders,
        share=st.sampled_from([Fraction(0), Fraction(1, 3), Fraction(1, 2), Fraction(99, 100), Fraction(1)]),
    )
    def money_goes_back(self, order: str, share: Fraction) -> None:
        with clock.at(self.now):
            keep_for_order(self.member.customer, reference=order, share=share)
            once = self.standing()
            keep_for_order(self.member.customer, reference=order, share=share)
        assert self.standing() == once
        self.shares[order] = share

    @rule(target=redemptions)
    def spend(self) -> str:
        reference = self.next_name("redeem")
        with clock.at(self.now):
            self.settle()
            before = self.member.balance
            try:
                redeem(self.member, self.reward, reference=reference)
            except NotEnoughPoints:
                assert before < 10
            else:
                assert before >= 10
        return reference

    @rule(reference=consumes(redemptions))
    def think_better_of_it(self, reference: str) -> None:
        if RewardVoucher.objects.filter(redemption=reference, state="open").exists():
            with clock.at(self.now):
                roll_back(self.member, reference=reference)

    @rule(cents=st.integers(min_value=1, max_value=5_000), with_reward=st.booleans())
    def buy_and_send_all_back(self, cents: int, with_reward: bool) -> None:
        """A purchase with a reward in it that comes to nothing: the points are those of before, lot by lot."""
        with clock.at(self.now):
            self.settle()
            if with_reward and self.member.balance < 10:
                return
            before = self.standing()
            reference = self.next_name("order")
            if with_reward:
                use_voucher(redeem(self.member, self.reward, reference=f"{reference}:r"), reference=reference)
            earn_for_order(self.member, reference=reference, amount=Decimal(cents) / 100, is_first=True)
            keep_for_order(self.member.customer, reference=reference, share=Fraction(0))
        assert self.standing()[2:] == before[2:]
        if before[1] == 0 and not self.member.entries.filter(points__gt=0, reference=reference, available_at=self.now):
            assert self.standing() == before

    @rule(points=st.integers(min_value=-60, max_value=60).filter(bool))
    def correct(self, points: int) -> None:
        with clock.at(self.now):
            self.settle()
            before = self.member.balance
            try:
                correct_points(self.member, points=points, reason="by hand", source=self.next_name("desk"))
            except NotEnoughPoints:
                assert before < -points

    @rule(days=st.integers(min_value=1, max_value=200), sweeps=st.integers(min_value=0, max_value=2))
    def time_passes(self, days: int, sweeps: int) -> None:
        self.now += dt.timedelta(days=days)
        with clock.at(self.now):
            for _ in range(sweeps):
                settle_points()

    def settle(self) -> None:
        with transaction.atomic():
            Account(self.member.pk).close()
        self.member.refresh_from_db()

    @invariant()
    def the_books_are_right(self) -> None:
        if not hasattr(self, "member"):
            return
        with clock.at(self.now):
            assert counters_are_sums() + lots_are_the_balance() + vouchers_were_paid() == []
            self.member.refresh_from_db()
            assert self.member.pending >= 0
            assert self.member.lifetime >= 0
            if self.policy == "clamp":
                assert self.member.balance >= 0


class Debtor(Member):
    policy = "negative"


LIMITS = settings(
    max_examples=20, stateful_step_count=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
TestClampedAtZero = Member.TestCase
TestClampedAtZero.settings = LIMITS
TestMayOwe = Debtor.TestCase
TestMayOwe.settings = LIMITS
