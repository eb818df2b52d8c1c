"""An order with nothing left to pay, for it costs nothing or gift cards and credit pay it all: there is no page to pay
it at, so the shopper's yes is what places it.
"""

from django.db import transaction

from apps.merchants import clock
from apps.orders.actions import HOLD_FOR_LINK, NotNow, keep_holds
from apps.orders.actions.cancel import lock_order
from apps.orders.actions.place import Placing, place_paid
from apps.orders.models import Order

from ..documents import write_documents
from ..tenders import amount_due, sum_of, tenders_of
from .tender import keep_tenders


@transaction.atomic
def place_free(order: Order) -> Order:
    """Sell the goods of a draft with nothing left to pay; it counts as paid. Twice, or at once from two sides, is once.

    Raises `OutOfStock` (its hold had run out and somebody was faster; it stays a draft) and `NotNow` (it has ended,
    or there is something to pay).
    """
    order = lock_order(order)
    if amount_due(order).amount or order.gift_cards.amount:
        raise NotNow(order, "be placed without payment")
    if order.status in (Order.Status.PLACED, Order.Status.CLOSED):
        return order
    order = keep_holds(order, until=clock.now() + HOLD_FOR_LINK)
    if place_paid(order) != Placing.PLACED:
        raise AssertionError(f"order {order.number} holds its goods and is not placed")
    keep_tenders(order, wanted=sum_of(tenders_of(order), order.currency))
    order.payment_status = Order.PaymentStatus.PAID
    order.save(update_fields=["payment_status"])
    order.record(
        "paid", payment=None, amount=str(order.total.amount if order.total.amount else 0), currency=order.currency
    )
    write_documents(order)
    return order
