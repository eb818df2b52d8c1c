"""Apple Messages for Business through our own provider endpoint (MSP REST API): Apple posts to us, we post to Apple.

A call says who it is from, but not that its body is whole: nothing signs that but TLS. What a shopper's device can show
comes with their messages and decides how choices are drawn: as quick replies, as a list, or in words.
"""

import base64
import mimetypes
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import quote, unquote, urlencode, urlsplit

from django.utils.translation import gettext_lazy as _

from apps.merchants import clock
from apps.messaging import http, jwt_tokens
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
from apps.messaging.events import BEHIND, ChannelEvent, MediaRef
from apps.messaging.platforms.apple import files as apple_files
from apps.messaging.platforms.apple.events import CAPABILITIES, IN_THE_TEXT, parse_message, read_behind
from apps.messaging.platforms.apple.large import read_out
from apps.messaging.reading import header_bytes
from apps.messaging.rendering import Button, File, Layout, Link, Piece, render, shorten, size
from apps.messaging.rendering.wording import link_text, paragraphs

API_BASE = "https://mspgw.push.apple.com/v1"
ENTRY = "https://bcrw.apple.com/urn:biz:"
EXTENSION = (
    "com.apple.messages.MSMessageExtensionBalloonPlugin:0000000000:com.apple.icloud.apps.messages.business.extension"
)
SPEC = "register.apple.com/resources/messages/msp-rest-api"
COMPLIANCE = "help.webexconnect.io: Apple Messages for Business compliance updates (21 August 2026)"
NAMES = uuid.uuid5(uuid.NAMESPACE_URL, API_BASE)
UI_TEXT = 200  # characters of any one string that Apple draws itself
QUICK, QUICK_LEAST, QUICK_LABEL = 5, 2, 30
ROWS, ROW_LABEL, ROW_DETAIL = 50, 50, 100
MOST_LINES = 4  # of words that stand with their choices
CALL_LIVES = 3600.0  # seconds after its making that Apple's token is good
CHOICES = "choices"  # a wire message before it is known what the device can show


class Apple(Channel):
    kind = "apple"
    label = "Apple Messages"
    required_config = ("msp_id", "msp_secret", "business_id")
    secret_config = ("msp_secret",)
    config_help: ClassVar[Mapping[str, Any]] = {
        "msp_id": _("Your messaging service provider's id at Apple Business Register."),
        "msp_secret": _("The provider's API secret, as Apple shows it (Base64); signs calls both ways."),
        "business_id": _("The Messages for Business id of the shop, with or without urn:biz:."),
        "api_base": _("Another address than https://mspgw.push.apple.com/v1 (proxies, emulators)."),
    }
    capability = Capability(
        text=3000,
        buttons=QUICK,
        button_label=QUICK_LABEL,
        payload=UI_TEXT,
        list_rows=ROWS,
        row_label=ROW_LABEL,
        row_description=ROW_DETAIL,
        card_buttons=2,
        link_buttons=1,
        has_mixed_buttons=True,
        caption=3000,
        tells=("reactions",),
        source=SPEC,
    )
    limits = (
        Limit("text", "3000 characters", "infobip.com: Apple Messages for Business, message types", certain=False),
        Limit("quick replies", "2 to 5", f"{SPEC}: Quick Reply Message", certain=False),
        Limit("label of a quick reply", "30 characters", "our own choice; Apple draws up to 200"),
        Limit("list", "one choice out of 50 rows, title 50, subtitle 100", "our own choice"),
        Limit("any string Apple draws", "200 printable characters", COMPLIANCE),
        Limit("picture with a link", "PNG of 200 kB, shown in 240 × 240", f"{SPEC}/type-richlink; {COMPLIANCE}"),
        Limit("file", "100 MB; of ours 5 MB", f"{SPEC}/type-text; our own choice"),
        Limit("what the device can show", "capability-list of the shopper's last message", f"{SPEC}/common-specs"),
        Limit("answers of more than 10 kB", "come as a reference, which is not followed: no pictures in our lists", f"{SPEC}/messages-received"),
        Limit("receipts", "none", "developers.webexconnect.io: outbound webhooks"),
        Limit("who starts", "the shopper; then no time limit", f"{SPEC.replace('rest-api', 'api-tutorial')}/receiving-sending-messages"),
        Limit("410 or close", "the shopper left: silence until they write", "our own reading", certain=False),
        Limit("the same id again", "is not shown twice", "our own reading", certain=False),
        Limit("age of Apple's token", "one hour", "our own choice"),
        Limit("typing", "allowed for people only; not sent", "Apple's Messages for Business policies", certain=False),
    )  # fmt: skip
    media_hosts = apple_files.HOSTS
    signing_config = ("msp_secret", "msp_id")
    desk = "https://register.apple.com/"
    steps = (
        _(
            "At Apple Business Register, apply for Messages for Business, and as your own messaging service provider (MSP)."
        ),
        _("Copy the provider's ID and its API secret, and the ID of your business, into the fields below, and save."),
        _(
            "Give Apple the address below as your provider's address, without its last slash: Apple puts /message behind it."
        ),
        _("Write to your business from a test device that Apple has allowed; the answer comes from here."),
        _("Apple looks at the chat before it is open to everybody: see that a person can be reached at any time."),
    )
    webhook_paths = ("message",)
    unpacked_limit = 3_000_000
    is_reopened_by_writing = True

    def verify(self, request: WebhookRequest, config: Mapping[str, Any]) -> None:
        key, msp_id = _key(config), str(config.get("msp_id") or "")
        if not key or not msp_id:
            raise NotConfigured("msp_secret or msp_id is missing")
        scheme, _space, token = header_bytes(request.headers, "authorization").partition(b" ")
        if scheme.lower() != b"bearer":
            raise Forged("no bearer token")
        jwt_tokens.checked(token.strip(), key, audience=msp_id, lives=CALL_LIVES)

    def parse(self, request: WebhookRequest, config: Mapping[str, Any]) -> list[ChannelEvent]:
        return parse_message(request.body, request.headers, business_id=str(config.get("business_id") or ""))

    def told_behind(self, event: ChannelEvent, config: Mapping[str, Any]) -> list[ChannelEvent]:
        """An answer that was too large for the call."""
        base = str(config.get("api_base") or API_BASE).rstrip("/")
        told = read_out(event.media[0], str(event.data[BEHIND]), config, base=base, headers=_headers(config))
        return read_behind(event, told)

    def render(self, content: Content, *, language: str) -> list[WireMessage]:
        return [wire for piece in render(content, self.capability, language=language) for wire in _wires(piece)]

    def address(self, wire: WireMessage, to: Recipient, config: Mapping[str, Any], *, key: str = "") -> WireMessage:
        name = message_id(key, config)
        body = wire.body
        if body["type"] == CHOICES:
            body = _for_device(wire, to, name)
        head = {"v": 1, "id": name, "sourceId": _business(config), "destinationId": to.external_id}
        return replace(wire, body={**head, **body}, path="message")

    def send(
        self, wire: WireMessage, to: Recipient, config: Mapping[str, Any], *, key: str, timeout: float = 10.0
    ) -> Sent:
        call = self.address(wire, to, config, key=key)
        base = str(config.get("api_base") or API_BASE).rstrip("/")
        headers = _headers(config)
        body = _filled(call, base=base, headers=headers, timeout=timeout)
        about = {
            "id": str(body["id"]),
            "Destination-Id": to.external_id,
            "auto-reply": "false" if to.by_person else "true",
        }
        answer = http.post(f"{base}/{call.path}", json_body=body, headers={**headers, **about}, timeout=timeout)
        if answer.is_ok:
            return Sent(str(body["id"]))
        raise SendFailed(
            self.classify_error(answer.status, answer.body),
            f"HTTP {answer.status}",
            retry_after=answer.retry_after,
            code=str(answer.status),
        )

    def classify_error(self, status: int, body: Mapping[str, Any]) -> ErrorClass:
        return apple_files.meaning_of(status)

    def media_request(self, media: MediaRef, config: Mapping[str, Any]) -> MediaRequest:
        if not media.url:
            raise SendFailed(ErrorClass.BAD_REQUEST, "no address")
        base = str(config.get("api_base") or API_BASE).rstrip("/")
        return MediaRequest(apple_files.address_of(media, base=base, headers=_headers(config)))

    def unlocked(self, media: MediaRef, content: bytes) -> bytes:
        return apple_files.opened(media, content)

    def deep_link(self, token: str, config: Mapping[str, Any]) -> str:
        thread = self.thread_link(config)
        asked = urlencode({"biz-intent-id": token, "body": f"Hi #{token}"}, quote_via=quote)
        return f"{thread}?{asked}" if thread else ""

    def thread_link(self, config: Mapping[str, Any]) -> str:
        business = _business(config)
        return ENTRY + quote(business) if business else ""


def message_id(key: str, config: Mapping[str, Any]) -> str:
    """The same for each attempt at one message, so that it is not shown twice."""
    return str(uuid.uuid5(NAMES, f"{_business(config)}:{key}"))


def _business(config: Mapping[str, Any]) -> str:
    return str(config.get("business_id") or "").strip().removeprefix("urn:biz:")


def _key(config: Mapping[str, Any]) -> bytes:
    try:
        return jwt_tokens.key_from(str(config.get("msp_secret") or ""))
    except ValueError:
        return b""


def _headers(config: Mapping[str, Any]) -> dict[str, str]:
    """Who calls. Raises `SendFailed`."""
    key, msp_id = _key(config), str(config.get("msp_id") or "")
    if not key or not msp_id:
        raise SendFailed(ErrorClass.AUTH, "msp_secret or msp_id is missing")
    claims = {"iss": msp_id, "iat": int(clock.now().timestamp())}
    return {"Authorization": f"Bearer {jwt_tokens.signed(claims, key)}", "Source-Id": _business(config)}


# --- what is said ---------------------------------------------------------------------------------
def _wires(piece: Piece) -> list[WireMessage]:
    """A picture, words, a link, and last what can be chosen, with the words in it where a choice has room for them."""
    wires = []
    words = piece.text
    head, summary = ("", words) if piece.buttons and _is_short(words) else (words, "")
    if piece.file:
        caption = "" if piece.buttons or piece.link else words
        wires.append(_attachment(piece.file, caption))
        head = "" if caption else head
    if head:
        wires.append(_text(head))
    if piece.link:
        wires.append(_rich_link(piece.link))
    if piece.buttons:
        wires.append(_choices(piece, summary or piece.opener, told=piece.plain.removeprefix(head).strip()))
    return wires


def _text(words: str) -> WireMessage:
    return WireMessage({"type": "text", "body": words}, text=words)


def _attachment(file: File, caption: str) -> WireMessage:
    name = file.filename or unquote(urlsplit(file.url).path.rpartition("/")[2]) or file.media_type
    told = {"name": name, "mimeType": mimetypes.guess_type(name)[0] or "application/octet-stream", "url": file.url}
    body = {"type": "text", "body": "\n".join(filter(None, (IN_THE_TEXT, caption))), "attachments": [told]}
    return WireMessage(body, text=paragraphs(link_text(file.alt, file.url), caption))


def _rich_link(link: Link) -> WireMessage:
    data = {"url": link.url, "title": one_line(link.label), "assets": {"image": {"url": ""}}}
    words = link_text(link.label, link.url)
    return WireMessage({"type": "richLink", "richLinkData": data}, text=words, instead=_text(words))


def _choices(piece: Piece, summary: str, *, told: str) -> WireMessage:
    body = {
        "type": CHOICES,
        "is_list": piece.layout == Layout.LIST or len(piece.buttons) < QUICK_LEAST,
        "summary": one_line(summary),
        "opener": one_line(piece.opener),
        "items": [_item(button) for button in piece.buttons],
    }
    return WireMessage(body, text=told, instead=_text(told))


def _item(button: Button) -> dict[str, str]:
    told = {"identifier": button.payload, "title": one_line(button.label)}
    return {**told, "subtitle": one_line(button.description)} if button.description else told


def one_line(words: str) -> str:
    """As Apple wants what it draws: printable, without line breaks, 200 characters."""
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    plain = " · ".join(lines)
    return shorten("".join(char if char.isprintable() else " " for char in plain), UI_TEXT)


def _is_short(words: str) -> bool:
    """Few enough lines to be read as one: a cart and its sums are not."""
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    return len(lines) <= MOST_LINES and size(" · ".join(lines)) <= UI_TEXT


# --- as this device can show it -------------------------------------------------------------------
def _for_device(wire: WireMessage, to: Recipient, name: str) -> dict[str, Any]:
    """Quick replies or a list, whichever the device has; in words where it has neither."""
    told = to.aliases.get(CAPABILITIES, "")
    has_quick, has_list = (not told or wanted in told.split(",") for wanted in ("QUICK", "LIST"))
    ask, rows = wire.body, wire.body["items"]
    are_short = all(size(row["title"]) <= QUICK_LABEL and "subtitle" not in row for row in rows)
    may_be_quick = not ask["is_list"] or (not has_list and are_short and QUICK_LEAST <= len(rows) <= QUICK)
    if has_quick and may_be_quick:
        return _interactive({"quick-reply": _quick_reply(ask)}, name)
    if has_list:
        looks = {"receivedMessage": _bubble(ask["summary"], ask["opener"]), "replyMessage": _bubble(ask["opener"], "")}
        return _interactive({"listPicker": _list_picker(ask), "mspVersion": "1.0"}, name, **looks)
    return {"type": "text", "body": wire.text}


def _interactive(data: dict[str, Any], name: str, **looks: Any) -> dict[str, Any]:
    request = str(uuid.uuid5(NAMES, f"{name}:request"))
    whole = {"version": "1.0", "requestIdentifier": request, **data}
    return {"type": "interactive", "interactiveData": {"bid": EXTENSION, "data": whole, **looks}}


def _quick_reply(ask: dict[str, Any]) -> dict[str, Any]:
    items = [{"identifier": row["identifier"], "title": row["title"]} for row in ask["items"]]
    return {"summaryText": ask["summary"], "items": items}


def _list_picker(ask: dict[str, Any]) -> dict[str, Any]:
    """One section: with several, a shopper could pick one row of each."""
    rows = [{**row, "order": place, "style": "default"} for place, row in enumerate(ask["items"])]
    return {"sections": [{"title": ask["opener"], "order": 0, "multipleSelection": False, "items": rows}]}


def _bubble(title: str, subtitle: str) -> dict[str, str]:
    told = {"style": "icon", "title": title}
    return {**told, "subtitle": subtitle} if subtitle not in ("", title) else told


# --- what has to be there before it is sent -------------------------------------------------------
def _filled(call: WireMessage, *, base: str, headers: Mapping[str, str], timeout: float) -> dict[str, Any]:
    """The body with its files put up and its pictures inside. Raises `SendFailed`."""
    body = call.body
    if "richLinkData" in body:
        drawn = apple_files.picture(body["richLinkData"]["assets"]["image"]["url"])
        image = {"data": base64.b64encode(drawn).decode(), "mimeType": "image/png"}
        return {**body, "richLinkData": {**body["richLinkData"], "assets": {"image": image}}}
    if "attachments" not in body:
        return body
    (ours,) = body["attachments"]
    try:
        content, mime = apple_files.own_file(ours["url"])
    except SendFailed:  # it is shown nowhere else either: then in words
        return {**{key: value for key, value in body.items() if key != "attachments"}, "body": call.text}
    up = apple_files.put_up(content, base=base, headers=headers, timeout=timeout)
    return {**body, "attachments": [{"name": ours["name"], "mimeType": mime or ours["mimeType"], **up}]}
