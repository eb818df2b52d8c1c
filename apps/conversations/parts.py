"""A long SMS that a carrier hands over in parts, in any order: each is an event of its own, together they are one message.

The parts wait in the inbox like everything else, so that it does not matter which process hears which of them; whoever
has the thread when the last one is there says the message and ends all of them, in that one transaction.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from apps.merchants import clock
from apps.messaging.events import ChannelEvent

from .actions.masking import clean_event
from .models import InboundEvent

PATIENCE = dt.timedelta(seconds=30)  # then what is there is said without the rest
SPAN = dt.timedelta(minutes=5)  # parts further apart are of two messages
GAP = " …"
_Message = dict[int, tuple[InboundEvent, ChannelEvent]]  # by the number of the part


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
    """All parts that say of themselves what `one` does: each message of them that is there or was waited for long enough."""
    total = int(one.data["parts"])
    waiting = InboundEvent.objects.filter(
        channel_account_id=account_id, thread_key=one.thread_key, processed_at=None, dead_at=None
    )
    same = waiting.filter(payload__data__parts_ref=one.data["parts_ref"], payload__data__parts=total)
    for message in _told_apart(same):  # none where an earlier batch of this very turn has said them
        rows = [row for row, _part in message.values()]
        if len(message) < total and clock.now() < min(row.received_at for row in rows) + PATIENCE:
            joined.held += [row.pk for row in rows]
            continue
        joined.done += [row.pk for row in rows]
        joined.events.append(_one_of({number: part for number, (_row, part) in message.items()}, total))


def _told_apart(rows: Iterable[InboundEvent]) -> list[_Message]:
    """Phones count their references to 255 and begin anew, and some never count. A place that is taken belongs to another
    message, and a part to that of the messages lacking it which is nearest in time."""
    parts = [(ChannelEvent.from_json(row.payload), row) for row in rows]
    messages: list[_Message] = []
    for part, row in sorted(parts, key=lambda found: (found[0].occurred_at, found[1].pk)):
        number, oldest = int(part.data["part"]), part.occurred_at - SPAN
        lacking = [each for each in messages if number not in each and _last(each) >= oldest]
        message = max(lacking, key=_last, default=None)
        if message is None:
            message = {}
            messages.append(message)
        message[number] = (row, part)
    return messages


def _last(message: _Message) -> dt.datetime:
    return max(part.occurred_at for _row, part in message.values())


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
