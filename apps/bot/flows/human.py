"""A person, at once and without a question; out of hours with the time and a place to leave a message."""

from typing import Any

from apps.messaging.content import HandoverNotice

from ..flow import Do, End, Flow, Show
from ..talk import Talk
from ..words import label, words

COMING = words("I am fetching a colleague. You need not explain again: they see what we wrote.")
IN_LINE = words(
    "I am fetching a colleague; {count} person is before you. They see what we wrote.",
    "I am fetching a colleague; {count} people are before you. They see what we wrote.",
)
CLOSED = words(
    "My colleagues are back {opens}. Write your message right here; they read it first thing and answer in this chat."
)
CLOSED_FOR_NOW = words(
    "Nobody is there just now. Write your message right here; it will be read and answered in this chat."
)
TOLD = words("I have told {name} that you are here. You need not explain again: what we write is read.")
NOT_HERE = words("{name} is not here just now. I am fetching a colleague instead; they see what we wrote.")
STILL = words("A colleague has been told and comes as soon as one is free. You can go on shopping with me meanwhile.")
STILL_CLOSED = words("Your message is waiting for my colleagues, who are back {opens}. I go on helping meanwhile.")
BROWSE = label("Browse products")
ORDERS = label("My orders")
PATIENT_SECONDS = 180  # then something else is offered


def fetch(talk: Talk) -> str:
    """Into the queue, with all a person needs to go on."""
    before = talk.state.waiting
    wanted = talk.slots.get("wanted") or {}
    by_name = {"wanted": wanted["user"]} if wanted else {}
    reason = talk.slots.get("reason", "asked")[:40]
    talk.slots["got"] = talk.shop.person(reason=reason, context=packet(talk), **by_name)
    talk.state.waiting = talk.slots["got"]["state"]
    talk.state.patience = max(talk.state.patience, 3)
    talk.state.unclear = 0
    if talk.slots["got"]["state"] == "waiting":
        talk.timers.append({"name": "queue_wait", "seconds": PATIENT_SECONDS, "data": {}})
    if talk.slots["got"]["state"] == "after_hours":
        return "still_closed" if before else "closed"
    return "still" if before else "coming"


def packet(talk: Talk) -> dict[str, Any]:
    """What the person who takes over should know."""
    cart = talk.shop.cart()
    under = [frame for frame in talk.state.stack if frame.flow != "human"]
    return {
        "reason": talk.slots.get("reason", "asked"),
        "language": talk.language,
        "wish": talk.slots.get("text", ""),
        "asked_for": (talk.slots.get("wanted") or {}).get("name", ""),
        "doing": [f"{frame.flow}/{frame.step}" for frame in under],
        "cart": [f"{line['quantity']} × {line['title']}" for line in cart["lines"]],
        "cart_total": cart["subtotal"],
        "patience": talk.state.patience,
        "looked_at": [item["title"] for item in talk.state.shown],
    }


def say_coming(talk: Talk) -> None:
    if wanted := talk.slots.get("wanted"):
        said = TOLD if talk.slots["got"]["comes"] else NOT_HERE
        talk.put(HandoverNotice(text=talk.text(said, name=wanted["name"]), state="waiting"))
        return
    before = max(0, int(talk.slots["got"]["position"]) - 1)
    text = talk.text(IN_LINE, count=before) if before else talk.text(COMING)
    talk.put(HandoverNotice(text=text, state="waiting"))


def say_closed(talk: Talk) -> None:
    opens = talk.slots["got"]["opens"]
    talk.put(
        HandoverNotice(text=talk.text(CLOSED, opens=opens) if opens else talk.text(CLOSED_FOR_NOW), state="after_hours")
    )


def say_still(talk: Talk) -> None:
    choices = (talk.choice(BROWSE, do="browse"), talk.choice(ORDERS, do="order_status"))
    talk.put(HandoverNotice(text=talk.text(STILL), state="waiting", choices=choices))


def say_still_closed(talk: Talk) -> None:
    opens = talk.slots["got"]["opens"]
    text = talk.text(STILL_CLOSED, opens=opens) if opens else talk.text(CLOSED_FOR_NOW)
    talk.put(HandoverNotice(text=text, state="after_hours", choices=(talk.choice(BROWSE, do="browse"),)))


HUMAN = Flow(
    name="human",
    start="fetch",
    steps={
        "fetch": Do(fetch, {"coming": "coming", "closed": "closed", "still": "still", "still_closed": "still_closed"}),
        "coming": Show(say_coming, "end"),
        "closed": Show(say_closed, "end"),
        "still": Show(say_still, "end"),
        "still_closed": Show(say_still_closed, "end"),
        "end": End(),
    },
)
