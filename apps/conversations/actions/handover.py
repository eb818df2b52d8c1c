"""A platform's own desk, or another app there, takes a thread and gives it back: the assistant is silent in between."""

from apps.messaging.events import ChannelEvent

from ..models import Conversation
from .baton import give_back, take_baton


def change_hands(conversation: Conversation, event: ChannelEvent) -> None:
    """Taken: a person answers, whom we do not know, as after their words in the platform's inbox. Given back: the assistant
    does, unless somebody of ours took the thread. What is only asked for changes nothing."""
    is_taken = event.data.get("is_taken")
    if is_taken:
        take_baton(conversation, None, owner=Conversation.Owner.AGENT)
    elif is_taken is not None:
        give_back(conversation)
