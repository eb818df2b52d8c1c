"""Whom the gift cards in the cart are for, and the words that stand with them."""

import re
from typing import Any

from ..reading import Reading
from ..talk import Talk
from ..words import label, words
from .who import MAX_NAME

ASK_GIFT = words("Whom is the gift card for? I put the name with it, if you like.")
ASK_GIFT_AGAIN = words("Just a name, please, or leave it out.")
ASK_GIFT_EXAMPLE = words('For example "Maria". Or leave it out.')
ASK_GIFT_SHORT = words("Whom is the gift card for?")
ASK_MESSAGE = words("A few words for {name}? They stand with the card.")
ASK_MESSAGE_AGAIN = words("Some words for {name}, at most 300 letters, or leave them out.")
ASK_MESSAGE_EXAMPLE = words('For example "Happy birthday!". Or no words for {name}.')
ASK_MESSAGE_SHORT = words("And the words for {name}?")
FOR_ME = label("For nobody special")
NO_WORDS = label("No words")
GIFT_FOR = words("Gift card for {name}")
GIFT_FOR_WITH = words("Gift card for {name}: “{message}”")
ONLY_MONEY = words(
    "A gift card cannot be paid for with a gift card or store credit, only with money: otherwise a stolen card could be "
    "changed into a new one."
)
MAX_MESSAGE = 300


def parse_gift(talk: Talk, reading: Reading) -> str | None:
    """A name, without the "for" before it."""
    said = re.sub(
        r"^(it is |it's )?(for|für|fur|es für|para|es para|给|是给|送给)\s*", "", reading.text.strip(), flags=re.I
    )
    name = said.strip(" .!。")
    return (
        name if 1 <= len(name) <= MAX_NAME and re.search(r"[^\W_]", name) and not re.search(r"[?？\n]", name) else None
    )


def parse_message(talk: Talk, reading: Reading) -> str | None:
    said = reading.text.strip()
    return said if 1 <= len(said) <= MAX_MESSAGE else None


def gift_places(talk: Talk) -> dict[str, str]:
    return {"name": talk.slots["gift_to"]}


def keep_gift(talk: Talk) -> str:
    to = talk.slots.get("gift_to") or ""
    talk.shop.keep_gift(to=to, message=(talk.slots.get("gift_message") or "") if to else "")
    return "kept"


def gift_notes(talk: Talk, quote: dict[str, Any]) -> list[str]:
    """For whom its gift cards are, and why other cards do not pay for them."""
    if not quote["has_cards"]:
        return []
    notes = [talk.text(ONLY_MONEY)] if quote["only_money"] else []
    gift = {"name": quote["gift"]["to"], "message": quote["gift"]["message"]}
    if gift["name"]:
        notes.append(talk.text(GIFT_FOR_WITH if gift["message"] else GIFT_FOR, **gift))
    return notes
