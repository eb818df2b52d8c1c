"""The shopper's own data: what is kept, a copy of it, and forgetting it for good."""

from typing import Any

from apps.messaging.content import OpenLink

from ..flow import Branch, Call, Confirm, Do, End, Flow, Show
from ..talk import Talk
from ..words import label, words

EXPLAIN = words(
    "If you say yes, I delete on all your linked channels: your name, contact data and addresses, your cart, and every "
    "word we wrote here. It cannot be undone."
)
KEPT_BY_LAW = words(
    "What you ordered stays in our books, as the law asks, but without your name and address. Only invoices stay as "
    "they were written: the law forbids changing them."
)
UNPAID = words("Your unpaid order {order} is cancelled.")
ONE_MORE = words("There is a new unpaid order since I asked. Please look again:")
SURE = words("Shall I delete your data?")
YES_DELETE = label("Yes, delete it")
NO_DO_NOT = label("No, leave it")
GOING = words(
    "Your data is deleted as soon as this message has reached you. If you write again, we meet as strangers. Goodbye!"
)
LEFT = words("Good, everything stays as it is.")
NEEDED = words(
    "Order {order} is not on its way yet, so I still need your name and address for it. Ask me again once it is sent, "
    "or let a colleague cancel it first."
)
FAILED = words("I could not delete your data just now. A colleague has been told and will do it.")
KNOWN = words("This is what we know about you:")
MY_NAME = words("Name: {name}")
MY_CONTACT = words("Contact: {contact}")
MY_ADDRESSES = words("Addresses: {count}")
MY_ORDERS = words("Orders: {count}")
MY_MESSAGES = words("Messages: {count}")
COPY = words("All of it, word by word, is behind this link for one hour. Please pass it on to nobody.")
NOTICE = words("Our privacy notice: {url}")
DOWNLOAD = label("My data")
DELETE = label("Delete my data")
ORDERS = label("My orders")


def look(talk: Talk) -> str:
    """Is there anything unfinished that needs the person?"""
    talk.slots["mine"] = talk.shop.data_kept()
    talk.slots["order"] = talk.slots["mine"]["needed_for"]
    return "needed" if talk.slots["order"] else "free"


def ask_sure(talk: Talk) -> None:
    mine = talk.slots["mine"]
    talk.say(EXPLAIN)
    if mine["is_in_books"]:
        talk.say(KEPT_BY_LAW)
    for number in mine["unpaid"]:
        talk.say(UNPAID, order=number)
    bound = {"do": "confirm", "stamp": talk.slots["stamp"], "flow": "erase"}
    talk.say(SURE, [talk.choice(YES_DELETE, yes=True, **bound), talk.choice(NO_DO_NOT, yes=False, **bound)])


def stamp(talk: Talk) -> str:
    """The yes is to losing exactly these orders."""
    return ":".join(("erase", *talk.slots["mine"]["unpaid"]))


def still(talk: Talk) -> str:
    """Whether the yes covers all that would be lost now: another channel may have ordered since the question."""
    shown = talk.slots["mine"]["unpaid"]
    if look(talk) == "needed":
        return "needed"
    return "more" if set(talk.slots["mine"]["unpaid"]) - set(shown) else "same"


def agreed(talk: Talk) -> dict[str, Any]:
    """When they said yes, and to losing which orders."""
    return {"asked_at": talk.now.isoformat(), "unpaid": talk.slots["mine"]["unpaid"]}


def take(talk: Talk, result: dict[str, Any]) -> str:
    """Only a refusal comes back: once it is done, nobody is there to be told."""
    if result.get("ordered"):
        return "ordered"
    talk.slots["order"] = result.get("needed_for", "")
    return "needed" if talk.slots["order"] else "failed"


def say_needed(talk: Talk) -> None:
    order = talk.slots["order"]
    talk.say(NEEDED, [talk.choice(ORDERS, do="order_status", number=order), talk.a_person()], order=order)


def fetch_person(talk: Talk) -> str:
    talk.shop.person(reason="delete_data", context={"reason": "delete_data", "language": talk.language})
    return "told"


def say_mine(talk: Talk) -> None:
    """In numbers here, in full behind the link."""
    mine = talk.shop.data_kept()
    contact = ", ".join(value for value in (mine["phone"], mine["email"]) if value)
    lines = [talk.text(KNOWN)]
    lines += [talk.text(MY_NAME, name=mine["name"])] if mine["name"] else []
    lines += [talk.text(MY_CONTACT, contact=contact)] if contact else []
    counted = ((MY_ADDRESSES, "addresses"), (MY_ORDERS, "orders"), (MY_MESSAGES, "messages"))
    lines += [talk.text(said, count=mine[name]) for said, name in counted]
    parts = ["\n".join(lines), talk.text(COPY)]
    if talk.merchant["privacy"]:
        parts.append(talk.text(NOTICE, url=talk.merchant["privacy"]))
    choices = (talk.choice(DELETE, style="quiet", do="delete_data"), talk.menu())
    url = talk.shop.data_link()
    talk.put(OpenLink(text="\n\n".join(parts), url=url, label=talk.text(DOWNLOAD), choices=choices))


ERASE = Flow(
    name="erase",
    start="look",
    steps={
        "look": Branch(look, {"free": "sure", "needed": "needed"}),
        "sure": Confirm(show=ask_sure, stamp=stamp, yes="still", no="left"),
        "still": Branch(still, {"same": "going", "more": "more", "needed": "needed"}),
        "more": Show(lambda talk: talk.say(ONE_MORE), "sure"),
        "going": Show(lambda talk: talk.say(GOING), "call"),
        "call": Call(
            kind="erase_data",
            args=agreed,
            take=take,
            to={"ordered": "again", "needed": "needed", "failed": "person"},
            money=True,
        ),
        "again": Branch(look, {"free": "more", "needed": "needed"}),
        "needed": Show(say_needed, "end"),
        "person": Do(fetch_person, {"told": "failed"}),
        "failed": Show(lambda talk: talk.say(FAILED, [talk.menu()]), "end"),
        "left": Show(lambda talk: talk.say(LEFT, [talk.menu()]), "end"),
        "end": End(),
    },
)
MY_DATA = Flow(name="my_data", start="say", steps={"say": Show(say_mine, "end"), "end": End()}, is_aside=True)
