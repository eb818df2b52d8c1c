"""A platform tells that somebody took their data back: a person of the shop sees to what is known of them."""

from collections.abc import Iterable

from apps.conversations.actions import record_event
from apps.conversations.models import Conversation
from apps.messaging.events import ERASE, ChannelEvent
from apps.routing.actions import hand_over

REASON = "delete_data"


def ask_for_erasure(conversation: Conversation, events: Iterable[ChannelEvent]) -> None:
    """Not done at once: it is about one platform, and the same customer may have orders by another.

    Where a person has the thread or is waited for already nobody new is asked, and the thread tells it to whoever reads.
    """
    if not any(event.data.get(ERASE) is True for event in events):
        return
    if conversation.owner != Conversation.Owner.BOT or conversation.waiting_since is not None:
        record_event(conversation, "waiting", data={"reason": REASON})
        return
    language = conversation.identity.customer.language
    hand_over(conversation, reason=REASON, context={"reason": REASON, "language": language})
