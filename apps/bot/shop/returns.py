"""What this shopper can send back, claim or exchange, and what became of it. Refusals are {"problem": code}."""

from typing import Any

from django.utils.translation import override

from apps.carts.money import money
from apps.catalog.models import Variant
from apps.orders.actions import (
    Left,
    NotNow,
    OutOfStock,
    ask_return,
    find_order,
    find_orders,
    is_too_late,
    label_again,
    postage_for,
)
from apps.orders.actions.labels import rules_of
from apps.orders.documents.label_links import code_url, sheet_url
from apps.orders.models import Order, ReturnLabel, ReturnRequest
from apps.payments.actions import CannotRefund, ask_exchange, cancel_return, swap_for
from apps.payments.returnable import left_to_return, most_to_return
from apps.payments.shares import TooMuch, less, shares_of

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
            told = [self._offered(order, left) for order in orders if (left := left_to_return(order, kind))]
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

    def return_postage(self, *, number: str, lines: list[list[int]], kind: str, reason: str) -> dict[str, str]:
        """What the label costs the shopper and what goes back after that; {} where it costs nothing."""
        order = find_order(self.customer, number)
        if order is None or not (postage := postage_for(order, kind=kind, reason=reason)).amount:
            return {}
        try:
            goods = shares_of(order, _counted(lines), None)
        except (NotNow, TooMuch):
            return {}
        return {"postage": self.money(postage), "left": self.money(less(goods, postage).amount)}

    def exchange_for(self, *, number: str, line: int, quantity: int) -> list[dict[str, Any]]:
        """Other kinds of the same product of which so many are there; `is_same` where they cost the same."""
        order = find_order(self.customer, number)
        bought = order.lines.select_related("variant").filter(pk=line).first() if order else None
        whole = (
            sheets.whole(self.merchant, bought.variant.product_id, language=self.language, terms=self.terms)
            if bought
            else None
        )
        if bought is None or whole is None:
            return []
        own = {self.money(bought.unit_price)}
        own |= {kind["price"] for kind in whole["variants"] if kind["id"] == bought.variant_id}
        return [
            _kind(kind, is_same=kind["price"] in own)
            for kind in whole["variants"]
            if kind["id"] != bought.variant_id and _is_there(kind, quantity)
        ]

    def kinds_of(self, *, product: int, quantity: int) -> list[dict[str, Any]]:
        """The kinds of another product of which so many are there."""
        whole = sheets.whole(self.merchant, product, language=self.language, terms=self.terms)
        return [_kind(kind, is_same=False) for kind in whole["variants"] if _is_there(kind, quantity)] if whole else []

    def swap(self, *, number: str, lines: list[list[int]], variant: int) -> dict[str, Any]:
        """What this exchange comes to: what comes back is worth `worth`, the other costs `price`; `agreed` in figures.

        `due` or `back` is "" where nothing is. {"problem"} where it cannot be.
        """
        order = find_order(self.customer, number)
        instead = Variant.objects.select_related("product").filter(pk=variant).first()
        if order is None or instead is None:
            return {"problem": "gone"}
        try:
            swap = swap_for(order, _counted(lines), instead)
        except (NotNow, TooMuch, CannotRefund):
            return {"problem": "gone"}
        return {
            "worth": self.money(swap.worth),
            "price": self.money(swap.price.total),
            "due": self.money(swap.due) if swap.due.amount else "",
            "back": self.money(swap.back) if swap.back.amount else "",
            "agreed": [str(swap.worth.amount), str(swap.price.total.amount)],
            "is_taxed": swap.is_taxed,
        }

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
        to_credit: bool = False,
        agreed: list[str] | None = None,
    ) -> dict[str, Any]:
        """The same key twice is one return. `agreed`, as `swap` told it, is of an exchange for another price.

        Then `order` is the number of what has to be paid first, "" where nothing is due.
        """
        order = find_order(self.customer, number)
        wanted = _counted(lines)
        if order is None or not _is_left(order, kind, wanted, key):
            return {"problem": "gone"}
        instead = Variant.objects.filter(pk=variant).first() if variant else None
        if instead is not None and agreed is not None:
            worth, price = (money(amount, order.currency) for amount in agreed)
            return self._ask_exchange(
                order,
                lines=wanted,
                variant=instead,
                agreed=(worth, price),
                reason=reason,
                note=note,
                photos=photos,
                to_credit=to_credit,
                request=key,
            )
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
                to_credit=to_credit,
            )
        except NotNow:
            return {"problem": "gone"}
        return {"name": str(made), "order": "", "is_approved": made.state == ReturnRequest.State.APPROVED}

    def _ask_exchange(self, order: Order, **wanted: Any) -> dict[str, Any]:
        try:
            made = ask_exchange(order, confirmed_by=self.conversation.public_id, **wanted)
        except (NotNow, TooMuch, CannotRefund, OutOfStock):
            return {"problem": "gone"}
        waits = made.state == ReturnRequest.State.UNPAID and made.exchange_order is not None
        return {"name": str(made), "order": made.exchange_order.number if waits and made.exchange_order else ""}

    def my_returns(self, *, number: str = "") -> list[dict[str, Any]]:
        """The latest first, or those of one order."""
        mine = ReturnRequest.objects.filter(order__customer=self.customer).select_related("order", "exchange_order")
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
            "way": request.way,
            "may_cancel": request.may_cancel,
            "has_label": request.state == "approved" and request.labels.filter(state="ready").exists(),
            "to_pay": request.exchange_order.number
            if request.state == "unpaid" and request.exchange_order is not None
            else "",
        }

    def own_return(self, *, public_id: str) -> dict[str, Any] | None:
        found = ReturnRequest.objects.filter(order__customer=self.customer, public_id=public_id).first()
        return self._return_told(found) if found else None

    def cancel_return(self, *, public_id: str) -> dict[str, Any]:
        found = ReturnRequest.objects.filter(order__customer=self.customer, public_id=public_id).first()
        try:
            if found is None:
                return {"problem": "gone"}
            cancel_return(found, by_shopper=True)
        except NotNow:
            return {"problem": "late"}
        return {}

    def return_label(self, *, public_id: str = "") -> dict[str, Any]:
        """The label of this return, or of the latest that stands: `state` is ready (with `sheet`, `code`, `carrier`,
        `address`, `filename`) | wanted | requested | past | by_hand | none. One that has run out is bought anew."""
        mine = ReturnRequest.objects.filter(order__customer=self.customer).exclude(kind=ReturnRequest.Kind.CLAIM)
        mine = mine.select_related("order__merchant", "order__customer")
        named = mine.filter(public_id=public_id) if public_id else mine.filter(state__in=ReturnRequest.OPEN)
        found = named.order_by("-pk").first()
        if found is None:
            return {"state": "none"}
        told = {"name": str(found)}
        if found.state in (ReturnRequest.State.UNPAID, ReturnRequest.State.REQUESTED):
            return {**told, "state": "requested"}
        if found.state != ReturnRequest.State.APPROVED or found.way:
            return {**told, "state": "past"}
        label = label_again(found)
        return {**told, **(_label_told(label) if label is not None else {"state": "by_hand"})}


def _label_told(label: ReturnLabel) -> dict[str, Any]:
    if label.state != ReturnLabel.State.READY:
        return {"state": "wanted"}
    rules = rules_of(label.request.order) if label.account_id is None else None
    return {
        "state": "ready",
        "sheet": sheet_url(label),
        "code": code_url(label),
        "carrier": label.carrier,
        "address": ", ".join(rules.address) if rules else "",
        "filename": label.filename,
    }


def _kind(kind: dict[str, Any], *, is_same: bool) -> dict[str, Any]:
    return {
        "variant": kind["id"],
        "label": kind["label"],
        "keys": kind["keys"],
        "price": kind["price"],
        "is_same": is_same,
    }


def _is_there(kind: dict[str, Any], quantity: int) -> bool:
    return kind["stock"] is None or bool(kind["stock"] >= quantity)


def _counted(lines: list[list[int]]) -> dict[int, int]:
    return {pair[0]: pair[1] for pair in lines}


def _is_left(order: Order, kind: str, wanted: dict[int, int], key: str) -> bool:
    left = most_to_return(order, kind)
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
