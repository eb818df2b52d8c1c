"""What can go wrong with a send, and what each kind of channel makes of it: one table of kinds and faults.

A fault is played by a platform on loopback that answers so once and then takes everything. What is true of every platform
stands here; a kind's own refusals are those of its `MEANINGS`, and `NEVER` says why a fault cannot happen there.
"""

from dataclasses import dataclass
from types import ModuleType
from typing import Any

from apps.messaging.channel import ErrorClass

from .kinds import HELD

NOT_REACHED = "nobody there"  # no connection at all: nothing was written
GENERAL: dict[str, tuple[Any, ErrorClass]] = {
    "429 that names a delay": ((429, {}, {"Retry-After": "2"}), ErrorClass.RETRY_AFTER),
    "429 without a delay": ((429, {}, {}), ErrorClass.RETRY_AFTER),
    "500": ((500, b"<html>sick</html>", {}), ErrorClass.AMBIGUOUS),
    "503": ((503, {}, {}), ErrorClass.RETRY),
    "no answer before it was taken": (NOT_REACHED, ErrorClass.RETRY),
    "no answer after it was taken": ("cut", ErrorClass.AMBIGUOUS),
    "taken, and half of the answer": ((200, b'{"messages":[{"i', {}), ErrorClass.AMBIGUOUS),
}
# A platform's own words: the first of its kind's MEANINGS that means this.
OWN: dict[str, ErrorClass] = {
    "window closed": ErrorClass.WINDOW_CLOSED,
    "opted out": ErrorClass.OPTED_OUT,
    "revoked token": ErrorClass.AUTH,
}
IN_200 = "200 with an error inside"
FAULTS = (*GENERAL, IN_200, *OWN)


@dataclass(frozen=True, slots=True)
class Cell:
    """One fault at one kind: what the platform answers, and what that means for the message. None: it is taken."""

    kind: str
    fault: str
    answer: Any
    meaning: ErrorClass | None

    def __str__(self) -> str:
        return f"{self.kind}-{self.fault}"


def cells() -> list[Cell]:
    return [cell for kind, told in HELD.items() for fault in FAULTS if (cell := _cell(kind, fault, told))]


def never() -> dict[tuple[str, str], str]:
    """(kind, fault): why it cannot happen there."""
    return {(kind, fault): reason for kind, told in HELD.items() for fault, reason in told.NEVER.items()}


def _cell(kind: str, fault: str, told: ModuleType) -> Cell | None:
    if fault in GENERAL:
        answer, meaning = GENERAL[fault]
        return Cell(kind, fault, answer, getattr(told, "OTHERWISE", {}).get(fault, meaning))
    said = (
        (status, body, found)
        for status, body, found in told.MEANINGS
        if (status == 200 if fault == IN_200 else found == OWN[fault])
    )
    found = next(said, None)
    return Cell(kind, fault, (*found[:2], {}), found[2]) if found else None
