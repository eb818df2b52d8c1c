"""Viber's webhook body in our words: one JSON object about one thing.

Shapes: developers.viber.com/docs/api/rest-bot-api, "Callbacks".
"""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from apps.messaging.contacts import contact
from apps.messaging.events import ChannelEvent, EventKind, MediaRef, Receipt
from apps.messaging.reading import (
    bounded,
    entry_token,
    fingerprint,
    ignored,
    kept,
    mapping,
    moment,
    number,
    one_by_one,
    read_json,
    text,
    whole,
)

MEDIA_TYPES = {"picture": "image", "video": "video", "file": "file", "sticker": "sticker", "audio": "audio"}
RECEIPTS = {"delivered": Receipt.DELIVERED, "seen": Receipt.READ, "failed": Receipt.FAILED}
TOKEN = re.compile(r"c:[A-Za-z0-9_-]{4,60}")  # what our buttons send: nobody types that
CONTEXT = re.compile(r"[A-Za-z0-9_-]{1,64}")  # an entry token of ours
CHECK = "webhook"  # Viber tries the address out
NOT_OURS = ("client_status",)  # what the phone does with its thread


@dataclass(frozen=True, slots=True)
class Base:
    """What the events of one call share. `key` is the call's own and survives redelivery."""

    who: str
    at: dt.datetime
    key: str
    person: dict[str, Any]

    def event(self, kind: EventKind, key: str = "", **fields: Any) -> ChannelEvent:
        return ChannelEvent(
            kind=kind,
            external_event_id=key or self.key,
            external_user_id=self.who,
            thread_key=self.who,
            occurred_at=self.at,
            profile_name=text(self.person.get("name")),
            language=text(self.person.get("language")),
            **fields,
        )


def parse_webhook(body: bytes) -> list[ChannelEvent]:
    """What the call tells; nothing where Viber only tries the address out. Raises `Malformed` on what is no JSON object."""
    data = read_json(body)
    if data.get("event") == CHECK:
        return []
    return bounded(one_by_one([data], _call))


def _call(data: dict[str, Any]) -> list[ChannelEvent]:
    name = text(data.get("event"))
    person = mapping(data.get("sender")) or mapping(data.get("user"))
    who = text(person.get("id")) or text(data.get("user_id"))
    at = _moment(data.get("timestamp"))
    if not who:
        return [ignored(data, reason="nobody named", at=at)]
    key = text(data.get("message_token")) or fingerprint(data)
    base = Base(who, at, key, person)
    if name in RECEIPTS:
        return [_receipt(name, data, base)]
    if name in NOT_OURS:
        return [ignored(data, reason=name, user=who, at=at)]
    read = READERS.get(name)
    if read is None:
        return [ignored(data, reason=f"not understood: {name[:40]}", user=who, at=at)]
    return read(data, base)


def _moment(milliseconds: Any) -> dt.datetime:
    value = whole(milliseconds)
    if value is None:
        return moment(None)
    return moment(value // 1000) + dt.timedelta(milliseconds=value % 1000)


def _receipt(name: str, data: dict[str, Any], base: Base) -> ChannelEvent:
    """A message of ours, by the token its sending was answered with."""
    words = text(data.get("desc"))
    return base.event(
        EventKind.STATUS,
        f"{base.key}:{name}:{base.who}",
        target=base.key,
        receipt=str(RECEIPTS[name]),
        data={"errors": [{"title": words}]} if words else {},
    )


def _message(data: dict[str, Any], base: Base) -> list[ChannelEvent]:
    message = mapping(data.get("message"))
    kind, words = text(message.get("type")), text(message.get("text"))
    if kind == "text":
        return _words(words, base) if words else [_strange(message, base)]
    if media := _file(kind, message):
        said = base.event(EventKind.MESSAGE, type=media.media_type, text=words, media=(media,))
        return [said]
    if kind == "location":
        place = mapping(message.get("location"))
        where: dict[str, Any] = {"latitude": number(place.get("lat")), "longitude": number(place.get("lon"))}
        told = {"address": street} if (street := text(place.get("address"))) else {}
        return [base.event(EventKind.MESSAGE, type="location", data={**where, **told})]
    if kind == "contact":
        return [_contact(mapping(message.get("contact")), base)]
    address = text(message.get("media"))
    if kind == "url" and address:
        return [base.event(EventKind.MESSAGE, type="link", text=address, data={"url": address})]
    return [_strange(message, base)]


def _words(words: str, base: Base) -> list[ChannelEvent]:
    """A button answers with its own words, as if they had been typed: ours are tokens."""
    if TOKEN.fullmatch(words):
        return [base.event(EventKind.CHOICE, payload=words, via="button")]
    token = entry_token(words)
    if token:
        came = base.event(EventKind.REFERRAL, f"{base.key}:referral", data={"source": "link", "ref": token})
        return [came, base.event(EventKind.MESSAGE, type="text", text="Hi")]
    return [base.event(EventKind.MESSAGE, type="text", text=words)]


def _file(kind: str, message: dict[str, Any]) -> MediaRef | None:
    media_type, address = MEDIA_TYPES.get(kind, ""), text(message.get("media"))
    if not media_type or not (address or kind == "sticker"):
        return None
    return MediaRef(
        media_type=media_type,
        external_id=text(message.get("sticker_id")),
        url=address,
        filename=text(message.get("file_name")),
        size=whole(message.get("file_size")) or whole(message.get("size")),
    )


def _contact(card: dict[str, Any], base: Base) -> ChannelEvent:
    """A card out of the phone's book, or the shopper's own number: Viber does not say which, so it proves nothing."""
    shared = contact(text(card.get("name")), text(card.get("phone_number")))
    return base.event(EventKind.MESSAGE, type="contact", data={"contacts": [shared]})


def _strange(message: dict[str, Any], base: Base) -> ChannelEvent:
    return base.event(EventKind.MESSAGE, type="unsupported", data=kept(message))


def _started(data: dict[str, Any], base: Base) -> list[ChannelEvent]:
    """The thread was opened, which makes nobody a subscriber: one message may be sent, and the next once they wrote."""
    context = text(data.get("context"))
    started = base.event(EventKind.CONVERSATION_STARTED, f"{base.key}:started")
    if not context:
        return [started]
    told = (
        {"source": "link", "ref": context} if CONTEXT.fullmatch(context) else {"source": "link", "text": context[:200]}
    )
    return [started, base.event(EventKind.REFERRAL, f"{base.key}:referral", data=told)]


def _subscribed(data: dict[str, Any], base: Base) -> list[ChannelEvent]:
    return [base.event(EventKind.CONSENT, f"{base.key}:subscribed", granted=True, scope="service")]


def _unsubscribed(data: dict[str, Any], base: Base) -> list[ChannelEvent]:
    return [base.event(EventKind.CONSENT, f"{base.key}:unsubscribed", granted=False, scope="all")]


READERS: dict[str, Callable[[dict[str, Any], Base], list[ChannelEvent]]] = {
    "message": _message,
    "conversation_started": _started,
    "subscribed": _subscribed,
    "unsubscribed": _unsubscribed,
}
