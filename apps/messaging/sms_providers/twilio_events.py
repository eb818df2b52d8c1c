"""What comes in by Twilio as a message, in our words. Its rich channels are told apart by what stands before the numbers."""

import re
from dataclasses import replace
from typing import Any

from apps.merchants import clock
from apps.messaging.contacts import sort_of
from apps.messaging.events import ChannelEvent, EventKind, MediaRef
from apps.messaging.platforms.rcs.messages import ACTION
from apps.messaging.reading import entry_token, fingerprint, ignored, number, whole

RCS = "rcs"
PREFIXED = re.compile(r"(?P<channel>[a-z]+):(?P<name>.*)", re.DOTALL)  # "rcs:+4915112345678", "whatsapp:+49…"
MAX_MEDIA = 10
# The words carriers and Twilio act on when they are the whole message, with or without Advanced Opt-Out.
STOP_WORDS = frozenset(
    {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "opt out", "arret"}
)
START_WORDS = frozenset({"start", "unstop"})
FAMILIES = ("image", "video", "audio")


def inbound_events(form: dict[str, str]) -> list[ChannelEvent]:
    who = form.get("From", "")
    if not who:
        return [ignored(form, reason="no sender")]
    key = form.get("MessageSid") or form.get("SmsMessageSid") or form.get("SmsSid") or fingerprint(form)
    base: dict[str, Any] = {
        "external_event_id": key,
        "external_user_id": who,
        "occurred_at": clock.now(),
        "thread_key": who,
        "aliases": {"phone": who},
    }
    said = form.get("Body", "")
    events = _consent(form, said, base)
    media = _media(form)
    if media:  # a word taken as a consent is not said again beside the picture
        words = "" if len(events) == 1 else said
        picture = ChannelEvent(kind=EventKind.MESSAGE, **base, text=words, media=media, **sort_of(media))
        return [replace(consent, external_event_id=f"{key}:consent") for consent in events[:1]] + [picture]
    if events:
        return events
    token = entry_token(said)
    message = ChannelEvent(kind=EventKind.MESSAGE, **base, type="text", text="Hi" if token else said)
    if not token:
        return [message]
    data = {"source": "link", "ref": token}
    return [
        ChannelEvent(kind=EventKind.REFERRAL, **{**base, "external_event_id": f"{key}:referral"}, data=data),
        message,
    ]


def _consent(form: dict[str, str], said: str, base: dict[str, Any]) -> list[ChannelEvent]:
    """STOP and its kin. YES is also an answer, so it stays a message whatever else Twilio makes of it.

    HELP is ours to answer unless Twilio says that it has done so (Advanced Opt-Out).
    """
    word = said.strip().lower().rstrip(".!")
    opted = form.get("OptOutType", "").upper()
    if opted == "STOP" or (not opted and word in STOP_WORDS):
        granted: bool | None = False
    elif opted == "START" or (not opted and word in START_WORDS):
        granted = True
    elif opted == "HELP":
        granted = None
    else:
        return []
    consent = ChannelEvent(kind=EventKind.CONSENT, **base, text=said, granted=granted, scope="all", data={"word": word})
    if granted is not True or word in START_WORDS:
        return [consent]
    key = f"{base['external_event_id']}:consent"
    answer = ChannelEvent(kind=EventKind.MESSAGE, **base, type="text", text=said)
    return [replace(consent, external_event_id=key), answer]


def _media(form: dict[str, str]) -> tuple[MediaRef, ...]:
    count = min(whole(form.get("NumMedia")) or 0, MAX_MEDIA)
    found = []
    for place in range(count):
        url, mime = form.get(f"MediaUrl{place}", ""), form.get(f"MediaContentType{place}", "")
        if url:
            family = mime.partition("/")[0]
            media_type = family if family in FAMILIES else "file"
            found.append(MediaRef(media_type=media_type, external_id=url.rsplit("/", 1)[-1], url=url, mime=mime))
    return tuple(found)


def bare_names(form: dict[str, str]) -> tuple[dict[str, str], str]:
    """(the form with plain numbers in it, the channel that stood before the shopper's: "" of SMS itself)."""
    found = {name: match for name in ("From", "To") if (match := PREFIXED.fullmatch(form.get(name, "")))}
    channel = next((match["channel"] for match in found.values()), "")
    return {**form, **{name: match["name"] for name, match in found.items()}}, channel


def with_rich_parts(form: dict[str, str], events: list[ChannelEvent]) -> list[ChannelEvent]:
    """The same where a button of RCS was tapped or a place was sent, which its forms tell beside the words."""
    if len(events) != 1 or events[0].kind != EventKind.MESSAGE:
        return events
    return [_tapped_or_placed(form, events[0])]


def _tapped_or_placed(form: dict[str, str], message: ChannelEvent) -> ChannelEvent:
    payload, label = form.get("ButtonPayload", ""), form.get("ButtonText", "")
    if payload.startswith(ACTION):
        return ignored(form, reason="the phone acted", key=message.external_event_id, user=message.external_user_id)
    if payload or label:
        return message.changed(
            kind=EventKind.CHOICE, type="", text="", payload=payload or label, label=label, via="button"
        )
    latitude, longitude = number(form.get("Latitude")), number(form.get("Longitude"))
    if latitude is not None and longitude is not None:
        return message.changed(type="location", text="", data={"latitude": latitude, "longitude": longitude})
    return message
