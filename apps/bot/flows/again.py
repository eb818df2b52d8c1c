"""The same again: an old order goes into the cart in one message, at today's prices."""

from ..flow import Do, End, Flow, Show
from ..talk import Talk
from ..words import words
from .cart import say_cart
from .orders import BROWSE, say_foreign, say_none

IN_CART = words("What you had in order {order} is in your cart again.")
SOME_IN_CART = words("Here is what I could get of order {order}.")
NONE_LEFT = words("Of order {order} nothing is to be had at the moment, I am sorry.")
GONE = words("Not to be had: {titles}.")
SHORT = words("There are only {left} of {title}.")
REPRICED = words("Some prices have changed since then; these are today's.")


def put(talk: Talk) -> str:
    again = talk.shop.order_again(number=str(talk.slots.get("number") or ""))
    if "problem" in again:
        return str(again["problem"])
    talk.slots["again"] = again
    if not again["there"]:
        return "nothing"
    return "some" if again["short"] or again["gone"] else "all"


def say_all(talk: Talk) -> None:
    _say(talk, [talk.text(IN_CART, order=talk.slots["again"]["number"])])


def say_some(talk: Talk) -> None:
    again = talk.slots["again"]
    short = [talk.text(SHORT, **one) for one in again["short"]]
    gone = [talk.text(GONE, titles=", ".join(again["gone"]))] if again["gone"] else []
    _say(talk, [talk.text(SOME_IN_CART, order=again["number"]), *short, *gone])


def _say(talk: Talk, lines: list[str]) -> None:
    """What became of it, then the whole cart: there may have been other things in it."""
    repriced = [talk.text(REPRICED)] if talk.slots["again"]["is_repriced"] else []
    talk.say_text("\n".join((*lines, *repriced)))
    talk.slots["cart"] = talk.shop.cart()
    say_cart(talk)


def say_nothing(talk: Talk) -> None:
    choices = [talk.choice(BROWSE, style="primary", do="browse"), talk.a_person()]
    talk.say(NONE_LEFT, choices, order=talk.slots["again"]["number"])


ORDER_AGAIN = Flow(
    name="order_again",
    start="put",
    steps={
        "put": Do(put, {"all": "all", "some": "some", "nothing": "nothing", "foreign": "foreign", "none": "none"}),
        "all": Show(say_all, "end"),
        "some": Show(say_some, "end"),
        "nothing": Show(say_nothing, "end"),
        "foreign": Show(say_foreign, "end"),
        "none": Show(say_none, "end"),
        "end": End(),
    },
)
