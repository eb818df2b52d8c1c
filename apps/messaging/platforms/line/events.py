"""LINE's webhook body in our words: events[], each about one person and one thing.

Shapes: developers.line.biz/en/reference/messaging-api/#webhook-event-objects and line/line-openapi's webhook.yml.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from apps.messaging.events import ChannelEvent, EventKind, MediaRef
from apps.messaging.reading import (
    MAX_KEY,
    bounded,
    entry_token,
    fingerprint,
    ignored,
    items,
    kept,
    mapping,
    moment,
    number,
    one_by_one,
    read_json,
    text,
    whole,
)

FILES = ("image", "video", "audio", "file")
CROWDS = {"group": "a group's", "room": "a room's"}
# True, and nothing the shop acts on: memberships are paid to LINE, modules and suspensions are the account's own affair.
NOT_OURS = frozenset(
    {"join", "leave", "memberJoined", "memberLeft", "videoPlayComplete", "beacon", "membership", "module", "activated"}
    | {"deactivated", "botSuspended", "botResumed", "delivery", "pnpDelivery", "things"}
)
# Told of a tap that only turned the page of the menu below the thread, which LINE did by itself.
SWITCHED = frozenset({"newRichMenuAliasId"})


@dataclass(frozen=True, slots=True)
class Base:
    """What every event of one item shares."""

    who: str
    at: dt.datetime
    key: str
    handle: str

    def event(self, kind: EventKind, **fields: Any) -> ChannelEvent:
        named = {"external_event_id": self.key, "reply_handle": self.handle, **fields}
        return ChannelEvent(kind=kind, external_user_id=self.who, thread_key=self.who, occurred_at=self.at, **named)


def parse_webhook(body: bytes) -> list[ChannelEvent]:
    """Every event of the batch; none where LINE only looks whether somebody is there. Raises `Malformed` on what is no
    JSON object."""
    data = read_json(body)
    if data.get("events") == []:
        return []
    events = one_by_one(_keyed(items(data.get("events"))), _item)
    return bounded(events or [ignored(data, reason="empty")])


def _keyed(found: list[Any]) -> Iterator[tuple[dict[str, Any], str, bool]]:
    """(what happened, its key, whether this very batch told it before). The key is LINE's id of the event, the same when it
    is delivered again; an id that stands for two things in one batch names only the first."""
    seen: dict[str, dict[str, Any]] = {}
    for place, item in enumerate(map(mapping, found)):
        told = {name: value for name, value in item.items() if name != "deliveryContext"}
        key = text(item.get("webhookEventId")) or fingerprint(told)
        is_again = seen.setdefault(key, told) == told and key in seen and seen[key] is not told
        if is_again:
            key = f"{key}:{place}"
        elif seen[key] is not told:
            key = f"{key}:{fingerprint(told)}"
            seen.setdefault(key, told)
        yield item, key, is_again


def _item(found: tuple[dict[str, Any], str, bool]) -> list[ChannelEvent]:
    item, key, is_again = found
    at, what, source = _moment(item.get("timestamp")), text(item.get("type")), mapping(item.get("source"))
    who = text(source.get("userId"))

    def not_ours(reason: str, user: str = "") -> list[ChannelEvent]:
        return [ignored(item, reason=reason, key=key, user=user, at=at)]

    if crowd := CROWDS.get(text(source.get("type"))):
        return not_ours(crowd)
    if is_again:
        return not_ours("told twice", who)
    if what in NOT_OURS:
        return not_ours(what, who)
    if item.get("mode") == "standby":
        return not_ours("another channel has the thread", who)
    if not who:
        return not_ours("no sender")
    read = READERS.get(what)
    base = Base(who, at, key, _handle(item))
    return read(item, base) if read else not_ours("not understood", who)


def _handle(item: dict[str, Any]) -> str:
    """What an answer names: LINE's token for it, and where there is room the one that marks what is answered as read."""
    answer, seen = text(item.get("replyToken")), text(mapping(item.get("message")).get("markAsReadToken"))
    both = f"{answer} {seen}"
    return both if answer and seen and len(both) <= MAX_KEY else answer


def _moment(milliseconds: Any) -> dt.datetime:
    value = whole(milliseconds)
    if value is None:
        return moment(None)
    return moment(value // 1000) + dt.timedelta(milliseconds=value % 1000)


def _message(item: dict[str, Any], base: Base) -> list[ChannelEvent]:
    message = mapping(item.get("message"))
    said = replace(_said(message, base), reply_to=text(message.get("quotedMessageId")))
    token = entry_token(said.text) if said.type == "text" else ""
    if not token:
        return [said]
    came = base.event(
        EventKind.REFERRAL, external_event_id=f"{base.key}:referral", data={"source": "link", "ref": token}
    )
    return [came, replace(said, text="Hi")]


def _said(message: dict[str, Any], base: Base) -> ChannelEvent:
    kind = text(message.get("type"))
    if kind == "text" and isinstance(message.get("text"), str):
        return base.event(EventKind.MESSAGE, type="text", text=message["text"], data=_named(message))
    if kind in FILES:
        return base.event(EventKind.MESSAGE, type=kind, media=(_file(kind, message),), data=_named(message))
    if kind == "location":
        where = {"latitude": number(message.get("latitude")), "longitude": number(message.get("longitude"))}
        told = {name: text(message.get(name)) for name in ("title", "address") if text(message.get(name))}
        return base.event(EventKind.MESSAGE, type="location", data={**where, **told, **_named(message)})
    if kind == "sticker":
        return _sticker(message, base)
    return base.event(EventKind.MESSAGE, type="unsupported", data=kept(message))


def _named(message: dict[str, Any]) -> dict[str, Any]:
    """LINE's own id of the message, by which it may be quoted or taken back, and the album it came in."""
    album = text(mapping(message.get("imageSet")).get("id"))
    found = {"message_id": text(message.get("id")), "album": album}
    return {name: value for name, value in found.items() if value}


def _file(kind: str, message: dict[str, Any]) -> MediaRef:
    """Kept at LINE under the message's id, unless a mini app sent it from an address of its own."""
    provider = mapping(message.get("contentProvider"))
    is_elsewhere = text(provider.get("type")) == "external"
    return MediaRef(
        media_type=kind,
        external_id="" if is_elsewhere else text(message.get("id")),
        url=text(provider.get("originalContentUrl")) if is_elsewhere else "",
        filename=text(message.get("fileName")),
        size=whole(message.get("fileSize")),
    )


def _sticker(message: dict[str, Any], base: Base) -> ChannelEvent:
    """LINE keeps no file of it for us; what it says and stands for are told."""
    told: dict[str, Any] = {
        "sticker_id": text(message.get("stickerId")),
        "package_id": text(message.get("packageId")),
        "keywords": [word for one in items(message.get("keywords"))[:15] if (word := text(one)[:50])],
    }
    data = {name: value for name, value in told.items() if value}
    return base.event(
        EventKind.MESSAGE, type="sticker", text=text(message.get("text")), data={**data, **_named(message)}
    )


def _postback(item: dict[str, Any], base: Base) -> list[ChannelEvent]:
    """A tap. Times picked in the app's own calendar come beside the button's data."""
    tapped = mapping(item.get("postback"))
    if SWITCHED.intersection(mapping(tapped.get("params"))):
        return [ignored(item, reason="another page of the menu", key=base.key, user=base.who, at=base.at)]
    picked = {name: text(value)[:100] for name, value in mapping(tapped.get("params")).items()}
    return [base.event(EventKind.CHOICE, payload=text(tapped.get("data")), via="button", data=picked)]


def _follow(item: dict[str, Any], base: Base) -> list[ChannelEvent]:
    """Added as a friend, or let in again after having been blocked."""
    if mapping(item.get("follow")).get("isUnblocked") is True:
        return [base.event(EventKind.CONVERSATION_STARTED, granted=True, scope="service")]
    return [base.event(EventKind.CONVERSATION_STARTED)]


def _unfollow(item: dict[str, Any], base: Base) -> list[ChannelEvent]:
    return [base.event(EventKind.CONSENT, granted=False, scope="all")]


def _unsend(item: dict[str, Any], base: Base) -> list[ChannelEvent]:
    return [base.event(EventKind.MESSAGE_DELETED, target=text(mapping(item.get("unsend")).get("messageId")))]


def _edited(item: dict[str, Any], base: Base) -> list[ChannelEvent]:
    message = mapping(item.get("message"))
    return [base.event(EventKind.MESSAGE_EDITED, target=text(message.get("id")), text=text(message.get("text")))]


def _linked(item: dict[str, Any], base: Base) -> list[ChannelEvent]:
    link = mapping(item.get("link"))
    data = {"status": text(link.get("result")), "nonce": text(link.get("nonce"))}
    return [base.event(EventKind.ACCOUNT_LINKED, data={name: value for name, value in data.items() if value})]


READERS = {
    "message": _message,
    "messageEdited": _edited,
    "postback": _postback,
    "follow": _follow,
    "unfollow": _unfollow,
    "unsend": _unsend,
    "accountLink": _linked,
}
