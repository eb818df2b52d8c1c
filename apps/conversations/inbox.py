"""The inbox's one statement: events in once, their threads, and the wake-up, all or nothing."""

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from apps.merchants import clock
from apps.messaging.events import ChannelEvent, EventKind

from .actions.masking import clean_event

KEY_LENGTH = 255
COALESCE = dt.timedelta(seconds=0.7)
# A text that ends like this is being continued; "hi" is not.
_MORE_COMES = re.compile(
    r"(?:[,;:、，；：…&+]|\.\.\.|\b(?:and|und|y|e|or|oder|o))\s*$|(?:和|还有|或者)\s*$", re.IGNORECASE
)
_ALBUM = ("image", "video")
# Reasons of ignored events that somebody should look at; the others are true and none of our business.
_BROKEN = re.compile(r"not understood|^no (?:message|sender)$")

INSERT = """
WITH incoming AS (
    SELECT * FROM ROWS FROM (json_to_recordset(%(rows)s::json) AS (
        event_key text, thread_key text, payload text, due_at timestamptz, is_done bool, error text
    )) WITH ORDINALITY AS t (event_key, thread_key, payload, due_at, is_done, error, place)
), stored AS (
    INSERT INTO conversations_inboundevent
        (channel_account_id, event_key, thread_key, payload, received_at, due_at, processed_at, dead_at, error)
    SELECT %(account)s, event_key, thread_key, payload::jsonb, %(now)s, due_at,
        CASE WHEN is_done THEN %(now)s::timestamptz END, CASE WHEN error <> '' THEN %(now)s::timestamptz END, error
    FROM incoming ORDER BY place
    ON CONFLICT DO NOTHING
    RETURNING thread_key, processed_at, dead_at
), waiting AS (
    INSERT INTO conversations_inboxthread (channel_account_id, thread_key)
    SELECT DISTINCT %(account)s::bigint, thread_key FROM stored
    WHERE processed_at IS NULL AND dead_at IS NULL ORDER BY thread_key
    ON CONFLICT DO NOTHING
)
SELECT count(*), CASE WHEN count(*) > 0 THEN pg_notify('chatshop_work', 'inbox')::text END FROM stored
"""

ADOPT = """
INSERT INTO conversations_inboxthread (channel_account_id, thread_key)
SELECT DISTINCT e.channel_account_id, e.thread_key FROM conversations_inboundevent e
WHERE e.processed_at IS NULL AND e.dead_at IS NULL AND NOT EXISTS (
    SELECT FROM conversations_inboxthread t
    WHERE t.channel_account_id = e.channel_account_id AND t.thread_key = e.thread_key)
ON CONFLICT DO NOTHING
"""


def adopt_events() -> int:
    """A thread for every event that waits without one: it came at the very moment its sender was forgotten."""
    with connection.cursor() as cursor:
        cursor.execute(ADOPT)
        return int(cursor.rowcount)


@dataclass(frozen=True, slots=True)
class Row:
    """An event ready for the statement. `error` makes it a dead letter; `is_done` stores it without a turn."""

    event_key: str
    thread_key: str
    payload: str
    due_at: dt.datetime
    is_done: bool = False
    error: str = ""


def row_for(event: ChannelEvent, *, due_at: dt.datetime | None = None) -> Row:
    """Masked, storable and with the moment its turn may begin. What no table could hold becomes a dead letter."""
    event = clean_event(event)
    payload = json.dumps(event.to_json(), ensure_ascii=False, allow_nan=False)
    key = event.external_event_id or f"content:{hashlib.sha256(payload.encode()).hexdigest()}"
    thread_key = event.thread_key or event.external_user_id
    reason = str(event.data.get("reason", "")) if event.kind == EventKind.IGNORED else ""
    error = reason if _BROKEN.search(reason) else ""
    if max(len(key), len(thread_key), len(event.external_user_id)) > KEY_LENGTH:
        error = error or "an id is longer than any platform's"
        key = key if len(key) <= KEY_LENGTH else f"content:{hashlib.sha256(payload.encode()).hexdigest()}"
        thread_key = thread_key[:KEY_LENGTH]
    return Row(
        event_key=key,
        thread_key=thread_key,
        payload=payload,
        due_at=due_at or clock.now() + waiting_time(event),
        is_done=event.kind in (EventKind.IGNORED, EventKind.TYPING) and not error,
        error=error,
    )


def waiting_time(event: ChannelEvent) -> dt.timedelta:
    """How long a turn waits for the rest of a burst: taps and finished texts not at all."""
    if event.kind != EventKind.MESSAGE:
        return dt.timedelta()
    if (event.type in _ALBUM and not event.text) or "parts_ref" in event.data:
        return COALESCE
    return COALESCE if len(event.text) <= 200 and _MORE_COMES.search(event.text) else dt.timedelta()


def parameters(account_id: int, rows: Iterable[Row]) -> dict[str, Any]:
    """The statement's parameters. The rows go as one JSON text: an array per column takes the driver far longer."""
    return {
        "account": account_id,
        "now": clock.now(),
        "rows": json.dumps([_written(row) for row in rows], ensure_ascii=False),
    }


def _written(row: Row) -> dict[str, Any]:
    return {
        "event_key": row.event_key,
        "thread_key": row.thread_key,
        "payload": row.payload,
        "due_at": row.due_at.isoformat(),
        "is_done": row.is_done,
        "error": row.error,
    }
