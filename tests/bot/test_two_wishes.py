"""Two wishes in one message: both are done, in turn where the first one asks something, or one is named as not done."""

from collections.abc import Callable

import pytest

from .dialogue import Shopper

Arrive = Callable[..., Shopper]


@pytest.mark.parametrize(
    ("language", "lines", "cart"),
    [
        (
            "en",
            ("glass mug", "add it", "make it two, and the Oxford shirt in L"),
            ("2 × Glass mug", "1 × Oxford shirt · Blue · L"),
        ),
        (
            "de",
            ("Glasbecher", "in den Warenkorb", "mach zwei daraus, und das Oxfordhemd in L"),
            ("2 × Glasbecher", "1 × Oxfordhemd · Blau · L"),
        ),
        (
            "es",
            ("taza de cristal", "añádela", "que sean dos, y la camisa Oxford en L"),
            ("2 × Taza de cristal", "1 × Camisa Oxford · Azul · L"),
        ),
        (
            "zh-hans",
            ("玻璃杯", "加入购物车", "改成两个，再加一件牛津衬衫L码"),
            ("2 × 玻璃杯", "1 × 牛津衬衫 · 蓝色 · L"),
        ),
    ],
)
def test_both_wishes_of_a_message_are_done(
    arrive: Arrive, language: str, lines: tuple[str, ...], cart: tuple[str, str]
) -> None:
    shopper = arrive("webchat", language=language)
    for line in lines:
        shopper.says(line)
    shopper.says({"en": "cart", "de": "Warenkorb", "es": "carrito", "zh-hans": "购物车"}[language])
    assert [line in shopper.text for line in cart] == [True, True]


def test_the_second_wish_waits_for_the_question_of_the_first(ana: Shopper) -> None:
    ana.says("add the stoneware mug and the glass mug")
    assert "First this; then I go on with: the glass mug" in ana.text
    assert ana.labels[:2] == ["Blue", "White"]
    ana.says("blue")
    ana.says("show cart")
    assert "1 × Stoneware mug · Blue" in ana.text
    assert "1 × Glass mug" in ana.text


def test_what_was_not_understood_beside_a_wish_is_named(ana: Shopper) -> None:
    ana.says("glass mug")
    ana.says("add it, and wrap everything nicely")
    assert "I did not understand this part, so it is not done: wrap everything nicely" in ana.text
    ana.says("show cart")
    assert "1 × Glass mug" in ana.text


def test_goods_called_by_both_words_are_one_wish(ana: Shopper) -> None:
    ana.says("add the blue and white stoneware mug")
    assert "First this" not in ana.text
    assert "so it is not done" not in ana.text


def test_a_second_wish_to_see_something_adds_nothing(ana: Shopper) -> None:
    ana.says("glass mug")
    ana.says("add it and show me lamps")
    assert "1. Desk lamp" in ana.text
    ana.says("show cart")
    assert "Desk lamp" not in ana.text


def test_two_things_are_taken_out_at_once(ana: Shopper) -> None:
    ana.says("add two glass mugs and the desk lamp")
    ana.says("remove the glass mugs and the lamp")
    ana.says("show cart")
    assert "Your cart is still empty" in ana.text
