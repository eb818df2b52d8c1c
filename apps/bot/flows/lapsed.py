"""A cart that lapsed is taken back: its goods lie in the open one again, at today's prices."""

from ..flow import Branch, Do, End, Flow, Show
from ..poured import poured_notes
from ..talk import Talk
from ..words import words
from .cart import is_empty, say_cart, say_empty

BACK_AGAIN = words("There they are again, at today's prices.")
LINK_VOID = words("Your payment link from before is no good any more; the checkout makes a new one.")
NOTHING_LAPSED = words("There is no older cart of yours to take back.")


def take_back(talk: Talk) -> str:
    talk.slots["came"] = talk.shop.take_back()
    return "none" if "problem" in talk.slots["came"] else "back"


def say_back(talk: Talk) -> None:
    came = talk.slots["came"]
    void = [talk.text(LINK_VOID)] if came["was_due"] else []
    talk.say_text("\n".join([talk.text(BACK_AGAIN), *void, *poured_notes(talk, came)]))


TAKE_BACK = Flow(
    name="take_back",
    start="take",
    steps={
        "take": Do(take_back, {"back": "back", "none": "none"}),
        "back": Show(say_back, "look"),
        "none": Show(lambda talk: talk.say(NOTHING_LAPSED), "look"),
        "look": Branch(is_empty, {"lines": "show", "empty": "empty"}),
        "show": Show(say_cart, "end"),
        "empty": Show(say_empty, "end"),
        "end": End(),
    },
)
