"""WhatsApp's own order messages: where they are allowed, and how a bill and its news are written there.

Meta lets businesses of few countries ask for money in the thread, each by its own settings:
https://developers.facebook.com/documentation/business-messaging/whatsapp/payments/payments-br/orders/
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from apps.messaging.content import Bill, BillLine

OFFSET = 100  # an amount's `value` in hundredths; of these currencies there is nothing smaller
NAME = 60  # characters of an item's name
MOST_ITEMS = 30  # our own choice: a longer bill says its goods in one row


@dataclass(frozen=True, slots=True)
class Market:
    """Who may pay there: a business and a payer with numbers of the country, in its currency, for what stays in it."""

    country: str
    currency: str
    calling_code: str


# In India WhatsApp asks for a payment gateway of its own list and confirms the money itself; the shop's provider would never
# hear of it. So there, as everywhere else, the link is what a shopper gets. (docs/decisions/paying-in-the-thread.md)
MARKETS = (Market("BR", "BRL", "55"),)

# How far an order has come, in WhatsApp's words; what is not here changes nothing of it.
STATUSES = {
    "placed": "processing",
    "paid": "processing",
    "reserved": "processing",
    "shipped": "shipped",
    "delivered": "completed",
    "cancelled": "canceled",
    "expired": "canceled",
    "unfillable": "canceled",
}


def is_allowed(bill: Bill, *, business: str, payer: str) -> bool:
    """Whether a bill may be shown; `business` and `payer` are telephone numbers, with or without "+"."""
    total = Decimal(bill.total) * OFFSET
    return (
        total > 0
        and total == int(total)
        and any(
            bill.currency == market.currency
            and bill.country == market.country
            and _is_of(business, market)
            and _is_of(payer, market)
            for market in MARKETS
        )
    )


def _is_of(number: str, market: Market) -> bool:
    return number.lstrip("+").startswith(market.calling_code)


def order_details(bill: Bill, url: str) -> dict[str, Any]:
    """The action that shows the bill and leads to our own page; whether it was paid is never heard from there."""
    items = [_item(place, line) for place, line in enumerate(_goods(bill), start=1)]
    subtotal = sum(item["amount"]["value"] * item["quantity"] for item in items)
    sums = {
        role: sum(_value(line) for line in bill.lines if line.role == role) for role in ("tax", "delivery", "discount")
    }
    order: dict[str, Any] = {
        "status": "pending",
        "items": items,
        "subtotal": _amount(subtotal),
        "tax": _amount(sums["tax"]),
    }
    if sums["delivery"]:
        order["shipping"] = _amount(sums["delivery"])
    if sums["discount"]:
        order["discount"] = _amount(sums["discount"])
    total = int(Decimal(bill.total) * OFFSET)
    if subtotal + sums["tax"] + sums["delivery"] - sums["discount"] != total:
        raise ValueError(f"bill {bill.reference}: its rows do not make {bill.total}")
    return {
        "name": "review_and_pay",
        "parameters": {
            "reference_id": bill.reference,
            "type": "physical-goods" if bill.is_goods else "digital-goods",
            "payment_type": "br",
            "payment_settings": [{"type": "payment_link", "payment_link": {"uri": url}}],
            "currency": bill.currency,
            "total_amount": _amount(total),
            "order": order,
        },
    }


def order_status(reference: str, state: str) -> dict[str, Any] | None:
    """The action that says how far the order of a bill has come; None where that is no news there."""
    status = STATUSES.get(state)
    if status is None:
        return None
    return {"name": "review_order", "parameters": {"reference_id": reference, "order": {"status": status}}}


def _goods(bill: Bill) -> list[BillLine]:
    """The rows of goods; in one, where they are more than anybody reads."""
    goods = [line for line in bill.lines if line.role == "item"]
    if len(goods) <= MOST_ITEMS:
        return goods
    return [BillLine(bill.title, str(sum((Decimal(line.amount) for line in goods), start=Decimal(0))))]


def _item(place: int, line: BillLine) -> dict[str, Any]:
    """Of pieces whose price is no whole unit the row is one piece."""
    value, count = _value(line), line.quantity
    name = line.label
    if value % count:
        name, count = f"{count} × {name}", 1
    return {"retailer_id": str(place), "name": name[:NAME], "amount": _amount(value // count), "quantity": count}


def _value(line: BillLine) -> int:
    value = Decimal(line.amount) * OFFSET
    if value != int(value):
        raise ValueError(f"{line.amount} has a fraction of a hundredth")
    return int(value)


def _amount(value: int) -> dict[str, int]:
    return {"value": value, "offset": OFFSET}
