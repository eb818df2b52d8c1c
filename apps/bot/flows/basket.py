"""Goods that were put together in a platform's own catalogue: taken into the cart at our prices, each difference named."""

from typing import Any

from apps.carts.actions import MAX_QUANTITY

from ..flow import Do, End, Flow, Show
from ..talk import Talk
from ..words import words
from .cart import BROWSE, say_cart

TAKEN = words("Thank you, what you chose in the catalogue is in your cart. Nothing is ordered yet.")
NOTHING = words("Thank you. I could not put anything you chose in the catalogue into your cart.")
COSTS = words("{title} costs {price}, not {told} as the catalogue had it.")
ONLY = words("Only {left} of {title} are left.")
LIMITED = words("More than {left} of one thing do not go into an order: {titles}.")
SOLD_OUT = words("Sold out just now: {titles}.")
NO_ROOM = words("There was no more room in the cart for {titles}.")
NOT_SOLD = words("Not for sale any more: {titles}.")
HOW_MANY = words("How many would you like? No number came with {titles}, so I left it out.")
UNKNOWN = words("I know no goods with this number: {articles}.")
NOTE = words('You also wrote: "{note}". That stays in this chat. If somebody should see to it first, ask for a person.')


def take(talk: Talk) -> str:
    came = talk.shop.take_basket(rows=talk.slots.pop("rows"))
    talk.slots["came"] = came
    return "taken" if came["taken"] else "nothing"


def differences(talk: Talk, came: dict[str, Any]) -> list[str]:
    """Every way in which the cart is not what was chosen, a sentence each."""
    said = [talk.text(COSTS, **priced) for priced in came["priced"]]
    said += [talk.text(ONLY, **short) for short in came["short"]]
    if came["limited"]:
        said.append(talk.text(LIMITED, titles=", ".join(came["limited"]), left=MAX_QUANTITY))
    for key, sentence in (("sold_out", SOLD_OUT), ("full", NO_ROOM), ("gone", NOT_SOLD), ("uncounted", HOW_MANY)):
        if came[key]:
            said.append(talk.text(sentence, titles=", ".join(came[key])))
    if came["unknown"]:
        said.append(talk.text(UNKNOWN, articles=", ".join(came["unknown"])))
    return said


def say_taken(talk: Talk) -> None:
    talk.say_text("\n".join([talk.text(TAKEN), *differences(talk, talk.slots["came"]), *_note(talk)]))
    talk.slots["cart"] = talk.shop.cart()
    say_cart(talk)
    if talk.slots.get("note"):
        talk.offer(talk.a_person())


def say_nothing(talk: Talk) -> None:
    text = "\n".join([talk.text(NOTHING), *differences(talk, talk.slots["came"]), *_note(talk)])
    talk.say_text(text, [talk.choice(BROWSE, style="primary", do="browse"), talk.a_person()])


def _note(talk: Talk) -> list[str]:
    """What was written beside it, and asks nothing."""
    return [talk.text(NOTE, note=talk.slots["note"])] if talk.slots.get("note") else []


BASKET = Flow(
    name="basket",
    start="take",
    steps={
        "take": Do(take, {"taken": "taken", "nothing": "nothing"}),
        "taken": Show(say_taken, "end"),
        "nothing": Show(say_nothing, "end"),
        "end": End(),
    },
)
