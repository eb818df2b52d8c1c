"""Order news that a channel could not bring, said once more where the same person reads the same number."""

import uuid

import structlog

from apps.messaging.channel import channel_for
from apps.messaging.content import from_json

from ..models import Conversation, Message
from .send import send_message

logger = structlog.get_logger(__name__)

_NAMES = uuid.UUID("0c0a4a1e-6d0c-5a5e-9d5f-3a3f0d0f7c11")  # ours: the same message always falls back under one name


def fall_back(message: Message) -> Message | None:
    """The same news on the channel this one falls back on; None where there is nothing to fall back on.

    Only to the very number, and only where it is known there as the same customer's: two threads of one number are one
    person's when they have said so, not before. Their consent there decides as ever; nothing is said twice.
    """
    conversation = message.conversation
    kind = channel_for(conversation.channel_account.kind).capability.falls_back_on
    if not kind or message.purpose != Message.Purpose.TRANSACTIONAL:
        return None
    identity = conversation.identity
    other = (
        Conversation.objects.filter(channel_account__kind=kind, channel_account__is_active=True)
        .filter(identity__customer=identity.customer_id, identity__external_id=identity.external_id)
        .filter(identity__blocked_at=None)
        .select_related("channel_account__merchant", "identity__customer")
        .order_by("pk")
        .first()
    )
    if other is None:
        return None
    logger.info("message.fell_back", message=message.pk, kind=kind)
    return send_message(
        other,
        from_json(message.content),
        author=Message.Author.SYSTEM,
        purpose=Message.Purpose.TRANSACTIONAL,
        client_id=uuid.uuid5(_NAMES, str(message.pk)),
    )
