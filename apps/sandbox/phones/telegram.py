"""Telegram on a shopper's phone."""

import re
from typing import Any

from django.utils.translation import gettext as _

from .. import bubbles, formatting
from ..accounts import Account
from ..platforms import telegram
from ..platforms.telegram import invoice_total
from ..shoppers import Profile
from ..store import Store
from .phone import NotPossible, Phone, local, new_bubble, person

TEXT_LIMIT = 4096
NUMBER = "447700900101"  # of everybody here
PAY = "pay"  # what the button of an invoice is named on a phone here


class Telegram(Phone):
    kind = "telegram"
    label = "Telegram"
    place = 3

    def name_of(self, profile: Profile) -> str:
        return str(profile.telegram_id)

    def line(self, account: Account) -> str:
        return f"@{account.config.get('username', 'bot')} · bot"

    def says(self, store: Store, account: Account, shopper: str, text: str, reply_to: str) -> int:
        said: dict[str, Any] = {"text": text[:TEXT_LIMIT]}
        if command := re.match(r"/\w+", text):
            said["entities"] = [{"type": "bot_command", "offset": 0, "length": len(command.group())}]
        return self._send(store, account, shopper, said, {"text": text})

    def _send(self, store: Store, account: Account, shopper: str, said: dict[str, Any], shown: dict[str, Any]) -> int:
        row = person(store, account, shopper)
        if row["opted_out"]:
            raise NotPossible(_("This person blocked the bot. Unblock it first."))
        number = telegram.next_message_id(store)
        message: dict[str, Any] = {
            "message_id": number, "from": user_of(row), "chat": telegram.chat_of(row), "date": int(store.now()), **said,
        }  # fmt: skip
        bubble = new_bubble(store, account, shopper, str(number), shown)
        telegram.tell_shop(store, account, {"message": message}, chat_id=shopper, bubble=bubble)
        return bubble

    def taps(self, store: Store, account: Account, shopper: str, row: Any, value: str) -> int:
        body = bubbles.body_of(row)
        if value == PAY and body.get("method") == "sendInvoice":
            return self._pays(store, account, shopper, body)
        for button in _below(body):
            if button["text"] == value:
                return self._gives(store, account, shopper, button)
        keyboard = body.get("reply_markup", {}).get("inline_keyboard", [])
        pressed = next((button for line in keyboard for button in line if button.get("callback_data") == value), None)
        if pressed is None:
            raise NotPossible(_("This message has no such button."))
        whose = person(store, account, shopper)
        query = str(4_000_000_000 + telegram.next_update_id(store))
        store.set_setting(f"callback:{query}", {"chat": shopper, "answered": False})
        message = {
            "message_id": int(row["wire_id"]), "from": telegram.bot_user(account), "chat": telegram.chat_of(whose),
            "date": int(row["at"]), "reply_markup": body["reply_markup"],
            **({"caption": body["caption"]} if body.get("caption") else {"text": body.get("text", "")}),
        }  # fmt: skip
        callback = {
            "id": query,
            "from": user_of(whose),
            "chat_instance": shopper,
            "data": value,
            "message": message,
        }
        bubble = new_bubble(store, account, shopper, f"callback:{query}", {"text": pressed["text"], "tapped": True})
        telegram.tell_shop(store, account, {"callback_query": callback}, chat_id=shopper, bubble=bubble)
        return bubble

    def _gives(self, store: Store, account: Account, shopper: str, button: dict[str, Any]) -> int:
        """A key below the thread sends its words in the shopper's name, or their number or place."""
        row, label = person(store, account, shopper), button["text"]
        said: dict[str, Any] = {"text": label}
        if button.get("request_contact"):
            said = {"contact": {"phone_number": NUMBER, "first_name": row["name"], "user_id": int(row["external_id"])}}
        elif button.get("request_location"):
            said = {"location": {"latitude": 52.52, "longitude": 13.405}}
        return self._send(store, account, shopper, said, {"text": label, "tapped": True})

    def _pays(self, store: Store, account: Account, shopper: str, invoice: dict[str, Any]) -> int:
        """A card is chosen and confirmed on the phone; whether it may be charged, the shop says."""
        row = person(store, account, shopper)
        return int(telegram.ask_checkout(store, account, row, invoice, user_of(row)))

    def blocked(self, store: Store, account: Account, shopper: str, *, blocked: bool) -> None:
        row = person(store, account, shopper)
        bot = telegram.bot_user(account)
        states = ({"status": "kicked", "until_date": 0, "user": bot}, {"status": "member", "user": bot})
        member = {
            "chat": telegram.chat_of(row), "from": user_of(row), "date": int(store.now()),
            "old_chat_member": states[0 if not blocked else 1], "new_chat_member": states[0 if blocked else 1],
        }  # fmt: skip
        telegram.tell_shop(store, account, {"my_chat_member": member}, chat_id=shopper)

    def draw(self, account: Account, body: dict[str, Any]) -> dict[str, Any]:
        method = body.get("method", "sendMessage")
        mode = str(body.get("parse_mode") or "")
        shown: dict[str, Any] = {"text": formatting.telegram(str(body.get("text") or body.get("caption") or ""), mode)}
        if method == "deleted":
            return {"note": _("deleted")}
        if method == "sendPhoto":
            shown["image"] = local(body["photo"])
        if method == "sendMediaGroup":
            shown["album"] = [local(item["media"]) for item in body["media"] if item["type"] == "photo"]
            first: dict[str, Any] = next((item for item in body["media"] if item.get("caption")), {})
            shown["text"] = formatting.telegram(str(first.get("caption", "")), str(first.get("parse_mode") or ""))
        if method in ("sendVideo", "sendDocument", "sendAudio"):
            field = method.removeprefix("send").lower()
            shown["file"] = {"name": field, "url": local(body[field])}
        if method == "sendInvoice":
            shown |= _invoice(body)
        markup = body.get("reply_markup") or {}
        keyboard = markup.get("inline_keyboard") or markup.get("keyboard") or []
        if keyboard:
            shown["rows"] = [[_key(button) for button in line] for line in keyboard]
        return shown


def _below(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The keys of a keyboard that stands below the thread."""
    return [button for line in (body.get("reply_markup") or {}).get("keyboard", []) for button in line]


def user_of(row: Any) -> dict[str, Any]:
    language = {"zh-hans": "zh-hans"}.get(row["language"], row["language"])
    return {"id": int(row["external_id"]), "is_bot": False, "first_name": row["name"], "language_code": language}


def _invoice(body: dict[str, Any]) -> dict[str, Any]:
    """Title, what is in it, and the sum; without buttons of its own it has one that pays."""
    told = [f"{price['label']}: {invoice_total({**body, 'total_amount': price['amount']})}" for price in body["prices"]]
    text = "\n".join([str(body["description"]), "", *told])
    pay = {"label": _("Pay %(amount)s") % {"amount": invoice_total(body)}, "value": PAY}
    return {"header": body["title"], "text": formatting.plain(text), "footer": invoice_total(body), "rows": [[pay]]}


def _key(button: dict[str, Any]) -> dict[str, Any]:
    if "url" in button:
        return {"label": button["text"], "url": local(button["url"])}
    return {"label": button["text"], "value": PAY if button.get("pay") else button.get("callback_data", button["text"])}
