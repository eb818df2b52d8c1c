"""The way to pay: a link to the provider's page, made by the worker; that the money came is said by its own event."""

from typing import Any

from apps.messaging.content import Choice, Pay, bill_from

from ..flow import Branch, Call, End, Flow, Show, Step
from ..talk import Talk
from ..words import label, words

PAY_HERE = words(
    "Here is the secure payment page for order {order}. As soon as the money is confirmed, I tell you here."
)
PAY = words("Pay {amount}")
OR_BY_CARD = words("Or pay with a card that is kept for you.")
FAILED = words(
    "The payment page cannot be reached just now. Your order {order} and your goods are kept; nothing was charged."
)
AGAIN = label("Try once more")
MOMENT = words("One moment, I am making a fresh payment link.")
NOTHING_TO_PAY = words("There is nothing waiting to be paid.")
ALREADY_RESERVED = words(
    "Order {order} is placed and its money is reserved. There is nothing more to do: we take it when the parcel leaves."
)
ALREADY_PAID = words("Order {order} is paid already. All is well.")
TOO_LATE = words("Order {order} can no longer be paid; it has ended. Shall we put it together again?")
ORDERS = label("My orders")
BROWSE = label("Browse products")


MOST_CARDS = 2
LINKED = {"ready": "pay", "failed": "failed"}


def args_of(talk: Talk) -> dict[str, Any]:
    return {"order": talk.slots["order"], "language": talk.language}


def take(talk: Talk, result: dict[str, Any]) -> str:
    talk.slots["link"] = result
    if result.get("problem") in ("placed", "closed"):  # paid in the meantime, or there was nothing to pay
        return "settled"
    return "ready" if result.get("url") else "failed"


def card_choices(talk: Talk, cards: list[dict[str, Any]], order: str) -> list[Choice]:
    """A tap leads to the question whether so much shall be paid with this card."""
    return [talk.choice(card["name"], do="pay_card", card=card["card"], order=order) for card in cards[:MOST_CARDS]]


def say_pay(talk: Talk) -> None:
    """The link, and beside it the cards that are kept."""
    link, order = talk.slots["link"], talk.slots["order"]
    cards = talk.shop.cards()
    said = [talk.text(PAY_HERE, order=order), *([talk.text(OR_BY_CARD)] if cards else [])]
    talk.put(
        Pay(
            text="\n".join(said),
            choices=tuple(card_choices(talk, cards, order)),
            url=link["url"],
            label=talk.text(PAY, amount=link["amount"]),
            amount=link["amount"],
            order_number=order,
            expires_at=link.get("expires_at", ""),
            bill=bill_from(link["bill"]) if link.get("bill") else None,
        )
    )


def say_failed(talk: Talk) -> None:
    order = talk.slots["order"]
    talk.say(FAILED, [talk.choice(AGAIN, style="primary", do="pay_again", order=order), talk.a_person()], order=order)


def which(talk: Talk) -> str:
    """The order to pay: the one named, else the latest that waits for money."""
    number = talk.slots.get("order", "")
    found = talk.shop.order(number=number) if number else talk.shop.latest_order()
    if found is None:
        return "none"
    talk.slots["order"] = found["number"]
    talk.slots["payment"] = found["payment"]
    if found["payment"] in ("authorised", "paid", "overpaid", "partly_refunded", "refunded", "disputed"):
        return "paid"
    return "open" if found["status"] == "draft" else "ended"


def say_paid(talk: Talk) -> None:
    order = talk.slots["order"]
    said = ALREADY_RESERVED if talk.slots.get("payment") == "authorised" else ALREADY_PAID
    talk.say(said, [talk.choice(ORDERS, do="order_status", order=order), talk.menu()], order=order)


ENDS: dict[str, Step] = {
    "pay": Show(say_pay, "end"),
    "failed": Show(say_failed, "end"),
    "paid": Show(say_paid, "end"),
    "ended": Show(
        lambda talk: talk.say(TOO_LATE, [talk.choice(BROWSE, do="browse"), talk.a_person()], order=talk.slots["order"]),
        "end",
    ),
    "none": Show(lambda talk: talk.say(NOTHING_TO_PAY, [talk.choice(BROWSE, do="browse"), talk.menu()]), "end"),
    "end": End(),
}
PAY_FLOW = Flow(
    name="pay",
    start="which",
    steps={
        "which": Branch(which, {"open": "moment", "paid": "paid", "ended": "ended", "none": "none"}),
        "moment": Show(lambda talk: talk.say(MOMENT), "link"),
        "link": Call(kind="pay_link", args=args_of, take=take, to=LINKED | {"settled": "paid"}),
        **ENDS,
    },
)
