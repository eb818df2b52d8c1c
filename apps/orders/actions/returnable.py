"""What of an order can still be sent back, claimed or exchanged, and until when."""

import datetime as dt
from dataclasses import dataclass

from apps.merchants import clock

from ..models import Fulfilment, FulfilmentLine, Order, OrderLine, ReturnRequest


@dataclass(frozen=True, slots=True)
class Left:
    """So many of a line; `until` is the last day, in the shop's own time, and None for a claim."""

    line: OrderLine
    quantity: int
    until: dt.date | None


def returnable(order: Order, kind: str) -> list[Left]:
    """What has arrived and is in no other return; of a return or exchange also what arrived lately enough.

    Empty for an order that was called off. Two queries.
    """
    if order.status not in (Order.Status.PLACED, Order.Status.CLOSED):
        return []
    inside = _within(order) if kind != ReturnRequest.Kind.CLAIM else None
    found = []
    for line in order.lines.all():
        units, until = (line.delivered, None) if inside is None else inside.get(line.pk, (0, None))
        left = min(units, line.delivered - line.spoken_for)
        if left > 0:
            found.append(Left(line, left, until))
    return found


def is_too_late(order: Order) -> bool:
    """Something arrived that is in no return, but too long ago."""
    return not returnable(order, ReturnRequest.Kind.RETURN) and bool(returnable(order, ReturnRequest.Kind.CLAIM))


def _within(order: Order) -> dict[int, tuple[int, dt.date]]:
    """Line id → how many arrived within the shop's days to return, and the last of those days; the day itself counts."""
    zone, days = order.merchant.zone, dt.timedelta(days=order.merchant.return_days)
    today = clock.now().astimezone(zone).date()
    arrived = FulfilmentLine.objects.filter(
        fulfilment__order=order, fulfilment__state=Fulfilment.State.DELIVERED
    ).select_related("fulfilment")
    found: dict[int, tuple[int, dt.date]] = {}
    for packed in arrived:
        until = packed.fulfilment.delivered_at.astimezone(zone).date() + days
        if until >= today:
            units, last = found.get(packed.line_id, (0, until))
            found[packed.line_id] = (units + packed.quantity, max(last, until))
    return found
