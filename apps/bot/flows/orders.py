"""Where is my order, told from the order itself; and calling one off before it is paid."""

import re
from typing import Any

from apps.messaging.content import OrderUpdate, Step
from apps.nlu.text import fold

from ..flow import Branch, Call, Confirm, End, Flow, Show
from ..talk import Talk
from ..words import label, words
from .my_returns import SEND_BACK, STATES

NO_ORDERS = words("I have no order of yours here yet. If you ordered on another channel, link it with a code.")
NOT_YOURS = words(
    "I can only talk about orders of this chat, and {number} is not among them. If you ordered on another channel, "
    "prove it is you with a one-time code from there; a person can help as well."
)
WAITING = words("Order {order} is waiting for your payment of {total}.")
PAID = words("Order {order} is paid and being packed.")
RESERVED = words(
    "Order {order} is being packed. {total} are reserved on your card; we take the money when the first parcel leaves."
)
SHIPPED = words("Order {order} is on its way with {carrier}, number {tracking}.")
SENT = words("Order {order} is on its way with {carrier}.")
DELIVERED = words("Order {order} was delivered.")
IN_PARCELS = words("Order {order} comes in more than one parcel.")
ON_THE_WAY = words("Parcel {position} is on its way with {carrier}: {goods}.")
ARRIVED = words("Parcel {position} arrived on {arrived}: {goods}.")
TO_COME = words("Still to come: {goods}.")
HANDED = words("Order {order} is paid, and everything of it was given to you here in the chat.")
CANCELLED = words("Order {order} was cancelled.")
EXPIRED = words("Order {order} was not paid in time and has ended. Nothing was charged.")
UNFILLABLE = words("Order {order} is paid, but something sold out. A colleague is taking care of it.")
REFUNDED = words("Order {order} was refunded.")
CAME_BACK = words("Order {order} has come back to us.")
PAY_NOW = label("Payment link")
CALL_OFF = label("Cancel this order")
LINK = label("Link a channel")
TRACK = label("Track parcel")
RATE = label("Rate this order")
BROWSE = label("Browse products")
SURE = words("Shall I cancel order {order} over {total}? Nothing has been charged.")
SURE_RESERVED = words("Shall I cancel order {order}? The money was only reserved; nothing of it is taken then.")
SURE_PAID = words("Shall I cancel order {order}? Your {total} go back the way you paid.")
YES_CANCEL = label("Yes, cancel it")
NO_KEEP = label("No, keep it")
KEPT = words("Good, order {order} stays as it is.")
CANNOT = words("Order {order} is on its way already and cannot be cancelled here any more. A colleague will help.")
HERE = words("Order {order} has arrived, so there is nothing to cancel; you can send things back.")
NOTHING_OPEN = words("There is no order that could be cancelled. A colleague will help with an older one.")
USED = words(
    "Something of order {order} has been used already, a gift card, a download or a code, so it cannot be cancelled any more. A "
    "colleague can look at it with you."
)
MY_CARDS = label("My gift cards")
MY_FILES = label("My downloads")
MY_CODES = label("My codes")
AGAIN = label("Buy it again")
OPTIONS = label("More options")
ARRIVES = re.compile(r"arrive|deliver|get here|ankomm|kommt|liefer|wann|llega|entreg|什么时候|多久|几天|何时")
MAY_ORDER_AGAIN = ("delivered", "handed", "cancelled", "refunded", "returned")  # it is over: next is the same again
SAID = {
    "waiting": WAITING, "paid": PAID, "reserved": RESERVED, "handed": HANDED, "shipped": SHIPPED, "delivered": DELIVERED, "cancelled": CANCELLED,
    "expired": EXPIRED, "unfillable": UNFILLABLE, "refunded": REFUNDED, "returned": CAME_BACK,
}  # fmt: skip


def find(talk: Talk) -> str:
    number = str(talk.slots.get("number") or talk.slots.get("order") or "")
    found = talk.shop.order(number=number) if number else talk.shop.latest_order()
    if found is None and talk.shop.is_set_apart():
        talk.next_flow = {"flow": "prove", "slots": {}}
        return "apart"
    if found is None:
        talk.slots["number"] = number
        return "foreign" if number else "none"
    talk.slots["found"] = found
    return "mine"


def before_ordering(talk: Talk) -> str:
    """ "When will it arrive?", of what is only looked at or in the cart: the ways of delivery with their days."""
    is_shopping = bool(talk.state.focus) or talk.shop.cart()["count"] > 0
    if not is_shopping or not ARRIVES.search(fold(talk.heard)):
        return "none"
    talk.next_flow = {"flow": "delivery", "slots": {}}
    return "ways"


def state_of(order: dict[str, Any]) -> str:
    """In one word where it stands, the most telling first."""
    if order["payment"] == "refunded":
        return "refunded"
    if order["status"] in ("cancelled", "expired", "unfillable"):
        return str(order["status"])
    if order["fulfilment"] == "delivered" and order.get("by_chat"):
        return "handed"
    if order["fulfilment"] in ("delivered", "shipped", "returned"):
        return str(order["fulfilment"])
    if order["fulfilment"] == "partly_returned":
        return "delivered"
    if order["fulfilment"] == "partial":
        return "shipped"
    if order["payment"] == "authorised":
        return "reserved"
    return "paid" if order["payment"] in ("paid", "overpaid", "partly_refunded", "disputed") else "waiting"


def told(talk: Talk, order: dict[str, Any]) -> str:
    """Where it stands in one sentence; of an order in several parcels, one for each of them and for what is to come."""
    state = state_of(order)
    if state == "shipped" and order.get("parcels"):
        return "\n".join((talk.text(IN_PARCELS, order=order["number"]), *parcels_told(talk, order)))
    said = SENT if state == "shipped" and not order["tracking"] else SAID[state]
    text = talk.text(said, order=order["number"], **{key: order[key] for key in ("total", "carrier", "tracking")})
    return "\n".join((text, *returns_told(talk, order)))


def returns_told(talk: Talk, order: dict[str, Any]) -> list[str]:
    return [talk.text(STATES[one["state"]], name=one["name"], goods=one["goods"]) for one in order.get("returns", ())]


def parcels_told(talk: Talk, order: dict[str, Any]) -> list[str]:
    lines = [
        f"{talk.text(ARRIVED if parcel['arrived'] else ON_THE_WAY, **parcel)} {parcel['url']}".strip()
        for parcel in order["parcels"]
    ]
    return [*lines, talk.text(TO_COME, goods=order["to_come"])] if order["to_come"] else lines


def say_order(talk: Talk) -> None:
    order = talk.slots["found"]
    state = state_of(order)
    choices = []
    if state == "waiting":
        choices = [
            talk.choice(PAY_NOW, style="primary", do="pay_again", order=order["number"]),
            talk.choice(CALL_OFF, do="cancel_order", number=order["number"]),
        ]
    elif state == "handed":
        has_files = order.get("has_files")
        files = MY_CODES if order.get("has_codes") else MY_FILES
        choices = [talk.choice(files if has_files else MY_CARDS, do="downloads" if has_files else "bought_cards")]
    elif state == "delivered":
        choices = [talk.choice(RATE, do="rate", order=order["number"])]
    if state in MAY_ORDER_AGAIN and not order.get("may_return"):
        choices.append(talk.choice(AGAIN, do="order_again", number=order["number"]))
    if order.get("may_return"):
        choices.append(talk.choice(SEND_BACK, do="returns", kind="return", number=order["number"]))
    choices.append(talk.choice(OPTIONS, style="quiet", do="of_order", number=order["number"]))
    is_one = state in ("shipped", "delivered") and not order.get("parcels")
    talk.put(
        OrderUpdate(
            text=told(talk, order),
            order_number=order["number"],
            state={"waiting": "placed"}.get(state, state),
            steps=tuple(Step(label=step["label"], at=step["at"], is_done=step["done"]) for step in order["steps"]),
            url=order["url"] if is_one else "",
            url_label=talk.text(TRACK) if is_one and order["url"] else "",
            choices=(*choices, talk.a_person()),
        )
    )


def say_foreign(talk: Talk) -> None:
    talk.say(NOT_YOURS, [talk.choice(LINK, do="link"), talk.a_person()], number=talk.slots["number"])


def say_none(talk: Talk) -> None:
    choices = [talk.choice(BROWSE, do="browse"), talk.choice(LINK, do="link"), talk.a_person()]
    talk.say(NO_ORDERS, choices)


def may_cancel(talk: Talk) -> str:
    outcome = find(talk)
    if outcome != "mine":
        return outcome
    state = state_of(talk.slots["found"])
    if state in ("waiting", "paid", "reserved"):
        return "open"
    if state == "handed":
        return "open" if talk.slots["found"]["may_undo"] else "used"
    if state == "delivered" and talk.slots["found"].get("may_return"):
        return "here"
    return "sent" if state in ("shipped", "delivered") else "over"


def say_here(talk: Talk) -> None:
    back = talk.choice(SEND_BACK, style="primary", do="returns", kind="return", number=talk.slots["found"]["number"])
    talk.say(HERE, [back, talk.a_person(), talk.menu()], **number_of(talk))


def stamp(talk: Talk) -> str:
    return f"cancel:{talk.slots['found']['number']}"


def ask_sure(talk: Talk) -> None:
    order = talk.slots["found"]
    bound = {"do": "confirm", "stamp": talk.slots["stamp"], "flow": "cancel_order"}
    talk.say(
        {"waiting": SURE, "reserved": SURE_RESERVED}.get(state_of(order), SURE_PAID),
        [talk.choice(YES_CANCEL, style="primary", yes=True, **bound), talk.choice(NO_KEEP, yes=False, **bound)],
        order=order["number"],
        total=order["total"],
    )


def take(talk: Talk, result: dict[str, Any]) -> str:
    if result.get("problem") == "used":
        return "used"
    return "done" if result.get("cancelled") else "cannot"


def number_of(talk: Talk) -> dict[str, Any]:
    return {"order": talk.slots["found"]["number"]}


ORDER = Flow(
    name="order",
    start="find",
    steps={
        "find": Branch(find, {"mine": "say", "foreign": "foreign", "none": "before", "apart": "end"}),
        "before": Branch(before_ordering, {"ways": "end", "none": "none"}),
        "say": Show(say_order, "end"),
        "foreign": Show(say_foreign, "end"),
        "none": Show(say_none, "end"),
        "end": End(),
    },
    is_aside=True,
)
CANCEL_ORDER = Flow(
    name="cancel_order",
    title=words("cancelling the order"),
    start="may",
    steps={
        "may": Branch(
            may_cancel,
            {
                "open": "sure", "sent": "cannot", "used": "used", "here": "here", "over": "over", "foreign": "foreign", "none": "none",
                "apart": "end",
            },
        ),
        "sure": Confirm(show=ask_sure, stamp=stamp, yes="call", no="kept"),
        # That it is cancelled is news of the order, whoever cancels it: said there once, with what is next.
        "call": Call(
            kind="cancel_order", args=number_of, take=take,
            to={"done": "end", "cannot": "cannot", "used": "used"}, money=True,
        ),
        "cannot": Show(lambda talk: talk.say(CANNOT, [talk.a_person()], **number_of(talk)), "end"),
        "used": Show(lambda talk: talk.say(USED, [talk.a_person()], **number_of(talk)), "end"),
        "here": Show(say_here, "end"),
        "kept": Show(lambda talk: talk.say(KEPT, **number_of(talk)), "end"),
        "over": Show(lambda talk: talk.say(NOTHING_OPEN, [talk.a_person(), talk.menu()]), "end"),
        "foreign": Show(say_foreign, "end"),
        "none": Show(say_none, "end"),
        "end": End(),
    },
)  # fmt: skip
