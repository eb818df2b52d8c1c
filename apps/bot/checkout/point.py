"""Which pick-up point it shall go to, where the way ends at one."""

import re
from typing import Any

from apps.messaging.content import Choice

from ..reading import GOOD, Reading
from ..talk import Talk
from ..words import label, words

ASK_POINT = words("Which pick-up point shall it go to? {near} {other}")
NEAR_POSTCODE = words("These are near {postcode}.")
NEAR_YOU = words("These are nearest to you.")
NO_POINT_THERE = words("I cannot measure from that place. These are near {postcode}.")
OTHER_POSTCODE = words("Another postcode works, too.")
OTHER_PLACE = words("For others share your location or write a postcode.")
ASK_POINT_AGAIN = words("Please choose one of these points, or tell me another postcode.")
ASK_POINT_EXAMPLE = words('Its number is enough, for example "1". For others write a postcode such as {postcode}.')
ASK_POINT_SHORT = words("Back to your order: which pick-up point shall it go to?")
ASK_WHERE = words("Share your location, or write a postcode: then I show what is nearest.")
ASK_WHERE_AGAIN = words("Where are you? Share your location with the button, or write a postcode.")
ASK_WHERE_EXAMPLE = words("A postcode is enough, for example {postcode}.")
ASK_WHERE_SHORT = words("Back to your order: share your location, or write a postcode.")
POINT_CLOSED = words("That pick-up point takes no parcels any more. Please choose another one.")
NEAR_ME = label("Near me")
MORE = label("More")
POSTCODE = re.compile(
    r"(?<!\d)\d{4,6}(?!\d)|\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b|\b[A-Z]\d[A-Z] ?\d[A-Z]\d\b", re.IGNORECASE
)
NEAR_HERE = re.compile(
    r"\b(?:near me|nearby|close to me|closest to me|in meiner nahe|bei mir|cerca de mi|cercan[oa]s?)\b|附近|离我"
)
NOTHING_SEEN: dict[str, Any] = {"near": "", "here": "", "skip": 0}


def points(talk: Talk) -> str:
    """Does this way go to a point, and which? A postcode or a place instead of a point shows the points there."""
    slots = talk.slots
    said = slots.pop("point", None)
    wish = said if isinstance(said, dict) else {}
    if wish.get("ask"):
        return "where"
    look = _look(slots.get("look") or NOTHING_SEEN, wish)
    answer = _show(talk, look)
    if not answer["is_needed"]:
        return "home"
    if not answer["points"]:
        slots.pop("method", None)
        return "none"
    chosen = said if said and not wish else 0 if wish else answer["chosen"]
    if chosen and "problem" not in talk.shop.collect_at(point=int(chosen)):
        slots["point"] = chosen
        return "chosen"
    return "gone" if chosen else "ask"


def _look(seen: dict[str, Any], wish: dict[str, Any]) -> dict[str, Any]:
    """What is looked for now: "more" is more of the same, a postcode or a place begins anew."""
    return {**seen, "skip": wish["skip"]} if "skip" in wish else {**NOTHING_SEEN, **wish} if wish else seen


def _show(talk: Talk, look: dict[str, Any]) -> dict[str, Any]:
    slots = talk.slots
    slots["look"] = look
    asked = {"postcode": look["near"], "here": look["here"], "skip": look["skip"]}
    slots["points"] = talk.shop.pickup_points(method=int(slots["method"]), **asked)
    found: dict[str, Any] = slots["points"]
    return found


def other_points(talk: Talk) -> str:
    """Those that are open, whatever was chosen."""
    talk.slots.pop("point", None)
    return "ask" if _show(talk, {**(talk.slots.get("look") or NOTHING_SEEN), "skip": 0})["points"] else "none"


def point_choices(talk: Talk) -> list[Choice]:
    found = talk.slots["points"]
    offered = [
        talk.choice(one["name"], description=_beside(one), do="slot", slot="point", value=one["point"])
        for one in found["points"]
    ]
    if found["more"]:
        skip = talk.slots["look"]["skip"] + len(found["points"])
        offered.append(talk.choice(MORE, style="quiet", do="slot", slot="point", value={"skip": skip}))
    if found["asks"] and not found["is_here"]:
        offered.append(talk.choice(NEAR_ME, style="quiet", do="slot", slot="point", value={"ask": True}))
    return offered


def _beside(one: dict[str, str]) -> str:
    """How far and when it is open come first: a row of a list has little room."""
    parts = (one["distance"], one["hours"], one["street"]) if one["distance"] else (_address(one), one["hours"])
    return " · ".join(part for part in parts if part)


def _address(one: dict[str, str]) -> str:
    return f"{one['street']}, {one['town']}"


def parse_point(talk: Talk, reading: Reading) -> int | dict[str, Any] | None:
    """By its number, its name or street; "more" and "near me"; a postcode asks for others."""
    found = talk.slots["points"]
    shown = found["points"]
    ordinal = reading.slots.get("ordinal")
    if ordinal and 0 < ordinal <= len(shown):
        return int(shown[ordinal - 1]["point"])
    if at := POSTCODE.search(reading.text):
        return {"near": at[0]}
    if reading.intent == "more" and reading.score >= GOOD and found["more"]:
        return {"skip": talk.slots["look"]["skip"] + len(shown)}
    if NEAR_HERE.search(reading.folded) and found["asks"]:
        return {"ask": True}
    said = reading.text.strip().casefold()
    fitting = [one for one in shown if said and (said in one["name"].casefold() or one["street"].casefold() in said)]
    return int(fitting[0]["point"]) if len(fitting) == 1 else None


def parse_place(talk: Talk, reading: Reading) -> dict[str, str] | None:
    """The postcode, where a location was asked for."""
    at = POSTCODE.search(reading.text)
    return {"near": at[0]} if at else None


def point_places(talk: Talk) -> dict[str, str]:
    found = talk.slots["points"]
    near = NEAR_YOU if found["is_here"] else NO_POINT_THERE if talk.slots["look"]["here"] else NEAR_POSTCODE
    return {
        "postcode": found["postcode"],
        "near": talk.text(near, postcode=found["postcode"]),
        "other": talk.text(OTHER_PLACE if found["asks"] and not found["is_here"] else OTHER_POSTCODE),
    }
