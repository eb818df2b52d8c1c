"""Into the inbox with one statement, from sockets and webhooks (asynchronous) or from Django's own connection."""

from collections.abc import Sequence

from apps.conversations.inbox import INSERT, Row, parameters, row_for
from apps.merchants.statements import one
from apps.messaging.events import ChannelEvent

from . import pool


async def store_events(account_id: int, events: Sequence[ChannelEvent]) -> int:
    """Store what is new, once, and wake the workers; returns how many were new. Raises `psycopg.Error`."""
    return await store_rows(account_id, [row_for(event) for event in events])


async def store_rows(account_id: int, rows: Sequence[Row]) -> int:
    """As `store_events`, for rows made already."""
    if not rows:
        return 0
    stored = await pool.run(INSERT, parameters(account_id, rows))
    return stored[0] or 0


def store_events_sync(account_id: int, events: Sequence[ChannelEvent]) -> int:
    """As `store_events`, in the current Django transaction. Raises `django.db.DatabaseError`."""
    return store_rows_sync(account_id, [row_for(event) for event in events])


def store_rows_sync(account_id: int, rows: Sequence[Row]) -> int:
    if not rows:
        return 0
    stored = one(INSERT, parameters(account_id, rows))
    return stored[0] if stored else 0
