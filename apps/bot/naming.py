"""Which of the goods at hand a message names, by the words of their titles or the number that is one of their values."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from rapidfuzz.distance import OSA

from apps.catalog.words import stem
from apps.nlu.references import THIS
from apps.nlu.text import HAN, fold, has_any, spaced, words_of

NUMBER = re.compile(r"\d+")
SHORTEST_PART = 4  # letters of a word that counts inside another: "hemd" in "Leinenhemd"
SURE_LENGTH = 5  # of a word in which one wrong letter is forgiven
POINTING = (
    *THIS, "ones", "them", "those", "these", "damit", "davon", "daraus", "ihn", "quitalo", "quitala", "sacalo", "sacala", "guardalo",
    "guardala", "borralo", "borrala",
)  # fmt: skip
WISHED = (
    "i want", "i d like", "can i have", "give me", "get me", "ich mochte", "ich hatte gern", "ich hatte gerne",
    "hatte ich gern", "hatte ich gerne", "quiero", "dame", "ponme", "我要", "要", "来", "我买", "拿",
)  # fmt: skip
DEFINITE = ("the", "das", "die", "den", "der", "el", "la", "los", "las")


def is_taken(text: str) -> bool:
    """Of a message about adding: is it about a certain thing? "I want a shirt" is about any, "add …", "the shirt" not."""
    folded = fold(text)
    in_words = spaced(folded)
    return not has_any(folded, in_words, WISHED) or has_any(folded, in_words, DEFINITE)


def points(text: str) -> bool:
    """Does a word stand for something on the screen: "it", "this one", "davon"?"""
    folded = fold(text)
    return has_any(folded, spaced(folded), POINTING)


def names(said: Sequence[str], title: str) -> bool:
    """Does the title bear all these words (folded)? Compounds, endings and one slip of the finger are forgiven."""
    known = words_of(fold(title))
    return bool(said) and all(_bears(known, word) for word in said)


def named_by(said: Sequence[str], titles: Sequence[str]) -> list[int]:
    """The places of the titles that bear all these words; of a title that is nothing but them, its place alone."""
    exactly = [place for place, title in enumerate(titles) if sorted(words_of(fold(title))) == sorted(said)]
    return exactly or [place for place, title in enumerate(titles) if names(said, title)]


def one_named(query: str, page: Mapping[str, Any]) -> dict[str, Any] | None:
    """The one product of a page of `Shop.find` that was named; None where several or none were, or by a guess only."""
    if page["is_loose"] or page["corrected"]:
        return None
    items: list[dict[str, Any]] = page["items"]
    if len(items) == 1:
        return items[0]
    named = named_by(query.split(), [item["title"] for item in items])
    return items[named[0]] if len(named) == 1 else None


def _bears(known: list[str], word: str) -> bool:
    joined = "".join(known)
    if HAN.search(word):
        bare = word.rstrip("子儿") or word  # 杯子 is a 杯
        rest = iter(joined)
        return all(char in rest for char in bare)  # in this order, whatever stands between
    if (
        word in known
        or (word.endswith("s") and word[:-1] in known)
        or (len(word) >= SHORTEST_PART and (word in joined or stem(word) in map(stem, known)))
    ):
        return True
    return len(word) >= SURE_LENGTH and any(OSA.distance(word, other, score_cutoff=1) <= 1 for other in known)


def value_numbered(text: str, values: Sequence[Mapping[str, str]]) -> str:
    """The key of the one value that has the number said: "50" or "a 50 euro one" of 25, 50 and 100; "" for none."""
    said = set(NUMBER.findall(text))
    fitting = [value["key"] for value in values if said and set(NUMBER.findall(value["label"])) & said]
    return fitting[0] if len(fitting) == 1 else ""
