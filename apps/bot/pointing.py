"""Which goods a message is about, and what was said of them."""

from typing import Any

from .naming import names, points, value_numbered
from .query import query_of
from .reading import Reading, wish_of
from .talk import Talk


def wishes_for(talk: Talk, product: int, reading: Reading) -> dict[str, Any]:
    """The wishes of this message on top of those already made for the same product."""
    focus = talk.state.focus if talk.state.focus.get("product") == product else {}
    listed = {key: value for key, value in talk.state.listing.get("filters", {}).items() if key in ("colour", "size")}
    return {**focus.get("chosen", listed), **wish_of(reading)}


def named_words(talk: Talk, reading: Reading, known: str) -> list[str]:
    """What is named besides what is known already; words of the catalogue are no slips of others."""
    return query_of(reading.text, known=known, is_ours=lambda word: bool(talk.shop.called(words=[word]))).split()


def pointed(talk: Talk, reading: Reading, said: list[str], *, is_strict: bool = False) -> int | None:
    """The product on the screen that is pointed at, unless the words name other goods: "the blue silk scarf".

    Strictly, words that nobody knows are taken for the name of other goods, too.
    """
    place = reading.reference
    if place is None or reading.slots.get("ordinal"):
        return place
    other = [word for word in said if not names([word], talk.state.shown[place]["title"])]
    if not other:
        return place
    if is_strict and not points(reading.text):
        return None
    return None if talk.shop.called(words=other) else place


def numbered(talk: Talk, product: int, reading: Reading) -> dict[str, str]:
    """The value that a number in the message is one of: 50 of a gift card, which is not fifty of it."""
    found = talk.shop.product(product=product)
    for option in found["choices"] if found else ():
        if key := value_numbered(reading.text, option["values"]):
            return {option["kind"]: key}
    return {}
