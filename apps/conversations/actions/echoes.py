"""What the platform tells of messages sent through our account: by us, or by somebody in the platform's own inbox."""

import datetime as dt

from django.db.models import QuerySet

from apps.merchants import clock
from apps.merchants.models import ChannelAccount
from apps.messaging.events import ChannelEvent, EventKind

from ..models import Conversation, Message, WirePart
from .baton import take_baton
from .heard import attach, content_of
from .record import store_heard
from .statuses import has_waiting_send

ECHO_SPAN = dt.timedelta(seconds=60)  # between a send of ours and its echo, clocks that differ included
ECHO_WAIT = dt.timedelta(seconds=10)  # by then the name of what we sent is noted, and an echo of it is known as ours


def may_echo_us(account: ChannelAccount, event: ChannelEvent) -> bool:
    """An echo that does not say who sent it, while an answer of ours is on its way: whose it is shows in a moment."""
    is_fresh = event.kind == EventKind.ECHO and clock.now() - event.occurred_at < ECHO_WAIT
    return is_fresh and bool(event.data.get("is_anyones")) and has_waiting_send(account, event)


def record_echo(conversation: Conversation, event: ChannelEvent) -> None:
    """Somebody answered in the platform's own inbox: a person's message, and the baton is theirs."""
    mine = conversation.messages.exclude(author=Message.Author.SHOPPER)
    if event.target or event.external_event_id:
        names = {event.target, event.external_event_id} - {""}
        if mine.filter(external_id__in=names).exists() or _is_part(conversation, names):
            return
    if _comes_back(mine, event):
        return
    take_baton(conversation, None, owner=Conversation.Owner.AGENT)
    conversation.last_seq += 1
    conversation.last_message_at = clock.now()
    message = Message(
        merchant_id=conversation.merchant_id,
        conversation=conversation,
        seq=conversation.last_seq,
        author=Message.Author.AGENT,
        content=content_of(event.changed(kind=EventKind.MESSAGE)),
        text=event.text,
        state=Message.State.SENT,
        external_id=event.target or event.external_event_id,
        reply_to=event.reply_to[:255],
        fence=conversation.fence,
        occurred_at=event.occurred_at,
    )
    store_heard(conversation, [message])
    if event.media:
        attach([message], [event])


def _comes_back(mine: "QuerySet[Message]", event: ChannelEvent) -> bool:
    """Our own words, or a picture of ours, that nobody noted an id of: the answer to our call is late or was lost.

    What comes back is one part of a message, so that its lines are some of the message's, and a picture has none.
    """
    about_then = (event.occurred_at - ECHO_SPAN, event.occurred_at + ECHO_SPAN)
    open_ones = mine.filter(state__in=(Message.State.SENDING, Message.State.UNKNOWN), send_started_at__range=about_then)
    said = _lines(event.text)
    return any(said <= _lines(text) for text in open_ones.values_list("text", flat=True))


def _lines(text: str) -> set[str]:
    return {line.strip() for line in text.splitlines() if line.strip()}


def _is_part(conversation: Conversation, names: set[str]) -> bool:
    """One of the wire messages that made up a message of ours."""
    return WirePart.objects.filter(external_id__in=names, message__conversation=conversation).exists()
