"""A thread as it is read: after a number, or in pages, in the shape sockets carry."""

from typing import Any

from apps.messaging.sealed import opened, shut

from .models import Conversation, Message

WHERE_FILES_LIE = ("media",)  # with what opens them: nobody's screen needs it
INBOUND_HIDDEN = (*WHERE_FILES_LIE, "data", "earlier")


def messages_after(conversation: Conversation, seq: int, limit: int = 200) -> list[Message]:
    """What a screen that has everything up to `seq` still lacks, oldest first, at most `limit`."""
    return list(conversation.messages.filter(seq__gt=seq).order_by("seq")[:limit])


def messages_before(conversation: Conversation, seq: int, limit: int = 20) -> list[Message]:
    """The page above `seq`, oldest first, at most `limit`."""
    return list(conversation.messages.filter(seq__lt=seq).order_by("-seq")[:limit])[::-1]


def latest_messages(conversation: Conversation, limit: int = 20) -> list[Message]:
    """The end of the thread, oldest first."""
    return list(conversation.messages.order_by("-seq")[:limit])[::-1]


def as_socket_message(message: Message, *, for_shopper: bool = True) -> dict[str, Any]:
    """`{"type": "message", "seq", "author", "content", "at", "state", "client_id"?}`.

    A shopper's screen is told nothing of what was not sent to them: such a message is `{"kind": "hidden"}`, so that
    the numbers stay without gaps.
    """
    is_hidden = for_shopper and message.state in (Message.State.SUPPRESSED, Message.State.DEAD)
    shown: dict[str, Any] = {
        "type": "message",
        "seq": message.seq,
        "author": message.author,
        "content": {"kind": "hidden"} if is_hidden else _content(message, for_shopper=for_shopper),
        "at": message.occurred_at.isoformat(),
        "state": message.state,
    }
    if message.client_id is not None:
        shown["client_id"] = str(message.client_id)
    if not for_shopper:
        shown |= {"purpose": message.purpose, "error_class": message.error_class, "user": message.author_user_id}
    return shown


def _content(message: Message, *, for_shopper: bool) -> dict[str, Any]:
    content = _without_actions(message.content)
    content.pop("quote", None)  # told beside, as it stands now: `quoted_by`
    if not message.is_inbound and "text" in content:
        said = content["text"]
        content["text"] = opened(said, lambda: message.conversation.identity.customer_id) if for_shopper else shut(said)
    if not message.is_inbound:
        return content
    hidden = INBOUND_HIDDEN if for_shopper else WHERE_FILES_LIE
    return {key: value for key, value in content.items() if key not in hidden}


def _without_actions(value: Any) -> Any:
    """A choice is known outside by its token alone."""
    if isinstance(value, dict):
        return {key: _without_actions(item) for key, item in value.items() if key != "action"}
    if isinstance(value, list | tuple):
        return [_without_actions(item) for item in value]
    return value
