"""Events from outside as rows: stored once, worked off by whichever worker is free, tried again, given up on in the end.

A table of them is the queue. It has no foreign keys: an event is kept whatever became of the account it came to.
"""

import datetime as dt
import hashlib
from typing import Any, TypeVar

from django.db import connection, models, transaction
from django.utils.translation import gettext_lazy as _

from . import clock

MOST_ATTEMPTS = 10
LEASE = dt.timedelta(seconds=60)
LONGEST_PAUSE = dt.timedelta(hours=2)
WAITING = models.Q(processed_at__isnull=True, dead_at__isnull=True)


class OutsideEvent(models.Model):
    """`account_id` and `event_id` are its name: unique in each table."""

    account_id = models.BigIntegerField()
    payload = models.JSONField()
    received_at = models.DateTimeField(_("received on"), default=clock.now)
    due_at = models.DateTimeField(default=clock.now)
    processed_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.TextField(_("error"), blank=True)
    dead_at = models.DateTimeField(_("given up on"), null=True)

    class Meta:
        abstract = True


Event = TypeVar("Event", bound=OutsideEvent)


def kept_name(event_id: str, *, most: int = 255) -> str:
    """The platform's name of an event in `most` letters: of one that is longer the end is a digest of the whole."""
    if len(event_id) <= most:
        return event_id
    digest = hashlib.sha256(event_id.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{event_id[: most - 1 - len(digest)]}~{digest}"


def keep(event: OutsideEvent, *, wakes: str) -> None:
    """Store it, once, and wake the worker's queue of that name in the same transaction."""
    with transaction.atomic():
        _table(type(event)).bulk_create([event], ignore_conflicts=True)
        wake(wakes)


def wake(queue: str) -> None:
    """Ring the worker's bell of that name once this transaction commits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify('chatshop_work', %s)", [queue])


def claim(kind: type[Event], limit: int) -> list[Event]:
    """Waiting events, ours for a minute; a worker that dies leaves them to the next."""
    now = clock.now()
    with transaction.atomic():
        waiting = _table(kind).filter(WAITING, due_at__lte=now).order_by("due_at", "pk")
        events: list[Event] = list(waiting.select_for_update(skip_locked=True)[:limit])
        _table(kind).filter(pk__in=[event.pk for event in events]).update(
            due_at=now + LEASE, attempts=models.F("attempts") + 1
        )
    return events


def done(event: OutsideEvent) -> None:
    """It has taken effect."""
    _row(event).update(processed_at=clock.now(), error="")


def again(event: OutsideEvent, error: str) -> None:
    """It has not: tried again, ever more slowly, until it is given up on. `event` is as `claim` gave it."""
    attempts = event.attempts + 1
    pause = min(LONGEST_PAUSE, dt.timedelta(seconds=2 * 3**attempts))
    is_dead = attempts >= MOST_ATTEMPTS
    _row(event).update(due_at=clock.now() + pause, error=error[:2000], dead_at=clock.now() if is_dead else None)


def replay(event: OutsideEvent) -> None:
    """A dead letter gets another life: the merchant pressed the button."""
    _row(event).update(dead_at=None, processed_at=None, attempts=0, due_at=clock.now())


def _table(kind: type[OutsideEvent]) -> Any:
    return kind._default_manager


def _row(event: OutsideEvent) -> Any:
    return _table(type(event)).filter(pk=event.pk)
