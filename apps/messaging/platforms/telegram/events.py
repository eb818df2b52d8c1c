"""A Telegram update in our words. One update is one thing; which one is told by the key beside `update_id`."""

from typing import Any

from apps.messaging.events import ChannelEvent, EventKind
from apps.messaging.platforms.telegram.messages import amount, events_of
from apps.messaging.reading import (
    bounded,
    fingerprint,
    ignored,
    items,
    mapping,
    moment,
    one_by_one,
    read_json,
    text,
)

BLOCKED = {"kicked": False, "left": False, "member": True}
CAPTIONED = ("caption", "photo", "video", "animation", "audio", "voice", "document", "paid_media")  # or had a caption
# What is set under a message and has no character of its own: a picture somebody drew, or a star that was paid for.
WITHOUT_CHARACTER = {"custom_emoji": "❔", "paid": "⭐"}


def parse_webhook(body: bytes) -> list[ChannelEvent]:
    """The events of one update. Raises `Malformed` on what is no JSON object."""
    return bounded(one_by_one([read_json(body)], _update))


def _update(update: dict[str, Any]) -> list[ChannelEvent]:
    key = text(update.get("update_id")) or fingerprint(update)
    if "message" in update:
        return _message(mapping(update["message"]), update, key)
    if "edited_message" in update:
        return _edited(mapping(update["edited_message"]), update, key)
    if "callback_query" in update:
        return _tap(mapping(update["callback_query"]), update, key)
    if "my_chat_member" in update:
        return _membership(mapping(update["my_chat_member"]), update, key)
    if "pre_checkout_query" in update:
        return _precheckout(mapping(update["pre_checkout_query"]), update, key)
    if "message_reaction" in update:
        return _reaction(mapping(update["message_reaction"]), update, key)
    kind = next((name for name in update if name != "update_id"), "empty")
    return [ignored(update, reason=kind, key=key)]


def _person(person: dict[str, Any], chat: dict[str, Any]) -> dict[str, Any]:
    """The fields every event of this shopper carries. Their private chat has their own id."""
    who = text(person.get("id")) or text(chat.get("id"))
    name = " ".join(part for key in ("first_name", "last_name") if (part := text(person.get(key))))
    username = text(person.get("username"))
    return {
        "external_user_id": who,
        "thread_key": text(chat.get("id")) or who,
        "profile_name": name[:120],
        "language": text(person.get("language_code")),
        "aliases": {"username": username} if username else {},
    }


def _not_ours(person: dict[str, Any], chat: dict[str, Any]) -> str:
    """Why this is no shopper talking to us, or ""."""
    if chat and text(chat.get("type")) != "private":
        return "group"
    if person.get("is_bot") is True:
        return "from a bot"
    return "" if text(person.get("id")) or text(chat.get("id")) else "no sender"


def _message(message: dict[str, Any], update: dict[str, Any], key: str) -> list[ChannelEvent]:
    person, chat = mapping(message.get("from")), mapping(message.get("chat"))
    reason = _not_ours(person, chat)
    at = moment(message.get("date"))
    if reason:
        return [ignored(update, reason=reason, key=key, at=at)]
    replied = text(mapping(message.get("reply_to_message")).get("message_id"))
    base: dict[str, Any] = {
        "external_event_id": key,
        "occurred_at": at,
        "reply_to": replied,
        "data": {"message_id": named} if (named := text(message.get("message_id"))) else {},
        **_person(person, chat),
    }
    return events_of(message, base)


def _edited(message: dict[str, Any], update: dict[str, Any], key: str) -> list[ChannelEvent]:
    person, chat = mapping(message.get("from")), mapping(message.get("chat"))
    has_words = any(name in message for name in ("text", *CAPTIONED))
    reason = _not_ours(person, chat) or ("" if has_words else "edited, and not its words")
    if reason:
        return [ignored(update, reason=reason, key=key)]
    return [
        ChannelEvent(
            kind=EventKind.MESSAGE_EDITED,
            external_event_id=key,
            occurred_at=moment(message.get("edit_date") or message.get("date")),
            text=text(message.get("text")) or text(message.get("caption")),
            target=text(message.get("message_id")),
            **_person(person, chat),
        )
    ]


def _tap(query: dict[str, Any], update: dict[str, Any], key: str) -> list[ChannelEvent]:
    """A tapped button. Its own id is the key: emulators were seen to give a tap its message's update_id."""
    message, person = mapping(query.get("message")), mapping(query.get("from"))
    chat = mapping(message.get("chat"))
    reason = _not_ours(person, chat)
    payload = text(query.get("data"))
    if reason or not payload:
        return [ignored(update, reason=reason or "no data", key=key)]
    return [
        ChannelEvent(
            kind=EventKind.CHOICE,
            external_event_id=f"callback:{query['id']}" if text(query.get("id")) else key,
            occurred_at=moment(None),  # Telegram tells when the message was written, not when the button was tapped
            payload=payload,
            label=_label_of(message, payload),
            via="button",
            target=text(message.get("message_id")),
            **_person(person, chat),
        )
    ]


def _label_of(message: dict[str, Any], payload: str) -> str:
    for row in items(mapping(message.get("reply_markup")).get("inline_keyboard")):
        for button in map(mapping, items(row)):
            if button.get("callback_data") == payload:
                return text(button.get("text"))
    return ""


def _membership(change: dict[str, Any], update: dict[str, Any], key: str) -> list[ChannelEvent]:
    """Blocking the bot is an opt-out, and letting it in again an opt-in."""
    person, chat = mapping(change.get("from")), mapping(change.get("chat"))
    granted = BLOCKED.get(text(mapping(change.get("new_chat_member")).get("status")))
    reason = _not_ours(person, chat)
    if reason or granted is None:
        return [ignored(update, reason=reason or "membership", key=key)]
    return [
        ChannelEvent(
            kind=EventKind.CONSENT,
            external_event_id=key,
            occurred_at=moment(change.get("date")),
            granted=granted,
            scope="service" if granted else "all",
            **_person(person, chat),
        )
    ]


def _precheckout(query: dict[str, Any], update: dict[str, Any], key: str) -> list[ChannelEvent]:
    person = mapping(query.get("from"))
    if not text(person.get("id")):
        return [ignored(update, reason="no sender", key=key)]
    data = {
        "id": text(query.get("id")),
        "reference": text(query.get("invoice_payload")),
        **amount(query),
        "answer_within_seconds": 10,
    }
    fields = _person(person, {})
    return [
        ChannelEvent(kind=EventKind.PRECHECKOUT, external_event_id=key, occurred_at=moment(None), data=data, **fields)
    ]


def _reaction(reaction: dict[str, Any], update: dict[str, Any], key: str) -> list[ChannelEvent]:
    person, chat = mapping(reaction.get("user")), mapping(reaction.get("chat"))
    reason = _not_ours(person, chat)
    if reason:
        return [ignored(update, reason=reason, key=key)]
    emojis = [_emoji(mapping(item)) for item in items(reaction.get("new_reaction"))]
    return [
        ChannelEvent(
            kind=EventKind.REACTION,
            external_event_id=key,
            occurred_at=moment(reaction.get("date")),
            text="".join(emojis),
            target=text(reaction.get("message_id")),
            **_person(person, chat),
        )
    ]


def _emoji(reaction: dict[str, Any]) -> str:
    """Never "": that would say that a reaction was taken off."""
    return text(reaction.get("emoji")) or WITHOUT_CHARACTER.get(text(reaction.get("type")), "❔")
