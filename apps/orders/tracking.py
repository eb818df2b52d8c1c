"""The carriers' door and desk: store an event once and say 200; later move the parcel it is about."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from channels.db import database_sync_to_async
from django.db import connection, transaction
from django.db.models import F
from django_scopes import scope, scopes_disabled

from apps.merchants import clock

from .actions import record_tracking
from .carrier import Malformed, News, NotConfigured, SignatureWrong, all_carriers
from .models import CarrierAccount, CarrierEvent, Fulfilment

logger = structlog.get_logger(__name__)

LARGEST = 1_000_000  # bytes; a tracker with all its steps has some thousands
MOST_ATTEMPTS = 10
LEASE = dt.timedelta(seconds=60)
LONGEST_PAUSE = dt.timedelta(hours=2)
Answer = tuple[int, bytes]


class Unknown(Exception):
    """News of a parcel that we cannot find (yet)."""


@dataclass(frozen=True, slots=True)
class Door:
    id: int
    config: dict[str, Any]


async def store_tracking(provider: str, account: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """(status, body) for the carrier. 200 only once the event is stored. `headers` have lower-case names."""
    return await database_sync_to_async(take_tracking)(provider, account, headers, body)


def take_tracking(provider: str, account: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """As `store_tracking`, for callers that may wait."""
    carrier, door = all_carriers().get(provider), _door_at(provider, account)
    if carrier is None or door is None:
        return 404, b"nobody here"
    if len(body) > LARGEST:
        return 413, b"too large"
    try:
        carrier.verify(headers, body, door.config)
        news = carrier.parse_webhook(body)
    except NotConfigured:
        logger.error("carrier.webhook_not_configured", provider=provider, account=account)
        return 503, b"not configured"
    except SignatureWrong:
        logger.warning("carrier.webhook_forged", provider=provider, account=account)
        return 400, b"signature"
    except Malformed:
        return 400, b"malformed"
    if news is None:
        return 200, b"nothing of a parcel"
    if not carrier.is_ours(news, door.config):
        logger.error("carrier.webhook_of_others", account=account, event_id=news.id)
        return 400, b"not for this account"
    _store(door, news)
    return 200, b"ok"


def _door_at(provider: str, name: str) -> Door | None:
    with scopes_disabled():
        row = CarrierAccount.objects.filter(provider=provider, name=name, is_active=True).first()
    if row is None:
        return None
    return Door(row.pk, {key: value for key, value in row.config.items() if value not in (None, "", "None")})


def _store(door: Door, news: News) -> None:
    """Once per (account, event id); wakes the worker in the same transaction."""
    event = CarrierEvent(account_id=door.id, event_id=news.id, status=news.status.value, payload=news.to_json())
    with transaction.atomic():
        CarrierEvent.objects.bulk_create([event], ignore_conflicts=True)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify('chatshop_work', 'tracking')")


def run_due(limit: int = 20) -> int:
    """The worker's part. Returns how many events were looked at."""
    events = _claim(limit)
    for event in events:
        _process(event)
    return len(events)


def _claim(limit: int) -> list[CarrierEvent]:
    """Waiting events, ours for a minute; a worker that dies leaves them to the next."""
    now = clock.now()
    with transaction.atomic():
        waiting = CarrierEvent.objects.filter(processed_at__isnull=True, dead_at__isnull=True, due_at__lte=now)
        events = list(waiting.order_by("due_at", "pk").select_for_update(skip_locked=True)[:limit])
        CarrierEvent.objects.filter(pk__in=[event.pk for event in events]).update(
            due_at=now + LEASE, attempts=F("attempts") + 1
        )
    return events


def _process(event: CarrierEvent) -> None:
    """Move its parcel. What fails is tried again, ever more slowly, and ends as a dead letter the merchant sees."""
    try:
        _tell_parcel(event)
    except Unknown as error:
        _again(event, str(error))
    except Exception as error:  # whatever it is, the event must not be lost and must not stop the others
        logger.exception("carrier.event_failed", event_id=event.event_id, attempts=event.attempts + 1)
        _again(event, f"{type(error).__name__}: {error}"[:2000])
    else:
        CarrierEvent.objects.filter(pk=event.pk).update(processed_at=clock.now(), error="")


def _tell_parcel(event: CarrierEvent) -> None:
    """Raises `Unknown`."""
    with scopes_disabled():
        account = CarrierAccount.objects.select_related("merchant").filter(pk=event.account_id).first()
    if account is None:
        raise Unknown("the account is gone")
    with scope(merchant=account.merchant):
        said = event.payload
        parcel = (
            Fulfilment.objects.select_related("order").filter(tracking_number=said["number"]).order_by("-pk").first()
        )
        if parcel is None:
            raise Unknown(f"no parcel {said['number']}")
        record_tracking(
            parcel,
            carrier=account.provider,
            event_id=event.event_id,
            status=said["status"],
            text=said["text"],
            occurred_at=dt.datetime.fromisoformat(said["occurred_at"]),
        )


def _again(event: CarrierEvent, error: str) -> None:
    attempts = event.attempts + 1
    pause = min(LONGEST_PAUSE, dt.timedelta(seconds=2 * 3**attempts))
    is_dead = attempts >= MOST_ATTEMPTS
    CarrierEvent.objects.filter(pk=event.pk).update(
        due_at=clock.now() + pause, error=error, dead_at=clock.now() if is_dead else None
    )


def replay_tracking(event: CarrierEvent) -> None:
    """A dead letter gets another life: the merchant pressed the button."""
    CarrierEvent.objects.filter(pk=event.pk).update(dead_at=None, processed_at=None, attempts=0, due_at=clock.now())
