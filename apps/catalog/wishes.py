"""What a shopper saved for later."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from apps.customers.models import Customer

from .models import Product, Variant, Wish

MOST = 200  # wishes of one shopper


class WishListFull(Exception):
    """The list holds `MOST` wishes already."""

    def __init__(self) -> None:
        super().__init__(f"A wish list holds {MOST} things.")


def save_wish(customer: Customer, product: Product, variant: Variant | None = None) -> bool:
    """Put it on the list; False where it is already. A kind chosen later replaces the product without one.

    Raises `WishListFull`.
    """
    mine = Wish.objects.filter(customer=customer)
    if mine.filter(Q(variant=variant) if variant else Q(product=product)).exists():
        return False
    if mine.count() >= MOST:
        raise WishListFull
    wish = Wish(merchant_id=customer.merchant_id, customer=customer, product=product, variant=variant)
    (stored,) = Wish.objects.bulk_create([wish], ignore_conflicts=True)
    if variant is not None:
        mine.filter(product=product, variant=None).delete()
    return stored is not None


def wishes_of(customer: Customer) -> list[Wish]:
    """Newest first, as far as it is still in the shop."""
    mine = Wish.objects.filter(customer=customer, product__status=Product.Status.ACTIVE)
    return list(mine.exclude(variant__is_active=False))


def forget_wish(customer: Customer, *, product: int, variant: int | None = None) -> int:
    """Take it off the list; all its kinds where none is named. Returns how many there were."""
    gone = Wish.objects.filter(customer=customer, product=product)
    if variant is not None:
        gone = gone.filter(Q(variant=variant) | Q(variant=None))
    return int(gone.delete()[0])


def move_wishes(source: Customer, target: Customer) -> dict[str, Any]:
    """Two customers are one: {"moved": ids, "double": [[product, variant]]} of those the other had as well."""
    theirs = list(Wish.objects.filter(customer=source).select_for_update(no_key=True))
    known = _keys(Wish.objects.filter(customer=target))
    double = [wish for wish in theirs if (wish.product_id, wish.variant_id) in known]
    moved = [wish.pk for wish in theirs if wish not in double]
    Wish.objects.filter(pk__in=moved).update(customer=target)
    Wish.objects.filter(pk__in=[wish.pk for wish in double]).delete()
    return {"moved": moved, "double": [[wish.product_id, wish.variant_id] for wish in double]}


def return_wishes(source: Customer, target: Customer, moved: dict[str, Any]) -> None:
    """They are two again: what is still on the list goes back, and what both had is on both."""
    Wish.objects.filter(pk__in=moved["moved"], customer=target).update(customer=source)
    kept = _keys(Wish.objects.filter(customer=target))
    Wish.objects.bulk_create(
        Wish(merchant_id=source.merchant_id, customer=source, product_id=product, variant_id=variant)
        for product, variant in moved["double"]
        if (product, variant) in kept
    )


def _keys(wishes: Iterable[Wish]) -> set[tuple[int, int | None]]:
    return {(wish.product_id, wish.variant_id) for wish in wishes}
