"""Points come, wait, are spent, expire and go back, and every line of it stays in the book."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django_scopes import scope
from djmoney.money import Money

from apps.accounts.models import User
from apps.loyalty.actions import (
    correct_points,
    earn_for_review,
    join,
    keep_for_order,
    member_of,
    redeem,
    release_vouchers,
    roll_back,
    settle_points,
    usable_voucher,
    use_voucher,
)
from apps.loyalty.book import months_later
from apps.loyalty.errors import NotEnoughPoints, NotOffered, ReasonMissing, RewardGone, VoucherGone
from apps.loyalty.models import AppendOnly, LoyaltyMembership, LoyaltyProgramme, PointsEntry, RewardVoucher
from apps.loyalty.points import points_for
from apps.loyalty.worth import Worth, worth_of
from apps.merchants import clock
from apps.merchants.models import Merchant
from tests import factories

from . import club
from .club import START, lines, ordered, shown

DAY = dt.timedelta(days=1)


@pytest.fixture
def shop(in_scope: Merchant) -> Merchant:
    club.programme(in_scope)
    return in_scope


@pytest.fixture
def ana(shop: Merchant) -> LoyaltyMembership:
    with clock.at(START):
        return club.member(shop)


def rich(member: LoyaltyMembership, points: int) -> LoyaltyMembership:
    """Points that can be spent at once."""
    correct_points(member, points=points, reason="a present", source=f"present:{PointsEntry.objects.count()}")
    return member


def rule_of(merchant: Merchant, **changes: object) -> None:
    LoyaltyProgramme.objects.update(**changes)


@pytest.mark.parametrize(
    ("points", "per", "rounding", "amount", "earned"),
    [
        (1, "1", "down", "28.99", 28),
        (1, "1", "half_up", "28.50", 29),
        (1, "1", "half_up", "28.49", 28),
        (1, "1", "up", "28.01", 29),
        (3, "2", "down", "9.99", 14),  # 14.985
        (1, "3", "down", "9.00", 3),  # a third has no end as a decimal
        (10, "0.7", "half_up", "0.07", 1),
        (1, "1", "up", "0.00", 0),
    ],
)
def test_points_are_an_exact_ratio_rounded_once(points: int, per: str, rounding: str, amount: str, earned: int) -> None:
    rules = LoyaltyProgramme(points=points, per_amount=Decimal(per), rounding=rounding)
    assert points_for(rules, Decimal(amount)) == earned


def test_a_tier_earns_faster_before_rounding(shop: Merchant) -> None:
    rules = LoyaltyProgramme.objects.get()
    assert points_for(rules, Decimal("9.99"), tier=club.tier(shop, "Gold", 100, percent=150)) == 14


def test_joining_twice_is_once_and_keeps_what_was_agreed_to(shop: Merchant) -> None:
    customer = factories.customer(shop)
    one, two = join(customer, terms="https://a.example"), join(customer, terms="https://b.example")
    assert (one.pk, two.terms, shown(one)) == (two.pk, "https://a.example", (0, 0, 0))


def test_nobody_joins_what_is_not_offered(in_scope: Merchant) -> None:
    with pytest.raises(NotOffered):
        club.member(in_scope)
    club.programme(in_scope, is_active=False)
    with pytest.raises(NotOffered):
        club.member(in_scope)


def test_an_order_earns_once_and_its_points_wait_for_the_return_window(ana: LoyaltyMembership) -> None:
    with clock.at(START):
        reference = ordered(ana, "24.00")
        ordered(ana, "24.00", reference=reference)
        assert (shown(ana), lines(ana)) == ((0, 24, 24), [("earn", 24)])
    with clock.at(START + 30 * DAY - dt.timedelta(seconds=1)):
        assert (settle_points(), shown(ana)) == (0, (0, 24, 24))
    with clock.at(START + 30 * DAY):
        assert (settle_points(), settle_points(), shown(ana)) == (1, 0, (24, 0, 24))
    assert [(event.kind, event.data["points"]) for event in ana.events.all()] == [("earned", 24), ("available", 24)]


def test_an_order_over_nothing_earns_nothing(ana: LoyaltyMembership) -> None:
    rule_of(ana.merchant, first_order_bonus=50)
    ordered(ana, "0", is_first=True)
    assert (shown(ana), ana.events.count()) == ((0, 0, 0), 0)


def test_the_first_order_brings_its_bonus_and_waits_with_it(ana: LoyaltyMembership) -> None:
    rule_of(ana.merchant, first_order_bonus=50)
    ordered(ana, "10", is_first=True)
    ordered(ana, "10")
    assert shown(ana) == (0, 70, 70)


def test_a_rating_brings_points_once_and_they_go_with_the_order(ana: LoyaltyMembership) -> None:
    rule_of(ana.merchant, review_bonus=5)
    reference = ordered(ana, "10")
    assert [earn_for_review(ana, reference=reference), earn_for_review(ana, reference=reference)] == [5, 0]
    assert shown(ana) == (5, 10, 15)
    keep_for_order(ana.customer, reference=reference, share=Fraction(0))
    assert shown(ana) == (0, 0, 0)


def test_points_expire_lot_by_lot_on_the_last_day_of_a_short_month(ana: LoyaltyMembership) -> None:
    rule_of(ana.merchant, return_days=0, expiry_months=12)
    with clock.at(dt.datetime(2028, 2, 29, 9, tzinfo=dt.UTC)):
        ordered(ana, "10")
    with clock.at(dt.datetime(2028, 6, 1, tzinfo=dt.UTC)):
        ordered(ana, "7")
    with clock.at(dt.datetime(2029, 2, 28, 9, tzinfo=dt.UTC)):
        assert (settle_points(), settle_points(), shown(ana)) == (1, 0, (7, 0, 17))
    assert lines(ana) == [("earn", 10), ("earn", 7), ("expire", -10)]


@pytest.mark.parametrize(
    ("start", "months", "then"),
    [("2026-01-31", 1, "2026-02-28"), ("2026-12-15", 1, "2027-01-15"), ("2026-03-31", -12, "2025-03-31"),
     ("2028-02-29", -12, "2027-02-28"), ("2026-01-10", 12, "2027-01-10"), ("2026-11-30", 25, "2028-12-30")],
)  # fmt: skip
def test_months_are_calendar_months(start: str, months: int, then: str) -> None:
    moment = dt.datetime.fromisoformat(start).replace(tzinfo=dt.UTC)
    assert months_later(moment, months).date().isoformat() == then


def test_what_expires_first_is_spent_first(ana: LoyaltyMembership) -> None:
    rule_of(ana.merchant, return_days=0)
    with clock.at(START):
        ordered(ana, "10")
    with clock.at(START + 90 * DAY):
        ordered(ana, "10")
        redeem(ana, club.reward(ana.merchant, 10), reference="r1")
    with clock.at(months_later(START, 12)):
        settle_points()
        assert shown(ana) == (10, 0, 20)


def test_what_has_expired_cannot_be_spent_before_anybody_swept(ana: LoyaltyMembership) -> None:
    rule_of(ana.merchant, return_days=0)
    with clock.at(START):
        ordered(ana, "10")
    with clock.at(months_later(START, 12)), pytest.raises(NotEnoughPoints) as refused:
        redeem(ana, club.reward(ana.merchant, 10), reference="r1")
    assert (refused.value.balance, refused.value.missing) == (0, 10)


def test_what_has_become_due_can_be_spent_before_anybody_swept(ana: LoyaltyMembership) -> None:
    with clock.at(START):
        ordered(ana, "10")
    with clock.at(START + 30 * DAY):
        redeem(ana, club.reward(ana.merchant, 10), reference="r1")
        assert shown(ana) == (0, 0, 10)


def test_redeeming_gives_a_voucher_and_the_same_wish_twice_gives_one(ana: LoyaltyMembership) -> None:
    rich(ana, 25)
    five = club.reward(ana.merchant, 10)
    one, two = redeem(ana, five, reference="r1"), redeem(ana, five, reference="r1")
    assert (one.pk, one.state, one.amount, shown(ana)) == (two.pk, "open", Money("5.00", "EUR"), (15, 0, 0))
    redeem(ana, five, reference="r2")
    with pytest.raises(NotEnoughPoints):
        redeem(ana, five, reference="r3")
    five.is_active = False
    five.save()
    with pytest.raises(RewardGone):
        redeem(ana, five, reference="r4")
    rule_of(ana.merchant, is_active=False)
    with pytest.raises(NotOffered):
        redeem(ana, five, reference="r5")
    assert lines(ana) == [("manual", 25), ("redeem", -10), ("redeem", -10)]


def test_undoing_a_redemption_gives_the_points_back_as_they_were(ana: LoyaltyMembership) -> None:
    rule_of(ana.merchant, return_days=0)
    with clock.at(START):
        ordered(ana, "6")
    with clock.at(START + 90 * DAY):
        ordered(ana, "6")
        redeem(ana, club.reward(ana.merchant, 10), reference="r1")
        for _ in range(2):
            assert roll_back(ana, reference="r1").state == "void"
        assert shown(ana) == (12, 0, 12)
    with clock.at(months_later(START, 12)):
        settle_points()
        assert shown(ana) == (6, 0, 12)


def test_points_that_come_back_after_their_time_are_good_for_thirty_days(ana: LoyaltyMembership) -> None:
    rule_of(ana.merchant, return_days=0)
    with clock.at(START):
        ordered(ana, "10")
        redeem(ana, club.reward(ana.merchant, 10), reference="r1")
    later = START + 500 * DAY
    with clock.at(later):
        roll_back(ana, reference="r1")
        settle_points()
        assert shown(ana) == (10, 0, 10)
    with clock.at(later + 30 * DAY):
        settle_points()
        assert shown(ana) == (0, 0, 10)


def test_a_voucher_is_its_owners_and_used_once(ana: LoyaltyMembership, other_merchant: Merchant) -> None:
    rich(ana, 30)
    voucher = redeem(ana, club.reward(ana.merchant, 10), reference="r1")
    spoken = f" {voucher.code[:4].lower()} {voucher.code[4:].lower()} "
    assert usable_voucher(ana.customer, spoken).pk == voucher.pk
    with pytest.raises(VoucherGone):
        usable_voucher(factories.customer(ana.merchant, "Eve"), voucher.code)
    use_voucher(voucher, reference="order:1")
    use_voucher(voucher, reference="order:1")
    with pytest.raises(VoucherGone):
        use_voucher(voucher, reference="order:2")
    with pytest.raises(VoucherGone):
        roll_back(ana, reference="r1")
    assert (release_vouchers(reference="order:1"), usable_voucher(ana.customer, voucher.code).state) == (1, "open")


def test_a_voucher_is_good_for_so_many_days(ana: LoyaltyMembership) -> None:
    with clock.at(START):
        rich(ana, 10)
        voucher = redeem(ana, club.reward(ana.merchant, 10, valid_days=5), reference="r1")
    with clock.at(START + 5 * DAY):
        with pytest.raises(VoucherGone):
            usable_voucher(ana.customer, voucher.code)
        with pytest.raises(VoucherGone):
            use_voucher(voucher, reference="order:1")


def test_what_a_voucher_is_worth_in_a_cart() -> None:
    goods, delivery, none = Money("3.00", "EUR"), Money("4.90", "EUR"), Money(0, "EUR")
    five = RewardVoucher(kind="amount_off", amount=Money("5.00", "EUR"))
    assert worth_of(five, goods=goods, delivery=delivery) == Worth(goods, none)
    assert worth_of(five, goods=Money("30", "EUR"), delivery=delivery) == Worth(Money("5.00", "EUR"), none)
    assert worth_of(five, goods=Money("30", "USD"), delivery=Money(1, "USD")) == Worth(Money(0, "USD"), Money(0, "USD"))
    assert worth_of(RewardVoucher(kind="free_delivery"), goods=goods, delivery=delivery) == Worth(none, delivery)
    assert worth_of(RewardVoucher(kind="free_product", sku="MUG"), goods=goods, delivery=delivery) == Worth(
        none, none, "MUG"
    )


@pytest.mark.parametrize("when", [1, 40])
def test_a_full_refund_leaves_the_points_as_before(ana: LoyaltyMembership, when: int) -> None:
    """Earned and used in the same order, given back within the return window or after it."""
    with clock.at(START):
        rich(ana, 15)
        voucher = redeem(ana, club.reward(ana.merchant, 10), reference="r1")
        reference = ordered(ana, "24.00")
        use_voucher(voucher, reference=reference)
        before = (15, 0, 0)
    with clock.at(START + when * DAY):
        settle_points()
        for _ in range(2):
            keep_for_order(ana.customer, reference=reference, share=Fraction(0))
        assert (shown(ana), RewardVoucher.objects.get().state) == (before, "void")


def test_half_the_money_back_takes_half_the_points_and_a_refund_that_failed_gives_them_back(
    ana: LoyaltyMembership,
) -> None:
    reference = ordered(ana, "25")
    seen = []
    for share in (Fraction(1, 2), Fraction(1, 2), Fraction(0), Fraction(1, 3), Fraction(1)):
        keep_for_order(ana.customer, reference=reference, share=share)
        seen.append(shown(ana)[1:])
    assert seen == [(12, 12), (12, 12), (0, 0), (8, 8), (25, 25)]


def test_spent_points_of_returned_goods_stop_at_zero(ana: LoyaltyMembership) -> None:
    rule_of(ana.merchant, return_days=0)
    reference = ordered(ana, "24")
    redeem(ana, club.reward(ana.merchant, 20), reference="r1")
    keep_for_order(ana.customer, reference=reference, share=Fraction(0))
    assert (shown(ana), lines(ana)[-1]) == ((0, 0, 0), ("clawback", -4))
    keep_for_order(ana.customer, reference=reference, share=Fraction(1, 2))  # 12 of 24 are due, 20 were spent
    assert shown(ana) == (0, 0, 12)
    keep_for_order(ana.customer, reference=reference, share=Fraction(1))
    assert shown(ana) == (4, 0, 24)


def test_or_become_a_debt_that_the_next_points_pay(ana: LoyaltyMembership) -> None:
    rule_of(ana.merchant, return_days=0, clawback="negative")
    reference = ordered(ana, "24")
    redeem(ana, club.reward(ana.merchant, 20), reference="r1")
    keep_for_order(ana.customer, reference=reference, share=Fraction(0))
    assert shown(ana) == (-20, 0, 0)
    with pytest.raises(NotEnoughPoints):
        redeem(ana, club.reward(ana.merchant, 1), reference="r2")
    ordered(ana, "30")
    assert shown(ana) == (10, 0, 30)


def test_attack_39_points_corrected_below_zero_are_refused(ana: LoyaltyMembership) -> None:
    rich(ana, 10)
    with pytest.raises(NotEnoughPoints):
        correct_points(ana, points=-11, reason="oops", source="c1")
    with pytest.raises(ReasonMissing):
        correct_points(ana, points=5, reason="  ", source="c2")
    with pytest.raises(ReasonMissing):
        correct_points(ana, points=0, reason="nothing", source="c3")
    actor = factories.staff(ana.merchant, "manager")
    one = correct_points(ana, points=-4, reason="counted twice", actor=actor, source="c4")
    two = correct_points(ana, points=-4, reason="counted twice", actor=actor, source="c4")
    assert (one.pk, one.actor, shown(ana)) == (two.pk, actor, (6, 0, 0))


def test_attack_39_the_database_keeps_balances_above_zero_and_rewards_above_nothing(ana: LoyaltyMembership) -> None:
    half_a_birthday = {"birth_month": 2, "birthday_told_at": START}
    for wrong in ({"balance": -1}, {"pending": -1}, {"lifetime": -1}, {"birth_month": 2}, half_a_birthday):
        with pytest.raises(IntegrityError), transaction.atomic():
            LoyaltyMembership.objects.filter(pk=ana.pk).update(**wrong)
    for cost in (0, -5):
        with pytest.raises(IntegrityError), transaction.atomic():
            club.reward(ana.merchant, cost)
    for wrong in ({"amount": "-5.00"}, {"amount": None}, {"sku": "MUG"}, {"kind": "free_product"}, {"kind": "other"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            club.reward(ana.merchant, 5, **wrong)


@pytest.mark.parametrize(
    ("kind", "points"), [("earn", -1), ("redeem", 1), ("redeem", 0), ("clawback", 1), ("expire", 1), ("redeem_rollback", -1)]
)  # fmt: skip
def test_attack_39_no_line_moves_points_the_wrong_way(ana: LoyaltyMembership, kind: str, points: int) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        PointsEntry.objects.create(
            merchant=ana.merchant, membership=ana, kind=kind, rule="desk", points=points, source="x",
            available_at=clock.now(),
        )  # fmt: skip


def test_attack_39_a_line_of_the_book_is_never_changed_or_removed(ana: LoyaltyMembership) -> None:
    rich(ana, 10)
    entry = PointsEntry.objects.get()
    entry.points = 1000
    for wrong in (entry.save, entry.delete):
        with pytest.raises(AppendOnly):
            wrong()
    mine = PointsEntry.objects.filter(pk=entry.pk)
    for change in (lambda: mine.update(points=1000), lambda: mine.update(reason="other"), mine.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert lines(ana) == [("manual", 10)]


def test_the_line_stays_when_who_wrote_it_is_gone(ana: LoyaltyMembership) -> None:
    actor = factories.staff(ana.merchant, "manager")
    entry = correct_points(ana, points=5, reason="a present", actor=actor, source="c1")
    User.objects.filter(pk=actor.pk).delete()
    entry = PointsEntry.objects.get(pk=entry.pk)
    assert (entry.actor, entry.points) == (None, 5)


def test_a_programme_switched_off_earns_nothing_and_still_takes_back(ana: LoyaltyMembership) -> None:
    reference = ordered(ana, "24")
    rule_of(ana.merchant, is_active=False)
    ordered(ana, "24")
    assert (shown(ana), member_of(ana.customer, earning=True)) == ((0, 24, 24), None)
    keep_for_order(ana.customer, reference=reference, share=Fraction(0))
    assert shown(ana) == (0, 0, 0)


def test_a_stranger_sees_nobodys_points(ana: LoyaltyMembership, other_merchant: Merchant) -> None:
    rich(ana, 10)
    with scope(merchant=other_merchant):
        assert (LoyaltyMembership.objects.count(), PointsEntry.objects.count(), member_of(ana.customer)) == (0, 0, None)
