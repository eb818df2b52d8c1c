"""What a shopper does on a phone, told to the shop as the platform would: signed, through its front door.

Each function runs in one transaction and returns the number of the bubble it made.
"""

import re
from typing import Any

from django.utils.translation import gettext as _

from . import bubbles, ledger, shoppers
from .accounts import Account
from .platforms import messenger, telegram, twilio, whatsapp
from .store import Store
from .wire import new_id

TEXT_LIMIT = 4096
MESSENGER_LIMIT = 2000
SMS_LIMIT = 1600
AUTO_REPLIES = {
    "STOP": "You have successfully been unsubscribed. You will not receive any more messages from this number. Reply START to resubscribe.",
    "START": "You have successfully been re-subscribed to messages from this number. Reply HELP for help. Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
    "HELP": "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}  # fmt: skip


class NotPossible(Exception):
    """A real phone would not let them do this."""


def says(
    store: Store, account: Account, *, shopper: str, text: str, name: str = "", language: str = "", reply_to: str = ""
) -> int:
    """The shopper types and sends. Raises `NotPossible` on an empty text."""
    if not text.strip():
        raise NotPossible(_("There is nothing to send."))
    with store.write():
        shoppers.wrote(
            store, platform=account.kind, account=account.name, external_id=shopper, name=name, language=language
        )
        return SPEAK[account.kind](store, account, shopper, text, reply_to)


def _bubble(store: Store, account: Account, shopper: str, wire_id: str, body: dict[str, Any]) -> int:
    return bubbles.add(
        store, platform=account.kind, account=account.name, shopper=shopper, direction="out", wire_id=wire_id,
        state="sending", body=body,
    )  # fmt: skip


def _person(store: Store, account: Account, shopper: str) -> Any:
    return shoppers.know(store, platform=account.kind, account=account.name, external_id=shopper)


def _whatsapp_text(store: Store, account: Account, shopper: str, text: str, reply_to: str) -> int:
    message: dict[str, Any] = {"type": "text", "text": {"body": text[:TEXT_LIMIT]}}
    return _whatsapp(store, account, shopper, message, {"text": text}, reply_to)


def _whatsapp(
    store: Store, account: Account, shopper: str, message: dict[str, Any], shown: dict[str, Any], reply_to: str
) -> int:
    wamid = whatsapp.new_wamid(shopper)
    row = _person(store, account, shopper)
    whole = {"from": shopper, "id": wamid, "timestamp": str(int(store.now())), **message}
    if reply_to:
        whole["context"] = {"from": str(account.config.get("number", "")), "id": reply_to}
    bubble = _bubble(store, account, shopper, wamid, shown)
    contact = {"profile": {"name": row["name"]}, "wa_id": shopper}
    lane = f"whatsapp:{account.name}:{shopper}"
    whatsapp.tell_shop(store, account, {"contacts": [contact], "messages": [whole]}, lane=lane, bubble=bubble)
    return bubble


def _messenger_text(store: Store, account: Account, shopper: str, text: str, reply_to: str) -> int:
    return _messenger(store, account, shopper, {"text": text[:MESSENGER_LIMIT]}, {"text": text}, reply_to)


def _messenger(
    store: Store, account: Account, shopper: str, message: dict[str, Any], shown: dict[str, Any], reply_to: str = ""
) -> int:
    mid = messenger.new_mid()
    whole = {"mid": mid, **message, **({"reply_to": {"mid": reply_to}} if reply_to else {})}
    bubble = _bubble(store, account, shopper, mid, shown)
    messenger.tell_shop(store, account, shopper, {"message": whole}, bubble=bubble)
    return bubble


def _telegram_user(row: Any) -> dict[str, Any]:
    language = {"zh-hans": "zh-hans"}.get(row["language"], row["language"])
    return {"id": int(row["external_id"]), "is_bot": False, "first_name": row["name"], "language_code": language}


def _telegram_text(store: Store, account: Account, shopper: str, text: str, reply_to: str) -> int:
    row = _person(store, account, shopper)
    if row["opted_out"]:
        raise NotPossible(_("This person blocked the bot. Unblock it first."))
    number = telegram.next_message_id(store)
    message: dict[str, Any] = {
        "message_id": number, "from": _telegram_user(row), "chat": telegram.chat_of(row), "date": int(store.now()),
        "text": text[:TEXT_LIMIT],
    }  # fmt: skip
    if command := re.match(r"/\w+", text):
        message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(command.group())}]
    bubble = _bubble(store, account, shopper, str(number), {"text": text})
    telegram.tell_shop(store, account, {"message": message}, chat_id=shopper, bubble=bubble)
    return bubble


def _sms_text(store: Store, account: Account, shopper: str, text: str, reply_to: str) -> int:
    sid = new_id("SM", 32)
    text = text[:SMS_LIMIT]
    number = str(account.config.get("from_number", ""))
    values = {
        "ToCountry": "US", "SmsMessageSid": sid, "NumMedia": "0", "SmsSid": sid, "SmsStatus": "received", "Body": text,
        "To": number, "From": shopper, "NumSegments": str(twilio.segments(text)), "MessageSid": sid,
        "AccountSid": str(account.config.get("account_sid", "")), "ApiVersion": "2010-04-01",
    }  # fmt: skip
    word = text.strip().upper()
    kind = (
        "STOP"
        if word in twilio.STOP_WORDS
        else "START"
        if word in twilio.START_WORDS
        else "HELP"
        if word in twilio.HELP_WORDS
        else ""
    )
    bubble = _bubble(store, account, shopper, sid, {"text": text})
    if kind:
        values["OptOutType"] = kind
        _carrier_answers(store, account, shopper, kind)
    ledger.record(
        store, platform="twilio", account=account.name, recipient=shopper, method="inbound", outcome="inbound", status=0,
        wire_id=sid, body={"sid": sid, "from": shopper, "to": number, "body": text, "direction": "inbound", "status": "received"},
    )  # fmt: skip
    twilio.tell_shop(store, account, values, lane=f"sms:{account.name}:{shopper}", bubble=bubble)
    return bubble


def _carrier_answers(store: Store, account: Account, shopper: str, kind: str) -> None:
    """The carrier keeps the opt-out list itself and says so; START says nothing to those who are in."""
    row = _person(store, account, shopper)
    was_out = bool(row["opted_out"])
    if kind in ("STOP", "START"):
        shoppers.set_opted_out(
            store, platform="sms", account=account.name, external_id=shopper, opted_out=kind == "STOP"
        )
    if kind == "HELP" or (kind == "STOP") != was_out:
        bubbles.add(
            store,
            platform="sms",
            account=account.name,
            shopper=shopper,
            direction="note",
            body={"text": AUTO_REPLIES[kind]},
        )


def taps(store: Store, account: Account, *, shopper: str, bubble: int, value: str) -> int:
    """The shopper taps a button or a list row of a message, named by its id. Raises `NotPossible`."""
    with store.write():
        row = store.one(
            "select * from bubbles where id = ? and account = ? and shopper = ?", bubble, account.name, shopper
        )
        if row is None or row["direction"] != "in":
            raise NotPossible(_("That message is not on this phone."))
        shoppers.wrote(store, platform=account.kind, account=account.name, external_id=shopper)
        if account.kind not in TAP:
            raise NotPossible(_("There is nothing to tap in an SMS."))
        return TAP[account.kind](store, account, shopper, row, value)


def _whatsapp_tap(store: Store, account: Account, shopper: str, row: Any, value: str) -> int:
    body = bubbles.body_of(row)
    action = body.get("interactive", {}).get("action", {})
    for button in action.get("buttons", []):
        if button["reply"]["id"] == value:
            picked = {"type": "button_reply", "button_reply": button["reply"]}
            shown = {"text": button["reply"]["title"], "tapped": True}
            return _whatsapp(
                store, account, shopper, {"type": "interactive", "interactive": picked}, shown, row["wire_id"]
            )
    for section in action.get("sections", []):
        for item in section.get("rows", []):
            if item["id"] == value:
                picked = {"type": "list_reply", "list_reply": item}
                shown = {"text": item["title"], "detail": item.get("description", ""), "tapped": True}
                return _whatsapp(
                    store, account, shopper, {"type": "interactive", "interactive": picked}, shown, row["wire_id"]
                )
    for component in body.get("template", {}).get("components", []):
        for parameter in component.get("parameters", []):
            if parameter.get("payload") == value:
                message = {"type": "button", "button": {"payload": value, "text": value}}
                return _whatsapp(store, account, shopper, message, {"text": value, "tapped": True}, row["wire_id"])
    raise NotPossible(_("This message has no such button."))


def _messenger_tap(store: Store, account: Account, shopper: str, row: Any, value: str) -> int:
    """A quick reply is a message with a payload; a button on a card is a postback, which is no message."""
    body = bubbles.body_of(row)
    for reply in body.get("quick_replies", []):
        if reply.get("payload") == value:
            message = {"text": reply["title"], "quick_reply": {"payload": value}}
            return _messenger(store, account, shopper, message, {"text": reply["title"], "tapped": True})
    payload = body.get("attachment", {}).get("payload", {})
    for card in (payload, *payload.get("elements", [])):
        for button in card.get("buttons", []):
            if button.get("payload") == value:
                mid = messenger.new_mid()
                bubble = _bubble(store, account, shopper, mid, {"text": button["title"], "tapped": True})
                postback = {"mid": mid, "title": button["title"], "payload": value}
                messenger.tell_shop(store, account, shopper, {"postback": postback}, bubble=bubble)
                return bubble
    raise NotPossible(_("This message has no such button."))


def _telegram_tap(store: Store, account: Account, shopper: str, row: Any, value: str) -> int:
    body = bubbles.body_of(row)
    keyboard = body.get("reply_markup", {}).get("inline_keyboard", [])
    pressed = next((button for line in keyboard for button in line if button.get("callback_data") == value), None)
    if pressed is None:
        raise NotPossible(_("This message has no such button."))
    person = _person(store, account, shopper)
    query = str(4_000_000_000 + telegram.next_update_id(store))
    store.set_setting(f"callback:{query}", {"chat": shopper, "answered": False})
    message = {
        "message_id": int(row["wire_id"]), "from": telegram.bot_user(account), "chat": telegram.chat_of(person),
        "date": int(row["at"]), "reply_markup": body["reply_markup"],
        **({"caption": body["caption"]} if body.get("caption") else {"text": body.get("text", "")}),
    }  # fmt: skip
    callback = {
        "id": query,
        "from": _telegram_user(person),
        "chat_instance": shopper,
        "data": value,
        "message": message,
    }
    bubble = _bubble(store, account, shopper, f"callback:{query}", {"text": pressed["text"], "tapped": True})
    telegram.tell_shop(store, account, {"callback_query": callback}, chat_id=shopper, bubble=bubble)
    return bubble


SPEAK = {"whatsapp": _whatsapp_text, "messenger": _messenger_text, "telegram": _telegram_text, "sms": _sms_text}
TAP = {"whatsapp": _whatsapp_tap, "messenger": _messenger_tap, "telegram": _telegram_tap}


def reads(store: Store, account: Account, *, shopper: str) -> int:
    """The phone shows the thread: what was delivered is now read, and Meta's apps say so. How many."""
    with store.write():
        fresh = bubbles.unread(store, platform=account.kind, account=account.name, shopper=shopper)
        for row in fresh:
            bubbles.change(store, row["id"], state="read")
            if account.kind == "whatsapp":
                whatsapp.tell_status(store, account, row["wire_id"], shopper, "read", delay=0.3)
        if fresh and account.kind == "messenger":
            news = {"watermark": int(store.now() * 1000)}
            messenger.tell_shop(store, account, shopper, {"read": news}, delay=0.4)
        return len(fresh)


def blocks(store: Store, account: Account, *, shopper: str, blocked: bool) -> None:
    """The shopper blocks the business, or lets it in again; Telegram tells, the others do not."""
    with store.write():
        shoppers.set_opted_out(
            store, platform=account.kind, account=account.name, external_id=shopper, opted_out=blocked
        )
        if account.kind != "telegram":
            return
        row = _person(store, account, shopper)
        bot = telegram.bot_user(account)
        states = ({"status": "kicked", "until_date": 0, "user": bot}, {"status": "member", "user": bot})
        member = {
            "chat": telegram.chat_of(row), "from": _telegram_user(row), "date": int(store.now()),
            "old_chat_member": states[0 if not blocked else 1], "new_chat_member": states[0 if blocked else 1],
        }  # fmt: skip
        telegram.tell_shop(store, account, {"my_chat_member": member}, chat_id=shopper)
