"""SMS by Vonage: its webhooks are read (Messages API v0 and v1, SMS API); sending is not built yet."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from apps.merchants import clock
from apps.messaging.channel import (
    ErrorClass,
    MediaRequest,
    NotConfigured,
    Recipient,
    SendFailed,
    Sent,
    WebhookReply,
    WebhookRequest,
)
from apps.messaging.events import ChannelEvent, EventKind, MediaRef, Receipt
from apps.messaging.findings import Finding
from apps.messaging.reading import fingerprint, ignored, kept, mapping, one_by_one, read_json, text, whole

RECEIPTS = {
    "submitted": Receipt.SENT,
    "delivered": Receipt.DELIVERED,
    "read": Receipt.READ,
    "rejected": Receipt.FAILED,
    "undeliverable": Receipt.FAILED,
}
NOT_BUILT = "Vonage is read but not sent by yet; use provider twilio"


class Vonage:
    def verify(self, request: WebhookRequest, config: Mapping[str, Any]) -> None:
        raise NotConfigured(NOT_BUILT)

    def parse(self, request: WebhookRequest, config: Mapping[str, Any]) -> list[ChannelEvent]:
        return one_by_one([read_json(request.body)], _event)

    def acknowledge(self, request: WebhookRequest) -> WebhookReply:
        return WebhookReply()

    def address(self, body: Mapping[str, Any], to: Recipient, config: Mapping[str, Any], key: str) -> dict[str, Any]:
        return {"to": to.external_id, **body}

    def path(self, config: Mapping[str, Any]) -> str:
        return "v1/messages"

    def send(self, path: str, body: Mapping[str, Any], config: Mapping[str, Any], timeout: float) -> Sent:
        raise SendFailed(ErrorClass.AUTH, NOT_BUILT)

    def classify_error(self, status: int, body: Mapping[str, Any]) -> ErrorClass:
        return ErrorClass.RETRY if status >= 500 or status == 429 else ErrorClass.BAD_REQUEST

    def probe(self, config: Mapping[str, Any], address: str) -> list[Finding]:
        raise SendFailed(ErrorClass.AUTH, NOT_BUILT)

    def media_request(self, media: MediaRef, config: Mapping[str, Any]) -> MediaRequest:
        return MediaRequest(media.url)


def _event(data: dict[str, Any]) -> list[ChannelEvent]:
    if "msisdn" in data:
        return [_sms_api(data)]
    who = _party(data.get("to")) if "status" in data else _party(data.get("from"))
    base: dict[str, Any] = {
        "external_event_id": text(data.get("message_uuid")) or fingerprint(data),
        "external_user_id": who,
        "occurred_at": _moment(text(data.get("timestamp"))),
        "thread_key": who,
    }
    if "status" in data:
        return [_status(data, base)]
    content = mapping(mapping(data.get("message")).get("content")) or data
    kind = text(content.get("type")) or text(content.get("message_type"))
    if kind == "text":
        return [ChannelEvent(kind=EventKind.MESSAGE, **base, type="text", text=text(content.get("text")))]
    if kind in ("image", "video", "audio", "file"):
        media = MediaRef(media_type=kind, url=text(mapping(content.get(kind)).get("url")))
        words = text(mapping(content.get(kind)).get("caption"))
        return [ChannelEvent(kind=EventKind.MESSAGE, **base, type=kind, text=words, media=(media,))]
    return [ChannelEvent(kind=EventKind.MESSAGE, **base, type="unsupported", data=kept(data))]


def _party(value: Any) -> str:
    return text(value) or text(mapping(value).get("number")) or text(mapping(value).get("id"))


def _status(data: dict[str, Any], base: dict[str, Any]) -> ChannelEvent:
    word = text(data.get("status"))
    receipt = RECEIPTS.get(word)
    if receipt is None:
        return ignored(data, reason="status not understood", user=base["external_user_id"])
    target = base["external_event_id"]
    return ChannelEvent(
        kind=EventKind.STATUS,
        **{**base, "external_event_id": f"{target}:{word}"},
        target=target,
        receipt=str(receipt),
        data={"key": key} if (key := text(data.get("client_ref"))) else {},
    )


def _sms_api(data: dict[str, Any]) -> ChannelEvent:
    """The older API sends a long SMS in parts; `data` says which part this is."""
    who = text(data.get("msisdn"))
    part, total = whole(data.get("concat-part")), whole(data.get("concat-total"))
    is_part = text(data.get("concat")) == "true"
    return ChannelEvent(
        kind=EventKind.MESSAGE,
        external_event_id=text(data.get("messageId")) or fingerprint(data),
        external_user_id=who,
        occurred_at=_moment(text(data.get("message-timestamp")).replace(" ", "T")),
        type="text",
        text=text(data.get("text")),
        thread_key=who,
        data={"part": part, "parts": total, "parts_ref": text(data.get("concat-ref"))} if is_part else {},
    )


def _moment(written: str) -> dt.datetime:
    try:
        found = dt.datetime.fromisoformat(written)
    except ValueError:
        return clock.now()
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)
