"""What goes with a product is named once and quietly; what is sold out has something beside it."""

from typing import Any

import pytest
from django_scopes import scope

from apps.bot.models import Session
from apps.catalog.models import Product, Relation, StockLevel
from apps.catalog.stock import count_stock
from apps.merchants.models import Merchant
from apps.messaging.content import Browse

from .dialogue import Shopper
from .test_story import queries

pytestmark = pytest.mark.django_db


def relate(shop: Merchant, slug: str, *others: str, kind: str = "goes_with") -> None:
    with scope(merchant=shop):
        known = {product.slug: product for product in Product.objects.all()}
        for place, other in enumerate(others):
            Relation.objects.create(merchant=shop, product=known[slug], other=known[other], kind=kind, position=place)


def count(shop: Merchant, slug: str, units: int) -> None:
    with scope(merchant=shop):
        for level in StockLevel.objects.filter(variant__product__slug=slug).select_related("variant", "location"):
            count_stock(level.variant, level.location, units, reason="counted")


def titles(answers: list[Any]) -> list[str]:
    return [card.title for content in answers if isinstance(content, Browse) for card in content.cards]


def test_one_thing_that_goes_with_it_is_named_and_never_again(ana: Shopper, shop: Merchant) -> None:
    relate(shop, "glass-mug", "stone-mug", "desk-lamp")
    relate(shop, "silk-shirt", "stone-mug")
    ana.says("glass mug")
    ana.says("add it")
    assert "It goes well with Stoneware mug, €12.00." in ana.text
    assert ana.labels == ["Checkout", "Show cart", "Have a look"]
    ana.taps("Have a look")
    assert "Stoneware mug" in ana.text
    ana.says("silk shirt")
    ana.says("add it")
    assert "goes well with" not in ana.text
    assert ana.labels[-1] == "Keep looking"
    ana.says("glass mug")
    ana.says("add it")
    assert "It goes well with Desk lamp, €59.00." in ana.text


def test_what_is_sold_out_or_in_the_cart_already_is_not_suggested(ana: Shopper, shop: Merchant) -> None:
    relate(shop, "glass-mug", "silk-shirt", "desk-lamp")
    count(shop, "silk-shirt", 0)
    ana.says("desk lamp")
    ana.says("add it")
    ana.says("glass mug")
    ana.says("add it")
    assert "goes well with" not in ana.text


def test_nothing_is_suggested_while_ordering_or_while_a_person_is_awaited(ana: Shopper, shop: Merchant) -> None:
    relate(shop, "glass-mug", "stone-mug")
    relate(shop, "desk-lamp", "stone-mug")
    ana.says("silk shirt")
    ana.says("add it")
    ana.says("glass mug")
    ana.taps("View")
    seen = ana.answers
    ana.says("checkout")
    ana.answers = seen
    ana.taps("Add to cart")
    assert ("Glass mug is in your cart" in ana.text, "goes well with" in ana.text) == (True, False)
    ana.says("cancel")
    with scope(merchant=shop):
        session = Session.objects.get(conversation=ana.conversation)
        session.state["waiting"] = "waiting"
        session.save(update_fields=["state"])
    ana.says("add the desk lamp")
    assert ("Desk lamp · Black is in your cart" in ana.text, "goes well with" in ana.text) == (True, False)


def test_something_sold_out_names_what_could_be_had_instead(ana: Shopper, shop: Merchant) -> None:
    relate(shop, "silk-shirt", "linen-shirt", kind="instead")
    count(shop, "silk-shirt", 0)
    ana.says("silk shirt")
    ana.taps("View")
    assert "In stock instead: Linen shirt (€49.00)." in ana.text
    assert ana.labels == ["Tell me when back", "Save for later", "Something similar"]
    assert titles(ana.taps("Something similar")) == ["Linen shirt"]
    assert "Instead of Silk shirt:" in ana.text


@pytest.mark.parametrize(
    ("language", "shirt", "goes_with", "similar"),
    [
        ("en", "silk shirt", "what goes with this?", "anything similar?"),
        ("de", "Seidenhemd", "Was passt dazu?", "Gibt es etwas Ähnliches?"),
        ("es", "camisa de seda", "¿qué combina con esto?", "¿hay algo parecido?"),
        ("zh-hans", "丝绸衬衫", "这个配什么好看？", "有没有类似的？"),
    ],
)
def test_asked_for_in_four_languages(
    arrive: Any, shop: Merchant, language: str, shirt: str, goes_with: str, similar: str
) -> None:
    relate(shop, "silk-shirt", "desk-lamp")
    shopper = arrive("telegram", language=language)
    shopper.says(shirt)
    shopper.says(shirt)
    shopper.taps(shopper.labels[0])
    assert len(titles(shopper.says(goes_with))) == 1
    shopper.says(shirt)
    assert len(titles(shopper.says(similar))) == 2  # the other shirts: nobody said what may stand in for it


def test_what_nobody_related_is_beside_its_neighbours_by_price(ana: Shopper) -> None:
    assert titles(ana.says("what goes with the oxford shirt?")) == ["Linen shirt", "Silk shirt"]
    assert "I have no tip for Oxford shirt yet" in ana.text
    assert titles(ana.says("show me something similar to the silk shirt")) == ["Linen shirt", "Oxford shirt"]
    assert "Much like Silk shirt:" in ana.text


def test_browsing_costs_no_query_more(ana: Shopper, shop: Merchant) -> None:
    queries(ana, "blue shirt under 60")
    before = queries(ana, "blue shirt under 59")
    relate(shop, "oxford-shirt", "silk-shirt", "glass-mug")
    queries(ana, "blue shirt under 58")
    assert queries(ana, "blue shirt under 57") == before <= 25
