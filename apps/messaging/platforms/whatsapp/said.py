"""What a shopper said on WhatsApp, by its type."""

from typing import Any

from apps.messaging.answers import answers_in
from apps.messaging.events import ChannelEvent, EventKind, MediaRef
from apps.messaging.platforms.meta.said import product_named
from apps.messaging.platforms.whatsapp.contacts import contacts_of
from apps.messaging.reading import ignored, items, kept, mapping, number, text, whole

MEDIA_TYPES = {"image": "image", "video": "video", "audio": "audio", "document": "file", "sticker": "sticker"}


def by_type(message: dict[str, Any], base: dict[str, Any]) -> list[ChannelEvent]:
    kind = text(message.get("type"))
    part = message.get(kind)
    if kind == "text" and isinstance(mapping(part).get("body"), str):
        return [_said(message, base, type="text", text=mapping(part)["body"])]
    if kind in MEDIA_TYPES and mapping(part):
        return [_file(message, base, kind, mapping(part))]
    if kind == "location" and mapping(part):
        keys = ("latitude", "longitude")
        place = {key: number(mapping(part).get(key)) for key in keys}
        words = {key: said for key in ("name", "address", "url") if (said := text(mapping(part).get(key)))}
        return [_said(message, base, type="location", data={**place, **words})]
    if kind == "contacts" and items(part):
        return [_said(message, base, type="contact", data={"contacts": contacts_of(part, base)})]
    if kind == "interactive":
        return [_interactive(message, base, mapping(part))]
    if kind == "button" and mapping(part):
        label = text(mapping(part).get("text"))
        payload = text(mapping(part).get("payload")) or label
        return [ChannelEvent(kind=EventKind.CHOICE, **base, payload=payload, label=label, via="quick_reply")]
    if kind == "order" and mapping(part):
        return [_order(base, mapping(part))]
    if kind == "reaction" and mapping(part):
        target, emoji = text(mapping(part).get("message_id")), text(mapping(part).get("emoji"))
        return [ChannelEvent(kind=EventKind.REACTION, **base, target=target, text=emoji)]
    if kind == "request_welcome":
        return [ChannelEvent(kind=EventKind.CONVERSATION_STARTED, **base)]
    if kind == "revoke" and mapping(part):
        target = text(mapping(part).get("original_message_id"))
        return [ChannelEvent(kind=EventKind.MESSAGE_DELETED, **base, target=target)]
    if kind == "edit" and mapping(part):
        return [_edited(message, base, mapping(part))]
    return [_unsupported(message, base)]


def _said(message: dict[str, Any], base: dict[str, Any], **fields: Any) -> ChannelEvent:
    product = mapping(mapping(message.get("context")).get("referred_product"))
    data = dict(fields.pop("data", {}))
    if product:
        sku, catalog = text(product.get("product_retailer_id")), text(product.get("catalog_id"))
        data["product"] = product_named(sku=sku, catalog=catalog)
    return ChannelEvent(kind=EventKind.MESSAGE, **base, **fields, data=data)


def _edited(message: dict[str, Any], base: dict[str, Any], part: dict[str, Any]) -> ChannelEvent:
    """Other words, also those below a picture, which may be taken away; of what is not understood the old ones stay.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages/edit
    """
    after = mapping(part.get("message"))
    body = mapping(after.get("text")).get("body")
    captions = [text(mapping(after[kind]).get("caption")) for kind in MEDIA_TYPES if mapping(after.get(kind))]
    words = next((said for said in (body, *captions) if isinstance(said, str)), None)
    if words is None:
        who, key, at = base["external_user_id"], base["external_event_id"], base["occurred_at"]
        return ignored(message, reason="edit without words", key=key, user=who, at=at)
    target = text(part.get("original_message_id"))
    return ChannelEvent(kind=EventKind.MESSAGE_EDITED, **base, target=target, text=words)


def _unsupported(message: dict[str, Any], base: dict[str, Any]) -> ChannelEvent:
    errors = [mapping(error) for error in items(message.get("errors"))]
    data: dict[str, Any] = {"errors": errors} if errors else {}
    return _said(message, base, type="unsupported", data={**data, **kept(message)})


def _file(message: dict[str, Any], base: dict[str, Any], kind: str, part: dict[str, Any]) -> ChannelEvent:
    media = MediaRef(
        media_type=MEDIA_TYPES[kind],
        external_id=text(part.get("id")),
        url=text(part.get("url")),
        mime=text(part.get("mime_type")),
        sha256=text(part.get("sha256")),
        filename=text(part.get("filename")),
        size=whole(part.get("file_size")),
    )
    return _said(message, base, type=MEDIA_TYPES[kind], text=text(part.get("caption")), media=(media,))


def _interactive(message: dict[str, Any], base: dict[str, Any], part: dict[str, Any]) -> ChannelEvent:
    for key, via in (("button_reply", "button"), ("list_reply", "list")):
        reply = mapping(part.get(key))
        if reply:
            description = text(reply.get("description"))
            return ChannelEvent(
                kind=EventKind.CHOICE,
                **base,
                payload=text(reply.get("id")),
                label=text(reply.get("title")),
                via=via,
                data={"description": description} if description else {},
            )
    form = mapping(part.get("nfm_reply"))
    if form:
        data = {"answers": answers_in(text(form.get("response_json")))}
        return ChannelEvent(kind=EventKind.FORM_SUBMIT, **base, text=text(form.get("body")), data=data)
    return _unsupported(message, base)


def _order(base: dict[str, Any], part: dict[str, Any]) -> ChannelEvent:
    """What was put into Meta's own basket. The prices in it are the shopper's phone's: never to be trusted."""
    lines = [
        {
            "sku": text(item.get("product_retailer_id")),
            "quantity": whole(item.get("quantity")),
            "unit_price": text(item.get("item_price")),
            "currency": text(item.get("currency")),
        }
        for item in map(mapping, items(part.get("product_items")))
    ]
    data = {"catalog_id": text(part.get("catalog_id")), "items": lines}
    return ChannelEvent(kind=EventKind.ORDER, **base, text=text(part.get("text")), data=data)
