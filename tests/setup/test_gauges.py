"""What waits, since when, and what was given up, as Prometheus reads it."""

import datetime as dt
import re
import uuid

import pytest
from django.db import connection
from django.test import Client
from django_scopes import scope

from apps.conversations.backlog import READ, Backlog, read_backlog
from apps.conversations.models import InboundEvent, Message
from apps.merchants import clock
from apps.merchants.models import Merchant
from tests.conversations.people import greets
from tests.factories import channel_account

NOW = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
EMPTY = Backlog(0, 0.0, 0, 0, 0.0, 0, 0)
pytestmark = pytest.mark.django_db


def event(*, ago: int = 0, **fields: object) -> None:
    """Due so many seconds ago."""
    due_at = NOW - dt.timedelta(seconds=ago)
    InboundEvent.objects.create(
        channel_account_id=1, event_key=uuid.uuid4().hex, thread_key="1", payload={}, due_at=due_at, **fields
    )


def messages(merchant: Merchant, *waiting: tuple[str, int]) -> None:
    """(state, seconds since it was written)"""
    conversation = greets(channel_account(merchant, "telegram"))
    for seq, (state, ago) in enumerate(waiting, start=100):
        Message.objects.create(
            merchant=merchant, conversation=conversation, seq=seq, author="bot", state=state, content={"kind": "text"},
            occurred_at=NOW - dt.timedelta(seconds=ago),
        )  # fmt: skip


def test_an_idle_shop_has_no_backlog(in_scope: Merchant) -> None:
    messages(in_scope, ("accepted", 90), ("suppressed", 90))
    with clock.at(NOW):
        event(ago=60, processed_at=NOW)
        assert read_backlog() == EMPTY


def test_everything_is_counted_where_it_belongs(in_scope: Merchant) -> None:
    states = ("queued", "retry", "sending", "unknown", "dead", "failed", "delivered")
    messages(in_scope, *((state, 10 * place) for place, state in enumerate(states, start=1)))
    event(ago=5)
    event(ago=45)
    event(ago=-3600)  # a timer: it waits for its hour, not for us
    event(ago=500, dead_at=NOW, error="poison")
    event(ago=500, processed_at=NOW)
    with clock.at(NOW):
        assert read_backlog() == Backlog(2, 45.0, 1, 3, 30.0, 1, 2)


def test_all_merchants_count(in_scope: Merchant, other_merchant: Merchant) -> None:
    messages(in_scope, ("queued", 1))
    with scope(merchant=other_merchant):
        messages(other_merchant, ("queued", 2))
    with clock.at(NOW):
        assert (read_backlog().outbox_waiting, read_backlog().outbox_oldest) == (2, 2.0)


def test_the_partial_indexes_answer() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {READ}", {"now": NOW})
        plan = "\n".join(row[0] for row in cursor.fetchall())
    used = set(re.findall(r"(?:using|on) (\w+_(?:waiting|dead|outbox|outbox_order|unknown|thread_waiting))\b", plan))
    assert {"inboundevent_waiting", "inboundevent_dead", "message_unknown", "message_dead"} <= used
    assert used & {"message_outbox", "message_outbox_order"}
    assert "Seq Scan" not in plan


def test_metrics_show_it(client: Client, settings: object, in_scope: Merchant) -> None:
    settings.METRICS_TOKEN = "figures"  # type: ignore[attr-defined]
    event(ago=0, dead_at=NOW)
    answer = client.get("/metrics", headers={"Authorization": "Bearer figures"})
    figures = dict(re.findall(r"^(chatshop_\w+) (\S+)$", answer.content.decode(), flags=re.M))
    assert (len(figures), figures["chatshop_inbox_dead_events"]) == (7, "1.0")
    assert "# TYPE chatshop_inbox_oldest_seconds gauge" in answer.content.decode()
