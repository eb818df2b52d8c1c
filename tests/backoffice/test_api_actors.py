"""What a program counted, corrected or granted says which program it was: in the books, at the desk and over the API."""

import re
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_scopes import scope

from apps.catalog.models import StockMovement
from apps.catalog.stock import adjust_stock
from apps.customers.models import Customer
from apps.ledger.models import Transfer
from apps.loyalty.actions import correct_points
from apps.loyalty.models import LoyaltyMembership, PointsEntry
from apps.merchants.models import ApiToken, Goodwill, Merchant
from tests import factories
from tests.loyalty import club

from .conftest import Api

TOKEN = {"kind": "token", "name": "warehouse"}
REASON = {"reason": "event", "key": "k-1"}


@pytest.fixture
def member(merchant: Merchant) -> LoyaltyMembership:
    with scope(merchant=merchant):
        club.programme(merchant)
        return club.member(merchant)


@pytest.fixture
def ana(member: LoyaltyMembership) -> Customer:
    return member.customer


def colleague(merchant: Merchant) -> Any:
    return factories.staff(merchant, "manager")


def seen(desk: Client, name: str, *args: object) -> str:
    page = desk.get(reverse(f"admin:{name}", args=args), headers={"accept-language": "de"}).content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


def test_stock_says_who_counted_it(api: Api, desk: Client, merchant: Merchant, variant: Any) -> None:
    path = f"variants/{variant.public_id}/stock/"
    api.post(path, {"change": 3, "reason": "delivery"})
    with scope(merchant=merchant):
        level = variant.stock_levels.get()
        adjust_stock(variant, level.location, -1, reason="broken", actor=colleague(merchant))
        row = StockMovement.objects.get(reason="delivery")
        assert (row.reference, row.actor) == (ApiToken.objects.get().reference, None)
    told = api.get(f"{path}history/", kind="adjusted").json()["results"]
    names = [(each["quantity"], each["reason"], each["actor"]) for each in told[:2]]
    with scope(merchant=merchant):
        person = str(get_user_model().objects.latest("pk"))
    assert names == [(-1, "broken", {"kind": "person", "name": person}), (3, "delivery", TOKEN)]
    assert told[1]["location_id"] == level.location.public_id
    assert "API-Schlüssel warehouse" in seen(desk, "catalog_stockmovement_changelist")
    assert "API-Schlüssel warehouse" in seen(desk, "catalog_stockmovement_change", row.pk)


def test_points_say_who_corrected_them_and_no_limit_of_a_person_counts(
    api: Api, desk: Client, merchant: Merchant, member: LoyaltyMembership
) -> None:
    merchant.points_most = 5
    merchant.save()
    made = api.post(f"members/{member.public_id}/correct/", {"points": 30, **REASON})
    assert (made.status_code, made.json()["actor"]) == (200, TOKEN)
    with scope(merchant=merchant):
        correct_points(member, points=5, reason="sorry", actor=colleague(merchant), source="desk:1")
        assert PointsEntry.objects.get(points=30).reference == ApiToken.objects.get().reference
        assert Goodwill.objects.count() == 1  # the colleague's
    lines = api.get(f"members/{member.public_id}/points/").json()["results"]
    assert [line["actor"]["kind"] for line in lines] == ["person", "token"]
    assert "API-Schlüssel warehouse" in seen(desk, "loyalty_pointsentry_changelist")
    assert "API-Schlüssel warehouse" in seen(desk, "loyalty_loyaltymembership_change", member.pk)


def test_credit_and_gift_cards_say_which_program_gave_them(
    api: Api, desk: Client, merchant: Merchant, ana: Customer
) -> None:
    path = f"customers/{ana.public_id}/credit/"
    assert api.post(path, {"amount": {"minor": 500, "currency": "EUR"}, **REASON}).status_code == 200
    assert api.post("gift-cards/", {"issued": {"minor": 500, "currency": "EUR"}, "key": "c-1"}).status_code == 201
    (line,) = api.get(f"{path}history/").json()["results"]
    assert (line["minor"], line["actor"]) == (500, TOKEN)
    with scope(merchant=merchant):
        assert set(Transfer.objects.values_list("reference", flat=True)) == {ApiToken.objects.get().reference}
    assert "API-Schlüssel warehouse" in seen(desk, "customers_customer_change", ana.pk)


def test_a_token_that_is_gone_has_no_name(
    api: Api, reader: Api, desk: Client, merchant: Merchant, member: LoyaltyMembership
) -> None:
    api.post(f"members/{member.public_id}/correct/", {"points": 30, **REASON})
    with scope(merchant=merchant):
        ApiToken.objects.get(name="warehouse").delete()
    (line,) = reader.get(f"members/{member.public_id}/points/").json()["results"]
    assert line["actor"] == {"kind": "token", "name": ""}
    assert "API-Schlüssel –" in seen(desk, "loyalty_pointsentry_changelist")


def test_points_that_come_over_from_another_account_are_nobodys_doing(
    api: Api, merchant: Merchant, member: LoyaltyMembership
) -> None:
    api.post(f"members/{member.public_id}/correct/", {"points": 30, **REASON})
    with scope(merchant=merchant):
        moved = club.member(merchant, "Ana again")
        from_token = PointsEntry.objects.get(points=30)
        PointsEntry.objects.create(
            merchant=merchant, membership=moved, kind="manual", rule="merge", points=30, source="m",
            reference=from_token.reference, available_at=from_token.available_at,
        )  # fmt: skip
    (line,) = api.get(f"members/{moved.public_id}/points/").json()["results"]
    assert line["actor"] is None


def test_many_lines_cost_no_more_queries_than_few(
    api: Api, desk: Client, merchant: Merchant, variant: Any, member: LoyaltyMembership
) -> None:
    paths = (f"variants/{variant.public_id}/stock/history/", f"members/{member.public_id}/points/")
    page = reverse("admin:loyalty_pointsentry_changelist")

    def asked() -> list[int]:
        counts = []
        for look in (*(lambda path=path: api.get(path) for path in paths), lambda: desk.get(page)):
            with CaptureQueriesContext(connection) as queries:
                look()
            counts.append(len(queries))
        return counts

    def act(number: int) -> None:
        api.post(f"variants/{variant.public_id}/stock/", {"change": 1, "reason": "delivery"})
        api.post(f"members/{member.public_id}/correct/", {"points": 1, "reason": "x", "key": f"k-{number}"})

    act(0)
    asked()
    few = asked()
    for number in range(1, 6):
        act(number)
    assert asked() == few


def test_a_strangers_token_names_nothing(api: Api, stranger: Api, merchant: Merchant, variant: Any) -> None:
    assert stranger.get(f"variants/{variant.public_id}/stock/history/").status_code == 404
    assert api.get(f"variants/{variant.public_id}/stock/history/", kind="lost").status_code == 400
