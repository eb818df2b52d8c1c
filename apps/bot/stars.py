"""A rating as people type it: "5 stars", "vier Sterne", "4/5", "五星", ⭐⭐⭐⭐."""

import re

from apps.nlu.text import fold

NUMBERS = {
    **{str(n): n for n in range(1, 6)},
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5,
    "ein": 1, "einen": 1, "eins": 1, "zwei": 2, "drei": 3, "vier": 4, "funf": 5, "fuenf": 5,
    "un": 1, "una": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5,
    "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5,
}  # fmt: skip
_NUMBER = "|".join(sorted(NUMBERS, key=len, reverse=True))
_SAID = re.compile(
    rf"(?:i give (?:it )?|ich gebe |le doy |doy |给)?({_NUMBER})\s*"
    r"(?:(?:stars?|stern|sterne|estrellas?|颗?星)(?:\s*(?:please|bitte|por favor|好评))?"
    r"|\s?/\s?5|\s(?:out of|of|von|de)\s(?:5|five|funf|cinco))"
)


def stars_in(text: str) -> int | None:
    """How many of five, where the message is nothing but a rating."""
    drawn = text.count("⭐") or text.count("★")
    if drawn and not re.sub(r"[⭐★☆\s\ufe0f!.]", "", text):
        return drawn if drawn <= 5 else None
    said = _SAID.fullmatch(fold(text).strip(" .!。！"))
    return NUMBERS[said[1]] if said else None
