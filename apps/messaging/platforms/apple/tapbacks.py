"""Reactions that come as words, as phones put them for whoever is told by text: `Loved “see you soon”`.

The wording is the phone's and follows its language; nothing documents the others, so only the English one is read here.
"""

import re

EMOJI = {"Loved": "❤️", "Liked": "👍", "Disliked": "👎", "Laughed at": "😂", "Emphasized": "‼️", "Questioned": "❓"}
STICKER = "❔"  # a picture that has no character
QUOTED = r"[“\"](?P<quoted>.+)[”\"]"
ADDED = re.compile(rf"(?P<what>{'|'.join(EMOJI)}) {QUOTED}", re.DOTALL)
REACTED = re.compile(rf"Reacted (?P<emoji>with a sticker|\S{{1,16}}) to {QUOTED}", re.DOTALL)
REMOVED = re.compile(
    r"Removed (?:an? (?:heart|like|dislike|laugh|exclamation|question mark|sticker)|(?:an? )?[^\w\s]\S{0,15}) from "
    + QUOTED,
    re.DOTALL,
)


def tapback(words: str) -> tuple[str, str] | None:
    """(the character, "" where one was taken off; what it is about), or None for words of their own."""
    if found := ADDED.fullmatch(words):
        return EMOJI[found["what"]], found["quoted"]
    if found := REACTED.fullmatch(words):
        return (STICKER if " " in found["emoji"] else found["emoji"]), found["quoted"]
    if found := REMOVED.fullmatch(words):
        return "", found["quoted"]
    return None
