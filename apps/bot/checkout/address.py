"""Where it shall go: the address known from before, or a new one, whole or in two messages."""

from typing import Any

from apps.messaging.content import Choice

from ..postal import parse_address, parse_town
from ..reading import Reading
from ..talk import Talk
from ..words import label, words

SAME_ADDRESS = words("Shall it go to {address}?")
SAME_ADDRESS_AGAIN = words('Please tap "Yes", or send me another address. I have: {address}')
SAME_ADDRESS_EXAMPLE = words('"Yes" sends it to {address}. Any other address works too, in one message.')
SAME_ADDRESS_SHORT = words("And the address: is {address} right?")
ASK_ADDRESS = words("Where shall it go? Street and number, postcode and town, please.")
ASK_ADDRESS_AGAIN = words("I need a street with a number, a postcode and a town. One message is enough.")
ASK_ADDRESS_EXAMPLE = words('Like this: "Lindenstr. 12, 10969 Berlin". Add the country if it is another one.')
ASK_ADDRESS_SHORT = words("Back to your order: where shall it go?")
ASK_TOWN = words("And the postcode and town?")
ASK_TOWN_AGAIN = words("I still need both the postcode and the town.")
ASK_TOWN_EXAMPLE = words('For example "10969 Berlin".')
ASK_TOWN_SHORT = words("Back to your order: which postcode and town?")
IN_ITS_CURRENCY = words(
    "As it goes there, your prices are in {currency} now. If you prefer another currency, just say so."
)
YES = label("Yes")
OTHER_ADDRESS = label("Another address")


def where(talk: Talk) -> str:
    """Does anything travel, and if so, do we know where it went before?"""
    if not talk.slots["cart"]["needs_delivery"]:
        return "nowhere"
    return "yes" if talk.slots.get("known") and not talk.slots.get("address") else "no"


def parse_same(talk: Talk, reading: Reading) -> Any:
    """ "yes" or a new address."""
    found = parse_address(reading.text, country=talk.merchant["country"])
    if found:
        talk.slots.pop("known", None)
        talk.slots["address"] = found
        return "other"
    from_words = reading.folded.strip(" .!")
    if from_words in ("yes", "ja", "si", "是", "是的", "对", "好", "ok", "correct", "stimmt", "claro", "好的"):
        return "yes"
    return "other" if from_words in ("no", "nein", "不", "不是", "other", "andere", "otra") else None


def parse_where(talk: Talk, reading: Reading) -> dict[str, str] | None:
    return parse_address(reading.text, country=talk.merchant["country"]) or None


def parse_rest(talk: Talk, reading: Reading) -> dict[str, str] | None:
    return parse_town(reading.text, country=talk.slots["address"].get("country", talk.merchant["country"])) or None


def has_all(talk: Talk) -> str:
    """Street, postcode and town?"""
    if talk.slots.get("same") == "yes":
        return "known"
    talk.slots["address"] = {**talk.slots["address"], **(talk.slots.get("town") or {})}
    return "whole" if talk.slots["address"].get("city") and talk.slots["address"].get("postcode") else "town"


def keep(talk: Talk) -> str:
    """Remember what was given and send the cart there."""
    if talk.slots.get("same") == "yes":
        kept = talk.shop.use_address(address=int(talk.slots["known"]["id"]))
        if "problem" not in kept:
            talk.slots["to"] = kept
            return "moved" if kept["currency"] else "kept"
    fields = {key: value for key, value in talk.slots["address"].items() if key != "name"}
    talk.slots["to"] = talk.shop.keep_address(fields={**fields, "name": talk.slots["name"]})
    return "moved" if talk.slots["to"]["currency"] else "kept"


def say_moved(talk: Talk) -> None:
    talk.say(IN_ITS_CURRENCY, currency=talk.slots["to"]["currency"])


def address_places(talk: Talk) -> dict[str, str]:
    return {"address": talk.slots["known"]["text"]}


def address_choices(talk: Talk) -> list[Choice]:
    return [
        talk.choice(YES, style="primary", do="slot", slot="same", value="yes"),
        talk.choice(OTHER_ADDRESS, do="slot", slot="same", value="other"),
    ]
