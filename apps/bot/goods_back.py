"""Which of the goods go back: the order they came with, which of its lines, how many of each."""

from typing import Any

from apps.messaging.content import Choice
from apps.nlu.text import HAN

from .query import query_of
from .reading import Reading
from .reasons import ASKED, reason_in
from .talk import Talk
from .words import label, words

WHICH_ORDER = words("Which order is it about?")
WHICH_ORDER_AGAIN = words("I mean the order the goods came with. Which one?")
WHICH_ORDER_EXAMPLE = words("Please choose it from the list, or type its number as it stands in your confirmation.")
WHICH_ORDER_SHORT = words("And which order?")
WHICH_LINE = words("Which of these is it?")
WHICH_LINE_AGAIN = words("Please tell me what it is, by its name or its place in the list.")
WHICH_LINE_EXAMPLE = words('For example "the second one", or "everything".')
WHICH_LINE_SHORT = words("And which of the goods?")
HOW_MANY = words("How many of them? There are {left}.")
HOW_MANY_AGAIN = words("A number from 1 to {left}, please.")
HOW_MANY_EXAMPLE = words('For example "1". At most {left} are possible.')
HOW_MANY_SHORT = words("And how many?")
MORE = words("Noted: {goods}. Anything else from this order?")
MORE_AGAIN = words("Is there anything else to add, or is that all?")
MORE_EXAMPLE = words('Choose what to add, or say "that is all".')
MORE_SHORT = words("Anything else from this order?")
EVERYTHING = label("Everything")
THAT_IS_ALL = label("That is all")
_ALL = "all everything alles alle todo toda todos todas 全部 都 全都 所有"
_NO_MORE = "no nothing none nope that is all nein nichts das war alles nada eso es todo 没有 没了 就这些 不用"
ALL_OF_IT = frozenset(_ALL.split())
NO_MORE = frozenset(_NO_MORE.split())


def find(talk: Talk) -> str:
    """Which orders have something to send back; of several one has to be chosen."""
    found = talk.shop.returnable(kind=talk.slots["kind"], number=str(talk.slots.get("number", "")))
    orders = found["orders"]
    talk.slots["orders"] = orders
    if not orders:
        return str(found["why"])
    if len(orders) > 1:
        named = [order for order in orders if _names(order["goods"], str(talk.slots.get("text", "")))]
        if len(named) != 1:
            return "several"
        orders = named
    talk.slots["found"], talk.slots["number"] = orders[0], orders[0]["number"]
    return "one"


def _names(goods: str, text: str) -> bool:
    """Whether these words speak of these goods."""
    said = set(query_of(text).split())
    known = set(query_of(goods).split())
    return bool(said & known) or (bool(HAN.search(goods)) and any(w in goods for w in said if len(w) > 1))


def order_choices(talk: Talk) -> list[Choice]:
    return [
        talk.choice(order["number"], description=order["goods"], do="slot", slot="number", value=order["number"])
        for order in talk.slots["orders"]
    ]


def parse_order(talk: Talk, reading: Reading) -> str | None:
    orders = talk.slots["orders"]
    said = reading.text.upper().replace(" ", "")
    fitting = [order for order in orders if order["number"] in said or _names(order["goods"], reading.text)]
    return str(fitting[0]["number"]) if len(fitting) == 1 else None


def lines_of(talk: Talk) -> list[dict[str, Any]]:
    return list(talk.slots["found"]["lines"])


def line_of(talk: Talk) -> dict[str, Any]:
    return next(line for line in lines_of(talk) if line["line"] == talk.slots["line"])


def choose_lines(talk: Talk) -> str:
    """One piece needs no question; what was named at the start needs none either."""
    lines = lines_of(talk)
    talk.slots.setdefault("picked", {})
    named = [line for line in lines if _names(line["title"], str(talk.slots.get("text", "")))]
    if reason := reason_in(str(talk.slots.get("text", ""))):
        talk.slots.setdefault("reason", reason if reason in ASKED[talk.slots["kind"]] else "other")
    only = lines[0] if len(lines) == 1 else named[0] if len(named) == 1 else None
    if only is None:
        return "ask"
    talk.slots.setdefault("line", only["line"])
    talk.slots["is_named"] = True
    return "chosen"


def line_choices(talk: Talk) -> list[Choice]:
    lines = lines_of(talk)
    choices = [talk.choice(line["title"], do="slot", slot="line", value=line["line"]) for line in lines]
    if talk.slots["kind"] != "exchange" and len(lines) > 1:
        choices.append(talk.choice(EVERYTHING, do="slot", slot="line", value="all"))
    return choices


def parse_line(talk: Talk, reading: Reading) -> int | str | None:
    return line_named(talk, reading, lines_of(talk))


def line_named(talk: Talk, reading: Reading, lines: list[dict[str, Any]]) -> int | str | None:
    """The one these words tell from the others; a number said along is how many."""
    said = set(reading.folded.split())
    if talk.slots["kind"] != "exchange" and (said & ALL_OF_IT or "全" in reading.text):
        return "all"
    fitting = [line for line in lines if _names(line["title"], reading.text)]
    if len(fitting) != 1:
        return None
    quantity = reading.slots.get("quantity")
    if quantity and 1 <= int(quantity) <= fitting[0]["left"]:
        talk.slots["count"] = int(quantity)
    return int(fitting[0]["line"])


def count_line(talk: Talk) -> str:
    if talk.slots["line"] == "all":
        talk.slots["picked"] = {str(line["line"]): line["left"] for line in lines_of(talk)}
        return "all"
    if line_of(talk)["left"] == 1:
        talk.slots["count"] = 1
    return "counted" if talk.slots.get("count") else "ask"


def count_choices(talk: Talk) -> list[Choice]:
    most = min(line_of(talk)["left"], 9)
    return [talk.choice(str(n), do="slot", slot="count", value=n) for n in range(1, most + 1)]


def parse_count(talk: Talk, reading: Reading) -> int | None:
    if set(reading.folded.split()) & ALL_OF_IT:
        return int(line_of(talk)["left"])
    number = reading.slots.get("number") or reading.slots.get("quantity")
    return int(number) if number and 1 <= int(number) <= line_of(talk)["left"] else None


def left_values(talk: Talk) -> dict[str, Any]:
    return {"left": line_of(talk)["left"]}


def note_line(talk: Talk) -> str:
    """Put it with the others; whatever is left of the order may follow."""
    line = line_of(talk)
    count = min(int(talk.slots["count"]), line["left"])
    talk.slots["picked"] = {**talk.slots.get("picked", {}), str(line["line"]): count}
    if talk.slots["kind"] == "exchange" or talk.slots.get("is_named"):
        return "enough"
    return "more" if others(talk) else "enough"


def others(talk: Talk) -> list[dict[str, Any]]:
    return [line for line in lines_of(talk) if str(line["line"]) not in talk.slots["picked"]]


def more_choices(talk: Talk) -> list[Choice]:
    done = talk.choice(THAT_IS_ALL, style="primary", do="slot", slot="more", value="done")
    rest = [talk.choice(line["title"], do="slot", slot="more", value=line["line"]) for line in others(talk)]
    return [done, *rest]


def parse_more(talk: Talk, reading: Reading) -> int | str | None:
    named = line_named(talk, reading, others(talk))
    said = set(reading.folded.split())
    is_no = bool(said - ALL_OF_IT) and (said <= NO_MORE or any(HAN.search(w) and w in reading.text for w in NO_MORE))
    return "done" if is_no else named


def add_more(talk: Talk) -> str:
    more = talk.slots["more"]
    if more == "done":
        return "done"
    if more == "all":
        talk.slots["picked"] = {str(line["line"]): line["left"] for line in lines_of(talk)} | talk.slots["picked"]
        return "done"
    for name in ("more", "count"):
        talk.slots.pop(name, None)
    talk.slots["line"] = more
    return "another"


def goods_of(talk: Talk) -> str:
    titles = {str(line["line"]): line["title"] for line in lines_of(talk)}
    return ", ".join(f"{count} × {titles[pk]}" for pk, count in talk.slots["picked"].items() if pk in titles)


def picked(talk: Talk) -> list[list[int]]:
    return [[int(pk), count] for pk, count in talk.slots["picked"].items()]
