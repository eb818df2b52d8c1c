"""Where a platform refuses a picture or a card, its words go all the same, and say where the picture lies."""

import json
from typing import Any

import pytest

from apps.messaging.channel import Recipient, WireMessage, channel_for
from apps.messaging.content import Browse, Card, Choice, Content, Media, ShowProduct

from .examples import ACCOUNTS, SHOPPERS

# WhatsApp, LINE and RCS fetch a picture after they have taken the message; QQ and WeChat want it beforehand.
AT_ONCE = ("instagram", "messenger", "telegram", "viber")
PICTURE = "https://shop.example/shirt.jpg"


def card(number: int) -> Card:
    choices = (Choice("Add to cart", token=f"c:{number}"),)
    return Card(f"Shirt {number}", "€55", image_url=PICTURE, choices=choices)


CONTENTS: dict[str, Content] = {
    "alone": Media(media_type="image", url=PICTURE, alt="A shirt"),
    "with words": Media(text="New today", media_type="image", url=PICTURE, alt="A shirt"),
    "with choices": Media("Like it?", (Choice("Yes", token="c:8"),), media_type="image", url=PICTURE, alt="A shirt"),
    "product": ShowProduct(card=card(1), media=(PICTURE, PICTURE)),
    "shelf": Browse("Look", cards=(card(1), card(2))),
}


def said(kind: str, wire: WireMessage) -> str:
    """What is sent, as the platform gets it."""
    call = channel_for(kind).address(wire, Recipient(SHOPPERS[kind]), ACCOUNTS[kind], key="1:0")
    return json.dumps(call.body, ensure_ascii=False)


@pytest.mark.parametrize("kind", AT_ONCE)
@pytest.mark.parametrize("name", CONTENTS)
def test_whatever_carries_a_picture_can_be_said_without_it(kind: str, name: str) -> None:
    wires = channel_for(kind).render(CONTENTS[name], language="en")
    pictured = [wire for wire in wires if is_picture(said(kind, wire))]
    assert pictured
    for wire in pictured:
        assert wire.instead is not None
        assert wire.instead.text
        assert not is_picture(said(kind, wire.instead))
        for words in ("New today", "Like it?", "Shirt 1"):
            assert (words in said(kind, wire)) <= (words in said(kind, wire.instead))


def is_picture(call: str) -> bool:
    """The address stands where a picture is named, and not among the words."""
    named = ("media", "photo", "image_url", "url", "Image")
    return any(f'"{name}": "{PICTURE}"' in call for name in named)


def instead_of(kind: str, content: Content) -> list[Any]:
    return [wire.instead and wire.instead.text for wire in channel_for(kind).render(content, language="en")]


def test_what_stands_in_says_where_the_picture_lies() -> None:
    words = CONTENTS["with words"]
    where = f"A shirt: {PICTURE}"
    assert instead_of("instagram", words) == [where, None]
    assert instead_of("messenger", words) == [where, None]
    assert instead_of("viber", words) == [f"New today\n\n{where}"]
    assert instead_of("telegram", words) == [f"New today\n\n{where}"]


def test_what_stands_in_for_cards_fits_and_keeps_what_can_be_tapped() -> None:
    cards = tuple(card(number) for number in range(10))
    wires = channel_for("instagram").render(Browse("Look", (Choice("More", token="c:99"),), cards=cards), language="en")
    told = [wire.instead.body["message"]["text"] for wire in wires if wire.instead]
    assert told
    assert max(len(words.encode()) for words in told) <= 1000
    (row,) = [wire for wire in channel_for("messenger").render(CONTENTS["with choices"], language="en") if wire.instead]
    assert row.instead is not None
    assert row.instead.body["message"]["text"] == "Like it?\n\n1. Yes"
