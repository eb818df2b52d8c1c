"""Tiers, birthdays and friends: what time and other people bring."""

import datetime as dt
from fractions import Fraction

import pytest

from apps.customers.models import Customer
from apps.loyalty.actions import (
    accept_invitation,
    correct_points,
    follow_tiers,
    give_birthdays,
    join,
    judge_referral,
    keep_for_order,
    pay_referrals,
    redeem,
    settle_points,
    tell_birthday,
)
from apps.loyalty.errors import BirthdayKept, NotOffered, ReferralRefused
from apps.loyalty.models import LoyaltyMembership, LoyaltyProgramme, Referral
from apps.merchants import clock
from apps.merchants.models import Merchant
from tests import factories
from tests.carts import goods

from . import club
from .club import START, ordered, shown

DAY = dt.timedelta(days=1)


@pytest.fixture
def shop(in_scope: Merchant) -> Merchant:
    club.programme(in_scope, return_days=0, expiry_months=0, birthday_bonus=25, referrer_bonus=100, friend_bonus=50)
    return in_scope


@pytest.fixture
def ana(shop: Merchant) -> LoyaltyMembership:
    with clock.at(START):
        return club.member(shop)


def tier_of(member: LoyaltyMembership) -> str:
    member.refresh_from_db()
    return str(member.tier or "")


def told(member: LoyaltyMembership, kind: str) -> list[dict[str, object]]:
    return [event.data for event in member.events.filter(kind=kind)]


def test_a_tier_is_reached_at_once_and_told_once(shop: Merchant, ana: LoyaltyMembership) -> None:
    silver, gold = club.tier(shop, "Silver", 50), club.tier(shop, "Gold", 200, percent=200)
    with clock.at(START):
        ordered(ana, "49")
        assert tier_of(ana) == ""
        ordered(ana, "1")
        ordered(ana, "1")
        assert tier_of(ana) == "Silver"
        ordered(ana, "149")
        ordered(ana, "10")
    assert (tier_of(ana), shown(ana)) == ("Gold", (220, 0, 220))
    assert told(ana, "tier") == [
        {"tier": silver.pk, "was": None, "is_up": True},
        {"tier": gold.pk, "was": silver.pk, "is_up": True},
    ]


def test_points_given_by_hand_make_nobody_silver(shop: Merchant, ana: LoyaltyMembership) -> None:
    club.tier(shop, "Silver", 50)
    correct_points(ana, points=500, reason="a present", source="c1")
    assert (tier_of(ana), follow_tiers()) == ("", 0)


def test_a_tier_is_kept_for_the_days_of_grace_after_twelve_months(shop: Merchant, ana: LoyaltyMembership) -> None:
    silver = club.tier(shop, "Silver", 50)
    with clock.at(START):
        ordered(ana, "60")
    seen = []
    for days in (364, 365, 366, 394, 395):
        with clock.at(START + days * DAY):
            seen.append((follow_tiers(), follow_tiers(), tier_of(ana)))
    assert seen == [(0, 0, "Silver"), (1, 0, "Silver"), (0, 0, "Silver"), (0, 0, "Silver"), (1, 0, "")]
    assert told(ana, "tier")[1:] == [{"tier": None, "was": silver.pk, "is_up": False}]


def test_whoever_shops_again_in_the_days_of_grace_stays(shop: Merchant, ana: LoyaltyMembership) -> None:
    club.tier(shop, "Silver", 50)
    with clock.at(START):
        ordered(ana, "60")
    with clock.at(START + 366 * DAY):
        follow_tiers()
        ordered(ana, "55")
        ana.refresh_from_db()
        assert (tier_of(ana), ana.tier_until) == ("Silver", None)
    with clock.at(START + 400 * DAY):
        assert (follow_tiers(), tier_of(ana)) == (0, "Silver")


def test_returned_goods_do_not_count_although_their_points_were_spent(shop: Merchant, ana: LoyaltyMembership) -> None:
    LoyaltyProgramme.objects.update(grace_days=0)
    club.tier(shop, "Silver", 50)
    reference = ordered(ana, "60")
    redeem(ana, club.reward(shop, 60), reference="r1")
    keep_for_order(ana.customer, reference=reference, share=Fraction(0))
    assert (shown(ana), tier_of(ana)) == ((0, 0, 0), "")


def test_points_that_still_wait_count_for_no_tier(shop: Merchant, ana: LoyaltyMembership) -> None:
    LoyaltyProgramme.objects.update(return_days=30)
    club.tier(shop, "Silver", 50)
    with clock.at(START):
        ordered(ana, "60")
        assert tier_of(ana) == ""
    with clock.at(START + 30 * DAY):
        assert (settle_points(), tier_of(ana)) == (1, "Silver")


def test_new_tiers_find_their_members_overnight(shop: Merchant, ana: LoyaltyMembership) -> None:
    with clock.at(START):
        ordered(ana, "60")
        club.tier(shop, "Silver", 50)
        assert (follow_tiers(), follow_tiers(), tier_of(ana)) == (1, 0, "Silver")


def test_a_birthday_is_given_once_a_year_where_the_shop_is(ana: LoyaltyMembership) -> None:
    with clock.at(START):
        tell_birthday(ana, month=7, day=10)
    seen = []
    for moment in ("2026-07-09T21:59", "2026-07-09T22:00", "2026-07-10T20:00", "2027-07-10T10:00"):  # Berlin is UTC+2
        with clock.at(dt.datetime.fromisoformat(f"{moment}+00:00")):
            seen.append(give_birthdays())
    assert (seen, shown(ana)) == ([0, 1, 0, 1], (50, 0, 50))
    assert told(ana, "bonus") == [{"points": 25, "rule": "birthday"}] * 2


def test_a_birthday_told_less_than_thirty_days_before_waits_for_next_year(ana: LoyaltyMembership) -> None:
    with clock.at(dt.datetime(2026, 6, 11, tzinfo=dt.UTC)):
        tell_birthday(ana, month=7, day=10)
    seen = []
    for year in (2026, 2027):
        with clock.at(dt.datetime(year, 7, 10, tzinfo=dt.UTC)):
            seen.append(give_birthdays())
    assert seen == [0, 1]


def test_a_birthday_is_told_once(ana: LoyaltyMembership) -> None:
    tell_birthday(ana, month=2, day=29)
    tell_birthday(ana, month=2, day=29)
    with pytest.raises(BirthdayKept):
        tell_birthday(ana, month=3, day=1)
    for month, day in ((2, 30), (13, 1), (0, 1)):
        with pytest.raises(ValueError):
            tell_birthday(ana, month=month, day=day)


def test_a_birthday_moved_by_the_shop_brings_no_second_one_soon(ana: LoyaltyMembership) -> None:
    with clock.at(START):
        tell_birthday(ana, month=12, day=20)
    with clock.at(dt.datetime(2026, 12, 20, tzinfo=dt.UTC)):
        assert give_birthdays() == 1
    LoyaltyMembership.objects.update(birth_month=2, birth_day=1)
    with clock.at(dt.datetime(2027, 2, 1, tzinfo=dt.UTC)):
        assert give_birthdays() == 0


def test_a_leap_day_is_the_28th_in_other_years(ana: LoyaltyMembership) -> None:
    with clock.at(START):
        tell_birthday(ana, month=2, day=29)
    given = []
    for day in ("2027-02-28", "2027-03-01", "2028-02-28", "2028-02-29"):
        with clock.at(dt.datetime.fromisoformat(f"{day}T12:00+00:00")):
            given.append(give_birthdays())
    assert given == [1, 0, 0, 1]


@pytest.fixture
def bob(shop: Merchant) -> Customer:
    return factories.customer(shop, "Bob", phone="+4917600000002", email="bob@example.org")


def came(ana: LoyaltyMembership, bob: Customer) -> tuple[Referral, LoyaltyMembership]:
    """Bob follows Ana's invitation and joins."""
    referral = accept_invitation(bob, f" {ana.code.lower()} ", has_ordered=False)
    return referral, join(bob, terms="")


def state_of(referral: Referral) -> tuple[str, str]:
    referral.refresh_from_db()
    return referral.state, referral.reason


def test_both_sides_are_paid_when_the_friends_order_can_no_longer_be_returned(
    ana: LoyaltyMembership, bob: Customer
) -> None:
    LoyaltyProgramme.objects.update(return_days=14)
    with clock.at(START):
        referral, friend = came(ana, bob)
        ordered(friend, "10", is_first=True)
        ordered(friend, "10")
    seen = []
    for after in (14 * DAY - dt.timedelta(seconds=1), 14 * DAY, 15 * DAY):
        with clock.at(START + after):
            settle_points()
            seen.append((pay_referrals(), shown(ana)[0], shown(friend)[0]))
    assert (seen, state_of(referral)) == ([(0, 0, 0), (1, 100, 70), (0, 100, 70)], ("paid", ""))


def test_nobody_is_paid_for_an_order_that_was_sent_back_and_the_next_one_counts(
    ana: LoyaltyMembership, bob: Customer
) -> None:
    with clock.at(START):
        referral, friend = came(ana, bob)
        keep_for_order(bob, reference=ordered(friend, "10", is_first=True), share=Fraction(0))
        assert (pay_referrals(), state_of(referral)) == (0, ("invited", ""))
        ordered(friend, "10", is_first=True)
        assert (pay_referrals(), shown(ana)) == (1, (100, 0, 100))


def test_an_order_over_nothing_pays_nobody(ana: LoyaltyMembership, bob: Customer) -> None:
    referral, friend = came(ana, bob)
    ordered(friend, "0", is_first=True)
    assert (pay_referrals(), state_of(referral)) == (0, ("invited", ""))


@pytest.mark.parametrize("same", ["phone", "e-mail", "address", "identity"])
def test_attack_39_inviting_oneself_goes_to_the_shop_first(
    shop: Merchant, ana: LoyaltyMembership, bob: Customer, same: str
) -> None:
    if same == "phone":
        ana.customer.phone = "+49 176 0000 0002"
    elif same == "e-mail":
        ana.customer.email = "BOB@example.org"
    elif same == "address":
        goods.address(ana.customer, line1="Musterstraße 1")
        goods.address(bob, line1="musterstrasse 1".replace("ss", "ß"), name="Somebody Else")
    else:
        factories.identity(factories.channel_account(shop, "whatsapp"), customer=ana.customer, phone="4917600000002")
    ana.customer.save()
    referral, friend = came(ana, bob)
    ordered(friend, "10", is_first=True)
    reason = "the same phone" if same == "identity" else f"the same {same}"
    assert (pay_referrals(), state_of(referral), shown(ana)[0]) == (0, ("review", reason), 0)


@pytest.mark.parametrize(("is_fine", "state", "points"), [(True, "paid", 100), (False, "refused", 0)])
def test_the_shop_judges_what_was_held_back(
    shop: Merchant, ana: LoyaltyMembership, bob: Customer, is_fine: bool, state: str, points: int
) -> None:
    ana.customer.email = bob.email
    ana.customer.save()
    referral, friend = came(ana, bob)
    ordered(friend, "10", is_first=True)
    manager = factories.staff(shop, "manager")
    for _ in range(2):
        judge_referral(referral, is_fine=is_fine, actor=manager)
    pay_referrals()
    assert (state_of(referral)[0], shown(ana)[0], referral.decided_by) == (state, points, manager)


def test_attack_39_what_looks_like_one_person_only_later_is_still_seen_before_paying(
    ana: LoyaltyMembership, bob: Customer
) -> None:
    LoyaltyProgramme.objects.update(return_days=14)
    with clock.at(START):
        referral, friend = came(ana, bob)
        ordered(friend, "10", is_first=True)
    goods.address(ana.customer)
    goods.address(bob)
    with clock.at(START + 14 * DAY):
        assert (pay_referrals(), state_of(referral)) == (0, ("review", "the same address"))


def test_invitations_that_are_none(shop: Merchant, ana: LoyaltyMembership, bob: Customer) -> None:
    other = club.member(shop, "Carl")
    refused = []
    for friend, code, has_ordered in (
        (bob, "NOBODY22", False),
        (ana.customer, ana.code, False),
        (bob, ana.code, True),
    ):
        with pytest.raises(ReferralRefused) as why:
            accept_invitation(friend, code, has_ordered=has_ordered)
        refused.append(why.value.why)
    first = accept_invitation(bob, ana.code, has_ordered=False)
    assert accept_invitation(bob, ana.code, has_ordered=True).pk == first.pk
    with pytest.raises(ReferralRefused) as why:
        accept_invitation(bob, other.code, has_ordered=False)
    assert [*refused, why.value.why] == ["unknown", "self", "customer", "taken"]
    LoyaltyProgramme.objects.update(referrer_bonus=0, friend_bonus=0)
    with pytest.raises(NotOffered):
        accept_invitation(bob, ana.code, has_ordered=False)
