"""How WhatsApp names a shopper: by a business-scoped user id, by a phone number, or by both; and what it says of one."""

import re
from dataclasses import dataclass
from typing import Any

from apps.messaging.events import ChannelEvent, EventKind
from apps.messaging.reading import fingerprint, ignored, mapping, moment, text

PREFERENCES = {"stop": False, "resume": True, "signup": True}
USER_ID = re.compile(r"[A-Z]{2}\.[A-Za-z0-9.]+")  # "US.1349…", "US.ENT.…"
CHANGES = ("user_changed_number", "customer_changed_number", "user_changed_user_id")
# At the very end: what stands before it is a name that its bearer chose.
CHANGED = re.compile(r"changed from \+?(?P<old>\S+) to \+?(?P<new>\S+)\s*$")


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


def is_user_id(name: str) -> bool:
    """Whether this is a business-scoped user id, and no number."""
    return USER_ID.fullmatch(name) is not None


def identity_changed(message: dict[str, Any], item: Any) -> ChannelEvent:
    """Of a system message: the person has another number, another user id, or both, or (no change for us) other keys.

    The old user id is named only since August 2026, the old number only where it may be told; else both stand in the words.
    https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages/system/
    """
    part = mapping(message.get("system"))
    number, user_id = text(part.get("new_wa_id")) or text(part.get("wa_id")), text(part.get("user_id"))
    in_words = CHANGED.search(text(part.get("body")))
    said = in_words["old"] if in_words and in_words["new"] in (user_id, number) else ""
    old_ids = (text(part.get("previous_user_id")), text(message.get("from_user_id")), said if is_user_id(said) else "")
    old_id = next((name for name in old_ids if name and name != user_id), "")
    old_number = text(message.get("from")) or (digits(said) if said and not is_user_id(said) else "")
    old_parent = text(part.get("previous_parent_user_id")) or text(message.get("from_parent_user_id"))
    is_change = text(part.get("type")) in CHANGES
    return _changed(
        item,
        key=text(message.get("id")),
        at=message.get("timestamp"),
        change=text(part.get("type")),
        words=text(part.get("body")),
        old={"user_id": old_id, "parent_user_id": old_parent, **numbers(old_number)},
        new={"user_id": user_id, "parent_user_id": text(part.get("parent_user_id")), **numbers(number)}
        if is_change
        else {},
    )


def user_id_update(item: Any) -> list[ChannelEvent]:
    """The same as a field of its own, as some numbers still get it by way of a provider of Meta's.

    https://developer.8x8.com/connect/docs/whatsapp-business-scoped-user-ids
    """
    told = mapping(item)
    ids, parents, number = mapping(told.get("user_id")), mapping(told.get("parent_user_id")), text(told.get("wa_id"))
    new = {"user_id": text(ids.get("current")), "parent_user_id": text(parents.get("current")), **numbers(number)}
    old = {"user_id": text(ids.get("previous")), "parent_user_id": text(parents.get("previous")), **numbers(number)}
    change, words, at = "user_id_update", text(told.get("detail")), told.get("timestamp")
    return [_changed(item, key="", at=at, change=change, words=words, old=old, new=new)]


def _changed(
    item: Any, *, key: str, at: Any, change: str, words: str, old: dict[str, str], new: dict[str, str]
) -> ChannelEvent:
    """Told in the thread of the new name: what is said there next is heard after it."""
    aliases = {name: value for name, value in old.items() if value}
    names = {name: value for name, value in new.items() if value}
    who = aliases.get("user_id") or aliases.get("wa_id") or ""
    if not who:
        return ignored(item, reason="change of name not understood", at=moment(at))
    return ChannelEvent(
        kind=EventKind.IDENTITY_CHANGED,
        external_event_id=key or fingerprint(item),
        external_user_id=who,
        occurred_at=moment(at),
        text=words,
        thread_key=names.get("user_id") or names.get("wa_id") or who,
        aliases=aliases,
        data={"change": change, "new": names} if names else {"change": change},
    )


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
