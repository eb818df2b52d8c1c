"""Which ways of delivery there are, asked before there is an address to send anything to."""

from ..flow import Branch, End, Flow, Show
from ..offers import FREE
from ..talk import Talk
from ..words import label, words

WAYS = words("This is how we deliver to {country}:")
FOR_YOUR_CART = words("The price is for your cart as it is; the order's summary has the last word.")
FREE_FROM = words("free from {amount}")
NOT_THERE = words("I am sorry, we do not deliver to {country} yet.")
NO_WAYS = words("I cannot name a way of delivery just now. A person can.")
ELSEWHERE = words("Somewhere else? Tell me the address when you order, and I name the ways that go there.")
BROWSE = label("Browse products")
MOST = 8


def look(talk: Talk) -> str:
    talk.slots["found"] = talk.shop.ways_home(text=talk.heard)
    if talk.slots["found"]["ways"]:
        return "some"
    return "not_there" if talk.slots["found"]["is_named"] else "none"


def say_ways(talk: Talk) -> None:
    found = talk.slots["found"]
    lines = [_line(talk, way) for way in found["ways"][:MOST]]
    said = (
        "\n".join((talk.text(WAYS, country=found["country"]), *lines)),
        talk.text(FOR_YOUR_CART),
        talk.text(ELSEWHERE),
    )
    talk.say_text("\n\n".join(said), [talk.choice(BROWSE, do="browse"), talk.a_person()])


def say_not_there(talk: Talk) -> None:
    choices = [talk.choice(BROWSE, do="browse"), talk.a_person()]
    talk.say(NOT_THERE, choices, country=talk.slots["found"]["country"])


def _line(talk: Talk, way: dict[str, str]) -> str:
    """ "Standard · €4.90 (free from €50.00) · 3 – 5 Dec"."""
    price = way["price"] or talk.text(FREE)
    if way["price"] and way["free_from"]:
        price += f" ({talk.text(FREE_FROM, amount=way['free_from'])})"
    return f"{way['name']} · {price} · {_between(way['earliest'], way['latest'])}"


def _between(earliest: str, latest: str) -> str:
    return earliest if earliest == latest else f"{earliest} – {latest}"


DELIVERY = Flow(
    name="delivery",
    start="look",
    steps={
        "look": Branch(look, {"some": "say", "none": "none", "not_there": "not_there"}),
        "say": Show(say_ways, "end"),
        "not_there": Show(say_not_there, "end"),
        "none": Show(lambda talk: talk.say(NO_WAYS, [talk.a_person()]), "end"),
        "end": End(),
    },
    is_aside=True,
)
