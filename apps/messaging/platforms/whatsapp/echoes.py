"""What people of the shop do in the phone app, beside us."""

from typing import Any

from apps.messaging.events import ChannelEvent, EventKind
from apps.messaging.reading import ignored, mapping, moment, text

from .people import aliases_of


def echoed(item: Any) -> list[ChannelEvent]:
    """A person of the shop wrote from the phone app: theirs to the shopper, never ours to answer."""
    echo = mapping(item)
    who = text(echo.get("to_user_id")) or text(echo.get("to"))
    if not who or not text(echo.get("id")):
        return [ignored(item, reason="echo not understood", user=who)]
    kind = text(echo.get("type"))
    words = text(mapping(echo.get("text")).get("body")) or text(mapping(echo.get(kind)).get("caption"))
    return [
        ChannelEvent(
            kind=EventKind.ECHO,
            external_event_id=text(echo.get("id")),
            external_user_id=who,
            occurred_at=moment(echo.get("timestamp")),
            type="text" if kind == "text" else kind,
            text=words,
            thread_key=who,
            aliases=aliases_of(echo.get("to_user_id"), echo.get("to")),
        )
    ]
