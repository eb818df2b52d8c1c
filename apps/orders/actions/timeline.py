"""An order's way in stations with true times: what "where is my order?" is answered from."""

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _

from ..models import Order, OrderEvent


@dataclass(frozen=True, slots=True)
class TimelineStep:
    """`at` is None until the station is reached; `detail` is carrier and number of a parcel."""

    kind: str  # ordered | paid | handed_over | shipped | delivered | cancelled | expired | unfillable | refunded
    label: str  # in the active language
    at: dt.datetime | None
    is_done: bool
    detail: str = ""
    url: str = ""


def order_timeline(order: Order) -> list[TimelineStep]:
    """Stations in their order, reached and to come; an order that ended early shows how. Three queries."""
    is_partly = order.fulfilment_status == Order.FulfilmentStatus.PARTIAL
    labels = {
        "drafted": _("Ordered"),
        "paid": _("Paid"),
        "shipped": _("Partly shipped") if is_partly else _("Shipped"),
        "delivered": _("Delivered"),
        "handed_over": _("In your chat"),
        "cancelled": _("Cancelled"),
        "expired": _("Not paid in time"),
        "unfillable": _("Sold out"),
        "refunded": _("Refunded"),
    }
    reached: dict[str, OrderEvent] = {}
    reserved: OrderEvent | None = None
    for event in order.events.all():
        if event.kind == "shipped":
            reached[event.kind] = event  # of several parcels the last one counts
        elif event.kind == "authorised":
            reserved = event
        elif event.kind in labels and not (event.kind == "delivered" and event.data.get("left")):
            reached.setdefault(event.kind, event)
    if reserved is not None and "paid" not in reached:
        reached["paid"], labels["paid"] = reserved, _("Money reserved")
    ended = [kind for kind in ("cancelled", "expired", "unfillable", "refunded") if kind in reached]
    if order.placed_at and "expired" in ended:
        ended.remove("expired")  # paid late, and all the same in time
    by_parcel = [] if order.comes_by_chat else ["shipped", "delivered"]
    usual = ["drafted", "paid", *(["handed_over"] if not by_parcel else []), *by_parcel]
    kinds = [kind for kind in usual if kind in reached] if ended else usual
    return [_step(kind, labels[kind], reached.get(kind)) for kind in [*kinds, *ended]]


def _step(kind: str, label: str, event: OrderEvent | None) -> TimelineStep:
    data = event.data if event else {}
    return TimelineStep(
        kind="ordered" if kind == "drafted" else kind,
        label=label,
        at=event.created_at if event else None,
        is_done=event is not None,
        detail=" ".join(part for part in (data.get("carrier"), data.get("number")) if part)
        if kind == "shipped"
        else "",
        url=data.get("url", "") if kind == "shipped" else "",
    )
