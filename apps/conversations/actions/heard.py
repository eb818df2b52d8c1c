"""What a message that came in is kept as."""

from dataclasses import asdict
from typing import Any

from apps.messaging.events import ChannelEvent, EventKind

from ..models import Attachment, Message
from .masking import CODES

NOT_SHOWN = ("client_id", "is_anyones", CODES)  # of an event's data: for us, and no part of what was said
LARGEST_SIZE = 2**31 - 1  # of a file, as far as its column tells; so much is not kept anyway


def attach(messages: list[Message], events: list[ChannelEvent]) -> None:
    """A row for every file of these messages, event by event; what it holds is fetched later."""
    Attachment.objects.bulk_create(
        Attachment(
            merchant_id=message.merchant_id,
            message=message,
            media_type=media.media_type[:12],
            external_id=media.external_id[:255],
            source_url=media.url[:1000],
            mime=media.mime[:80],
            filename=media.filename[:160],
            size=None if media.size is None else min(max(media.size, 0), LARGEST_SIZE),
        )
        for message, event in zip(messages, events, strict=True)
        for media in event.media
    )


def content_of(event: ChannelEvent) -> dict[str, Any]:
    """A message as JSON: its kind is what it carries ("text", "image", "choice", "order", …)."""
    kind = (event.type or "text") if event.kind == EventKind.MESSAGE else str(event.kind)
    content: dict[str, Any] = {"kind": kind, "text": event.text or event.label}
    if event.payload:
        content["payload"] = event.payload
    if event.media:
        content["media"] = [asdict(media) for media in event.media]
    if data := {key: value for key, value in event.data.items() if key not in NOT_SHOWN}:
        content["data"] = data
    return content
