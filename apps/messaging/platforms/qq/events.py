"""QQ's webhook body in our words: one event in an envelope {id, op, t, d}.

Shapes: bot.q.qq.com, API v2, "message/send-receive/event", "user/manage/event", "message/trans/msg-btn".
"""

import base64
import datetime as dt
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from apps.merchants import clock
from apps.messaging.events import ChannelEvent, EventKind, MediaRef
from apps.messaging.platforms.qq.keys import VALIDATION
from apps.messaging.reading import (
    bounded,
    fingerprint,
    ignored,
    items,
    kept,
    mapping,
    moment,
    one_by_one,
    read_json,
    text,
    whole,
)

DISPATCH = 0
C2C = 2  # the chat type of a thread between two
FACE = re.compile(r'<faceType=\d+,faceId="[^"]*",ext="([^"]*)">')
# Groups and channels are not for selling to one person; what happens there is known and left alone.
ELSEWHERE = re.compile(r"GROUP_|GUILD_|CHANNEL_|MESSAGE_|AT_MESSAGE_|DIRECT_MESSAGE_|PUBLIC_MESSAGE_|FORUM_|AUDIO_")
NOT_OURS = ("ENTER_AIO", "SUBSCRIBE_MESSAGE_STATUS")  # the thread was opened; a template may or may not be sent
EVENT, ACK = "event:", " ack:"


@dataclass(frozen=True, slots=True)
class Base:
    """What the events of one envelope share. `key` survives redelivery; `handle` is what an answer names."""

    who: str
    at: dt.datetime
    key: str
    handle: str = ""

    def event(self, kind: EventKind, key: str = "", **fields: Any) -> ChannelEvent:
        return ChannelEvent(
            kind=kind,
            external_event_id=key or self.key,
            external_user_id=self.who,
            thread_key=self.who,
            occurred_at=self.at,
            **fields,
        )


def parse_webhook(body: bytes) -> list[ChannelEvent]:
    """What the envelope tells; nothing where QQ only tries the address out. Raises `Malformed` on what is no JSON object."""
    data = read_json(body)
    if whole(data.get("op")) == VALIDATION:
        return []
    return bounded(one_by_one([data], _envelope))


def anchor(handle: str) -> dict[str, str]:
    """The fields that name what an answer is to; {} where there is nothing to answer."""
    if handle.startswith(EVENT):
        return {"event_id": handle.removeprefix(EVENT).partition(ACK)[0]}
    return {"msg_id": handle} if handle else {}


def interaction_of(handle: str) -> str:
    """The tap that still spins on the shopper's phone until it is acknowledged, or ""."""
    return handle.partition(ACK)[2] if handle.startswith(EVENT) else ""


def _envelope(data: dict[str, Any]) -> list[ChannelEvent]:
    name, event = text(data.get("t")), mapping(data.get("d"))
    if whole(data.get("op")) != DISPATCH:
        return [ignored(data, reason=f"op {text(data.get('op'))[:20]}")]
    if ELSEWHERE.match(name) or event.get("group_openid") or event.get("guild_id"):
        return [ignored(data, reason="a group's or a channel's", key=_key(data, event))]
    if name in NOT_OURS:
        return [ignored(data, reason=name, key=_key(data, event))]
    read = READERS.get(name)
    return read(data, event) if read else [ignored(data, reason=f"not understood: {name[:40]}")]


def _key(data: dict[str, Any], event: dict[str, Any]) -> str:
    return text(event.get("id")) or text(data.get("id")) or fingerprint(data)


def _at(written: Any) -> dt.datetime:
    """RFC 3339 as messages have it, or Unix seconds as the others have it; now where it is neither."""
    try:
        found = dt.datetime.fromisoformat(written) if isinstance(written, str) and "T" in written else moment(written)
    except ValueError:
        return clock.now()
    found = found if found.tzinfo else found.replace(tzinfo=dt.UTC)
    return found.astimezone(dt.UTC) if 1970 < found.year < 2100 else clock.now()


def _message(data: dict[str, Any], event: dict[str, Any]) -> list[ChannelEvent]:
    author = mapping(event.get("author"))
    who = text(author.get("user_openid")) or text(author.get("id"))
    named = text(event.get("id"))
    base = Base(who, _at(event.get("timestamp")), _key(data, event), named)
    if not who:
        return [ignored(data, reason="nobody named", at=base.at)]
    parts = [mapping(part) for part in items(event.get("attachments"))]
    files = tuple(media for part in parts if (media := _file(part)))
    heard = (text(part.get("asr_refer_text")).strip() for part in parts)  # what QQ understood of a voice message
    words = FACE.sub(_face, text(event.get("content"))).strip() or next(filter(None, heard), "")
    kind = files[0].media_type if files else "text"
    if not files and not words:
        return [base.event(EventKind.MESSAGE, type="unsupported", data=kept(event), reply_handle=named)]
    told = _scene(event)
    reply_to = text(mapping(event.get("message_reference")).get("message_id")) or told.get("ref_msg_idx", "")
    data = {"message_id": told["msg_idx"]} if told.get("msg_idx") else {}
    return [
        base.event(
            EventKind.MESSAGE, type=kind, text=words, media=files, reply_to=reply_to, reply_handle=named, data=data
        )
    ]


def _scene(event: dict[str, Any]) -> dict[str, str]:
    """Of a message's surroundings what is written as "name=value": by which name it may be quoted, and which it quotes."""
    written = [text(one) for one in items(mapping(event.get("message_scene")).get("ext"))]
    return {name: value for name, found, value in (one.partition("=") for one in written) if found and value}


def _face(found: re.Match[str]) -> str:
    """A face of QQ's own, by its name: "[呲牙]"."""
    try:
        told = json.loads(base64.b64decode(found[1]))
    except (ValueError, RecursionError):
        return ""
    name = text(mapping(told).get("text"))
    return f"[{name[:20]}]" if name else ""


def _file(part: dict[str, Any]) -> MediaRef | None:
    address, mime = text(part.get("url")), text(part.get("content_type"))
    name, size = text(part.get("filename")), whole(part.get("size"))
    if sounds := text(part.get("voice_wav_url")):  # the voice message is SILK, which nothing here plays; so this is
        address, mime, name, size = sounds, "audio/wav", f"{name.rpartition('.')[0] or name}.wav", None
    if not address:
        return None
    kind = mime.partition("/")[0]
    media_type = {"image": "image", "video": "video", "voice": "audio", "audio": "audio"}.get(kind, "file")
    return MediaRef(
        media_type=media_type,
        url=address if "://" in address else f"https://{address}",
        mime=mime if "/" in mime else "",
        filename=name,
        size=size,
    )


def _person(data: dict[str, Any], event: dict[str, Any]) -> Base:
    """Of what somebody did with the bot itself; such an event may be answered by its own id."""
    key = text(data.get("id")) or fingerprint(data)
    return Base(text(event.get("openid")), _at(event.get("timestamp")), key, f"{EVENT}{text(data.get('id'))}")


def _added(data: dict[str, Any], event: dict[str, Any]) -> list[ChannelEvent]:
    base = _person(data, event)
    if not base.who:
        return [ignored(data, reason="nobody named", at=base.at)]
    back = base.event(EventKind.CONSENT, f"{base.key}:added", granted=True, scope="service")
    return [back, base.event(EventKind.CONVERSATION_STARTED, reply_handle=base.handle)]


def _deleted(data: dict[str, Any], event: dict[str, Any]) -> list[ChannelEvent]:
    base = _person(data, event)
    return [base.event(EventKind.CONSENT, granted=False, scope="all")] if base.who else [ignored(data, reason="nobody")]


def _news_wanted(data: dict[str, Any], event: dict[str, Any]) -> list[ChannelEvent]:
    """A switch on the bot's page, without a word of ours beside it: that messages may come, not that offers may."""
    base = _person(data, event)
    if not base.who:
        return [ignored(data, reason="nobody named", at=base.at)]
    return [base.event(EventKind.CONSENT, granted=True, scope="service", reply_handle=base.handle)]


def _news_refused(data: dict[str, Any], event: dict[str, Any]) -> list[ChannelEvent]:
    """No messages unasked; what they ask themselves is still answered."""
    base = _person(data, event)
    if not base.who:
        return [ignored(data, reason="nobody named", at=base.at)]
    return [base.event(EventKind.CONSENT, granted=False, scope="marketing")]


def _tapped(data: dict[str, Any], event: dict[str, Any]) -> list[ChannelEvent]:
    """A button, or an entry of the bot's own menu. The phone waits for an acknowledgement, which goes ahead of the answer."""
    resolved, chat = mapping(mapping(event.get("data")).get("resolved")), whole(event.get("chat_type"))
    if chat not in (None, C2C):
        return [ignored(data, reason="a group's or a channel's", key=_key(data, event))]
    who = text(event.get("user_openid")) or text(resolved.get("user_id"))
    interaction, named = text(event.get("id")), text(data.get("id"))
    base = Base(who, _at(event.get("timestamp")), _key(data, event), f"{EVENT}{named or interaction}{ACK}{interaction}")
    payload = text(resolved.get("button_data")) or text(resolved.get("feature_id"))
    if not who or not payload:
        return [ignored(data, reason="nobody named" if not who else "nothing on the button", user=who, at=base.at)]
    return [base.event(EventKind.CHOICE, payload=payload, via="button", reply_handle=base.handle)]


READERS: dict[str, Callable[[dict[str, Any], dict[str, Any]], list[ChannelEvent]]] = {
    "C2C_MESSAGE_CREATE": _message,
    "FRIEND_ADD": _added,
    "FRIEND_DEL": _deleted,
    "C2C_MSG_RECEIVE": _news_wanted,
    "C2C_MSG_REJECT": _news_refused,
    "INTERACTION_CREATE": _tapped,
}
