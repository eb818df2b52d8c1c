"""WhatsApp's webhook body in our words: entry[] → changes[] → messages[], statuses[], preferences, echoes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from apps.messaging.events import ChannelEvent, EventKind, MediaRef, Receipt
from apps.messaging.platforms.meta import graph, template_events
from apps.messaging.platforms.whatsapp.contacts import contacts_of
from apps.messaging.reading import (
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

RECEIPTS = {
    "sent": Receipt.SENT,
    "delivered": Receipt.DELIVERED,
    "read": Receipt.READ,
    "played": Receipt.READ,
    "failed": Receipt.FAILED,
}
MEDIA_TYPES = {"image": "image", "video": "video", "audio": "audio", "document": "file", "sticker": "sticker"}
PREFERENCES = {"stop": False, "resume": True, "signup": True}


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a change says about all its messages: our number and who writes."""

    contacts: dict[str, dict[str, Any]]
    first_contact: dict[str, Any]
    own_number: str


@dataclass(frozen=True, slots=True)
class Ours:
    """The ids of the account a call came for; what is empty is not compared."""

    phone_number_id: str
    number: str
    business_id: str


def parse_webhook(
    body: bytes, *, phone_number_id: str = "", own_number: str = "", business_id: str = ""
) -> list[ChannelEvent]:
    """Every event of the batch. Raises `Malformed` on what is no JSON object."""
    data = read_json(body)
    ours = Ours(phone_number_id, own_number, business_id)
    events = one_by_one(_changes(data), lambda found: _change(found[0], found[1], ours))
    return bounded(events or [ignored(data, reason="empty")])


def _changes(data: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """(change, the entry it stands in)."""
    for entry in items(data.get("entry")):
        for change in items(mapping(entry).get("changes")):
            yield mapping(change), mapping(entry)


def _change(change: dict[str, Any], entry: dict[str, Any], ours: Ours) -> list[ChannelEvent]:
    value, field = mapping(change.get("value")), text(change.get("field"))
    if field == template_events.FIELD:
        named = text(entry.get("id"))
        if ours.business_id and named and named != ours.business_id:
            return [ignored(change, reason="another business's")]
        return [template_events.template_news(change, entry)]
    phone_number_id, own_number = ours.phone_number_id, ours.number
    metadata = mapping(value.get("metadata"))
    named = text(metadata.get("phone_number_id"))
    if phone_number_id and named and named != phone_number_id:
        return [ignored(change, reason="another number's")]
    if field == "smb_message_echoes":
        return one_by_one(items(value.get("message_echoes")), _echo)
    if field == "user_preferences" or "user_preferences" in value:
        return one_by_one(items(value.get("user_preferences")), _preference)
    if not ("messages" in value or "statuses" in value):
        return [ignored(change, reason=field or "unknown field")]
    contacts = [mapping(contact) for contact in items(value.get("contacts"))]
    envelope = Envelope(
        contacts={key: contact for contact in contacts for key in _names(contact)},
        first_contact=contacts[0] if len(contacts) == 1 else {},
        own_number=_digits(own_number or text(metadata.get("display_phone_number"))),
    )
    messages = one_by_one(items(value.get("messages")), lambda item: _message(mapping(item), item, envelope))
    return messages + one_by_one(items(value.get("statuses")), lambda item: _status(mapping(item), item))


def _names(contact: dict[str, Any]) -> list[str]:
    return [name for key in ("user_id", "wa_id") if (name := text(contact.get(key)))]


def _digits(phone: str) -> str:
    return re.sub(r"\D", "", phone)


def _numbers(phone: str) -> dict[str, str]:
    """`wa_id` names the person as `user_id` does, `phone` is where to send: with Meta both are the same digits."""
    return {"phone": phone, "wa_id": phone} if phone else {}


def _aliases(user_id: Any, phone: Any) -> dict[str, str]:
    known = {"user_id": text(user_id), **_numbers(text(phone))}
    return {key: value for key, value in known.items() if value}


def _sender(message: dict[str, Any], envelope: Envelope) -> dict[str, Any]:
    """The fields every event of this shopper carries."""
    phone, user_id = text(message.get("from")), text(message.get("from_user_id"))
    contact = envelope.contacts.get(user_id) or envelope.contacts.get(phone) or envelope.first_contact
    user_id = user_id or text(contact.get("user_id"))
    phone = phone or text(contact.get("wa_id"))
    profile = mapping(contact.get("profile"))
    aliases = {
        "user_id": user_id,
        "parent_user_id": text(message.get("from_parent_user_id")) or text(contact.get("parent_user_id")),
        **_numbers(phone),
        "username": text(profile.get("username")) or text(message.get("username")),
    }
    who = user_id or phone
    return {
        "external_user_id": who,
        "thread_key": who,
        "profile_name": text(profile.get("name"))[:120],
        "aliases": {key: value for key, value in aliases.items() if value},
    }


def _message(message: dict[str, Any], item: Any, envelope: Envelope) -> list[ChannelEvent]:
    if not message:
        return [ignored(item, reason="no message")]
    sender = _sender(message, envelope)
    if text(message.get("group_id")):
        return [ignored(item, reason="group", user="", at=moment(message.get("timestamp")))]
    if envelope.own_number and _digits(text(message.get("from"))) == envelope.own_number:
        return [ignored(item, reason="from our own number")]
    if not sender["external_user_id"]:
        return [ignored(item, reason="no sender")]
    context = mapping(message.get("context"))
    base: dict[str, Any] = {
        "external_event_id": text(message.get("id")) or fingerprint(item),
        "occurred_at": moment(message.get("timestamp")),
        "reply_to": text(context.get("id")),
        **sender,
    }
    found = _by_type(message, base)
    token = entry_token(found[0].text) if found[0].type == "text" else ""
    if token:
        found = [replace(found[0], text="Hi")]
    return [*_referrals(message, base, token), *found]


def _referrals(message: dict[str, Any], base: dict[str, Any], token: str) -> list[ChannelEvent]:
    """Where the shopper came from, told before what they said."""
    referral = mapping(message.get("referral"))
    if not referral and not token:
        return []
    data: dict[str, Any] = {"source": "link", "ref": token}
    if referral:
        data = {
            "source": text(referral.get("source_type")) or "ad",
            "ref": token,
            "ad": text(referral.get("source_id")),
            "click_id": text(referral.get("ctwa_clid")),
            "url": text(referral.get("source_url")),
            "headline": text(referral.get("headline")),
            "body": text(referral.get("body")),
        }
    data = {key: value for key, value in data.items() if value}
    return [
        ChannelEvent(
            kind=EventKind.REFERRAL,
            **{**base, "external_event_id": f"{base['external_event_id']}:referral"},
            data=data,
        )
    ]


def _by_type(message: dict[str, Any], base: dict[str, Any]) -> list[ChannelEvent]:
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
    if kind == "system" and mapping(part):
        return [_identity_changed(base, mapping(part))]
    if kind == "request_welcome":
        return [ChannelEvent(kind=EventKind.CONVERSATION_STARTED, **base)]
    if kind == "revoke" and mapping(part):
        target = text(mapping(part).get("original_message_id"))
        return [ChannelEvent(kind=EventKind.MESSAGE_DELETED, **base, target=target)]
    if kind == "edit" and mapping(part):
        edited = text(mapping(mapping(mapping(part).get("message")).get("text")).get("body"))
        target = text(mapping(part).get("original_message_id"))
        return [ChannelEvent(kind=EventKind.MESSAGE_EDITED, **base, target=target, text=edited)]
    return [_unsupported(message, base)]


def _said(message: dict[str, Any], base: dict[str, Any], **fields: Any) -> ChannelEvent:
    product = mapping(mapping(message.get("context")).get("referred_product"))
    data = dict(fields.pop("data", {}))
    if product:
        data["product"] = {
            "catalog_id": text(product.get("catalog_id")),
            "product_retailer_id": text(product.get("product_retailer_id")),
        }
    return ChannelEvent(kind=EventKind.MESSAGE, **base, **fields, data=data)


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
        data = {"name": text(form.get("name")), "response_json": text(form.get("response_json"))[:20_000]}
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


def _identity_changed(base: dict[str, Any], part: dict[str, Any]) -> ChannelEvent:
    new = {key: text(part.get(key)) for key in ("wa_id", "new_wa_id", "user_id", "new_user_id", "identity")}
    data = {"change": text(part.get("type")), "new": {key: value for key, value in new.items() if value}}
    return ChannelEvent(kind=EventKind.IDENTITY_CHANGED, **base, text=text(part.get("body")), data=data)


def _status(status: dict[str, Any], item: Any) -> list[ChannelEvent]:
    receipt, target = RECEIPTS.get(text(status.get("status"))), text(status.get("id"))
    who = text(status.get("recipient_user_id")) or text(status.get("recipient_id"))
    at = moment(status.get("timestamp"))
    if receipt is None or not target:
        return [ignored(item, reason="status not understood", user=who, at=at)]
    errors = [mapping(error) for error in items(status.get("errors"))]
    error_class = str(graph.classify(whole(errors[0].get("code")), 400)) if errors else ""
    data: dict[str, Any] = {"errors": errors[:3]} if errors else {}
    if key := text(status.get("biz_opaque_callback_data")):
        data["key"] = key
    aliases = {
        "user_id": text(status.get("recipient_user_id")),
        "parent_user_id": text(status.get("recipient_parent_user_id")),
        **_numbers(text(status.get("recipient_id"))),
    }
    return [
        ChannelEvent(
            kind=EventKind.STATUS,
            external_event_id=f"{target}:{status['status']}",
            external_user_id=who,
            occurred_at=at,
            thread_key=who,
            target=target,
            receipt=str(receipt),
            error_class=error_class,
            aliases={key: value for key, value in aliases.items() if value},
            data=data,
        )
    ]


def _preference(item: Any) -> list[ChannelEvent]:
    preference = mapping(item)
    granted = PREFERENCES.get(text(preference.get("value")))
    who = text(preference.get("user_id")) or text(preference.get("wa_id"))
    if granted is None or not who:
        return [ignored(item, reason="preference not understood", user=who)]
    return [
        ChannelEvent(
            kind=EventKind.CONSENT,
            external_event_id=fingerprint(item),
            external_user_id=who,
            occurred_at=moment(preference.get("timestamp")),
            thread_key=who,
            text=text(preference.get("detail")),
            granted=granted,
            scope="marketing",
            aliases=_aliases(preference.get("user_id"), preference.get("wa_id")),
        )
    ]


def _echo(item: Any) -> list[ChannelEvent]:
    """A person of the shop wrote from the phone app: theirs to the shopper, never ours to answer."""
    echo = mapping(item)
    who = text(echo.get("to_user_id")) or text(echo.get("to"))
    if not who or not text(echo.get("id")):
        return [ignored(item, reason="echo not understood", user=who)]
    kind = text(echo.get("type"))
    words = text(mapping(echo.get("text")).get("body")) or text(mapping(echo.get(kind)).get("caption"))
    return [
        ChannelEvent(
            kind=EventKind.ECHO,
            external_event_id=text(echo.get("id")),
            external_user_id=who,
            occurred_at=moment(echo.get("timestamp")),
            type="text" if kind == "text" else kind,
            text=words,
            thread_key=who,
            aliases=_aliases(echo.get("to_user_id"), echo.get("to")),
        )
    ]
