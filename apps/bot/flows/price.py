""" "Why this price?": every line of the cart with its list price, what offers take off, delivery and tax."""

from typing import Any

from ..flow import Branch, End, Flow, Show
from ..offers import FREE, name_of, offer_notes
from ..talk import Talk
from ..words import words
from .cart import CHECKOUT, DELIVERY_LATER, ENTER_CODE, is_empty, say_empty

MADE_UP = words("This is how the price is made up:")
LINE = words("{quantity} × {title}: {unit} each, {total}")
SAME_PRICE = words("  the list price, no offer on it")
OWN_INSTEAD = words("  {reason}, instead of {regular}")
OFF = words("  {offer}: {amount}")
OFF_FOR_MEMBERS = words("  {offer}, for members on this level ({levels}): {amount}")
LEFT = words("  leaves {charged}")
SENT = words("{method}: {amount}")
TAX_INSIDE = words("In it: {percent} % {name}, {amount}")
TAX_ON_TOP = words("On top: {percent} % {name}, {amount}")
SUM = words("Total: {total}")


def say_price(talk: Talk) -> None:
    """One paragraph for the goods, one for what comes in addition."""
    cart = talk.slots["cart"]
    said = [talk.text(MADE_UP), *(said for line in cart["lines"] for said in _line(talk, line)), "", *_more(talk, cart)]
    choices = [talk.choice(CHECKOUT, style="primary", do="checkout"), talk.a_person()]
    if cart["takes_codes"] and not cart["codes"]:
        choices.insert(1, talk.choice(ENTER_CODE, do="coupon"))
    talk.say_text("\n".join(said), choices if talk.state.frame_of("checkout") is None else ())


def _line(talk: Talk, line: dict[str, Any]) -> list[str]:
    said = [talk.text(LINE, **{key: line[key] for key in ("quantity", "title", "unit", "total")})]
    if line["reason"]:
        said.append(_own_price(talk, line))
    if not line["offers"]:
        return said if line["reason"] else [*said, talk.text(SAME_PRICE)]
    offers = [_off(talk, offer) for offer in line["offers"]]
    return [*said, *offers, talk.text(LEFT, charged=line["charged"])]


def _off(talk: Talk, offer: dict[str, Any]) -> str:
    off = OFF_FOR_MEMBERS if offer["levels"] else OFF
    return talk.text(off, offer=name_of(talk, offer), levels=offer["levels"], amount=offer["amount"])


def _own_price(talk: Talk, line: dict[str, Any]) -> str:
    """Which list the price is from, and what it costs everyone where that is something else."""
    if line["regular"] == line["unit"]:
        return f"  {line['reason']}"
    return talk.text(OWN_INSTEAD, reason=line["reason"], regular=line["regular"])


def _more(talk: Talk, cart: dict[str, Any]) -> list[str]:
    said: list[str] = []
    if cart["needs_delivery"] and cart["delivery_name"]:
        said.append(talk.text(SENT, method=cart["delivery_name"], amount=cart["delivery_list"] or talk.text(FREE)))
        of_delivery = [offer for offer in cart["offers"] if offer["on"] == "delivery"]
        said += [_off(talk, offer) for offer in of_delivery]
    elif cart["needs_delivery"]:
        said.append(talk.text(DELIVERY_LATER))
    tax = TAX_INSIDE if cart["tax_inclusive"] else TAX_ON_TOP
    said += [talk.text(tax, percent=percent, name=name, amount=amount) for name, percent, amount in cart["taxes"]]
    return [*said, talk.text(SUM, total=cart["total"]), *offer_notes(talk, cart)]


PRICE = Flow(
    name="price",
    start="look",
    steps={
        "look": Branch(is_empty, {"lines": "say", "empty": "empty"}),
        "say": Show(say_price, "end"),
        "empty": Show(say_empty, "end"),
        "end": End(),
    },
    is_aside=True,
)
