"""What a document says, copied from the order and the shop as they are now: plain JSON, amounts as exact decimals."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import override
from djmoney.money import Money

from apps.carts.money import allocate, money
from apps.carts.places import Place
from apps.carts.tax import Taxes, written_percent
from apps.merchants.models import Merchant

from ..models import Order, OrderLine
from .models import Document
from .rates import Part, Rates, by_rate


@dataclass(frozen=True, slots=True)
class Paid:
    """One way the order was paid, and how much of it: "provider", "cash", "terminal", "telegram", "gift_card" (`note`: its last symbols),
    "store_credit", "exchange" (goods that come back)."""

    kind: str
    amount: Money
    note: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """A line of a credit note: so many of an order's line, or the delivery where there is none. `part` is tax included."""

    line: OrderLine | None
    quantity: int
    part: Part


@dataclass(frozen=True, slots=True)
class Named:
    """What a rate is called, and what it is made of where that is several: (name, percent, share of its tax)."""

    name: str = ""
    parts: tuple[tuple[str, str, Decimal], ...] = ()


PartsLeft = Mapping[tuple[Decimal, str], Decimal]  # (rate, name of the part) -> its tax that has not gone back


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
        "rates": _told(rates, _named_by(order)),
        "lines": [_line(line, offers.get(line.pk, [])) for line in order.lines.all()],
        "delivery": _delivery(order, offers.get(None, [])),
        "subtotal": written(order.subtotal),
        "discount": written(order.discount_total),
        "total": written(order.total),
        "payments": [{"kind": paid.kind, "amount": written(paid.amount), "note": paid.note} for paid in payments],
        "state": "paid",
    }


def credit_body(
    order: Order, rates: Rates, lines: Iterable[Given], *, invoice: Document, left: PartsLeft, reason: str
) -> dict[str, Any]:
    """All that a credit note prints: lines tax included, and the invoice it is about.

    Who sold, who bought and what the rates are called is said as the invoice says it: the shop may have moved since,
    and an order of somebody who was forgotten names nobody.
    """
    body = invoice.body
    return {
        **{key: body[key] for key in ("seller", "buyer", "order", "is_tax_inclusive")},
        "rates": _told(rates, _named_as(invoice, left)),
        "lines": [
            {
                "title": given.line.title if given.line else "",
                "sku": given.line.sku if given.line else "",
                "is_delivery": given.line is None,
                "quantity": given.quantity,
                "tax_percent": written_percent(given.line.tax_percent if given.line else order.delivery_tax_percent),
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
        "tax_percent": written_percent(line.tax_percent),
        **({} if line.is_goods else {"comes_as": line.comes_as}),
    }


def _delivery(order: Order, offers: list[dict[str, str]]) -> dict[str, Any] | None:
    if not order.delivery_name and not order.delivery_total.amount:
        return None
    return {
        "title": order.delivery_name,
        "amount": written(order.delivery_total),
        "offers": offers,
        "tax_percent": written_percent(order.delivery_tax_percent),
        "days": [order.delivery_days_min, order.delivery_days_max],
    }


def _named_by(order: Order) -> dict[Decimal, Named]:
    """How the order's tax is called, as it was agreed; what it does not say, as the place's tax table does today."""
    rows: dict[Decimal, dict[tuple[str, str], Decimal]] = {}
    for row in order.tax_rows:
        parts = rows.setdefault(Decimal(row["rate"]), {})
        key = (row["name"], row["percent"])
        parts[key] = parts.get(key, Decimal(0)) + Decimal(row["amount"])
    return _named_today(order) | {rate: _named(parts) for rate, parts in rows.items()}


def _named(parts: Mapping[tuple[str, str], Decimal]) -> Named:
    if len(parts) == 1:
        return Named(next(iter(parts))[0])
    return Named(parts=tuple((name, percent, weight) for (name, percent), weight in parts.items()))


def _named_today(order: Order) -> dict[Decimal, Named]:
    taxes = Taxes.at(Place.of(order.tax_place or order.shipping_address, country=order.merchant.country))
    with override(order.language or order.merchant.default_language):
        return {
            sum((row.percent for row in rows), Decimal(0)): Named(rows[0].label if len(rows) == 1 else "")
            for rows in taxes.rates.values()
        }


def _named_as(invoice: Document, left: PartsLeft) -> dict[Decimal, Named]:
    """As the invoice calls it; what goes back of a part is by what of it has not gone back."""
    return {
        (percent := Decimal(rate["percent"])): Named(
            rate["name"],
            tuple((part["name"], part["percent"], left[percent, part["name"]]) for part in rate.get("parts", ())),
        )
        for rate in invoice.body["rates"]
    }


def _told(rates: Rates, named: Mapping[Decimal, Named]) -> list[dict[str, Any]]:
    return [_rate_told(percent, part, named.get(percent, Named())) for percent, part in rates.items()]


def _rate_told(percent: Decimal, part: Part, named: Named) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": named.name,
        "percent": written_percent(percent),
        "net": written(part.net),
        "tax": written(part.tax),
        "gross": written(part.gross),
    }
    if named.parts:
        taxes = allocate(part.tax, [weight for _, _, weight in named.parts])
        told["parts"] = [
            {"name": name, "percent": of, "tax": written(tax)}
            for (name, of, _), tax in zip(named.parts, taxes, strict=True)
        ]
    return told


def rates_told(body: Mapping[str, Any], currency: str) -> Rates:
    """The rates of a document, read back."""
    return {
        Decimal(rate["percent"]): Part(money(rate["gross"], currency), money(rate["tax"], currency))
        for rate in body["rates"]
    }


def parts_told(body: Mapping[str, Any]) -> dict[tuple[Decimal, str], Decimal]:
    """The tax of the parts of a document's rates, by rate and name; nothing for rates of one part."""
    return {
        (Decimal(rate["percent"]), part["name"]): Decimal(part["tax"])
        for rate in body["rates"]
        for part in rate.get("parts", ())
    }
