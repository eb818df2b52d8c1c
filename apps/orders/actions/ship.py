"""The parcel's way: shipped, tracked, delivered."""

import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction

from apps.catalog.stock import ship
from apps.merchants import clock

from ..errors import NotDeliverable, NotShippable
from ..models import Fulfilment, Order, TrackingEvent
from .cancel import lock_order

DELIVERED = "delivered"


@transaction.atomic
def ship_order(
    order: Order, *, carrier: str, tracking_number: str, tracking_url: str = "", actor: Any = None
) -> Fulfilment:
    """The whole order left the house. The same number again gives the same parcel; raises `NotShippable` otherwise."""
    order = lock_order(order)
    parcel = order.fulfilments.filter(carrier=carrier, tracking_number=tracking_number).first()
    if parcel is not None:
        return parcel
    if order.status != Order.Status.PLACED or order.fulfilment_status != Order.FulfilmentStatus.NONE:
        raise NotShippable(order)
    parcel = Fulfilment.objects.create(
        merchant_id=order.merchant_id,
        order=order,
        carrier=carrier,
        tracking_number=tracking_number,
        tracking_url=tracking_url,
        shipped_at=clock.now(),
    )
    order.fulfilment_status = Order.FulfilmentStatus.SHIPPED
    order.save(update_fields=["fulfilment_status"])
    order.record(
        "shipped", actor=actor, fulfilment=parcel.pk, carrier=carrier, number=tracking_number, url=tracking_url
    )
    for line in order.lines.filter(is_stocked=True).order_by("variant_id"):
        ship(line.variant_id, line.quantity, line.hold_reference)
    return parcel


@transaction.atomic
def deliver_order(order: Order, *, actor: Any = None, at: dt.datetime | None = None) -> Order:
    """It has arrived. Twice is once; raises `NotDeliverable` when nothing was shipped."""
    order = lock_order(order)
    if order.fulfilment_status == Order.FulfilmentStatus.DELIVERED:
        return order
    if order.fulfilment_status != Order.FulfilmentStatus.SHIPPED:
        raise NotDeliverable(order)
    order.fulfilments.filter(state=Fulfilment.State.SHIPPED).update(
        state=Fulfilment.State.DELIVERED, delivered_at=at or clock.now()
    )
    order.fulfilment_status = Order.FulfilmentStatus.DELIVERED
    order.save(update_fields=["fulfilment_status"])
    order.record("delivered", actor=actor)
    return order


def record_tracking(
    fulfilment: Fulfilment, *, carrier: str, event_id: str, status: str, text: str = "", occurred_at: dt.datetime
) -> bool:
    """A carrier's word about a parcel, once per (carrier, event id); "delivered" delivers the order.

    Returns False for one we had. Late or repeated words never take a delivery back.
    """
    with transaction.atomic():
        order = lock_order(fulfilment.order)
        try:
            with transaction.atomic():
                TrackingEvent.objects.create(
                    merchant_id=fulfilment.merchant_id,
                    fulfilment=fulfilment,
                    carrier=carrier,
                    event_id=event_id,
                    status=status,
                    text=text,
                    occurred_at=occurred_at,
                )
        except IntegrityError:
            return False
        if status == DELIVERED:
            deliver_order(order, at=occurred_at)
        return True
