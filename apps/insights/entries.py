"""What links and codes brought in: how often their page was opened, who came into a thread, and what they ordered."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, F, OuterRef, Subquery, Sum
from djmoney.money import Money

from apps.carts.money import money
from apps.conversations.models import EntryArrival, EntryPoint, EntryVisit, Source
from apps.orders.models import Order

COUNTS_FOR = dt.timedelta(days=30)  # an order so long after somebody came by a link is put down to it


@dataclass(frozen=True, slots=True)
class Brought:
    """By one source: page views, shoppers who came into a thread, their orders, and what those come to."""

    source: str
    label: str
    opened: int
    arrived: int
    orders: int
    value: Money


def brought_in(entry: EntryPoint) -> list[Brought]:
    """By source, those first that brought most; sources nobody came by are left out.

    An order belongs to the link its shopper came by last before it, within thirty days, and counts once it is placed;
    orders in other currencies than the shop's are counted and not summed.
    """
    opened = dict(EntryVisit.objects.filter(entry=entry).values_list("source").annotate(total=Sum("count")))
    people = EntryArrival.objects.filter(entry=entry).values_list("source")
    arrived = dict(people.annotate(total=Count("conversation__identity__customer", distinct=True)))
    orders: Counter[str] = Counter()
    value: dict[str, Money] = {}
    currency = entry.merchant.currency
    for source, total in _orders(entry):
        orders[source] += 1
        if str(total.currency) == currency:
            value[source] = value.get(source, money(0, currency)) + total
    rows = [
        Brought(
            source,
            str(Source(source).label),
            opened.get(source, 0),
            arrived.get(source, 0),
            orders[source],
            value.get(source, money(0, currency)),
        )
        for source in Source.values
    ]
    found = [row for row in rows if row.opened or row.arrived or row.orders]
    return sorted(found, key=lambda row: (-row.orders, -row.arrived, -row.opened))


def _orders(entry: EntryPoint) -> list[tuple[str, Money]]:
    """(source, total) of each order that is put down to this link."""
    came = EntryArrival.objects.filter(
        conversation__identity__customer=OuterRef("customer"),
        arrived_at__lte=OuterRef("placed_at"),
        arrived_at__gte=OuterRef("placed_at") - COUNTS_FOR,
    ).order_by("-arrived_at", "-pk")
    mine = EntryArrival.objects.filter(entry=entry).values("conversation__identity__customer")
    placed = Order.objects.filter(customer__in=mine, placed_at__isnull=False).exclude(status=Order.Status.CANCELLED)
    last = placed.annotate(entry=Subquery(came.values("entry")[:1]), source=Subquery(came.values("source")[:1]))
    return [
        (order.source, order.total)
        for order in last.filter(entry=F("entry"), entry__isnull=False)
        if order.entry == entry.pk
    ]
