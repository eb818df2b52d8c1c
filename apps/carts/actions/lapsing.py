"""A cart nobody has touched for as long as the shop keeps one, and its way back."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django_scopes import get_scope

from apps.customers.models import Customer
from apps.merchants import clock

from .. import registry
from ..changes import SHOPPER
from ..models import Cart, CartChange, CartLine
from .locking import about_to_change, become, cart_hold_references, lock_cart, lock_open, open_cart, release
from .pouring import poured

BATCH = 500
KEPT = dt.timedelta(days=180)  # what lapsed is offered for so long, and then forgotten


def lapse_carts(limit: int = BATCH) -> int:
    """Close the open carts with something in them that nobody has changed for the days the shop keeps carts; forget what
    lapsed too long ago. In a merchant's scope; at most so many at once, returns how many lapsed. One that waits for its
    payment does not lapse."""
    _forget()
    done, after = 0, 0
    while done < limit:
        batch = list(_due().filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:limit])
        if not batch:
            break
        done += sum(_lapse(pk) for pk in batch[: limit - done])
        after = batch[-1]
    return done


def _due() -> QuerySet[Cart]:
    since = clock.now() - dt.timedelta(days=get_scope()["merchant"].cart_days)
    due: QuerySet[Cart] = Cart.objects.filter(_has_lines(), status=Cart.Status.OPEN, updated_at__lt=since)
    return due


def _has_lines() -> Exists:
    return Exists(CartLine.objects.filter(cart=OuterRef("pk")))


@transaction.atomic
def _lapse(pk: int) -> bool:
    cart = lock_cart(Cart(pk=pk))
    if not _due().filter(pk=pk).exists() or registry.order_of(cart):
        return False
    about_to_change(cart)
    release(cart_hold_references(cart))
    become(cart, Cart.Status.EXPIRED)
    return True


def _forget() -> None:
    """What lay in them, and who put it there: nobody asks for it any more."""
    old = Cart.objects.filter(_has_lines(), status=Cart.Status.EXPIRED, updated_at__lt=clock.now() - KEPT)
    forgotten = list(old.values_list("pk", flat=True)[:BATCH])
    if forgotten:
        CartLine.objects.filter(cart__in=forgotten).delete()
        CartChange.objects.filter(cart__in=forgotten).delete()


def lapsed_cart(customer: Customer) -> Cart | None:
    """The latest cart of theirs that lapsed with something in it and was not taken back, as long as it is kept."""
    kept = Cart.objects.filter(_has_lines(), customer=customer, status=Cart.Status.EXPIRED)
    return kept.filter(updated_at__gte=clock.now() - KEPT).order_by("-updated_at", "-pk").first()


@transaction.atomic
def take_back(customer: Customer) -> dict[str, Any] | None:
    """What lapsed last lies in the open cart again, beside what is there: as `poured` says; None where nothing lapsed,
    and then an order that waits for its payment goes on waiting. Raises `CartClosed`."""
    into = lock_open(open_cart(customer))
    found = lapsed_cart(customer)
    if found is None:
        return None
    lapsed = lock_cart(found)
    if lapsed.status != Cart.Status.EXPIRED:
        return None
    about_to_change(into)
    came = poured(lapsed, into, by=SHOPPER)
    become(lapsed, Cart.Status.MERGED, by=SHOPPER, poured=came)
    return came
