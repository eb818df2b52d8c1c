"""Where a link or a code led a shopper: what it is about, the store and the person it names, goods put together in it."""

from typing import Any

from django.db.models import F, Sum
from django.utils.translation import override

from apps.carts.actions import top_up
from apps.catalog.models import Product, StockLevel, Variant
from apps.catalog.products import variant_label
from apps.conversations.entries import entry_by, entry_by_ad, note_arrival
from apps.conversations.models import Source
from apps.merchants.models import Location, StaffRole

from .carts import named_variants
from .people import People

MOST_GOODS = 20


class Entries(People):
    def entry(self, *, token: str, ad: str = "") -> dict[str, Any]:
        """What a link, a QR code or an advertisement is about, noted as an arrival; {} when it is none of ours, {"gone": True}
        when it was switched off."""
        found, source = entry_by(token)
        if found is None and ad:
            found, source = entry_by_ad(ad), Source.AD
        if found is None or not isinstance(found.target, dict):
            return {}
        if not found.is_active:
            return {"gone": True}
        note_arrival(found, self.conversation, source)
        return {**found.target, "entry": found.token}

    def store(self, *, store: str, product: int = 0) -> dict[str, str] | None:
        """A store as shoppers read of it, and whether this product lies there: "yes", "no" or "" for what is not counted;
        None for one that is no more."""
        found = Location.objects.filter(public_id=store, is_store=True).first()
        if found is None:
            return None
        address = ", ".join(part.strip() for part in found.address.splitlines() if part.strip())
        return {"name": found.name, "address": address, "hours": found.hours, "has": _lies_there(found, product)}

    def colleague(self, *, user: int) -> dict[str, Any] | None:
        """Somebody of the shop's by the name shoppers read; None for who left."""
        role = (
            StaffRole.objects.filter(user_id=user, is_active=True, user__is_active=True).select_related("user").first()
        )
        return {"user": role.user_id, "name": role.user.shown_name} if role else None

    def goods_of_entry(self, *, entry: str) -> list[str]:
        """What was put together in a link, as lines to read; goods that are not sold any more are left out."""
        wanted = self._goods(entry)
        with override(self.language):
            return [f"{wanted[row.pk]} × {variant_label(row)}" for row in _sold(wanted)]

    def take_goods(self, *, entry: str) -> dict[str, Any]:
        """Put them into the shopper's own cart, each at least so many times: twice is once. {"missing": lines that were
        not to be had in that number} or {"problem": gone}."""
        wanted = self._goods(entry)
        sold = {row.pk: row for row in _sold(wanted)}
        if not sold:
            return {"problem": "gone"}
        there = top_up(self.customer, {pk: wanted[pk] for pk in sold})
        with override(self.language):
            short = [variant_label(row) for pk, row in sold.items() if there.get(pk, 0) < wanted[pk]]
        return {"missing": short}

    def _goods(self, entry: str) -> dict[int, int]:
        """{variant: pieces} as the link keeps them; whoever follows it gets goods and nothing of whoever chose them."""
        found, _source = entry_by(entry)
        rows = found.target.get("cart") if found is not None and found.is_active else None
        return {int(variant): int(count) for variant, count in (rows or [])[:MOST_GOODS]}


def _sold(wanted: dict[int, int]) -> list[Variant]:
    rows = named_variants().filter(pk__in=wanted, is_active=True, product__status=Product.Status.ACTIVE)
    found = {row.pk: row for row in rows}
    return [found[pk] for pk in wanted if pk in found]


def _lies_there(store: Location, product: int) -> str:
    levels = StockLevel.objects.filter(location=store, variant__product=product) if product else None
    if levels is None or not Variant.objects.filter(product=product, is_tracked=True).exists():
        return ""
    free = F("on_hand") - F("allocated") - F("held")
    lying = levels.aggregate(pieces=Sum(free))["pieces"] or 0
    return "yes" if lying > 0 else "no"
