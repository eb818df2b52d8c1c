"""What must always be true of carts; run by `manage.py check_invariants`."""

from collections.abc import Callable

from django.db.models import Count, F, Q

from .models import Cart, CartLine


def one_open_cart() -> list[str]:
    """A customer has at most one open cart, and it is in the merchant's own shop."""
    doubled = Cart.objects.filter(status=Cart.Status.OPEN).values("customer_id").annotate(n=Count("pk")).filter(n__gt=1)
    astray = Cart.objects.exclude(merchant_id=F("customer__merchant_id"))
    return [f"customer {row['customer_id']} has {row['n']} open carts" for row in doubled] + [
        f"cart {cart.pk} and its customer belong to different shops" for cart in astray
    ]


def lines_of_one_shop() -> list[str]:
    """A cart holds only things of its own shop, bound for an address of its own customer."""
    lines = CartLine.objects.exclude(merchant_id=F("variant__merchant_id"), cart__merchant_id=F("merchant_id"))
    carts = Cart.objects.filter(~Q(address__customer_id=F("customer_id")), address__isnull=False)
    return [f"cart line {line.pk} holds another shop's variant" for line in lines] + [
        f"cart {cart.pk} goes to somebody else's address" for cart in carts
    ]


CHECKS: dict[str, Callable[[], list[str]]] = {
    "carts: one open per customer": one_open_cart,
    "carts: nothing foreign in them": lines_of_one_shop,
}
