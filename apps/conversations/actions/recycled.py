"""Whoever writes from a number that was silent for long, or that moved, need not be who wrote from it before."""

import datetime as dt
from collections.abc import Iterable

from apps.customers.actions import IDLE, set_apart
from apps.customers.models import Identity
from apps.messaging.channel import channel_for
from apps.messaging.events import ChannelEvent, EventKind

from ..models import Conversation, Message

NOT_THEIRS = (EventKind.INTERNAL, EventKind.ECHO, EventKind.HANDOVER)  # says nothing of who has the number


def part_ways(conversation: Conversation, event: ChannelEvent, filed: Iterable[Conversation]) -> Identity | None:
    """The first word after a long silence: who was known by this number keeps thread and things, and is returned; the
    writer gets a thread of their own. None while there is no reason to doubt. `filed`: what was found under their names,
    as it was before this event told any."""
    if event.kind in NOT_THEIRS:
        return None
    since = conversation.last_inbound_at or _last_word_at(conversation)
    if since is None or event.occurred_at - since < IDLE:
        return None
    former = conversation.identity
    if not channel_for(former.channel_account.kind).is_known_by_number:
        return None
    if any(row.pk == conversation.pk and _is_known_by_id(row.identity, event) for row in filed):
        return None
    set_apart(former)
    return former


def _last_word_at(conversation: Conversation) -> dt.datetime | None:
    """Also where the platform has said that its window is closed, or where only we have written; None in a new thread."""
    if conversation.last_seq == 0:
        return None
    theirs = conversation.messages.filter(author=Message.Author.SHOPPER).order_by("-seq")
    last: dt.datetime | None = theirs.values_list("occurred_at", flat=True).first()
    return last or conversation.created_at


def _is_known_by_id(identity: Identity, event: ChannelEvent) -> bool:
    """A user id is an account's and no number: whoever has the number next has another one.
    https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids"""
    user_id = event.aliases.get("user_id")
    return bool(user_id) and user_id in (identity.external_id, identity.aliases.get("user_id"))
