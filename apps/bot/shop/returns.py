"""What this shopper can send back, claim or exchange, and what became of it. Refusals are {"problem": code}."""

from typing import Any

from django.utils.translation import override

from apps.catalog.models import Variant
from apps.orders.actions import (
    Left,
    NotNow,
    ask_return,
    cancel_return,
    find_order,
    find_orders,
    is_too_late,
    returnable,
)
from apps.orders.models import Order, ReturnRequest
from apps.payments.shares import TooMuch, given_back, shares_of

from . import sheets
from .base import Desk

LOOKED_AT = 10  # orders back
SHOWN = 5


class Returns(Desk):
    def returnable(self, *, kind: str, number: str = "") -> dict[str, Any]:
        """Orders with something to send back, newest first; `why` there are none: none | on_its_way | late | taken."""
        with override(self.language):
            found = [find_order(self.customer, number)] if number else list(find_orders(self.customer)[:LOOKED_AT])
            orders = [order for order in found if order is not None]
            told = [self._offered(order, left) for order in orders if (left := left_of(order, kind))]
            return {"orders": told, "why": "" if told else _why(orders)}

    def _offered(self, order: Order, left: list[Left]) -> dict[str, Any]:
        return {
            "number": order.number,
            "goods": ", ".join(f"{some.quantity} × {some.line.title}" for some in left),
            "lines": [
                {
                    "line": some.line.pk,
                    "title": some.line.title,
                    "left": some.quantity,
                    "until": self.day(some.until),
                    "variant": some.line.variant_id,
                }
                for some in left
            ],
        }

    def return_money(self, *, number: str, lines: list[list[int]]) -> str:
        """What these goods cost the shopper; "" where that cannot be said."""
        order = find_order(self.customer, number)
        if order is None:
            return ""
        try:
            return self.money(shares_of(order, _counted(lines), None).amount)
        except (NotNow, TooMuch):
            return ""

    def exchange_for(self, *, number: str, line: int, quantity: int) -> list[dict[str, Any]]:
        """Other kinds of the same product at the same price of which so many are there."""
        order = find_order(self.customer, number)
        bought = order.lines.select_related("variant").filter(pk=line).first() if order else None
        whole = sheets.whole(self.merchant, bought.variant.product_id, language=self.language) if bought else None
        if bought is None or whole is None:
            return []
        own = {self.money(bought.unit_price)}
        own |= {kind["price"] for kind in whole["variants"] if kind["id"] == bought.variant_id}
        return [
            {"variant": kind["id"], "label": kind["label"], "keys": kind["keys"]}
            for kind in whole["variants"]
            if kind["id"] != bought.variant_id
            and kind["price"] in own
            and (kind["stock"] is None or kind["stock"] >= quantity)
        ]

    def ask_return(
        self,
        *,
        number: str,
        lines: list[list[int]],
        kind: str,
        wish: str,
        reason: str,
        note: str,
        photos: list[str],
        variant: int,
        key: str,
    ) -> dict[str, Any]:
        """The same key twice is one return."""
        order = find_order(self.customer, number)
        wanted = _counted(lines)
        if order is None or not _is_left(order, kind, wanted, key):
            return {"problem": "gone"}
        instead = Variant.objects.filter(pk=variant).first() if variant else None
        try:
            made = ask_return(
                order,
                lines=wanted,
                kind=kind,
                wish=wish,
                reason=reason,
                note=note,
                photos=photos,
                replacements=dict.fromkeys(wanted, instead) if instead else None,
                request=key,
            )
        except NotNow:
            return {"problem": "gone"}
        return {"name": str(made)}

    def my_returns(self, *, number: str = "") -> list[dict[str, Any]]:
        """The latest first, or those of one order."""
        mine = ReturnRequest.objects.filter(order__customer=self.customer).select_related("order")
        if number:
            mine = mine.filter(order__number=number)
        return [self._return_told(request) for request in mine.prefetch_related("lines__line")[:SHOWN]]

    def _return_told(self, request: ReturnRequest) -> dict[str, Any]:
        return {
            "id": request.public_id,
            "name": str(request),
            "kind": request.kind,
            "state": request.state,
            "goods": request.goods,
            "may_cancel": request.state in ("requested", "approved"),
        }

    def own_return(self, *, public_id: str) -> dict[str, Any] | None:
        found = ReturnRequest.objects.filter(order__customer=self.customer, public_id=public_id).first()
        return self._return_told(found) if found else None

    def cancel_return(self, *, public_id: str) -> dict[str, Any]:
        found = ReturnRequest.objects.filter(order__customer=self.customer, public_id=public_id).first()
        try:
            if found is None:
                return {"problem": "gone"}
            cancel_return(found)
        except NotNow:
            return {"problem": "late"}
        return {}


def _counted(lines: list[list[int]]) -> dict[int, int]:
    return {pair[0]: pair[1] for pair in lines}


def left_of(order: Order, kind: str) -> list[Left]:
    """What may come back, less what was paid back without coming."""
    left = returnable(order, kind)
    if not left:
        return []
    given = given_back(order)
    unpaid = ((some, min(some.quantity, some.line.quantity - given.units[some.line.pk])) for some in left)
    return [Left(some.line, most, some.until) for some, most in unpaid if most > 0]


def _is_left(order: Order, kind: str, wanted: dict[int, int], key: str) -> bool:
    left = {some.line.pk: some.quantity for some in left_of(order, kind)}
    is_known = order.returns.filter(request=key).exists()
    return is_known or all(quantity <= left.get(pk, 0) for pk, quantity in wanted.items())


def _why(orders: list[Order]) -> str:
    bought = [order for order in orders if order.placed_at]
    if any(is_too_late(order) for order in bought):
        return "late"
    if any(line.spoken_for for order in bought for line in order.lines.all()):
        return "taken"
    waiting = (Order.FulfilmentStatus.NONE, Order.FulfilmentStatus.PARTIAL, Order.FulfilmentStatus.SHIPPED)
    is_coming = any(order.status == Order.Status.PLACED and order.fulfilment_status in waiting for order in bought)
    return "on_its_way" if is_coming else "none"
