"""Many at once, on the real database: exactly as many as there are points for."""

import threading
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.db import connections
from django_scopes import scope, scopes_disabled

from apps.loyalty.actions import (
    correct_points,
    earn_for_order,
    join,
    keep_for_order,
    redeem,
    roll_back,
    settle_points,
    use_voucher,
)
from apps.loyalty.errors import NotEnoughPoints, VoucherGone
from apps.loyalty.invariants import CHECKS
from apps.loyalty.models import LoyaltyMembership, Reward, RewardVoucher
from apps.merchants.models import Merchant
from tests import factories

from . import club
from .club import lines, shown

pytestmark = pytest.mark.django_db(transaction=True)
WORKERS = 12


@pytest.fixture
def shop(merchant: Merchant) -> Merchant:
    with scope(merchant=merchant):
        club.programme(merchant, return_days=0)
    return merchant


@pytest.fixture
def ana(shop: Merchant) -> LoyaltyMembership:
    with scope(merchant=shop):
        member = club.member(shop)
        correct_points(member, points=100, reason="a present", source="present")
        return member


@pytest.fixture
def ten(shop: Merchant) -> Reward:
    with scope(merchant=shop):
        return club.reward(shop, 10)


def all_at_once(shop: Merchant, jobs: list[Callable[[], Any]]) -> list[Any]:
    """The jobs spread over the workers, started together; what each returned or raised."""
    start, results = threading.Barrier(WORKERS), [None] * len(jobs)

    def work(worker: int) -> None:
        with scope(merchant=shop):
            start.wait()
            for place in range(worker, len(jobs), WORKERS):
                try:
                    results[place] = jobs[place]()
                except Exception as error:
                    results[place] = error
        connections.close_all()

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def kinds(results: list[Any]) -> Counter[str]:
    return Counter(type(result).__name__ for result in results)


def books_are_right() -> None:
    with scopes_disabled():
        assert {name: check() for name, check in CHECKS.items()} == {name: [] for name in CHECKS}


def test_attack_39_three_hundred_redemptions_of_ten_from_a_hundred_are_exactly_ten(
    shop: Merchant, ana: LoyaltyMembership, ten: Reward
) -> None:
    jobs = [lambda n=n: redeem(ana, ten, reference=f"r{n}") for n in range(300)]
    assert kinds(all_at_once(shop, jobs)) == {"RewardVoucher": 10, "NotEnoughPoints": 290}
    with scope(merchant=shop):
        assert (shown(ana), lines(ana)[1:], RewardVoucher.objects.count()) == ((0, 0, 0), [("redeem", -10)] * 10, 10)
    books_are_right()


def test_attack_39_one_wish_told_sixty_times_at_once_is_one_voucher(
    shop: Merchant, ana: LoyaltyMembership, ten: Reward
) -> None:
    results = all_at_once(shop, [lambda: redeem(ana, ten, reference="r1").pk] * 60)
    with scope(merchant=shop):
        assert (set(results), shown(ana)) == ({RewardVoucher.objects.get().pk}, (90, 0, 0))
    books_are_right()


def test_an_order_told_by_webhook_page_and_sweep_at_once_earns_once(shop: Merchant, ana: LoyaltyMembership) -> None:
    def tell() -> int:
        return earn_for_order(ana, reference="order:1", amount=Decimal("24"), is_first=True)

    results = all_at_once(shop, [tell] * 36)
    with scope(merchant=shop):
        assert (sorted(results)[-2:], shown(ana)) == ([0, 24], (124, 0, 24))
    books_are_right()


def test_attack_39_points_spent_while_their_order_is_refunded_never_fall_below_zero(
    shop: Merchant, ana: LoyaltyMembership, ten: Reward
) -> None:
    with scope(merchant=shop):
        earn_for_order(ana, reference="order:1", amount=Decimal("50"), is_first=False)
    refund = lambda: keep_for_order(ana.customer_id, reference="order:1", share=Fraction(0))  # noqa: E731
    spends = [lambda n=n: redeem(ana, ten, reference=f"r{n}") for n in range(24)]
    results = all_at_once(shop, [refund, *spends[:12], refund, *spends[12:]])
    assert set(kinds(results)) <= {"NoneType", "RewardVoucher", "NotEnoughPoints"}
    with scope(merchant=shop):
        spent = RewardVoucher.objects.count() * 10
        clawed = -sum(points for kind, points in lines(ana) if kind == "clawback")
        balance, pending, lifetime = shown(ana)
        assert (balance + spent + clawed, pending, lifetime) == (150, 0, 0)
        assert balance >= 0
        assert 10 <= RewardVoucher.objects.count() <= 15
    books_are_right()


def test_a_voucher_is_used_or_undone_but_never_both(shop: Merchant, ana: LoyaltyMembership, ten: Reward) -> None:
    with scope(merchant=shop):
        vouchers = [redeem(ana, ten, reference=f"r{n}") for n in range(10)]
    jobs: list[Callable[[], Any]] = []
    for voucher in vouchers:
        jobs.append(lambda v=voucher: use_voucher(v, reference=f"order:{v.pk}"))
        jobs.append(lambda v=voucher: roll_back(ana, reference=v.redemption))
        jobs.append(lambda v=voucher: use_voucher(v, reference=f"order:{v.pk}0"))
    results = all_at_once(shop, jobs)
    assert sum(isinstance(result, VoucherGone) for result in results) == 20
    with scope(merchant=shop):
        undone = RewardVoucher.objects.filter(state="void").count()
        assert RewardVoucher.objects.filter(state="used").count() == 10 - undone
        assert shown(ana) == (undone * 10, 0, 0)
    books_are_right()


def test_sweeps_joins_and_corrections_at_once(shop: Merchant, ana: LoyaltyMembership) -> None:
    with scope(merchant=shop):
        bob = factories.customer(shop, "Bob")
    jobs: list[Callable[[], Any]] = [settle_points] * 12
    jobs += [lambda: join(bob, terms="").pk] * 12
    jobs += [lambda: correct_points(ana, points=-60, reason="twice", source="c1").pk] * 12
    results = all_at_once(shop, jobs)
    assert (len(set(results[12:24])), len(set(results[24:]))) == (1, 1)
    with scope(merchant=shop):
        assert shown(ana) == (40, 0, 0)
    books_are_right()


def test_refusals_say_what_is_missing() -> None:
    assert str(NotEnoughPoints(balance=4, wanted=10)) == "10 points wanted, 4 there"
