"""A fact is told once, and soon."""

import datetime as dt

from django.db.models import Count, Exists, OuterRef

from apps.loyalty.models import LoyaltyEvent
from apps.merchants import clock
from apps.merchants.invariants import register
from apps.orders.models import OrderEvent

from .models import Notice
from .return_words import RETURN_SPEAKERS

PATIENCE = dt.timedelta(minutes=15)


def facts_untold() -> list[str]:
    """Placed, shipped and delivered orders, and judged returns, of which the shopper heard nothing for a quarter of an hour."""
    told = Notice.objects.filter(source="order", event=OuterRef("pk"))
    late = clock.now() - PATIENCE
    untold = OrderEvent.objects.filter(
        kind__in=["placed", "shipped", "delivered", *RETURN_SPEAKERS],
        created_at__lt=late,
        created_at__gt=late - dt.timedelta(days=2),
    ).filter(~Exists(told))
    return [f"order event {event.pk} ({event.kind}) was not told" for event in untold[:100]]


def points_untold() -> list[str]:
    """News of points nobody told their member for a quarter of an hour."""
    told = Notice.objects.filter(source="loyalty", event=OuterRef("pk"))
    late = clock.now() - PATIENCE
    untold = LoyaltyEvent.objects.filter(created_at__lt=late, created_at__gt=late - dt.timedelta(days=2))
    return [f"loyalty event {event.pk} ({event.kind}) was not told" for event in untold.filter(~Exists(told))[:100]]


def facts_given_up() -> list[str]:
    """Tellings that failed to the end; a person has to look."""
    dead = Notice.objects.filter(next_at=None).exclude(error="")
    return [f"{notice.source} event {notice.event} was not told: {notice.error}" for notice in dead[:100]]


def facts_told_twice() -> list[str]:
    """The database forbids it; this would notice if it no longer did."""
    twice = Notice.objects.values("source", "event").annotate(times=Count("pk")).filter(times__gt=1)
    return [f"{row['source']} event {row['event']} was told {row['times']} times" for row in twice]


register("notifications.every fact is told", facts_untold)
register("notifications.news of points are told", points_untold)
register("notifications.no telling was given up", facts_given_up)
register("notifications.no fact is told twice", facts_told_twice)
