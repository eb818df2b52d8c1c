"""A collection is a shelf like any other: shown as cards, narrowed, gone on with; in the menu beside the categories."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django_scopes import scope

from apps.catalog.models import Collection, CollectionRule, Price
from apps.catalog.rules import RuleSpec
from apps.conversations.models import EntryPoint
from apps.merchants import clock
from apps.merchants.models import Merchant
from apps.messaging.content import Browse
from apps.messaging.events import EventKind
from tests.catalog.test_collections import make_collection

from .dialogue import Shopper

pytestmark = pytest.mark.django_db
SUMMER = {
    "name_en": "Summer favourites", "name_de": "Sommerlieblinge", "name_es": "Favoritos de verano",
    "name_zh_hans": "夏日精选",
}  # fmt: skip


@pytest.fixture
def summer(shop: Merchant) -> Collection:
    """Everything up to 60: five products, the dearest first."""
    with scope(merchant=shop):
        return make_collection(shop, RuleSpec("price_to", "60", "EUR"), slug="summer", sort="dearer", **SUMMER)


def titles(shopper: Shopper) -> list[str]:
    return [card.title for content in shopper.answers if isinstance(content, Browse) for card in content.cards]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "summer favourites"), ("en", "show me the Summer favourites please"), ("de", "Sommerlieblinge"),
        ("es", "favoritos de verano"), ("zh-hans", "夏日精选"),
    ],
)  # fmt: skip
def test_its_name_shows_its_cards(arrive: Callable[..., Shopper], summer: Collection, language: str, said: str) -> None:
    shopper = arrive("telegram", language=language)
    shopper.says(said)
    assert len(titles(shopper)) == 4


def test_more_and_wishes_stay_inside(ana: Shopper, summer: Collection) -> None:
    ana.says("summer favourites")
    assert titles(ana) == ["Desk lamp", "Linen shirt", "Oxford shirt", "Stoneware mug"]
    assert "Summer favourites" in ana.text
    ana.taps("More")
    assert titles(ana) == ["Glass mug"]
    ana.says("summer favourites")
    ana.says("only blue")
    assert titles(ana) == ["Oxford shirt", "Stoneware mug"]
    ana.says("under 20")
    assert titles(ana) == ["Stoneware mug"]
    ana.taps("Any price")
    assert titles(ana) == ["Oxford shirt", "Stoneware mug"]
    ana.says("mugs in the summer favourites")
    assert titles(ana) == ["Stoneware mug", "Glass mug"]
    ana.says("summer favourites in blue")
    assert titles(ana) == ["Oxford shirt", "Stoneware mug"]


def test_everybody_s_words_for_what_is_new_and_what_is_reduced(ana: Shopper, shop: Merchant) -> None:
    with scope(merchant=shop):
        make_collection(shop, RuleSpec("new", "30"), slug="fresh", name="Just unpacked")
        make_collection(shop, RuleSpec("reduced"), slug="less", name="Last chance")
        price = Price.objects.get(variant__product__slug="glass-mug")
        price.compare_at = price.amount * 2
        price.save()
    ana.says("what's new?")
    assert "Just unpacked" in ana.text
    ana.says("sale")
    assert (titles(ana), "Last chance" in ana.text) == (["Glass mug"], True)
    ana.says("is the desk lamp for sale?")
    assert "Last chance" not in ana.text


def test_it_stands_beside_the_categories_if_the_merchant_says_so(
    ana: Shopper, shop: Merchant, summer: Collection
) -> None:
    ana.says("browse")
    assert ana.labels[-2:] == ["Summer favourites", ana.labels[-1]]
    ana.taps("Summer favourites")
    assert titles(ana)[0] == "Desk lamp"
    with scope(merchant=shop):
        summer.is_in_menu = False
        summer.save()
    ana.says("browse")
    assert "Summer favourites" not in ana.labels
    ana.says("summer favourites")
    assert titles(ana)[0] == "Desk lamp"


def test_a_name_that_is_a_wish_narrows_the_list_on_the_screen(ana: Shopper, shop: Merchant) -> None:
    with scope(merchant=shop):
        make_collection(shop, RuleSpec("price_to", "40", "EUR"), slug="under-40", name="Under 40", sort="cheaper")
    ana.says("under 40")
    assert titles(ana) == ["Glass mug", "Stoneware mug", "Oxford shirt"]
    assert "Any price" not in ana.labels
    ana.says("shirts")
    ana.says("under 40")
    assert titles(ana) == ["Oxford shirt"]


def test_one_that_holds_nothing_says_so_and_leads_on(ana: Shopper, shop: Merchant, summer: Collection) -> None:
    with scope(merchant=shop):
        CollectionRule.objects.update(value="1")
        summer.save()
    ana.says("summer favourites")
    assert "nothing in Summer favourites just now" in ana.text
    assert "Shirts" in ana.labels


@pytest.mark.parametrize(
    ("language", "over", "more"),
    [
        ("en", "not shown any more", "More"), ("de", "nicht mehr gezeigt", "Mehr"), ("es", "ya no se muestra", "Más"),
        ("zh-hans", "已不再展示", "更多"),
    ],
)  # fmt: skip
def test_one_that_is_over_says_so(
    arrive: Callable[..., Shopper], shop: Merchant, summer: Collection, language: str, over: str, more: str
) -> None:
    shopper = arrive("telegram", language=language)
    name = SUMMER[f"name_{language.replace('-', '_')}"]
    with scope(merchant=shop):
        summer.shown_until = clock.now() + dt.timedelta(hours=1)
        summer.save()
    shopper.says(name)
    with scope(merchant=shop):
        summer.shown_until = clock.now() - dt.timedelta(hours=1)
        summer.save()
    shopper.taps(more)
    assert over in shopper.text
    assert len(shopper.labels) > 1


def test_a_button_of_one_that_is_over_says_so_however_often(ana: Shopper, shop: Merchant, summer: Collection) -> None:
    """It is no misunderstanding: nobody else is called."""
    for _ in range(4):
        with scope(merchant=shop):
            summer.shown_until = None
            summer.save()
        ana.says("browse")
        with scope(merchant=shop):
            summer.shown_until = clock.now()
            summer.save()
        ana.taps("Summer favourites")
        assert "not shown any more" in ana.text


@pytest.mark.parametrize("is_active", [True, False])
def test_a_link_may_lead_to_it(shop: Merchant, arrive: Callable[..., Any], summer: Collection, is_active: bool) -> None:
    with scope(merchant=shop):
        summer.is_active = is_active
        summer.save()
        entry = EntryPoint.objects.create(merchant=shop, title="Poster", target={"collection": "summer"})
    shopper = arrive("telegram")
    shopper.sends(EventKind.REFERRAL, data={"ref": entry.token})
    assert (titles(shopper)[:1] == ["Desk lamp"]) is is_active
    assert ("no longer here" in shopper.text) is not is_active


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "gifts"), ("en", "a gift for my mother"), ("de", "Geschenke"), ("de", "Geschenk für meine Mutter bis 60 Euro"),
        ("es", "regalos"), ("zh-hans", "礼物"),
    ],
)  # fmt: skip
def test_presents_are_found_by_everybodys_words(
    arrive: Callable[..., Shopper], shop: Merchant, language: str, said: str
) -> None:
    names = {
        "name_en": "Gift ideas",
        "name_de": "Geschenkideen",
        "name_es": "Ideas para regalar",
        "name_zh_hans": "送礼之选",
    }
    with scope(merchant=shop):
        make_collection(shop, RuleSpec("price_to", "60", "EUR"), slug="gifts", sort="dearer", **names)
    shopper = arrive("telegram", language=language)
    shopper.says(said)
    assert titles(shopper)
    shopper.says({"en": "gift card", "de": "Geschenkkarte", "es": "tarjeta regalo", "zh-hans": "礼品卡"}[language])
    assert not titles(shopper)
