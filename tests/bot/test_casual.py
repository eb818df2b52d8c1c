"""How people really write: short, loose, half a sentence; in all four languages before the demo's shelves."""

from collections.abc import Callable

import pytest

from .dialogue import Shopper

pytestmark = pytest.mark.django_db
Arrive = Callable[..., Shopper]


@pytest.mark.parametrize(
    ("language", "said", "told"),
    [
        ("en", ("do you have shirts",), "Linen shirt Arles"),
        ("en", ("u got sneakers?",), "Canvas sneaker Porto"),
        ("de", ("habt ihr hemden",), "Leinenhemd Arles"),
        ("es", ("teneis camisas",), "Camisa de lino Arles"),
        ("zh-hans", ("有衬衫吗",), "亚麻衬衫 Arles"),
        ("en", ("what do you sell", "the second"), "Shoes, the favourites first"),
        ("en", ("sneakers", "canvas one"), "Vulcanised in Portugal"),
        ("es", ("camisas", "la de franela"), "Camisa de franela Harz"),
        ("zh-hans", ("衬衫", "亚麻那件"), "水洗欧洲亚麻"),
        ("en", ("sneakers", "take it"), "Which one shall it be?"),
        ("en", ("add it",), "What are you looking for?"),
        ("en", ("linen shirt", "the first one", "what colours do you have?"), "Blue/White/Olive"),
        ("en", ("sneakers", "those are too expensive"), "1. Canvas sneaker Porto"),
        ("en", ("canvas sneaker", "the first one", "do you have that in 44?"), "does not come like that"),
        ("en", ("linen shirt", "the first one", "add it", "in L"), "Linen shirt Arles · L: which colour"),
        ("de", ("leinenhemd", "das erste", "nehm ich", "in L"), "Leinenhemd Arles · L, Farbe"),
        ("es", ("camisa de lino", "la primera", "me la llevo", "talla L"), "Camisa de lino Arles · L: ¿qué color"),
        ("en", ("canvas sneaker", "the first one", "add it", "41 please", "navy"), "Canvas sneaker Porto · Navy · 41"),
        ("en", ("whats my total",), "cart is still empty"),
        ("en", ("gift cards", "Buy a gift card"), "Good for everything in the shop"),
    ],
)
def test_it_is_understood(arrive_at_demo: Arrive, language: str, said: tuple[str, ...], told: str) -> None:
    shopper = arrive_at_demo(language)
    for line in said:
        shopper.says(line)
    assert told in shopper.text


@pytest.mark.parametrize(("said", "country"), [("do you ship to USA?", "United States"), ("ship to norway?", "Norway")])
def test_the_country_asked_about_is_answered_for(arrive_at_demo: Arrive, said: str, country: str) -> None:
    shopper = arrive_at_demo("en")
    shopper.says(said)
    assert country in shopper.text


def test_what_is_not_counted_is_not_in_stock(arrive_at_demo: Arrive) -> None:
    shopper = arrive_at_demo("en")
    shopper.says("buy a gift card")
    assert "always available" in shopper.text
    assert "in stock" not in shopper.text


def test_when_it_would_arrive_is_told_before_there_is_an_order(ana: Shopper) -> None:
    ana.says("glass mug")
    ana.says("the first one")
    ana.says("when will it arrive?")
    assert "This is how we deliver" in ana.text


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("only mugs under 20", "Stoneware mug"),
        ("something under 20 euros", "€18"),
        ("do you have a salt-pepper-mill", "salt"),
    ],
)
def test_wishes_are_no_numbers_of_pieces_and_no_codes(arrive_at_demo: Arrive, said: str, told: str) -> None:
    shopper = arrive_at_demo("en")
    shopper.says("mugs")
    shopper.says(said)
    assert told in shopper.text
    assert "whole pieces" not in shopper.text
    assert "gift card" not in shopper.text
    assert "Which one shall it be" not in shopper.text


@pytest.mark.parametrize("said", ["wait a second", "no, not the first one", "just one second please"])
def test_no_button_is_pressed_by_a_pause(arrive_at_demo: Arrive, said: str) -> None:
    shopper = arrive_at_demo("en")
    for line in ("stoneware mug", "the first one", "add it", "blue", "what do you sell"):
        shopper.says(line)
    shopper.says(said)
    assert "Shoes, the favourites first" not in shopper.text
    assert "Shirts & knitwear, the favourites first" not in shopper.text


def test_a_yes_takes_what_was_proposed(arrive_at_demo: Arrive) -> None:
    shopper = arrive_at_demo("en")
    shopper.says("show cart")
    assert "Shall we look around?" in shopper.text
    shopper.says("yes")
    assert "What are you in the mood for?" in shopper.text


@pytest.mark.parametrize("said", ["no cancelar", "no back", "stop reset"])
def test_a_no_before_a_word_is_no_hesitation(arrive_at_demo: Arrive, said: str) -> None:
    shopper = arrive_at_demo("en")
    shopper.says("sneakers")
    shopper.says(said)
    assert "dropped" not in shopper.text
    assert "start over" not in shopper.text.casefold()
