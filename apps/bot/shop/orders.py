"""Orders of this shopper, told truly; nobody learns anything of somebody else's."""

from typing import Any

from django.utils.translation import override

from apps.conversations.actions import record_event
from apps.conversations.models import Rating
from apps.messaging.sealed import seal
from apps.orders.actions import Parcels, find_order, find_orders, order_again, order_timeline, parcels_of, returnable
from apps.orders.codes import codes_of
from apps.orders.downloads import bought_by, digital_of, download_url, left_of
from apps.orders.models import HandedCode, Order, OrderLine
from apps.orders.points import thank_for_rating
from apps.payments.actions import may_undo
from apps.payments.tenders import amount_due

from .base import Desk

RECENT = 3


class Orders(Desk):
    def orders(self) -> list[dict[str, Any]]:
        with override(self.language):
            return [self._brief(order) for order in find_orders(self.customer)[:RECENT]]

    def order(self, *, number: str) -> dict[str, Any] | None:
        """The order with its way so far; None when this shopper has none of that number."""
        with override(self.language):
            found = find_order(self.customer, number)
            return self._told(found) if found else None

    def latest_order(self) -> dict[str, Any] | None:
        with override(self.language):
            found = find_orders(self.customer).first()
            return self._told(found) if found else None

    def downloads(self) -> list[dict[str, Any]]:
        """The digital goods of this shopper, the latest first: {"title", "url", "left", "codes", "has_all"}. Codes are
        sealed; url is "" where there is nothing to fetch, and without "has_all" the shop hands over the rest by itself."""
        lines = bought_by(self.customer)[:RECENT]
        codes = codes_of(lines)
        return [self._digital(line, codes.get(line.pk, [])) for line in lines]

    def _digital(self, line: OrderLine, codes: list[HandedCode]) -> dict[str, Any]:
        has_file = digital_of(line) is not None
        return {
            "title": line.title,
            "url": download_url(line) if has_file else "",
            "left": left_of(line),
            "codes": [seal("licence_code", handed.code.public_id, shown=str(handed)) for handed in codes],
            "has_all": has_file or len(codes) >= line.handed,
        }

    def _brief(self, order: Order) -> dict[str, Any]:
        return {
            "number": order.number,
            "status": order.status,
            "payment": order.payment_status,
            "fulfilment": order.fulfilment_status,
            "total": self.money(amount_due(order) if order.status == Order.Status.DRAFT else order.total),
            "placed": self.day_of(order.placed_at or order.created_at),
        }

    def _told(self, order: Order) -> dict[str, Any]:
        parcel = order.fulfilments.order_by("-pk").first()
        parcels = parcels_of(order) if parcel else None
        return {
            **self._brief(order),
            "steps": [
                {"label": step.label, "at": self.day_of(step.at), "done": step.is_done}
                for step in order_timeline(order)
            ],
            "carrier": parcel.carrier if parcel else "",
            "tracking": parcel.tracking_number if parcel else "",
            "url": parcel.tracking_url if parcel else "",
            "parcels": self._each(parcels) if parcels and parcels.is_split else [],
            "to_come": ", ".join(map(str, parcels.to_come)) if parcels else "",
            "by_chat": order.comes_by_chat,
            **self._has_digital(order),
            "may_undo": order.comes_by_chat and may_undo(order),
            "may_return": bool(parcel and returnable(order, "return")),
            "returns": [
                {"name": str(request), "goods": request.goods, "state": request.state}
                for request in order.returns.order_by("position").prefetch_related("lines__line")
                if request.state != "cancelled"
            ]
            if parcel
            else [],
        }

    def _has_digital(self, order: Order) -> dict[str, bool]:
        """{"has_files", "has_codes"}: whether it holds digital goods, and codes that are still the shopper's."""
        digital = [line for line in order.lines.all() if line.comes_as == "digital"]
        return {"has_files": bool(digital), "has_codes": bool(digital and codes_of(digital))}

    def _each(self, parcels: Parcels) -> list[dict[str, Any]]:
        return [
            {
                "position": parcel.position,
                "goods": ", ".join(map(str, goods)),
                "carrier": f"{parcel.carrier} {parcel.tracking_number}".strip(),
                "url": parcel.tracking_url,
                "arrived": self.day_of(parcel.delivered_at),
            }
            for parcel, goods in parcels.sent
        ]

    def order_again(self, *, number: str = "") -> dict[str, Any]:
        """Everything of that order, or of the latest one bought, put into the cart; or {"problem": foreign | none}."""
        found = find_order(self.customer, number) if number else self._latest_bought()
        if found is None:
            return {"problem": "foreign" if number else "none"}
        with override(self.language):
            again = order_again(found)
        return {
            "number": found.number,
            "there": [str(goods) for goods in again.there],
            "short": [{"title": goods.title, "left": goods.quantity} for goods in again.short],
            "gone": list(again.gone),
            "is_repriced": again.is_repriced,
        }

    def _latest_bought(self) -> Order | None:
        latest: Order | None = find_orders(self.customer).filter(placed_at__isnull=False).first()
        return latest

    def rate(self, *, number: str, score: int, comment: str = "") -> dict[str, Any]:
        """Keep the rating of an order; a second one replaces the first."""
        found = find_order(self.customer, number)
        if found is None or not 1 <= score <= 5:
            return {"problem": "gone"}
        Rating.objects.update_or_create(
            conversation=self.conversation,
            subject=f"order:{found.number}",
            defaults={"score": score, "comment": comment[:2000]},
            create_defaults={"score": score, "comment": comment[:2000], "merchant_id": self.merchant.pk},
        )
        record_event(self.conversation, "rated", data={"order": found.number, "score": score})
        thank_for_rating(found)
        return {"score": score}
