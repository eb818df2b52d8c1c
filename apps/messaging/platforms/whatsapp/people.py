"""How WhatsApp names a shopper: by a business-scoped user id, by a phone number, or by both; and what it says of one."""

import re
from dataclasses import dataclass
from typing import Any

from apps.messaging.events import ChannelEvent, EventKind
from apps.messaging.reading import fingerprint, ignored, mapping, moment, text

PREFERENCES = {"stop": False, "resume": True, "signup": True}


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a change says about all its messages: our number and who writes."""

    contacts: dict[str, dict[str, Any]]
    first_contact: dict[str, Any]
    own_number: str


def names(contact: dict[str, Any]) -> list[str]:
    return [name for key in ("user_id", "wa_id") if (name := text(contact.get(key)))]


def digits(phone: str) -> str:
    return re.sub(r"\D", "", phone)


def numbers(phone: str) -> dict[str, str]:
    """`wa_id` names the person as `user_id` does, `phone` is where to send: with Meta both are the same digits."""
    return {"phone": phone, "wa_id": phone} if phone else {}


def aliases_of(user_id: Any, phone: Any) -> dict[str, str]:
    known = {"user_id": text(user_id), **numbers(text(phone))}
    return {key: value for key, value in known.items() if value}


def sender_of(message: dict[str, Any], envelope: Envelope) -> dict[str, Any]:
    """The fields every event of this shopper carries."""
    phone, user_id = text(message.get("from")), text(message.get("from_user_id"))
    contact = envelope.contacts.get(user_id) or envelope.contacts.get(phone) or envelope.first_contact
    user_id = user_id or text(contact.get("user_id"))
    phone = phone or text(contact.get("wa_id"))
    profile = mapping(contact.get("profile"))
    aliases = {
        "user_id": user_id,
        "parent_user_id": text(message.get("from_parent_user_id")) or text(contact.get("parent_user_id")),
        **numbers(phone),
        "username": text(profile.get("username")) or text(message.get("username")),
    }
    who = user_id or phone
    return {
        "external_user_id": who,
        "thread_key": who,
        "profile_name": text(profile.get("name"))[:120],
        "aliases": {key: value for key, value in aliases.items() if value},
    }


def identity_changed(base: dict[str, Any], part: dict[str, Any]) -> ChannelEvent:
    new = {key: text(part.get(key)) for key in ("wa_id", "new_wa_id", "user_id", "new_user_id", "identity")}
    data = {"change": text(part.get("type")), "new": {key: value for key, value in new.items() if value}}
    return ChannelEvent(kind=EventKind.IDENTITY_CHANGED, **base, text=text(part.get("body")), data=data)


def preference(item: Any) -> list[ChannelEvent]:
    told = mapping(item)
    granted = PREFERENCES.get(text(told.get("value")))
    who = text(told.get("user_id")) or text(told.get("wa_id"))
    if granted is None or not who:
        return [ignored(item, reason="preference not understood", user=who)]
    return [
        ChannelEvent(
            kind=EventKind.CONSENT,
            external_event_id=fingerprint(item),
            external_user_id=who,
            occurred_at=moment(told.get("timestamp")),
            thread_key=who,
            text=text(told.get("detail")),
            granted=granted,
            scope="marketing",
            aliases=aliases_of(told.get("user_id"), told.get("wa_id")),
        )
    ]
