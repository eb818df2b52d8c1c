"""What a platform told us, in our words. A webhook is a batch of these; parsing is pure and never raises."""

import datetime as dt
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any


class EventKind(StrEnum):
    MESSAGE = "message"
    CHOICE = "choice"
    ORDER = "order"
    FORM_SUBMIT = "form_submit"
    REFERRAL = "referral"
    CONVERSATION_STARTED = "conversation_started"
    REACTION = "reaction"
    MESSAGE_EDITED = "message_edited"
    MESSAGE_DELETED = "message_deleted"
    STATUS = "status"
    CONSENT = "consent"
    IDENTITY_CHANGED = "identity_changed"
    ACCOUNT_LINKED = "account_linked"
    PAYMENT_UPDATE = "payment_update"
    PRECHECKOUT = "precheckout"
    TYPING = "typing"
    HANDOVER = "handover"
    ECHO = "echo"
    TEMPLATE = "template"  # the platform's word on one of our wordings; no shopper's
    ACCOUNT = "account"  # the platform's word on the account itself; no shopper's
    IGNORED = "ignored"
    INTERNAL = "internal"  # ours: an effect's result, a timer, a hand-back (payload says which)


class Receipt(StrEnum):
    """How far an outbound message got; later in this list never goes back to earlier."""

    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


ERASE = "erase"  # in a consent event's data: the platform asks that what is known of them be deleted
BEHIND = "behind"  # in an event's data: its words are still at the platform, in its file


@dataclass(frozen=True, slots=True)
class MediaRef:
    """A file the shopper sent, still at the platform."""

    media_type: str  # image | video | audio | file | sticker
    external_id: str = ""
    url: str = ""
    mime: str = ""
    sha256: str = ""
    filename: str = ""
    size: int | None = None


@dataclass(frozen=True, slots=True)
class ChannelEvent:
    """One thing that happened. `external_event_id` is unique per channel account and survives redelivery.

    `type` says what a message carries (text, image, video, audio, file, sticker, location, contact, link,
    unsupported). `payload` is a tapped choice's token; `data` holds what only this kind has (referral, items,
    coordinates, what was not understood). On consent events `scope` is "service", "marketing" or "all".

    A consent event with `data["erase"]` asks that what is known of them be deleted.

    Referral data: `{"source": "link"|"ad"|…, "ref": entry token, "ad", "click_id", "url", "headline"}` as far as told.
    Order data: `{"catalog_id", "items": [{"sku", "quantity", "unit_price", "currency"}]}`, prices never to be trusted.
    Form data: `{"answers": [{"question", "answers"}]}`, see `answers.py`.
    Status data: `{"key": what our send call carried, "errors": […]}` where the platform returns them; `{"until": ISO time}`
    where it names no message but all that were sent until then; `{"is_anyones": True}` where it may name one that another
    app or a person sent through the same account; on an echo, where it may be of what we sent ourselves.
    Template data: `{"name", "language", "external_id", "state": one of `Template.State`, "reason"}`; it names no user.
    Account data: `{"about": what of it, "code": of `findings.SENTENCES`, or none where that is over, "said", "name"}`.
    Handover data: `{"is_taken": whether somebody else there answers from now on}`, or nothing where it is only asked for.
    Payment data: `{"state": "succeeded"|"failed"|…, "reference", "amount", "currency", …}`; "claimed" is the platform's word
    on money that somebody else takes, and is booked by theirs. Identity data: `{"change", "new": their aliases now}`.
    The `product` of a message or a referral names what of the shop's catalogue it is about: `{"product_retailer_id": our
    number, "catalog_id"}`, each "" where it is not told, and `product_id` where the platform has an id of its own.
    """

    kind: EventKind
    external_event_id: str
    external_user_id: str
    occurred_at: dt.datetime
    type: str = ""
    text: str = ""
    payload: str = ""
    label: str = ""
    via: str = ""  # button | list | quick_reply | command
    thread_key: str = ""  # the platform's chat; the user's id unless the platform says otherwise
    reply_to: str = ""
    reply_handle: str = (
        ""  # what an answer has to name, where the platform wants that; it opens the window on any event
    )
    target: str = ""  # the message a status, reaction, edit or deletion is about
    receipt: str = ""  # a Receipt, on status events
    error_class: str = ""
    granted: bool | None = (
        None  # on consent events (None: "help was asked for"), and of who starts after having blocked us
    )
    scope: str = ""
    profile_name: str = ""
    language: str = ""
    aliases: dict[str, str] = field(default_factory=dict)
    media: tuple[MediaRef, ...] = ()
    data: dict[str, Any] = field(default_factory=dict)

    def changed(self, **values: Any) -> "ChannelEvent":
        """With these fields; the event itself where they say nothing new."""
        is_new = any(getattr(self, name) != value for name, value in values.items())
        return replace(self, **values) if is_new else self

    def to_json(self) -> dict[str, Any]:
        """A plain dict to be written, not changed: it shares what it holds. Empty fields are left out."""
        values = _told(self, _FIELDS)
        if self.media:
            values["media"] = [_told(item, _MEDIA_FIELDS) for item in self.media]
        always = {"kind": str(self.kind), "occurred_at": self.occurred_at.isoformat()}
        return {**values, "external_user_id": self.external_user_id, **always}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "ChannelEvent":
        values = dict(data)
        values["kind"] = EventKind(values["kind"])
        values["occurred_at"] = dt.datetime.fromisoformat(values["occurred_at"])
        values["media"] = tuple(MediaRef(**item) for item in values.get("media", ()))
        return cls(**values)


_FIELDS = tuple(item.name for item in fields(ChannelEvent))
_MEDIA_FIELDS = tuple(item.name for item in fields(MediaRef))


def _told(value: ChannelEvent | MediaRef, names: tuple[str, ...]) -> dict[str, Any]:
    """The fields that say something; `asdict` would copy every word of it first."""
    return {name: said for name in names if (said := getattr(value, name)) not in ("", (), [], {}, None)}
