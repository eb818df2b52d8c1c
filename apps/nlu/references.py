"""Which of the things just shown is meant: "the second one", "the blue one", "die günstigere", "第二个"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from rapidfuzz import fuzz

from .slots import Slots
from .text import HAN, fold, has_any, spaced, words_of

THIS = (
    "the one", "this one", "that one", "it", "this", "that", "diese", "dieser", "dieses", "diesen", "das da", "den da",
    "este", "esta", "ese", "esa", "eso", "esto", "这个", "那个", "它", "这件", "那件", "这款",
)  # fmt: skip
ONE = (
    "one", "ones", "the", "der", "die", "das", "den", "el", "la", "lo", "los", "las", "的", "那个", "那件",
)  # fmt: skip
BESIDE = frozenset(
    (*ONE, "de", "del", "con", "mit", "aus", "in", "with", "of", "made", "please", "bitte", "por", "favor")
)
HAN_ONE = re.compile("|".join(form for form in ONE if HAN.search(form)))
TITLE_MATCH = 90


@dataclass(frozen=True, slots=True)
class Shown:
    """One thing on the shopper's screen."""

    title: str
    price: Decimal | None = None
    colours: tuple[str, ...] = ()


def resolve(text: str, slots: Slots, shown: Sequence[Shown]) -> int | None:
    """The index in `shown`, or None when nothing there is pointed at or several fit."""
    if not shown:
        return None
    if slots.ordinal is not None:
        place = len(shown) - 1 if slots.ordinal == -1 else slots.ordinal - 1
        return place if 0 <= place < len(shown) else None
    folded = fold(text)
    in_words = spaced(folded)
    if slots.compare:
        priced = [(item.price, index) for index, item in enumerate(shown) if item.price is not None]
        if not priced:
            return None
        return (min(priced) if slots.compare == "cheaper" else max(priced))[1]
    if (by_title := _by_title(folded, shown)) is not None:
        return by_title
    if slots.colour and has_any(folded, in_words, ONE):
        fitting = [i for i, item in enumerate(shown) if slots.colour in item.colours or _names(item, slots.colour)]
        return fitting[0] if len(fitting) == 1 else None
    if len(shown) == 1 and has_any(folded, in_words, THIS):
        return 0
    return _by_word(folded, shown) if has_any(folded, in_words, ONE) else None


def _by_word(folded: str, shown: Sequence[Shown]) -> int | None:
    """ "The canvas one", "la de lino", "亚麻那件": the only one of several that is called so."""
    if len(shown) == 1:
        return None
    is_han = HAN.search(folded) is not None
    said = [word for word in words_of(HAN_ONE.sub(" ", folded)) if word not in BESIDE]
    titles = [fold(item.title) if is_han else words_of(fold(item.title)) for item in shown]
    fitting = [index for index, title in enumerate(titles) if said and all(word in title for word in said)]
    return fitting[0] if len(fitting) == 1 else None


def _names(item: Shown, colour: str) -> bool:
    return colour in fold(item.title)


def _by_title(folded: str, shown: Sequence[Shown]) -> int | None:
    if len(words_of(folded)) < 2 and not HAN.search(folded):
        return None
    scores = [(fuzz.partial_ratio(fold(item.title), folded) if item.title else 0.0) for item in shown]
    best = max(scores)
    fitting = [index for index, score in enumerate(scores) if score == best]
    return (
        fitting[0]
        if best >= TITLE_MATCH and len(fitting) == 1 and len(folded) >= len(shown[fitting[0]].title)
        else None
    )
