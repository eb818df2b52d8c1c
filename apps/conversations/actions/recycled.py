"""Whoever writes from a number that was silent for long, or that moved, need not be who wrote from it before."""

from apps.customers.actions import IDLE, set_apart
from apps.customers.models import Identity
from apps.messaging.channel import channel_for
from apps.messaging.events import ChannelEvent, EventKind

from ..models import Conversation

NOT_THEIRS = (EventKind.INTERNAL, EventKind.ECHO, EventKind.HANDOVER)  # says nothing of who has the number


def part_ways(conversation: Conversation, event: ChannelEvent) -> Identity | None:
    """The first word after a long silence: who was known by this number keeps thread and things, and is returned; the
    writer gets a thread of their own. None while there is no reason to doubt."""
    since = conversation.last_inbound_at
    if since is None or event.kind in NOT_THEIRS or event.occurred_at - since < IDLE:
        return None
    former = conversation.identity
    if not channel_for(former.channel_account.kind).is_known_by_number:
        return None
    set_apart(former)
    return former
