"""Telegram on a shopper's phone."""

import re
from typing import Any

from django.utils.translation import gettext as _

from .. import bubbles, files, formatting
from ..accounts import Account
from ..files import Card, File, Place
from ..platforms import telegram
from ..platforms.telegram import invoice_total
from ..shoppers import Profile
from ..store import Store
from .phone import FILES, NotPossible, Phone, card_shown, file_shown, local, new_bubble, person, place_shown

TEXT_LIMIT = 4096
NUMBER = "447700900101"  # of everybody here
NAMES = {"image": "photo", "audio": "voice", "video": "video", "file": "document", "sticker": "sticker"}
PICTURED = "\ufe0f"  # Telegram writes its hearts without it
PAY = "pay"  # what the button of an invoice is named on a phone here


class Telegram(Phone):
    kind = "telegram"
    label = "Telegram"
    place = 3
    can = FILES | {"sticker", "location", "contact", "react", "quote", "edit"}
    edit_seconds = 48 * 3600.0

    def name_of(self, profile: Profile) -> str:
        return str(profile.telegram_id)

    def line(self, account: Account) -> str:
        return f"@{account.config.get('username', 'bot')} · bot"

    def says(self, store: Store, account: Account, shopper: str, text: str, reply_to: str) -> int:
        said: dict[str, Any] = {"text": text[:TEXT_LIMIT]}
        if command := re.match(r"/\w+", text):
            said["entities"] = [{"type": "bot_command", "offset": 0, "length": len(command.group())}]
        return self._send(store, account, shopper, said | self._answering(store, account, reply_to), {"text": text})

    def _answering(self, store: Store, account: Account, reply_to: str) -> dict[str, Any]:
        """The message that is answered stands whole in the answer."""
        row = (
            bubbles.by_wire_id(store, platform="telegram", account=account.name, wire_id=reply_to) if reply_to else None
        )
        if row is None:
            return {}
        whose = person(store, account, row["shopper"])
        body = bubbles.body_of(row)
        told = {
            "message_id": int(reply_to), "from": telegram.bot_user(account) if row["direction"] == "in" else user_of(whose),
            "chat": telegram.chat_of(whose), "date": int(row["at"]), "text": str(body.get("text") or body.get("caption") or ""),
        }  # fmt: skip
        return {"reply_to_message": told}

    def sends_file(self, store: Store, account: Account, shopper: str, file: File, caption: str, reply_to: str) -> int:
        number = files.keep(store, account, file)
        head: dict[str, Any] = {"file_id": number, "file_unique_id": f"AQ{number}", "file_size": len(file.content)}
        lasts = {"duration": round(file.seconds) or 1, "mime_type": file.mime}
        part: Any = {
            "image": [{**head, "width": 640, "height": 480}],
            "audio": {**head, **lasts},
            "video": {**head, **lasts, "width": 160, "height": 120},
            "file": {**head, "file_name": file.name, "mime_type": file.mime},
            "sticker": {
                **head, "type": "regular", "width": 256, "height": 256, "is_animated": False, "is_video": False, "emoji": "👕"
            },
        }[file.sort]  # fmt: skip
        said = {NAMES[file.sort]: part, **({"caption": caption} if caption and file.sort != "sticker" else {})}
        said |= self._answering(store, account, reply_to)
        return self._send(store, account, shopper, said, file_shown(file, number, caption))

    def sends_place(self, store: Store, account: Account, shopper: str, place: Place, reply_to: str) -> int:
        where = {"latitude": place.latitude, "longitude": place.longitude}
        said = {"location": where, **self._answering(store, account, reply_to)}
        return self._send(store, account, shopper, said, place_shown(place))

    def sends_card(self, store: Store, account: Account, shopper: str, card: Card, reply_to: str) -> int:
        contact = {"phone_number": card.phone, "first_name": card.name, "user_id": 502}
        said = {"contact": contact, **self._answering(store, account, reply_to)}
        return self._send(store, account, shopper, said, card_shown(card))

    def reacts(self, store: Store, account: Account, shopper: str, row: Any, emoji: str) -> None:
        """A bot hears of it only where it asked to: https://core.telegram.org/bots/api#messagereactionupdated"""
        if not telegram.hears(store, account, "message_reaction"):
            return
        whose, before = person(store, account, shopper), bubbles.body_of(row).get("reacted", "")
        old, new = ([{"type": "emoji", "emoji": one.removesuffix(PICTURED)}] if one else [] for one in (before, emoji))
        told = {
            "chat": telegram.chat_of(whose), "message_id": int(row["wire_id"]), "user": user_of(whose), "date": int(store.now()),
            "old_reaction": old, "new_reaction": new,
        }  # fmt: skip
        telegram.tell_shop(store, account, {"message_reaction": told}, chat_id=shopper)

    def edits(self, store: Store, account: Account, shopper: str, row: Any, text: str) -> None:
        whose = person(store, account, shopper)
        told = {
            "message_id": int(row["wire_id"]), "from": user_of(whose), "chat": telegram.chat_of(whose), "date": int(row["at"]),
            "edit_date": int(store.now()), "text": text[:TEXT_LIMIT],
        }  # fmt: skip
        telegram.tell_shop(store, account, {"edited_message": told}, chat_id=shopper)

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
