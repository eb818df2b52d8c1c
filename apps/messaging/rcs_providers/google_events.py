"""What RBM tells (UserMessage, UserEvent, ServerEvent) in our words."""

import datetime as dt
from typing import Any

from apps.merchants import clock
from apps.messaging.channel import ErrorClass
from apps.messaging.contacts import sort_of
from apps.messaging.events import ChannelEvent, EventKind, MediaRef, Receipt
from apps.messaging.platforms.rcs.messages import ACTION
from apps.messaging.reading import entry_token, fingerprint, ignored, kept, mapping, number, text, whole

RECEIPTS = {
    "DELIVERED": Receipt.DELIVERED,
    "READ": Receipt.READ,
    "TTL_EXPIRATION_REVOKED": Receipt.FAILED,
    "MESSAGE_EXPIRED": Receipt.FAILED,
}
FAMILIES = ("image", "video", "audio")
LAUNCH = "AGENT_LAUNCH_EVENT"  # about the agent and its carriers, of nobody


def event(data: dict[str, Any], agent: str) -> list[ChannelEvent]:
    who = text(data.get("senderPhoneNumber")) or text(data.get("phoneNumber"))
    named = text(data.get("agentId"))
    if text(data.get("eventType")) == LAUNCH or "agentLaunchEvent" in data:
        return [ignored(data, reason="the agent's launch")]
    if not who:
        return [ignored(data, reason="no sender")]
    if agent and named and bare(named) != bare(agent):
        return [ignored(data, reason="another agent's")]
    base: dict[str, Any] = {
        "external_user_id": who,
        "occurred_at": _moment(text(data.get("sendTime"))),
        "thread_key": who,
        "aliases": {"phone": who},
    }
    if "eventType" in data:
        return [_happened(data, base)]
    key = text(data.get("messageId")) or text(data.get("eventId")) or fingerprint(data)
    return _said(data, {**base, "external_event_id": key})


def bare(agent: str) -> str:
    """The agent's name however it is written: "shop" and "shop@rbm.goog" are one."""
    return agent.partition("@")[0].lower()


def _happened(data: dict[str, Any], base: dict[str, Any]) -> ChannelEvent:
    word, target = text(data.get("eventType")), text(data.get("messageId"))
    key = text(data.get("eventId")) or fingerprint(data)
    if word in RECEIPTS and target:
        receipt = RECEIPTS[word]
        is_failure = receipt is Receipt.FAILED
        return ChannelEvent(
            kind=EventKind.STATUS,
            **base,
            external_event_id=f"{target}:{word}",
            target=target,
            receipt=str(receipt),
            error_class=str(ErrorClass.UNREACHABLE) if is_failure else "",
            data={"errors": [{"code": word, "title": ""}], "detail": word} if is_failure else {},
        )
    if word in ("UNSUBSCRIBE", "SUBSCRIBE"):  # Google: of messages that are not essential
        is_in = word == "SUBSCRIBE"
        scope = "service" if is_in else "marketing"
        return ChannelEvent(kind=EventKind.CONSENT, **base, external_event_id=key, granted=is_in, scope=scope)
    if word == "IS_TYPING":
        return ChannelEvent(kind=EventKind.TYPING, **base, external_event_id=key)
    return ignored(data, reason="event not needed", key=key, user=base["external_user_id"], at=base["occurred_at"])


def _said(data: dict[str, Any], base: dict[str, Any]) -> list[ChannelEvent]:
    if "suggestionResponse" in data:
        return [_tapped(data, mapping(data["suggestionResponse"]), base)]
    if "location" in data:
        place = mapping(data["location"])
        where = {"latitude": number(place.get("latitude")), "longitude": number(place.get("longitude"))}
        return [ChannelEvent(kind=EventKind.MESSAGE, **base, type="location", data=where)]
    if "userFile" in data:
        media = _file(mapping(mapping(data["userFile"]).get("payload")))
        if media.url:
            words = text(data.get("text"))
            return [ChannelEvent(kind=EventKind.MESSAGE, **base, text=words, media=(media,), **sort_of((media,)))]
    if isinstance(data.get("text"), str) and "userFile" not in data:
        return words_events(data["text"], base)
    return [ChannelEvent(kind=EventKind.MESSAGE, **base, type="unsupported", data=kept(data))]


def words_events(said: str, base: dict[str, Any]) -> list[ChannelEvent]:
    """A text; before it where the shopper came from, if it is the prefilled first one."""
    token = entry_token(said)
    message = ChannelEvent(kind=EventKind.MESSAGE, **base, type="text", text="Hi" if token else said)
    if not token:
        return [message]
    told = {**base, "external_event_id": f"{base['external_event_id']}:referral"}
    return [ChannelEvent(kind=EventKind.REFERRAL, **told, data={"source": "link", "ref": token}), message]


def _tapped(data: dict[str, Any], part: dict[str, Any], base: dict[str, Any]) -> ChannelEvent:
    """A suggestion; where the phone did something itself (opened a page, shares a place) nothing was chosen."""
    payload, label = text(part.get("postbackData")), text(part.get("text"))
    if payload.startswith(ACTION):
        who, at = base["external_user_id"], base["occurred_at"]
        return ignored(data, reason="the phone acted", key=base["external_event_id"], user=who, at=at)
    return ChannelEvent(kind=EventKind.CHOICE, **base, payload=payload or label, label=label, via="button")


def _file(part: dict[str, Any]) -> MediaRef:
    mime = text(part.get("mimeType")).lower()
    family = mime.partition("/")[0]
    return MediaRef(
        media_type=family if family in FAMILIES else "file",
        external_id=text(part.get("fileUri")).rpartition("/")[2],
        url=text(part.get("fileUri")),
        mime=mime,
        filename=text(part.get("fileName")),
        size=whole(part.get("fileSizeBytes")),
    )


def _moment(written: str) -> dt.datetime:
    try:
        found = dt.datetime.fromisoformat(written)
    except ValueError:
        return clock.now()
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)
