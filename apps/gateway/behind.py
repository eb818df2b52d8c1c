"""Events whose words are still at the platform: fetched by the worker before their turn, with no lock held meanwhile.

Whatever goes wrong, the turn is taken without them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from django.db import transaction

from apps.conversations.inbox import INSERT, parameters, row_for
from apps.merchants.models import ChannelAccount
from apps.merchants.statements import fetch
from apps.messaging.channel import channel_for
from apps.messaging.events import BEHIND, ChannelEvent

logger = structlog.get_logger(__name__)

MOST_SECONDS = 60  # for all the calls that one of them takes
TRIES = 2
REWRITE = "UPDATE conversations_inboundevent SET payload = %s::jsonb WHERE id = %s AND processed_at IS NULL"


@dataclass(slots=True)
class Unread(Exception):
    """A turn is about to begin with an event that only says where its words are."""

    account: ChannelAccount
    row: int
    payload: dict[str, Any]
    rows: list[int]  # of the inbox, waiting until they are here


def look(account: ChannelAccount | None, waiting: Mapping[int, dict[str, Any]]) -> None:
    """Raises `Unread` where one of these rows has to be fetched first."""
    if account is None:
        return
    for pk, payload in waiting.items():
        if BEHIND in payload.get("data", {}):
            raise Unread(account, pk, payload, list(waiting))


def read(unread: Unread) -> None:
    """Put what the event says into its place; what else it says comes behind it."""
    event = ChannelEvent.from_json(unread.payload)
    first, *rest = _told(unread.account, event)
    with transaction.atomic():
        fetch(REWRITE, [row_for(first).payload, unread.row])
        if rest:
            fetch(INSERT, parameters(unread.account.pk, [row_for(one) for one in rest]))


def _told(account: ChannelAccount, event: ChannelEvent) -> list[ChannelEvent]:
    for _try in range(TRIES):
        try:
            if found := channel_for(account.kind).told_behind(event, account.config):
                return found
            break
        except Exception as error:  # whatever it was, the shopper waits for an answer
            logger.warning("event.unread", account=account.pk, error=f"{type(error).__name__}: {error}"[:200])
    data = {name: value for name, value in event.data.items() if name != BEHIND}
    return [event.changed(media=(), data={**data, "reason": "its words could not be fetched"})]
