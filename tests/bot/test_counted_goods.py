"""Several goods with their numbers in one message: all of them get into the cart, asked about where it is not clear which."""

from collections.abc import Callable

import pytest

from .dialogue import Shopper

pytestmark = pytest.mark.django_db
Arrive = Callable[..., Shopper]
CART = {"en": "cart", "de": "Warenkorb", "es": "carrito", "zh-hans": "购物车"}


CARTS = [  # language, what is said, what lies in the cart then
    ("en", ("2 mugs and 1 teapot", "blue", "sage"), ("2 × Stoneware mug Tide · Blue", "1 × Teapot Kyo · Sage")),
    (
        "en",
        ("i'd like 2 teapots, 3 stoneware mugs and a linen shirt", "sage", "cream", "white", "M"),
        ("2 × Teapot Kyo · Sage", "3 × Stoneware mug Tide · Cream", "1 × Linen shirt Arles · White · M"),
    ),
    (
        "de",
        ("zwei becher und eine teekanne bitte", "der erste", "blau", "salbei"),
        ("2 × Steingutbecher Tide · Blau", "1 × Teekanne Kyo · Salbei"),
    ),
    (
        "de",
        ("2 Becher und 1 Teekanne", "blau", "salbei"),
        ("2 × Steingutbecher Tide · Blau", "1 × Teekanne Kyo · Salbei"),
    ),
    (
        "es",
        ("2 tazas y 1 tetera", "la de gres", "azul", "salvia"),
        ("2 × Taza de gres Tide · Azul", "1 × Tetera Kyo · Salvia"),
    ),
    ("zh-hans", ("我要两个马克杯一个茶壶", "蓝色", "灰绿色"), ("2 × 粗陶马克杯 Tide · 蓝色", "1 × 茶壶 Kyo · 灰绿色")),
    # the first one is no number of pieces
    ("en", ("stoneware mug", "the first one", "add 3", "the first one"), ("3 × Stoneware mug Tide · Cream",)),
    # another kind takes the place of the one that lies there; one that is sold out takes nothing away
    ("en", ("linen shirt", "add", "blue", "m", "actually make it L"), ("1 × Linen shirt Arles · Blue · L",)),
    ("en", ("stoneware mug", "add it", "blue", "no the cream one"), ("1 × Stoneware mug Tide · Cream",)),
    ("en", ("stoneware mug", "add it", "blue", "no the sage one"), ("1 × Stoneware mug Tide · Blue",)),
    ("de", ("steingutbecher", "nehm ich", "blau", "nee lieber in creme"), ("1 × Steingutbecher Tide · Creme",)),
    ("es", ("taza de gres", "me la llevo", "azul", "no, mejor la crema"), ("1 × Taza de gres Tide · Crema",)),
    ("zh-hans", ("粗陶马克杯", "1", "加入购物车", "蓝色", "不对，要奶油色的"), ("1 × 粗陶马克杯 Tide · 奶油色",)),
    # no such lists
    ("en", ("do you have mugs and teapots",), ()),
    ("en", ("2 mugs and how much is shipping",), ()),
    ("en", ("2 blue and white mugs",), ()),
    ("en", ("do you have 2 mugs and 1 teapot?",), ()),
]


def test_what_is_named_gets_into_the_cart_with_its_number(arrive_at_demo: Arrive) -> None:
    found = {}
    for number, (language, lines, _) in enumerate(CARTS):
        shopper = arrive_at_demo(language, str(number))
        for line in (*lines, CART[language]):
            shopper.says(line)
        found[number, lines] = tuple(line.partition(", ")[0] for line in shopper.text.splitlines() if " × " in line)
    assert found == {(number, lines): cart for number, (_, lines, cart) in enumerate(CARTS)}


def test_what_is_several_things_is_asked_about_and_may_be_left_out(arrive_at_demo: Arrive) -> None:
    for language, said, asked, none in (
        ("en", "2 shirts 1 teapot", "2 × shirts: which of these shall it be?", "None of these"),
        ("de", "2 Becher und 1 Teekanne", "2 × Becher: Welches davon soll es sein?", "Keines davon"),
        ("es", "2 tazas y 1 tetera", "2 × tazas: ¿cuál de estos quieres?", "Ninguno de estos"),
        ("zh-hans", "两件衬衫和一个茶壶", "2 × 衬衫：您要哪一款？", "都不要"),
    ):
        shopper = arrive_at_demo(language)
        shopper.says(said)
        assert asked in shopper.text
        shopper.taps(none)
        assert "Kyo" in shopper.text


def test_the_rest_of_the_list_is_offered_after_something_else(arrive_at_demo: Arrive) -> None:
    shopper = arrive_at_demo("en")
    shopper.says("2 shirts and 1 teapot")
    shopper.says("show cart")
    assert "Shall we go on with the rest of your list?" in shopper.text
    shopper.says("yes")
    assert "2 × shirts" in shopper.text
