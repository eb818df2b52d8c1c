"""What goes with a product, and what is like it."""

from functools import partial

from apps.messaging.content import Browse

from ..flow import Branch, Do, End, Flow, Show
from ..talk import Talk
from ..words import label, words
from .browse import card_of, remember
from .wishes import say_which, say_which_none, which

GOES_WITH = words("This goes well with {title}:")
NOTHING_GOES_WITH = words("I have no tip for {title} yet, but these lie beside it:")
INSTEAD = words("Instead of {title}:")
LIKE_IT = words("Much like {title}:")
NOTHING = words("I know of nothing like {title} just now. A colleague may.")
THAT = words("that")
BROWSE = label("Browse products")


def look(talk: Talk, kind: str) -> str:
    product = int(talk.slots["product"])
    known = {item["product"]: item["title"] for item in talk.state.shown}
    found = None if product in known else talk.shop.product(product=product)
    talk.slots["title"] = known.get(product) or (found["title"] if found else talk.text(THAT))
    talk.slots["found"] = talk.shop.related(product=product, kind=kind)
    return "found" if talk.slots["found"]["items"] else "nothing"


def say_related(talk: Talk, kind: str) -> None:
    """The cards, with what they are to the product; from now on they are what is on the screen."""
    found = talk.slots["found"]
    by_merchant, nearest = (GOES_WITH, NOTHING_GOES_WITH) if kind == "goes_with" else (INSTEAD, LIKE_IT)
    talk.state.listing = {}
    remember(talk, found["items"])
    talk.state.focus = {}
    text = talk.text(nearest if found["is_nearest"] else by_merchant, title=talk.slots["title"])
    choices = (talk.choice(BROWSE, style="quiet", do="browse"),)
    talk.put(Browse(text=text, cards=tuple(card_of(talk, item) for item in found["items"]), choices=choices))


def say_nothing(talk: Talk) -> None:
    talk.say(NOTHING, [talk.choice(BROWSE, do="browse"), talk.a_person()], title=talk.slots["title"])


def _flow(name: str, kind: str) -> Flow:
    return Flow(
        name=name,
        start="which",
        steps={
            "which": Do(which, {"found": "look", "several": "several", "none": "none"}),
            "several": Show(partial(say_which, do=name), "end"),
            "none": Show(say_which_none, "end"),
            "look": Branch(partial(look, kind=kind), {"found": "show", "nothing": "nothing"}),
            "show": Show(partial(say_related, kind=kind), "end"),
            "nothing": Show(say_nothing, "end"),
            "end": End(),
        },
    )


GOES_WITH_FLOW = _flow("goes_with", "goes_with")
SIMILAR_FLOW = _flow("similar", "instead")
