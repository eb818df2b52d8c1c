"""One turn: claim a thread, read what waits in it, act, all in one transaction; poison ends as a dead letter."""

import datetime as dt
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import QuerySet
from django.db.models.functions import Greatest
from django_scopes import scope

from apps.bot.beside import is_served_beside
from apps.bot.bills import take_payments
from apps.conversations.actions import Received, receive
from apps.conversations.inbox import COALESCE
from apps.conversations.models import Conversation, InboundEvent
from apps.conversations.parts import hold, join_parts
from apps.merchants import clock
from apps.merchants.accounts import account_by_id
from apps.merchants.models import ChannelAccount
from apps.merchants.statements import fetch, one
from apps.messaging.events import ChannelEvent, EventKind
from apps.routing.actions import follow_outside, hand_over

from . import behind, profiles
from .apology import apologise
from .erasure import ask_for_erasure

logger = structlog.get_logger(__name__)

MAX_ATTEMPTS = 5
MAX_KILLS = 15  # ends of a process while it had the event: machines die for other reasons too
MAX_BATCH = 100
EARLY_WAIT = dt.timedelta(seconds=1)  # for news that came before the answer it is about
OUTSIDE = (EventKind.ECHO, EventKind.HANDOVER)  # what people do in the platform's own inbox
Respond = Callable[[Received], None]
Count = Callable[[Sequence[int]], None]

# The join finds a thread that waits; only the thread's row is locked. What waits in it is read in a statement of its
# own, after the lock: this one's snapshot may be older than the turn that just ended.
CLAIM = """
SELECT t.id, t.channel_account_id, t.thread_key
FROM conversations_inboundevent e
JOIN conversations_inboxthread t ON t.channel_account_id = e.channel_account_id AND t.thread_key = e.thread_key
WHERE e.processed_at IS NULL AND e.dead_at IS NULL AND e.due_at <= %(now)s
ORDER BY e.due_at, e.id LIMIT 1
FOR NO KEY UPDATE OF t SKIP LOCKED
"""
WAITING = """
SELECT id, event_key, payload, attempts FROM conversations_inboundevent
WHERE channel_account_id = %(account)s AND thread_key = %(thread)s AND processed_at IS NULL AND dead_at IS NULL
  AND (due_at <= %(now)s OR (attempts = 0 AND due_at <= %(soon)s))
ORDER BY id LIMIT %(limit)s
"""
DONE = """
UPDATE conversations_inboundevent SET processed_at = %s, error = ''
WHERE id = ANY(%s) AND processed_at IS NULL
"""
LATER = "UPDATE conversations_inboundevent SET due_at = %s WHERE id = ANY(%s) AND processed_at IS NULL RETURNING id"
LOCK_AGAIN = "SELECT id FROM conversations_inboxthread WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED"
COUNT = "UPDATE conversations_inboundevent SET attempts = attempts + 1 WHERE id = ANY(%s)"


# The attempts' own connection speaks psycopg, everything else Django.
DATABASE_TROUBLE = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)


@dataclass(frozen=True, slots=True)
class Thread:
    """The row a turn locks, and what it stands for."""

    pk: int
    account_id: int
    key: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A stored event and how often a turn has begun with it."""

    pk: int
    event_key: str
    payload: Any
    attempts: int


def count_here(ids: Sequence[int]) -> None:
    """Count attempts on Django's own connection: enough where nobody kills the process."""
    fetch(COUNT, [list(ids)])


def run_turn(respond: Respond, *, count: Count = count_here) -> int:
    """Take the thread that waited longest through one turn; returns how many events it had, 0 when none is due.

    `count` notes an attempt where a crash of this process cannot take it back. A newcomer's platform is asked who they
    are first; their turn comes with the next call. So does that of an event whose words are to be fetched.
    """
    try:
        return _turn(respond, count)
    except profiles.Newcomer as newcomer:
        until = clock.now() + dt.timedelta(seconds=2 * profiles.WAIT)
        fetch(LATER, [until, newcomer.rows])  # so that no other worker takes it up meanwhile
        profiles.ask(newcomer)
        fetch(LATER, [clock.now(), newcomer.rows])
        return 1
    except behind.Unread as unread:
        fetch(LATER, [clock.now() + dt.timedelta(seconds=behind.MOST_SECONDS), unread.rows])
        behind.read(unread)
        fetch(LATER, [clock.now(), unread.rows])
        return 1


def _turn(respond: Respond, count: Count) -> int:
    taken: list[Waiting] = []
    thread: Thread | None = None
    try:
        with transaction.atomic():
            thread = _claim()
            if thread is None:
                return 0
            account_id, thread_key = thread.account_id, thread.key
            rows = _waiting(account_id, thread_key)
            if not rows:
                return 1  # another worker was faster; look again
            account = account_by_id(account_id)
            payloads = {row.pk: row.payload for row in rows}
            behind.look(account, payloads)
            profiles.greet(account, payloads)
            batches = _batches(rows)
            if len(batches) == 1:
                taken = rows
                _run_batch(account, rows, respond, count)
            for batch in batches if not taken else ():
                _give_up(account, thread_key, _run_apart(account, batch, respond, count))
            return len(rows)
    except DATABASE_TROUBLE:
        raise  # not the event's fault
    except Exception as error:
        if thread is None or not taken:
            raise
        with transaction.atomic():
            if one(LOCK_AGAIN, [thread.pk]) is not None:  # whoever has it now is right
                _give_up(account_by_id(thread.account_id), thread.key, _fail(taken, error))
        return len(taken)


def _claim() -> Thread | None:
    found = one(CLAIM, {"now": clock.now()})
    return None if found is None else Thread(*found)


def _waiting(account_id: int, thread_key: str) -> list[Waiting]:
    """Everything due in the thread, and what only waited for the rest of its burst."""
    now = clock.now()
    rows = fetch(
        WAITING, {"account": account_id, "thread": thread_key, "now": now, "soon": now + COALESCE, "limit": MAX_BATCH}
    )
    return [Waiting(pk, key, connection_json(payload), attempts) for pk, key, payload, attempts in rows]


def connection_json(payload: Any) -> Any:
    """Django's cursor hands JSON over as text."""
    return json.loads(payload) if isinstance(payload, str) else payload


def _batches(rows: list[Waiting]) -> list[list[Waiting]]:
    """All at once; but what a turn has failed with before goes alone, so that it takes nobody with it."""
    if any(row.attempts for row in rows):
        return [[row] for row in rows]
    return [rows]


def _run_batch(account: ChannelAccount | None, rows: list[Waiting], respond: Respond, count: Count) -> None:
    if account is None:
        _bury(rows, "its channel account is gone")
        return
    if rows[0].attempts >= MAX_KILLS:
        _bury(rows, "it ended every process that tried it")
        return
    count([row.pk for row in rows])
    joined = join_parts(account.pk, [(row.pk, row.payload) for row in rows])
    early = _act(account, joined.events, respond)
    later = {row.pk for row in rows if row.event_key in early} | set(joined.held)
    _finish([*(row.pk for row in rows if row.pk not in later), *joined.done])
    _postpone([row for row in rows if row.event_key in early])
    hold(joined.held)


def _run_apart(account: ChannelAccount | None, rows: list[Waiting], respond: Respond, count: Count) -> list[Waiting]:
    """One batch of several: its failure leaves what the others did. Returns what was given up."""
    try:
        with transaction.atomic():
            _run_batch(account, rows, respond, count)
    except DATABASE_TROUBLE:
        raise
    except Exception as error:
        return _fail(rows, error)
    return []


def _give_up(account: ChannelAccount | None, thread_key: str, rows: list[Waiting]) -> None:
    """Nobody is left alone with a message that we could not deal with."""
    if account is not None and rows:
        apologise(account, thread_key, [row.payload for row in rows])


def _is_for_the_assistant(conversation: Conversation, received: Received) -> bool:
    """While a person has the thread, only what is served beside them."""
    is_its_turn = conversation.owner == Conversation.Owner.BOT
    return any(is_its_turn or is_served_beside(event) for event in received.events)


def _act(account: ChannelAccount, events: list[ChannelEvent], respond: Respond) -> set[str]:
    """The turn itself; returns the keys of the news that came too early."""
    with scope(merchant=account.merchant):
        events = profiles.introduced(account, events)
        received = receive(account, events)
        conversation = received.conversation
        if conversation is not None:
            if any(event.kind in OUTSIDE for event in events):
                follow_outside(conversation)
            if received.is_loop:
                hand_over(conversation, reason="loop", context={})
            ask_for_erasure(conversation, events)
        if conversation is not None and _is_for_the_assistant(conversation, received):
            respond(received)
        if (
            conversation is not None and received.payments
        ):  # whoever answers there; its locks are the last ones of a turn
            take_payments(conversation, received.payments)
        return {event.external_event_id for event in received.early}


def _finish(ids: list[int]) -> None:
    if ids:
        fetch(DONE, [clock.now(), ids])


def _postpone(rows: list[Waiting]) -> None:
    """News of a message wait until it is there; what waited long enough is about nothing of ours."""
    for row in rows:
        waiting = InboundEvent.objects.filter(pk=row.pk)
        if row.attempts >= MAX_ATTEMPTS - 1:
            waiting.update(processed_at=clock.now(), error="about a message nobody here knows")
        else:
            waiting.update(due_at=clock.now() + EARLY_WAIT * 2**row.attempts)


def _fail(rows: list[Waiting], error: Exception) -> list[Waiting]:
    """Once more after a pause, each time longer; in the end a dead letter: these are returned. The thread is locked."""
    attempts, reason = rows[0].attempts + 1, f"{type(error).__name__}: {error}"
    logger.error("turn.failed", events=[row.pk for row in rows], attempts=attempts, exc_info=error)
    given_up = [row for row in rows if row.attempts + 1 >= MAX_ATTEMPTS]
    _bury(given_up, reason)
    for row in rows:
        if row in given_up:
            continue
        due_at = clock.now() + dt.timedelta(seconds=2 ** (2 * row.attempts))
        _unfinished(row).update(attempts=_counted(row), due_at=due_at, error=reason[:2000])
    return given_up


def _bury(rows: list[Waiting], error: str) -> None:
    if not rows:
        return
    logger.error("event.dead", events=[row.pk for row in rows], error=error)
    for row in rows:
        _unfinished(row).update(attempts=_counted(row), dead_at=clock.now(), error=error[:2000])


def _unfinished(row: Waiting) -> QuerySet[InboundEvent]:
    """The event, if nobody has dealt with it or begun with it since."""
    untouched = InboundEvent.objects.filter(pk=row.pk, processed_at=None, dead_at=None)
    return untouched.filter(attempts__lte=row.attempts + 1)


def _counted(row: Waiting) -> Greatest:
    """This attempt too, where what went wrong has taken the count back."""
    return Greatest("attempts", row.attempts + 1)
