"""Writing a document: once for what it is about, under its order's lock, with the next number of its series."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from djmoney.money import Money

from apps.merchants import clock

from ..models import Order
from .models import Document
from .numbering import next_number
from .rates import Part, Rates, by_rate, given_back, less, sum_of
from .snapshot import Given, Paid, PartsLeft, credit_body, invoice_body, order_rates, parts_told, rates_told

Kind = Document.Kind


def write_invoice(order: Order, payments: Sequence[Paid]) -> Document:
    """The order's invoice; asked again, the same. The order is locked; no lock but the series' is taken after it."""
    known: Document | None = order.documents.filter(kind=Kind.INVOICE).first()
    if known is not None:
        return known
    rates = order_rates(order)
    body = invoice_body(order, rates, payments)
    return _write(order, Kind.INVOICE, rates, body, source=f"order:{order.pk}", refers_to=None)


def write_credit_note(
    invoice: Document, *, source: str, amount: Money, lines: Sequence[Given], reason: str = ""
) -> Document:
    """A credit note over `amount` against this invoice; once per `source`. The order is locked.

    `lines` say what goes back as far as that is known: the rest of `amount` is of the invoice as a whole. `reason` is a
    kind of reason ("returned", "called_off"), never what somebody wrote. Raises `ValueError` when more would be credited
    than the invoice says.
    """
    known: Document | None = Document.objects.filter(kind=Kind.CREDIT_NOTE, source=source).first()
    if known is not None:
        return known
    order = invoice.order
    said = by_rate(
        (given.line.tax_percent if given.line else order.delivery_tax_percent, given.part) for given in lines
    )
    rates = given_back(said, rates_left(invoice), amount)
    body = credit_body(order, rates, lines, invoice=invoice, left=_parts_left(invoice), reason=reason)
    return _write(order, Kind.CREDIT_NOTE, rates, body, source=source, refers_to=invoice)


def revoke(note: Document) -> Document:
    """The money of this credit note never arrived: it counts no more, in its own words. Once; the order is locked."""
    known: Document | None = Document.objects.filter(kind=Kind.REVOCATION, refers_to=note).first()
    if known is not None:
        return known
    rates = rates_told(note.body, str(note.gross.currency))
    body = note.body | {"reason": "", "credit_note": note.number}
    return _write(note.order, Kind.REVOCATION, rates, body, source=note.source, refers_to=note)


def rates_left(invoice: Document) -> Rates:
    """What of the invoice has not been credited, at each rate. One query."""
    currency = str(invoice.gross.currency)
    left = rates_told(invoice.body, currency)
    for other in Document.objects.filter(order=invoice.order_id).exclude(kind=Kind.INVOICE):
        told = rates_told(other.body, currency)
        if other.kind == Kind.REVOCATION:
            told = {percent: Part(-part.gross, -part.tax) for percent, part in told.items()}
        left = less(left, told)
    return left


def _parts_left(invoice: Document) -> PartsLeft:
    """The same for the parts of each rate. One query."""
    left = parts_told(invoice.body)
    for other in Document.objects.filter(order=invoice.order_id).exclude(kind=Kind.INVOICE):
        sign = 1 if other.kind == Kind.REVOCATION else -1
        for key, tax in parts_told(other.body).items():
            left[key] = left.get(key, Decimal(0)) + sign * tax
    return left


def _write(
    order: Order, kind: str, rates: Rates, body: dict[str, Any], *, source: str, refers_to: Document | None
) -> Document:
    merchant, whole = order.merchant, sum_of(rates, order.currency)
    day = clock.now().astimezone(merchant.zone).date()
    invoices, credit_notes = merchant.series_on(day)
    series = credit_notes if kind == Kind.CREDIT_NOTE else invoices
    position, number = next_number(merchant, series, day=day)
    made: Document = Document.objects.create(
        merchant=merchant,
        kind=kind,
        order=order,
        refers_to=refers_to,
        series=series,
        position=position,
        number=number,
        source=source,
        issued_on=day,
        net=whole.net,
        tax=whole.tax,
        gross=whole.gross,
        language=order.language or merchant.default_language,
        body=body,
    )
    return made
