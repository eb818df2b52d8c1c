"""After a person: a recap of where things stand, never the middle of an old question."""

from ..answers import main_choices
from ..flow import End, Flow, Show
from ..talk import Talk
from ..words import words
from .orders import told

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
        talk.say_text(told(talk, order))
    talk.say(NEXT, main_choices(talk))


RETURNED = Flow(name="returned", start="recap", steps={"recap": Show(recap, "end"), "end": End()})
