"""What Apple posts to a messaging service provider, in our words (register.apple.com, MSP REST API).

A call is one message: headers say from whom, to whom and what the device can show, and the body says most of it again.
Apple tells no time, so a message happened when it came; its id is kept when it comes again.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from apps.merchants import clock
from apps.messaging.answers import MOST_ANSWERS, answer
from apps.messaging.events import BEHIND, ChannelEvent, EventKind, MediaRef
from apps.messaging.platforms.apple.tapbacks import tapback
from apps.messaging.reading import (
    bounded,
    entry_token,
    fingerprint,
    ignored,
    items,
    kept,
    language_of,
    mapping,
    one_by_one,
    read_json,
    text,
    whole,
)

CAPABILITIES = "capabilities"  # the alias under which is kept what the shopper's device can show: "LIST,QUICK"
NO_CAPABILITIES = "none"
IN_THE_TEXT = "\ufffc"  # stands where an attachment belongs
FAMILIES = ("image", "video", "audio")


@dataclass(frozen=True, slots=True)
class Base:
    """Who did it, and what every event of theirs tells."""

    key: str
    who: str
    at: dt.datetime
    language: str = ""
    aliases: dict[str, str] = field(default_factory=dict)

    def event(self, kind: EventKind, **fields: Any) -> ChannelEvent:
        told = {
            "external_event_id": self.key,
            "thread_key": self.who,
            "language": self.language,
            "aliases": dict(self.aliases),
            **fields,
        }
        return ChannelEvent(kind=kind, external_user_id=self.who, occurred_at=self.at, **told)


def parse_message(body: bytes, headers: Mapping[str, str], *, business_id: str = "") -> list[ChannelEvent]:
    """The events of one call. Raises `Malformed`."""
    found = read_json(body)
    return bounded(one_by_one([found], lambda message: _message(message, headers, business_id)))


def _message(message: dict[str, Any], headers: Mapping[str, str], business_id: str) -> list[ChannelEvent]:
    who = text(message.get("sourceId")) or headers.get("source-id", "")
    to = text(message.get("destinationId")) or headers.get("destination-id", "")
    key = text(message.get("id")) or headers.get("id", "") or fingerprint(message)
    at = clock.now()
    if business_id and to and bare(to) != bare(business_id):
        return [ignored(message, reason="another business's", key=key, at=at)]
    if not who:
        return [ignored(message, reason="no sender", key=key, at=at)]
    base = Base(key, who, at, language_of(text(message.get("locale")) or headers.get("locale", "")), _aliases(headers))
    kind = text(message.get("type"))
    if kind == "close":
        return [base.event(EventKind.CONSENT, granted=False, scope="all", data={"source": "close"})]
    if kind == "typing_start":
        return [base.event(EventKind.TYPING)]
    if kind == "typing_end":
        return [ignored(message, reason="stopped typing", key=key, user=who, at=at)]
    said = _interactive(message, base) if kind == "interactive" else [_said(message, kind, base)]
    return [*_referrals(message, headers, said[0], base), *_without_token(said)]


def bare(business: str) -> str:
    """A business by its number alone: links say urn:biz:…, headers do not always."""
    return business.removeprefix("urn:biz:").lower()


def _aliases(headers: Mapping[str, str]) -> dict[str, str]:
    if "capability-list" not in headers:
        return {}
    told = headers["capability-list"].upper().replace(" ", "").strip(",")
    return {CAPABILITIES: told or NO_CAPABILITIES}


# --- where they came from -------------------------------------------------------------------------
def _referrals(
    message: dict[str, Any], headers: Mapping[str, str], said: ChannelEvent, base: Base
) -> list[ChannelEvent]:
    """The link a shopper came by, told before what they said.

    Apple may repeat a link's intent and group on later messages: they count once for a shopper. The word our own links
    put into the first message counts each time it is sent.
    """
    intent, group = (text(message.get(name)) or headers.get(name, "") for name in ("intent", "group"))
    token = entry_token(said.text) if said.kind == EventKind.MESSAGE and said.type == "text" else ""
    if not (token or intent or group):
        return []
    told = {"source": "link", "ref": token or intent, "group": group}
    data = {name: value for name, value in told.items() if value}
    once = fingerprint([base.who, intent, group])
    if not token:
        return [base.event(EventKind.REFERRAL, external_event_id=f"link:{once}", data=data)]
    found = [base.event(EventKind.REFERRAL, external_event_id=f"{base.key}:referral", data=data)]
    if intent or group:
        reason = "this link counts by its word"
        found.append(ignored(data, reason=reason, key=f"link:{once}", user=base.who, at=base.at))
    return found


def _without_token(said: list[ChannelEvent]) -> list[ChannelEvent]:
    first = said[0]
    is_word = first.kind == EventKind.MESSAGE and first.type == "text" and entry_token(first.text)
    return [first.changed(text="Hi"), *said[1:]] if is_word else said


# --- what they said -------------------------------------------------------------------------------
def _said(message: dict[str, Any], kind: str, base: Base) -> ChannelEvent:
    words = text(message.get("body")).replace(IN_THE_TEXT, "").strip()
    media = tuple(found for part in items(message.get("attachments")) if (found := _file(mapping(part))))
    if kind == "richLink" and (link := _link(mapping(message.get("richLinkData")))):
        return base.event(EventKind.MESSAGE, type="link", text=link["url"], data=link)
    if kind != "text" or not (words or media):
        return base.event(EventKind.MESSAGE, type="unsupported", text=words, data=kept(_without_keys(message)))
    if media:
        return base.event(EventKind.MESSAGE, type=media[0].media_type, text=words, media=media)
    if reaction := tapback(words):
        return base.event(EventKind.REACTION, text=reaction[0], data={"quoted": reaction[1][:200]})
    return base.event(EventKind.MESSAGE, type="text", text=words)


def _link(told: dict[str, Any]) -> dict[str, str]:
    found = {"url": text(told.get("url")), "title": text(told.get("title"))}
    return {name: value for name, value in found.items() if value} if found["url"] else {}


def _file(part: dict[str, Any]) -> MediaRef | None:
    """A file at Apple's: what asks for it and opens it stands behind the "#" of its address, which is never sent."""
    address = text(part.get("url"))
    if not address:
        return None
    mime = text(part.get("mimeType")).lower()
    family = mime.partition("/")[0]
    secrets = {
        "owner": text(part.get("owner")),
        "signature": text(part.get("signature-base64")) or text(part.get("signature")),
        "key": text(part.get("key")),
    }
    return MediaRef(
        media_type=family if family in FAMILIES else "file",
        url=f"{address.partition('#')[0]}#{urlencode(secrets)}",
        mime=mime,
        filename=text(part.get("name")),
        size=whole(part.get("size")),
    )


def _without_keys(message: dict[str, Any]) -> dict[str, Any]:
    """What opens a file is not kept with what nobody understood."""
    return {name: value for name, value in message.items() if name not in ("attachments", "interactiveDataRef")}


# --- what they picked -----------------------------------------------------------------------------
def _interactive(message: dict[str, Any], base: Base) -> list[ChannelEvent]:
    data = mapping(mapping(message.get("interactiveData")).get("data"))
    if found := _picked(data, base):
        return found
    large = mapping(message.get("interactiveDataRef"))
    words = text(large.get("title")) or text(mapping(data.get("replyMessage")).get("title"))
    told = kept(_without_keys(message))
    file = _file(large)
    if file is None:
        return [base.event(EventKind.MESSAGE, type="unsupported", text=words, data=told)]
    told = {**told, BEHIND: text(large.get("bid"))}
    return [base.event(EventKind.MESSAGE, type="unsupported", text=words, media=(file,), data=told)]


def read_behind(event: ChannelEvent, told: dict[str, Any]) -> list[ChannelEvent]:
    """What a large answer says, now that it is here."""
    base = Base(event.external_event_id, event.external_user_id, event.occurred_at, event.language, event.aliases)
    data = mapping(told.get("data")) or mapping(mapping(told.get("interactiveData")).get("data"))
    return bounded(one_by_one([data], lambda found: _picked(found, base)))


def _picked(data: dict[str, Any], base: Base) -> list[ChannelEvent]:
    for name, read in READERS.items():
        if isinstance(data.get(name), dict) and (found := read(mapping(data[name]), base)):
            return found
    return []


def _quick_reply(part: dict[str, Any], base: Base) -> list[ChannelEvent]:
    offered = [mapping(item) for item in items(part.get("items"))]
    picked, place = text(part.get("selectedIdentifier")), whole(part.get("selectedIndex"))
    if not picked and place is not None and 0 <= place < len(offered):
        picked = text(offered[place].get("identifier"))
    if not picked:
        return []
    label = next((text(item.get("title")) for item in offered if text(item.get("identifier")) == picked), "")
    return [base.event(EventKind.CHOICE, payload=picked, label=label, via="quick_reply")]


def _list_picker(part: dict[str, Any], base: Base) -> list[ChannelEvent]:
    """An answer has nothing but the rows that were picked; ours let pick one."""
    rows = [mapping(row) for section in items(part.get("sections")) for row in items(mapping(section).get("items"))]
    found: list[ChannelEvent] = []
    for row in rows:
        payload, label = text(row.get("identifier")), text(row.get("title"))
        if payload:
            key = f"{base.key}:{len(found) + 1}" if found else base.key
            found.append(base.event(EventKind.CHOICE, external_event_id=key, payload=payload, label=label, via="list"))
    return found


def _time_slot(part: dict[str, Any], base: Base) -> list[ChannelEvent]:
    slots = [mapping(slot) for slot in items(part.get("timeslots"))]
    slot = slots[0] if slots else {}
    payload, begins = text(slot.get("identifier")), text(slot.get("startTime"))
    if not payload:
        return []
    data = {"begins": begins, "seconds": whole(slot.get("duration"))}
    return [
        base.event(EventKind.CHOICE, payload=payload, label=text(part.get("title")) or begins, via="list", data=data)
    ]


def _form(part: dict[str, Any], base: Base) -> list[ChannelEvent]:
    """The pages of a form as questions and answers; a private one may be told as filled in, and nothing more."""
    pages = [mapping(page) for page in items(part.get("selections"))]
    answers = [
        answer(
            text(page.get("title")),
            [text(item.get("value")) or text(item.get("title")) for item in map(mapping, items(page.get("items")))],
        )
        for page in pages
    ]
    return [base.event(EventKind.FORM_SUBMIT, data={"answers": answers[:MOST_ANSWERS]})] if part else []


def _payment(part: dict[str, Any], base: Base) -> list[ChannelEvent]:
    return [
        ignored(
            {"state": text(part.get("state"))}, reason="Apple Pay is not ours", key=base.key, user=base.who, at=base.at
        )
    ]


def _proof(part: dict[str, Any], base: Base) -> list[ChannelEvent]:
    return [
        ignored(
            {"status": text(part.get("status"))},
            reason="nobody was asked to sign in",
            key=base.key,
            user=base.who,
            at=base.at,
        )
    ]


READERS = {
    "quick-reply": _quick_reply,
    "listPicker": _list_picker,
    "event": _time_slot,
    "dynamic": _form,
    "payment": _payment,
    "authenticate": _proof,
}
