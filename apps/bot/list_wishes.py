"""Wishes about a list of goods: a collection by its name, less of it, another order."""

from typing import Any

from .commands import Command, start
from .flow import Ask, Step
from .pointing import named_words, wishes_for
from .query import query_of
from .reading import EXACT, STRONG, Reading, filters_of
from .refining import against, narrows
from .talk import Talk

REFINES: dict[str, dict[str, Any]] = {
    "in_stock": {"in_stock": "1"}, "cheaper_first": {"sort": "cheaper"}, "dearer_first": {"sort": "dearer"},
    "all_colours": {"drop": ["colour"]}, "all_sizes": {"drop": ["size"]},
    "any_price": {"drop": ["price_min", "price_max"]}, "no_filters": {"drop": ["all"]},
}  # fmt: skip


def collection_called(talk: Talk, reading: Reading, step: Step | None) -> Command | None:
    """ "New in", "the summer favourites in blue", "mugs in the sale": a collection of the shop by its name.

    What is an intent to the letter stays one; a name that is a wish itself ("under 40") narrows the list on the screen.
    """
    if reading.score >= EXACT or (isinstance(step, Ask) and step.keeps_free_text):
        return None
    named = talk.shop.collection_called(text=reading.text)
    if named is None:
        return None
    if talk.state.listing and filters_of(reading) and not named_words(talk, reading, "details"):
        return None
    rest = query_of(named["rest"], known="details")
    if rest and (reading.score >= STRONG or not talk.shop.knows(words=rest)):
        return None
    beside = f" {named['rest']} "
    wishes = {key: said for key, said in filters_of(reading).items() if _is_said_in(beside, key)}
    return start("listing", collection=named["slug"], text=rest, **wishes)


def _is_said_in(text: str, wish: str) -> bool:
    """Whether the wish was made outside of the collection's name."""
    return any(char.isdigit() for char in text) if wish.startswith("price") else bool(text.strip())


def refined(talk: Talk, reading: Reading) -> Command | None:
    """ "Cheaper first", "all colours": the list on the screen, or everything where there is none."""
    change = REFINES[reading.intent]
    if reading.intent == "in_stock" and talk.state.focus:
        product = talk.state.focus["product"]
        return start("product", product=product, chosen=wishes_for(talk, product, reading))
    if "drop" in change and not talk.state.listing:
        return None
    rest = query_of(reading.text, known=reading.intent)
    if rest and not talk.state.listing:
        return start("listing", text=rest, **change, **filters_of(reading))
    return start("listing", refine=bool(talk.state.listing), **change, **filters_of(reading))


def without(talk: Talk, reading: Reading, step: Step | None) -> Command | None:
    """ "Not leather", about the list on the screen; what lies in the cart is taken out of the cart instead."""
    if step is not None or not talk.state.listing:
        return None
    for what in against(reading.text):
        if not talk.shop.knows(words=what):
            continue
        if reading.intent == "remove" and _is_in_cart(talk, what):
            return None
        return start("listing", refine=True, without=what)
    return None


def narrowed(talk: Talk, reading: Reading, step: Step | None) -> Command | None:
    """ "Only blue": of the list, also after one of it was looked at or added."""
    filters = filters_of(reading)
    if step is not None or not (talk.state.listing and filters and narrows(reading.text)):
        return None
    if reading.reference is not None or named_words(talk, reading, "details"):
        return None
    return start("listing", refine=True, **filters)


def _is_in_cart(talk: Talk, what: str) -> bool:
    named = set(what.split())
    return any(named <= set(query_of(line["title"]).split()) for line in talk.shop.cart()["lines"])
