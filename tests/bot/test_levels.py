"""Members' prices and offers in the thread: they come with the level, and "why this price?" says whose they are."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scope

from apps.catalog.models import PriceList
from apps.loyalty.models import LoyaltyMembership, Tier
from apps.merchants.models import Merchant
from apps.messaging.content import CartSummary
from tests.carts import offers
from tests.loyalty import club

from .dialogue import Shopper
from .test_price_lists import said

WHY = {
    "en": ("why this price?", "  Gold member price, instead of €9.50", "  Gold week, for members on this level (Gold): -€0.76"),
    "de": (
        "warum dieser Preis?",
        "  Ihr Preis als Mitglied der Stufe Gold statt 9,50\xa0€",
        "  Gold week, für Mitglieder dieser Stufe (Gold): -0,76\xa0€",
    ),
    "es": (
        "¿por qué este precio?",
        "  precio para miembros del nivel Gold, en vez de 9,50\xa0€",
        "  Gold week, para miembros de este nivel (Gold): -0,76\xa0€",
    ),
    "zh-hans": ("为什么是这个价格？", "  Gold会员价，原价€9.50", "  Gold week，该等级会员（Gold）专享：-€0.76"),
}  # fmt: skip


@pytest.fixture
def gold(shop: Merchant, noon: dt.datetime) -> Tier:
    """Twenty percent for members on it, and ten more in their week."""
    with scope(merchant=shop):
        club.programme(shop, return_days=0, expiry_months=0)
        level = club.tier(shop, "Gold", 100)
        PriceList.objects.create(merchant=shop, name="VIP", currency="EUR", percent=-20).tiers.add(level)
        offers.promotion(shop, "Gold week", tiers=[level])
    return level


def member(shopper: Shopper, points: str = "0") -> LoyaltyMembership:
    with scope(merchant=shopper.account.merchant):
        made = club.member(shopper.account.merchant, customer=shopper.conversation.identity.customer)
        if points != "0":
            club.ordered(made, points)
    return made


@pytest.mark.parametrize("language", WHY)
def test_why_this_price_names_the_level(shop: Merchant, gold: Tier, arrive: Any, language: str) -> None:
    ana = arrive("webchat", language=language)
    ana.says("glass mug")
    member(ana, "100")
    ana.says("glass mug")
    ana.says(
        {
            "en": "add the first one",
            "de": "das erste in den Warenkorb",
            "es": "añade el primero",
            "zh-hans": "要第一个",
        }[language]
    )
    asked, price, offer = WHY[language]
    ana.says(asked)
    assert [line for line in ana.text.splitlines() if line.startswith("  ")][:2] == [price, offer]


def test_a_level_reached_between_two_sentences_is_a_price_in_the_second(
    shop: Merchant, gold: Tier, arrive: Any
) -> None:
    ana, bea = arrive(), None
    bea = Shopper(ana.account, "shopper-2", language="en")
    ana.says("glass mug")
    ana.says("add the first one")
    assert "€9.50" in said(ana, "my cart")
    mine = member(ana, "100")
    ana.says("my cart")
    summary = next(content for content in ana.answers if isinstance(content, CartSummary))
    assert ("€7.60" in str(summary), "-€0.76" in str(summary)) == (True, True)
    assert "€7.60" in said(ana, "glass mug")
    assert "Stoneware mug" in said(ana, "mugs under 10")
    assert "€9.50" in said(bea, "glass mug")
    assert "Stoneware mug" not in said(bea, "mugs under 10")
    with scope(merchant=shop):
        LoyaltyMembership.objects.filter(pk=mine.pk).update(tier=None)
    assert "€9.50" in said(ana, "glass mug")


def test_a_code_for_members_says_for_which(shop: Merchant, gold: Tier, arrive: Any) -> None:
    with scope(merchant=shop):
        offers.code(shop, "VIP10", promotion_fields={"tiers": [gold]})
    ana = arrive()
    ana.says("glass mug")
    ana.says("add the first one")
    ana.says("VIP10")
    assert "VIP10 is for members on this level: Gold." in ana.text


def test_levels_cost_a_turn_one_query_where_something_is_for_them(
    shop: Merchant, arrive: Any, noon: dt.datetime
) -> None:
    ana = arrive()
    ana.says("hello")

    def queries() -> int:
        for _until_all_is_kept in range(2):
            ana.says("glass mug")
        with CaptureQueriesContext(connection) as captured:
            ana.says("glass mug")
        return len(captured)

    with scope(merchant=shop):
        club.programme(shop, return_days=0, expiry_months=0)
        level = club.tier(shop, "Gold", 100)
        member(ana, "100")
        PriceList.objects.create(merchant=shop, name="Everyone", currency="EUR", percent=-5)
    for_everyone = queries()
    with scope(merchant=shop):
        PriceList.objects.get().tiers.add(level)
    assert queries() == for_everyone + 1
