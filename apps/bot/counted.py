"""A list of goods with their numbers in one message: "2 mugs and 1 teapot", "zwei Becher, eine Kanne", "两个杯子一个茶壶"."""

import re
from itertools import pairwise
from typing import Any

from apps.nlu.text import fold

from .flow import Ask, Confirm, Step
from .goods_questions import asks
from .naming import names
from .pointing import named_words
from .reading import GOOD, Reading, filters_of, read, wish_of
from .talk import Talk

LONGEST = 240  # characters; what is longer is a letter
MOST = 6  # kinds of goods in one message
WANTED = frozenset({"", "add", "browse", "checkout"})  # what a list of goods may be heard as
OF_GOODS = ("add", "several", "product", "listing")  # elsewhere such a list answers the question just asked
WORD = re.compile(r"[^\W_]+")
BETWEEN = re.compile(
    r"\s*[,;+&\n]\s*(?:(?:and|und|y)\s+)?|\s+(?:and also|and|plus|und auch|und|sowie|y también|y|e|más)\s+|\s+(?=\d{1,3}\s?x?\s+[^\W\d])"
    r"|[、，；]|(?:还要|还有|以及|加上|和|跟)|(?<=[\u4e00-\u9fff])\s*(?=(?:\d{1,3}|[一二两三四五六七八九十]{1,2})[个件条双只套瓶盒把])",
    re.IGNORECASE,
)


def counted_goods(talk: Talk, text: str, step: Step | None) -> list[dict[str, Any]]:
    """[{"said", "name", "quantity", "chosen", "filters"}] in the order named; [] where the message is no such list."""
    if len(text) > LONGEST or (isinstance(step, Ask | Confirm) and talk.frame.flow not in OF_GOODS):
        return []
    parts = [part.strip() for part in BETWEEN.split(text) if part and part.strip()]
    if not 2 <= len(parts) <= MOST:
        return []
    whole = read(talk, text)
    if not _is_wanted(whole) or (whole.intent != "add" and asks(text)):
        return []
    readings = [read(talk, part) for part in parts]
    if not any(reading.slots.get("quantity") for reading in readings) or not all(map(_is_wanted, readings)):
        return []
    named = [named_words(talk, reading, "add") for reading in readings]
    if not named[0] and readings[0].intent == "add":  # "I'd like", "我要"
        readings, named = readings[1:], named[1:]
    if not all(words and _are_goods(talk, words) for words in named):
        return []
    if any(_are_one(talk, one, other) for one, other in pairwise(named)):
        return []
    return [_want(reading, words) for reading, words in zip(readings, named, strict=True)]


def _is_wanted(reading: Reading) -> bool:
    return reading.score < GOOD or reading.intent in WANTED


def _are_goods(talk: Talk, words: list[str]) -> bool:
    """Is something here called so, by every one of the words?"""
    if len(talk.shop.called(words=words)) == len(words):
        return True
    page = talk.shop.find(text=" ".join(words), filters={}, offset=0)
    return not page["corrected"] and any(names(words, item["title"]) for item in page["items"])


def _are_one(talk: Talk, one: list[str], other: list[str]) -> bool:
    """ "1 salt and pepper mill": goods are called by the words of both."""
    page = talk.shop.find(text=" ".join((*one, *other)), filters={}, offset=0)
    return bool(page["items"]) and not page["is_loose"] and not page["corrected"]


def _want(reading: Reading, words: list[str]) -> dict[str, Any]:
    as_written = [word for word in WORD.findall(reading.text) if fold(word) in words]
    return {
        "said": " ".join(words),
        "name": " ".join(as_written or words),
        "quantity": int(reading.slots.get("quantity") or 1),
        "chosen": wish_of(reading),
        "filters": filters_of(reading),
    }
