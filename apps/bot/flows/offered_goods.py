"""Goods that somebody put together in a link: shown, and taken into the shopper's own cart when they say so."""

from ..flow import Do, End, Flow, Show
from ..talk import Talk
from ..words import label, words
from .cart import BROWSE

OFFERED = words("This was put together for you:")
TAKE_IT = words("Shall I put it into your cart?")
TAKEN = words("Done, it is in your cart.")
MISSING = words("Not in the number you see in the link, or gone by now: {titles}.")
NONE_LEFT = words("Those goods are not to be had any more. I am happy to show you what we have now:")
TAKE = label("Yes, put it in")


def offer(talk: Talk) -> None:
    text = "\n".join([talk.text(OFFERED), *talk.slots["lines"], "", talk.text(TAKE_IT)])
    take = talk.choice(TAKE, style="primary", do="take_goods", entry=talk.slots["entry"])
    talk.say_text(text, [take, talk.choice(BROWSE, do="browse"), talk.a_person()])


def take(talk: Talk) -> str:
    came = talk.shop.take_goods(entry=str(talk.slots["entry"]))
    talk.slots["missing"] = came.get("missing", [])
    return str(came.get("problem", "taken"))


def say_taken(talk: Talk) -> None:
    """What became of it, above the cart as it is now."""
    missing = talk.slots["missing"]
    talk.say_text("\n".join([talk.text(TAKEN), *([talk.text(MISSING, titles=", ".join(missing))] if missing else [])]))
    talk.next_flow = {"flow": "cart", "slots": {}}


def say_gone(talk: Talk) -> None:
    talk.say(NONE_LEFT, [talk.choice(BROWSE, do="browse"), talk.a_person()])


OFFERED_GOODS = Flow(name="offered_goods", start="offer", steps={"offer": Show(offer, "end"), "end": End()})
TAKE_GOODS = Flow(
    name="take_goods",
    start="take",
    steps={
        "take": Do(take, {"taken": "taken", "gone": "gone"}),
        "taken": Show(say_taken, "end"),
        "gone": Show(say_gone, "end"),
        "end": End(),
    },
)
