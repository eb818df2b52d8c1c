"""Cards side by side, for channels that show them in one message."""

from dataclasses import dataclass

from django.utils.translation import override

from apps.messaging.channel import Capability
from apps.messaging.content import Browse, Choice

from . import wording
from .ladder import Button, File
from .measure import shorten


@dataclass(frozen=True, slots=True)
class Tile:
    """One of several cards. Its title starts with the number that picks it when typed."""

    title: str
    text: str
    file: File | None
    buttons: tuple[Button, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """Cards side by side, and what else can be tapped below them; `plain` says all of it in words."""

    tiles: tuple[Tile, ...]
    buttons: tuple[Button, ...]
    plain: str


def row_of(content: Browse, capability: Capability, *, language: str, most: int, text: int) -> Row | None:
    """Up to `most` cards in one message, with up to `text` characters under each title; None where they are too few, too many,
    without pictures, or beside more choices than the channel shows."""
    cards = content.cards
    if not 2 <= len(cards) <= most or len(content.choices) > capability.buttons:
        return None
    if not any(card.image_url for card in cards):
        return None
    with override(language):
        numbers = wording.numbers_of(content)
        tiles = []
        for card in cards:
            number = numbers.get(id(card.choices[0])) if card.choices else None
            title, _, rest = wording.card_text(card, number=number).partition("\n")
            if len(title) > capability.card_title or len(rest) > text:
                return None
            picture = File("image", card.image_url, card.image_alt) if card.image_url else None
            buttons = tuple(_button(choice, numbers, capability) for choice in card.choices[: capability.card_buttons])
            tiles.append(Tile(title, rest, picture, buttons))
        own = tuple(_button(choice, numbers, capability) for choice in content.choices)
        menu = wording.choice_lines(content.choices, numbers)
        return Row(tuple(tiles), own, wording.paragraphs(wording.cards_text(content, numbers), menu))


def _button(choice: Choice, numbers: dict[int, int], capability: Capability) -> Button:
    number = numbers.get(id(choice))
    label = shorten(choice.label, capability.button_label)
    return Button(label=label, payload=choice.token or f"#{number or choice.label}", number=number)
