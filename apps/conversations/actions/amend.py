"""What comes after a message and is about it: other words, none any more, or what somebody feels about it."""

from apps.messaging.events import ChannelEvent, EventKind

from ..files import forget_files
from ..models import Attachment, Conversation, Message, WirePart
from .record import record_event

AMENDING = (EventKind.MESSAGE_EDITED, EventKind.MESSAGE_DELETED, EventKind.REACTION)


def amend(conversation: Conversation, event: ChannelEvent) -> bool:
    """An edit replaces the words, a deletion removes them with their files, a reaction is noted.

    False: no message of this thread has that name, or not yet.
    """
    message = _meant(conversation, event)
    if message is None:
        return not event.target  # what names nothing has nothing to wait for
    if event.kind == EventKind.REACTION:
        record_event(conversation, "reaction", seq=message.seq, data={"emoji": event.text or event.label})
    elif event.kind == EventKind.MESSAGE_DELETED:
        _remove(message)
        record_event(conversation, "deleted", seq=message.seq)
    elif message.content.get("kind") != "deleted":  # an edit that is late brings nothing back
        message.text = event.text
        message.content = {**message.content, "text": event.text, "is_edited": True}
        message.save(update_fields=["text", "content"])
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


def _remove(message: Message) -> None:
    forget_files(Attachment.objects.filter(message=message))
    message.text, message.content = "", {"kind": "deleted"}
    message.save(update_fields=["text", "content"])
