"""Two wishes in one message: "make it two, and the Oxford shirt in L". Both are done, or the second is named as not done."""

import re
from typing import Any

from apps.nlu.text import HAN, fold

from .commands import Command, Verb, start
from .flow import Ask, Step
from .naming import points
from .pointing import named_words, pointed
from .query import query_of
from .reading import GOOD, STRONG, Reading, filters_of, read, wish_of
from .talk import Talk
from .wants import by_intent

MOST_BORDERS = 4
LONGEST = 240  # characters; what is longer is a letter
DEEDS = frozenset({"add", "remove", "change_quantity", "empty_cart", "save", "unsave"})
DONE_BY = frozenset({"add", "listing", "change_cart", "empty_cart", "save", "unsave"})
_AND = r"(?:and then|and also|and|then|also|plus|und dann|und auch|und|dann|ausserdem|außerdem|y luego|y también|y|luego|además|también)"
_HAN_AND = r"(?:然后|还要|另外|并且|以及|还有|再|和)"
SHOWS = re.compile(r"(?:show|see|find|search|look|tell|zeig|such|find|muestra|ensena|busca)|.*[看找搜]")
HAN_PUT = re.compile(r"^[加来要拿]|[加来要拿]$")
BORDER = re.compile(
    rf"\s*[,;.!](?=\s)\s*(?P<said>{_AND}\b\s*)?|\s+(?P<bare>{_AND})\s+|[，；。！]\s*(?P<han>{_HAN_AND})?|{_HAN_AND}",
    re.IGNORECASE,
)


def two_wishes(talk: Talk, text: str, step: Step | None) -> list[Command]:
    """Commands for both, or for the first and what is left undone; none where the message is not two wishes."""
    if len(text) > LONGEST or (isinstance(step, Ask) and step.keeps_free_text):
        return []
    for border, _ in zip(BORDER.finditer(text), range(MOST_BORDERS), strict=False):
        first, second = text[: border.start()].strip(), text[border.end() :].strip()
        if not first or not second:
            continue
        one = read(talk, first)
        done = _deed(talk, one, step)
        if done is None:
            continue
        other = read(talk, second)
        if (also := _also(talk, other, one)) and not _is_one_thing(talk, one, other):
            return [done, Command(Verb.THEN, {**also.args, "text": second[:100]})]
        is_told = border["said"] or border["han"]
        if is_told and not also and query_of(second, known="add"):
            return [done, Command(Verb.THEN, {"flow": "", "slots": {}, "text": second[:100]})]
    return []


def _deed(talk: Talk, reading: Reading, step: Step | None) -> Command | None:
    """Something to do with certain goods, not a search in disguise."""
    if reading.intent not in DEEDS or reading.score < GOOD or not _is_certain(talk, reading):
        return None
    command = by_intent(talk, reading, step)
    if command is None or command.args.get("flow") not in DONE_BY:
        return None
    return None if command.args["flow"] == "listing" and "take" not in command.args["slots"] else command


def _is_certain(talk: Talk, reading: Reading) -> bool:
    """Not half a description: "add the black" may go on with "and white mug"; "I want it no more" may be of an order."""
    if reading.intent == "remove" and not (reading.slots.get("ordinal") or points(reading.text)):
        return bool(talk.shop.called(words=named_words(talk, reading, reading.intent)))
    if not wish_of(reading) or reading.slots.get("quantity") or reading.slots.get("ordinal") or points(reading.text):
        return True
    return bool(named_words(talk, reading, reading.intent))


def _also(talk: Talk, reading: Reading, first: Reading) -> Command | None:
    """The second wish: a deed of its own, anything plainly said, or goods for which the first one's deed holds."""
    if command := _deed(talk, reading, None):
        return command
    if reading.score >= STRONG and (command := by_intent(talk, reading, None)):
        return command if command.verb == Verb.START_FLOW else None
    if SHOWS.match(fold(reading.text)):
        query = query_of(reading.text, known="details")
        slug = reading.slots.get("category")
        asked = {"text": query} if query else {"slug": slug} if slug else {}
        return start("listing", **asked, **filters_of(reading)) if asked else None
    said = [HAN_PUT.sub("", word) for word in named_words(talk, reading, "add")]
    is_ours = bool(said) and (HAN.search(reading.text) or len(talk.shop.called(words=said)) == len(said))
    if first.intent == "remove":
        return start("change_cart", quantity=0, text=reading.text[:200]) if is_ours else None
    more: dict[str, Any] = {"quantity": reading.slots["quantity"]} if reading.slots.get("quantity") else {}
    place = pointed(talk, reading, said, is_strict=True)
    if place is not None and reading.slots.get("ordinal"):
        return start("add", product=talk.state.shown[place]["product"], chosen=wish_of(reading), **more)
    if not is_ours or not talk.shop.called(words=said):
        return None
    return start("listing", text=" ".join(said), take={"chosen": wish_of(reading), **more}, **filters_of(reading))


def _is_one_thing(talk: Talk, first: Reading, second: Reading) -> bool:
    """ "Add the salt and pepper mill": goods are called by the words of both."""
    ours, theirs = named_words(talk, first, first.intent), named_words(talk, second, "add")
    if not ours or not theirs:
        return False
    page = talk.shop.find(text=" ".join((*ours, *theirs)), filters={}, offset=0)
    return bool(page["items"]) and not page["is_loose"] and not page["corrected"]
