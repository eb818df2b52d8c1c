"""Members who prove to be one, who ask for their data, who want to be forgotten; and books that were tampered with."""

import datetime as dt
from collections.abc import Callable
from fractions import Fraction

import pytest
from django.db import connection

from apps.customers.actions import erase_customer, export_customer, merge_customers, undo_merge
from apps.customers.models import Merge
from apps.loyalty.actions import (
    accept_invitation,
    correct_points,
    keep_for_order,
    member_of,
    redeem,
    roll_back,
    settle_points,
    tell_birthday,
)
from apps.loyalty.errors import ReferralRefused
from apps.loyalty.invariants import CHECKS
from apps.loyalty.models import LoyaltyMembership, LoyaltyProgramme, Referral, RewardVoucher
from apps.merchants import clock
from apps.merchants.invariants import run_all
from apps.merchants.models import Merchant
from tests import factories

from . import club
from .club import START, lines, ordered, shown

DAY = dt.timedelta(days=1)


@pytest.fixture
def shop(in_scope: Merchant) -> Merchant:
    club.programme(in_scope, referrer_bonus=100, friend_bonus=50)
    return in_scope


@pytest.fixture
def ana(shop: Merchant) -> LoyaltyMembership:
    with clock.at(START):
        return club.member(shop)


@pytest.fixture
def twin(shop: Merchant) -> LoyaltyMembership:
    with clock.at(START):
        return club.member(shop, "Ana on Telegram")


def breaches() -> dict[str, list[str]]:
    return {name: found for name, check in CHECKS.items() if (found := check())}


def test_a_membership_follows_its_shopper_and_goes_back_with_them(ana: LoyaltyMembership) -> None:
    guest = factories.customer(ana.merchant, "Guest")
    correct_points(ana, points=10, reason="a present", source="c1")
    merge_customers(ana.customer, guest)
    assert member_of(guest) == ana
    undo_merge(Merge.objects.get())
    assert (member_of(guest), member_of(ana.customer_id)) == (None, ana)


def test_two_members_who_are_one_have_what_both_had(ana: LoyaltyMembership, twin: LoyaltyMembership) -> None:
    """Waiting and spendable points, their ends, what counts, the vouchers and the order they hang on."""
    with clock.at(START):
        correct_points(twin, points=30, reason="a present", source="c1")
        redeem(twin, club.reward(ana.merchant, 10), reference="r1")
        reference = ordered(twin, "24")
        ordered(ana, "6")
        tell_birthday(twin, month=5, day=3)
        merge_customers(twin.customer, ana.customer)
        assert (shown(ana), shown(twin)) == ((20, 30, 30), (0, 0, 0))
        assert (RewardVoucher.objects.get().membership, ana.birth_day, breaches()) == (ana, 3, {})
        roll_back(ana, reference="r1")
        keep_for_order(ana.customer, reference=reference, share=Fraction(1, 2))
        assert (shown(ana), breaches()) == ((30, 18, 18), {})
    with clock.at(START + 30 * DAY):
        settle_points()
        assert (shown(ana), breaches()) == ((48, 0, 18), {})


def test_two_who_are_two_again_have_each_their_own(ana: LoyaltyMembership, twin: LoyaltyMembership) -> None:
    with clock.at(START):
        correct_points(twin, points=30, reason="a present", source="c1")
        ordered(twin, "24")
        correct_points(ana, points=5, reason="a present", source="c1")
        ordered(ana, "6")
        merge_customers(twin.customer, ana.customer)
        undo_merge(Merge.objects.get())
        assert (shown(ana), shown(twin), breaches()) == ((5, 6, 6), (30, 24, 24), {})
        merge_customers(twin.customer, ana.customer)
        redeem(ana, club.reward(ana.merchant, 10), reference="r2")
        undo_merge(Merge.objects.first())
        assert sum(shown(ana)[:2]) + sum(shown(twin)[:2]) == 55
        assert breaches() == {}


def test_a_debt_comes_along(ana: LoyaltyMembership, twin: LoyaltyMembership) -> None:
    LoyaltyProgramme.objects.update(clawback="negative", return_days=0)
    reference = ordered(twin, "20")
    redeem(twin, club.reward(ana.merchant, 20), reference="r1")
    keep_for_order(twin.customer, reference=reference, share=Fraction(0))
    correct_points(ana, points=5, reason="a present", source="c1")
    assert shown(twin) == (-20, 0, 0)
    merge_customers(twin.customer, ana.customer)
    assert (shown(ana), shown(twin), breaches()) == ((-15, 0, 0), (0, 0, 0), {})


def test_attack_39_who_invited_themself_on_another_channel_is_not_paid(ana: LoyaltyMembership) -> None:
    other = factories.customer(ana.merchant, "Ana on Telegram")
    referral = accept_invitation(other, ana.code, has_ordered=False)
    merge_customers(other, ana.customer)
    referral.refresh_from_db()
    assert (referral.state, referral.friend) == ("refused", ana.customer)


def test_a_member_can_read_every_line(ana: LoyaltyMembership) -> None:
    with clock.at(START):
        correct_points(ana, points=30, reason="a present", source="c1")
        voucher = redeem(ana, club.reward(ana.merchant, 10), reference="r1")
        tell_birthday(ana, month=5, day=3)
    told = export_customer(ana.customer)["loyalty"]
    assert {key: told[key] for key in ("balance", "pending", "birthday", "invitation_code", "vouchers")} == {
        "balance": 20,
        "pending": 0,
        "birthday": "05-03",
        "invitation_code": ana.code,
        "vouchers": [{"code": voucher.code, "state": "open"}],
    }
    assert [(line["kind"], line["points"], line["reason"]) for line in told["entries"]] == [
        ("manual", 30, "a present"),
        ("redeem", -10, ""),
    ]
    assert export_customer(factories.customer(ana.merchant))["loyalty"] is None


def test_a_forgotten_member_leaves_lines_and_nothing_else(ana: LoyaltyMembership) -> None:
    with clock.at(START):
        correct_points(ana, points=30, reason="called, her dog had died", source="c1")
        redeem(ana, club.reward(ana.merchant, 10), reference="r1")
        reference = ordered(ana, "24")
        tell_birthday(ana, month=5, day=3)
        code = ana.code
        bob = factories.customer(ana.merchant, "Bob")
        accept_invitation(bob, code, has_ordered=False)
        erase_customer(ana.customer)
        keep_for_order(ana.customer, reference=reference, share=Fraction(0))
        assert breaches() == {}
    assert (shown(ana)[:2], ana.birth_day, member_of(ana.customer_id)) == ((0, 0), None, None)
    assert lines(ana) == [("manual", 30), ("redeem", -10), ("earn", 24), ("expire", -20), ("expire", -24)]
    assert set(ana.entries.values_list("reason", flat=True)) == {""}
    assert (RewardVoucher.objects.get().state, Referral.objects.get().state) == ("void", "refused")
    with pytest.raises(ReferralRefused):
        accept_invitation(factories.customer(ana.merchant), code, has_ordered=False)


def raw(sql: str) -> None:
    """What only somebody with the database in hand can do."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE loyalty_pointsentry DISABLE TRIGGER loyalty_pointsentry_is_final")
        cursor.execute("ALTER TABLE loyalty_loyaltymembership DROP CONSTRAINT loyalty_balance")
        cursor.execute(sql)


PLANTED: list[tuple[str, str, set[str]]] = [
    ("UPDATE loyalty_pointsentry SET points = points + 1 WHERE kind = 'earn'", "an entry was changed",
     {"loyalty: counters are the sums of entries", "loyalty: lots make the balance"}),
    ("DELETE FROM loyalty_pointsentry WHERE kind = 'redeem'", "an entry is gone",
     {"loyalty: counters are the sums of entries", "loyalty: lots make the balance", "loyalty: vouchers were paid for"}),
    ("UPDATE loyalty_loyaltymembership SET balance = balance + 5", "points out of nowhere",
     {"loyalty: counters are the sums of entries", "loyalty: lots make the balance"}),
    ("UPDATE loyalty_loyaltymembership SET balance = balance + 5, pending = pending - 5", "spendable too early",
     {"loyalty: lots make the balance"}),
    ("UPDATE loyalty_loyaltymembership SET lifetime = lifetime + 5", "counts more than was earned",
     {"loyalty: counters are the sums of entries"}),
    ("UPDATE loyalty_loyaltymembership SET balance = -1", "a debt where there is none",
     {"loyalty: balances keep the policy", "loyalty: counters are the sums of entries",
      "loyalty: lots make the balance"}),
    ("UPDATE loyalty_loyaltymembership SET next_change_at = now() - interval '3 days'", "nobody swept",
     {"loyalty: due points are booked"}),
    ("UPDATE loyalty_rewardvoucher SET cost = cost - 5", "a cheaper voucher", {"loyalty: vouchers were paid for"}),
    ("UPDATE loyalty_rewardvoucher SET state = 'void'", "void, and the points are kept",
     {"loyalty: vouchers were paid for"}),
    ("UPDATE loyalty_referral SET state = 'paid', due_at = NULL", "paid for no order",
     {"loyalty: referrals are paid when due"}),
    ("UPDATE loyalty_referral SET state = 'ordered', reference = 'order:1', due_at = now() - interval '3 days'",
     "never paid", {"loyalty: referrals are paid when due"}),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "what", "found"), PLANTED, ids=[what for _, what, _ in PLANTED])
def test_what_somebody_did_to_the_tables_is_found(ana: LoyaltyMembership, sql: str, what: str, found: set[str]) -> None:
    correct_points(ana, points=30, reason="a present", source="c1")
    ordered(ana, "24")
    redeem(ana, club.reward(ana.merchant, 10), reference="r1")
    accept_invitation(factories.customer(ana.merchant), ana.code, has_ordered=False)
    assert breaches() == {}
    raw(sql)
    assert {row["name"] for row in run_all() if not row["ok"]} == found


def test_a_fresh_shop_breaks_nothing(db: None) -> None:
    checks: dict[str, Callable[[], list[str]]] = CHECKS
    assert {row["name"]: row["count"] for row in run_all() if row["name"] in checks} == dict.fromkeys(checks, 0)


def test_whom_each_invited_is_theirs_again(ana: LoyaltyMembership, twin: LoyaltyMembership) -> None:
    with clock.at(START):
        friend, other = factories.customer(ana.merchant, "Friend"), factories.customer(ana.merchant, "Other")
        Referral.objects.create(merchant=ana.merchant, referrer=twin, friend=friend)
        Referral.objects.create(merchant=ana.merchant, referrer=ana, friend=twin.customer)
        Referral.objects.create(merchant=ana.merchant, referrer=ana, friend=other)
        merge_customers(twin.customer, ana.customer)
        assert {row.friend: (row.referrer, row.state) for row in Referral.objects.all()} == {
            friend: (ana, "invited"), ana.customer: (ana, "refused"), other: (ana, "invited"),
        }  # fmt: skip
        undo_merge(Merge.objects.get())
        assert {row.friend: (row.referrer, row.state, row.reason) for row in Referral.objects.all()} == {
            friend: (twin, "invited", ""), twin.customer: (ana, "invited", ""), other: (ana, "invited", ""),
        }  # fmt: skip
