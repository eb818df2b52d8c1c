"""Facts about a thread: the row in the change's transaction, the signal and the hint after it."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.utils import timezone
from psycopg.types.json import Jsonb

from apps.customers.actions import Said, remember_said
from apps.customers.models import ConsentEntry
from apps.merchants import clock
from apps.merchants.afterwards import after_commit
from apps.merchants.statements import fetch

from ..hints import hint
from ..models import Conversation, Message
from ..signals import message_recorded, thread_changed

WORK = "chatshop_work"
CHANGES_OF_HANDS = ("taken", "returned")
_FIELDS = [field for field in Message._meta.concrete_fields if not field.primary_key]
_CONTENT = [field.name for field in _FIELDS].index("content")
_COLUMNS = ", ".join(f'"{field.column}"' for field in _FIELDS)
_PLACES = ", ".join(["%s"] * len(_FIELDS))
SERVICE = ConsentEntry.Purpose.SERVICE
_EVENT = """
INSERT INTO conversations_threadevent (merchant_id, conversation_id, kind, message_seq, actor_id, data, created_at)
VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING id
"""
# What was heard: the thread's numbers go along, and what its shopper allows comes back.
_HEARD = """
WITH said AS (INSERT INTO conversations_message ({columns}) VALUES {places} RETURNING id, seq),
counted AS (
    UPDATE conversations_conversation SET last_seq = %s, last_message_at = %s, last_inbound_at = %s WHERE id = %s),"""
# What we say: only if the thread is still as the speaker saw it, else nothing is written.
_SAID = """
WITH held AS (
    UPDATE conversations_conversation SET last_seq = %s, last_message_at = %s
    WHERE id = %s AND last_seq = %s AND fence = %s AND owner = %s AND last_inbound_at IS NOT DISTINCT FROM %s
    RETURNING pg_notify('chatshop_work', 'outbox')::text),
said AS (INSERT INTO conversations_message ({columns}) SELECT {places} FROM held RETURNING id, seq),"""
_OFFERED = """
offered AS (
    INSERT INTO conversations_pendingchoice
        (merchant_id, conversation_id, message_id, token, number, label, action, expires_at)
    SELECT %s, %s, said.id, choice.token, choice.number, choice.label, choice.action, %s
    FROM said, unnest(%s::text[], %s::smallint[], %s::text[], %s::jsonb[]) AS choice (token, number, label, action)),"""
_TOLD = """
told AS (
    INSERT INTO conversations_threadevent (merchant_id, conversation_id, kind, message_seq, data, created_at)
    SELECT %s, %s, 'message', seq, '{}', %s FROM said ORDER BY seq RETURNING id, message_seq)"""
_TELL = " SELECT said.id, told.id FROM said JOIN told ON told.message_seq = said.seq ORDER BY said.seq"
_TELL_ALL = """
SELECT said.id, told.id, allowed.id, allowed.granted FROM said JOIN told ON told.message_seq = said.seq
LEFT JOIN LATERAL (
    SELECT id, granted FROM customers_consententry WHERE identity_id = %s AND purpose = 'service'
    ORDER BY id DESC LIMIT 1) AS allowed ON true
ORDER BY said.seq
"""


def notify_workers(queue: str) -> None:
    """Wake the workers when this transaction commits; `queue` is inbox, outbox, effects, payments or notices."""
    fetch("SELECT pg_notify(%s, %s)", [WORK, queue])


def record_event(
    conversation: Conversation,
    kind: str,
    *,
    seq: int | None = None,
    actor: Any = None,
    data: dict[str, Any] | None = None,
) -> None:
    """Write a thread event and, after commit, tell every open screen."""
    actor_id = None if actor is None else actor.pk
    values = [conversation.merchant_id, conversation.pk, kind, seq, actor_id, Jsonb(data or {}), clock.now()]
    for (event_id,) in fetch(_EVENT, values):
        tell_change_after_commit(conversation, event_id)
    if kind in CHANGES_OF_HANDS and conversation.channel_account.kind == "webchat":
        after_commit(hint, f"chat.{conversation.public_id}", {"type": "thread.hands"})


def tell_change_after_commit(conversation: Conversation, event_id: int) -> None:
    """The thread event is written; every open screen hears of it once that is true for all."""
    after_commit(_tell_change, conversation, event_id)


def store_heard(conversation: Conversation, messages: Sequence[Message]) -> None:
    """What came in, numbered by the caller in the locked thread, with its numbers and thread events, in one statement.

    After commit every open screen hears of each message.
    """
    if not messages:
        return
    places = ", ".join([f"({_PLACES})"] * len(messages))
    statement = _HEARD.format(columns=_COLUMNS, places=places) + _TOLD + _TELL_ALL
    values = [
        *(value for message in messages for value in _values(message)),
        *(conversation.last_seq, conversation.last_message_at, conversation.last_inbound_at, conversation.pk),
        *(conversation.merchant_id, conversation.pk, clock.now()),
        conversation.identity_id,
    ]
    rows = fetch(statement, values)
    remember_said(conversation.identity, SERVICE, Said.of(SERVICE, *rows[0][2:]))
    _tell_all_after_commit(conversation, messages, rows)


def store_reply(
    conversation: Conversation,
    message: Message,
    *,
    choices: Sequence[tuple[str, int | None, str, Any]] = (),
    expires_at: dt.datetime,
) -> bool:
    """What is said, as the thread's next message, in one statement; the workers are woken.

    False, and nothing is written, when the thread is no longer as `conversation` says. `choices` are (token, typed
    number, label, action) on offer in it, good until `expires_at`. After commit every open screen hears of it.
    """
    owner = (conversation.merchant_id, conversation.pk)
    statement = _SAID.format(columns=_COLUMNS, places=_PLACES)
    values = [message.seq, message.occurred_at, conversation.pk, conversation.last_seq]
    values += [conversation.fence, conversation.owner, conversation.last_inbound_at, *_values(message)]
    if choices:
        tokens, numbers, labels, actions = (list(column) for column in zip(*choices, strict=True))
        statement += _OFFERED
        values += [*owner, expires_at, tokens, numbers, labels, [Jsonb(action) for action in actions]]
    rows = fetch(statement + _TOLD + _TELL, [*values, *owner, message.occurred_at])
    if not rows:
        return False
    conversation.last_seq, conversation.last_message_at = message.seq, message.occurred_at
    _tell_all_after_commit(conversation, [message], rows)
    return True


def _tell_all_after_commit(
    conversation: Conversation, messages: Sequence[Message], rows: Sequence[tuple[Any, ...]]
) -> None:
    for message, (pk, event_id, *_) in zip(messages, rows, strict=True):
        message.pk = pk
        message._state.adding, message._state.db = False, connection.alias
        after_commit(_tell_message, conversation, message.seq, event_id)


def _values(message: Message) -> list[Any]:
    """Its columns: all but the content are values that PostgreSQL takes as they are."""
    message.created_at = timezone.now()
    row = [getattr(message, field.attname) for field in _FIELDS]
    row[_CONTENT] = Jsonb(message.content)
    return row


def _tell_message(conversation: Conversation, seq: int, event_id: int) -> None:
    message_recorded.send(Conversation, conversation_id=conversation.pk, seq=seq)
    if conversation.channel_account.kind == "webchat":  # nobody else listens to a thread of its own
        hint(f"chat.{conversation.public_id}", {"type": "thread.hint", "seq": seq})
    _tell_change(conversation, event_id)


def _tell_change(conversation: Conversation, event_id: int) -> None:
    thread_changed.send(Conversation, conversation_id=conversation.pk, event_id=event_id)
    hint(f"console.{conversation.merchant_id}", {"type": "list.hint", "id": event_id})
