"""Who keeps goods from others at the moment without having bought them."""

from collections.abc import Collection

from apps.catalog.models import StockHold
from apps.merchants import clock

from .models import Cart, CartLine


def how_many_hold(customers: Collection[int]) -> int:
    """Of these customers (ids), how many have goods held for a summary or an order to be paid. Two queries."""
    lines = CartLine.objects.filter(cart__customer__in=customers).exclude(cart__status=Cart.Status.MERGED)
    owners = {line.hold_reference: line.cart.customer_id for line in lines.select_related("cart")}
    live = StockHold.objects.filter(
        reference__in=list(owners), state=StockHold.State.ACTIVE, expires_at__gt=clock.now()
    )
    return len({owners[reference] for reference in live.values_list("reference", flat=True)})
