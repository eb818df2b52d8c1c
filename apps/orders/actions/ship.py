"""A parcel's way: shipped, tracked, delivered. An order may leave in several."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Sum

from apps.catalog.stock import ship
from apps.merchants import clock

from ..errors import NotDeliverable, NotShippable, ParcelKnown, TooMany
from ..exchanged import open_exchange_of
from ..fold import fold_goods
from ..models import Fulfilment, FulfilmentLine, Order, OrderLine, TrackingEvent
from .cancel import lock_order

DELIVERED = "delivered"
STAGES: list[str] = list(Fulfilment.Stage.values)  # how far a parcel has come, least first
TOLD = frozenset({"in_transit", "out_for_delivery", "pick_up"})
TROUBLES = {"failure": "parcel_failed", "returning": "parcel_returning"}


@transaction.atomic
def ship_order(
    order: Order,
    *,
    carrier: str,
    tracking_number: str = "",
    tracking_url: str = "",
    lines: Mapping[int, int] | None = None,
    position: int | None = None,
    actor: Any = None,
) -> Fulfilment:
    """A parcel left the house: with these `lines` (line id → how many), or with all that was still to be sent.

    The same number again is the same parcel, and so is the same `position` ("this is the second one") with the same
    goods. Raises `NotShippable`, `TooMany`, and `ParcelKnown` where that position went out with something else.
    """
    order = lock_order(order)
    if tracking_number and (
        known := order.fulfilments.filter(carrier=carrier, tracking_number=tracking_number).first()
    ):
        return known
    if position is not None and (known := order.fulfilments.filter(position=position).first()):
        return _insist_same(known, carrier=carrier, tracking_number=tracking_number, lines=lines)
    going = _going(order, lines)
    if not going and (known := order.fulfilments.filter(carrier=carrier, tracking_number=tracking_number).last()):
        return known
    if order.status != Order.Status.PLACED or not going or open_exchange_of(order) is not None:
        raise NotShippable(order)
    parcel = _pack(order, going, carrier=carrier, tracking_number=tracking_number, tracking_url=tracking_url)
    fold_goods(order)
    order.record(
        "shipped",
        actor=actor,
        fulfilment=parcel.pk,
        position=parcel.position,
        carrier=carrier,
        number=tracking_number,
        url=tracking_url,
        left=sum(line.unsent for line in order.lines.all()),
    )
    for line, quantity in going:
        if line.is_stocked:
            ship(line.variant_id, quantity, line.hold_reference, reason=f"parcel {parcel}")
    return parcel


def _going(order: Order, wanted: Mapping[int, int] | None) -> list[tuple[OrderLine, int]]:
    """Which lines go and how many of each, in the order in which stock is locked."""
    lines = {line.pk: line for line in order.lines.order_by("variant_id", "pk")}
    if wanted is None:
        wanted = {pk: line.unsent for pk, line in lines.items() if line.is_goods}
    for pk, quantity in wanted.items():
        left = lines[pk].unsent if pk in lines and lines[pk].is_goods else 0
        if not 0 <= quantity <= left:
            raise TooMany(order, "ship", left=left)
    return [(line, wanted[pk]) for pk, line in lines.items() if wanted.get(pk)]


def _pack(order: Order, going: list[tuple[OrderLine, int]], **told: str) -> Fulfilment:
    parcel: Fulfilment = Fulfilment.objects.create(
        merchant_id=order.merchant_id,
        order=order,
        position=order.fulfilments.count() + 1,
        shipped_at=clock.now(),
        **told,
    )
    for line, quantity in going:
        FulfilmentLine.objects.create(merchant_id=order.merchant_id, fulfilment=parcel, line=line, quantity=quantity)
        OrderLine.objects.filter(pk=line.pk).update(shipped=F("shipped") + quantity)
    return parcel


def _insist_same(
    known: Fulfilment, *, carrier: str, tracking_number: str, lines: Mapping[int, int] | None
) -> Fulfilment:
    """A second press of the same button, or somebody else's parcel that went out meanwhile?"""
    inside = dict(known.lines.values_list("line_id", "quantity"))
    asked = inside if lines is None else {pk: quantity for pk, quantity in lines.items() if quantity}
    if (known.carrier, known.tracking_number, inside) != (carrier, tracking_number, asked):
        raise ParcelKnown(known)
    return known


@transaction.atomic
def deliver_order(
    order: Order, *, parcel: Fulfilment | None = None, actor: Any = None, at: dt.datetime | None = None
) -> Order:
    """All that was on its way has arrived, or this one parcel. Twice is once; raises `NotDeliverable` when nothing was sent."""
    order = lock_order(order)
    parcels = order.fulfilments.filter(pk=parcel.pk) if parcel else order.fulfilments.all()
    if not parcels.exists():
        raise NotDeliverable(order)
    arrived = list(parcels.filter(state=Fulfilment.State.SHIPPED).values_list("pk", flat=True))
    if not arrived:
        return order
    Fulfilment.objects.filter(pk__in=arrived).update(
        state=Fulfilment.State.DELIVERED,
        delivered_at=at or clock.now(),
        stage=Fulfilment.Stage.DELIVERED,
        trouble=Fulfilment.Trouble.NONE,
        needs_look=False,
    )
    for packed in FulfilmentLine.objects.filter(fulfilment__in=arrived).order_by("line_id"):
        OrderLine.objects.filter(pk=packed.line_id).update(delivered=F("delivered") + packed.quantity)
    fold_goods(order)
    order.record("delivered", actor=actor, fulfilments=arrived, left=_not_there_yet(order))
    return order


def _not_there_yet(order: Order) -> int:
    """How many pieces are still to be sent or on their way."""
    due = sum(line.quantity - line.dropped - line.handed for line in order.lines.all())
    there = FulfilmentLine.objects.filter(fulfilment__order=order, fulfilment__state=Fulfilment.State.DELIVERED)
    return due - int(there.aggregate(n=Sum("quantity"))["n"] or 0)


def record_tracking(
    fulfilment: Fulfilment, *, carrier: str, event_id: str, status: str, text: str = "", occurred_at: dt.datetime
) -> bool:
    """A carrier's word about a parcel, once per (carrier, event id): it moves the parcel on, never back.

    `status` is one of `carrier.Status`; "delivered" delivers that parcel. Returns False for one we had.
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
        parcel = Fulfilment.objects.get(pk=fulfilment.pk)
        if parcel.state == Fulfilment.State.DELIVERED:
            return True  # whatever else is said of it now is late
        if status == DELIVERED:
            deliver_order(order, parcel=parcel, at=occurred_at)
        elif status in TROUBLES:
            _in_trouble(order, parcel, status)
        elif status in STAGES[: STAGES.index(DELIVERED)]:
            _come_so_far(order, parcel, status)
        return True


def _come_so_far(order: Order, parcel: Fulfilment, stage: str) -> None:
    """Told once for each stage, and only if it is further than what was told."""
    if STAGES.index(stage) <= STAGES.index(parcel.stage):
        return
    Fulfilment.objects.filter(pk=parcel.pk).update(stage=stage)
    if stage in TOLD:
        order.record(stage, fulfilment=parcel.pk, position=parcel.position, carrier=parcel.carrier)


def _in_trouble(order: Order, parcel: Fulfilment, status: str) -> None:
    """A task for the merchant each time; the shopper hears of each kind once."""
    Fulfilment.objects.filter(pk=parcel.pk).update(trouble=status, needs_look=True)
    kind = TROUBLES[status]
    if not order.events.filter(kind=kind, data__fulfilment=parcel.pk).exists():
        order.record(kind, fulfilment=parcel.pk, position=parcel.position, carrier=parcel.carrier)
