"""The invoice of an order and what was credited of it, each as a link that only this thread was given."""

from typing import Any

from apps.messaging.content import OpenLink

from ..flow import Branch, End, Flow, Show
from ..talk import Talk
from ..words import label, words
from .orders import LINK, NOT_YOURS, say_none

INVOICE = words("Here is invoice {number} of {day} for order {order}: {amount}. The link works for seven days.")
CREDIT_NOTE = words("Credit note {number} of {day} for order {order}: {amount}.")
REVOKED = words("Document {number} of {day} for order {order}: a credit note over {amount} no longer counts.")
OPEN_INVOICE = label("Open invoice")
OPEN_CREDIT_NOTE = label("Open credit note")
OPEN_DOCUMENT = label("Open document")
NOT_PAID = words("Order {order} has no invoice yet: it is written as soon as the order is paid.")
ELSEWHERE = words("Our invoices come from our bookkeeping. A colleague will send you yours.")
ORDERS = label("My orders")
SAID = {
    "invoice": (INVOICE, OPEN_INVOICE),
    "credit_note": (CREDIT_NOTE, OPEN_CREDIT_NOTE),
    "revocation": (REVOKED, OPEN_DOCUMENT),
}


def look(talk: Talk) -> str:
    number = str(talk.slots.get("number") or "")
    found = talk.shop.documents(number=number)
    talk.slots["found"] = found
    return found["why"] or "there"


def say_documents(talk: Talk) -> None:
    """One message each, so that every link has its own button; what could be next stands under the last."""
    found = talk.slots["found"]
    last = len(found["documents"]) - 1
    for place, one in enumerate(found["documents"]):
        said, button = SAID[one["kind"]]
        facts: dict[str, Any] = {key: one[key] for key in ("number", "day", "amount")}
        choices = (talk.choice(ORDERS, do="order_status"), talk.a_person()) if place == last else ()
        talk.put(
            OpenLink(
                text=talk.text(said, order=found["order"], **facts),
                url=one["url"],
                label=talk.text(button),
                choices=choices,
            )
        )


def say_foreign(talk: Talk) -> None:
    talk.say(NOT_YOURS, [talk.choice(LINK, do="link"), talk.a_person()], number=talk.slots["found"]["order"])


def say_unpaid(talk: Talk) -> None:
    order = talk.slots["found"]["order"]
    talk.say(NOT_PAID, [talk.choice(ORDERS, do="order_status", number=order), talk.a_person()], order=order)


DOCUMENTS = Flow(
    name="documents",
    start="look",
    steps={
        "look": Branch(
            look,
            {"there": "say", "none": "none", "foreign": "foreign", "unpaid": "unpaid", "elsewhere": "elsewhere"},
        ),
        "say": Show(say_documents, "end"),
        "none": Show(say_none, "end"),
        "foreign": Show(say_foreign, "end"),
        "unpaid": Show(say_unpaid, "end"),
        "elsewhere": Show(lambda talk: talk.say(ELSEWHERE, [talk.a_person(), talk.menu()]), "end"),
        "end": End(),
    },
    is_aside=True,
)
