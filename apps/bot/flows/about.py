"""A question about the thing in view, answered out of its own text, its table of sizes, or not at all."""

from typing import Any

from ..flow import Branch, End, Flow, Show
from ..goods_questions import sentences_about
from ..talk import Talk
from ..words import words
from .cart import BROWSE
from .product import say_gone

IT_SAYS = words("About {title} I know this: {text}")
UNKNOWN = words("That is not in what I know about {title}. A colleague can tell you.")
WHICH = words("Which one is it about? Name it, or look for it first.")
UNKNOWN_PASSED_ON = words(
    "That is not in what I know about {title}. Your question stays here, and the colleague who comes will tell you."
)
SIZES = "size"  # the topic of the shop's general answer


def look(talk: Talk) -> str:
    """What is told: its own words; of its fit also the table of sizes, or what the shop says of all its sizes."""
    if not talk.slots["product"]:
        return "which"
    found = talk.shop.product(product=int(talk.slots["product"]))
    if found is None:
        return "gone"
    topic = talk.slots.get("topic", "")
    talk.slots["title"] = found["title"]
    guide = talk.shop.size_guide(product=int(talk.slots["product"])) if topic == "fit" else None
    texts = [found["description"] or "", guide["note"] if guide else ""]
    said = [sentences_about(text, topic, str(talk.slots.get("text", ""))) for text in texts]
    talk.slots["found"] = " ".join(part for part in said if part)
    if talk.slots["found"]:
        return "told"
    return _sizes(talk, guide) if topic == "fit" else "unknown"


def _sizes(talk: Talk, guide: dict[str, Any] | None) -> str:
    if guide is not None:
        talk.next_flow = {"flow": "size_guide", "slots": {"product": int(talk.slots["product"])}}
        return "elsewhere"
    if talk.shop.article(topic=SIZES):
        talk.next_flow = {"flow": "article", "slots": {"topic": SIZES}}
        return "elsewhere"
    return "unknown"


def say_it(talk: Talk) -> None:
    person = [] if talk.state.waiting else [talk.a_person()]
    talk.say(IT_SAYS, person, title=talk.slots["title"], text=talk.slots["found"])


def say_unknown(talk: Talk) -> None:
    if talk.state.waiting:
        talk.say(UNKNOWN_PASSED_ON, title=talk.slots["title"])
    else:
        talk.say(UNKNOWN, [talk.a_person()], title=talk.slots["title"])


def ask_which(talk: Talk) -> None:
    talk.say(WHICH, [talk.choice(BROWSE, do="browse"), talk.a_person()])


ABOUT = Flow(
    name="about",
    start="look",
    steps={
        "look": Branch(
            look, {"told": "say", "elsewhere": "end", "unknown": "unknown", "gone": "gone", "which": "which"}
        ),
        "say": Show(say_it, "end"),
        "unknown": Show(say_unknown, "end"),
        "gone": Show(say_gone, "end"),
        "which": Show(ask_which, "end"),
        "end": End(),
    },
    is_aside=True,
)
