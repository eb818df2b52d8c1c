"""Whoever wants the bot to speak puts an event into the inbox: the turn is the only place where it acts."""

import datetime as dt
from typing import Any

from apps.merchants import clock
from apps.merchants.statements import fetch
from apps.messaging.events import ChannelEvent, EventKind

from ..inbox import INSERT, parameters, row_for
from ..models import Conversation


def insert_internal_event(
    conversation: Conversation, name: str, data: dict[str, Any], *, key: str, due_at: dt.datetime | None = None
) -> None:
    """`name` happened; the bot's next turn in this thread sees it, once per `key`, unless the baton moves before.

    The event's data is `{"name", "fence", **data}`. Written in the caller's transaction.
    """
    event = ChannelEvent(
        kind=EventKind.INTERNAL,
        external_event_id=f"internal:{key}",
        external_user_id=conversation.identity.external_id,
        occurred_at=due_at or clock.now(),
        thread_key=conversation.thread_key,
        data={"fence": conversation.fence, **data, "name": name},
    )
    fetch(INSERT, parameters(conversation.channel_account_id, [row_for(event, due_at=due_at)]))
