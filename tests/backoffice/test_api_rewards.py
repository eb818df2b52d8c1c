"""Loyalty over the API: rules, levels and rewards are kept, vouchers and invitations told, and what waits is judged."""

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django_scopes import scope

from apps.loyalty.actions import accept_invitation, correct_points, pay_referrals, redeem, use_voucher
from apps.loyalty.actions.refer import order_undone
from apps.loyalty.models import LoyaltyMembership, LoyaltyProgramme, Referral, Reward, Tier
from apps.merchants import clock
from apps.merchants.models import ApiToken, Merchant
from tests import factories
from tests.loyalty import club

from .conftest import Api

FIVE = {"minor": 500, "currency": "EUR"}
OFF = {"name": "Five off", "kind": "amount_off", "cost": 10, "amount": FIVE}
TOKEN = {"kind": "token", "name": "warehouse"}


def pointers(answer: Any) -> Any:
    return answer.status_code, [error["pointer"] for error in answer.json()["errors"]]


@pytest.fixture
def member(merchant: Merchant) -> LoyaltyMembership:
    with scope(merchant=merchant):
        club.programme(merchant, referrer_bonus=100, friend_bonus=50)
        member = club.member(merchant)
        correct_points(member, points=30, reason="a present", source="c1")
        return member


@pytest.fixture
def suspect(merchant: Merchant, member: LoyaltyMembership) -> Referral:
    """A friend at the member's own e-mail address, whose order can no longer be returned."""
    with scope(merchant=merchant):
        member.customer.email = "ana@example.com"
        member.customer.save()
        friend = factories.customer(merchant, "Ana B.")
        friend.email = "ana@example.com"
        friend.save()
        club.member(merchant, customer=friend)
        referral = accept_invitation(friend, member.code, has_ordered=False)
        Referral.objects.update(
            state="review", reason="the same e-mail", reference="order:x7", due_at=clock.now() - dt.timedelta(days=1)
        )
        return referral


def test_the_rules_are_made_changed_and_are_one_set(api: Api, merchant: Merchant) -> None:
    assert api.get("loyalty-programme/").status_code == 404
    assert api.patch("loyalty-programme/", {"points": 2}).status_code == 404
    made = api.put("loyalty-programme/", {"is_active": True, "points": 3, "per_amount": "2", "review_bonus": 5})
    assert (made.status_code, made.json()) == (
        201,
        {
            "is_active": True, "points": 3, "per_amount": "2.000", "rounding": "down", "return_days": 30, "expiry_months": 12,
            "grace_days": 30, "clawback": "clamp", "first_order_bonus": 0, "review_bonus": 5, "birthday_bonus": 0,
            "referrer_bonus": 0, "friend_bonus": 0, "terms_url": "",
        },
    )  # fmt: skip
    assert api.patch("loyalty-programme/", {"rounding": "up"}).json() == made.json() | {"rounding": "up"}
    again = api.put("loyalty-programme/", {"is_active": True})
    assert (again.status_code, again.json()["points"], again.json()["review_bonus"]) == (200, 1, 0)
    with scope(merchant=merchant):
        assert str(LoyaltyProgramme.objects.get().ratio) == "1"


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [
        ({"per_amount": "0"}, "#/per_amount"),
        ({"per_amount": "Infinity"}, "#/per_amount"),
        ({"points": -1}, "#/points"),
        ({"points": 100_001}, "#/points"),
        ({"rounding": "sideways"}, "#/rounding"),
        ({"return_days": 40_000}, "#/return_days"),
        ({"terms_url": "nowhere"}, "#/terms_url"),
        ({"merchant": 1}, "#/merchant"),
    ],
)
def test_rules_that_are_none_are_refused(api: Api, merchant: Merchant, sent: Any, pointer: str) -> None:
    assert pointers(api.put("loyalty-programme/", sent)) == (400, [pointer])
    with scope(merchant=merchant):
        assert not LoyaltyProgramme.objects.exists()


def test_levels_are_kept_and_each_begins_somewhere_else(api: Api, merchant: Merchant, member: Any) -> None:
    silver = {"name": "Silver", "threshold": 100, "earn_percent": 125, "translations": {"de": {"name": "Silber"}}}
    made = api.post("tiers/", silver)
    assert (made.status_code, made.json()) == (
        201,
        {**silver, "id": made.json()["id"], "translations": {"en": {"name": "Silver"}, "de": {"name": "Silber"}}},
    )
    assert api.post("tiers/", {"name": "Gold", "threshold": 100}).status_code == 409
    assert pointers(api.post("tiers/", {"name": "Lead", "threshold": 5, "earn_percent": 99})) == (400, ["#/earn_percent"])  # fmt: skip
    path = f"tiers/{made.json()['id']}/"
    assert api.patch(path, {"threshold": 0}).json()["threshold"] == 0
    with scope(merchant=merchant):
        LoyaltyMembership.objects.update(tier=Tier.objects.get())
    told = api.get(f"members/{member.public_id}/").json()
    assert (told["tier"], told["tier_id"]) == ("Silver", made.json()["id"])
    assert api.delete(path).status_code == 204
    assert api.get(f"members/{member.public_id}/").json()["tier_id"] == ""


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [
        (OFF | {"amount": None}, "#/amount"),
        (OFF | {"amount": {"minor": 0, "currency": "EUR"}}, "#/amount"),
        (OFF | {"sku": "MUG"}, "#/sku"),
        (OFF | {"kind": "free_delivery"}, "#/amount"),
        ({"name": "Mug", "kind": "free_product", "cost": 10}, "#/sku"),
        (OFF | {"cost": 0}, "#/cost"),
        (OFF | {"kind": "a horse"}, "#/kind"),
        (OFF | {"translations": {"xx": {"name": "?"}}}, "#/translations"),
    ],
)
def test_a_reward_that_makes_no_sense_is_refused(api: Api, merchant: Merchant, sent: Any, pointer: str) -> None:
    assert pointers(api.post("rewards/", sent)) == (400, [pointer])
    with scope(merchant=merchant):
        assert not Reward.objects.exists()


def test_rewards_are_kept_and_what_was_redeemed_stays(api: Api, merchant: Merchant, member: LoyaltyMembership) -> None:
    made = api.post("rewards/", OFF)
    assert made.status_code == 201
    assert made.json() == {
        **OFF, "id": made.json()["id"], "translations": {"en": {"name": "Five off"}}, "sku": "", "valid_days": 90, "position": 0,
        "is_active": True,
    }  # fmt: skip
    path = f"rewards/{made.json()['id']}/"
    free = api.patch(path, {"kind": "free_delivery", "amount": None, "valid_days": 0})
    assert (free.json()["kind"], free.json()["amount"]) == ("free_delivery", None)
    api.patch(path, {"kind": "amount_off", "amount": FIVE})
    with scope(merchant=merchant):
        redeem(member, Reward.objects.get(), reference="r1")
    refused = api.delete(path)
    assert (refused.status_code, refused.json()["detail"]) == (
        409,
        "Somebody has redeemed it. Set is_active to false instead.",
    )
    assert api.patch(path, {"is_active": False}).json()["is_active"] is False
    other = api.post("rewards/", OFF).json()["id"]
    assert api.delete(f"rewards/{other}/").status_code == 204


def test_vouchers_are_told_with_whose_they_are_and_where_they_went(
    api: Api, merchant: Merchant, member: LoyaltyMembership
) -> None:
    with scope(merchant=merchant):
        reward = club.reward(merchant)
        used, left = (redeem(member, reward, reference=reference) for reference in ("r1", "r2"))
        use_voucher(used, reference="order:x7")
    told = api.get("vouchers/", customer=member.customer.public_id).json()["results"]
    assert [(each["code"], each["state"], each["order"]) for each in told] == [
        (left.code, "open", None),
        (used.code, "used", "x7"),
    ]
    one = api.get(f"vouchers/{used.code}/").json()
    assert (one["member"], one["reward"], one["amount"], one["cost"]) == (member.public_id, reward.public_id, FIVE, 10)
    assert [each["code"] for each in api.get("vouchers/", state="open").json()["results"]] == [left.code]
    assert api.get("vouchers/", state="eaten").status_code == 400
    assert api.get("vouchers/", customer="nobody").json()["results"] == []
    assert api.post("vouchers/", {}).status_code == 405


def test_what_a_program_judged_is_paid_and_not_looked_at_again(
    api: Api, desk: Client, merchant: Merchant, member: LoyaltyMembership, suspect: Referral
) -> None:
    (waiting,) = api.get("referrals/", state="review").json()["results"]
    assert (waiting["id"], waiting["referrer"], waiting["friend"], waiting["order"], waiting["judged_by"]) == (
        suspect.pk,
        member.customer.public_id,
        suspect.friend.public_id,
        "x7",
        None,
    )
    path = f"referrals/{suspect.pk}/"
    one, two = api.post(f"{path}approve/"), api.post(f"{path}approve/")
    assert (one.status_code, one.json(), one.json()["judged_by"]) == (200, two.json(), TOKEN)
    assert api.post(f"{path}refuse/").status_code == 409
    with scope(merchant=merchant):
        assert pay_referrals() == 1
        assert club.shown(member)[0] == 130
        assert Referral.objects.get().decided_with == ApiToken.objects.get().reference
    assert api.get(path).json()["state"] == "paid"
    page = desk.get(reverse("admin:loyalty_referral_changelist"), headers={"accept-language": "de"}).content.decode()
    assert "API-Schlüssel warehouse" in re.sub(r"\s+", " ", page)


def test_what_a_colleague_judged_stays_judged_when_they_have_left(
    api: Api, merchant: Merchant, member: LoyaltyMembership, suspect: Referral
) -> None:
    with scope(merchant=merchant):
        Referral.objects.update(state="ordered", decided_by=None, decided_at=clock.now())
        assert pay_referrals() == 1
    assert api.get(f"referrals/{suspect.pk}/").json()["judged_by"] is None


def test_what_nobody_judged_is_looked_at_and_can_be_refused(
    api: Api, merchant: Merchant, member: LoyaltyMembership, suspect: Referral
) -> None:
    path = f"referrals/{suspect.pk}/"
    with scope(merchant=merchant):
        Referral.objects.update(state="ordered")
        assert pay_referrals() == 0  # it looks like one person
    assert api.get(path).json()["state"] == "review"
    assert [api.post(f"{path}refuse/").json()["state"] for _ in range(2)] == ["refused", "refused"]
    refused = api.post(f"{path}approve/")
    assert (refused.status_code, refused.json()["detail"]) == (409, "It does not wait for a judgement.")
    with scope(merchant=merchant):
        assert (pay_referrals(), club.shown(member)[0]) == (0, 30)


def test_an_order_that_came_to_nothing_takes_the_judgement_along(merchant: Merchant, suspect: Referral) -> None:
    from_program = {"decided_with": "token:1", "decided_at": clock.now()}
    with scope(merchant=merchant):
        Referral.objects.update(state="ordered", **from_program)
        order_undone(suspect.friend_id, reference="order:x7")
        suspect.refresh_from_db()
    assert (suspect.state, suspect.is_judged, suspect.decided_with) == ("invited", False, "")


def test_lists_cost_the_same_for_many(
    api: Api, merchant: Merchant, member: LoyaltyMembership, suspect: Referral, django_assert_max_num_queries: Any
) -> None:
    with scope(merchant=merchant):
        reward = club.reward(merchant, cost=1)
        for number in range(5):
            redeem(member, reward, reference=f"r{number}")
            accept_invitation(factories.customer(merchant), member.code, has_ordered=False)
            club.tier(merchant, f"Level {number}", number)
    for path, many in (("vouchers/", 5), ("referrals/", 6), ("tiers/", 5), ("rewards/", 1)):
        with django_assert_max_num_queries(3):
            assert len(api.get(path).json()["results"]) == many


def test_a_reader_only_reads_and_a_stranger_sees_nothing(
    api: Api, reader: Api, stranger: Api, merchant: Merchant, member: LoyaltyMembership, suspect: Referral
) -> None:
    with scope(merchant=merchant):
        voucher = redeem(member, club.reward(merchant), reference="r1")
        tier = club.tier(merchant, "Gold", 5)
    kept = {f"tiers/{tier.public_id}/": {"threshold": 1}, f"rewards/{voucher.reward.public_id}/": {"cost": 1}}
    for path, change in kept.items():
        assert (reader.get(path).status_code, reader.patch(path, change).status_code) == (200, 403)
        assert (stranger.patch(path, change).status_code, stranger.delete(path).status_code) == (404, 404)
    for path in (*kept, f"vouchers/{voucher.code}/", f"referrals/{suspect.pk}/", "loyalty-programme/"):
        assert (reader.get(path).status_code, stranger.get(path).status_code) == (200, 404)
    assert reader.put("loyalty-programme/", {"is_active": False}).status_code == 403
    assert reader.post(f"referrals/{suspect.pk}/approve/").status_code == 403
    assert stranger.post(f"referrals/{suspect.pk}/approve/").status_code == 404
    for path in ("tiers/", "rewards/", "vouchers/", "referrals/"):
        assert stranger.get(path).json()["results"] == []
