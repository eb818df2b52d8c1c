"""What people of the shop do in the phone app, beside us."""

from typing import Any

from apps.messaging.events import ChannelEvent, EventKind
from apps.messaging.reading import ignored, mapping, moment, text

from .people import aliases_of
from .said import by_type

AMENDING = (EventKind.MESSAGE_EDITED, EventKind.MESSAGE_DELETED, EventKind.REACTION, EventKind.IGNORED)


def echoed(item: Any) -> list[ChannelEvent]:
    """A person of the shop wrote from the phone app, or changed what they wrote: theirs to the shopper, never ours to answer.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/smb_message_echoes
    """
    echo = mapping(item)
    who = text(echo.get("to_user_id")) or text(echo.get("to"))
    if not who or not text(echo.get("id")):
        return [ignored(item, reason="echo not understood", user=who)]
    base: dict[str, Any] = {
        "external_event_id": text(echo.get("id")),
        "external_user_id": who,
        "occurred_at": moment(echo.get("timestamp")),
        "thread_key": who,
        "reply_to": text(mapping(echo.get("context")).get("id")),
        "aliases": aliases_of(echo.get("to_user_id"), echo.get("to")),
    }
    return [_as_echo(event, echo, base) for event in by_type(echo, base)]


def _as_echo(event: ChannelEvent, echo: dict[str, Any], base: dict[str, Any]) -> ChannelEvent:
    """As said by the shop. Menus and what else a shopper cannot send are kept by their words."""
    if event.kind in AMENDING:
        return event
    if event.kind == EventKind.MESSAGE and event.type != "unsupported":
        return event.changed(kind=EventKind.ECHO)
    kind = text(echo.get("type"))
    words = text(mapping(mapping(echo.get(kind)).get("body")).get("text"))
    return ChannelEvent(kind=EventKind.ECHO, **base, type="text" if words else "unsupported", text=words)
