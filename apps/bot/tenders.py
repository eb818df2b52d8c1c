"""What is said of gift cards and store credit, wherever a cart or an order to be is shown."""

from typing import Any

from apps.messaging.content import Line

from .talk import Talk
from .words import words

GIFT_CARD = words("Gift card •••• {ends}")
CREDIT = words("Store credit")
TO_PAY = words("Left to pay")
WILL_PAY = words("Paid with first when you order: {tenders}.")
HAVE_CREDIT = words("You have {amount} of store credit.")


def named(talk: Talk, tender: dict[str, Any]) -> str:
    return talk.text(GIFT_CARD, ends=tender["ends"]) if tender["ends"] else talk.text(CREDIT)


def tender_lines(talk: Talk, quote: dict[str, Any]) -> list[Line]:
    """What cards and credit take over of the total, and what is left."""
    if not quote["tenders"]:
        return []
    lines = [Line(label=named(talk, tender), amount=tender["amount"]) for tender in quote["tenders"]]
    return [*lines, Line(label=talk.text(TO_PAY), amount=quote["due"], strong=True)]


def tender_notes(talk: Talk, cart: dict[str, Any]) -> list[str]:
    """For a cart whose total is not known yet."""
    if not cart["chosen"]:
        return []
    return [talk.text(WILL_PAY, tenders=", ".join(named(talk, tender) for tender in cart["chosen"]))]
