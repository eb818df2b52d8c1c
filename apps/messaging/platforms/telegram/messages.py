"""What one Telegram message says, in our words: https://core.telegram.org/bots/api#message"""

import re
from typing import Any

from apps.messaging.answers import answers_in
from apps.messaging.contacts import contact
from apps.messaging.events import ChannelEvent, EventKind, MediaRef
from apps.messaging.platforms.telegram.money import amount_of
from apps.messaging.reading import ignored, items, kept, mapping, number, text, whole

FILES = {
    "video": "video",
    "animation": "video",
    "video_note": "video",
    "voice": "audio",
    "audio": "audio",
    "document": "file",
    "sticker": "sticker",
}
BOUGHT = {"photo": "image", "video": "video"}  # of paid media, what a bot is given
COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@\w+)?(?:\s+(.*))?", re.DOTALL)
# What the app itself writes into a thread when something was set, shared or begun: nobody said it, nobody waits.
NOTICES = frozenset(
    {"pinned_message", "message_auto_delete_timer_changed", "write_access_allowed", "users_shared", "chat_shared"}
    | {"gift", "unique_gift", "gift_upgrade_sent", "connected_website", "proximity_alert_triggered", "boost_added"}
    | {"chat_background_set", "checklist_tasks_done", "checklist_tasks_added", "direct_message_price_changed"}
    | {"forum_topic_created", "forum_topic_edited", "forum_topic_closed", "forum_topic_reopened"}
    | {"general_forum_topic_hidden", "general_forum_topic_unhidden", "giveaway_created", "giveaway_completed"}
    | {"managed_bot_created", "paid_message_price_changed", "poll_option_added", "poll_option_deleted"}
    | {"suggested_post_approved", "suggested_post_approval_failed", "suggested_post_declined", "suggested_post_paid"}
    | {"suggested_post_refunded", "video_chat_scheduled", "video_chat_started", "video_chat_ended"}
    | {"video_chat_participants_invited", "new_chat_members", "left_chat_member", "new_chat_title", "new_chat_photo"}
    | {"delete_chat_photo", "group_chat_created", "supergroup_chat_created", "channel_chat_created"}
    | {"migrate_to_chat_id", "migrate_from_chat_id", "chat_owner_left", "chat_owner_changed"}
)


def events_of(message: dict[str, Any], base: dict[str, Any]) -> list[ChannelEvent]:
    """The events of a message; `base` has the fields that each of them carries."""
    if isinstance(message.get("text"), str):
        return _text(message["text"], message, base)
    if photo := _largest(message.get("photo")):
        return [_file(message, base, "image", photo)]
    for field, media_type in FILES.items():
        if part := mapping(message.get(field)):
            return [_file(message, base, media_type, part)]
    if bought := _bought(mapping(message.get("paid_media"))):
        return [_said(base, type=bought[0].media_type, text=text(message.get("caption")), media=bought)]
    venue = mapping(message.get("venue"))
    if place := mapping(venue.get("location")) or mapping(message.get("location")):
        return [_said(base, type="location", data=_place(place, venue))]
    for field, read in READERS.items():
        if part := mapping(message.get(field)):
            return [read(part, base)]
    if notice := next((name for name in message if name in NOTICES), ""):
        return [_unsaid(message, notice, base)]
    return [_said(base, type="unsupported", data=kept(message))]


def _event(kind: EventKind, base: dict[str, Any], data: dict[str, Any], **fields: Any) -> ChannelEvent:
    return ChannelEvent(kind=kind, **{**base, **fields, "data": {**base["data"], **data}})


def _said(base: dict[str, Any], *, data: dict[str, Any] | None = None, **fields: Any) -> ChannelEvent:
    return _event(EventKind.MESSAGE, base, data or {}, **fields)


def _unsaid(message: dict[str, Any], reason: str, base: dict[str, Any]) -> ChannelEvent:
    who, at = base["external_user_id"], base["occurred_at"]
    return ignored(message, reason=reason, key=base["external_event_id"], user=who, at=at)


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
        events.append(_event(EventKind.REFERRAL, base, data, external_event_id=key))
    return events


def _file(message: dict[str, Any], base: dict[str, Any], media_type: str, part: dict[str, Any]) -> ChannelEvent:
    album = text(message.get("media_group_id"))
    words = text(message.get("caption")) or (text(part.get("emoji")) if media_type == "sticker" else "")
    data = {"album": album} if album else {}
    return _said(base, type=media_type, text=words, media=(_media(media_type, part),), data=data)


def _media(media_type: str, part: dict[str, Any]) -> MediaRef:
    return MediaRef(
        media_type=media_type,
        external_id=text(part.get("file_id")),
        mime=text(part.get("mime_type")) or ("image/jpeg" if media_type == "image" else ""),
        filename=text(part.get("file_name")),
        size=whole(part.get("file_size")),
    )


def _largest(photos: Any) -> dict[str, Any]:
    """A picture comes in several sizes; {} where there is none."""
    found = [photo for photo in map(mapping, items(photos)) if photo]
    return max(
        found, key=lambda photo: (whole(photo.get("width")) or 0) * (whole(photo.get("height")) or 0), default={}
    )


def _bought(paid: dict[str, Any]) -> tuple[MediaRef, ...]:
    """The pictures and videos that Stars are asked for; of what only a preview is shown there is no file."""
    parts = [mapping(part) for part in items(paid.get("paid_media"))]
    files = [(BOUGHT.get(text(part.get("type")), ""), part.get(text(part.get("type")))) for part in parts]
    return tuple(_media(sort, _largest(file) if sort == "image" else mapping(file)) for sort, file in files if sort)


def _place(place: dict[str, Any], venue: dict[str, Any]) -> dict[str, Any]:
    where: dict[str, Any] = {name: number(place.get(name)) for name in ("latitude", "longitude")}
    return where | {name: told for name in ("title", "address") if (told := text(venue.get(name)))}


def _contact(card: dict[str, Any], base: dict[str, Any]) -> ChannelEvent:
    """A shared contact; it is the shopper's own number only where Telegram says so."""
    is_own = text(card.get("user_id")) == base["external_user_id"]
    name = " ".join(part for key in ("first_name", "last_name") if (part := text(card.get(key))))
    shared = contact(name, text(card.get("phone_number")), is_own=is_own)
    return _said(base, type="contact", data={"contacts": [shared]})


def _form(form: dict[str, Any], base: dict[str, Any]) -> ChannelEvent:
    """What a page inside Telegram gave back; the app can be made to send anything."""
    pressed = text(form.get("button_text"))
    return _event(EventKind.FORM_SUBMIT, base, {"answers": answers_in(text(form.get("data")))}, text=pressed)


def _paid(payment: dict[str, Any], base: dict[str, Any]) -> ChannelEvent:
    return _event(EventKind.PAYMENT_UPDATE, base, {"state": "succeeded", **_payment(payment)})


def _paid_back(payment: dict[str, Any], base: dict[str, Any]) -> ChannelEvent:
    return _event(EventKind.PAYMENT_UPDATE, base, {"state": "refunded", **_payment(payment)})


def _payment(payment: dict[str, Any]) -> dict[str, Any]:
    return {
        "reference": text(payment.get("invoice_payload")),
        **amount(payment),
        "provider_charge": text(payment.get("provider_payment_charge_id")),
        "platform_charge": text(payment.get("telegram_payment_charge_id")),
    }


def amount(payment: dict[str, Any]) -> dict[str, Any]:
    """What was paid, or is about to be; `amount` is "" in what is no money (Stars)."""
    units, currency = whole(payment.get("total_amount")), text(payment.get("currency"))
    found = amount_of(units, currency)
    return {"minor_units": units, "currency": currency, "amount": "" if found is None else str(found)}


READERS = {
    "contact": _contact,
    "web_app_data": _form,
    "successful_payment": _paid,
    "refunded_payment": _paid_back,
}
