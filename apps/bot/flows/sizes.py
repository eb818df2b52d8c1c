"""Which size has which measures: the table of the product in view, as plain lines, with its sizes to tap."""

from typing import Any

from apps.messaging.content import Choice

from ..flow import Branch, Do, End, Flow, Show
from ..talk import Talk
from ..words import label, words
from .wishes import which

MEASURES = words("{name}, in {unit}:")
UNITS = {"cm": words("cm"), "in": words("inches")}
WHICH_GUIDE = words("Sizes of what?")
NO_GUIDE = words("I have no size table for that yet. A colleague gladly helps you choose.")
BROWSE = label("Browse products")
ARTICLE = "size"  # the topic of the shop's general answer
MOST_SIZES = 8


def table_of(talk: Talk, guide: dict[str, Any]) -> str:
    """A line for each size, every measure by its name: it reads on any screen."""
    lines = [talk.text(MEASURES, name=guide["name"], unit=talk.text(UNITS[guide["unit"]]))]
    for size, *values in guide["rows"]:
        said = ", ".join(f"{name} {value}" for name, value in zip(guide["measures"], values, strict=False))
        lines.append(f"{size}: {said}")
    return "\n".join([*lines, *([guide["note"]] if guide["note"] else [])])


def wanted(talk: Talk) -> str:
    if talk.slots.get("any"):  # from the menu, whatever is in view
        return "any"
    return "guide" if talk.slots.get("guide") else "product"


def look(talk: Talk) -> str:
    asked = {"guide": int(talk.slots["guide"])} if talk.slots.get("guide") else {"product": int(talk.slots["product"])}
    talk.slots["table"] = talk.shop.size_guide(**asked)
    return "found" if talk.slots["table"] else "none"


def sizes_to_tap(talk: Talk) -> list[Choice]:
    """The sizes of the product that are in stock; none where the question under way offers them itself."""
    under = talk.state.stack[-2] if len(talk.state.stack) > 1 else None
    if not talk.slots.get("product") or (under is not None and not under.is_parked and under.flow == "add"):
        return []
    product = int(talk.slots["product"])
    found = talk.shop.product(product=product) or {"choices": [], "variants": []}
    left = {variant["keys"].get("size") for variant in found["variants"] if variant["stock"] != 0}
    values = [value for option in found["choices"] if option["kind"] == "size" for value in option["values"]]
    chosen = talk.slots.get("chosen") or {}
    return [
        talk.choice(value["label"], do="show", product=product, chosen={**chosen, "size": value["key"]})
        for value in values
        if value["key"] in left
    ][:MOST_SIZES]


def say_table(talk: Talk) -> None:
    talk.say_text(table_of(talk, talk.slots["table"]), sizes_to_tap(talk))


def which_guide(talk: Talk) -> str:
    talk.slots["guides"] = talk.shop.size_guides()
    return "some" if talk.slots["guides"] else "none"


def say_which_guide(talk: Talk) -> None:
    choices = [talk.choice(row["name"], do="size_guide", guide=row["guide"]) for row in talk.slots["guides"]]
    talk.say(WHICH_GUIDE, [*choices, talk.a_person()])


def say_none(talk: Talk) -> None:
    """The shop's general answer about sizes, where it has one."""
    if talk.shop.article(topic=ARTICLE):
        talk.next_flow = {"flow": "article", "slots": {"topic": ARTICLE}}
        return
    talk.say(NO_GUIDE, [talk.choice(BROWSE, do="browse"), talk.a_person()])


SIZE_GUIDE = Flow(
    name="size_guide",
    start="wanted",
    steps={
        "wanted": Branch(wanted, {"guide": "look", "product": "which", "any": "guides"}),
        "which": Do(which, {"found": "look", "several": "guides", "none": "guides"}),
        "guides": Branch(which_guide, {"some": "ask", "none": "none"}),
        "ask": Show(say_which_guide, "end"),
        "look": Branch(look, {"found": "say", "none": "none"}),
        "say": Show(say_table, "end"),
        "none": Show(say_none, "end"),
        "end": End(),
    },
    is_aside=True,
)
