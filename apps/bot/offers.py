"""What is said of offers, wherever a cart is shown: what they take off, what they wait for, why they do not apply."""

from typing import Any

from apps.messaging.content import Line

from .talk import Talk
from .words import Words, words

WITH_CODE = words("{offer} ({code})")
FREE = words("Free")  # instead of a zero
PROMISED = words("Included, once you have chosen the delivery: {offer}.")
NEAR = words("{missing} more, and this is yours: {offer}.")
NEAR_PIECES = words(
    "{count} more piece, and this is yours: {offer}.", "{count} more pieces, and this is yours: {offer}."
)
NEAR_SET = words("{goods} with it, and this is yours at {amount} together: {offer}.")
WHY_NOT = {
    "off": words("{code} is not valid at the moment."),
    "not_yet": words("{code} is valid from {at} on, not yet today."),
    "over": words("{code} was valid until {at} and has ended."),
    "used_up": words("{code} has been used as often as it may be."),
    "used_by_you": words("You have used {code} already."),
    "not_first": words("{code} is for the first order only."),
    "not_for_you": words("{code} is for a certain group of customers."),
    "level": words("{code} is for members on this level: {other}."),
    "channel": words("{code} is valid on another channel only, not in this chat."),
    "market": words("{code} is not valid for deliveries to this country."),
    "currency": words("{code} is not valid in the currency of your cart."),
    "goods": words("{code} is for other goods than those in your cart."),
    "nothing_to_send": words("{code} is about delivery, and nothing in your cart is sent."),
    "quantity": words("{count} more piece, and {code} applies.", "{count} more pieces, and {code} applies."),
    "threshold": words("{missing} more, and {code} applies."),
    "other_offer": words("{code} does not go with another offer, and that one saves you more: {other}."),
    "nothing_left": words("{code} has nothing to take off: that costs nothing already."),
}


def name_of(talk: Talk, offer: dict[str, Any]) -> str:
    return talk.text(WITH_CODE, offer=offer["name"], code=offer["code"]) if offer["code"] else str(offer["name"])


def offer_lines(talk: Talk, cart: dict[str, Any], *, on: str) -> list[Line]:
    """One sum for each offer on the goods, or on delivery."""
    return [Line(label=name_of(talk, offer), amount=offer["amount"]) for offer in cart["offers"] if offer["on"] == on]


def why_not(talk: Talk, refused: dict[str, Any]) -> str:
    """In a sentence why a code does not apply."""
    return talk.text(WHY_NOT[refused["reason"]], **refused)


def offer_notes(talk: Talk, cart: dict[str, Any]) -> list[str]:
    """What is promised, what is within reach, and what became of codes that do not apply."""
    notes = [talk.text(PROMISED, offer=name_of(talk, offer)) for offer in cart["promised"]]
    notes += [talk.text(_within_reach(near), **near) for near in cart["near"]]
    return notes + [why_not(talk, refused) for refused in cart["refused"]]


def _within_reach(near: dict[str, Any]) -> Words:
    if near["missing"]:
        return NEAR
    return NEAR_SET if near["goods"] else NEAR_PIECES
