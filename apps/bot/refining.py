"""What is said about a list: against something, "not leather", "ohne Leder", "不要皮的"; for less of it, "only blue"."""

import re

from apps.nlu.text import HAN, fold

from .query import query_of

MOST_WORDS = 2  # "not leather", "no metal straps"; what is longer is a sentence about something else
_AGAINST = (
    re.compile(
        r"\b(?:not|no|without|except|anything but|nothing)\s+(?:in|made of|made from|of|with|from)?\s*(?:the|any|a)?\s*"
        r"(?P<what>[^,.;!?]+)"
    ),
    re.compile(
        r"\b(?:nicht|kein|keine|keinen|keinem|keiner|keines|ohne|ausser)\s+(?:aus|in|mit|von)?\s*(?P<what>[^,.;!?]+)"
    ),
    re.compile(r"\b(?:no|sin|menos|excepto|nada)\s+(?:que\s+)?(?:sean?\s+)?(?:de|en|con)?\s*(?P<what>[^,.;!?]+)"),
    re.compile(r"(?:不要|别要|除了|不是)(?P<what>[^，。！？,.!?]{1,6}?)(?:的|以外|之外)?$"),
)

_ONLY = re.compile(r"(?:only|nur|solo|solamente)\b(?!.*\bone\b)|只[看要]")


def narrows(text: str) -> bool:
    """ "Only blue", "nur in M": less of what was listed, whatever was looked at since."""
    return _ONLY.match(fold(text)) is not None


def against(text: str) -> list[str]:
    """The words a message speaks against, in the ways it may be read; none where it speaks against nothing."""
    folded = fold(text)
    found = []
    for pattern in _AGAINST:
        said = pattern.search(folded)
        what = query_of(said["what"]) if said else ""
        if what and (len(what.split()) <= MOST_WORDS or HAN.search(what)):
            found.append(what)
    return list(dict.fromkeys(found))
