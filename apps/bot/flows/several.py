"""Several goods named in one message: each goes into the cart with its number, one after another, asked about where needed."""

from typing import Any

from apps.messaging.content import Choice

from ..flow import Ask, Branch, Do, End, Flow, Show
from ..naming import names, one_named
from ..pointing import named_words
from ..reading import Reading, wish_of
from ..talk import Talk
from ..words import label, words
from .browse import price_words, remember

WHICH = words("{what}: which of these shall it be?")
WHICH_AGAIN = words("Please choose one of these for {what}; its name or its number will do.")
WHICH_EXAMPLE = words('For {what} say "{example}", for example, or leave it out.')
WHICH_SHORT = words("Which one for {what}?")
NONE = words("For {what} I found nothing, so it is not in your cart.")
NONE_OF_THESE = label("None of these")


def look(talk: Talk) -> str:
    """Is the next thing on the list one that we know, one of several, or none?"""
    if not talk.slots["wants"]:
        return "done"
    want = talk.slots["wants"][0]
    talk.slots.pop("picked", None)
    page = talk.shop.find(text=want["said"], filters=want["filters"], offset=0)
    if not page["items"] and want["filters"]:
        page = talk.shop.find(text=want["said"], filters={}, offset=0)
    talk.slots["what"] = f"{want['quantity']} × {want['name']}"
    if named := one_named(want["said"], page):
        talk.slots["picked"] = named["product"]
        return "one"
    called_so = [item for item in page["items"] if names(want["said"].split(), item["title"])]
    items = called_so or page["items"]
    if not items or page["is_loose"]:
        return "none"
    facts = ("product", "title", "colours")
    talk.slots["items"] = [{**{key: item[key] for key in facts}, "price": price_words(talk, item)} for item in items]
    remember(talk, items)
    return "several"


def choices(talk: Talk) -> list[Choice]:
    return [
        talk.choice(item["title"], description=item["price"], do="slot", slot="picked", value=item["product"])
        for item in talk.slots["items"]
    ]


def places(talk: Talk) -> dict[str, str]:
    return {"what": talk.slots["what"], "example": talk.slots["items"][0]["title"]}


def parse(talk: Talk, reading: Reading) -> int | None:
    """By its place, by what is pointed at, by the colour that only one of them has, or by a name, also of one not shown."""
    items: list[dict[str, Any]] = talk.slots["items"]
    place, colour = reading.reference, reading.slots.get("colour")
    in_colour = [number for number, item in enumerate(items) if colour and colour in item["colours"]]
    if place is None and len(in_colour) == 1 and not named_words(talk, reading, "details"):
        place = in_colour[0]
    if place is not None and place < len(items):
        talk.slots["wants"][0]["chosen"].update(wish_of(reading))
        return int(items[place]["product"])
    said = named_words(talk, reading, "add")
    if not said or len(talk.shop.called(words=said)) != len(said):
        return None
    named = one_named(" ".join(said), talk.shop.find(text=" ".join(said), filters={}, offset=0))
    return int(named["product"]) if named else None


def take(talk: Talk) -> str:
    """Into the cart with it, or past it where it was left out; the rest of the list follows, then what was said besides."""
    want, *rest = talk.slots["wants"]
    following: dict[str, Any] | None = talk.slots.pop("then", None)
    if rest:
        then = {"then": following} if following else {}
        following = {"flow": "several", "slots": {"wants": rest, **then}}
    if not talk.slots.get("picked"):
        talk.next_flow = following
        return "taken"
    more = {"then": following} if following else {}
    chosen = {"product": talk.slots["picked"], "chosen": want["chosen"], "quantity": want["quantity"]}
    talk.next_flow = {"flow": "add", "slots": {**chosen, **more}}
    return "taken"


SEVERAL = Flow(
    name="several",
    title=words("the rest of your list"),
    start="look",
    steps={
        "look": Branch(look, {"one": "take", "several": "which", "none": "none", "done": "end"}),
        "which": Ask(
            slot="picked",
            prompts=(WHICH, WHICH_AGAIN, WHICH_EXAMPLE),
            short=WHICH_SHORT,
            parse=parse,
            next="take",
            choices=choices,
            skip=NONE_OF_THESE,
            values=places,
        ),
        "none": Show(lambda talk: talk.say(NONE, what=talk.slots["what"]), "take"),
        "take": Do(take, {"taken": "end"}),
        "end": End(),
    },
)
