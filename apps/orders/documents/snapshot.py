"""What a document says, copied from the order and the shop as they are now: plain JSON, amounts as exact decimals."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from djmoney.money import Money

from apps.carts.money import money
from apps.carts.tax import Taxes
from apps.merchants.models import Merchant

from ..models import Order, OrderLine
from .models import Document
from .rates import Part, Rates, by_rate


@dataclass(frozen=True, slots=True)
class Paid:
    """One way the order was paid, and how much of it: "provider", "gift_card" (`note`: its last symbols), "store_credit",
    "exchange" (goods that come back)."""

    kind: str
    amount: Money
    note: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """A line of a credit note: so many of an order's line, or the delivery where there is none. `part` is tax included."""

    line: OrderLine | None
    quantity: int
    part: Part


def written(amount: Money) -> str:
    """An exact decimal with the places its currency has: "12.00", "1200"."""
    return str(money(amount.amount, str(amount.currency)).amount)


def order_rates(order: Order) -> Rates:
    """What the order's lines and delivery come to at each rate."""
    parts = [(line.tax_percent, _gross(line.charged, line.tax_amount, order)) for line in order.lines.all()]
    delivery = _gross(order.delivery_total, order.delivery_tax, order)
    return by_rate([*parts, (order.delivery_tax_percent, delivery)])


def _gross(charged: Money, tax: Money, order: Order) -> Part:
    return Part(charged if order.is_tax_inclusive else charged + tax, tax)


def invoice_body(order: Order, rates: Rates, payments: Sequence[Paid]) -> dict[str, Any]:
    """All that the invoice prints. `total`, `subtotal` and the lines are as the order has them: with tax or without."""
    offers: dict[int | None, list[dict[str, str]]] = {}
    for part in order.adjustments.all():
        offers.setdefault(part.line_id, []).append({"label": part.label, "amount": written(part.amount)})
    return {
        "seller": _seller(order.merchant),
        "buyer": _buyer(order),
        "order": {"number": order.number, "placed_on": _day(order)},
        "is_tax_inclusive": order.is_tax_inclusive,
        "rates": _told(rates, _names(order)),
        "lines": [_line(line, offers.get(line.pk, [])) for line in order.lines.all()],
        "delivery": _delivery(order, offers.get(None, [])),
        "subtotal": written(order.subtotal),
        "discount": written(order.discount_total),
        "total": written(order.total),
        "payments": [{"kind": paid.kind, "amount": written(paid.amount), "note": paid.note} for paid in payments],
        "state": "paid",
    }


def credit_body(
    order: Order, rates: Rates, lines: Iterable[Given], *, invoice: Document, reason: str
) -> dict[str, Any]:
    """All that a credit note prints: lines tax included, and the invoice it is about.

    Who sold, who bought and what the rates are called is said as the invoice says it: the shop may have moved since,
    and an order of somebody who was forgotten names nobody.
    """
    body = invoice.body
    names = {Decimal(rate["percent"]): rate["name"] for rate in body["rates"]}
    return {
        **{key: body[key] for key in ("seller", "buyer", "order", "is_tax_inclusive")},
        "rates": _told(rates, names),
        "lines": [
            {
                "title": given.line.title if given.line else "",
                "sku": given.line.sku if given.line else "",
                "is_delivery": given.line is None,
                "quantity": given.quantity,
                "tax_percent": _percent(given.line.tax_percent if given.line else order.delivery_tax_percent),
                "amount": written(given.part.gross),
            }
            for given in lines
            if given.part.gross.amount or given.quantity
        ],
        "invoice": invoice.number,
        "reason": reason,
    }


def _seller(merchant: Merchant) -> dict[str, str]:
    return {
        "name": merchant.legal_name or merchant.name,
        "brand": merchant.name,
        "address": merchant.postal_address,
        "country": merchant.country,
        "tax_number": merchant.tax_number,
        "email": merchant.support_email,
        "note": merchant.invoice_note,
        "accent": merchant.accent,
    }


def _buyer(order: Order) -> dict[str, Any]:
    address = order.shipping_address
    town = f"{address.get('postcode', '')} {address.get('city', '')}".strip()
    lines = [address.get("line1", ""), address.get("line2", ""), town, address.get("region", "")]
    return {
        "name": address.get("name") or order.contact_name,
        "address": [line for line in lines if line],
        "country": address.get("country", ""),
    }


def _day(order: Order) -> str:
    moment = order.placed_at or order.created_at
    return moment.astimezone(order.merchant.zone).date().isoformat()


def _line(line: OrderLine, offers: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "title": line.title,
        "sku": line.sku,
        "quantity": line.quantity,
        "unit_price": written(line.unit_price),
        "amount": written(line.charged),
        "offers": offers,
        "tax_percent": _percent(line.tax_percent),
    }


def _delivery(order: Order, offers: list[dict[str, str]]) -> dict[str, Any] | None:
    if not order.delivery_name and not order.delivery_total.amount:
        return None
    return {
        "title": order.delivery_name,
        "amount": written(order.delivery_total),
        "offers": offers,
        "tax_percent": _percent(order.delivery_tax_percent),
        "days": [order.delivery_days_min, order.delivery_days_max],
    }


def _names(order: Order) -> Mapping[Decimal, str]:
    """What the place's tax table calls each rate today; the percent alone where it has none."""
    address = order.shipping_address
    taxes = Taxes.at(address.get("country") or order.merchant.country, address.get("region", ""))
    return {rate.percent: rate.name for rate in taxes.rates.values()}


def _told(rates: Rates, names: Mapping[Decimal, str]) -> list[dict[str, str]]:
    return [
        {
            "name": names.get(percent, ""),
            "percent": _percent(percent),
            "net": written(part.net),
            "tax": written(part.tax),
            "gross": written(part.gross),
        }
        for percent, part in rates.items()
    ]


def _percent(percent: Decimal) -> str:
    return f"{percent.normalize():f}"


def rates_told(body: Mapping[str, Any], currency: str) -> Rates:
    """The rates of a document, read back."""
    return {
        Decimal(rate["percent"]): Part(money(rate["gross"], currency), money(rate["tax"], currency))
        for rate in body["rates"]
    }
