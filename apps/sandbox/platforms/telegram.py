"""Telegram Bot API: the methods a shop calls, with updates pushed to its webhook."""

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from .. import bubbles, courier, files, shoppers
from ..accounts import Account, all_accounts, find
from ..faults import Fault
from ..store import Store
from ..wire import Answer, Call
from .base import Platform, Refused
from .telegram_rules import (
    CALLBACK_TEXT,
    CAPTION,
    INVOICED,
    album_problem,
    file_problem,
    invoice_problem,
    markup_problem,
    text_problem,
)

Method = Callable[["Telegram", Store, Call, Account, dict[str, Any], Fault | None], Any]
FREE_METHODS = frozenset(
    {
        "getMe",
        "setWebhook",
        "deleteWebhook",
        "getWebhookInfo",
        "getFile",
        "setMyCommands",
        "getMyCommands",
        "answerPreCheckoutQuery",
    }
)
BURST, RETRY_SECONDS = 30.0, 1  # to one chat; core.telegram.org/bots/faq: one a second, more for a short while
CHECKOUT_SECONDS = 10  # https://core.telegram.org/bots/api#answerprecheckoutquery
DELETABLE_SECONDS = 48 * 3600
MOST_BYTES = 20_000_000  # of a file a bot may fetch
FOLDERS = {"image": "photos", "audio": "voice", "video": "videos", "file": "documents", "sticker": "stickers"}
MEDIA_FIELD = {"sendPhoto": "photo", "sendVideo": "video", "sendDocument": "document", "sendAudio": "audio"}


def error(code: int, description: str, *, recipient: str = "", parameters: dict[str, Any] | None = None) -> Refused:
    body: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
    if parameters:
        body["parameters"] = parameters
    return Refused(code, body, code=str(code), recipient=recipient)


def bad(description: str, *, recipient: str = "") -> Refused:
    return error(400, f"Bad Request: {description}", recipient=recipient)


def next_update_id(store: Store) -> int:
    number = int(store.setting("telegram_update_id", 900_000_000)) + 1
    store.set_setting("telegram_update_id", number)
    return number


def next_message_id(store: Store) -> int:
    number = int(store.setting("telegram_message_id", 0)) + 1
    store.set_setting("telegram_message_id", number)
    return number


def webhook_of(store: Store, account: Account) -> dict[str, Any]:
    """What setWebhook was told; without it, where the shop is known to listen."""
    told = store.setting(f"telegram_webhook:{account.name}", None)
    return told if told else {"url": account.webhook_url, "secret_token": str(account.config.get("secret_token", ""))}


def hears(store: Store, account: Account, update: str) -> bool:
    """Whether the bot asked for this sort of update, those that are told only so: setWebhook's allowed_updates."""
    told = store.setting(f"telegram_webhook:{account.name}", None)
    return told is None or update in (told.get("allowed_updates") or [])


def tell_shop(store: Store, account: Account, update: dict[str, Any], *, chat_id: str, bubble: int = 0) -> None:
    """One update, in order per chat, with the secret in its header."""
    webhook = webhook_of(store, account)
    body = json.dumps({"update_id": next_update_id(store), **update}, ensure_ascii=False).encode()
    headers = {"content-type": "application/json"}
    if webhook.get("secret_token"):
        headers["x-telegram-bot-api-secret-token"] = webhook["secret_token"]
    courier.post(
        store, source=f"telegram/{account.name}", url=webhook["url"], headers=headers, body=body,
        lane=f"telegram:{account.name}:{chat_id}", retries=courier.TELEGRAM_RETRIES, bubble=bubble,
    )  # fmt: skip


def bot_user(account: Account) -> dict[str, Any]:
    number = str(account.config.get("bot_token", "0:")).split(":")[0]
    return {
        "id": int(number) if number.isdigit() else 1,
        "is_bot": True,
        "first_name": account.title or "Shop",
        "username": str(account.config.get("username", "shop_bot")),
    }


def chat_of(row: Any) -> dict[str, Any]:
    return {"id": int(row["external_id"]), "type": "private", "first_name": row["name"]}


class Telegram(Platform):
    name = kind = "telegram"
    label = "Telegram"

    def authenticate(self, store: Store, call: Call) -> Account:
        token = self._token(call)
        account = find(store, "telegram", bot_token=token) if token else None
        if account is None:
            raise error(401, "Unauthorized")
        return account

    def _token(self, call: Call) -> str:
        found = re.match(r"/?(?:file/)?bot([^/]+)/", call.path)
        return found.group(1) if found else ""

    def method_name(self, call: Call) -> str:
        return call.path.rstrip("/").rsplit("/", 1)[-1]

    def is_send(self, call: Call) -> bool:
        return self.method_name(call) not in FREE_METHODS

    def perform(self, store: Store, call: Call, account: Account, fault: Fault | None) -> Answer:
        if call.path.lstrip("/").startswith("file/"):
            number = call.path.rpartition("/")[2].partition(".")[0]
            found = self.hand_out(store, number, account) if call.method == "GET" else None
            if found is None:
                raise error(404, "Not Found")
            return found
        method = METHODS.get(self.method_name(call))
        if method is None:
            raise error(404, "Not Found")
        result = method(self, store, call, account, _parameters(call), fault)
        return Answer(200, {"ok": True, "result": result})

    def refusal_for(self, fault: Fault) -> Refused | None:
        if fault.kind == "rate_limit":
            seconds = int(fault.number("retry_after", 0))
            description = f"Too Many Requests: retry after {seconds}" if seconds else "Too Many Requests"
            return error(429, description, parameters={"retry_after": seconds} if seconds else None)
        if fault.kind == "server_error":
            return error(int(fault.number("status", 502)), "Bad Gateway")
        if fault.kind == "error":
            code = int(fault.number("code", 400))
            words = {403: "Forbidden: bot was blocked by the user", 401: "Unauthorized"}
            return error(code, words.get(code, "Bad Request: a planned fault of the sandbox"))
        if fault.kind == "error_in_200":
            refused = bad("a planned fault of the sandbox")
            refused.status = 200
            return refused
        return None

    def chat(self, store: Store, account: Account, values: dict[str, Any]) -> Any:
        """The person behind chat_id. Raises `Refused` for strangers and those who blocked the bot."""
        chat_id = str(values.get("chat_id") or "")
        if not chat_id:
            raise bad("chat_id is empty")
        row = shoppers.find(store, platform="telegram", account=account.name, external_id=chat_id)
        if row is None and (store.setting("known_only", False) or not re.fullmatch(r"-?\d{1,15}", chat_id)):
            raise bad("chat not found", recipient=chat_id)
        row = row or shoppers.know(store, platform="telegram", account=account.name, external_id=chat_id)
        if row["opted_out"]:
            raise error(403, "Forbidden: bot was blocked by the user", recipient=chat_id)
        return row

    def deliver(
        self, store: Store, call: Call, account: Account, row: Any, values: dict[str, Any], shown: dict[str, Any]
    ) -> dict[str, Any]:
        """Accept one message; `shown` is what the platform's Message object says of it."""
        number = next_message_id(store)
        recipient = row["external_id"]
        if store.setting("pair_rate", True) and not shoppers.take_token(store, row, burst=BURST, refill=1.0):
            words = f"Too Many Requests: retry after {RETRY_SECONDS}"
            raise error(429, words, recipient=recipient, parameters={"retry_after": RETRY_SECONDS})
        self.accept(
            store,
            call,
            account,
            recipient=recipient,
            wire_id=str(number),
            body={"method": self.method_name(call), **values},
        )
        bubbles.add(
            store, platform="telegram", account=account.name, shopper=recipient, direction="in", wire_id=str(number),
            state="delivered", body={"method": self.method_name(call), **values},
        )  # fmt: skip
        message = {
            "message_id": number,
            "from": bot_user(account),
            "chat": chat_of(row),
            "date": int(store.now()),
            **shown,
        }
        if isinstance(values.get("reply_markup"), dict) and "inline_keyboard" in values["reply_markup"]:
            message["reply_markup"] = values["reply_markup"]
        return message


def _parameters(call: Call) -> dict[str, Any]:
    """JSON, a form or the query; nested values may be JSON in a string. Raises `Refused`."""
    values: dict[str, Any] = dict(call.query)
    if "json" in call.headers.get("content-type", ""):
        try:
            read = call.json()
        except ValueError:
            raise bad("can't parse JSON object") from None
        values.update(read if isinstance(read, dict) else {})
    elif call.body:
        values.update(parse_qsl(call.body.decode(errors="replace")))
    for key in ("reply_markup", "media", "commands", "allowed_updates", "prices"):
        if isinstance(values.get(key), str) and values[key]:
            try:
                values[key] = json.loads(values[key])
            except ValueError:
                raise bad(f"can't parse {key} JSON object") from None
    return values


def _send_message(
    self: Telegram, store: Store, call: Call, account: Account, values: dict[str, Any], fault: Fault | None
) -> Any:
    row = self.chat(store, account, values)
    wrong = text_problem(values.get("text"), values.get("parse_mode")) or markup_problem(values.get("reply_markup"))
    if wrong:
        raise bad(wrong, recipient=row["external_id"])
    return self.deliver(store, call, account, row, values, {"text": values["text"]})


def _send_media(
    self: Telegram, store: Store, call: Call, account: Account, values: dict[str, Any], fault: Fault | None
) -> Any:
    row = self.chat(store, account, values)
    field = MEDIA_FIELD[self.method_name(call)]
    wrong = (
        file_problem(values.get(field), field)
        or text_problem(values.get("caption"), values.get("parse_mode"), limit=CAPTION, required=False)
        or markup_problem(values.get("reply_markup"))
    )
    if wrong:
        raise bad(wrong, recipient=row["external_id"])
    file = {
        "file_id": "AgAC" + hashlib.sha256(values[field].encode()).hexdigest()[:20],
        "file_unique_id": "AQAD",
        "width": 800,
        "height": 600,
    }
    shown: dict[str, Any] = {field: [file] if field == "photo" else file}
    if values.get("caption"):
        shown["caption"] = values["caption"]
    return self.deliver(store, call, account, row, values, shown)


def _send_album(
    self: Telegram, store: Store, call: Call, account: Account, values: dict[str, Any], fault: Fault | None
) -> Any:
    row = self.chat(store, account, values)
    if wrong := album_problem(values.get("media")):
        raise bad(wrong, recipient=row["external_id"])
    if values.get("reply_markup"):
        raise bad("media groups take no reply markup", recipient=row["external_id"])
    first = self.deliver(store, call, account, row, values, {"media_group_id": "1"})
    numbers = [first["message_id"], *(next_message_id(store) for _ in values["media"][1:])]
    return [{**first, "message_id": number} for number in numbers]


def _send_location(
    self: Telegram, store: Store, call: Call, account: Account, values: dict[str, Any], fault: Fault | None
) -> Any:
    row = self.chat(store, account, values)
    if "latitude" not in values or "longitude" not in values:
        raise bad("latitude is empty", recipient=row["external_id"])
    where = {"latitude": values["latitude"], "longitude": values["longitude"]}
    return self.deliver(store, call, account, row, values, {"location": where})


def _chat_action(
    self: Telegram, store: Store, call: Call, account: Account, values: dict[str, Any], fault: Fault | None
) -> Any:
    row = self.chat(store, account, values)
    if not values.get("action"):
        raise bad("wrong parameter action in request", recipient=row["external_id"])
    store.set_setting(f"typing:telegram:{account.name}:{row['external_id']}", store.now())
    self.accept(store, call, account, recipient=row["external_id"], wire_id="", body=values, outcome="info")
    return True


def _answer_callback(
    self: Telegram, store: Store, call: Call, account: Account, values: dict[str, Any], fault: Fault | None
) -> Any:
    query = str(values.get("callback_query_id") or "")
    known = store.setting(f"callback:{query}", None)
    if not query or (known is None and store.setting("known_only", False)):
        raise bad("query is too old and response timeout expired or query ID is invalid")
    if len(str(values.get("text", ""))) > CALLBACK_TEXT:
        raise bad("MESSAGE_TOO_LONG")
    if known:
        store.set_setting(f"callback:{query}", {**known, "answered": True, "text": values.get("text", "")})
    self.accept(store, call, account, recipient=(known or {}).get("chat", ""), wire_id="", body=values, outcome="info")
    return True


def _edit(
    self: Telegram, store: Store, call: Call, account: Account, values: dict[str, Any], fault: Fault | None
) -> Any:
    row = self.chat(store, account, values)
    recipient = row["external_id"]
    bubble = bubbles.by_wire_id(
        store, platform="telegram", account=account.name, wire_id=str(values.get("message_id", ""))
    )
    if bubble is None or bubble["shopper"] != recipient or bubble["direction"] != "in":
        raise bad("message to edit not found", recipient=recipient)
    body = bubbles.body_of(bubble)
    changed = {**body}
    changed.pop("reply_markup", None)
    if values.get("reply_markup"):
        changed["reply_markup"] = values["reply_markup"]
    wrong = markup_problem(values.get("reply_markup"))
    if self.method_name(call) == "editMessageText":
        wrong = wrong or text_problem(values.get("text"), values.get("parse_mode"))
        changed |= {"text": values.get("text"), "parse_mode": values.get("parse_mode")}
    if self.method_name(call) == "editMessageCaption":
        wrong = wrong or text_problem(values.get("caption"), values.get("parse_mode"), limit=CAPTION, required=False)
        changed |= {"caption": values.get("caption", "")}
    if wrong:
        raise bad(wrong, recipient=recipient)
    if changed == body:
        raise bad(
            "message is not modified: specified new message content and reply markup are exactly the same",
            recipient=recipient,
        )
    bubbles.change(store, bubble["id"], body=changed)
    self.accept(store, call, account, recipient=recipient, wire_id=bubble["wire_id"], body=values, outcome="info")
    return {
        "message_id": int(bubble["wire_id"]),
        "from": bot_user(account),
        "chat": chat_of(row),
        "date": int(bubble["at"]),
        "text": str(changed.get("text", "")),
    }


def _delete(
    self: Telegram, store: Store, call: Call, account: Account, values: dict[str, Any], fault: Fault | None
) -> Any:
    row = self.chat(store, account, values)
    bubble = bubbles.by_wire_id(
        store, platform="telegram", account=account.name, wire_id=str(values.get("message_id", ""))
    )
    if bubble is None:
        raise bad("message to delete not found", recipient=row["external_id"])
    if store.now() - bubble["at"] > DELETABLE_SECONDS:
        raise bad("message can't be deleted for everyone", recipient=row["external_id"])
    bubbles.change(store, bubble["id"], body={"method": "deleted"})
    return True


def _get_me(
    self: Telegram, store: Store, call: Call, account: Account, values: dict[str, Any], fault: Fault | None
) -> Any:
    return {
        **bot_user(account),
        "can_join_groups": False,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
    }


def _set_webhook(
    self: Telegram, store: Store, call: Call, account: Account, values: dict[str, Any], fault: Fault | None
) -> Any:
    url = str(values.get("url") or "")
    if url and not re.match(r"https?://", url):
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")
    secret = str(values.get("secret_token") or "")
    if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret):
        raise bad("secret token contains unallowed characters")
    asked = values.get("allowed_updates") or []
    told = {
        "url": url,
        "secret_token": secret,
        "allowed_updates": json.loads(asked) if isinstance(asked, str) else asked,
    }
    store.set_setting(f"telegram_webhook:{account.name}", told if url else None)
    return True


def _delete_webhook(
    self: Telegram, store: Store, call: Call, account: Account, values: dict[str, Any], fault: Fault | None
) -> Any:
    store.set_setting(f"telegram_webhook:{account.name}", None)
    return True


def _webhook_info(
    self: Telegram, store: Store, call: Call, account: Account, values: dict[str, Any], fault: Fault | None
) -> Any:
    row = store.one(
        "select count(*) n from deliveries where source = ? and state in ('due', 'busy')", f"telegram/{account.name}"
    )
    waiting = row["n"] if row else 0
    told = webhook_of(store, account)
    failed = store.one(
        "select detail from deliveries where source = ? and state in ('due', 'dead') and attempts > 0 order by id desc limit 1",
        f"telegram/{account.name}",
    )
    wrong = {"last_error_message": f"Wrong response from the webhook: {failed['detail'][:100]}"} if failed else {}
    asked = {"allowed_updates": told["allowed_updates"]} if told.get("allowed_updates") else {}
    return {
        "url": told["url"],
        **wrong,
        **asked,
        "has_custom_certificate": False,
        "pending_update_count": waiting,
        "max_connections": 40,
    }


def _commands(
    self: Telegram, store: Store, call: Call, account: Account, values: dict[str, Any], fault: Fault | None
) -> Any:
    return True


def _get_file(
    self: Telegram, store: Store, call: Call, account: Account, values: dict[str, Any], fault: Fault | None
) -> Any:
    """https://core.telegram.org/bots/api#getfile: none larger than 20 MB."""
    if not values.get("file_id"):
        raise bad("file_id not specified")
    number = str(values["file_id"])
    file = files.kept(store, number, account=account)
    if file is None:
        raise bad("wrong file_id or the file is temporarily unavailable")
    if len(file.content) > MOST_BYTES:
        raise bad("file is too big")
    path = f"{FOLDERS[file.sort]}/{number}.{file.ending}"
    return {"file_id": number, "file_unique_id": f"AQ{number}", "file_size": len(file.content), "file_path": path}


def _send_invoice(
    self: Telegram, store: Store, call: Call, account: Account, values: dict[str, Any], fault: Fault | None
) -> Any:
    row = self.chat(store, account, values)
    wrong = invoice_problem(values) or markup_problem(values.get("reply_markup"))
    if wrong:
        raise bad(wrong, recipient=row["external_id"])
    total = sum(price["amount"] for price in values["prices"])
    kept = {key: value for key, value in values.items() if key != "provider_token"}
    names = ("title", "description", "currency", "start_parameter")
    invoice = {**{name: values.get(name, "") for name in names}, "total_amount": total}
    return self.deliver(store, call, account, row, {**kept, "total_amount": total}, {"invoice": invoice})


def _answer_checkout(
    self: Telegram, store: Store, call: Call, account: Account, values: dict[str, Any], fault: Fault | None
) -> Any:
    if not answer_checkout(store, account, values):
        raise bad("query is too old and response timeout expired or query ID is invalid")
    return True


def ask_checkout(store: Store, account: Account, row: Any, invoice: dict[str, Any], user: dict[str, Any]) -> str:
    """The shopper has chosen how to pay: the shop is asked whether they may. Returns the question's number."""
    query = str(5_000_000_000 + next_update_id(store))
    asked = {"chat": row["external_id"], "at": store.now(), "invoice": invoice, "user": user}
    store.set_setting(f"checkout:{query}", asked)
    question = {
        "id": query, "from": user, "currency": invoice["currency"], "total_amount": invoice["total_amount"],
        "invoice_payload": invoice["payload"],
    }  # fmt: skip
    tell_shop(store, account, {"pre_checkout_query": question}, chat_id=row["external_id"])
    return query


def answer_checkout(store: Store, account: Account, values: dict[str, Any]) -> bool:
    """The shop's yes or no. In time and a yes, the money is taken and the shop told; else the shopper reads why not."""
    query = str(values.get("pre_checkout_query_id") or "")
    asked = store.setting(f"checkout:{query}", None)
    if not asked or asked.get("answered") or store.now() - asked["at"] > CHECKOUT_SECONDS:
        return False
    store.set_setting(f"checkout:{query}", {**asked, "answered": True})
    row = shoppers.know(store, platform="telegram", account=account.name, external_id=asked["chat"])
    if values.get("ok") is not True:
        bubbles.add(
            store, platform="telegram", account=account.name, shopper=asked["chat"], direction="note",
            body={"text": str(values.get("error_message") or "")},
        )  # fmt: skip
        return True
    _tell_paid(store, account, row, asked, query)
    return True


def _tell_paid(store: Store, account: Account, row: Any, asked: dict[str, Any], query: str) -> None:
    invoice, number = asked["invoice"], next_message_id(store)
    paid = {
        "currency": invoice["currency"], "total_amount": invoice["total_amount"], "invoice_payload": invoice["payload"],
        "telegram_payment_charge_id": f"{query}_tg", "provider_payment_charge_id": f"ch_{query}",
    }  # fmt: skip
    message = {
        "message_id": number, "from": asked["user"], "chat": chat_of(row), "date": int(store.now()),
        "successful_payment": paid,
    }  # fmt: skip
    bubble = bubbles.add(
        store, platform="telegram", account=account.name, shopper=asked["chat"], direction="out", wire_id=str(number),
        state="sending", body={"text": invoice["title"], "detail": invoice_total(invoice), "tapped": True},
    )  # fmt: skip
    tell_shop(store, account, {"message": message}, chat_id=asked["chat"], bubble=bubble)


def invoice_total(invoice: dict[str, Any]) -> str:
    """As the phone shows it: "EUR 16.90"."""
    decimals = INVOICED[invoice["currency"]][0]
    return f"{invoice['currency']} {invoice['total_amount'] / 10**decimals:.{decimals}f}"


def hear(store: Store, account_name: str, said: bytes) -> None:
    """Telegram performs one method named in the shop's answer to a webhook."""
    try:
        values = json.loads(said)
    except ValueError:
        return
    account = next((one for one in all_accounts(store, "telegram") if one.name == account_name), None)
    if account is not None and isinstance(values, dict) and values.get("method") == "answerPreCheckoutQuery":
        answer_checkout(store, account, values)


courier.HEARERS["telegram"] = hear
METHODS: dict[str, Method] = {
    "getMe": _get_me, "setWebhook": _set_webhook, "deleteWebhook": _delete_webhook, "getWebhookInfo": _webhook_info,
    "sendMessage": _send_message, "sendMediaGroup": _send_album, "sendLocation": _send_location,
    "sendChatAction": _chat_action, "answerCallbackQuery": _answer_callback, "editMessageText": _edit,
    "editMessageCaption": _edit, "editMessageReplyMarkup": _edit, "deleteMessage": _delete, "setMyCommands": _commands,
    "getMyCommands": _commands, "getFile": _get_file, "sendInvoice": _send_invoice,
    "answerPreCheckoutQuery": _answer_checkout, **dict.fromkeys(MEDIA_FIELD, _send_media),
}  # fmt: skip
