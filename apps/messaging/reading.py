"""Reading what strangers send: every accessor answers with the empty value of its kind instead of raising."""

import datetime as dt
import hashlib
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from apps.merchants import clock
from apps.merchants.storable import storable

from .channel import Malformed
from .events import ChannelEvent, EventKind, MediaRef

MAX_DEPTH = 60
MAX_NAME = 200  # characters of an id that names a person or a chat
MAX_KEY = 250  # characters of an event's or a message's id
MAX_KEPT = 8_000  # characters of an item we did not understand
STRANGE = re.compile(rb"\\u0000|\\u[dD][89a-fA-F]|\x00")
TRADITIONAL = frozenset({"hant", "tw", "hk", "mo"})  # how Chinese is written, by script or country
ENTRY = re.compile(r"\s*hi #([A-Za-z0-9_-]{4,64})\s*", re.IGNORECASE)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise Malformed(f"{text[:20]} is no number")
    return value


def _no_constant(text: str) -> float:
    raise Malformed(f"{text} is no JSON")


def read_json(body: bytes) -> dict[str, Any]:
    """The JSON object in these bytes, free of what no database stores (NUL, lone surrogates). Raises `Malformed`."""
    try:
        data = json.loads(body.decode("utf-8"), parse_float=_finite, parse_constant=_no_constant)
        if not isinstance(data, dict):
            raise Malformed("not a JSON object")
        if _is_too_deep(body):
            _measure_depth(data, MAX_DEPTH)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"not readable as JSON: {error}") from error
    return storable(data) if STRANGE.search(body) else data


def _is_too_deep(body: bytes) -> bool:
    """A cheap first look: so few brackets cannot be nested too deep."""
    return body.count(b"{") + body.count(b"[") > MAX_DEPTH


def _measure_depth(value: Any, room: int) -> None:
    if room == 0:
        raise Malformed("nested too deep")
    if isinstance(value, dict):
        for item in value.values():
            _measure_depth(item, room - 1)
    elif isinstance(value, list):
        for item in value:
            _measure_depth(item, room - 1)


def mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def text(value: Any) -> str:
    """Strings as they are, numbers as their digits, everything else as ""."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def whole(value: Any) -> int | None:
    """A whole number written as number or digits, within 64 bits."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    if isinstance(value, str) and not re.fullmatch(r"-?[0-9]{1,19}", value):
        return None
    number = int(value)
    return number if abs(number) < 2**63 else None


def number(value: Any) -> float | None:
    """A finite number written as number or text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def moment(seconds: Any) -> dt.datetime:
    """A Unix time in seconds; now where it is none or lies outside any sensible year."""
    value = whole(seconds)
    if value is None or not 0 < value < 4_102_444_800:  # the year 2100
        return clock.now()
    return dt.datetime.fromtimestamp(value, dt.UTC)


def fingerprint(value: Any) -> str:
    """A stable key for what has no id of its own: the same bytes give the same key on redelivery."""
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    return "sha256:" + hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()[:40]


def kept(item: Any) -> dict[str, Any]:
    """What was not understood, small enough to store."""
    written = json.dumps(item, ensure_ascii=False, default=str)
    return {"raw": item} if len(written) <= MAX_KEPT else {"raw_start": written[:MAX_KEPT]}


def ignored(item: Any, *, reason: str, key: str = "", user: str = "", at: dt.datetime | None = None) -> ChannelEvent:
    """Something true that is not ours to act on."""
    return ChannelEvent(
        kind=EventKind.IGNORED,
        external_event_id=key or fingerprint(item),
        external_user_id=user,
        occurred_at=at or clock.now(),
        thread_key=user,
        data={"reason": reason, **kept(item)},
    )


def one_by_one(found: Iterable[Any], parse_one: Callable[[Any], list[ChannelEvent]]) -> list[ChannelEvent]:
    """All events of a batch; an item that breaks its parser is kept and does not lose the others."""
    events: list[ChannelEvent] = []
    for item in found:
        try:
            events += parse_one(item)
        except (AttributeError, KeyError, IndexError, TypeError, ValueError, OverflowError, RecursionError) as error:
            events.append(ignored(item, reason=f"not understood: {type(error).__name__}: {error}"[:200]))
    return events


def bounded(events: list[ChannelEvent]) -> list[ChannelEvent]:
    """The same events with no name longer than a key may be; whoever has an endless id is nobody we know."""
    return [_bounded(event) for event in events]


def _bounded(event: ChannelEvent) -> ChannelEvent:
    if len(event.external_user_id) > MAX_NAME or len(event.thread_key) > MAX_NAME:
        return ignored(
            event.data, reason="endless name", key=fingerprint(event.external_event_id), at=event.occurred_at
        )
    has_long_key = len(event.external_event_id) > MAX_KEY
    aliases = {key: value for key, value in event.aliases.items() if len(value) <= MAX_NAME}
    return event.changed(
        external_event_id=fingerprint(event.external_event_id) if has_long_key else event.external_event_id,
        reply_to=event.reply_to[:MAX_KEY],
        reply_handle=event.reply_handle if len(event.reply_handle) <= MAX_KEY else "",
        target=event.target[:MAX_KEY],
        payload=event.payload[:MAX_KEY],
        language=event.language[:10],
        profile_name=event.profile_name[:120],
        aliases=aliases,
        media=tuple(_bounded_media(media) for media in event.media),
    )


def _bounded_media(media: MediaRef) -> MediaRef:
    return replace(
        media,
        external_id=media.external_id[:MAX_KEY],
        url=media.url if len(media.url) <= 1000 else "",
        mime=media.mime[:80],
        filename=media.filename[-160:],
    )


def language_of(locale: str) -> str:
    """As the shop writes languages: "de" of "de_DE", "zh-hans" of "zh-CN"; "" of what is no locale."""
    parts = locale.replace("-", "_").lower().split("_")
    if parts[0] == "zh":
        return "zh-hant" if TRADITIONAL.intersection(parts) else "zh-hans"
    return parts[0] if parts[0].isalpha() else ""


def entry_token(said: str) -> str:
    """The entry point named by a prefilled first message ("Hi #token"), or ""."""
    match = ENTRY.fullmatch(said)
    return match[1] if match else ""


def header_bytes(headers: Mapping[str, str], name: str) -> bytes:
    return headers.get(name, "").encode("utf-8", "surrogateescape")
