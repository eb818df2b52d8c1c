"""A look aside in the middle of a question: going on is offered, and the bare answer still is one."""

from collections.abc import Callable

import pytest

from .dialogue import Shopper

Arrive = Callable[..., Shopper]


@pytest.mark.parametrize("answer", ["blue", "the blue one", "Blue please"])
def test_a_bare_answer_still_answers_after_a_look_aside(ana: Shopper, answer: str) -> None:
    ana.says("stoneware mug")
    ana.says("add it")
    ana.says("show cart")
    assert "Shall we go on with choosing?" in ana.text
    assert ana.labels[-1] == "Continue"
    ana.says(answer)
    assert "1 × Stoneware mug · Blue is in your cart" in ana.text


def test_yes_goes_on_after_a_look_aside(ana: Shopper) -> None:
    for line in ("stoneware mug", "add it", "show cart", "yes"):
        ana.says(line)
    assert "which colour would you like?" in ana.text


def test_an_address_is_taken_after_a_look_aside(ana: Shopper) -> None:
    for line in ("glass mug", "add it", "checkout", "Mia Evans", "show cart"):
        ana.says(line)
    assert "Shall we go on with your order?" in ana.text
    ana.says("Lindenstr. 12, 10969 Berlin")
    assert "phone number" in ana.text


def test_a_colour_of_something_else_in_view_is_no_late_answer(ana: Shopper) -> None:
    for line in ("stoneware mug", "add it", "linen shirt", "green"):
        ana.says(line)
    assert ana.text.startswith("Linen shirt")


@pytest.mark.parametrize(
    ("language", "lines", "asked"),
    [
        ("de", ("Steingutbecher", "in den Warenkorb", "Warenkorb"), "Machen wir mit der Auswahl weiter?"),
        ("es", ("taza de gres", "añádela", "carrito"), "¿Seguimos con la elección?"),
        ("zh-hans", ("粗陶杯", "加入购物车", "购物车"), "要继续挑选款式吗？"),
    ],
)
def test_going_on_reads_well_in_every_language(
    arrive: Arrive, language: str, lines: tuple[str, ...], asked: str
) -> None:
    shopper = arrive("webchat", language=language)
    for line in lines:
        shopper.says(line)
    assert asked in shopper.text


@pytest.mark.parametrize(
    ("aside", "asked", "yes"),
    [
        ("auf Deutsch bitte", "Machen wir mit Ihrer Bestellung weiter?", "ja"),
        ("what are your opening hours?", "Shall we go on with your order?", "yes"),
    ],
)
def test_yes_to_going_on_shows_the_summary_and_buys_nothing(ana: Shopper, aside: str, asked: str, yes: str) -> None:
    ways = ("glass mug", "add it", "checkout", "Mia Evans", "Lindenstr. 12, 10969 Berlin", "skip", "skip")
    for line in (*ways, "standard delivery", aside):
        ana.says(line)
    assert asked in ana.text
    ana.says(yes)
    assert [content.kind for content in ana.answers] == ["cart_summary"]
    ana.says(yes)
    assert any(word in ana.text for word in ("is noted", "ist notiert"))
