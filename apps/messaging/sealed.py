"""What only the person it is for may read: a message carries a mark in its place, opened on the way out to them.

Tables, the console, exports and logs have the mark, or what may be shown instead. Only the text of a message has marks.
"""

import re
from collections.abc import Callable

Opener = Callable[[str, int], str]

_MARK = re.compile(r"⟦([a-z_]{1,20}):([0-9a-z]{1,40})\|([^⟦⟧|]{0,40})⟧")
_openers: dict[str, Opener] = {}


def on_open(kind: str, opener: Opener) -> None:
    """Who opens marks of this kind: given the name and the reader (a customer's id), what it says; "" where it is not
    theirs, or not any more."""
    _openers[kind] = opener


def seal(kind: str, name: str, *, shown: str) -> str:
    """The mark for the secret of this name; `shown` is what anybody else reads there."""
    return f"⟦{kind}:{name}|{shown}⟧"


def shut(text: str) -> str:
    """As anybody may read it."""
    return _MARK.sub(lambda mark: mark[3], text) if "⟦" in text else text


def opened(text: str, reader: Callable[[], int]) -> str:
    """As its reader reads it: who that is, is asked only where there is a mark."""

    def said(mark: re.Match[str]) -> str:
        opener = _openers.get(mark[1])
        return (opener(mark[2], reader()) if opener else "") or mark[3]

    return _MARK.sub(said, text) if "⟦" in text else text
