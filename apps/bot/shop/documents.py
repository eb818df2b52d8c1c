"""Invoices and credit notes of this shopper, each behind a link of its own."""

from typing import Any

from apps.orders.actions import find_order, find_orders
from apps.orders.documents.links import document_url
from apps.orders.models import Document, Order, OrderEvent
from apps.payments.documents import documents_of

from .base import Desk

LOOKED_AT = 10  # orders back
SHOWN = 5


class Documents(Desk):
    def documents(self, *, number: str = "") -> dict[str, Any]:
        """Those of one order, or of the latest that has any; without: `why`, which is none | foreign | unpaid | elsewhere."""
        named = find_order(self.customer, number) if number else None
        if number and named is None:
            return {"order": number, "documents": [], "why": "foreign"}
        orders = [named] if named is not None else list(find_orders(self.customer)[:LOOKED_AT])
        for order in orders:
            if found := documents_of(order):
                told = [self._document(document) for document in found[:1] + found[1:][-(SHOWN - 1) :]]
                return {"order": order.number, "documents": told, "why": ""}
        return {"order": orders[0].number if orders else "", "documents": [], "why": self._why(orders)}

    def _why(self, orders: list[Order]) -> str:
        """What is paid and has no invoice of ours was paid before we wrote any: it has one of somebody else's."""
        if not orders:
            return "none"
        is_paid = orders[0].events.filter(kind=OrderEvent.Kind.PAID).exists()
        return "elsewhere" if is_paid or not self.merchant.issues_invoices else "unpaid"

    def _document(self, document: Document) -> dict[str, Any]:
        return {
            "kind": document.kind,
            "number": document.number,
            "day": self.day(document.day),
            "amount": self.money(document.gross),
            "url": document_url(document),
        }
