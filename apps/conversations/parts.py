"""A long SMS that a carrier hands over in parts, in any order: each is an event of its own, together they are one message.

The parts wait in the inbox like everything else, so that it does not matter which process hears which of them; whoever
has the thread when the last one is there says the message and ends all of them, in that one transaction.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from apps.merchants import clock
from apps.messaging.events import ChannelEvent

from .actions.masking import clean_event
from .models import InboundEvent

PATIENCE = dt.timedelta(seconds=30)  # then what is there is said without the rest
GAP = " …"


@dataclass(slots=True)
class Joined:
    """`events` are to be acted on; `done` are rows that are part of one of them, `held` rows that wait for others."""

    events: list[ChannelEvent] = field(default_factory=list)
    done: list[int] = field(default_factory=list)
    held: list[int] = field(default_factory=list)


def join_parts(account_id: int, rows: Sequence[tuple[int, Any]]) -> Joined:
    """The events of these rows (id, payload) of one thread, parts put together. The thread is locked."""
    joined = Joined()
    asked: set[tuple[str, int]] = set()
    for pk, payload in rows:
        event = ChannelEvent.from_json(payload)
        if "parts_ref" not in event.data:
            joined.events.append(event)
            continue
        name = (str(event.data["parts_ref"]), int(event.data["parts"]))
        if name not in asked:
            asked.add(name)
            _put_together(account_id, event, joined)
        if pk not in joined.held:
            joined.done.append(pk)
    return joined


def _put_together(account_id: int, one: ChannelEvent, joined: Joined) -> None:
    """All parts of the message that `one` belongs to, if they are there or were waited for long enough."""
    total = int(one.data["parts"])
    waiting = InboundEvent.objects.filter(
        channel_account_id=account_id, thread_key=one.thread_key, processed_at=None, dead_at=None
    )
    same = waiting.filter(payload__data__parts_ref=one.data["parts_ref"], payload__data__parts=total)
    found = list(same.order_by("pk"))
    if not found:  # said by an earlier batch of this very turn
        return
    parts: dict[int, ChannelEvent] = {}
    for row in found:
        event = ChannelEvent.from_json(row.payload)
        parts.setdefault(int(event.data["part"]), event)
    if len(parts) < total and clock.now() < min(row.received_at for row in found) + PATIENCE:
        joined.held += [row.pk for row in found]
        return
    joined.done += [row.pk for row in found]
    joined.events.append(_one_of(parts, total))


def _one_of(parts: dict[int, ChannelEvent], total: int) -> ChannelEvent:
    first = parts[min(parts)]
    words, is_gap = "", False
    for number in range(1, total + 1):
        part = parts.get(number)
        words += part.text if part else "" if is_gap else GAP
        is_gap = part is None
    at = min(part.occurred_at for part in parts.values())
    return clean_event(first.changed(text=words.strip(), occurred_at=at, data={}))


def hold(ids: Sequence[int]) -> None:
    """Look again when the patience with the oldest is over; a part that comes before wakes the thread itself. Waiting is
    no failure, so it does not count as an attempt."""
    for row in InboundEvent.objects.filter(pk__in=ids):
        row.due_at, row.attempts = row.received_at + PATIENCE, 0
        row.save(update_fields=["due_at", "attempts"])
