"""A message as understood, before anything is made of it."""

import re
from dataclasses import dataclass, field
from typing import Any

from apps.nlu.text import fold

from .talk import Talk

STRONG = 0.86  # this sure of an intent, a free-text question may be left
GOOD = 0.62
EXACT = 0.99  # a score that only the words of an example themselves have
DEEDS = frozenset({"add", "remove", "checkout"})  # "add it to my cart" is about adding, not the cart
STORE_WORDS = re.compile(
    r"\b(?:stores?|shops?|branch(?:es)?|locator|laden|geschaft\w*|filial\w*|tiendas?|sucursal\w*|visit\w*|besuch\w*|vorbei\w*)\b|店"
)
CODE_LIKE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{2,31}")
MAX_BESIDE_CODE = 9  # words in a message that may name a code


@dataclass(frozen=True, slots=True)
class Reading:
    """A message as understood; `slots` as `Slots.to_json`."""

    text: str
    intent: str = ""
    score: float = 0.0
    margin: float = 0.0
    alternatives: list[list[Any]] = field(default_factory=list)
    slots: dict[str, Any] = field(default_factory=dict)
    sentiment: int = 0
    language: str = ""
    reference: int | None = None

    @property
    def is_question(self) -> bool:
        return self.text.rstrip().endswith(("?", "？")) or "吗" in self.text

    @property
    def folded(self) -> str:
        return fold(self.text)


def read(talk: Talk, text: str) -> Reading:
    raw = talk.shop.read(text=text, shown=talk.state.seen())
    alternatives = _deeds_first(_stores_by_name(raw["alternatives"], text))
    return Reading(
        text=text,
        intent=alternatives[0][0] if alternatives else "",
        score=alternatives[0][1] if alternatives else 0.0,
        margin=raw["margin"],
        alternatives=alternatives,
        slots=raw["slots"],
        sentiment=raw["sentiment"],
        language=raw["language"],
        reference=raw["reference"],
    )


def _stores_by_name(alternatives: list[list[Any]], text: str) -> list[list[Any]]:
    """ "Do you have shirts?" is nearly "do you have stores?": a store is asked for by a word for it."""
    is_named = STORE_WORDS.search(fold(text)) is not None
    return [item for item in alternatives if is_named or item[0] != "stores"]


def _deeds_first(alternatives: list[list[Any]]) -> list[list[Any]]:
    """What is to be done goes before the cart it is done to."""
    if not alternatives or alternatives[0][0] != "cart" or alternatives[0][1] >= STRONG:
        return alternatives
    deed = next((item for item in alternatives if item[0] in DEEDS and item[1] >= GOOD), None)
    cart_last = [item for item in alternatives if item[0] not in ("cart", deed[0] if deed else "")]
    return [[deed[0], alternatives[0][1]], *cart_last] if deed else alternatives


def words_like_codes(text: str) -> list[str]:
    """What in a short message might be a shop's code: the one word it is, words in capitals or with digits in them."""
    parts = text.split()
    if not 1 <= len(parts) <= MAX_BESIDE_CODE or len(text) > 120:
        return []
    found = [
        word
        for word in CODE_LIKE.findall(text)
        if len(parts) == 1 or (word.isupper() and len(word) > 3) or is_mixed(word)
    ]
    joined = "".join(parts)  # "welcome 10"
    if 1 < len(parts) <= 3 and joined.isascii() and is_mixed(joined):
        found.append(joined)
    return [word for word in dict.fromkeys(found) if not word.isdigit()][:4]


def is_mixed(word: str) -> bool:
    return any(char.isdigit() for char in word) and any(char.isalpha() for char in word)


def filters_of(reading: Reading) -> dict[str, Any]:
    """What was said of the goods wanted, as a list is narrowed by it."""
    return {key: reading.slots[key] for key in ("price_min", "price_max", "colour", "size") if reading.slots.get(key)}


def wish_of(reading: Reading) -> dict[str, Any]:
    """What was said of the variant wanted."""
    return {key: reading.slots[key] for key in ("colour", "size") if reading.slots.get(key)}
