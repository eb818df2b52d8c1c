"""Shoppers and what they say, for tests of the thread."""

import datetime as dt
import itertools
from typing import Any

from apps.conversations.actions import Received, receive
from apps.conversations.models import Conversation
from apps.merchants import clock
from apps.merchants.models import ChannelAccount
from apps.messaging.events import ChannelEvent, EventKind

_numbers = itertools.count(1)


def event(kind: EventKind = EventKind.MESSAGE, *, user: str = "49176000001", **fields: Any) -> ChannelEvent:
    """An event as an adapter would hand it over, with a fresh id unless one is given."""
    defaults: dict[str, Any] = {
        "external_event_id": f"event-{next(_numbers)}",
        "occurred_at": clock.now(),
        "type": "text" if kind == EventKind.MESSAGE else "",
        "thread_key": user,
    }
    return ChannelEvent(kind=kind, external_user_id=user, **(defaults | fields))


def says(account: ChannelAccount, text: str, *, user: str = "49176000001", **fields: Any) -> Received:
    return receive(account, [event(user=user, text=text, **fields)])


def greets(account: ChannelAccount, text: str = "hi", *, user: str = "49176000001") -> Conversation:
    """Somebody says hello; the conversation that follows."""
    conversation = says(account, text, user=user).conversation
    assert conversation is not None
    return conversation


def status(target: str, receipt: str, *, user: str = "49176000001", **fields: Any) -> ChannelEvent:
    return event(EventKind.STATUS, user=user, target=target, receipt=receipt, **fields)


def later(seconds: float) -> dt.datetime:
    return clock.now() + dt.timedelta(seconds=seconds)
