"""Goods that are named rather than pointed at: found by their name, asked about where it is not sure, never swapped."""

from collections.abc import Callable
from typing import Any

import pytest
from django_scopes import scope

from apps.bot.naming import named_by, names
from apps.carts.models import CartLine
from apps.catalog.models import Product, Wish

from .dialogue import Shopper

pytestmark = pytest.mark.django_db
# a search that leaves one thing on the screen in sage; then what is saved, and what is added
SPOKEN = {
    "en": ("blue shirt", "save the oxford shirt for later", "save the linen shirt for later", "add the linen shirt"),
    "de": ("blaues Hemd", "speicher das Oxfordhemd für später", "das Leinenhemd merken", "leg das Leinenhemd in den Warenkorb"),
    "es": ("camisa azul", "guarda la camisa Oxford para luego", "guarda la camisa de lino", "añade la camisa de lino"),
    "zh-hans": ("蓝色衬衫", "收藏牛津纺衬衫", "收藏亚麻衬衫", "亚麻衬衫加入购物车"),
}  # fmt: skip


def saved(shopper: Shopper) -> list[str]:
    with scope(merchant=shopper.account.merchant):
        return list(Wish.objects.order_by("pk").values_list("product__title_en", flat=True))


def in_cart(shopper: Shopper) -> list[str]:
    with scope(merchant=shopper.account.merchant):
        return list(CartLine.objects.order_by("pk").values_list("variant__product__title_en", flat=True))


@pytest.mark.parametrize("language", SPOKEN)
def test_what_is_named_is_saved_and_added(arrive_at_demo: Callable[..., Shopper], language: str) -> None:
    ana = arrive_at_demo(language)
    look, oxford, linen, add = SPOKEN[language]
    for line in (look, oxford, linen):
        ana.says(line)
    assert saved(ana) == ["Oxford shirt Noah", "Linen shirt Arles"]
    ana.says(look)
    ana.says(add)
    assert (ana.labels, in_cart(ana)) == ([*colours(ana, "Linen shirt Arles")], [])


def colours(shopper: Shopper, title: str) -> list[str]:
    """What a question for the colour offers."""
    with scope(merchant=shopper.account.merchant):
        values = Product.objects.get(title_en=title).options.get(kind="colour").values.order_by("position")
        return [getattr(value, f"value_{shopper.language.replace('-', '_')}") for value in values]


def test_what_is_not_surely_named_is_asked_about(arrive_at_demo: Callable[..., Shopper]) -> None:
    ana = arrive_at_demo()
    ana.says("blue shirt")
    heard = {line: (ana.says(line)[-1].text, ana.labels) for line in ("save the shirt", "save the linen kimono")}
    assert [text for text, _ in heard.values()] == ["Which one do you mean?", "Which one do you mean?"]
    assert heard["save the shirt"][1] == ["Flannel shirt Harz", "Linen shirt Arles", "Oxford shirt Noah", "A person"]
    ana.says("save the zebra")
    assert ana.answers[-1].text == "Which one do you mean? Show me the product first, then say it again."
    ana.says("save the linen skirt")  # a shirt would be a guess
    assert "Linen shirt Arles" in ana.labels
    assert saved(ana) == []


def test_in_line_for_what_is_named(arrive: Callable[..., Shopper]) -> None:
    """ "Tell" is no teal, and what is on the screen is not meant when something else is named."""
    ana = arrive("telegram")
    ana.says("stoneware mug")
    ana.says("tell me when the silk shirt is back")
    assert ana.answers[-1].text == "Good news: Silk shirt · Black · M is there right now."


@pytest.fixture
def with_two(arrive: Callable[..., Shopper]) -> Shopper:
    ana = arrive("telegram")
    for line in ("desk lamp", "add it", "oxford shirt in M", "add it"):
        ana.says(line)
    assert in_cart(ana) == ["Desk lamp", "Oxford shirt"]
    return ana


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("remove the oxford shirt", ["Desk lamp"]),
        ("remove the shirt", ["Desk lamp"]),
        ("remove the linen shirt", ["Desk lamp", "Oxford shirt"]),
        ("remove the zebra", ["Desk lamp", "Oxford shirt"]),
    ],
)
def test_only_what_is_named_is_taken_out(with_two: Shopper, said: str, left: list[str]) -> None:
    with_two.says(said)
    assert in_cart(with_two) == left


def test_the_only_line_is_not_taken_out_for_another_name(arrive: Callable[..., Shopper]) -> None:
    ana = arrive("telegram")
    for line in ("oxford shirt in M", "add it", "remove the linen shirt"):
        ana.says(line)
    assert (ana.answers[0].text, in_cart(ana)) == ("That is not in your cart. Here is what is:", ["Oxford shirt"])
    ana.says("remove the zebra")
    assert (ana.answers[0].text, in_cart(ana)) == ("Which one do you mean?", ["Oxford shirt"])
    ana.says("I changed my mind, remove it")
    assert in_cart(ana) == []


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("linen shirt", ["Linen shirt", "Linen shirt dress"]),
        ("hemd", ["Leinenhemd"]),
        ("leinen hemd", ["Leinenhemd"]),
        ("shrit dress", ["Linen shirt dress"]),
        ("牛津衬衫", ["牛津纺衬衫 Noah"]),
        ("silk", []),
        ("", []),
    ],
)
def test_titles_bear_the_words_said(said: str, found: list[str]) -> None:
    titles: list[Any] = ["Linen shirt", "Linen shirt dress", "Leinenhemd", "牛津纺衬衫 Noah"]
    assert [title for title in titles if names(said.split(), title)] == found


def test_the_title_that_is_nothing_but_the_words_is_meant() -> None:
    assert named_by(["linen", "shirt"], ["Linen shirt", "Linen shirt dress"]) == [0]
