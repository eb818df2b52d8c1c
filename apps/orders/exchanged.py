"""What an order of goods of another price means for the exchange it is part of.

Whoever needs both locks the exchange's order first, then the one the goods come from.
"""

from django.db.models import F

from .models import Order, OrderLine, ReturnRequest
from .unused_labels import drop_labels

State = ReturnRequest.State


def exchange_of(order: Order) -> ReturnRequest | None:
    """The exchange this order is the other half of."""
    return ReturnRequest.objects.filter(exchange_order=order).select_related("order").first()


def open_exchange_of(order: Order) -> ReturnRequest | None:
    """The same, as long as the goods are not on their way: until then it is paid with goods that may not come."""
    return ReturnRequest.objects.filter(exchange_order=order, state__in=ReturnRequest.OPEN).first()


def is_exchanged(order: Order) -> bool:
    """Whether these goods are the shopper's: what they were exchanged for is here and paid for them."""
    return ReturnRequest.objects.filter(exchange_order=order, state=State.REPLACED).exists()


def exchange_is_paid(order: Order) -> None:
    """Its difference is here: the shop may judge the exchange. The order is locked; twice is once."""
    asked = exchange_of(order)
    if asked is not None and _flip(asked, State.REQUESTED, State.UNPAID):
        asked.order.record("return_requested", returned=asked.pk)


def is_on_its_way_back(order: Order) -> bool:
    """Whether a parcel that pays for this order is under way. The order is locked, and with a yes or no the exchange."""
    paying = ReturnRequest.objects.select_for_update(no_key=True, of=("self",)).filter(exchange_order=order)
    asked = paying.first()
    return asked is not None and asked.state == State.APPROVED and bool(asked.way)


def exchange_is_off(order: Order) -> None:
    """Its order came to nothing, so the goods stay with the shopper, unless they are here. The order is locked.

    What is here already is paid back by the shop. Their label is given back.
    """
    asked = exchange_of(order)
    if asked is None or not _flip(asked, State.CANCELLED, State.UNPAID, State.REQUESTED, State.APPROVED):
        return
    for some in asked.lines.order_by("line_id"):
        OrderLine.objects.filter(pk=some.line_id).update(spoken_for=F("spoken_for") - some.quantity)
    drop_labels(asked)
    asked.order.record("return_cancelled", returned=asked.pk)


def _flip(asked: ReturnRequest, to: str, *states: str) -> bool:
    return bool(ReturnRequest.objects.filter(pk=asked.pk, state__in=states).update(state=to))
