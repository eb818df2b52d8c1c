"""One cart emptied into another: of two who turned out to be one, and of an order that came to nothing."""

from collections.abc import Container
from typing import Any

from django.db import transaction

from apps.catalog.stock import available_to
from apps.customers.models import Customer

from .. import registry
from ..changes import SHOP, Actor, note, note_goods, way_of
from ..models import Cart, CartChange, CartLine
from .goods import MAX_LINES, MAX_QUANTITY
from .locking import about_to_change, become, lock_cart, lock_open, open_of, touched

MAX_CODES = 5


@transaction.atomic
def merge_carts(source: Customer, target: Customer) -> dict[str, Any]:
    """Two customers turned out to be one: quantities are added up, as far as there is stock.

    Registered with customers; the carts of the source become the target's, its open one is emptied into theirs. An order
    that waits for its payment goes on waiting: its cart is not mixed, but stands aside for the other one.
    Returns {"carts": ids that moved, "open": the open one of them, "order": what that one waits as, "aside": the one that
    stood aside for the other, or what was poured of the open one (`poured`)}.
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
        moved |= poured(theirs, ours)
        become(theirs, Cart.Status.MERGED)
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
        become(empty, Cart.Status.MERGED)
        return None
    aside = ours if ours.pk in waiting and theirs.pk not in waiting else theirs
    close_cart(aside)
    return aside.pk


def _pieces(cart: Cart) -> dict[int, int]:
    return dict(CartLine.objects.filter(cart=cart).values_list("variant_id", "quantity"))


@transaction.atomic
def close_cart(cart: Cart) -> None:
    """Its order is being paid for: what the shopper adds from now on goes into a new cart."""
    locked = lock_cart(cart)
    if locked.status == Cart.Status.OPEN:
        become(locked, Cart.Status.ORDERED)


@transaction.atomic
def reopen_cart(cart: Cart) -> None:
    """Its order came to nothing: the shopper finds the goods in their cart again, added to what is there since."""
    cart = lock_cart(cart)
    if cart.status != Cart.Status.ORDERED:
        return
    newer = open_of(cart.customer)
    if newer is not None and not _order_of_open(newer):
        Cart.objects.filter(pk=cart.pk).update(poured=poured(cart, newer))
        return
    if newer is not None:  # its own order waits for money and is not to be touched
        close_cart(newer)
    become(cart, Cart.Status.OPEN)


def poured(source: Cart, target: Cart, *, by: Actor = SHOP) -> dict[str, Any]:
    """Pour one locked cart into another and say what came of it.

    Pieces of the same thing are added up: never less than the target had, never more than is there. Lines and codes come
    along as far as there is room. Returns {"into": the target's id, "added": {variant: pieces}, "codes": the new ones,
    "short": {variant: pieces that were not to be had}, "full": variants there was no room for, "codes_left": codes that}.
    """
    codes = list(dict.fromkeys([*target.codes, *source.codes]))
    is_one = source.currency == target.currency
    goods = _pour_goods(source, target, is_one=is_one, by=by)
    note(target, CartChange.What.CODES, ", ".join(target.codes), ", ".join(codes[:MAX_CODES]), by)
    Cart.objects.filter(pk=target.pk).update(
        codes=codes[:MAX_CODES], **_poured_terms(source, target, is_one=is_one, by=by)
    )
    registry.pour_beside(source, target)
    touched(target)
    new = [code for code in codes[:MAX_CODES] if code not in target.codes]
    return {"into": target.pk, **goods, "codes": new, "codes_left": codes[MAX_CODES:]}


def _poured_terms(source: Cart, target: Cart, *, is_one: bool, by: Actor) -> dict[str, Any]:
    """Where it goes, how and for whom, as far as the target does not say it itself."""
    terms: dict[str, Any] = {}
    if target.address is None and source.address is not None:
        note(target, CartChange.What.ADDRESS, "", "", by)
        terms["address"] = source.address
    if target.delivery_method is None and source.delivery_method is not None and is_one:
        note(target, CartChange.What.DELIVERY, "", way_of(source.delivery_method, source.point), by)
        terms |= {"delivery_method": source.delivery_method, "point": source.point}
    if not target.gift_to and not target.gift_message and (source.gift_to or source.gift_message):
        note(target, CartChange.What.GIFT, "", source.gift_to, by)
        terms |= {"gift_to": source.gift_to, "gift_message": source.gift_message}
    return terms | ({} if target.lives_in else {"lives_in": source.lives_in})


def _pour_goods(source: Cart, target: Cart, *, is_one: bool, by: Actor) -> dict[str, Any]:
    have = {line.variant_id: line for line in target.lines.select_related("variant")}
    coming = list(source.lines.select_related("variant"))
    left = available_to({line.hold_reference: line.variant_id for line in coming if line.variant.is_tracked})
    counted: dict[int, tuple[int, int]] = {}
    short: dict[str, int] = {}
    full: list[int] = []
    for line in coming:
        mine = have.get(line.variant_id)
        if mine is None and len(have) >= MAX_LINES:
            full.append(line.variant_id)
            continue
        before = mine.quantity if mine else 0
        wanted = before + line.quantity
        there = max(before, min(wanted, MAX_QUANTITY, left.get(line.variant_id, MAX_QUANTITY)))
        if there < wanted:
            short[str(line.variant_id)] = wanted - there
        mine = mine or CartLine(merchant_id=target.merchant_id, cart=target, variant=line.variant)
        if mine.pk is None:
            mine.added_by, mine.seen_price = line.added_by, line.seen_price if is_one else None
        mine.quantity = max(there, 1)  # what is sold out stands there with a word of it
        mine.save()
        have[line.variant_id] = mine
        counted[line.variant_id] = (before, mine.quantity)
    note_goods(target, counted, by)
    added = {str(variant): after - before for variant, (before, after) in counted.items() if after > before}
    return {"added": added, "short": short, "full": full}
