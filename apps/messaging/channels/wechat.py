"""WeChat official accounts: calls in XML, answers over the customer service interface, five to each message."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

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
    TemplateRef,
    WebhookReply,
    WebhookRequest,
    WireMessage,
)
from apps.messaging.content import Content
from apps.messaging.events import ChannelEvent, MediaRef
from apps.messaging.findings import Finding
from apps.messaging.platforms.wechat import api as wechat_api
from apps.messaging.platforms.wechat.envelope import is_signed, read_xml, unsealed
from apps.messaging.platforms.wechat.events import events_of
from apps.messaging.platforms.wechat.pictures import media_id_of
from apps.messaging.reading import text, whole
from apps.messaging.rendering import File, Piece, render, shorten
from apps.messaging.wordings import fits

SEND, TYPING = "cgi-bin/message/custom/send", "cgi-bin/message/custom/typing"
TEMPLATE, NOTICE = "cgi-bin/message/template/send", "cgi-bin/message/subscribe/bizsend"
SUBSCRIPTION = "subscription"  # what `notices` says where notifications are subscribed to one by one
TYPED_ALREADY = frozenset({45080, 45081})  # nobody wrote just now, or it is shown already
FRESH_SECONDS = 600  # how old a signature may be that does not cover what it comes with
LANGUAGE = "zh-hans"
TEXT = 2048  # bytes
TITLE = 64  # characters of an article's
SCENE = 64
FIELD = re.compile(r"\{\{\s*(\w+)\.DATA\s*\}\}")
PLACE = re.compile(r"\{\{\s*(\d+)\s*\}\}")
ROOM = {
    "thing": 20,
    "character_string": 32,
    "letter": 32,
    "number": 32,
    "phone_number": 17,
    "name": 20,
    "const": 20,
    "phrase": 5,
}
ANCHOR = re.compile(r"<(?=\s*/?\s*a\b)", re.IGNORECASE)
GUIDE = "developers.weixin.qq.com: Customer service messages"  # /doc/service/en/guide/product/kf/intro.html
CODES = "developers.weixin.qq.com: Global return codes"


class WeChat(Channel):
    kind = "wechat"
    label = "WeChat"
    required_config = ("token", "app_id", "app_secret")
    secret_config = ("token", "app_secret", "encoding_aes_key")
    config_help: ClassVar[Mapping[str, Any]] = {
        "token": _("Your own word of 3–32 letters and digits, typed into WeChat's server settings; signs webhooks."),
        "app_id": _("The account's AppID, wx…."),
        "app_secret": _("The account's AppSecret."),
        "encoding_aes_key": _(
            "The 43 letters of the EncodingAESKey. With it only calls in safe (or compatible) mode are taken; use it: "
            "without it the signature does not cover what a call says."
        ),
        "original_id": _("The account's original ID, gh_…; calls for another account are left alone."),
        "language": _("What a shopper is taken to speak until they write otherwise; zh-hans unless told."),
        "notices": _(
            "How orders' news are sent after 48 hours: template (template messages, the default) or subscription "
            "(notifications shoppers subscribe to one by one)."
        ),
        "api_base": _("Another address than https://api.weixin.qq.com (proxies, emulators)."),
    }
    makes_codes = True
    capability = Capability(
        text=TEXT,
        text_unit="bytes",
        choice_text=980,
        buttons=12,
        button_label=28,
        has_mixed_buttons=True,
        media=("image",),
        caption=170,
        pictured_cards=2,
        further_pictures=0,
        has_typing=True,
        has_templates=True,
        window_hours=48,
        replies=5,
        brief_seconds=60,
        brief_replies=3,
        source=GUIDE,
    )
    limits = (
        Limit("text", "2048 bytes", CODES + " (45002 names no figure)", certain=False),
        Limit("free text", "48 hours after the shopper's last message, 5 messages", GUIDE),
        Limit(
            "after a tap, a menu's entry, following or a scan",
            "3 messages within 60 seconds; they add nothing to the 5. An answer of ours with choices is at most 3",
            GUIDE,
        ),
        Limit("menu message", "no limit told; ours: 12 choices of 28 characters under 980 bytes", "our own choice", False),
        Limit("menu message", "verified accounts only (40200); the others get typed numbers", CODES, certain=False),
        Limit("menu message's id", "comes back as written; hearsay says only digits do", "developers.weixin.qq.com/community", False),
        Limit("article", "1 in a message; ours: title 64, description 170 characters", GUIDE),
        Limit("picture", "10 MB, JPG, PNG, GIF or BMP; kept for 3 days", "developers.weixin.qq.com: Temporary material"),
        Limit("pictures of a page of hits", "2, the others follow in words", "our own choice"),
        Limit("template message", "each value by its kind: thing 20, character_string 32, phrase 5", "developers.weixin.qq.com: Template messages"),
        Limit("receipts", "for template messages only", "developers.weixin.qq.com: Template messages"),
        Limit("our answer to a webhook", "5 seconds, three tries", "developers.weixin.qq.com: Receiving standard messages"),
        Limit("scene of a QR code", "64 characters; 100,000 lasting ones", "developers.weixin.qq.com: QR code with parameters"),
        Limit("video of a shopper", "behind an address of its own, whose host no page names", "our own reading", certain=False),
    )  # fmt: skip
    signing_config = ("token", "encoding_aes_key")
    desk = "https://mp.weixin.qq.com/"
    steps = (
        _(
            "In mp.weixin.qq.com, sign in with a verified service account and open Settings and development → Basic configuration."
        ),
        _(
            "Copy the AppID and the AppSecret into the fields below, and put your server's own address on the IP white list there."
        ),
        _(
            "Under Server configuration, invent a token, have an EncodingAESKey made and choose the safe mode; write both below, with the original ID (gh_…) of Account details. Save."
        ),
        _("Only then enter the address below there and switch the server on: WeChat checks it at once."),
        _("Come back and press “Check now”, then write to the account from your own WeChat."),
    )
    media_hosts = ("api.weixin.qq.com", ".qpic.cn", ".video.qq.com")

    def probe(self, config: Mapping[str, Any], *, address: str) -> list[Finding]:
        """WeChat tells nobody which address it calls; that it lends a token for these data is all that can be asked."""
        tokens.forget(*wechat_api.names_of(config))
        wechat_api.address_of("", config, timeout=10.0)
        return [findings.ok("connected", name=str(config["app_id"]))]

    def verify(self, request: WebhookRequest, config: Mapping[str, Any]) -> None:
        token = _token(config)
        if config.get("encoding_aes_key"):
            _opened(request, config)  # compatible mode brings the same in plain words, which nothing proves
            return
        asked = {name: request.query.get(name, "") for name in ("signature", "timestamp", "nonce")}
        if not is_signed(asked["signature"], token, asked["timestamp"], asked["nonce"]):
            raise Forged("signature does not match")
        said_at = whole(asked["timestamp"])
        if said_at is None or abs(clock.now().timestamp() - said_at) > FRESH_SECONDS:
            raise Forged("an old signature, which may come with anything")
        if b"<Encrypt>" in request.body and b"<FromUserName>" not in request.body:
            raise NotConfigured("encoding_aes_key is missing")

    def handshake(self, request: WebhookRequest, config: Mapping[str, Any]) -> WebhookReply:
        asked = {name: request.query.get(name, "") for name in ("signature", "timestamp", "nonce", "echostr")}
        if not is_signed(asked["signature"], _token(config), asked["timestamp"], asked["nonce"]):
            raise Forged("signature does not match")
        return WebhookReply(body=asked["echostr"].encode("utf-8", "replace"))

    def parse(self, request: WebhookRequest, config: Mapping[str, Any]) -> list[ChannelEvent]:
        body = request.body
        if config.get("encoding_aes_key"):
            try:
                body = _opened(request, config)
            except (Forged, NotConfigured) as error:
                raise Malformed(str(error)) from error
        return events_of(
            read_xml(body),
            original_id=str(config.get("original_id") or ""),
            language=str(config.get("language") or LANGUAGE),
        )

    def acknowledge(
        self, request: WebhookRequest, config: Mapping[str, Any], *, refusal: str | None = None
    ) -> WebhookReply:
        """Whatever else it were would be shown to the shopper, or as a trouble of the account."""
        return WebhookReply(body=b"success")

    def render(self, content: Content, *, language: str) -> list[WireMessage]:
        pieces = render(content, self.capability, language=language)
        return [wire for piece in pieces for wire in _wires(piece)]

    def takes_values(self, body: str, count: int) -> bool:
        """By the wording's own fields where it has any; of plain numbers as everywhere."""
        names = set(FIELD.findall(body))
        return len(names) == count if names else fits(body, count)

    def render_template(self, template: TemplateRef, variables: tuple[str, ...]) -> list[WireMessage]:
        """The wording's own fields in their order, `{{thing1.DATA}}`; plain numbers stand for keyword1, keyword2 …"""
        names = list(dict.fromkeys(FIELD.findall(template.body)))
        names = names or [f"keyword{place}" for place in range(1, len(variables) + 1)]
        values = [" ".join(value.split()) or "–" for value in (*variables, *[""] * len(names))]
        data = {name: {"value": _fitted(name, value)} for name, value in zip(names, values, strict=False)}
        body = {"template_id": template.name, "data": data}
        shown = FIELD.sub(lambda found: str(data[found[1]]["value"]), template.body)
        shown = PLACE.sub(lambda found: _at(values, int(found[1])), shown)
        return [WireMessage(path=TEMPLATE, body=body, text=shown)]

    def address(self, wire: WireMessage, to: Recipient, config: Mapping[str, Any], *, key: str = "") -> WireMessage:
        path = NOTICE if wire.path == TEMPLATE and config.get("notices") == SUBSCRIPTION else wire.path
        return WireMessage(body={"touser": to.external_id, **wire.body}, path=path, text=wire.text)

    def send(
        self, wire: WireMessage, to: Recipient, config: Mapping[str, Any], *, key: str, timeout: float = 10.0
    ) -> Sent:
        """A message of words, cards or choices is named by the answer now and then only; nothing ever asks for it."""
        call = self.address(wire, to, config, key=key)
        body = call.body
        if address := text(body.get("image", {}).get("url")):
            body = {**body, "image": {"media_id": media_id_of(address, config, timeout=timeout)}}
        try:
            answer = wechat_api.call(call.path, config, json_body=body, timeout=timeout)
        except SendFailed as failure:
            if call.path == TYPING and whole(failure.code) in TYPED_ALREADY:
                return Sent("")
            raise
        if "errcode" not in answer:
            raise SendFailed(ErrorClass.AMBIGUOUS, "accepted without a word")
        return Sent(text(answer.get("msgid")), answer)

    def classify_error(self, status: int, body: Mapping[str, Any]) -> ErrorClass:
        return wechat_api.meaning_of(status, body)

    def media_request(self, media: MediaRef, config: Mapping[str, Any]) -> MediaRequest:
        if not re.fullmatch(r"[\w-]{1,250}", media.external_id):
            raise SendFailed(ErrorClass.BAD_REQUEST, "no file")
        path = f"cgi-bin/media/get?media_id={media.external_id}"
        if media.media_type != "video":
            return MediaRequest(wechat_api.address_of(path, config, timeout=10))
        return MediaRequest(_video_at(path, config))

    def check_file(self, content: bytes, config: Mapping[str, Any]) -> None:
        wechat_api.check_file(content, config)

    def make_code(self, word: str, config: Mapping[str, Any]) -> str:
        """As a scene of at most 64 characters; WeChat makes 100,000 lasting codes for an account. The address works in
        WeChat's scanner only. https://developers.weixin.qq.com/doc/offiaccount/Account_Management/Generating_a_Parametric_QR_Code.html
        """
        if not re.fullmatch(rf"[\w-]{{1,{SCENE}}}", word, re.ASCII):
            raise SendFailed(ErrorClass.BAD_REQUEST, "no scene can be called so")
        wanted = {"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": word}}}
        answer = wechat_api.call("cgi-bin/qrcode/create", config, json_body=wanted, timeout=10.0)
        address = text(answer.get("url"))
        if not address:
            raise SendFailed(ErrorClass.RETRY, "a code without an address")
        return address


def _token(config: Mapping[str, Any]) -> str:
    token = str(config.get("token") or "")
    if not token:
        raise NotConfigured("token is missing")
    return token


def _opened(request: WebhookRequest, config: Mapping[str, Any]) -> bytes:
    """What the envelope holds, once its signature is right. Raises `NotConfigured`, `Forged`."""
    app_id = str(config.get("app_id") or "")
    if not app_id:
        raise NotConfigured("app_id is missing")
    try:
        sealed = text(read_xml(request.body).get("Encrypt"))
    except Malformed as error:
        raise Forged("no envelope") from error
    given, *parts = (request.query.get(name, "") for name in ("msg_signature", "timestamp", "nonce"))
    if not sealed or not is_signed(given, _token(config), *parts, sealed):
        raise Forged("msg_signature does not match")
    return unsealed(sealed, key=str(config["encoding_aes_key"]), app_id=app_id)


def _video_at(path: str, config: Mapping[str, Any]) -> str:
    """A video's own address; asked for anew, once, where the token ended early. Raises `SendFailed`."""
    for _attempt in range(2):
        answer = http.get(wechat_api.address_of(path, config, timeout=10), timeout=10)
        if whole(answer.body.get("errcode")) not in wechat_api.STALE:
            break
        tokens.forget(*wechat_api.names_of(config))
    address = text(answer.body.get("video_url"))
    if not answer.is_ok or not address:
        raise wechat_api.failure_of(answer)
    own = str(config.get("api_base") or "")
    return address if own and address.startswith(own) else re.sub(r"^http://", "https://", address)


# --- wire forms -----------------------------------------------------------------------------------
def _wires(piece: Piece) -> list[WireMessage]:
    if piece.is_typing:
        return [WireMessage(path=TYPING, body={"command": "Typing"})]
    if piece.file:
        return [_card(piece.file, piece.text, piece.plain) if piece.text else _picture(piece.file)]
    return [_menu(piece) if piece.buttons else _as_text(piece.text)]


def _as_text(said: str) -> WireMessage:
    return WireMessage(path=SEND, body={"msgtype": "text", "text": {"content": _inert(said)}}, text=said)


def _menu(piece: Piece) -> WireMessage:
    """Where the account may not have menus, the same with numbers to type."""
    entries = [{"id": button.payload, "content": _inert(button.label)} for button in piece.buttons]
    menu = {"head_content": _inert(piece.text), "list": entries}
    body = {"msgtype": "msgmenu", "msgmenu": menu}
    return WireMessage(path=SEND, body=body, text=piece.plain, instead=_as_text(_typed(piece)))


def _typed(piece: Piece) -> str:
    """The menu in words: labels in full where there is room for them."""
    if len(piece.plain.encode()) <= TEXT:
        return piece.plain
    rows = [f"{button.number}. {button.label}" if button.number else f"• {button.label}" for button in piece.buttons]
    return "\n".join([piece.text, "", *rows])


def _card(file: File, said: str, plain: str) -> WireMessage:
    """A picture with words is an article; a tap on it opens the page of what it shows, or the picture itself."""
    head, _gap, words = said.rpartition("\n\n") if file.page else ("", "", said)
    line, _break, rest = words.partition("\n")
    title = shorten(line, TITLE)
    told = [head, rest.strip() if title == line else words]
    article = {
        "title": title,
        "description": "\n\n".join(filter(None, told)),
        "url": file.page or file.url,
        "picurl": file.url,
    }
    body = {"msgtype": "news", "news": {"articles": [article]}}
    return WireMessage(path=SEND, body=body, text=plain, instead=_as_text(plain))


def _picture(file: File) -> WireMessage:
    """Uploaded when it is sent; where it cannot be had, WeChat fetches it itself, in an article."""
    name = file.alt or file.filename or file.url
    article = _card(file, name, f"{name}: {file.url}")
    return WireMessage(
        path=SEND, body={"msgtype": "image", "image": {"url": file.url}}, text=article.text, instead=article
    )


def _inert(said: str) -> str:
    """WeChat makes links of `<a …>` in a text; ours are written out, and nobody else's are to be."""
    return ANCHOR.sub("[", said)


def _fitted(name: str, value: str) -> str:
    """No longer than WeChat lets a field of this kind be."""
    room = ROOM.get(name.rstrip("0123456789"))
    return shorten(value, room) if room else value


def _at(values: list[str], place: int) -> str:
    return values[place - 1] if 0 < place <= len(values) else ""
