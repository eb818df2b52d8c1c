"""How it shall come: the ways that go there and carry it."""

import re
from decimal import Decimal

from rapidfuzz.distance import OSA

from apps.messaging.content import Choice
from apps.nlu.text import HAN, fold

from ..offers import FREE
from ..reading import Reading
from ..talk import Talk
from ..words import label, words
from .address import OTHER_ADDRESS

ASK_DELIVERY = words("How shall it come?")
ASK_DELIVERY_AGAIN = words("Please choose one of these ways; the number is enough.")
ASK_DELIVERY_EXAMPLE = words('Tap one, or write for example "{example}".')
ASK_DELIVERY_SHORT = words("Back to your order: how shall it come?")
NO_DELIVERY = words(
    "I am sorry, we do not deliver to this address ({country}) yet. Do you have another one? A person can help, too."
)
TOO_HEAVY = words(
    "I am sorry, all this together is too heavy for {ways}. Take something out of your cart or order it in two parts; a "
    "person can help, too."
)
CARRIES = words("{name} (up to {most})")
THE_CART = label("Cart")
FASTEST = re.compile(r"fastest|quickest|soonest|schnellste|mas rapid|最快")
WAY_OBSTACLES = frozenset({"no_delivery", "delivery_elsewhere", "too_heavy", "no_point"})


def ways(talk: Talk) -> str:
    """Which delivery ways go there; a single one is taken without asking."""
    if not talk.slots["cart"]["needs_delivery"]:
        return "nowhere"
    answer = talk.shop.deliveries(address=int(talk.slots["to"]["id"]))
    found = answer["ways"]
    talk.slots["ways"] = found
    if not found and answer["heavy"]:
        talk.slots["heavy"] = answer["heavy"]
        return "heavy"
    if not found:
        talk.slots["country"] = answer["country"]
        for slot in ("same", "address", "town", "known"):
            talk.slots.pop(slot, None)
        return "none"
    if len(found) == 1:
        talk.slots["method"] = found[0]["method"]
        return "one"
    return "one" if talk.slots.get("method") in [way["method"] for way in found] else _ask_way(talk)


def say_no_way(talk: Talk) -> None:
    talk.say(NO_DELIVERY, [talk.a_person()], country=talk.slots.get("country", ""))


def say_too_heavy(talk: Talk) -> None:
    """Which ways there would be, how much each carries, and what can be done."""
    carriers = ", ".join(talk.text(CARRIES, name=way["name"], most=way["most"]) for way in talk.slots["heavy"])
    choices = [
        talk.choice(THE_CART, style="primary", do="edit_cart"),
        talk.choice(OTHER_ADDRESS, do="checkout"),
        talk.a_person(),
    ]
    talk.say(TOO_HEAVY, choices, ways=carriers)


def _ask_way(talk: Talk) -> str:
    talk.slots.pop("method", None)
    return "many"


def _between(earliest: str, latest: str) -> str:
    return earliest if earliest == latest else f"{earliest} – {latest}"


def way_choices(talk: Talk) -> list[Choice]:
    return [
        talk.choice(
            f"{way['name']} · {way['price'] or talk.text(FREE)}",
            description=_between(way["earliest"], way["latest"]),
            do="slot",
            slot="method",
            value=way["method"],
        )
        for way in talk.slots.get("ways", ())[:8]
    ]


def parse_way(talk: Talk, reading: Reading) -> int | None:
    ordinal = reading.slots.get("ordinal")
    if ordinal and 0 < ordinal <= len(talk.slots["ways"]):
        return int(talk.slots["ways"][ordinal - 1]["method"])
    if best := _best(talk, reading):
        return best
    named = [way["method"] for way in talk.slots["ways"] if way["name"].casefold() in reading.text.casefold()]
    if len(named) == 1:
        return int(named[0])
    said = {word for word in reading.folded.split() if len(word) > 3 or HAN.search(word)}
    fitting = [  # "Standard" is enough for "Standardversand"
        way["method"]
        for way in talk.slots["ways"]
        if any(
            part.startswith(word) or OSA.distance(word, fold(part), score_cutoff=1) <= 1
            for word in said
            for part in way["name"].casefold().split()
        )
    ]
    return int(fitting[0]) if len(fitting) == 1 else None


def _best(talk: Talk, reading: Reading) -> int | None:
    """ "The cheapest", "the fastest": None where neither is asked for."""
    if reading.slots.get("compare") == "cheaper":
        return int(min(talk.slots["ways"], key=lambda way: Decimal(way["amount"]))["method"])
    if FASTEST.search(reading.folded):
        return int(min(talk.slots["ways"], key=lambda way: way["last_day"])["method"])
    return None


def way_places(talk: Talk) -> dict[str, str]:
    return {"example": talk.slots["ways"][0]["name"]}
