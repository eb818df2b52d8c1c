"""An order that costs nothing: there is no page to pay it at, so the shopper's yes is what places it."""

from django.db import transaction

from apps.merchants import clock
from apps.orders.actions import HOLD_FOR_LINK, NotNow, keep_holds
from apps.orders.actions.cancel import lock_order
from apps.orders.actions.place import Placing, place_paid
from apps.orders.models import Order


@transaction.atomic
def place_free(order: Order) -> Order:
    """Sell the goods of a draft whose total is zero; it counts as paid. Twice, or at once from two sides, is once.

    Raises `OutOfStock` (its hold had run out and somebody was faster; it stays a draft) and `NotNow` (it has ended,
    or there is something to pay).
    """
    order = lock_order(order)
    if order.total.amount:
        raise NotNow(order, "be placed without payment")
    if order.status in (Order.Status.PLACED, Order.Status.CLOSED):
        return order
    order = keep_holds(order, until=clock.now() + HOLD_FOR_LINK)
    if place_paid(order) != Placing.PLACED:
        raise AssertionError(f"order {order.number} holds its goods and is not placed")
    order.payment_status = Order.PaymentStatus.PAID
    order.save(update_fields=["payment_status"])
    order.record("paid", payment=None, amount="0", currency=order.currency)
    return order
