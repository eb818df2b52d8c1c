"""WhatsApp's webhook body in our words: entry[] → changes[] → messages[], statuses[], preferences, echoes.

Three fields are not taken, and nothing of them is kept. `standby` is somebody else's talk: Meta's own agent has that thread,
and whoever sends a word into it takes it over. `history` and `smb_app_state_sync` are what was said, and who is known, in
the shop's phone app before it was connected: nobody agreed to our keeping that, and nothing here needs it.
https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/standby
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from apps.messaging.events import ChannelEvent, EventKind
from apps.messaging.platforms.meta import account_events, template_events
from apps.messaging.reading import (
    bounded,
    entry_token,
    fingerprint,
    ignored,
    items,
    mapping,
    moment,
    one_by_one,
    read_json,
    text,
)

from .echoes import echoed
from .people import Envelope, digits, identity_changed, names, preference, sender_of, user_id_update
from .said import by_type
from .statuses import status_news

NOT_TAKEN = {
    "standby": "another app has the thread",
    "history": "from before we were connected",
    "smb_app_state_sync": "the phone's own contacts",
}


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
    if field == template_events.FIELD or field in account_events.READERS:
        return [_business_news(change, entry, ours)]
    phone_number_id, own_number = ours.phone_number_id, ours.number
    metadata = mapping(value.get("metadata"))
    named = text(metadata.get("phone_number_id"))
    if phone_number_id and named and named != phone_number_id:
        return [ignored(change, reason="another number's")]
    if field in NOT_TAKEN:
        return [ignored({"field": field}, reason=NOT_TAKEN[field], key=fingerprint(change))]
    if field == "smb_message_echoes":
        return one_by_one(items(value.get("message_echoes")), echoed)
    if field == "user_id_update":
        return one_by_one(items(value.get(field)), user_id_update)
    if field == "user_preferences" or "user_preferences" in value:
        return one_by_one(items(value.get("user_preferences")), preference)
    if not ("messages" in value or "statuses" in value) and items(value.get("errors")):
        return [account_events.errors_news(change, items(value["errors"]), moment(entry.get("time")))]
    if not ("messages" in value or "statuses" in value):
        return [ignored(change, reason=field or "unknown field")]
    contacts = [mapping(contact) for contact in items(value.get("contacts"))]
    envelope = Envelope(
        contacts={key: contact for contact in contacts for key in names(contact)},
        first_contact=contacts[0] if len(contacts) == 1 else {},
        own_number=digits(own_number or text(metadata.get("display_phone_number"))),
    )
    messages = one_by_one(items(value.get("messages")), lambda item: _message(mapping(item), item, envelope))
    return messages + one_by_one(items(value.get("statuses")), lambda item: status_news(mapping(item), item))


def _business_news(change: dict[str, Any], entry: dict[str, Any], ours: Ours) -> ChannelEvent:
    """What is told of the whole business, of one of its wordings, or of one of its numbers."""
    named, number = text(entry.get("id")), digits(text(mapping(change.get("value")).get("display_phone_number")))
    if ours.business_id and named and named != ours.business_id:
        return ignored(change, reason="another business's")
    if number and digits(ours.number) not in ("", number):
        return ignored(change, reason="another number's")
    is_wording = text(change.get("field")) == template_events.FIELD
    return template_events.template_news(change, entry) if is_wording else account_events.account_news(change, entry)


def _message(message: dict[str, Any], item: Any, envelope: Envelope) -> list[ChannelEvent]:
    if not message:
        return [ignored(item, reason="no message")]
    sender = sender_of(message, envelope)
    if text(message.get("group_id")):
        return [ignored(item, reason="group", user="", at=moment(message.get("timestamp")))]
    if envelope.own_number and digits(text(message.get("from"))) == envelope.own_number:
        return [ignored(item, reason="from our own number")]
    if text(message.get("type")) == "system" and mapping(message.get("system")):
        return [identity_changed(message, item)]
    if not sender["external_user_id"]:
        return [ignored(item, reason="no sender")]
    context = mapping(message.get("context"))
    base: dict[str, Any] = {
        "external_event_id": text(message.get("id")) or fingerprint(item),
        "occurred_at": moment(message.get("timestamp")),
        "reply_to": text(context.get("id")),
        **sender,
    }
    found = by_type(message, base)
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
