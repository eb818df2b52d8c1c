"""What came back and what was decided, with a row for each of the goods. Taken away only: returns begin with a shopper."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet

from apps.merchants.models import Merchant
from apps.orders.models import ReturnLine

from .cells import Moment, Text, Whole
from .sheet import Column, Sheet

OF_REQUEST = ("kind", "state", "wish", "reason", "note", "declined_because", "way")
MOMENTS = ("decided_at", "received_at", "settled_at")


class ReturnSheet(Sheet):
    name = "returns"

    def columns(self, merchant: Merchant) -> Sequence[Column]:
        return (
            Column("return", of=lambda some: str(some.request)),
            Column("order", of=lambda some: some.request.order.number),
            Column("asked_on", Moment(), of=lambda some: some.request.created_at),
            *(Column(name, Text(), of=_of_request(name)) for name in OF_REQUEST),
            Column("sku", of=lambda some: some.line.sku),
            Column("title", of=lambda some: some.line.title),
            Column("quantity", Whole()),
            Column("back_on_sale", Whole(), at="restocked"),
            Column("instead", of=lambda some: some.replacement.sku if some.replacement else ""),
            *(Column(name, Moment(), of=_of_request(name)) for name in MOMENTS),
        )

    def rows(self) -> QuerySet[ReturnLine]:
        found: QuerySet[ReturnLine] = ReturnLine.objects.select_related("request__order", "line", "replacement")
        return found


def _of_request(name: str) -> Callable[[Any], Any]:
    return lambda some: getattr(some.request, name)
