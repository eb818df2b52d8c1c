"""What comes after a message and is about it: other words, none any more, or what somebody feels about it."""

from typing import Any

from django.db.models.expressions import RawSQL
from psycopg.types.json import Jsonb

from apps.messaging.events import ChannelEvent, EventKind

from ..files import forget_files
from ..models import Attachment, Conversation, Message, WirePart
from .record import record_event

MOST_EARLIER = 10  # wordings kept of one message
AMENDING = (EventKind.MESSAGE_EDITED, EventKind.MESSAGE_DELETED, EventKind.REACTION)


def amend(conversation: Conversation, event: ChannelEvent) -> bool:
    """An edit replaces the words, a deletion removes them with their files, a reaction is noted.

    False: no message of this thread has that name, or not yet.
    """
    message = _meant(conversation, event)
    if message is None:
        return not event.target  # what names nothing has nothing to wait for
    if event.kind == EventKind.REACTION:
        _mark(message, "reaction", event.text or event.label)
        record_event(conversation, "reaction", seq=message.seq, data={"emoji": event.text or event.label})
    elif event.kind == EventKind.MESSAGE_DELETED:
        _remove(message)
        record_event(conversation, "deleted", seq=message.seq)
    elif message.content.get("kind") != "deleted":  # an edit that is late brings nothing back
        _edit(message, event)
        record_event(conversation, "edited", seq=message.seq)
    return True


def _meant(conversation: Conversation, event: ChannelEvent) -> Message | None:
    messages, name = conversation.messages, event.target
    if not name:
        quoted = str(event.data.get("quoted") or "")
        return messages.filter(text__startswith=quoted).order_by("-seq").first() if quoted else None
    # Where events have names of their own, what was said is known under its name as a message, and under no other.
    known: Message | None = (
        messages.filter(content__data__message_id=name).first()
        or messages.filter(external_id=name, content__data__message_id__isnull=True).first()
    )
    if known is None and event.kind == EventKind.REACTION:  # a part of ours cannot be edited, but liked
        part = WirePart.objects.filter(external_id=name, message__conversation=conversation)
        return next((found.message for found in part.select_related("message")[:1]), None)
    return known


def _edit(message: Message, event: ChannelEvent) -> None:
    """Other words; whoever answers may want to know which there were, and until when."""
    earlier = list(message.content.get("earlier", ()))
    if message.text and message.text != event.text:
        earlier.append({"text": message.text, "until": event.occurred_at.isoformat()})
    known = {"earlier": earlier[-MOST_EARLIER:]} if earlier else {}
    message.text = event.text
    message.content = {**message.content, "text": event.text, "is_edited": True, **known}
    message.save(update_fields=["text", "content"])


def _remove(message: Message) -> None:
    forget_files(Attachment.objects.filter(message=message))
    message.text, message.content = "", {"kind": "deleted"}
    message.save(update_fields=["text", "content"])
    for answer in message.conversation.messages.filter(content__quote__seq=message.seq):
        _mark(answer, "quote", {"seq": message.seq})
        record_event(message.conversation, "quote", seq=answer.seq)  # screens show it anew


def _mark(message: Message, key: str, value: Any) -> None:
    """In place: what is ours may be on its way out meanwhile."""
    still_there = Message.objects.filter(pk=message.pk).exclude(content__kind="deleted")
    still_there.update(content=RawSQL("content || %s", [Jsonb({key: value})]))
