"""What could not come along when one cart was poured into another, line by line."""

from typing import Any

from .talk import Talk
from .words import words

SHORT = words("{count} × {title} did not come along: there are no more.")
FULL = words("No room in the cart for {titles}.")
CODES = words("A cart takes five codes. Left out: {codes}.")


def poured_notes(talk: Talk, came: dict[str, Any]) -> list[str]:
    """`came` as `Carts.came_along` has it; nothing where all of it came."""
    notes = [talk.text(SHORT, **short) for short in came["short"]]
    if came["full"]:
        notes.append(talk.text(FULL, titles=", ".join(came["full"])))
    if came["codes"]:
        notes.append(talk.text(CODES, codes=", ".join(came["codes"])))
    return notes
