"""Which pick-up point it shall go to, where the way ends at one."""

import re

from apps.messaging.content import Choice

from ..reading import Reading
from ..talk import Talk
from ..words import words

ASK_POINT = words("Which pick-up point shall it go to? These are near {postcode}; another postcode works, too.")
ASK_POINT_AGAIN = words("Please choose one of these points, or tell me another postcode.")
ASK_POINT_EXAMPLE = words('Its number is enough, for example "1". For others write a postcode such as {postcode}.')
ASK_POINT_SHORT = words("Back to your order: which pick-up point shall it go to?")
POINT_CLOSED = words("That pick-up point takes no parcels any more. Please choose another one.")
POSTCODE = re.compile(r"(?<!\d)\d{4,6}(?!\d)|\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b")


def points(talk: Talk) -> str:
    """Does this way go to a point, and which? A postcode instead of a point shows the points there."""
    slots = talk.slots
    said = slots.pop("point", None)
    near = said["near"] if isinstance(said, dict) else ""
    answer = talk.shop.pickup_points(method=int(slots["method"]), postcode=near)
    slots["points"] = answer
    if not answer["is_needed"]:
        return "home"
    if not answer["points"]:
        slots.pop("method", None)
        return "none"
    chosen = said if said and not near else 0 if near else answer["chosen"]
    if chosen and "problem" not in talk.shop.collect_at(point=int(chosen)):
        slots["point"] = chosen
        return "chosen"
    return "gone" if chosen else "ask"


def other_points(talk: Talk) -> str:
    """Those that are open, whatever was chosen."""
    talk.slots.pop("point", None)
    talk.slots["points"] = talk.shop.pickup_points(method=int(talk.slots["method"]))
    return "ask" if talk.slots["points"]["points"] else "none"


def point_choices(talk: Talk) -> list[Choice]:
    return [
        talk.choice(
            one["name"],
            description=" · ".join(filter(None, (f"{one['street']}, {one['town']}", one["hours"]))),
            do="slot",
            slot="point",
            value=one["point"],
        )
        for one in talk.slots["points"]["points"]
    ]


def parse_point(talk: Talk, reading: Reading) -> int | dict[str, str] | None:
    """By its number, its name or street; a postcode asks for others."""
    shown = talk.slots["points"]["points"]
    ordinal = reading.slots.get("ordinal")
    if ordinal and 0 < ordinal <= len(shown):
        return int(shown[ordinal - 1]["point"])
    if found := POSTCODE.search(reading.text):
        return {"near": found[0]}
    said = reading.text.strip().casefold()
    fitting = [one for one in shown if said and (said in one["name"].casefold() or one["street"].casefold() in said)]
    return int(fitting[0]["point"]) if len(fitting) == 1 else None


def point_places(talk: Talk) -> dict[str, str]:
    return {"postcode": talk.slots["points"]["postcode"]}
