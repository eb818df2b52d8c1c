"""Viber's REST Bot API: one account's thread with each subscriber. Every refusal is a `status` inside a 200."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

from django.utils.translation import gettext_lazy as _

from apps.messaging import findings, http
from apps.messaging.channel import (
    Capability,
    Channel,
    ErrorClass,
    Forged,
    Limit,
    MediaRequest,
    NotConfigured,
    Recipient,
    SendFailed,
    Sent,
    WebhookRequest,
    WireMessage,
)
from apps.messaging.content import Content
from apps.messaging.events import ChannelEvent, MediaRef
from apps.messaging.findings import Finding
from apps.messaging.platforms.viber.events import parse_webhook
from apps.messaging.platforms.viber.forms import CARDS, asking_keyboard, carousel, keyboard
from apps.messaging.reading import header_bytes, text, whole
from apps.messaging.rendering import File, Piece, render, shorten, wording

API_BASE = "https://chatapi.viber.com/pa"
SOURCE = "developers.viber.com: REST Bot API, Keyboards"
SENDER = 28  # characters of a sender's name
TEXT, CAPTION, LABEL = 7000, 512, 60
CARD_VERSION, ASKING_VERSION = 7, 3  # what the shopper's app must know at least
# developers.viber.com "Error Codes"
MEANINGS: dict[int, ErrorClass] = {
    2: ErrorClass.AUTH,  # the token
    5: ErrorClass.UNREACHABLE,  # no such receiver
    6: ErrorClass.OPTED_OUT,  # not subscribed, or not any more
    7: ErrorClass.AUTH,  # the account is blocked
    8: ErrorClass.AUTH,  # no such account
    9: ErrorClass.AUTH,  # the account is suspended
    10: ErrorClass.AUTH,  # no webhook is set: nothing may be sent then
    11: ErrorClass.UNREACHABLE,  # the receiver's device takes no messages of accounts
    12: ErrorClass.RETRY_AFTER,
    15: ErrorClass.AUTH,
    21: ErrorClass.POLICY,  # not in this country
    23: ErrorClass.POLICY,  # the free messages are used up
    24: ErrorClass.POLICY,  # no balance
}
# What Viber is asked to tell; messages it always does.
EVENTS = ("delivered", "seen", "failed", "subscribed", "unsubscribed", "conversation_started")
GENERAL = 99  # from here on "general error": Viber's own trouble


class Viber(Channel):
    kind = "viber"
    label = "Viber"
    required_config = ("auth_token",)
    secret_config = ("auth_token",)
    config_help: ClassVar[Mapping[str, Any]] = {
        "auth_token": _("The bot's token, from its page in Viber; signs webhooks and sends."),
        "sender_name": _("The name over each message, at most 28 characters."),
        "chat_uri": _("The bot's name in its address (viber://pa?chatURI=…); for links and QR codes."),
        "api_base": _("Another address than https://chatapi.viber.com/pa (proxies, emulators)."),
    }
    capability = Capability(
        text=TEXT,
        choice_text=4000,
        buttons=12,
        button_label=LABEL,
        payload=250,
        slides=CARDS,
        least_slides=1,
        card_buttons=2,
        link_buttons=1,
        has_mixed_buttons=True,
        media=("image",),  # of other files it wants the size told, which nobody knows here
        caption=CAPTION,
        requests=("location", "phone"),
        asks_beside=True,
        receipts=("delivered", "read", "failed"),
        source=SOURCE,
    )
    limits = (
        Limit("text", "7000 characters; the whole call 30 kB of JSON", SOURCE),
        Limit("text beside a keyboard", "4000 characters", "our own choice, so that a call stays below 30 kB"),
        Limit("picture", "JPEG, PNG or still GIF of 1 MB", SOURCE),
        Limit("caption", "512 characters", "Infobip's page on Viber bots; Viber's names 768", certain=False),
        Limit("keyboard", "6 columns, 12 rows", SOURCE, certain=False),
        Limit("button", "250 characters, HTML marks included; we use 60", SOURCE),
        Limit("marks in a button's words", "&lt; and &amp; are taken as HTML", SOURCE, certain=False),
        Limit("what a button sends", "250 characters", "our own choice; the platform names no limit", certain=False),
        Limit("cards", "6 in a message, each 6 columns by 7 rows", SOURCE),
        Limit("buttons on a card", "2", "our own choice"),
        Limit("films and documents", "their size would have to be told: by a link", SOURCE),
        Limit("sender's name", "28 characters", SOURCE),
        Limit(
            "free text",
            "no window, to subscribers: whoever has written once. Who only opened the thread gets one message",
            SOURCE,
        ),
        Limit("accounts", "on commercial terms since 5 February 2024", SOURCE),
    )
    media_hosts = (".viber.com",)
    signing_config = ("auth_token",)
    desk = "https://partners.viber.com/"
    can_announce = True
    steps = (
        _("Viber makes bots on commercial terms: ask Viber or one of its partners for one in your shop's name."),
        _(
            "In Viber's partner desk, open the bot under “Edit info”: copy its token and its URI into the fields below. Save."
        ),
        _("Press “Enter our address there”: Viber tries it at once, so the shop has to be reachable."),
        _("Come back and press “Check now”, then write to the bot from your own Viber."),
    )
    is_reopened_by_writing = True  # the first message makes a subscriber, without a word of Viber's about it

    def settled(self, config: Mapping[str, Any], *, address: str, shop: str) -> dict[str, Any]:
        return {**config, "sender_name": str(config.get("sender_name") or shop)[:SENDER]}

    def probe(self, config: Mapping[str, Any], *, address: str) -> list[Finding]:
        me = self._asked("get_account_info", {}, config)
        connected = findings.ok("connected", name=text(me.get("name")) or text(me.get("uri")))
        return [connected, findings.webhook(text(me.get("webhook")), ours=address)]

    def announce(self, config: Mapping[str, Any], *, address: str) -> None:
        wanted = {"url": address, "event_types": list(EVENTS), "send_name": True, "send_photo": False}
        self._asked("set_webhook", wanted, config)

    def verify(self, request: WebhookRequest, config: Mapping[str, Any]) -> None:
        token = str(config.get("auth_token") or "")
        if not token:
            raise NotConfigured("auth_token is missing")
        given = header_bytes(request.headers, "x-viber-content-signature")
        expected = hmac.new(token.encode(), request.body, hashlib.sha256).hexdigest().encode()
        if not hmac.compare_digest(given, expected):
            raise Forged("X-Viber-Content-Signature does not match")

    def parse(self, request: WebhookRequest, config: Mapping[str, Any]) -> list[ChannelEvent]:
        return parse_webhook(request.body)

    def render(self, content: Content, *, language: str) -> list[WireMessage]:
        """Only the latest message's keyboard is shown, so what an earlier one would offer is told in its words."""
        pieces = render(content, self.capability, language=language)
        last = len(pieces) - 1
        return [_wire(piece, is_last=place == last) for place, piece in enumerate(pieces)]

    def address(self, wire: WireMessage, to: Recipient, config: Mapping[str, Any], *, key: str = "") -> WireMessage:
        name = str(config.get("sender_name") or "Shop")[:SENDER]
        head = {"receiver": to.external_id, "sender": {"name": name}}
        return WireMessage(body={**head, **wire.body}, path="send_message", text=wire.text)

    def send(
        self, wire: WireMessage, to: Recipient, config: Mapping[str, Any], *, key: str, timeout: float = 10.0
    ) -> Sent:
        call = self.address(wire, to, config, key=key)
        taken = self._asked(call.path, call.body, config, timeout=timeout)
        named = text(taken.get("message_token"))
        if not named:
            raise SendFailed(ErrorClass.AMBIGUOUS, "accepted without a name")
        return Sent(named, taken)

    def _asked(
        self, path: str, body: Mapping[str, Any], config: Mapping[str, Any], *, timeout: float = 10.0
    ) -> dict[str, Any]:
        """The answer to one call that was taken. Raises `SendFailed`."""
        token = str(config.get("auth_token") or "")
        if not token:
            raise SendFailed(ErrorClass.AUTH, "auth_token is missing")
        base = str(config.get("api_base") or API_BASE).rstrip("/")
        headers = {"X-Viber-Auth-Token": token}
        answer = http.post(f"{base}/{path}", json_body=body, headers=headers, timeout=timeout)
        status = whole(answer.body.get("status"))
        if answer.is_ok and status == 0:
            return answer.body
        if answer.is_ok and status is None:
            raise SendFailed(ErrorClass.AMBIGUOUS, "the answer was cut")
        raise SendFailed(
            self.classify_error(answer.status, answer.body),
            (text(answer.body.get("status_message")) or f"HTTP {answer.status}")[:300],
            retry_after=answer.retry_after,
            code=str(answer.status if status is None else status),
        )

    def classify_error(self, status: int, body: Mapping[str, Any]) -> ErrorClass:
        code = whole(body.get("status"))
        if code is not None and code in MEANINGS:
            return MEANINGS[code]
        if code is not None and code >= GENERAL:
            return ErrorClass.RETRY
        # Any `status` but 0 is Viber's own word that the call failed ("Error Codes"); a call has no name there.
        return http.meaning_of(status, is_repeatable=code is not None)

    def media_request(self, media: MediaRef, config: Mapping[str, Any]) -> MediaRequest:
        if not media.url:
            raise SendFailed(ErrorClass.BAD_REQUEST, "no address")
        return MediaRequest(media.url)

    def deep_link(self, token: str, config: Mapping[str, Any]) -> str:
        thread = self.thread_link(config)
        return f"{thread}&context={quote(token)}" if thread else ""

    def thread_link(self, config: Mapping[str, Any]) -> str:
        name = str(config.get("chat_uri") or "")
        return f"viber://pa?chatURI={quote(name)}" if name else ""


def _wire(piece: Piece, *, is_last: bool) -> WireMessage:
    """One message. A link stands in the words, where it stays, and on a key, where it is quickest."""
    if piece.slides:
        return _cards(piece)
    if piece.file is not None:
        return _file(piece, piece.file, is_last=is_last)
    if piece.asks_for:
        asking = asking_keyboard(piece.asks_for, piece.buttons)
        body = {**_text(piece.text), "keyboard": asking, "min_api_version": ASKING_VERSION}
        bare = WireMessage(body={**_text(piece.text), **_keys(piece)}, text=piece.plain)
        return WireMessage(body=body, text=piece.plain, instead=bare)
    if not is_last:
        return WireMessage(body=_text(piece.plain), text=piece.plain)
    link = wording.link_text(piece.link.label, piece.link.url) if piece.link else ""
    body = _text(wording.paragraphs(piece.text, link))
    return WireMessage(body={**body, **_keys(piece)}, text=piece.plain)


def _keys(piece: Piece) -> dict[str, Any]:
    return {"keyboard": keyboard(piece.buttons, piece.link)} if piece.buttons or piece.link else {}


def _file(piece: Piece, file: File, *, is_last: bool) -> WireMessage:
    """A picture, and its address where Viber refuses it."""
    keys = _keys(piece) if is_last else {}
    said = piece.text if is_last or not piece.buttons else piece.plain
    named = wording.link_text(file.alt or file.filename, file.url)
    body = _text(said if named in said else wording.paragraphs(said, named))
    by_address = WireMessage(body={**body, **keys}, text=body["text"])
    if not _is_picture(file.url):
        return by_address
    picture = {"type": "picture", "text": said if said == piece.text else shorten(said, CAPTION), "media": file.url}
    return WireMessage(body={**picture, **keys}, text=piece.plain, instead=by_address)


def _is_picture(url: str) -> bool:
    return not urlsplit(url).path.lower().endswith((".webp", ".avif", ".svg"))


def _text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def _cards(piece: Piece) -> WireMessage:
    """Cards side by side, and keys below; where the shopper's app is too old for cards, the same in words."""
    keys = _keys(piece)
    rich = {
        "type": "rich_media",
        "min_api_version": CARD_VERSION,
        "alt_text": piece.plain,
        "rich_media": carousel(piece.slides),
    }
    plain = WireMessage(body={**_text(piece.plain), **keys}, text=piece.plain)
    return WireMessage(body={**rich, **keys}, text=piece.plain, instead=plain)
