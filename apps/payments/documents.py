"""Invoices and credit notes follow the money: one invoice when an order is paid, a credit note for what went back.

So does what a tax provider is told.
"""

from collections.abc import Iterator
from decimal import Decimal

import structlog
from django.db.models import Q, QuerySet

from apps.carts.money import money
from apps.orders.documents.issue import rates_left, revoke, write_credit_note, write_invoice
from apps.orders.documents.rates import Part, sum_of
from apps.orders.documents.snapshot import Given, Paid
from apps.orders.models import Document, Order, OrderEvent

from .models import Payment, Refund
from .taxes import follow_tax
from .tenders import tenders_of

logger = structlog.get_logger(__name__)
Kind = Document.Kind
KINDS = {Refund.SOLD_OUT: "sold_out", Refund.CALLED_OFF: "called_off", Refund.AT_PROVIDER: "at_provider"}


def write_documents(order: Order) -> None:
    """Note what a tax provider is told, and write what is missing: the invoice of a paid order, credit notes for what has gone back. Again changes nothing.

    What was invoiced here is credited here, also where invoices come from elsewhere by now. The order is locked, and no
    lock is taken after this one's: the series' rows come last.
    """
    paid = order.events.filter(kind="paid").first()
    if paid is None:
        return
    follow_tax(order, _refunds(order, paid))
    invoice = order.documents.filter(kind=Kind.INVOICE).first()
    if invoice is None:
        since = order.merchant.invoices_since
        if since is None or paid.created_at < since:
            return
        invoice = write_invoice(order, list(_payments(order, paid)))
    settled = list(_refunds(order, paid))
    if not settled:
        return
    notes = {note.source: note for note in order.documents.filter(kind=Kind.CREDIT_NOTE)}
    for refund in settled:
        if refund.state == Refund.State.FAILED and (note := notes.get(_source(refund))):
            revoke(note)
    for refund in settled:
        if refund.state == Refund.State.DONE and _source(refund) not in notes:
            _credit(invoice, refund)


def documents_of(order: Order) -> list[Document]:
    """All documents of the order, oldest first. Reading writes none: each was written with the money it is about."""
    return list(order.documents.select_related("refers_to").order_by("pk"))


def _payments(order: Order, paid: OrderEvent) -> Iterator[Paid]:
    """How it was paid: gift cards and credit, then what the provider brought."""
    for tender in tenders_of(order):
        yield Paid(tender.tender, tender.amount, tender.gift_card.ends if tender.gift_card else "")
    payment = order.payments.filter(pk=paid.data.get("payment")).first()
    if payment is not None:
        yield Paid(payment.taken_as or "provider", payment.amount)


def _refunds(order: Order, paid: OrderEvent) -> QuerySet[Refund]:
    """What went back, or failed to, of the money the order was paid with; a second payment is no part of the sale."""
    mine = ~Q(payment__tender=Payment.Tender.PROVIDER) | Q(payment=paid.data.get("payment"))
    settled = (Refund.State.DONE, Refund.State.FAILED)
    found: QuerySet[Refund] = Refund.objects.filter(mine, payment__order=order, state__in=settled)
    return found.exclude(reason=Refund.DOUBLE).prefetch_related("lines__line").order_by("pk")


def _credit(invoice: Document, refund: Refund) -> None:
    """Never more than the invoice has left: money that went back on top of it was no part of the sale."""
    currency = str(invoice.gross.currency)
    left = sum_of(rates_left(invoice), currency).gross
    amount = min(refund.amount, left)
    if amount.amount <= 0:
        return
    if amount != refund.amount:
        logger.warning("credit_note.more_than_invoice", refund=refund.pk, invoice=invoice.number, left=str(left))
    lines = list(_given(refund, currency))
    write_credit_note(invoice, source=_source(refund), amount=amount, lines=lines, reason=_kind_of(refund))


def _kind_of(refund: Refund) -> str:
    """Why, as one of a few kinds: what somebody wrote about it is not for the books. Empty for what has none."""
    if refund.request.startswith("return:"):
        return "returned"
    return KINDS.get(refund.reason, "")


def _given(refund: Refund, currency: str) -> Iterator[Given]:
    def part(amount: Decimal, tax: Decimal) -> Part:
        return Part(money(amount, currency), money(tax, currency))

    for line in refund.lines.all():
        yield Given(line.line, line.quantity, part(line.amount, line.tax))
    if refund.delivery:
        yield Given(None, 1, part(refund.delivery, refund.delivery_tax))


def _source(refund: Refund) -> str:
    return f"refund:{refund.pk}"
