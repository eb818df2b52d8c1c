"""Levels of the points on price lists and promotions: chosen at the desk and over the API, another shop's refused."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django_scopes import scope

from apps.carts.models import Promotion
from apps.catalog.models import PriceList
from apps.loyalty.models import LoyaltyMembership, Tier
from apps.merchants.models import Merchant
from tests.loyalty import club

from . import test_price_lists, test_promotions
from .conftest import Api
from .test_price_lists import costs, said


@pytest.fixture
def gold(merchant: Merchant) -> Tier:
    with scope(merchant=merchant):
        club.programme(merchant, return_days=0)
        return club.tier(merchant, "Gold", 100)


@pytest.fixture
def silver(merchant: Merchant, gold: Tier) -> Tier:
    with scope(merchant=merchant):
        return club.tier(merchant, "Silver", 50)


@pytest.fixture
def ana(merchant: Merchant, gold: Tier) -> LoyaltyMembership:
    with scope(merchant=merchant):
        made = club.member(merchant)
        club.ordered(made, "100")
        return made


@pytest.fixture
def theirs(other_merchant: Merchant) -> Tier:
    with scope(merchant=other_merchant):
        return club.tier(other_merchant, "Theirs", 1)


# --- at the desk ----------------------------------------------------------------------------------
def test_levels_are_chosen_on_a_price_list(
    desk: Client, merchant: Merchant, variant: Any, gold: Tier, silver: Tier, ana: LoyaltyMembership
) -> None:
    made = desk.post(
        "/admin/catalog/pricelist/add/", test_price_lists.form(name="VIP", tiers=[gold.pk, silver.pk], percent="-10")
    )
    assert made.status_code == 302
    assert (costs(variant, ana.customer), costs(variant)) == (18, 20)
    listed = said(desk.get("/admin/catalog/pricelist/"))
    assert "Silver, Gold" in listed
    filtered = said(desk.get(f"/admin/catalog/pricelist/?tiers__id__exact={gold.pk}"))
    assert "Silver, Gold" in filtered


def test_levels_are_chosen_on_a_promotion(desk: Client, merchant: Merchant, gold: Tier) -> None:
    made = desk.post(reverse("admin:carts_promotion_add"), test_promotions.form(tiers=[gold.pk]))
    assert made.status_code == 302
    with scope(merchant=merchant):
        promotion = Promotion.objects.get()
        assert list(promotion.tiers.all()) == [gold]
    page = said(desk.get(reverse("admin:carts_promotion_change", args=[promotion.pk])))
    assert f'<option value="{gold.pk}" selected>Gold</option>' in page


def test_another_shops_level_is_not_to_be_had_at_the_desk(
    desk: Client, merchant: Merchant, gold: Tier, theirs: Tier
) -> None:
    tried = (
        desk.post("/admin/catalog/pricelist/add/", test_price_lists.form(tiers=[theirs.pk], percent="-10")),
        desk.post(reverse("admin:carts_promotion_add"), test_promotions.form(tiers=[theirs.pk])),
    )
    assert [page.status_code for page in tried] == [200, 200]
    with scope(merchant=merchant):
        assert not PriceList.objects.exists()
        assert not Promotion.objects.exists()


def test_a_level_that_something_is_for_is_not_deleted(desk: Client, merchant: Merchant, gold: Tier) -> None:
    with scope(merchant=merchant):
        PriceList.objects.create(merchant=merchant, name="VIP", currency="EUR", percent=-10).tiers.add(gold)
        Promotion.objects.create(merchant=merchant, name="Gold week").tiers.add(gold)
    address = reverse("admin:loyalty_tier_delete", args=[gold.pk])
    page = said(desk.get(address))
    assert ("Price list “VIP”" in page, "Promotion “Gold week”" in page) == (True, True)
    desk.post(address, {"post": "yes"})
    with scope(merchant=merchant):
        assert Tier.objects.filter(pk=gold.pk).exists()


# --- over the API ---------------------------------------------------------------------------------
def test_levels_are_listed_and_named_on_lists_and_promotions(
    api: Api, reader: Api, merchant: Merchant, variant: Any, gold: Tier, silver: Tier, ana: LoyaltyMembership
) -> None:
    listed = reader.get("tiers/").json()["results"]
    assert [{name: row[name] for name in ("id", "name", "threshold", "earn_percent")} for row in listed] == [
        {"id": silver.public_id, "name": "Silver", "threshold": 50, "earn_percent": 100},
        {"id": gold.public_id, "name": "Gold", "threshold": 100, "earn_percent": 100},
    ]
    (member,) = reader.get("members/").json()["results"]
    assert (member["tier"], member["tier_id"]) == ("Gold", gold.public_id)
    vip = {"name": "VIP", "currency": "EUR", "percent": "-10.00", "tiers": [gold.public_id]}
    made = api.post("price-lists/", vip)
    assert (made.status_code, made.json()["tiers"]) == (201, [gold.public_id])
    assert (costs(variant, ana.customer), costs(variant)) == (18, 20)
    address = f"price-lists/{made.json()['id']}/"
    assert api.patch(address, {"tiers": [silver.public_id]}).json()["tiers"] == [silver.public_id]
    assert costs(variant, ana.customer) == 20
    assert api.patch(address, {"name": "Silver only"}).json()["tiers"] == [silver.public_id]
    offer = api.post("promotions/", {**test_promotions.PROMOTION, "tiers": [gold.public_id, silver.public_id]})
    assert (offer.status_code, set(offer.json()["tiers"])) == (201, {gold.public_id, silver.public_id})
    changed = api.patch(f"promotions/{offer.json()['id']}/", {"tiers": []})
    assert changed.json()["tiers"] == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("price-lists/", {"name": "VIP", "currency": "EUR", "percent": "-10.00"}),
        ("promotions/", test_promotions.PROMOTION),
    ],
)
def test_another_shops_level_is_refused_over_the_api(
    api: Api, stranger: Api, merchant: Merchant, gold: Tier, theirs: Tier, path: str, body: dict[str, Any]
) -> None:
    for level in (theirs.public_id, "no-such-level"):
        refused = api.post(path, {**body, "tiers": [level]})
        pointers = [error["pointer"] for error in refused.json()["errors"]]
        assert (refused.status_code, pointers) == (400, ["#/tiers"])
    assert [row["id"] for row in stranger.get("tiers/").json()["results"]] == [theirs.public_id]
    with scope(merchant=merchant):
        assert not PriceList.objects.exists()
        assert not Promotion.objects.exists()
