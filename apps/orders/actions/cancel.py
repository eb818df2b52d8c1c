"""Ways an order ends without a parcel. Money is not this floor's: payments looks after what was paid."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django_scopes import scope, scopes_disabled

from apps.carts.actions import reopen_cart
from apps.carts.models import Cart
from apps.carts.promotions.uses import release_uses
from apps.catalog.stock import deallocate, release_holds
from apps.merchants import clock
from apps.merchants.models import Merchant
from apps.merchants.prepared import Prepared

from ..errors import NotCancellable, TooMany
from ..exchanged import exchange_is_off, is_on_its_way_back
from ..fold import fold_goods
from ..models import Order, OrderLine, ReturnRequest
from ..points import take_points_back
from ..uses import give_offers_back

CART_CHANGED = "cart_changed"


def _draft_of(cart: int) -> QuerySet[Order]:
    drafts: QuerySet[Order] = Order.objects.select_for_update(no_key=True, of=("self",))
    return drafts.filter(cart_id=cart, status=Order.Status.DRAFT).order_by("pk")[:1]


_lock_draft = Prepared(_draft_of, cart=int)


def void_draft(cart: Cart) -> None:
    """The cart is about to change: the draft made of it, and any pay link for it, are void.

    Registered with carts; the cart is locked. Money that still comes for the old draft is given back.
    """
    draft = _lock_draft.first(cart=cart.pk)
    if draft is not None:
        void_locked_draft(draft, release=True)
        give_offers_back(draft)


def void_locked_draft(draft: Order, *, release: bool) -> None:
    """Called off without fuss. With `release` its goods are free again; otherwise the next draft takes them over.

    What it used of promotions the caller gives back, once no more stock is to be locked.
    """
    _end(draft, Order.Status.CANCELLED)
    draft.record("cancelled", reason=CART_CHANGED)
    if release:
        release_holds(_held_references(draft))


def drop_lines(order: Order, lines: Mapping[int, int], *, actor: Any = None) -> None:
    """So many of these (line id → how many) will not be sent: they are free for others. The order is locked.

    An order of which nothing was sent and nothing is left to send is called off. Raises `TooMany`.
    """
    listed = {line.pk: line for line in order.lines.order_by("variant_id", "pk")}
    dropped = {pk: quantity for pk, quantity in lines.items() if quantity}
    for pk, quantity in dropped.items():
        left = listed[pk].unsent if pk in listed and order.status == Order.Status.PLACED else 0
        if not 0 < quantity <= left:
            raise TooMany(order, "take out", left=left)
        OrderLine.objects.filter(pk=pk).update(dropped=F("dropped") + quantity)
    if not dropped:
        return
    was = order.fulfilment_status
    fold_goods(order)
    order.record("dropped", actor=actor, goods=[f"{quantity} × {listed[pk].title}" for pk, quantity in dropped.items()])
    has_ended = end_if_nothing_left(order, actor=actor)
    if not has_ended and order.fulfilment_status == Order.FulfilmentStatus.DELIVERED != was:
        order.record("delivered", actor=actor, fulfilments=[], left=0)
    for pk, line in listed.items():
        if pk in dropped and line.is_stocked:
            deallocate(line.variant_id, dropped[pk], line.hold_reference)
    if has_ended:
        undo_promotions(order)


def end_if_nothing_left(order: Order, *, actor: Any = None) -> bool:
    """An order of which nothing was sent or handed over and nothing is to come is called off. It is locked.

    Where it has ended, the caller undoes its promotions, once no more stock is to be locked.
    """
    if order.status != Order.Status.PLACED or any(
        line.shipped or line.handed or line.unsent for line in order.lines.all()
    ):
        return False
    _end(order, Order.Status.CANCELLED)
    order.record("cancelled", actor=actor, reason="nothing left")
    return True


def undo_promotions(order: Order) -> None:
    """It was called off after it had been placed: its points are gone, and what it used of offers is there again."""
    take_points_back(order)
    give_offers_back(order)


@transaction.atomic
def call_off(order: Order, *, actor: Any = None, reason: str = "") -> Order:
    """Cancel before anything was shipped; sold goods go back on the shelf. Twice is once. Raises `NotCancellable`.

    What is paid with goods whose parcel is on its way only the shop (`actor`) may call off. Money that came is given back by `payments.actions.cancel_order`, which calls this.
    """
    order = lock_order(order)
    if order.status == Order.Status.CANCELLED:
        return order
    is_sold = order.status == Order.Status.PLACED
    if order.status not in (Order.Status.DRAFT, Order.Status.PLACED, Order.Status.UNFILLABLE):
        raise NotCancellable(order)
    if order.fulfilment_status != Order.FulfilmentStatus.NONE:
        raise NotCancellable(order)
    if actor is None and is_on_its_way_back(order):
        raise NotCancellable(order)
    is_draft = order.status == Order.Status.DRAFT
    _end(order, Order.Status.CANCELLED)
    order.record("cancelled", actor=actor, reason=reason)
    exchange_is_off(order)
    if is_draft:
        release_holds(_held_references(order))
        reopen_cart(order.cart)
    if is_sold:
        for line in order.lines.filter(is_stocked=True).order_by("variant_id"):
            deallocate(line.variant_id, line.unsent, line.hold_reference)
        take_points_back(order)
    give_offers_back(order)
    return order


def give_back_after_refund(order: Order) -> None:
    """All its money went back: so do its uses of the promotions whose merchant wants it so. The order is locked."""
    release_uses(order.use_reference, only_returnable=True)


def expire_orders(*, limit: int = 200) -> int:
    """Drafts nobody paid in time end, their goods are free again, and the cart is open as it was. Returns how many.

    For the scheduler; opens each merchant's scope itself. Skips orders somebody is busy with.
    """
    with scopes_disabled():
        due = Order.objects.filter(status=Order.Status.DRAFT, hold_until__lte=clock.now()).order_by("hold_until")
        found = list(due.values_list("pk", "cart_id", "merchant_id")[:limit])
        merchants = Merchant.objects.in_bulk({merchant_id for _, _, merchant_id in found})
    done = 0
    for pk, cart_id, merchant_id in found:
        with scope(merchant=merchants[merchant_id]):
            done += _expire(pk, cart_id)
    return done


@transaction.atomic
def _expire(pk: int, cart_id: int) -> int:
    if not Cart.objects.select_for_update(no_key=True, skip_locked=True).filter(pk=cart_id).first():
        return 0
    order = (
        Order.objects.select_for_update(no_key=True, of=("self",), skip_locked=True)
        .filter(pk=pk, status=Order.Status.DRAFT, hold_until__lte=clock.now())
        .first()
    )
    if order is None:
        return 0
    _end(order, Order.Status.EXPIRED)
    order.record("expired", reason="unpaid")
    exchange_is_off(order)
    reopen_cart(order.cart)
    release_holds(_held_references(order))
    give_offers_back(order)
    return 1


def lock_order(order: Order) -> Order:
    """Its cart's row first, then its own, for this transaction."""
    Cart.objects.select_for_update(no_key=True).filter(pk=order.cart_id).first()
    return Order.objects.select_for_update(no_key=True, of=("self",)).get(pk=order.pk)


def lock_return(request: ReturnRequest) -> ReturnRequest:
    """Its order first, then itself, for this transaction; `order` is the locked one."""
    order = lock_order(request.order)
    locked: ReturnRequest = ReturnRequest.objects.select_for_update(no_key=True, of=("self",)).get(pk=request.pk)
    locked.order = order
    return locked


def _end(order: Order, status: str) -> None:
    order.status = status
    if status == Order.Status.CANCELLED:
        order.cancelled_at = clock.now()
    order.save(update_fields=["status", "cancelled_at"])


def _held_references(order: Order) -> list[str]:
    return list(order.lines.filter(is_stocked=True).values_list("hold_reference", flat=True))
