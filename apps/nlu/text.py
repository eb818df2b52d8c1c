"""Text as the readers below see it: short, lower case, without accents, marks or invisible characters."""

import re
import unicodedata

MAX_READ = 600  # characters of a message that are read for meaning; all of it is stored
HAN = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_SPACES = re.compile(r"\s+")


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


def has_phrase(folded: str, in_words: str, phrase: str) -> bool:
    """Is the (folded) phrase there as whole words, or for Chinese as characters?"""
    if phrase.isascii() or not HAN.search(phrase):
        return f" {phrase} " in in_words
    return phrase in folded


def is_han(text: str) -> bool:
    return HAN.search(text) is not None
