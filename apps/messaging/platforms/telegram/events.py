"""A Telegram update in our words. One update is one thing; which one is told by the key beside `update_id`."""

import re
from typing import Any

from apps.messaging.events import ChannelEvent, EventKind, MediaRef
from apps.messaging.platforms.telegram.money import amount_of
from apps.messaging.reading import (
    bounded,
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

BLOCKED = {"kicked": False, "left": False, "member": True}
FILES = {
    "video": "video",
    "animation": "video",
    "video_note": "video",
    "voice": "audio",
    "audio": "audio",
    "document": "file",
    "sticker": "sticker",
}
COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@\w+)?(?:\s+(.*))?", re.DOTALL)


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
        **_person(person, chat),
    }
    return _by_content(message, base)


def _by_content(message: dict[str, Any], base: dict[str, Any]) -> list[ChannelEvent]:
    if isinstance(message.get("text"), str):
        return _text(message["text"], message, base)
    if photos := [mapping(photo) for photo in items(message.get("photo")) if mapping(photo)]:
        largest = max(photos, key=lambda photo: (whole(photo.get("width")) or 0) * (whole(photo.get("height")) or 0))
        return [_file(message, base, "image", largest)]
    for field, media_type in FILES.items():
        if part := mapping(message.get(field)):
            return [_file(message, base, media_type, part)]
    place = mapping(mapping(message.get("venue")).get("location")) or mapping(message.get("location"))
    if place:
        data = {name: number(place.get(name)) for name in ("latitude", "longitude")}
        return [_said(base, type="location", data=data)]
    if form := mapping(message.get("web_app_data")):
        return [_form(form, base)]
    if contact := mapping(message.get("contact")):
        return [_contact(contact, base)]
    if payment := mapping(message.get("successful_payment")):
        return [_payment(payment, base)]
    return [_said(base, type="unsupported", data=kept(message))]


def _said(base: dict[str, Any], **fields: Any) -> ChannelEvent:
    return ChannelEvent(kind=EventKind.MESSAGE, **base, **fields)


def _text(said: str, message: dict[str, Any], base: dict[str, Any]) -> list[ChannelEvent]:
    """ "/start abc" opens the thread and says where from; other commands are words with a slash."""
    command = COMMAND.fullmatch(said.strip())
    if command is None:
        return [_said(base, type="text", text=said)]
    word, rest = command[1], (command[2] or "").strip()
    if word.lower() != "start":
        return [_said(base, type="text", text=f"{word} {rest}".strip(), via="command", data={"command": f"/{word}"})]
    events = [ChannelEvent(kind=EventKind.CONVERSATION_STARTED, **base)]
    if rest:
        key = f"{base['external_event_id']}:referral"
        data = {"source": "link", "ref": rest[:64]}
        events.append(ChannelEvent(kind=EventKind.REFERRAL, **{**base, "external_event_id": key}, data=data))
    return events


def _file(message: dict[str, Any], base: dict[str, Any], media_type: str, part: dict[str, Any]) -> ChannelEvent:
    media = MediaRef(
        media_type=media_type,
        external_id=text(part.get("file_id")),
        mime=text(part.get("mime_type")) or ("image/jpeg" if media_type == "image" else ""),
        filename=text(part.get("file_name")),
        size=whole(part.get("file_size")),
    )
    album = text(message.get("media_group_id"))
    words = text(message.get("caption")) or (text(part.get("emoji")) if media_type == "sticker" else "")
    return _said(base, type=media_type, text=words, media=(media,), data={"album": album} if album else {})


def _contact(contact: dict[str, Any], base: dict[str, Any]) -> ChannelEvent:
    """A shared contact; it is the shopper's own number only where Telegram says so."""
    is_own = text(contact.get("user_id")) == base["external_user_id"]
    name = " ".join(part for key in ("first_name", "last_name") if (part := text(contact.get(key))))
    shared = {"name": name, "phone": text(contact.get("phone_number")), "is_own": is_own}
    return _said(base, type="contact", data={"contacts": [shared]})


def _form(form: dict[str, Any], base: dict[str, Any]) -> ChannelEvent:
    """What a page of ours inside Telegram sent: https://core.telegram.org/bots/api#webappdata"""
    data = {"name": text(form.get("button_text")), "response_json": text(form.get("data"))[:4096]}
    return ChannelEvent(kind=EventKind.FORM_SUBMIT, **base, data=data)


def _payment(payment: dict[str, Any], base: dict[str, Any]) -> ChannelEvent:
    data = {
        "state": "succeeded",
        "reference": text(payment.get("invoice_payload")),
        **_amount(payment),
        "provider_charge": text(payment.get("provider_payment_charge_id")),
        "platform_charge": text(payment.get("telegram_payment_charge_id")),
    }
    return ChannelEvent(kind=EventKind.PAYMENT_UPDATE, **base, data=data)


def _amount(payment: dict[str, Any]) -> dict[str, Any]:
    """What was paid, or is about to be; `amount` is "" in what is no money (Stars)."""
    units, currency = whole(payment.get("total_amount")), text(payment.get("currency"))
    amount = amount_of(units, currency)
    return {"minor_units": units, "currency": currency, "amount": "" if amount is None else str(amount)}


def _edited(message: dict[str, Any], update: dict[str, Any], key: str) -> list[ChannelEvent]:
    person, chat = mapping(message.get("from")), mapping(message.get("chat"))
    reason = _not_ours(person, chat)
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
        **_amount(query),
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
    emojis = [text(mapping(item).get("emoji")) for item in items(reaction.get("new_reaction"))]
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
