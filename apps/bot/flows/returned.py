"""After a person: a recap of where things stand, never the middle of an old question."""

from ..answers import main_choices
from ..flow import End, Flow, Show
from ..talk import Talk
from ..words import words
from .orders import SAID, state_of

BACK = words("I am back, {assistant}, the assistant. My colleague has handed over to me.")
CART = words("In your cart: {count} item, {total}.", "In your cart: {count} items, {total}.")
NEXT = words("How shall we go on?")


def recap(talk: Talk) -> None:
    talk.state.waiting, talk.state.notes = "", 0
    for frame in talk.state.stack:
        frame.is_parked = True
    talk.say(BACK)
    cart = talk.shop.cart()
    if cart["count"]:
        talk.say(CART, count=cart["count"], total=cart["subtotal"])
    order = talk.shop.latest_order()
    if order:
        places = {key: order[key] for key in ("total", "carrier", "tracking")}
        talk.say(SAID[state_of(order)], order=order["number"], **places)
    talk.say(NEXT, main_choices(talk))


RETURNED = Flow(name="returned", start="recap", steps={"recap": Show(recap, "end"), "end": End()})
