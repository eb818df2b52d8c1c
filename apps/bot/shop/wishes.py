"""What the shopper saved for later, and what they wait for. Refusals come back as {"problem": code}."""

from typing import Any

from django.utils.translation import override

from apps.carts.errors import CartClosed, TooMany
from apps.carts.turns import take_turn
from apps.catalog.models import Product, StockAlert, Variant
from apps.catalog.products import variant_label
from apps.catalog.waitlist import StillThere, TurnOver, leave_line, wait_for, waits_of
from apps.catalog.wishes import WishListFull, forget_wish, save_wish, wishes_of

from . import sheets
from .base import Desk


class Wishes(Desk):
    def save(self, *, product: int, variant: int | None) -> dict[str, Any]:
        """{"is_new"}, or {"problem": gone | full}."""
        row = Product.objects.filter(pk=product, status=Product.Status.ACTIVE).first()
        kind = Variant.objects.filter(pk=variant, product=product).first() if variant is not None else None
        if row is None or (variant is not None and kind is None):
            return {"problem": "gone"}
        try:
            return {"is_new": save_wish(self.customer, row, kind)}
        except WishListFull:
            return {"problem": "full"}

    def wishes(self) -> list[dict[str, Any]]:
        """Cards, newest first; those of one kind have its "variant"."""
        saved = [(wish.product_id, wish.variant_id) for wish in wishes_of(self.customer)]
        return sheets.kinds(self.merchant, saved, language=self.language, terms=self.terms)

    def forget_wish(self, *, product: int, variant: int | None = None) -> bool:
        return bool(forget_wish(self.customer, product=product, variant=variant))

    def waits(self) -> list[dict[str, Any]]:
        """What the shopper is in line for; with "alert" where it is their turn."""
        with override(self.language):
            return [
                {
                    "variant": alert.variant_id,
                    "title": variant_label(alert.variant),
                    "alert": alert.pk if alert.state == alert.State.OFFERED else None,
                }
                for alert in waits_of(self.customer)
            ]

    def wait_for(self, *, variant: int) -> dict[str, Any]:
        """{} once in line, or {"problem": there | gone}."""
        row = Variant.objects.filter(pk=variant, is_active=True, product__status=Product.Status.ACTIVE).first()
        if row is None:
            return {"problem": "gone"}
        try:
            wait_for(self.customer, row)
        except StillThere:
            return {"problem": "there"}
        return {}

    def leave_line(self, *, variant: int) -> bool:
        return leave_line(self.customer, variant)

    def take_turn(self, *, alert: int) -> dict[str, Any]:
        """{"variant"} of what is in the cart now, or {"problem": over | too_many, "left"}; "again" names what to wait for."""
        try:
            return {"variant": take_turn(self.customer, alert).variant_id}
        except TooMany as most:
            return {"problem": "too_many", "left": most.limit}
        except (TurnOver, CartClosed):
            mine = StockAlert.objects.filter(pk=alert, customer=self.customer).select_related("variant").first()
            again = {"again": {"product": mine.variant.product_id, "only": mine.variant_id}} if mine else {}
            return {"problem": "over", **again}
