"""The carriers' door and desk: store an event once and say 200; later move the parcel it is about."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from channels.db import database_sync_to_async
from django_scopes import scope, scopes_disabled

from apps.merchants import inbox
from apps.merchants.doors import Malformed, NotConfigured, SignatureWrong

from .actions import record_return_tracking, record_tracking
from .carrier import all_carriers
from .models import CarrierAccount, CarrierEvent, Fulfilment, ReturnLabel

logger = structlog.get_logger(__name__)

LARGEST = 1_000_000  # bytes; a tracker with all its steps has some thousands
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
    name = inbox.kept_name(news.id, most=120)
    event = CarrierEvent(account_id=door.id, event_id=name, status=news.status.value, payload=news.to_json())
    inbox.keep(event, wakes="tracking")
    return 200, b"ok"


def _door_at(provider: str, name: str) -> Door | None:
    with scopes_disabled():
        row = CarrierAccount.objects.filter(provider=provider, name=name, is_active=True).first()
    if row is None:
        return None
    return Door(row.pk, {key: value for key, value in row.config.items() if value not in (None, "", "None")})


def run_due(limit: int = 20) -> int:
    """The worker's part. Returns how many events were looked at."""
    events = inbox.claim(CarrierEvent, limit)
    for event in events:
        _process(event)
    return len(events)


def _process(event: CarrierEvent) -> None:
    """Move its parcel. What fails is tried again, ever more slowly, and ends as a dead letter the merchant sees."""
    try:
        _tell_parcel(event)
    except Unknown as error:
        inbox.again(event, str(error))
    except Exception as error:  # whatever it is, the event must not be lost and must not stop the others
        logger.exception("carrier.event_failed", event_id=event.event_id, attempts=event.attempts + 1)
        inbox.again(event, f"{type(error).__name__}: {error}")
    else:
        inbox.done(event)


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
            _tell_return(said)
            return
        record_tracking(
            parcel,
            carrier=account.provider,
            event_id=event.event_id,
            status=said["status"],
            text=said["text"],
            occurred_at=dt.datetime.fromisoformat(said["occurred_at"]),
        )


def _tell_return(said: dict[str, Any]) -> None:
    """The parcel may be one that comes back. Raises `Unknown`."""
    labels = ReturnLabel.objects.select_related("request__order").filter(tracking_number=said["number"])
    label = labels.order_by("-pk").first()
    if label is None:
        raise Unknown(f"no parcel {said['number']}")
    record_return_tracking(label, status=said["status"])
