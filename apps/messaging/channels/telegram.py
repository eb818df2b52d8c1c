"""Telegram Bot API. Texts go out as plain text: no markup is parsed, so nothing needs escaping."""

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from apps.messaging import findings, http
from apps.messaging.channel import (
    Capability,
    Channel,
    ErrorClass,
    Forged,
    Limit,
    Malformed,
    MediaRequest,
    NotConfigured,
    Recipient,
    SendFailed,
    Sent,
    WebhookReply,
    WebhookRequest,
    WireMessage,
)
from apps.messaging.content import Bill, BillLine, Content
from apps.messaging.events import ChannelEvent, MediaRef
from apps.messaging.findings import Finding, Level
from apps.messaging.platforms.telegram.events import parse_webhook
from apps.messaging.platforms.telegram.money import is_within, smallest_units
from apps.messaging.reading import header_bytes, items, mapping, number, read_json, text, whole
from apps.messaging.rendering import Button, Link, Piece, render, shorten
from apps.messaging.rendering.wording import link_text, paragraphs

API_BASE = "https://api.telegram.org"
METHODS = {"image": "sendPhoto", "video": "sendVideo", "audio": "sendAudio", "file": "sendDocument"}
FIELDS = {"image": "photo", "video": "video", "audio": "audio", "file": "document"}
# Of files it fetches itself: pictures of 5 MB, others of 20; of documents only PDF and ZIP.
BY_ADDRESS = {"image/jpeg": 5_000_000, "image/png": 5_000_000} | dict.fromkeys(
    ("video/mp4", "audio/mpeg", "audio/mp4", "application/pdf"), 20_000_000
)
ROW_UNITS = 26  # labels in one row together, so that they stay readable on a phone
ROW_BUTTONS = 3
INVOICE = "sendInvoice"
# What we ask to be told; each needs no permission of BotFather's.
UPDATES = ("message", "edited_message", "callback_query", "my_chat_member", "pre_checkout_query", "message_reaction")
NEEDED_UPDATES = ("message", "callback_query")  # without these nobody is heard
PAYING_UPDATE = "pre_checkout_query"  # without it Telegram lets no invoice be paid
TEST = ":TEST:"  # in the token of a provider that takes test cards
TITLE, DESCRIPTION = 32, 255  # characters of an invoice's
SOURCE = "Bot API 10.1 (PaulSonOfLars api.json); python-telegram-bot 22.8 constants"


class Telegram(Channel):
    kind = "telegram"
    label = "Telegram"
    required_config = ("bot_token", "secret_token")
    secret_config = ("bot_token", "secret_token", "provider_token")
    config_help: ClassVar[Mapping[str, Any]] = {
        "bot_token": _("The token BotFather gave you."),
        "secret_token": _("Your own word of 1–256 letters, digits, _ or -; give the same to setWebhook."),
        "username": _("The bot's name without @; for t.me links."),
        "provider_token": _(
            "Optional: the token BotFather gave you for your payment provider. Orders that are sent in a parcel can then be "
            "paid in the thread, too; that money goes through your own account there, and is paid back there by hand."
        ),
        "per_second": _("So many messages in a second Telegram takes from this bot, where it allows more than 30."),
        "api_base": _("Another address than https://api.telegram.org (a Bot API server of your own, emulators)."),
    }
    capability = Capability(
        text=4096,
        buttons=100,
        button_label=64,
        payload=64,
        payload_unit="bytes",
        card_buttons=4,
        link_buttons=1,
        has_mixed_buttons=True,
        caption=1024,
        files=BY_ADDRESS,
        has_quotes=True,
        has_gallery=True,
        has_typing=True,
        requests=("location", "phone"),
        asks_beside=True,
        tells=("edits", "reactions"),
        pace_seconds=1.0,
        burst=4,
        per_second=30,
        source=SOURCE,
    )
    limits = (
        Limit("text", "4096 characters", SOURCE),
        Limit("caption", "1024 characters", SOURCE),
        Limit("inline keyboard", "100 buttons, 8 in a row", SOURCE),
        Limit("callback_data", "1–64 bytes", SOURCE),
        Limit("button label", "64 characters", "our own choice; the platform names no limit", certain=False),
        Limit("buttons below a picture", "4 of a card", "our own choice"),
        Limit("file by address", "pictures 5 MB, all else 20 MB; of documents PDF", SOURCE),
        Limit("album", "2–10 pictures", SOURCE),
        Limit("invoice", "title 32, description 255 characters, payload 128 bytes; 10 s for our answer", SOURCE),
        Limit(
            "invoice's amount", "by currency; about 1 to 10,000 US dollars", "Telegram's currencies.json", certain=False
        ),
        Limit("pace", "1 message/s in one chat (we let 4 go at once), 30/s over all", "Telegram's bot FAQ"),
        Limit("free text", "no window; the shopper must have pressed Start", "Telegram's bot FAQ"),
    )
    media_hosts = ("api.telegram.org",)
    signing_config = ("secret_token",)
    desk = "https://t.me/BotFather"
    can_announce = True
    steps = (
        _(
            "In Telegram, open the chat with @BotFather, send /newbot and choose a name. It answers with the bot's token."
        ),
        _("Copy the token into the field below, and the bot's user name."),
        _("Think of a secret token of your own: letters, digits, _ and -, at least twenty. Save."),
        _("Press “Enter our address there”. Telegram has no form for it; we enter the address below for you."),
        _("Press “Check now”, then open the bot and press Start."),
    )

    def probe(self, config: Mapping[str, Any], *, address: str) -> list[Finding]:
        me = mapping(_ask("getMe", config))
        here, there = str(config.get("username") or "").lstrip("@"), text(me.get("username"))
        found = [findings.ok("connected", name=f"@{there}" if there else text(me.get("first_name")))]
        if here and there and here.lower() != there.lower():
            found.append(findings.wrong("another_account", setting="username", here=here, there=there))
        needed = (*NEEDED_UPDATES, PAYING_UPDATE) if config.get("provider_token") else NEEDED_UPDATES
        return [*found, _webhook(mapping(_ask("getWebhookInfo", config)), address, needed)]

    def announce(self, config: Mapping[str, Any], *, address: str) -> None:
        call = {"url": address, "secret_token": str(config.get("secret_token") or ""), "allowed_updates": list(UPDATES)}
        _ask("setWebhook", config, **call)

    def verify(self, request: WebhookRequest, config: Mapping[str, Any]) -> None:
        secret = str(config.get("secret_token") or "")
        if not secret:
            raise NotConfigured("secret_token is missing")
        given = header_bytes(request.headers, "x-telegram-bot-api-secret-token")
        if not hmac.compare_digest(given, secret.encode()):
            raise Forged("X-Telegram-Bot-Api-Secret-Token does not match")

    def parse(self, request: WebhookRequest, config: Mapping[str, Any]) -> list[ChannelEvent]:
        return parse_webhook(request.body)

    def takes_bill(self, bill: Bill, config: Mapping[str, Any], to: Recipient) -> bool:
        """Telegram lets only what is sent in a parcel be sold for money, and takes it at once: what is handed over in the
        chat costs Stars there. https://core.telegram.org/bots/payments-stars
        """
        units = smallest_units(Decimal(bill.total), bill.currency)
        token = str(config.get("provider_token") or "")
        if TEST in token and not config.get("api_base"):  # nothing in the news of a payment says that it was no money
            return False
        if not token or not bill.is_goods or bill.is_reserved or units is None:
            return False
        return is_within(units, bill.currency)

    def acknowledge(
        self, request: WebhookRequest, config: Mapping[str, Any], *, refusal: str | None = None
    ) -> WebhookReply:
        """Telegram takes one method call in the answer: stop the button's spinner, say whether an invoice may be paid."""
        if b'"callback_query"' not in request.body and b'"pre_checkout_query"' not in request.body:
            return WebhookReply()
        try:
            update = read_json(request.body)
        except Malformed:
            return WebhookReply()
        call: dict[str, Any] = {}
        if tapped := text(mapping(update.get("callback_query")).get("id")):
            call = {"method": "answerCallbackQuery", "callback_query_id": tapped}
        elif asked := text(mapping(update.get("pre_checkout_query")).get("id")):
            call = {"method": "answerPreCheckoutQuery", "pre_checkout_query_id": asked, "ok": refusal == ""}
            if refusal != "":
                call["error_message"] = refusal or "Please pay by the link in this chat."
        return WebhookReply(body=json.dumps(call).encode(), content_type="application/json") if call else WebhookReply()

    def render(self, content: Content, *, language: str) -> list[WireMessage]:
        return [_wire(piece) for piece in render(content, self.capability, language=language)]

    def address(self, wire: WireMessage, to: Recipient, config: Mapping[str, Any], *, key: str = "") -> WireMessage:
        chat = whole(to.external_id)
        body = {"chat_id": to.external_id if chat is None else chat, **wire.body}
        if wire.path == INVOICE:
            body["provider_token"] = str(config.get("provider_token") or "")
        quoted = whole(to.quotes)
        if quoted is not None and "action" not in body:  # "typing" answers nothing
            body["reply_parameters"] = {"message_id": quoted, "allow_sending_without_reply": True}
        return WireMessage(body=body, path=wire.path, text=wire.text)

    def send(
        self, wire: WireMessage, to: Recipient, config: Mapping[str, Any], *, key: str, timeout: float = 10.0
    ) -> Sent:
        call = self.address(wire, to, config, key=key)
        answer = http.post(f"{_bot(config)}/{call.path}", json_body=call.body, timeout=timeout)
        if answer.is_ok and answer.body.get("ok") is True:
            result = answer.body.get("result")
            first = result[0] if isinstance(result, list) and result else result
            return Sent(text(mapping(first).get("message_id")), answer.body)
        if answer.is_ok and not answer.is_json:
            raise SendFailed(ErrorClass.AMBIGUOUS, "the answer was cut")
        raise SendFailed(
            self.classify_error(answer.status, answer.body),
            (text(answer.body.get("description")) or f"HTTP {answer.status}")[:300],
            retry_after=number(mapping(answer.body.get("parameters")).get("retry_after")) or answer.retry_after,
            code=text(answer.body.get("error_code")) or str(answer.status),
        )

    def classify_error(self, status: int, body: Mapping[str, Any]) -> ErrorClass:
        told = whole(body.get("error_code"))
        code = told or status
        words = text(body.get("description")).lower()
        if code == 403:
            return ErrorClass.OPTED_OUT
        if code == 404:
            return ErrorClass.AUTH
        if code == 400 and ("chat not found" in words or "user is deactivated" in words):
            return ErrorClass.UNREACHABLE
        # Telegram's own "ok": false is an unsuccessful request (core.telegram.org/bots/api#making-requests); a call has
        # no name there.
        return http.meaning_of(code, is_repeatable=told is not None)

    def media_request(self, media: MediaRef, config: Mapping[str, Any]) -> MediaRequest:
        answer = http.post(f"{_bot(config)}/getFile", json_body={"file_id": media.external_id}, timeout=10)
        path = text(mapping(answer.body.get("result")).get("file_path"))
        if not answer.is_ok or not re.fullmatch(r"[\w./-]{1,400}", path) or ".." in path:
            raise SendFailed(self.classify_error(answer.status, answer.body), "no file")
        return MediaRequest(f"{_base(config)}/file/bot{config['bot_token']}/{path}")

    def deep_link(self, token: str, config: Mapping[str, Any]) -> str:
        thread = self.thread_link(config)
        return f"{thread}?start={token}" if thread and re.fullmatch(r"[\w-]{1,64}", token) else ""

    def thread_link(self, config: Mapping[str, Any]) -> str:
        username = str(config.get("username") or "").lstrip("@")
        return f"https://t.me/{username}" if username else ""


def _ask(method: str, config: Mapping[str, Any], **values: Any) -> Any:
    """The result of a call that sends no message. Raises `SendFailed`."""
    answer = http.post(f"{_bot(config)}/{method}", json_body=values, timeout=10)
    if answer.is_ok and answer.body.get("ok") is True:
        return answer.body.get("result")
    said = text(answer.body.get("description")) or f"HTTP {answer.status}"
    raise SendFailed(Telegram().classify_error(answer.status, answer.body), said[:300])


def _webhook(info: Mapping[str, Any], address: str, needed: tuple[str, ...]) -> Finding:
    """https://core.telegram.org/bots/api#webhookinfo"""
    found = findings.webhook(text(info.get("url")), ours=address)
    if found.level is not Level.OK:
        return found
    asked = [text(name) for name in items(info.get("allowed_updates"))]
    lacking = [name for name in UPDATES if asked and name not in asked]
    if set(lacking) & set(needed):
        return findings.wrong("not_subscribed", names=", ".join(lacking))
    failed = text(info.get("last_error_message"))
    if failed and whole(info.get("pending_update_count")):  # old trouble that is over says nothing
        return findings.warning("webhook_failing", said=failed[: findings.LONGEST_FACT])
    return findings.warning("not_subscribed", names=", ".join(lacking)) if lacking else found


def _base(config: Mapping[str, Any]) -> str:
    return str(config.get("api_base") or API_BASE).rstrip("/")


def _bot(config: Mapping[str, Any]) -> str:
    token = config.get("bot_token")
    if not token:
        raise SendFailed(ErrorClass.AUTH, "bot_token is missing")
    return f"{_base(config)}/bot{token}"


def _wire(piece: Piece) -> WireMessage:
    if piece.bill is not None and piece.link is not None:
        plain = _wire(replace(piece, bill=None))
        invoice = {**_invoice(piece.bill, piece.text), **_pay_keyboard(piece.bill, piece.link, piece.buttons)}
        return WireMessage(path=INVOICE, body=invoice, text=plain.text, instead=plain)
    if piece.is_typing:
        return WireMessage(path="sendChatAction", body={"action": "typing"})
    if piece.gallery:
        album = [{"type": "photo", "media": url} for url in piece.gallery]
        return WireMessage(
            path="sendMediaGroup", body={"media": album}, text=piece.plain, instead=_words(piece.plain, {})
        )
    markup = _keyboard(piece)
    if piece.file:
        body: dict[str, Any] = {FIELDS.get(piece.file.media_type, "document"): piece.file.url}
        if piece.text:
            body["caption"] = piece.text
        path = METHODS.get(piece.file.media_type, "sendDocument")
        address = link_text(piece.file.alt or piece.file.filename, piece.file.url)
        by_address = _words(paragraphs(piece.text, address), markup)
        return WireMessage(path=path, body={**body, **markup}, text=piece.plain, instead=by_address)
    return replace(_words(piece.text, markup), text=piece.plain)


def _words(said: str, markup: dict[str, Any]) -> WireMessage:
    body = {"text": said, "link_preview_options": {"is_disabled": True}, **markup}
    return WireMessage(path="sendMessage", body=body, text=said)


def _invoice(bill: Bill, words: str) -> dict[str, Any]:
    """`start_parameter`: whoever gets it forwarded opens the bot with it and cannot pay it."""
    return {
        "title": shorten(bill.title, TITLE),
        "description": shorten(words, DESCRIPTION) or bill.title,
        "payload": bill.reference,
        "currency": bill.currency,
        "prices": [{"label": _label_of(line), "amount": _units(line, bill.currency)} for line in bill.lines],
        "start_parameter": "pay",
    }


def _label_of(line: BillLine) -> str:
    return f"{line.quantity} × {line.label}" if line.quantity > 1 else line.label


def _units(line: BillLine, currency: str) -> int:
    amount = Decimal(line.amount)
    units = smallest_units(-amount if line.role == "discount" else amount, currency)
    if units is None:
        raise ValueError(f"{line.amount} {currency} is no amount of Telegram's")
    return units


def _pay_keyboard(bill: Bill, link: Link, buttons: tuple[Button, ...]) -> dict[str, Any]:
    """The first button of an invoice pays it; the page stays beside it."""
    rows = [[{"text": link.label, "pay": True}], [{"text": bill.page_label or link.label, "url": link.url}]]
    return {"reply_markup": {"inline_keyboard": [*rows, *_rows(buttons)]}}


def _keyboard(piece: Piece) -> dict[str, Any]:
    if piece.asks_for:
        wanted = "request_location" if piece.asks_for == "location" else "request_contact"
        label = "📍" if piece.asks_for == "location" else "📱"
        # A keyboard of this kind sends the words that stand on it: they pick what a token would.
        others = [[{"text": button.full_label or button.label}] for button in piece.buttons]
        keys = [[{"text": label, wanted: True}], *others]
        return {"reply_markup": {"keyboard": keys, "resize_keyboard": True, "one_time_keyboard": True}}
    rows: list[list[dict[str, Any]]] = []
    if piece.link:
        rows.append([{"text": piece.link.label, "url": piece.link.url}])
    rows += _rows(piece.buttons)
    return {"reply_markup": {"inline_keyboard": rows}} if rows else {}


def _rows(buttons: tuple[Button, ...]) -> list[list[dict[str, Any]]]:
    """Short labels share a row; a long one has its own."""
    rows: list[list[dict[str, Any]]] = []
    used = ROW_UNITS + 1
    for button in buttons:
        width = sum(2 if ord(char) > 0x2E7F else 1 for char in button.label) + 2
        if used + width > ROW_UNITS or len(rows[-1]) == ROW_BUTTONS:
            rows.append([])
            used = 0
        rows[-1].append({"text": button.label, "callback_data": _payload(button.payload)})
        used += width
    return rows


def _payload(payload: str) -> str:
    """At most 64 bytes; tokens are far shorter, only an untokened preview can be cut."""
    return payload.encode("utf-8")[:64].decode("utf-8", "ignore")
