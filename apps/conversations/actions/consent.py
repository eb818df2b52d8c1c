"""Opt-outs and opt-ins heard in a thread: written down at once, and what was waiting to leave is stopped."""

import re
import unicodedata
from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import override

from apps.customers.actions import latest_consent, record_consent
from apps.customers.models import ConsentEntry
from apps.messaging.channel import ErrorClass
from apps.messaging.content import Text
from apps.messaging.events import ChannelEvent, EventKind

from ..models import Conversation, Message
from .record import record_event
from .send import language_of, send_message

# A whole message of one of these is a withdrawal. On SMS all of them, as the carriers do; elsewhere only those
# that are no word of the shop's own menu.
SMS_STOP = frozenset(
    {"stop", "stopall", "stop all", "unsubscribe", "cancel", "end", "quit", "revoke", "opt out", "optout"}
    | {"arret", "arrêt", "abmelden", "stopp", "baja", "alto", "parar", "退订", "td", "t"}
)
SMS_START = frozenset({"start", "unstop"})
OFFERS_STOP = frozenset({"stop", "stopall", "unsubscribe", "opt out", "optout", "revoke", "abmelden", "baja", "退订"})
EVERYTHING = (ConsentEntry.Purpose.SERVICE, ConsentEntry.Purpose.MARKETING)
OFFERS = (ConsentEntry.Purpose.MARKETING,)


def as_consent(event: ChannelEvent, kind: str) -> ChannelEvent | None:
    """The consent event hidden in a message that is nothing but a keyword; None for any other message."""
    if event.kind != EventKind.MESSAGE or len(event.text) > 20:
        return None
    word = _word(event.text)
    if kind == "sms":  # beside a picture too
        if word in SMS_STOP:
            return _consent(event, granted=False, scope="")
        return _consent(event, granted=True, scope="") if word in SMS_START else None
    if event.type not in ("", "text"):
        return None
    return _consent(event, granted=False, scope="marketing") if word in OFFERS_STOP else None


def _word(text: str) -> str:
    """What was said, however it was written: "Opt-Out!" is "opt out"."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.sub(r"[-‐‑‒–—−_]", " ", plain).strip(" \t\r\n.!。！\"'").split())


def _consent(event: ChannelEvent, *, granted: bool, scope: str) -> ChannelEvent:
    return ChannelEvent(
        kind=EventKind.CONSENT,
        external_event_id=event.external_event_id,
        external_user_id=event.external_user_id,
        occurred_at=event.occurred_at,
        text=event.text,
        granted=granted,
        scope=scope,
        data={"source": "keyword"},
    )


def apply_consent(conversation: Conversation, event: ChannelEvent) -> None:
    """Record what was said, stop what was queued, and confirm once where the platform does not."""
    if event.granted is None:
        return
    purposes = OFFERS if event.scope == "marketing" else EVERYTHING
    if event.granted and event.scope != "marketing":
        purposes = (ConsentEntry.Purpose.SERVICE,)  # an opt-in to answers is no opt-in to offers
    source = str(event.data.get("source", "platform"))
    for purpose in purposes:
        record_consent(
            conversation.identity,
            purpose=purpose,
            granted=event.granted,
            source=source,
            wording=event.text,
            event_key=event.external_event_id,
            occurred_at=event.occurred_at,
        )
    record_event(conversation, "consent", data={"granted": event.granted, "purposes": [str(p) for p in purposes]})
    if not event.granted:
        suppress_queued(conversation, purposes=purposes)
    if source == "keyword":
        _confirm(conversation, purposes, granted=event.granted)


def let_in_again(conversation: Conversation, event: ChannelEvent) -> None:
    """Whoever left and now writes wants an answer; for channels whose platform has no other word for coming back."""
    if latest_consent(conversation.identity, ConsentEntry.Purpose.SERVICE).is_granted:
        return
    told = {"source": "wrote"}
    apply_consent(
        conversation,
        replace(event, kind=EventKind.CONSENT, text="", granted=True, scope="service", data=told),
    )


def suppress_queued(conversation: Conversation, *, purposes: tuple[str, ...]) -> int:
    """Call back what waits to be sent under a consent that is gone; returns how many."""
    waiting = conversation.messages.filter(state__in=(*Message.WAITING, Message.State.UNKNOWN))
    if ConsentEntry.Purpose.SERVICE not in purposes:
        waiting = waiting.filter(purpose=Message.Purpose.CAMPAIGN)
    waiting.filter(state=Message.State.UNKNOWN).update(next_at=None)
    return waiting.filter(state__in=Message.WAITING).update(
        state=Message.State.SUPPRESSED, error_class=str(ErrorClass.OPTED_OUT)
    )


def _confirm(conversation: Conversation, purposes: tuple[str, ...], *, granted: bool) -> None:
    with override(language_of(conversation)):
        if granted:
            text = _("You are connected again. Reply STOP to opt out.")
        elif ConsentEntry.Purpose.SERVICE in purposes:
            text = _("You are unsubscribed and will get no more messages here. Reply START to come back.")
        else:
            text = _("You will get no more offers here. We still answer you and tell you about your orders.")
    send_message(conversation, Text(text=text), author=Message.Author.SYSTEM, is_confirmation=True)
