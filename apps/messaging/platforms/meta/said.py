"""What a message on Messenger or Instagram says, by its words and what is attached."""

from typing import Any

from apps.messaging.events import MediaRef
from apps.messaging.reading import items, kept, mapping, number, text

MEDIA_TYPES = {"image": "image", "video": "video", "audio": "audio", "file": "file", "animated_image": "image"}
MENTION = "story_mention"  # they showed the shop in a story of theirs, which is gone after a day and is not to be kept
LINKS = ("fallback", "share", "post", "reel", "ig_reel", "ig_post", MENTION)


def said_in(message: dict[str, Any]) -> dict[str, Any]:
    """The fields of an event that say what this message says."""
    words = message["text"] if isinstance(message.get("text"), str) else ""
    found = _attached([mapping(part) for part in items(message.get("attachments"))])
    if not found:
        is_told = words and message.get("is_unsupported") is not True
        found = {"type": "text"} if is_told else {"type": "unsupported", "data": kept(message)}
    return {**found, "text": words or found.get("text", "")}


def _attached(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """The fields of a message by its attachments, files first as there may be several; {} where none is understood."""
    files = tuple(media for part in parts if (media := _file(part)) is not None)
    if files:
        return {"type": files[0].media_type, "media": files}
    for part in parts:
        kind, payload = text(part.get("type")), mapping(part.get("payload"))
        place = mapping(payload.get("coordinates"))
        if kind == "location" and place:
            where = {"latitude": number(place.get("lat")), "longitude": number(place.get("long"))}
            return {"type": "location", "data": where}
        if kind == "template" and (product := _product(payload)):
            return product
        address = text(payload.get("url")) or text(part.get("url"))
        if kind in LINKS and address:
            title = text(part.get("title")) or text(payload.get("title"))
            told = {"url": address, "title": title, "story": {"url": address} if kind == MENTION else None}
            return {"type": "link", "text": address, "data": {name: value for name, value in told.items() if value}}
    return {}


def _file(part: dict[str, Any]) -> MediaRef | None:
    payload = mapping(part.get("payload"))
    address = text(payload.get("url"))
    media_type = MEDIA_TYPES.get(text(part.get("type")), "")
    if not media_type or not address:
        return None
    is_sticker = text(payload.get("sticker_id")) != ""
    return MediaRef(media_type="sticker" if is_sticker else media_type, url=address)


def _product(payload: dict[str, Any]) -> dict[str, Any]:
    """A product of the shop's catalogue that was sent to it; what they wrote beside it is asked about this one.

    https://developers.facebook.com/docs/messenger-platform/reference/webhook-events/messages
    """
    element = next(map(mapping, items(mapping(payload.get("product")).get("elements"))), {})
    sku, own = text(element.get("retailer_id")), text(element.get("id"))
    return (
        {"type": "text", "text": text(element.get("title")), "data": {"product": product_named(sku=sku, own=own)}}
        if sku or own
        else {}
    )


def product_named(*, sku: str = "", catalog: str = "", own: str = "") -> dict[str, str]:
    """A product by the shop's number for it and the catalogue, as WhatsApp tells it, or by `own`, Meta's id for it."""
    return {"product_retailer_id": sku, "catalog_id": catalog, **({"product_id": own} if own else {})}
