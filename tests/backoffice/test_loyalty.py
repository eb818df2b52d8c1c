"""The desk and the API of points: rules, corrections with a reason and a name, judgements, and nobody else's members."""

import pytest
from django.test import Client
from django.urls import reverse
from django_scopes import scope

from apps.loyalty.actions import accept_invitation, correct_points
from apps.loyalty.models import LoyaltyMembership, LoyaltyProgramme, Reward
from apps.merchants.models import Merchant
from tests import factories
from tests.loyalty import club

from .conftest import Api


@pytest.fixture
def member(merchant: Merchant) -> LoyaltyMembership:
    with scope(merchant=merchant):
        club.programme(merchant, referrer_bonus=100)
        member = club.member(merchant)
        correct_points(member, points=30, reason="a present", source="c1")
        return member


def url(model: str, kind: str, *args: object) -> str:
    return reverse(f"admin:loyalty_{model}_{kind}", args=args)


def correction(desk: Client, member: LoyaltyMembership, **values: object) -> list[str]:
    """What the desk is told."""
    answer = desk.post(url("loyaltymembership", "correct", member.pk), values, follow=True)
    return [str(message) for message in answer.context["messages"]]


def test_the_rules_are_made_once_and_never_deleted(desk: Client, merchant: Merchant) -> None:
    values = {
        "is_active": "on", "points": 3, "per_amount": "2", "rounding": "half_up", "return_days": 14, "expiry_months": 24,
        "clawback": "clamp", "first_order_bonus": 10, "review_bonus": 5, "birthday_bonus": 0, "referrer_bonus": 0,
        "friend_bonus": 0, "grace_days": 30, "terms_url": "",
    }  # fmt: skip
    assert desk.post(url("loyaltyprogramme", "add"), values | {"per_amount": "0"}).status_code == 200
    assert desk.post(url("loyaltyprogramme", "add"), values).status_code == 302
    with scope(merchant=merchant):
        rules = LoyaltyProgramme.objects.get()
    assert (str(rules.ratio), desk.get(url("loyaltyprogramme", "add")).status_code) == ("3/2", 403)
    assert desk.post(url("loyaltyprogramme", "delete", rules.pk), {"post": "yes"}).status_code == 403


def test_a_reward_that_makes_no_sense_is_refused_in_the_form(desk: Client, merchant: Merchant) -> None:
    values = {"name_en": "Off", "kind": "amount_off", "cost": 10, "amount_0": "5", "amount_1": "EUR", "sku": "", "valid_days": 90, "position": 0}  # fmt: skip
    for wrong in ({"cost": 0}, {"amount_0": ""}, {"sku": "MUG"}, {"kind": "free_product"}):
        assert desk.post(url("reward", "add"), values | wrong).status_code == 200
    assert desk.post(url("reward", "add"), values).status_code == 302
    with scope(merchant=merchant):
        assert Reward.objects.count() == 1


def test_the_account_shows_every_line(desk: Client, member: LoyaltyMembership) -> None:
    page = desk.get(url("loyaltymembership", "change", member.pk))
    assert page.status_code == 200
    assert "a present" in page.content.decode()


def test_points_are_given_and_taken_with_a_reason_and_a_name(desk: Client, member: LoyaltyMembership) -> None:
    said = [
        correction(desk, member, points=-5, reason="counted twice", source="desk:1"),
        correction(desk, member, points=-5, reason="counted twice", source="desk:1"),
        correction(desk, member, points=-26, reason="too many", source="desk:2"),
    ]
    done = ["Done. It stands in the history with your name."]
    again = ["This has been written down already, and only once."]
    assert said == [done, again, ["26 points wanted, 25 there"]]
    assert desk.post(url("loyaltymembership", "correct", member.pk), {"points": 5, "source": "x"}).status_code == 200
    with scope(merchant=member.merchant):
        entry = member.entries.get(source="desk:1")
        assert (club.shown(member), entry.actor.email != "", entry.reason) == ((25, 0, 0), True, "counted twice")


def test_held_back_invitations_are_judged_at_the_desk(desk: Client, member: LoyaltyMembership) -> None:
    with scope(merchant=member.merchant):
        referral = accept_invitation(factories.customer(member.merchant), member.code, has_ordered=False)
        type(referral).objects.update(state="review", reference="order:1", due_at="2026-01-01T00:00Z")
    chosen = {"action": "approve", "_selected_action": [referral.pk]}
    for _ in range(2):
        assert desk.post(url("referral", "changelist"), chosen).status_code == 302
    with scope(merchant=member.merchant):
        referral.refresh_from_db()
        assert (referral.state, referral.decided_by is not None) == ("ordered", True)


def test_members_of_another_shop_do_not_exist(other_merchant: Merchant, member: LoyaltyMembership) -> None:
    client = Client()
    client.force_login(factories.staff(other_merchant, "manager"), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(url("loyaltymembership", "correct", member.pk)).status_code == 404
    assert (
        client.post(
            url("loyaltymembership", "correct", member.pk), {"points": 9, "reason": "x", "source": "y"}
        ).status_code
        == 404
    )
    with scope(merchant=member.merchant):
        assert club.shown(member) == (30, 0, 0)


def test_a_program_reads_balance_and_history(api: Api, member: LoyaltyMembership) -> None:
    row = api.get("members/", customer=member.customer.public_id).json()["results"][0]
    joined = row.pop("joined_at")
    assert row == {
        "id": member.public_id, "customer": member.customer.public_id, "balance": 30, "pending": 0, "lifetime": 0,
        "tier": "",
        "tier_id": "",
    }  # fmt: skip
    assert api.get(f"members/{member.public_id}/").json()["joined_at"] == joined
    (line,) = api.get(f"members/{member.public_id}/points/").json()["results"]
    assert (line["kind"], line["rule"], line["points"], line["reason"]) == ("manual", "desk", 30, "a present")


def test_a_program_corrects_once_per_key(api: Api, member: LoyaltyMembership) -> None:
    path, body = f"members/{member.public_id}/correct/", {"points": -10, "reason": "event ticket", "key": "ticket-7"}
    one, two = api.post(path, body), api.post(path, body)
    assert (one.status_code, one.json(), one.json()["points"]) == (200, two.json(), -10)
    other = api.post(path, body | {"points": -9})
    assert (other.status_code, other.json()["detail"]) == (409, "Another correction has this key.")
    short = api.post(path, body | {"points": -21, "key": "ticket-8"})
    assert (short.status_code, short.json()["detail"]) == (409, "21 points wanted, 20 there")
    with scope(merchant=member.merchant):
        assert club.shown(member) == (20, 0, 0)


@pytest.mark.parametrize(
    "wrong",
    [{"points": 0}, {"points": 1.5}, {"points": "5"}, {"points": 10**9}, {"points": True}, {"reason": ""}, {"key": ""},
     {"key": "a b"}, {"balance": 5}],
)  # fmt: skip
def test_attack_35_corrections_that_are_no_numbers_are_400(
    api: Api, member: LoyaltyMembership, wrong: dict[str, object]
) -> None:
    body = {"points": 5, "reason": "a present", "key": "k"} | wrong
    assert api.post(f"members/{member.public_id}/correct/", body).status_code == 400


def test_attack_19_members_are_their_merchants_alone(
    api: Api, reader: Api, stranger: Api, member: LoyaltyMembership
) -> None:
    body = {"points": 5, "reason": "a present", "key": "k"}
    path = f"members/{member.public_id}/"
    assert [stranger.get(path).status_code, stranger.get(f"{path}points/").status_code] == [404, 404]
    assert [stranger.post(f"{path}correct/", body).status_code, reader.post(f"{path}correct/", body).status_code] == [404, 403]  # fmt: skip
    assert (stranger.get("members/").json()["results"], Api().get(path).status_code) == ([], 401)
    with scope(merchant=member.merchant):
        assert club.shown(member) == (30, 0, 0)
