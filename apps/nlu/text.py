"""Text as the readers below see it: short, lower case, without accents, marks or invisible characters."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache

MAX_READ = 600  # characters of a message that are read for meaning; all of it is stored
HAN = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_SPACES = re.compile(r"\s+")


@lru_cache(maxsize=256)  # a message is looked at from many sides
def fold(text: str) -> str:
    """`text` cut to what is read, case-folded, accents and zero-width characters gone, spaces single.

    "Größe  XL" becomes "grosse xl"; full-width digits become plain ones. Takes linear time.
    """
    plain = unicodedata.normalize("NFKC", text[:MAX_READ]).casefold()
    letters = unicodedata.normalize("NFKD", plain)
    kept = "".join(
        " " if unicodedata.category(char) in ("Zs", "Cc") else char
        for char in letters
        if unicodedata.category(char) not in ("Mn", "Me", "Cf", "Cs")
    )
    return _SPACES.sub(" ", kept[: 2 * MAX_READ]).strip()


def words_of(folded: str) -> list[str]:
    """The words; runs of Chinese stay together and are matched inside."""
    return _WORD.findall(folded)


def spaced(folded: str) -> str:
    """ " word word " so that a whole-word test is a plain `in`."""
    return f" {' '.join(words_of(folded))} "


def needle(phrase: str) -> tuple[str, bool]:
    """(what to look for, whether in the folded text itself rather than in `spaced`): Chinese has no word ends."""
    is_inside = not phrase.isascii() and HAN.search(phrase) is not None
    return (phrase, True) if is_inside else (f" {phrase} ", False)


def has_phrase(folded: str, in_words: str, phrase: str) -> bool:
    """Is the (folded) phrase there as whole words, or for Chinese as characters?"""
    wanted, is_inside = needle(phrase)
    return wanted in (folded if is_inside else in_words)


def has_any(folded: str, in_words: str, phrases: tuple[str, ...]) -> bool:
    """`has_phrase` of any of them; the phrases are made ready once."""
    return any(wanted in (folded if is_inside else in_words) for wanted, is_inside in _needles(phrases))


@lru_cache(maxsize=100)
def _needles(phrases: tuple[str, ...]) -> list[tuple[str, bool]]:
    return [needle(phrase) for phrase in phrases]


class Forms:
    """Folded forms of words and what each means, made ready to be looked for in many texts."""

    def __init__(self, meanings: Mapping[str, str]) -> None:
        self._ready = [(*needle(form), len(form), meaning) for form, meaning in meanings.items() if form]
        self.by_letter: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for form, meaning in meanings.items():
            self.by_letter[form[:1]].append((form, meaning))

    def longest(self, folded: str, in_words: str) -> str:
        """What the longest form there means, or ""."""
        found = [
            (size, meaning)
            for wanted, is_inside, size, meaning in self._ready
            if wanted in (folded if is_inside else in_words)
        ]
        return max(found)[1] if found else ""


def is_han(text: str) -> bool:
    return HAN.search(text) is not None
