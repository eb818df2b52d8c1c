"""How much lies in inbox and outbox, read from their partial indexes: what is done costs nothing to count past."""

from dataclasses import dataclass

from django.db import connection

from apps.merchants import clock

READ = """
SELECT
    (SELECT count(*) FROM conversations_inboundevent
      WHERE processed_at IS NULL AND dead_at IS NULL AND due_at <= %(now)s),
    (SELECT due_at FROM conversations_inboundevent
      WHERE processed_at IS NULL AND dead_at IS NULL AND due_at <= %(now)s ORDER BY due_at LIMIT 1),
    (SELECT count(*) FROM conversations_inboundevent WHERE dead_at IS NOT NULL),
    (SELECT count(*) FROM conversations_message WHERE state IN ('queued', 'retry', 'sending')),
    (SELECT min(occurred_at) FROM conversations_message WHERE state IN ('queued', 'retry', 'sending')),
    (SELECT count(*) FROM conversations_message WHERE state = 'unknown'),
    (SELECT count(*) FROM conversations_message WHERE state IN ('dead', 'failed'))
"""


@dataclass(frozen=True, slots=True)
class Backlog:
    """Of all merchants. Ages are in seconds, 0 when nothing waits; events due later (timers) do not wait yet."""

    inbox_waiting: int
    inbox_oldest: float
    inbox_dead: int
    outbox_waiting: int
    outbox_oldest: float
    outbox_unknown: int
    outbox_dead: int


def read_backlog() -> Backlog:
    """One statement; nothing is locked."""
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(READ, {"now": now})
        waiting, due_at, dead, unsent, since, unknown, given_up = cursor.fetchone()
    return Backlog(
        inbox_waiting=waiting,
        inbox_oldest=max((now - due_at).total_seconds(), 0.0) if due_at else 0.0,
        inbox_dead=dead,
        outbox_waiting=unsent,
        outbox_oldest=max((now - since).total_seconds(), 0.0) if since else 0.0,
        outbox_unknown=unknown,
        outbox_dead=given_up,
    )
