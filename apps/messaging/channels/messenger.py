"""Messenger (Graph v23.0): a page's inbox. Shoppers are named by a page-scoped id; names and numbers are not told."""

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from django.utils.translation import gettext_lazy as _

from apps.messaging import findings, graph
from apps.messaging.channel import (
    Capability,
    ErrorClass,
    Limit,
    MediaRequest,
    PlatformTemplate,
    Recipient,
    SendFailed,
    Sent,
    TemplateDraft,
    TemplateRef,
    WebhookRequest,
    WireMessage,
)
from apps.messaging.content import Content
from apps.messaging.events import ChannelEvent, MediaRef
from apps.messaging.findings import Finding
from apps.messaging.messenger_events import parse_webhook
from apps.messaging.reading import items, mapping, text
from apps.messaging.rendering import Button, File, Link, Piece, render, shorten
from apps.messaging.wordings import filled

SOURCE = "developers.facebook.com: Send API, Templates, Quick Replies"
TITLE = SUBTITLE = 80  # characters of a card's two lines
CARD_BUTTONS, BUTTON_LABEL = 3, 20
TEMPLATE_LANGUAGES = {"zh-hans": "zh_CN", "zh-hant": "zh_TW", "pt": "pt_BR"}
# What the page has to tell our app; without the first two nobody is heard.
NEEDED_FIELDS = ("messages", "messaging_postbacks")
FIELDS = (
    *NEEDED_FIELDS,
    "message_deliveries",
    "message_reads",
    "message_echoes",
    "messaging_referrals",
    "messaging_optins",
    "message_reactions",
    "standby",
    "message_template_status_update",
)


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
        has_templates=True,
        window_hours=24,
        receipts=("delivered", "read"),
        source=SOURCE,
    )
    limits = (
        Limit("text", "2000 characters", SOURCE, certain=False),
        Limit("text beside a link", "640 characters", SOURCE),
        Limit("quick replies", "13, title 20, payload 1000", SOURCE),
        Limit("card", "title 80, subtitle 80, 3 buttons of 20", SOURCE),
        Limit(
            "free text",
            "24 hours after the shopper's last message, then an approved utility message (in some countries, and with the "
            "permission page_utility_messaging)",
            SOURCE,
        ),
    )
    media_hosts = (".fbcdn.net", ".fbsbx.com")
    can_announce = True
    template_categories = ("utility",)
    has_template_list = True
    steps = (
        _("At Meta for Developers, open your app (type “Business”) and add Messenger to it."),
        _("App settings → Basic: copy the app ID and the app secret into the fields below."),
        _(
            "Messenger → API set-up: connect your page and generate its token; copy the page's ID and the token. Meta asks for the permission pages_messaging, and for page_utility_messaging if you want to send approved wordings."
        ),
        _("Think of a verify token of your own, write it below and save here first."),
        _(
            "Messenger → API set-up → Webhooks: paste the address below as callback URL, and the same verify token. Meta calls us at once."
        ),
        _(
            "Come back and press “Enter our address there”: it connects the app with your page and ticks what we need to hear."
        ),
        _("Press “Check now”, then write to the page from your own account."),
    )

    def probe(self, config: Mapping[str, Any], *, address: str) -> list[Finding]:
        me, page = graph.read("me?fields=id,name", config), str(config["page_id"])
        found = [findings.ok("connected", name=text(me.get("name")) or text(me.get("id")))]
        if (there := text(me.get("id"))) != page:
            return [*found, findings.wrong("another_account", setting="page_id", here=page, there=there or "?")]
        return [*found, _subscription(graph.read(f"{_page(config)}/subscribed_apps", config), str(config["app_id"]))]

    def announce(self, config: Mapping[str, Any], *, address: str) -> None:
        """The page tells our app; where the app calls is entered in Meta's own form, which asks for our word."""
        graph.send(f"{_page(config)}/subscribed_apps", {"subscribed_fields": ",".join(FIELDS)}, config, timeout=20)

    def templates(self, config: Mapping[str, Any]) -> list[PlatformTemplate]:
        return graph.read_templates(_page(config), config)

    def submit_template(self, draft: TemplateDraft, config: Mapping[str, Any]) -> PlatformTemplate:
        return graph.submit(_page(config), draft, config)

    def template_language(self, language: str) -> str:
        return TEMPLATE_LANGUAGES.get(language, language)

    def render_template(self, template: TemplateRef, variables: tuple[str, ...]) -> list[WireMessage]:
        """https://developers.facebook.com/docs/messenger-platform/send-messages/utility-messages"""
        wording = graph.template_body(template.name, self.template_language(template.language), variables)
        body = {"messaging_type": "UTILITY", "message": {"template": wording}}
        return [WireMessage(body=body, text=filled(template.body, variables) or " · ".join(variables))]

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


def _page(config: Mapping[str, Any]) -> str:
    return quote(str(config.get("page_id") or ""), safe="")


def _subscription(answer: Mapping[str, Any], app_id: str) -> Finding:
    """What the page tells our app, of all apps it knows."""
    apps = [mapping(each) for each in items(answer.get("data"))]
    ours = next((each for each in apps if text(each.get("id")) == app_id), None)
    if ours is None:
        return findings.wrong("not_subscribed_at_all")
    told = {text(name) for name in items(ours.get("subscribed_fields"))}
    lacking = [name for name in NEEDED_FIELDS if name not in told]
    return findings.wrong("not_subscribed", names=", ".join(lacking)) if lacking else findings.ok("subscribed")


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
