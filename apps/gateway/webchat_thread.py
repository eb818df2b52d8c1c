"""The web chat's side of a thread: which conversation, and how far our words got."""

from typing import Any

from channels.db import database_sync_to_async
from django.db import transaction
from django_scopes import scope

from apps.conversations.actions import record_event
from apps.conversations.actions.receive import open_conversation
from apps.conversations.models import Conversation, Message
from apps.customers.actions import identify
from apps.merchants.models import ChannelAccount

from .webchat_session import Visitor

# What a receipt of the browser may move forward, and never back.
EARLIER: dict[str, tuple[str, ...]] = {
    "delivered": (Message.State.ACCEPTED, Message.State.SENT, Message.State.UNKNOWN),
    "read": (Message.State.ACCEPTED, Message.State.SENT, Message.State.UNKNOWN, Message.State.DELIVERED),
}


def conversation_of(account: ChannelAccount, visitor: Visitor) -> Conversation | None:
    with scope(merchant=account.merchant):
        mine = Conversation.objects.filter(channel_account=account, identity__external_id=visitor.external_id)
        return mine.select_related("owner_user").first()


find_conversation = database_sync_to_async(conversation_of)


def open_visit(account: ChannelAccount, visitor: Visitor, language: str) -> Conversation:
    """The visitor's thread, made at their first word and not before."""
    with scope(merchant=account.merchant), transaction.atomic():
        identity = identify(account, visitor.external_id, display_name=visitor.name, language=language)
        return open_conversation(account, identity, thread_key=visitor.external_id)


ensure_conversation = database_sync_to_async(open_visit)


def record_receipt(conversation: Conversation, seq: int, state: str) -> int:
    """Everything of ours up to `seq` got as far as `state` ("delivered" | "read"); returns how many moved."""
    with scope(merchant=conversation.merchant_id), transaction.atomic():
        moving: Any = Message.objects.filter(conversation=conversation, seq__lte=seq, state__in=EARLIER[state])
        moved: int = moving.exclude(author=Message.Author.SHOPPER).update(state=state)
        if moved:
            record_event(conversation, "state", seq=seq, data={"state": state, "up_to": True})
        return moved
