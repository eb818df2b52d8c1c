"""Asking for a code."""

import re
from collections.abc import Callable, Sequence

from apps.messaging.content import Choice
from apps.nlu.text import HAN

from .flow import Ask, Parser
from .reading import is_mixed
from .talk import Talk
from .words import Words

GROUP = 5  # characters between the dashes of a gift card's code
PART_OF_CARD = re.compile(
    r"(?<![\w-])(?=[A-Z0-9-]*[A-Z])[A-Z0-9]{4,6}[-–][A-Z0-9]{4,6}(?![\w-])"
)  # an order's number, too
NEARLY_CARD = re.compile(r"(?<![\w-])(?=[A-Z0-9-]*[A-Z])[A-Z0-9]{4,6}(?:[-–][A-Z0-9]{4,6}){2,}(?![\w-])")  # as printed
CARD = re.compile(r"gift|card|geschenk|gutschein|karte|regalo|tarjeta|礼品|卡")
ORDER = re.compile(r"order|bestell|auftrag|pedido|compra|订单")
SENTENCE = 3  # words
HAN_SENTENCE = 4  # characters


def is_nearly_card(text: str, *, is_asked: bool) -> bool:
    """Groups as of a gift card, but no whole code of one (those were taken out before): asked for, alone, or called so.

    Two groups are an order's number, unless they are called a card's and no order is spoken of.
    """
    found = NEARLY_CARD.search(text) or PART_OF_CARD.search(text)
    if found is None:
        return False
    rest = text.replace(found[0], " ").strip(" .,!?:").casefold()
    if NEARLY_CARD.fullmatch(found[0]):
        return is_asked or not rest or CARD.search(rest) is not None
    return CARD.search(rest) is not None and ORDER.search(rest) is None


def is_plainly_no_code(text: str) -> bool:
    """Some words of which none looks like a code or a part of one: "a present for my mother under 40"."""
    said = text.split()
    if any(is_mixed(word) for word in said) or all(len(word.strip("-–.")) == GROUP for word in said):
        return False
    return len(said) >= SENTENCE or len(HAN.findall(text)) >= HAN_SENTENCE


def ask_code(
    *prompts: Words,
    short: Words,
    skip: Words,
    next: str,
    parse: Parser,
    choices: Callable[[Talk], Sequence[Choice]] | None = None,
) -> Ask:
    """Waits for the slot `code`; it may always be left out."""
    first, again, example = prompts
    return Ask(
        slot="code", prompts=(first, again, example), short=short, parse=parse, next=next, choices=choices, skip=skip,
        lets_go=is_plainly_no_code,
    )  # fmt: skip
