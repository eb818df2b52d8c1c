"""Everything on one page before the yes: every amount, where and when it comes, terms and what is promised."""

from typing import Any

from apps.messaging.content import CartSummary, Line

from ..flows.cart import lines_of
from ..offers import FREE, offer_lines, offer_notes
from ..talk import Talk
from ..tenders import HAVE_CREDIT, tender_lines
from ..words import label, words
from .gift import gift_notes

PICK_UP = words("Pick-up point: {point}")
SUMMARY = words("Your order")
CHECK_IT = words("Please check everything. Nothing is ordered before you say so.")
SHIP_TO = words("To: {address}")
COMES = words("Delivery: {method}, {earliest} to {latest}")
COMES_ON = words("Delivery: {method}, {day}")
REPRICED = words("{title} now costs {unit}, before it was {was}.")
BY_CHAT = words("Here in the chat, as soon as it is paid: {goods}")
BEGINS_AT_ONCE = words(
    "By ordering I ask for the download at once, and I know that my right to withdraw ends when the download begins."
)
CODE_AT_ONCE = words(
    "By ordering I ask for the code at once, and I know that my right to withdraw ends when I am told it."
)
CONTACT = words("Contact: {contact}")
SUBTOTAL = words("Subtotal")
DELIVERY = words("Delivery")
TAX_INSIDE = words("includes {percent} % {name}")
TAX_ON_TOP = words("{percent} % {name}")
TOTAL = words("Total")
TERMS = words("Our terms: {url}")
RETURNS = words("You can send it back within {days} days, without giving a reason.")
HELD = words("I keep these goods for you for {count} minute.", "I keep these goods for you for {count} minutes.")
BUY = label("Buy now")
CHANGE = label("Change something")
USE_CREDIT = label("Use store credit")


def stamp(talk: Talk) -> str:
    """What the yes is bound to. Coming back to a summary quotes anew."""
    if talk.slots.pop("is_fresh", False):
        return str(talk.slots["cart"]["agreed"])
    talk.slots["cart"] = talk.shop.summary()
    return str(talk.slots["cart"]["agreed"])


def mark_fresh(talk: Talk) -> None:
    talk.slots["is_fresh"] = True


def show_summary(talk: Talk) -> None:
    talk.slots.pop("change", None)
    quote = talk.slots["cart"]
    totals = [Line(label=talk.text(SUBTOTAL), amount=quote["subtotal"]), *offer_lines(talk, quote, on="goods")]
    if quote["needs_delivery"]:
        totals.append(Line(label=talk.text(DELIVERY), amount=quote["delivery_list"] or talk.text(FREE)))
        totals += offer_lines(talk, quote, on="delivery")
    tax = TAX_INSIDE if quote["tax_inclusive"] else TAX_ON_TOP
    taxes = [
        Line(label=talk.text(tax, percent=percent, name=name), amount=sum_) for name, percent, sum_ in quote["taxes"]
    ]
    total = Line(label=talk.text(TOTAL), amount=quote["total"], strong=True)
    totals += [total, *taxes] if quote["tax_inclusive"] else [*taxes, total]
    totals += tender_lines(talk, quote)
    talk.put(
        CartSummary(
            text=talk.text(CHECK_IT),
            title=talk.text(SUMMARY),
            lines=lines_of(talk, quote),
            totals=tuple(totals),
            notes=tuple(_notes(talk, quote)),
            is_order=True,
            choices=(
                talk.choice(BUY, style="primary", do="confirm", yes=True, stamp=talk.slots["stamp"], flow="checkout"),
                talk.choice(CHANGE, do="confirm", yes=False, stamp=talk.slots["stamp"], flow="checkout"),
                *([talk.choice(USE_CREDIT, do="use_credit")] if quote["unused_credit"] else []),
                talk.a_person(),
            ),
        )
    )


def _notes(talk: Talk, quote: dict[str, Any]) -> list[str]:
    is_sent = quote["needs_delivery"] and talk.slots.get("to")
    notes = [talk.text(SHIP_TO, address=talk.slots["to"]["text"])] if is_sent else []
    notes += [*_repriced(talk, quote), *offer_notes(talk, quote)]
    if quote["unused_credit"]:
        notes.append(talk.text(HAVE_CREDIT, amount=quote["unused_credit"]))
    if is_sent:
        notes.append(_when(talk, quote))
    notes += gift_notes(talk, quote)
    if quote["by_chat"]:
        notes.append(talk.text(BY_CHAT, goods=", ".join(quote["by_chat"])))
    if quote["point"]:
        notes.append(talk.text(PICK_UP, point=quote["point"]))
    contact = ", ".join(value for value in (talk.slots.get("phone"), talk.slots.get("email")) if value)
    if contact:
        notes.append(talk.text(CONTACT, contact=contact))
    if talk.merchant["terms"]:
        notes.append(talk.text(TERMS, url=talk.merchant["terms"]))
    if quote["has_files"]:
        notes.append(talk.text(BEGINS_AT_ONCE))
    if quote["has_codes"]:
        notes.append(talk.text(CODE_AT_ONCE))
    if quote["has_goods"]:
        notes.append(talk.text(RETURNS, days=talk.merchant["return_days"]))
    held = quote.get("held_minutes", 0)
    return [*notes, talk.text(HELD, count=held)] if held > 0 else notes


def _repriced(talk: Talk, quote: dict[str, Any]) -> list[str]:
    """What costs something else than the shopper last read: because time went by, or because it goes elsewhere."""
    return [talk.text(REPRICED, **line) for line in quote["lines"] if line["was"]]


def _when(talk: Talk, quote: dict[str, Any]) -> str:
    method, earliest, latest = quote["delivery_name"], quote["earliest"], quote["latest"]
    if earliest == latest:
        return talk.text(COMES_ON, method=method, day=latest)
    return talk.text(COMES, method=method, earliest=earliest, latest=latest)
