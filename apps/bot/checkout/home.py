"""Where a buyer of what needs no parcel lives: asked only where whoever reckons the tax has to know."""

import re

from apps.carts.places import STATES
from apps.carts.spoken import country_called, country_named
from apps.nlu.text import fold

from ..postal import parse_address, parse_town
from ..reading import Reading
from ..talk import Talk
from ..words import words
from .point import POSTCODE

ASK_HOME = words("One thing for the tax: in which country do you live, and what is your postcode?")
ASK_HOME_AGAIN = words("I need your country and your postcode, because the tax depends on them.")
ASK_HOME_EXAMPLE = words('For example "Germany, 10969" or "USA, 10118". Nothing is sent there.')
ASK_HOME_SHORT = words("Back to your order: your country and postcode, for the tax?")
PARTS = re.compile(r"[,;\n，、；]")
STATE_NAMES = frozenset(fold(full) for full, _ in STATES.values())
ZIP = {"US"}  # where the country alone tells no tax


def parse_home(talk: Talk, reading: Reading) -> dict[str, str] | None:
    """Country and postcode, in one message or in a whole address. A postcode alone is of the shop's country; a country
    alone is enough where the tax is the same in all of it.
    """
    own, code = talk.merchant["country"], POSTCODE.search(reading.text)
    country = _country(reading.text.replace(code[0], " "), own) if code else country_named(reading.text)
    found = parse_address(reading.text, country=own) or parse_town(reading.text, country=own) or {}
    postcode = found.get("postcode") or (code[0] if code else "")
    country = country or (found.get("country") or own if postcode else "")
    if not country or (country in ZIP and not postcode):
        return None
    return {"country": country, "postcode": postcode}


def _country(text: str, own: str) -> str:
    """The country that a part of the message is, beside a postcode: "Jordan Smith" and the state of Georgia are none."""
    for part in reversed(PARTS.split(text)):
        name = part.strip(" .")
        if own in ZIP and fold(name) in STATE_NAMES:
            return own
        if country := country_called(name):
            return country
    return ""


def keep_home(talk: Talk) -> str:
    """Kept with the cart, and not asked for again; where it does not help the provider, the table stands in."""
    talk.shop.lives_in(**talk.slots.pop("home"))
    return "kept"
