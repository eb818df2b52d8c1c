"""Messenger (Graph v23.0): a page's inbox. Shoppers are named by a page-scoped id; names and numbers are not told."""

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from django.utils.translation import gettext_lazy as _

from apps.messaging import graph
from apps.messaging.channel import (
    Capability,
    ErrorClass,
    Limit,
    MediaRequest,
    Recipient,
    SendFailed,
    Sent,
    WebhookRequest,
    WireMessage,
)
from apps.messaging.content import Content
from apps.messaging.events import ChannelEvent, MediaRef
from apps.messaging.messenger_events import parse_webhook
from apps.messaging.reading import text
from apps.messaging.rendering import Button, File, Link, Piece, render, shorten

SOURCE = "developers.facebook.com: Send API, Templates, Quick Replies"
TITLE = SUBTITLE = 80  # characters of a card's two lines
CARD_BUTTONS, BUTTON_LABEL = 3, 20


class Messenger(graph.GraphChannel):
    kind = "messenger"
    label = "Messenger"
    required_config = ("app_secret", "verify_token", "access_token", "page_id", "app_id")
    secret_config = ("app_secret", "verify_token", "access_token")
    config_help: ClassVar[Mapping[str, Any]] = {
        "app_secret": _("The Meta app's secret; signs webhooks."),
        "verify_token": _("Your own word, typed into Meta's webhook form; checked in the handshake."),
        "access_token": _("The page's permanent token with pages_messaging."),
        "page_id": _("The id of your Facebook page."),
        "username": _("The page's name in its address; for m.me links. Without it they carry the page's id."),
        "app_id": _("The Meta app's id; tells our own messages from those a colleague writes in the page's inbox."),
        "api_base": _("Another address than https://graph.facebook.com (proxies, emulators)."),
    }
    capability = Capability(
        text=2000,
        choice_text=640,
        buttons=13,
        button_label=BUTTON_LABEL,
        payload=1000,
        card_title=TITLE,
        card_buttons=CARD_BUTTONS,
        link_buttons=1,
        has_mixed_buttons=True,
        caption=TITLE + SUBTITLE,
        has_typing=True,
        window_hours=24,
        receipts=("delivered", "read"),
        source=SOURCE,
    )
    limits = (
        Limit("text", "2000 characters", SOURCE, certain=False),
        Limit("text beside a link", "640 characters", SOURCE),
        Limit("quick replies", "13, title 20, payload 1000", SOURCE),
        Limit("card", "title 80, subtitle 80, 3 buttons of 20", SOURCE),
        Limit("free text", "24 hours after the shopper's last message", SOURCE),
    )
    media_hosts = (".fbcdn.net", ".fbsbx.com")

    def parse(self, request: WebhookRequest, config: Mapping[str, Any]) -> list[ChannelEvent]:
        return parse_webhook(
            request.body, page_id=str(config.get("page_id") or ""), app_id=str(config.get("app_id") or "")
        )

    def render(self, content: Content, *, language: str) -> list[WireMessage]:
        return [
            WireMessage(body=body, text=piece.plain)
            for piece in render(content, self.capability, language=language)
            for body in _bodies(piece)
        ]

    def address(self, wire: WireMessage, to: Recipient, config: Mapping[str, Any], *, key: str = "") -> WireMessage:
        head: dict[str, Any] = {"recipient": {"id": to.external_id}}
        if "message" in wire.body:
            head["messaging_type"] = "RESPONSE"
        return WireMessage(body={**head, **wire.body}, path=f"{config.get('page_id', '')}/messages", text=wire.text)

    def send(
        self, wire: WireMessage, to: Recipient, config: Mapping[str, Any], *, key: str, timeout: float = 10.0
    ) -> Sent:
        call = self.address(wire, to, config, key=key)
        answer = graph.send(call.path, call.body, config, timeout=timeout)
        provider_id = text(answer.body.get("message_id"))
        if not provider_id and "message" in wire.body:
            raise SendFailed(ErrorClass.AMBIGUOUS, "accepted without an id")
        return Sent(provider_id, answer.body)

    def media_request(self, media: MediaRef, config: Mapping[str, Any]) -> MediaRequest:
        if not media.url:
            raise SendFailed(ErrorClass.BAD_REQUEST, "no address")
        return MediaRequest(media.url)

    def deep_link(self, token: str, config: Mapping[str, Any]) -> str:
        thread = self.thread_link(config)
        return f"{thread}?ref={quote(token)}" if thread else ""

    def thread_link(self, config: Mapping[str, Any]) -> str:
        page = str(config.get("username") or config.get("page_id") or "").lstrip("@")
        return f"https://m.me/{quote(page)}" if page else ""


def _bodies(piece: Piece) -> list[dict[str, Any]]:
    if piece.is_typing:
        return [{"sender_action": "typing_on"}]
    if piece.gallery:
        return [{"message": _file("image", url)} for url in piece.gallery]
    lines = piece.text.splitlines()
    title, subtitle = (lines[0], "\n".join(lines[1:]).strip()) if lines else ("", "")
    if piece.file and (piece.buttons or piece.link) and 0 < len(title) <= TITLE and len(subtitle) <= SUBTITLE:
        return [{"message": _card(piece.file, title, subtitle, piece)}]
    picture = [{"message": _file(piece.file.media_type, piece.file.url)}] if piece.file else []
    if piece.link:
        said = {"template_type": "button", "text": piece.text, "buttons": [_web(piece.link)]}
        return [*picture, {"message": {**_template(said), **_quick_replies(piece.buttons)}}]
    words = {"message": {"text": piece.text, **_quick_replies(piece.buttons)}}
    return [*picture, words] if piece.text else picture


def _card(file: File, title: str, subtitle: str, piece: Piece) -> dict[str, Any]:
    """A picture with its words and up to three buttons; what else can be tapped stands below it."""
    links = [_web(piece.link)] if piece.link else []
    room = CARD_BUTTONS - len(links)
    on_it = [{"type": "postback", "title": one.label, "payload": one.payload} for one in piece.buttons[:room]]
    element: dict[str, Any] = {"title": title, "image_url": file.url, "buttons": [*links, *on_it]}
    if subtitle:
        element["subtitle"] = subtitle
    card = {"template_type": "generic", "elements": [element]}
    return {**_template(card), **_quick_replies(piece.buttons[room:])}


def _web(link: Link) -> dict[str, Any]:
    return {"type": "web_url", "url": link.url, "title": shorten(link.label, BUTTON_LABEL)}


def _template(payload: dict[str, Any]) -> dict[str, Any]:
    return {"attachment": {"type": "template", "payload": payload}}


def _file(media_type: str, url: str) -> dict[str, Any]:
    return {"attachment": {"type": media_type, "payload": {"url": url, "is_reusable": False}}}


def _quick_replies(buttons: tuple[Button, ...]) -> dict[str, Any]:
    if not buttons:
        return {}
    return {
        "quick_replies": [
            {"content_type": "text", "title": button.label, "payload": button.payload} for button in buttons
        ]
    }
