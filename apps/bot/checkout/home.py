"""Where a buyer of what needs no parcel lives: asked only where whoever reckons the tax has to know."""

from apps.carts.spoken import country_named

from ..postal import parse_address, parse_town
from ..reading import Reading
from ..talk import Talk
from ..words import words
from .point import POSTCODE

ASK_HOME = words("One thing for the tax: in which country do you live, and what is your postcode?")
ASK_HOME_AGAIN = words("I need your country and your postcode, because the tax depends on them.")
ASK_HOME_EXAMPLE = words('For example "Germany, 10969" or "USA, 10118". Nothing is sent there.')
ASK_HOME_SHORT = words("Back to your order: your country and postcode, for the tax?")
ZIP = {"US"}  # where the country alone tells no tax


def parse_home(talk: Talk, reading: Reading) -> dict[str, str] | None:
    """Country and postcode, in one message or in a whole address. A postcode alone is of the shop's country; a country
    alone is enough where the tax is the same in all of it.
    """
    country, code = country_named(reading.text), POSTCODE.search(reading.text)
    own = talk.merchant["country"]
    found = parse_address(reading.text, country=own) or parse_town(reading.text, country=own) or {}
    postcode = found.get("postcode") or (code[0] if code else "")
    country = country or (found.get("country") or own if postcode else "")
    if not country or (country in ZIP and not postcode):
        return None
    return {"country": country, "postcode": postcode}


def keep_home(talk: Talk) -> str:
    """Kept with the cart, and not asked for again; where it does not help the provider, the table stands in."""
    talk.shop.lives_in(**talk.slots.pop("home"))
    return "kept"
