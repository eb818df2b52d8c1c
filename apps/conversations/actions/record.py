"""Facts about a thread: the row in the change's transaction, the signal and the hint after it."""

from functools import partial
from typing import Any

from django.db import connection, transaction

from ..hints import hint
from ..models import Conversation, Message, ThreadEvent
from ..signals import message_recorded, thread_changed

WORK = "chatshop_work"


def notify_workers(queue: str) -> None:
    """Wake the workers when this transaction commits; `queue` is inbox, outbox, effects, payments or notices."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [WORK, queue])


def record_event(
    conversation: Conversation,
    kind: str,
    *,
    seq: int | None = None,
    actor: Any = None,
    data: dict[str, Any] | None = None,
) -> ThreadEvent:
    """Write a thread event and, after commit, tell every open screen."""
    event = ThreadEvent.objects.create(
        merchant_id=conversation.merchant_id,
        conversation=conversation,
        kind=kind,
        message_seq=seq,
        actor=actor,
        data=data or {},
    )
    transaction.on_commit(partial(_tell_change, conversation, event.pk), robust=True)
    return event


def record_messages(conversation: Conversation, messages: list[Message]) -> None:
    """Thread events for messages just stored, in one insert; after commit, every screen hears of the last seq."""
    if not messages:
        return
    events = ThreadEvent.objects.bulk_create(
        ThreadEvent(
            merchant_id=conversation.merchant_id, conversation=conversation, kind="message", message_seq=message.seq
        )
        for message in messages
    )
    for message, event in zip(messages, events, strict=True):
        transaction.on_commit(partial(_tell_message, conversation, message.seq, event.pk), robust=True)


def _tell_message(conversation: Conversation, seq: int, event_id: int) -> None:
    message_recorded.send(Conversation, conversation_id=conversation.pk, seq=seq)
    hint(f"chat.{conversation.public_id}", {"type": "thread.hint", "seq": seq})
    _tell_change(conversation, event_id)


def _tell_change(conversation: Conversation, event_id: int) -> None:
    thread_changed.send(Conversation, conversation_id=conversation.pk, event_id=event_id)
    hint(f"console.{conversation.merchant_id}", {"type": "list.hint", "id": event_id})
