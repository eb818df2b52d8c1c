"""Facts about a thread: the row in the change's transaction, the signal and the hint after it."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.db import connection, transaction
from psycopg.types.json import Jsonb

from apps.merchants import clock
from apps.merchants.statements import fetch

from ..hints import hint
from ..models import Conversation, Message
from ..signals import message_recorded, thread_changed

WORK = "chatshop_work"
_FIELDS = [field for field in Message._meta.concrete_fields if not field.primary_key]
_COLUMNS = ", ".join(f'"{field.column}"' for field in _FIELDS)
_PLACES = f"({', '.join(['%s'] * len(_FIELDS))})"
_EVENT = """
INSERT INTO conversations_threadevent (merchant_id, conversation_id, kind, message_seq, actor_id, data, created_at)
VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING id
"""
_COUNTED = """,
counted AS (
    UPDATE conversations_conversation SET last_seq = %s, last_message_at = %s, last_inbound_at = %s WHERE id = %s)"""
_OFFERED = """,
offered AS (
    INSERT INTO conversations_pendingchoice
        (merchant_id, conversation_id, message_id, token, number, label, action, expires_at)
    SELECT %s, %s, said.id, choice.token, choice.number, choice.label, choice.action, %s
    FROM said, unnest(%s::text[], %s::smallint[], %s::text[], %s::jsonb[]) AS choice (token, number, label, action))"""
_TOLD = """,
told AS (
    INSERT INTO conversations_threadevent (merchant_id, conversation_id, kind, message_seq, data, created_at)
    SELECT %s, %s, 'message', seq, '{}', %s FROM said ORDER BY seq RETURNING id, message_seq)
SELECT said.id, told.id FROM said JOIN told ON told.message_seq = said.seq ORDER BY said.seq
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


def tell_change_after_commit(conversation: Conversation, event_id: int) -> None:
    """The thread event is written; every open screen hears of it once that is true for all."""
    transaction.on_commit(partial(_tell_change, conversation, event_id), robust=True)


def store_messages(
    conversation: Conversation,
    messages: Sequence[Message],
    *,
    choices: Sequence[tuple[str, int | None, str, Any]] = (),
    expires_at: Any = None,
    is_counting: bool = False,
) -> None:
    """New messages of a locked thread, numbered by the caller, with their thread events, in one statement.

    `choices` are (token, typed number, label, action) on offer in the only message, good until `expires_at`. With
    `is_counting` the thread's own numbers are written along. After commit every open screen hears of each message.
    """
    if not messages:
        return
    now = clock.now()
    owner = [conversation.merchant_id, conversation.pk]
    statement = f"WITH said AS (INSERT INTO conversations_message ({_COLUMNS}) VALUES {', '.join([_PLACES] * len(messages))} RETURNING id, seq)"  # noqa: S608 - names of our own columns
    values = [value for message in messages for value in _values(message)]
    if choices:
        tokens, numbers, labels, actions = (list(column) for column in zip(*choices, strict=True))
        statement += _OFFERED
        values += [*owner, expires_at, tokens, numbers, labels, [Jsonb(action) for action in actions]]
    if is_counting:
        statement += _COUNTED
        values += [conversation.last_seq, conversation.last_message_at, conversation.last_inbound_at, conversation.pk]
    rows = fetch(statement + _TOLD, [*values, *owner, now])
    for message, (pk, event_id) in zip(messages, rows, strict=True):
        message.pk = pk
        message._state.adding, message._state.db = False, connection.alias
        transaction.on_commit(partial(_tell_message, conversation, message.seq, event_id), robust=True)


def _values(message: Message) -> list[Any]:
    return [field.get_db_prep_save(field.pre_save(message, True), connection) for field in _FIELDS]


def _tell_message(conversation: Conversation, seq: int, event_id: int) -> None:
    message_recorded.send(Conversation, conversation_id=conversation.pk, seq=seq)
    if conversation.channel_account.kind == "webchat":  # nobody else listens to a thread of its own
        hint(f"chat.{conversation.public_id}", {"type": "thread.hint", "seq": seq})
    _tell_change(conversation, event_id)


def _tell_change(conversation: Conversation, event_id: int) -> None:
    thread_changed.send(Conversation, conversation_id=conversation.pk, event_id=event_id)
    hint(f"console.{conversation.merchant_id}", {"type": "list.hint", "id": event_id})
