"""A person's carts, told to them when they ask and forgotten when they wish."""

from typing import Any

from apps.customers.models import Customer

from .models import Cart, CartChange, CartLine, PromotionUse
from .points import told


def export_carts(customer: Customer) -> list[dict[str, Any]]:
    """Every cart with its lines, oldest first."""
    carts = (
        Cart.objects.filter(customer=customer)
        .order_by("pk")
        .select_related("point")
        .prefetch_related("lines__variant", "changes__variant")
    )
    return [
        {
            "status": cart.status,
            "created_at": cart.created_at.isoformat(),
            "lines": [{"sku": line.variant.sku, "quantity": line.quantity} for line in cart.lines.all()],
            "codes": cart.codes,
            "gift": {"to": cart.gift_to, "message": cart.gift_message},
            "lives_in": cart.lives_in,
            "pick_up_point": told(cart.point) if cart.point else None,
            "changes": [_change(change) for change in cart.changes.all()],
        }
        for cart in carts
    ]


def _change(change: CartChange) -> dict[str, Any]:
    """Which colleague it was is not the shopper's to know, only that it was one."""
    return {
        "at": change.at.isoformat(),
        "by": change.by,
        "what": change.variant.sku if change.variant else change.what,
        "before": change.before,
        "after": change.after,
    }


def erase_carts(customer: Customer) -> None:
    """What was never ordered goes; carts that became orders stay as empty shells beside them."""
    CartLine.objects.filter(cart__customer=customer).delete()
    CartChange.objects.filter(cart__customer=customer).delete()
    nothing: dict[str, Any] = {
        "address": None,
        "point": None,
        "codes": [],
        "gift_to": "",
        "gift_message": "",
        "lives_in": {},
    }
    Cart.objects.filter(customer=customer).update(**nothing)


def export_uses(customer: Customer) -> list[dict[str, Any]]:
    """Every offer the person has used, oldest first. They stay in the books, by number alone."""
    uses = PromotionUse.objects.filter(customer=customer).select_related("promotion", "coupon").order_by("pk")
    return [
        {
            "offer": use.promotion.name,
            "code": use.coupon.code if use.coupon else "",
            "at": use.taken_at.isoformat(),
            "is_given_back": use.released_at is not None,
        }
        for use in uses
    ]
