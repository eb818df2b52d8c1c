"""What a colleague did to the cart is undone by the shopper in one tap."""

from ..flow import Branch, Do, End, Flow, Show
from ..talk import Talk
from ..words import words
from .cart import CHANGED, REMOVED, is_empty, say_cart, say_empty

MOVED = words("That has been changed again since. Here is your cart as it is:")
NO_LONGER = words("There are not enough of {title} any more. Here is your cart as it is:")


def put_back(talk: Talk) -> str:
    change = talk.slots.get("change")
    done = talk.shop.put_back(change=int(change) if change else 0)
    talk.slots.update(title=done.get("title", ""), quantity=done.get("quantity", 0))
    return str(done.get("problem") or ("changed" if done["quantity"] else "removed"))


PUT_BACK = Flow(
    name="put_back",
    start="put",
    steps={
        "put": Do(put_back, {"changed": "changed", "removed": "removed", "moved": "moved", "short": "short"}),
        "changed": Show(
            lambda talk: talk.say(CHANGED, title=talk.slots["title"], quantity=talk.slots["quantity"]), "look"
        ),
        "removed": Show(lambda talk: talk.say(REMOVED, title=talk.slots["title"]), "look"),
        "moved": Show(lambda talk: talk.say(MOVED), "look"),
        "short": Show(lambda talk: talk.say(NO_LONGER, title=talk.slots["title"]), "look"),
        "look": Branch(is_empty, {"lines": "show", "empty": "empty"}),
        "show": Show(say_cart, "end"),
        "empty": Show(say_empty, "end"),
        "end": End(),
    },
)
