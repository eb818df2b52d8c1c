"""WeChat's messages and events in our words; each call tells one thing.

Shapes: developers.weixin.qq.com, "Receiving standard messages", "Receiving event pushes", "Subscription notifications".
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from apps.messaging.channel import ErrorClass
from apps.messaging.events import ERASE, ChannelEvent, EventKind, MediaRef, Receipt
from apps.messaging.platforms.wechat.envelope import Fields
from apps.messaging.reading import bounded, entry_token, fingerprint, ignored, kept, mapping, moment, number, text

# What the app shows instead of stickers and other things it does not pass on.
NOT_PASSED_ON = frozenset(
    {
        "[Unsupported Message]",
        "[收到不支持的消息类型，暂无法显示]",
        "【收到不支持的消息类型，暂无法显示】",
    }
)
UNREAD = ("file", "miniprogrampage", "music", "news", "emoji")  # something was sent that we cannot fetch
SCENE = "qrscene_"  # before the scene where a scan also made somebody a follower
# Whether a colleague at WeChat's own desk has the thread from then on:
# https://developers.weixin.qq.com/doc/offiaccount/Customer_Service/Customer_Service_Management.html
HANDOVERS = {"kf_create_session": True, "kf_switch_session": True, "kf_close_session": False}
OWN_DOING = {
    "view": "opened a page",
    "view_miniprogram": "opened a mini program",
    "location": "where they are, unasked",
    # What was picked follows as messages of its own.
    **dict.fromkeys(("pic_sysphoto", "pic_photo_or_album", "pic_weixin", "location_select"), "picks something to send"),
    "user_info_modified": "another name or picture",
}
PLACES = ("location", "location_select")
# Told to the account, not said by anybody: what it published, how it is verified, its cards, beacons and places.
ACCOUNTS_OWN = frozenset(
    {"masssendjobfinish", "publishjobfinish", "qualification_verify_success", "qualification_verify_fail"}
    | {"naming_verify_success", "naming_verify_fail", "annual_renew", "verify_expired"}
    | {"card_pass_check", "card_not_pass_check", "card_sku_remind", "card_pay_order", "user_get_card"}
    | {"user_gifting_card", "user_del_card", "user_consume_card", "user_pay_from_pay_cell", "user_view_card"}
    | {"user_enter_session_from_card", "update_member_card", "submit_membercard_user_info"}
    | {"shakearoundusershake", "wificonnected", "poi_check_notify"}
)
# WeChat's own account tells these of somebody else, and asks that what is known of them be deleted:
# developers.weixin.qq.com/doc/service/en/guide/h5/authorization_change.html
TAKEN_BACK = ("user_authorization_revoke", "user_authorization_cancellation")


@dataclass(frozen=True, slots=True)
class Base:
    """What everything of one call shares."""

    who: str
    at: dt.datetime
    language: str
    key: str

    def event(self, kind: EventKind, *, key: str = "", **fields: Any) -> ChannelEvent:
        """`key` is what is added to the call's own where it tells several things."""
        return ChannelEvent(
            kind=kind,
            external_event_id=f"{self.key}:{key}" if key else self.key,
            external_user_id=self.who,
            thread_key=self.who,
            occurred_at=self.at,
            language=self.language,
            **fields,
        )


def events_of(fields: Fields, *, original_id: str, language: str) -> list[ChannelEvent]:
    """All that one call tells. `original_id` is our account's ("gh_…"), "" where any will do."""
    sort = text(fields.get("MsgType")).lower()
    happened = text(fields.get("Event")).lower() if sort == "event" else ""
    who = text(fields.get("OpenID" if happened in TAKEN_BACK else "FromUserName"))
    at = moment(fields.get("CreateTime"))
    if original_id and text(fields.get("ToUserName")) != original_id:
        return bounded([ignored(fields, reason="another account's", at=at)])
    if not who:
        return bounded([ignored(fields, reason="no sender", at=at)])
    base = Base(who, at, language, _key(fields, sort))
    if sort == "event":
        return bounded(_event(fields, happened, base))
    return bounded(_message(fields, sort, base))


def _key(fields: Fields, sort: str) -> str:
    """A message has an id; an event is known by who, when, what and about what."""
    if sort != "event":
        return text(fields.get("MsgId")) or fingerprint(fields)
    about = ("OpenID",) if fields.get("OpenID") else ()
    parts = [text(fields.get(name)) for name in ("FromUserName", "CreateTime", "Event", "EventKey", *about)]
    return fingerprint({"event": parts})  # whose it was is not to be read from it once they are forgotten


def _not_ours(fields: Fields, base: Base, reason: str) -> list[ChannelEvent]:
    return [ignored(fields, reason=reason, key=base.key, user=base.who, at=base.at)]


# --- messages -------------------------------------------------------------------------------------
def _message(fields: Fields, sort: str, base: Base) -> list[ChannelEvent]:
    if read := MESSAGES.get(sort):
        return read(fields, base)
    if sort in UNREAD:
        return [_said(base, "unsupported", text=text(fields.get("Title")), data=kept(fields))]
    return _not_ours(fields, base, "not understood")


def _said(base: Base, sort: str, **fields: Any) -> ChannelEvent:
    return base.event(EventKind.MESSAGE, type=sort, **fields)


def _text(fields: Fields, base: Base) -> list[ChannelEvent]:
    words = text(fields.get("Content"))
    if chosen := text(fields.get("bizmsgmenuid")):
        return [base.event(EventKind.CHOICE, payload=chosen, label=words, via="list")]
    if words in NOT_PASSED_ON:
        return [_said(base, "unsupported", data=kept(fields))]
    said = _said(base, "text", text=words)
    if token := entry_token(words):
        return [_referral(base, token), replace(said, text="Hi")]
    return [said]


def _file(media_type: str) -> Callable[[Fields, Base], list[ChannelEvent]]:
    def read(fields: Fields, base: Base) -> list[ChannelEvent]:
        media = MediaRef(media_type=media_type, external_id=text(fields.get("MediaId")), mime=_mime(fields))
        if not media.external_id:
            return [_said(base, "unsupported", data=kept(fields))]
        return [_said(base, media_type, text=text(fields.get("Recognition")), media=(media,))]

    return read


def _mime(fields: Fields) -> str:
    """Told of voice alone."""
    written = text(fields.get("Format")).lower()
    return f"audio/{written}" if written.isalnum() else ""


def _location(fields: Fields, base: Base) -> list[ChannelEvent]:
    """WeChat calls the latitude X."""
    where: dict[str, Any] = {
        "latitude": number(fields.get("Location_X")),
        "longitude": number(fields.get("Location_Y")),
    }
    if None in where.values():
        return [_said(base, "unsupported", data=kept(fields))]
    name = text(fields.get("Label"))
    return [_said(base, "location", data={**where, **({"address": name} if name else {})})]


def _link(fields: Fields, base: Base) -> list[ChannelEvent]:
    address = text(fields.get("Url"))
    told = {"url": address, "title": text(fields.get("Title")), "description": text(fields.get("Description"))}
    return [_said(base, "link", text=address, data={name: value for name, value in told.items() if value})]


MESSAGES: dict[str, Callable[[Fields, Base], list[ChannelEvent]]] = {
    "text": _text,
    "image": _file("image"),
    "voice": _file("audio"),
    "video": _file("video"),
    "shortvideo": _file("video"),
    "location": _location,
    "link": _link,
}


# --- events ---------------------------------------------------------------------------------------
def _event(fields: Fields, happened: str, base: Base) -> list[ChannelEvent]:
    if read := EVENTS.get(happened):
        return read(fields, base)
    if happened in PLACES:  # told at every opening of the thread, or told again: nobody asked, so it is not kept
        return _not_ours({"Event": text(fields.get("Event"))}, base, OWN_DOING[happened])
    if happened in HANDOVERS:
        return [base.event(EventKind.HANDOVER, text=happened, data={"is_taken": HANDOVERS[happened]})]
    if happened in ACCOUNTS_OWN:
        return _not_ours(fields, base, happened)
    return _not_ours(fields, base, OWN_DOING.get(happened, "not understood"))


def _referral(base: Base, scene: str, *, opens: str = "") -> ChannelEvent:
    data = {"source": "link", "ref": scene}
    return base.event(EventKind.REFERRAL, key="referral", data=data, reply_handle=opens)


def _subscribed(fields: Fields, base: Base) -> list[ChannelEvent]:
    """Somebody follows us: they may be greeted, and are written to again if they had gone."""
    key = text(fields.get("EventKey"))
    scene = key.removeprefix(SCENE) if key.startswith(SCENE) else ""  # after a payment its number stands here
    return [
        base.event(EventKind.CONVERSATION_STARTED, reply_handle=base.key),
        *([_referral(base, scene, opens=base.key)] if scene else []),
        base.event(EventKind.CONSENT, key="consent", granted=True, scope="service"),
    ]


def _unsubscribed(fields: Fields, base: Base) -> list[ChannelEvent]:
    return [base.event(EventKind.CONSENT, granted=False, scope="all")]


def _scanned(fields: Fields, base: Base) -> list[ChannelEvent]:
    scene = text(fields.get("EventKey"))
    return [_referral(base, scene, opens=base.key)] if scene else _not_ours(fields, base, "a scan of nothing")


def _clicked(fields: Fields, base: Base) -> list[ChannelEvent]:
    """An entry of the account's own menu: its key stands for words that could have been typed."""
    named = text(fields.get("EventKey"))
    if not named:
        return _not_ours(fields, base, "an entry without a key")
    return [base.event(EventKind.CHOICE, payload=named, label=named, via="button")]


def _read_code(fields: Fields, base: Base) -> list[ChannelEvent]:
    """A code scanned by a menu entry, as if what stands in it had been typed; before a barcode's digits stands its sort."""
    scan = mapping(fields.get("ScanCodeInfo"))
    sort, found = text(scan.get("ScanType")), text(scan.get("ScanResult"))
    words = found.partition(",")[2] or found if sort == "barcode" else found
    if not words:
        return _not_ours(fields, base, "a scan of nothing")
    return [_said(base, "text", text=words, data={"scanned": sort or "code"})]


def _taken_back(fields: Fields, base: Base) -> list[ChannelEvent]:
    """They let the account know who they are no longer, or are gone from WeChat."""
    return [base.event(EventKind.CONSENT, granted=False, scope="all", data={ERASE: True})]


def _template_sent(fields: Fields, base: Base) -> list[ChannelEvent]:
    """How a template message fared: "success", "failed:user block" or "failed: system failed"."""
    sent, outcome = text(fields.get("MsgID")) or text(fields.get("MsgId")), text(fields.get("Status"))
    if not sent:
        return _not_ours(fields, base, "news of no message")
    error = "" if outcome == "success" else _failure("block" in outcome)
    return [_status(base, sent, outcome, error)]


def _failure(is_blocked: bool) -> str:
    return str(ErrorClass.OPTED_OUT if is_blocked else ErrorClass.UNREACHABLE)


def _status(base: Base, sent: str, outcome: str, error: str) -> ChannelEvent:
    receipt = Receipt.FAILED if error else Receipt.DELIVERED
    errors = {"errors": [outcome]} if error else {}
    return replace(
        base.event(EventKind.STATUS, target=sent, receipt=str(receipt), error_class=error, data=errors),
        external_event_id=f"{sent}:{receipt}",
    )


def _listed(fields: Fields, name: str) -> list[Fields]:
    """The entries of a subscription event; one alone is no list in XML."""
    found = mapping(fields.get(name)).get("List")
    return [mapping(item) for item in (found if isinstance(found, list) else [found])]


def _notice_sent(fields: Fields, base: Base) -> list[ChannelEvent]:
    return [
        _status(
            base, sent, text(item.get("ErrorStatus")), "" if text(item.get("ErrorCode")) == "0" else _failure(False)
        )
        for item in _listed(fields, "SubscribeMsgSentEvent")
        if (sent := text(item.get("MsgID")))
    ] or _not_ours(fields, base, "news of no message")


def _notices_chosen(name: str) -> Callable[[Fields, Base], list[ChannelEvent]]:
    """Sorts of notification allowed or not. A no to that is none to answers: nothing comes unasked, and that is all."""

    def read(fields: Fields, base: Base) -> list[ChannelEvent]:
        chosen = {text(item.get("SubscribeStatusString")) for item in _listed(fields, name)}
        if "accept" in chosen:
            return [base.event(EventKind.CONSENT, granted=True, scope="service")]
        if "reject" in chosen:
            return [base.event(EventKind.CONSENT, granted=False, scope="marketing")]
        return _not_ours(fields, base, "nothing chosen")

    return read


EVENTS: dict[str, Callable[[Fields, Base], list[ChannelEvent]]] = {
    "subscribe": _subscribed,
    "unsubscribe": _unsubscribed,
    "scan": _scanned,
    "click": _clicked,
    **dict.fromkeys(("scancode_push", "scancode_waitmsg"), _read_code),
    **dict.fromkeys(TAKEN_BACK, _taken_back),
    "templatesendjobfinish": _template_sent,
    "subscribe_msg_sent_event": _notice_sent,
    "subscribe_msg_popup_event": _notices_chosen("SubscribeMsgPopupEvent"),
    "subscribe_msg_change_event": _notices_chosen("SubscribeMsgChangeEvent"),
}
