"""What has become of a cart: lapsed and taken back, poured into another, changed by a colleague."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import override

from apps.carts.actions import lapsed_cart, open_cart, put_back, take_back
from apps.carts.errors import CartClosed, CartMoved, TooMany
from apps.carts.models import CartChange
from apps.carts.registry import order_of
from apps.catalog.models import Variant
from apps.catalog.products import NoPrice, variant_label, with_kinds
from apps.catalog.stock import OutOfStock

from .base import Desk

SHOWN = 5


def named_variants() -> QuerySet[Variant]:
    """Variants with what they are called by."""
    named: QuerySet[Variant] = Variant.objects.select_related("product").prefetch_related(with_kinds("values"))
    return named


class Carts(Desk):
    def lapsed(self) -> dict[str, Any]:
        """{"titles": what lay in the cart that lapsed, "more": how many others, "until": the day it was last changed};
        {} where there is none to take back."""
        found = lapsed_cart(self.customer)
        if found is None:
            return {}
        lines = list(found.lines.select_related("variant__product").prefetch_related(with_kinds("variant__values")))
        with override(self.language):
            titles = [f"{line.quantity} × {variant_label(line.variant)}" for line in lines[:SHOWN]]
        return {"titles": titles, "more": len(lines) - len(titles), "until": self.day_of(found.updated_at)}

    def take_back(self) -> dict[str, Any]:
        """What came of it, as `came_along` has it, and whether an order waited for its payment, which is void now
        ("was_due"); {"problem": none} where there is nothing to take back."""
        try:
            was_due = bool(order_of(open_cart(self.customer)))
            came = take_back(self.customer)
        except CartClosed:
            came = None
        return self.came_along(came) | {"was_due": was_due} if came else {"problem": "none"}

    def came_along(self, came: dict[str, Any]) -> dict[str, Any]:
        """One cart poured into another, in words: {"count": pieces that came, "short": [{"title", "count"}] of what
        there was too little, "full": titles the cart had no room for, "codes": codes it had none for}."""
        short, full = came.get("short", {}), came.get("full", [])
        wanted = [*map(int, short), *full]
        rows = named_variants().filter(pk__in=wanted) if wanted else []
        with override(self.language):
            titles = {row.pk: variant_label(row) for row in rows}
        return {
            "count": sum(came.get("added", {}).values()),
            "short": [{"title": titles[int(pk)], "count": count} for pk, count in short.items() if int(pk) in titles],
            "full": [titles[pk] for pk in full if pk in titles],
            "codes": list(came.get("codes_left", [])),
        }

    def put_back(self, *, change: int) -> dict[str, Any]:
        """A colleague's change undone: {"title", "quantity"} as it lies there now, or {"problem": moved | short}."""
        cart = open_cart(self.customer)
        found = CartChange.objects.filter(cart=cart, pk=change).select_related("variant__product").first()
        if found is None or found.variant is None:
            return {"problem": "moved"}
        with override(self.language):
            title = variant_label(found.variant)
        try:
            put_back(cart, found)
        except (CartMoved, CartClosed):
            return {"problem": "moved", "title": title}
        except (OutOfStock, TooMany, NoPrice):
            return {"problem": "short", "title": title}
        return {"title": title, "quantity": int(found.before)}
