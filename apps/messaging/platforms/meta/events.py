"""The webhook body of Messenger and Instagram in our words: entry[] → messaging[], each item about one shopper and one thing.

Instagram tells the same as entry[] → changes[] where the app was connected with Instagram's own login. Shapes:
developers.facebook.com/docs/messenger-platform/reference/webhook-events, …/documentation/business-messaging/instagram-messaging/webhooks.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from typing import Any

from apps.messaging.events import ChannelEvent, EventKind, Receipt
from apps.messaging.platforms.meta import account_events, template_events
from apps.messaging.platforms.meta.said import product_named, said_in
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
    whole,
)

GET_STARTED = "get_started"  # the payload of the button a new thread begins with, however it is underlined
STOPS = frozenset({"STOP NOTIFICATIONS", "STOP_NOTIFICATIONS"})
MESSAGING_FIELDS = frozenset(
    {
        "messages", "messaging_postbacks", "messaging_seen", "messaging_referral", "messaging_optins", "messaging_handover",
        "message_reactions", "message_edit",
    }
)  # fmt: skip
TAKEN = "take_thread_control"
HANDOVERS = ("pass_thread_control", TAKEN, "request_thread_control")
# Known, and nothing that we act on: who may answer, games, stars for the page, thumbs for another app's answers.
UNWANTED = ("app_roles", "game_play", "messaging_feedback", "response_feedback")


@dataclass(frozen=True, slots=True)
class Base:
    """What every event of one item shares."""

    who: str
    at: dt.datetime

    def event(self, kind: EventKind, key: str, **fields: Any) -> ChannelEvent:
        return ChannelEvent(
            kind=kind,
            external_event_id=key,
            external_user_id=self.who,
            thread_key=self.who,
            occurred_at=self.at,
            **fields,
        )


def parse_webhook(body: bytes, *, own_id: str = "", app_id: str = "") -> list[ChannelEvent]:
    """Every event of the batch. `own_id` is the page's or the Instagram account's; `app_id` tells the echoes of what we sent
    ourselves from those of people at the inbox there. Raises `Malformed` on what is no JSON object."""
    data = read_json(body)
    events = one_by_one(_items(data), lambda found: _item(found, own_id, app_id))
    return bounded(events or [ignored(data, reason="empty")])


@dataclass(frozen=True, slots=True)
class Item:
    """What happened, on whose account, and whether another app has the thread or it is about no thread at all."""

    told: dict[str, Any]
    account: str
    is_standby: bool = False
    field: str = ""
    entry: dict[str, Any] = dataclass_field(default_factory=dict)


def _items(data: dict[str, Any]) -> Iterator[Item]:
    for entry in map(mapping, items(data.get("entry"))):
        account = text(entry.get("id"))
        for item in items(entry.get("messaging")):
            yield Item(mapping(item), account)
        for item in items(entry.get("standby")):
            yield Item(mapping(item), account, is_standby=True)
        for change in map(mapping, items(entry.get("changes"))):
            field = text(change.get("field"))
            yield Item(mapping(change.get("value")), account, is_standby=field == "standby", field=field, entry=entry)


def _item(found: Item, own_id: str, app_id: str) -> list[ChannelEvent]:
    item = found.told
    is_ours = not own_id or found.account in ("", own_id)
    if is_ours and found.field == template_events.FIELD:
        return [template_events.template_news({"field": found.field, "value": item}, found.entry)]
    if found.field and not found.is_standby and found.field not in MESSAGING_FIELDS:
        return [ignored(item, reason=f"no message: {found.field[:40]}", at=_moment(item.get("timestamp")))]
    message = mapping(item.get("message"))
    is_echo = message.get("is_echo") is True
    us, them = ("sender", "recipient") if is_echo else ("recipient", "sender")
    who = text(mapping(item.get(them)).get("id"))
    at = _moment(item.get("timestamp"))
    own = text(mapping(item.get(us)).get("id")) or found.account
    if own_id and own and own_id not in (own, found.account):
        return [ignored(item, reason="another account's", at=at)]
    if policy := mapping(item.get("policy_enforcement")) or mapping(item.get("policy-enforcement")):
        return [account_events.policy_news(policy, item, at)]
    if unwanted := next((name for name in UNWANTED if name in item), ""):
        return [ignored(item, reason=f"not for us: {unwanted}", user=who, at=at)]
    if not who and text(mapping(item.get("optin")).get("user_ref")):  # a ticked box, of whom we hear when they write
        return [ignored(item, reason="nobody is named yet", at=at)]
    if not who:
        return [ignored(item, reason="no sender", at=at)]
    if who in (own_id, own):
        return [ignored(item, reason="to ourselves", at=at)]
    base = Base(who, at)
    if is_echo:
        return [_echo(item, message, base, app_id)]
    if found.is_standby:
        return [ignored(item, reason="another app has the thread", user=who, at=at)]
    if message:
        return _message(item, message, base)
    return _other(item, base, app_id)


def _moment(milliseconds: Any) -> dt.datetime:
    """Meta counts milliseconds here; older samples have seconds."""
    value = whole(milliseconds)
    if value is None or value < 10**11:
        return moment(value)
    return moment(value // 1000) + dt.timedelta(milliseconds=value % 1000)


def _message(item: dict[str, Any], message: dict[str, Any], base: Base) -> list[ChannelEvent]:
    mid = text(message.get("mid")) or fingerprint(item)
    if message.get("is_deleted") is True:
        return [base.event(EventKind.MESSAGE_DELETED, f"{mid}:deleted", target=mid)]
    reply_to = text(mapping(message.get("reply_to")).get("mid"))
    tapped = mapping(message.get("quick_reply"))
    if tapped:
        label = text(message.get("text"))
        payload = text(tapped.get("payload")) or label
        found = base.event(EventKind.CHOICE, mid, payload=payload, label=label, via="quick_reply", reply_to=reply_to)
        return [*_referrals(mapping(message.get("referral")), mid, base), found]
    said = _said(message, mid, base, reply_to)
    token = entry_token(said.text) if said.type == "text" else ""
    if token:
        said = replace(said, text="Hi")
    return [*_referrals(mapping(message.get("referral")), mid, base, token=token), said, *_story(said)]


def _said(message: dict[str, Any], mid: str, base: Base, reply_to: str) -> ChannelEvent:
    """With the story it answers, and the product of the shop they asked about."""
    found = said_in(message)
    data = dict(found.pop("data", {}))
    if story := mapping(mapping(message.get("reply_to")).get("story")):
        data["story"] = {key: text(story.get(key)) for key in ("id", "url")}
    if asked := text(mapping(mapping(message.get("referral")).get("product")).get("id")):
        data.setdefault("product", product_named(own=asked))
    return base.event(EventKind.MESSAGE, mid, **found, reply_to=reply_to, data=data)


def _story(said: ChannelEvent) -> list[ChannelEvent]:
    """What they say answers a story of the shop's: that is where they came from."""
    story = said.data.get("story") or {}
    if not story or said.type == "link":
        return []
    return [
        said.changed(
            kind=EventKind.REFERRAL,
            external_event_id=f"{said.external_event_id}:story",
            type="",
            text="",
            media=(),
            reply_to="",
            data={"source": "story", **({"url": story["url"]} if story.get("url") else {})},
        )
    ]


def _referrals(referral: dict[str, Any], key: str, base: Base, *, token: str = "") -> list[ChannelEvent]:
    """Where the shopper came from, told before what they said."""
    if not referral and not token:
        return []
    ads = mapping(referral.get("ads_context_data"))
    goods = text(ads.get("product_id")) or text(mapping(referral.get("product")).get("id"))
    data = {
        "source": "ad" if text(referral.get("source")).upper() == "ADS" else "link",
        "ref": text(referral.get("ref")) or token,
        "ad": text(referral.get("ad_id")),
        "url": text(referral.get("referer_uri")),
        "headline": text(ads.get("ad_title")),
        "product": product_named(own=goods) if goods else None,
    }
    told = {name: value for name, value in data.items() if value}
    return [base.event(EventKind.REFERRAL, f"{key}:referral", data=told)]


def _other(item: dict[str, Any], base: Base, app_id: str) -> list[ChannelEvent]:
    for name, read in READERS.items():
        part = item.get(name)
        if isinstance(part, dict):
            return read(item, part, base)
    if name := next((name for name in HANDOVERS if name in item), ""):
        data = _hands(name, mapping(item.get(name)), app_id)
        return [base.event(EventKind.HANDOVER, fingerprint(item), text=name, data=data)]
    return [ignored(item, reason="not understood", user=base.who, at=base.at)]


def _hands(name: str, part: dict[str, Any], app_id: str) -> dict[str, Any]:
    """Who has a thread is told by the id of an app, a page's inbox being one, too; when nobody has it, none is named.

    https://developers.facebook.com/docs/messenger-platform/handover-protocol
    """
    if name not in (TAKEN, "pass_thread_control"):
        return {}
    owner = text(part.get("new_owner_app_id"))
    if not owner or not app_id:  # an older shape names only who had it; and without an id of ours, a pass is to us
        return {"is_taken": name == TAKEN}
    return {"is_taken": owner != app_id}


def _postback(item: dict[str, Any], part: dict[str, Any], base: Base) -> list[ChannelEvent]:
    key = text(part.get("mid")) or fingerprint(item)
    payload, label = text(part.get("payload")), text(part.get("title"))
    before = _referrals(mapping(part.get("referral")), key, base)
    if payload.strip("_").lower() == GET_STARTED:
        return [base.event(EventKind.CONVERSATION_STARTED, key), *before]
    return [*before, base.event(EventKind.CHOICE, key, payload=payload or label, label=label, via="button")]


def _referral(item: dict[str, Any], part: dict[str, Any], base: Base) -> list[ChannelEvent]:
    return _referrals(part, fingerprint(item), base)


def _optin(item: dict[str, Any], part: dict[str, Any], base: Base) -> list[ChannelEvent]:
    """A plugin of ours on the web, or the asking for news: what is said yes to are messages about orders, or news.

    A plugin's `ref` is an entry point's, as a link's.
    https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events/messaging_optins
    """
    is_news = text(part.get("type")) == "notification_messages"
    is_stopped = text(part.get("notification_messages_status")).upper() in STOPS
    ref, key = text(part.get("ref")), fingerprint(item)
    consent = base.event(
        EventKind.CONSENT,
        key,
        granted=not is_stopped,
        scope="marketing" if is_news else "service",
        text=text(part.get("title")),
    )
    return [consent, *(_referrals({"ref": ref}, key, base) if ref else [])]


def _delivery(item: dict[str, Any], part: dict[str, Any], base: Base) -> list[ChannelEvent]:
    named = [
        base.event(
            EventKind.STATUS,
            f"{mid}:delivered",
            target=mid,
            receipt=str(Receipt.DELIVERED),
            data={"is_anyones": True},  # colleagues in the page's inbox send messages, too
        )
        for mid in map(text, items(part.get("mids")))
        if mid
    ]
    return [*named, *_up_to(item, part, Receipt.DELIVERED, base)]


def _read(item: dict[str, Any], part: dict[str, Any], base: Base) -> list[ChannelEvent]:
    mid = text(part.get("mid"))
    if mid:
        anyones = {"is_anyones": True}
        return [base.event(EventKind.STATUS, f"{mid}:read", target=mid, receipt=str(Receipt.READ), data=anyones)]
    return _up_to(item, part, Receipt.READ, base)


def _up_to(item: dict[str, Any], part: dict[str, Any], receipt: Receipt, base: Base) -> list[ChannelEvent]:
    """Everything sent to this shopper until then; no message is named."""
    watermark = whole(part.get("watermark"))
    if watermark is None:
        return []
    until = _moment(watermark)
    return [
        replace(base, at=until).event(
            EventKind.STATUS,
            f"{base.who}:{receipt}:{watermark}",
            receipt=str(receipt),
            data={"until": until.isoformat()},
        )
    ]


def _reaction(item: dict[str, Any], part: dict[str, Any], base: Base) -> list[ChannelEvent]:
    is_taken_back = text(part.get("action")) == "unreact"
    emoji = "" if is_taken_back else text(part.get("emoji")) or text(part.get("reaction"))
    return [base.event(EventKind.REACTION, fingerprint(item), target=text(part.get("mid")), text=emoji)]


def _edited(item: dict[str, Any], part: dict[str, Any], base: Base) -> list[ChannelEvent]:
    mid = text(part.get("mid"))
    if not isinstance(part.get("text"), str):
        return [ignored(item, reason="edit without words", user=base.who, at=base.at)]
    key = f"{mid}:edit:{text(part.get('num_edit')) or fingerprint(item)}"
    return [base.event(EventKind.MESSAGE_EDITED, key, target=mid, text=text(part.get("text")))]


def _linked(item: dict[str, Any], part: dict[str, Any], base: Base) -> list[ChannelEvent]:
    data = {"status": text(part.get("status")), "code": text(part.get("authorization_code"))}
    told = {name: value for name, value in data.items() if value}
    return [base.event(EventKind.ACCOUNT_LINKED, fingerprint(item), data=told)]


READERS = {
    "postback": _postback,
    "referral": _referral,
    "optin": _optin,
    "delivery": _delivery,
    "read": _read,
    "reaction": _reaction,
    "message_edit": _edited,
    "account_linking": _linked,
}


def _echo(item: dict[str, Any], message: dict[str, Any], base: Base, app_id: str) -> ChannelEvent:
    """A person of the shop wrote in the inbox there; of what we sent ourselves we know already.

    Where an app sent it and we do not know which one is ours, or the platform names none, it may be either.
    """
    mid = text(message.get("mid")) or fingerprint(item)
    app = text(message.get("app_id"))
    if app_id and app == app_id:
        return ignored(item, reason="our own", key=mid, at=base.at)
    if message.get("is_deleted") is True:
        return base.event(EventKind.MESSAGE_DELETED, f"{mid}:deleted", target=mid)
    found = said_in(message)
    data = {} if found["type"] == "unsupported" else dict(found.get("data", {}))
    if not (app and app_id):
        data["is_anyones"] = True
    return base.event(EventKind.ECHO, mid, **{**found, "data": data})
