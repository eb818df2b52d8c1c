"""One cart emptied into another: of two who turned out to be one, and of an order that came to nothing."""

from collections.abc import Container
from typing import Any

from django.db import transaction
from django.db.models import F

from apps.catalog.stock import available_to
from apps.customers.models import Customer

from .. import registry
from ..models import Cart, CartLine
from .goods import MAX_LINES, MAX_QUANTITY
from .locking import about_to_change, lock_cart, lock_open, open_of

MAX_CODES = 5


@transaction.atomic
def merge_carts(source: Customer, target: Customer) -> dict[str, Any]:
    """Two customers turned out to be one: quantities are added up, as far as there is stock.

    Registered with customers; the carts of the source become the target's, its open one is emptied into theirs. An order
    that waits for its payment goes on waiting: its cart is not mixed, but stands aside for the other one.
    Returns {"carts": ids that moved, "open": the open one of them, "order": what that one waits as, "aside": the one that
    stood aside for the other, or what was poured of the open one (`_poured`)}.
    """
    theirs, ours = open_of(source), open_of(target)
    carts = sorted((cart for cart in (theirs, ours) if cart), key=lambda cart: cart.pk)
    waiting = {cart.pk: order for cart in carts if (order := _order_of_open(cart))}
    moved: dict[str, Any] = {"carts": list(Cart.objects.filter(customer=source).values_list("pk", flat=True))}
    if theirs:
        moved |= {"open": theirs.pk, "order": waiting.get(theirs.pk, "")}
    if theirs and ours and waiting:
        moved["aside"] = _stand_aside(theirs, ours, waiting)
    elif theirs and ours:
        moved |= _poured(theirs, ours)
        Cart.objects.filter(pk=theirs.pk).update(status=Cart.Status.MERGED)
    Cart.objects.filter(customer=source).update(customer=target)
    return moved


def _order_of_open(cart: Cart) -> str:
    """Locked, the order that waits for its payment, "" where there is none; then whoever relied on the cart is told."""
    locked = lock_open(cart)
    order = registry.order_of(locked)
    if not order:
        about_to_change(locked)
    return order


def _stand_aside(theirs: Cart, ours: Cart, waiting: Container[int]) -> int | None:
    """One of two locked carts stays open: the one with something in it that does not wait for money, else ours.

    Returns the other one's id, where there is something in it.
    """
    empty = next((cart for cart in (theirs, ours) if not (cart.pk in waiting or _pieces(cart))), None)
    if empty is not None:
        Cart.objects.filter(pk=empty.pk).update(status=Cart.Status.MERGED)
        return None
    aside = ours if ours.pk in waiting and theirs.pk not in waiting else theirs
    close_cart(aside)
    return aside.pk


def _pieces(cart: Cart) -> dict[int, int]:
    return dict(CartLine.objects.filter(cart=cart).values_list("variant_id", "quantity"))


@transaction.atomic
def close_cart(cart: Cart) -> None:
    """Its order is being paid for: what the shopper adds from now on goes into a new cart."""
    Cart.objects.filter(pk=cart.pk, status=Cart.Status.OPEN).update(status=Cart.Status.ORDERED)


@transaction.atomic
def reopen_cart(cart: Cart) -> None:
    """Its order came to nothing: the shopper finds the goods in their cart again, added to what is there since."""
    cart = lock_cart(cart)
    if cart.status != Cart.Status.ORDERED:
        return
    newer = open_of(cart.customer)
    if newer is not None and not _order_of_open(newer):
        Cart.objects.filter(pk=cart.pk).update(poured=_poured(cart, newer))
        return
    if newer is not None:  # its own order waits for money and is not to be touched
        close_cart(newer)
    Cart.objects.filter(pk=cart.pk).update(status=Cart.Status.OPEN)


def _poured(source: Cart, target: Cart) -> dict[str, Any]:
    """Pour it, and say what came of it: {"into": the target's id, "added": {variant: pieces}, "codes": the new ones}."""
    before = _pieces(target)
    _pour(source, target)
    added = {str(variant): count - before.get(variant, 0) for variant, count in _pieces(target).items()}
    return {
        "into": target.pk,
        "added": {key: count for key, count in added.items() if count},
        "codes": [code for code in source.codes if code not in target.codes],
    }


def _pour(source: Cart, target: Cart) -> None:
    """Add the source's lines to the target's; never less than the target had, never more than is there."""
    have = {line.variant_id: line for line in target.lines.select_related("variant")}
    coming = list(source.lines.select_related("variant"))
    tracked = {line.hold_reference: line.variant_id for line in coming if line.variant.is_tracked}
    left = available_to(tracked)
    is_one = source.currency == target.currency
    for line in coming:
        mine = have.get(line.variant_id)
        before = mine.quantity if mine else 0
        most = min(MAX_QUANTITY, left.get(line.variant_id, MAX_QUANTITY))
        quantity = max(before, min(before + line.quantity, most), 1)
        if mine:
            mine.quantity = quantity
            mine.save(update_fields=["quantity"])
        elif len(have) < MAX_LINES:
            have[line.variant_id] = CartLine.objects.create(
                merchant_id=target.merchant_id,
                cart=target,
                variant=line.variant,
                quantity=quantity,
                added_by=line.added_by,
                seen_price=line.seen_price if is_one else None,
            )
    Cart.objects.filter(pk=target.pk).update(
        version=F("version") + 1,
        address=target.address_id or source.address_id,
        delivery_method=target.delivery_method_id or (source.delivery_method_id if is_one else None),
        point=target.point_id if target.delivery_method_id or not is_one else source.point_id,
        codes=list(dict.fromkeys([*target.codes, *source.codes]))[:MAX_CODES],
        gift_to=target.gift_to or source.gift_to,
        gift_message=target.gift_message or ("" if target.gift_to else source.gift_message),
        lives_in=target.lives_in or source.lives_in,
    )
