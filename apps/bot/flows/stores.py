"""Where the shop's own stores are: the nearest to where the shopper is, when they are open, and whether the cart can be
picked up there. A place shared without a word asks the same."""

from typing import Any

from apps.messaging.content import Choice

from ..checkout.point import parse_place
from ..flow import Ask, Branch, End, Flow, Show
from ..talk import Talk
from ..words import Words, label, words
from .browse import MORE
from .cart import BROWSE, CHECKOUT

STORES_ARE = words("Here you find us:")
NEAREST_ARE = words("These stores are nearest to you:")
FURTHER_ARE = words("And further off:")
CANNOT_MEASURE = words("I cannot measure from that place. Here you find us:")
AWAY = words("{name}, {distance} from you")
OPEN = words("Open: {hours}")
PICKS_UP = words("You can pick up your cart here.")
NO_PICK_UP = words("Your cart cannot be picked up here.")
ASK_PLACE = words("Share your location, or write a postcode: then I tell you which store is nearest.")
ASK_PLACE_AGAIN = words("Where are you? Share your location, or write the postcode there.")
ASK_PLACE_EXAMPLE = words("Just the postcode is enough. Or ask for a person.")
ASK_PLACE_SHORT = words("Back to our stores: share your location, or write a postcode.")
SHARE = words("Share your location, and I tell you which is nearest.")
NO_STORES = words("We have no store to visit; everything is here in the chat and comes by parcel.")
NEAREST_ONE = label("Nearest store")


def _wish(talk: Talk) -> dict[str, Any]:
    """From where, by a message or by a postcode, and after how many others."""
    asked = {**talk.slots, **(talk.slots.get("place") or {})}
    return {"here": asked.get("here", ""), "postcode": asked.get("near", ""), "skip": int(asked.get("skip", 0))}


def look(talk: Talk) -> str:
    slots = talk.slots
    slots["found"] = talk.shop.stores(**_wish(talk))
    if slots["found"]["stores"]:
        return "some"
    if talk.shop.article(topic="company"):
        talk.next_flow = {"flow": "article", "slots": {"topic": "company"}}
        return "elsewhere"
    return "none"


def say_stores(talk: Talk) -> None:
    found = talk.slots["found"]
    head = talk.text(_head(talk))
    parts = [head, *(_told(talk, store) for store in found["stores"])]
    if found["asks"] and not found["is_here"]:
        parts.append(talk.text(SHARE))
    talk.say_text("\n\n".join(parts), _choices(talk))


def _head(talk: Talk) -> Words:
    wish = _wish(talk)
    if wish["skip"]:
        return FURTHER_ARE
    if talk.slots["found"]["is_here"]:
        return NEAREST_ARE
    return CANNOT_MEASURE if wish["here"] else STORES_ARE


def _told(talk: Talk, store: dict[str, str]) -> str:
    """A store in a few lines: how far, where, when, and the cart."""
    name = store["name"]
    lines = [
        talk.text(AWAY, name=name, distance=store["distance"]) if store["distance"] else name,
        store["address"],
        talk.text(OPEN, hours=store["hours"]) if store["hours"] else "",
        talk.text(PICKS_UP if store["picks_up"] == "yes" else NO_PICK_UP) if store["picks_up"] else "",
    ]
    return "\n".join(line for line in lines if line)


def _choices(talk: Talk) -> list[Choice]:
    found, wish = talk.slots["found"], _wish(talk)
    offered = []
    if found["more"]:
        further = {"here": wish["here"], "near": wish["postcode"], "skip": wish["skip"] + len(found["stores"])}
        offered.append(talk.choice(MORE, do="stores", **further))
    if found["asks"] and not found["is_here"]:
        offered.append(talk.choice(NEAREST_ONE, style="primary", do="nearest_store"))
    if any(store["picks_up"] == "yes" for store in found["stores"]):
        offered.append(talk.choice(CHECKOUT, do="checkout"))
    return [*offered, talk.choice(BROWSE, style="quiet", do="browse"), talk.a_person()]


def say_none(talk: Talk) -> None:
    talk.say(NO_STORES, [talk.choice(BROWSE, do="browse"), talk.a_person()])


STORES = Flow(
    name="stores",
    start="look",
    steps={
        "look": Branch(look, {"some": "say", "elsewhere": "end", "none": "none"}),
        "say": Show(say_stores, "end"),
        "none": Show(say_none, "end"),
        "end": End(),
    },
    is_aside=True,
)
NEAREST_STORE = Flow(
    name="nearest_store",
    start="ask",
    steps={
        "ask": Ask(
            slot="place", prompts=(ASK_PLACE, ASK_PLACE_AGAIN, ASK_PLACE_EXAMPLE), short=ASK_PLACE_SHORT, parse=parse_place,
            next="look", what="location", takes_place=True,
        ),
        "look": Branch(look, {"some": "say", "elsewhere": "end", "none": "none"}),
        "say": Show(say_stores, "end"),
        "none": Show(say_none, "end"),
        "end": End(),
    },
    is_aside=True,
)  # fmt: skip
