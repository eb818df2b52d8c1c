"""QQ's official bots (API v2), threads between two. The bot answers and never begins: five times within an hour.

What the shopper tapped is acknowledged ahead of the first answer, by the worker: a webhook is answered without a call out.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from apps.merchants import clock
from apps.messaging import findings, http, tokens
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
from apps.messaging.content import Content, numbered
from apps.messaging.events import ChannelEvent, MediaRef
from apps.messaging.findings import Finding
from apps.messaging.platforms.qq.events import anchor, interaction_of, parse_webhook
from apps.messaging.platforms.qq.forms import ADDRESS, as_markdown, hosts_of, is_registered, keyboard, with_addresses
from apps.messaging.platforms.qq.keys import is_signed, signature, validation
from apps.messaging.reading import number, read_json, text, whole
from apps.messaging.rendering import render, wording

API_BASE = "https://api.sgroup.qq.com"
TOKEN_BASE = "https://bots.qq.com"  # noqa: S105 - an address
TOKEN_PATH = "app/getAppAccessToken"  # noqa: S105 - a path
SOURCE = "bot.q.qq.com: API v2 (tencent-connect/bot-docs)"
FRESH = 600.0  # seconds a signed call may be old
WORDS, MARKDOWN, MEDIA = 0, 2, 7  # msg_type
FILE_TYPES = {"image": 1, "video": 2}  # voice has to be silk there; other files are not open
DEDUPLICATED = 40054005  # the same msg_seq to the same message: the first attempt had arrived
REVIEWED = (304023, 304024)  # taken, and shown once somebody at QQ has looked at it
STALE_TOKEN = (11241, 11243, 11244)
SEQ_BITS = 0x7FFFFFFF
# Codes in our words: bot-docs "openapi" error codes, send.md; the eight-digit ones as other clients report them.
MEANINGS: dict[int, ErrorClass] = {
    **dict.fromkeys((20028, 22009), ErrorClass.RETRY_AFTER),
    **dict.fromkeys((11242, 11252, 11263, 11281), ErrorClass.RETRY),
    **dict.fromkeys((304022, 304026, 304027, 304103, 40034005, *range(40034024, 40034028)), ErrorClass.WINDOW_CLOSED),
    **dict.fromkeys((40034128, 40034100, 40034102, 40034105), ErrorClass.WINDOW_CLOSED),
    **dict.fromkeys((304031, 304032, 304034, 40054004, 40054013), ErrorClass.OPTED_OUT),
    **dict.fromkeys((304003, 40034028, 40054010, 304025, 40034006, 40054002), ErrorClass.POLICY),
    **dict.fromkeys((*STALE_TOKEN, 11251, 11253, 11254, 11261, 11265, 11275, 100016), ErrorClass.AUTH),
}


class QQ(Channel):
    kind = "qq"
    label = "QQ"
    required_config = ("app_id", "app_secret")
    secret_config = ("app_secret",)
    config_help: ClassVar[Mapping[str, Any]] = {
        "app_id": _("The bot's AppID at q.qq.com."),
        "app_secret": _("The bot's AppSecret; signs webhooks, and access tokens are lent for it."),
        "keyboards": _(
            "“custom” where QQ has granted the bot Markdown and custom buttons; else answers are typed numbers."
        ),
        "links": _("Names of the sites registered at q.qq.com for messages, with commas between; QQ shows no others."),
        "api_base": _("Another address than https://api.sgroup.qq.com (proxies, emulators)."),
    }
    capability = Capability(
        text=2000,
        media=tuple(FILE_TYPES),
        window_hours=1,
        replies=5,
        source=SOURCE,
    )
    limits = (
        Limit("text", "2000 characters", "our own choice; QQ names none", certain=False),
        Limit("answers", "5 to each of the shopper's messages, within 1 hour", SOURCE),
        Limit("messages unasked", "none since 21 April 2025", SOURCE),
        Limit("the same answer twice", "refused by msg_seq, which we make of the message", SOURCE),
        Limit("buttons", "5 rows of 5, for bots QQ has granted them; also Markdown", SOURCE),
        Limit("button", "20 characters, 10 where two share a row", "our own choice; QQ names none", certain=False),
        Limit("addresses", "registered at q.qq.com beforehand, or the message is refused (304003)", SOURCE),
        Limit(
            "addresses that are not registered",
            "sent without https://, and where QQ refuses even that, left out with a word about it",
            "our own choice",
            certain=False,
        ),
        Limit("picture", "PNG or JPEG by address; MP4; other files are not open to bots", SOURCE),
        Limit("acknowledging a tap", "before the phone stops waiting; goes ahead of the first answer", SOURCE),
        Limit("age of a signed call", "10 minutes", "our own choice"),
    )
    signing_config = ("app_secret",)
    desk = "https://q.qq.com/"
    steps = (
        _("At q.qq.com, register a bot for single chats and open its development settings."),
        _("Copy the AppID and the AppSecret into the fields below."),
        _(
            "Under message URLs, register the site of your shop, and name it under “Registered sites” below: QQ shows no other addresses, so without it nobody can pay. Save."
        ),
        _(
            "Enter the address below as the callback address: QQ tries it at once. Subscribe to the events of single chats."
        ),
        _("Come back and press “Check now”, then write to the bot from your own QQ."),
    )
    media_hosts = ("multimedia.nt.qq.com.cn", "gchat.qpic.cn", "qqbot.ugcimg.cn")

    def probe(self, config: Mapping[str, Any], *, address: str) -> list[Finding]:
        """QQ tells nobody which address it calls; that it lends a token for these data is all that can be asked."""
        Caller(config, 10.0).proves_itself()
        return [findings.ok("connected", name=str(config["app_id"]))]

    def verify(self, request: WebhookRequest, config: Mapping[str, Any]) -> None:
        """Only the trying out of the address comes unsigned; its answer proves us to QQ, and tells a stranger nothing."""
        secret = str(config.get("app_secret") or "")
        if not secret:
            raise NotConfigured("app_secret is missing")
        bot = request.headers.get("x-bot-appid", "")
        if bot and config.get("app_id") and bot != str(config["app_id"]):
            raise Forged("another bot's")
        given, stamp = request.headers.get("x-signature-ed25519", ""), request.headers.get("x-signature-timestamp", "")
        if not given and not stamp and _asked(request) is not None:
            return
        at = whole(stamp)
        if at is None or abs(clock.now().timestamp() - at) > FRESH:
            raise Forged("X-Signature-Timestamp is missing or old")
        if not is_signed(secret, stamp, request.body, given):
            raise Forged("X-Signature-Ed25519 does not match")

    def parse(self, request: WebhookRequest, config: Mapping[str, Any]) -> list[ChannelEvent]:
        return parse_webhook(request.body)

    def acknowledge(
        self, request: WebhookRequest, config: Mapping[str, Any], *, refusal: str | None = None
    ) -> WebhookReply:
        asked, answer = _asked(request), {"op": 12}
        if asked is not None:
            token, stamp = asked
            signed = signature(str(config.get("app_secret") or "-"), stamp, token.encode())
            return _json({"plain_token": token, "signature": signed})
        return _json(answer)

    def render(self, content: Content, *, language: str) -> list[WireMessage]:
        """Numbered words, whatever the bot was granted: an address is only known when it is sent (`address`)."""
        pieces = render(content, self.capability, language=language)
        with override(language):
            hidden = gettext("(QQ does not let this address be shown)")
            label, url = wording.link_of(content)
        choices = [[choice.label, choice.token or f"#{number}"] for number, choice in numbered(content)]
        wires = []
        for place, piece in enumerate(pieces):
            body: dict[str, Any] = {"content": piece.text, "hidden": hidden}
            if piece.file is not None:
                body["picture"] = [piece.file.media_type, piece.file.url]
            if place == len(pieces) - 1:
                body |= {"choices": choices, "link": [label, url] if url else None}
            otherwise = hidden if piece.text else ""  # of a picture alone, its address is all there is to say
            bare = WireMessage(body={"content": piece.plain, "hidden": otherwise, "is_bare": True}, text=piece.plain)
            has_more = body.get("picture") or body.get("choices") or ADDRESS.search(piece.plain)
            wires.append(WireMessage(body=body, text=piece.plain, instead=bare if has_more else None))
        return wires

    def address(self, wire: WireMessage, to: Recipient, config: Mapping[str, Any], *, key: str = "") -> WireMessage:
        """A picture is named by its address here; `send` puts what QQ calls it in its place."""
        hosts = hosts_of(str(config.get("links") or ""))
        body = {**_message(wire.body, hosts, has_keyboards=config.get("keyboards") == "custom"), **anchor(to.reply_to)}
        path = f"v2/users/{quote(to.external_id, safe='')}/messages"
        return WireMessage(body={**body, "msg_seq": sequence(key)}, path=path, text=wire.text, instead=wire.instead)

    def send(
        self, wire: WireMessage, to: Recipient, config: Mapping[str, Any], *, key: str, timeout: float = 10.0
    ) -> Sent:
        line = Caller(config, timeout)
        line.acknowledge(interaction_of(to.reply_to))
        call = self.address(wire, to, config, key=key)
        body = dict(call.body)
        if "media" in body:
            body["media"] = {"file_info": line.uploaded(call.path.removesuffix("messages") + "files", body["media"])}
        answer = line.post(call.path, body)
        code = _code(answer.body)
        if code == DEDUPLICATED:
            return Sent("", answer.body)
        named = text(answer.body.get("id"))
        if answer.is_ok and (named or code in REVIEWED):
            return Sent(named, answer.body)
        if answer.is_ok and not code:
            raise SendFailed(ErrorClass.AMBIGUOUS, "the answer was cut")
        raise self.failure(answer)

    def failure(self, answer: http.Answer) -> SendFailed:
        return SendFailed(
            self.classify_error(answer.status, answer.body),
            (text(answer.body.get("message")) or f"HTTP {answer.status}")[:300],
            retry_after=answer.retry_after,
            code=str(_code(answer.body) or answer.status),
        )

    def classify_error(self, status: int, body: Mapping[str, Any]) -> ErrorClass:
        code = _code(body)
        if code in MEANINGS:
            return MEANINGS[code]
        return http.meaning_of(status, is_repeatable=True)  # by msg_seq it knows a second attempt

    def media_request(self, media: MediaRef, config: Mapping[str, Any]) -> MediaRequest:
        if not media.url:
            raise SendFailed(ErrorClass.BAD_REQUEST, "no address")
        return MediaRequest(media.url)


class Caller:
    """The calls to QQ for one message, under a token that is lent."""

    def __init__(self, config: Mapping[str, Any], timeout: float) -> None:
        self.app, self.secret = str(config.get("app_id") or ""), str(config.get("app_secret") or "")
        self.timeout = timeout
        own = str(config.get("api_base") or "").rstrip("/")
        self.base, self.token_base = own or API_BASE, own or TOKEN_BASE
        if not self.app or not self.secret:
            raise SendFailed(ErrorClass.AUTH, "app_id or app_secret is missing")

    def post(self, path: str, body: Mapping[str, Any]) -> http.Answer:
        """Once more where QQ no longer knows the token it lent: nothing was taken then. Raises `SendFailed`."""
        answer = http.post(f"{self.base}/{path}", json_body=body, headers=self._headers(), timeout=self.timeout)
        if answer.status != 401 and _code(answer.body) not in STALE_TOKEN:
            return answer
        tokens.forget(self.app, self.secret, self.token_base)
        return http.post(f"{self.base}/{path}", json_body=body, headers=self._headers(), timeout=self.timeout)

    def acknowledge(self, interaction: str) -> None:
        """Told at each answer to the tap, as nobody remembers the first: QQ takes it twice. No answer waits for it."""
        if not interaction:
            return
        address = f"{self.base}/interactions/{quote(interaction, safe='')}"
        try:
            http.put(address, json_body={"code": 0}, headers=self._headers(), timeout=min(self.timeout, 3.0))
        except SendFailed as failure:
            if failure.error_class == ErrorClass.AUTH:
                raise

    def uploaded(self, path: str, media: Mapping[str, Any]) -> str:
        """What QQ calls the file at this address, nothing sent yet. Raises `SendFailed`: BAD_REQUEST says it without."""
        with http.saying_nothing():
            answer = self.post(path, {**media, "srv_send_msg": False})
        info = text(answer.body.get("file_info"))
        if answer.is_ok and info:
            return info
        refusal = QQ().failure(answer)
        if refusal.error_class in (ErrorClass.AUTH, ErrorClass.RETRY_AFTER):
            raise refusal
        raise SendFailed(ErrorClass.BAD_REQUEST, f"the file was not taken: {refusal.detail}"[:300], code=refusal.code)

    def proves_itself(self) -> None:
        """A fresh token for what is filled in now, whatever was lent before. Raises `SendFailed`."""
        tokens.forget(self.app, self.secret, self.token_base)
        self._headers()

    def _headers(self) -> dict[str, str]:
        token = tokens.token_for(self.app, self.secret, self.token_base, fetch=self._lent)
        return {"Authorization": f"QQBot {token}"}

    def _lent(self) -> tuple[str, float]:
        asked = {"appId": self.app, "clientSecret": self.secret}
        with http.saying_nothing():
            answer = http.post(f"{self.token_base}/{TOKEN_PATH}", json_body=asked, timeout=self.timeout)
        token, seconds = text(answer.body.get("access_token")), number(answer.body.get("expires_in"))
        if answer.is_ok and token:
            return token, seconds or 0.0
        if answer.status == 429 or answer.status >= 500 or not answer.is_json:
            raise SendFailed(ErrorClass.RETRY, f"no token: HTTP {answer.status}", retry_after=answer.retry_after)
        raise SendFailed(ErrorClass.AUTH, f"no token: {text(answer.body.get('message'))}"[:300])


def sequence(key: str) -> int:
    """msg_seq: the same for each attempt of one message, another for the next answer to the same words."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") & SEQ_BITS or 1


def _asked(request: WebhookRequest) -> tuple[str, str] | None:
    """(token, time) where QQ tries the address out."""
    if b"plain_token" not in request.body:
        return None
    try:
        return validation(read_json(request.body))
    except Malformed:
        return None


def _json(answer: Mapping[str, Any]) -> WebhookReply:
    return WebhookReply(body=json.dumps(answer).encode(), content_type="application/json")


def _code(body: Mapping[str, Any]) -> int:
    return whole(body.get("err_code")) or whole(body.get("code")) or 0


def _message(body: Mapping[str, Any], hosts: frozenset[str], *, has_keyboards: bool) -> dict[str, Any]:
    """One of: Markdown with buttons, a picture with words, words."""
    hidden = str(body.get("hidden") or "") if body.get("is_bare") else ""
    words = with_addresses(str(body["content"]), hosts, otherwise=hidden)
    link = body.get("link")
    jump = link if link and is_registered(link[1], hosts) else None
    if has_keyboards and (body.get("choices") or jump):
        rich = {"markdown": {"content": as_markdown(words)}, "keyboard": keyboard(body.get("choices") or [], jump)}
        return {"msg_type": MARKDOWN, **rich}
    if picture := body.get("picture"):
        media = {"file_type": FILE_TYPES[picture[0]], "url": picture[1]}
        return {"msg_type": MEDIA, "content": words or " ", "media": media}
    return {"msg_type": WORDS, "content": words}
