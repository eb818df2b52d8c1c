"""How far an order's goods are: a fold over its lines and parcels, the same in whatever order they came."""

from collections.abc import Iterable

from .models import Fulfilment, Order, OrderLine

Status = Order.FulfilmentStatus


def fulfilment_status(lines: Iterable[OrderLine], parcels: Iterable[Fulfilment]) -> str:
    """What is still to be sent counts first, then what came back, then what has arrived.

    What is handed over in the chat is there at once: it counts only where nothing else was ordered.
    """
    ordered = list(lines)
    listed = [line for line in ordered if line.is_goods]
    if not listed:
        return Status.DELIVERED if any(line.handed for line in ordered) else Status.NONE
    shipped = sum(line.shipped for line in listed)
    returned = sum(line.returned for line in listed)
    if not shipped:
        return Status.NONE
    if any(line.unsent for line in listed):
        return Status.PARTIAL
    if returned:
        return Status.RETURNED if returned == shipped else Status.PARTLY_RETURNED
    has_arrived = all(parcel.state == Fulfilment.State.DELIVERED for parcel in parcels)
    return Status.DELIVERED if has_arrived else Status.SHIPPED


def fold_goods(order: Order) -> None:
    """Write down how far the goods are. The order is locked."""
    order.fulfilment_status = fulfilment_status(order.lines.all(), order.fulfilments.all())
    order.save(update_fields=["fulfilment_status"])
