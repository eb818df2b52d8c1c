"""The money is here: the draft becomes an order, its goods are sold. Called by payments, inside its transaction."""

from enum import StrEnum

from django.db import transaction

from apps.carts.models import Cart
from apps.carts.promotions.uses import UsedUp
from apps.catalog.stock import HoldLost, OutOfStock, Wanted, allocate, consume_holds, release_holds
from apps.loyalty.errors import VoucherGone
from apps.merchants import clock

from ..exchanged import exchange_is_off, exchange_is_paid, exchange_of
from ..models import Order
from ..points import give_points
from ..uses import give_offers_back, retake_offers
from .cancel import void_locked_draft
from .hand_over import hand_over


class Placing(StrEnum):
    """What became of a paid order. All but PLACED and ALREADY mean: the money goes back."""

    PLACED = "placed"
    ALREADY = "already"
    UNFILLABLE = "unfillable"
    CALLED_OFF = "called_off"


def place_paid(order: Order) -> Placing:
    """`order` and its cart are locked. Draft: sell what it holds. Expired: take the goods again if they are there.

    A cancelled one stays cancelled, and so does one whose cart has meanwhile been bought by another order, or whose
    code or voucher has found another use.
    """
    if order.status in (Order.Status.PLACED, Order.Status.CLOSED):
        return Placing.ALREADY
    if order.status == Order.Status.UNFILLABLE:
        return Placing.UNFILLABLE
    if order.status == Order.Status.CANCELLED:
        return Placing.CALLED_OFF
    if order.status == Order.Status.EXPIRED and exchange_of(order) is not None:
        return Placing.CALLED_OFF  # its goods stay where they are
    try:
        is_sold = _sell_again(order) if order.status == Order.Status.EXPIRED else _sell(order, has_holds=True)
    except (Rivalled, UsedUp, VoucherGone):
        return Placing.CALLED_OFF
    if is_sold:
        _become(order, Order.Status.PLACED)
        order.record("placed")
        exchange_is_paid(order)
        hand_over(order)
        give_points(order)
        return Placing.PLACED
    _become(order, Order.Status.UNFILLABLE)
    order.record("unfillable")
    exchange_is_off(order)
    give_offers_back(order)
    return Placing.UNFILLABLE


class Rivalled(Exception):
    """The cart of an order that had expired has meanwhile been bought by another."""


@transaction.atomic
def _sell_again(order: Order) -> bool:
    """An order that had expired comes back: a newer draft of the same cart gives way, a newer purchase does not.

    What it used of promotions it uses again. Raises `Rivalled`, `UsedUp`, `VoucherGone`; False when its goods are sold out.
    """
    rival = (
        Order.objects.select_for_update(no_key=True, of=("self",))
        .filter(cart_id=order.cart_id, status__in=Order.LIVE)
        .exclude(pk=order.pk)
        .first()
    )
    if rival is not None and rival.status != Order.Status.DRAFT:
        raise Rivalled
    if rival is not None:
        void_locked_draft(rival, release=True)
    is_sold = _sell(order, has_holds=False)
    if rival is not None:
        give_offers_back(rival)
    if is_sold:
        retake_offers(order)
    return is_sold


def _sell(order: Order, *, has_holds: bool) -> bool:
    """Turn the holds into sales; where they are gone, take the goods directly. False when they are sold out."""
    lines = [line for line in order.lines.all() if line.is_stocked]
    references = [line.hold_reference for line in lines]
    if not lines:
        return True
    if has_holds:
        try:
            consume_holds(references)
        except HoldLost:
            release_holds(references)
        else:
            return True
    try:
        with transaction.atomic():
            allocate([Wanted(line.variant_id, line.quantity, line.hold_reference) for line in lines])
    except OutOfStock:
        return False
    return True


def _become(order: Order, status: str) -> None:
    order.status = status
    order.placed_at = clock.now()
    order.save(update_fields=["status", "placed_at"])
    Cart.objects.filter(pk=order.cart_id).update(status=Cart.Status.ORDERED)
