"""Messenger (Graph v23.0): a page's inbox. Shoppers are named by a page-scoped id; names and numbers are not told."""

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from django.utils.translation import gettext_lazy as _

from apps.messaging.channel import Capability, Limit, PlatformTemplate, TemplateDraft, TemplateRef, WireMessage
from apps.messaging.platforms.meta import graph
from apps.messaging.platforms.meta.inbox import (
    BUTTON_LABEL,
    CARD_BUTTONS,
    CARDS,
    HUMAN_AGENT,
    NEEDED_FIELDS,
    PERSON_HOURS,
    PROFILES,
    SUBTITLE,
    TITLE,
    WINDOW_HOURS,
    InboxChannel,
    attached,
    card,
    cards,
    page_of,
    quick_replies,
    slide,
    template,
    web,
)
from apps.messaging.rendering import File, Piece
from apps.messaging.wordings import filled

SOURCE = "developers.facebook.com: Send API, Templates, Quick Replies"
TEMPLATE_LANGUAGES = {"zh-hans": "zh_CN", "zh-hant": "zh_TW", "pt": "pt_BR"}


class Messenger(InboxChannel):
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
        "human_agent": HUMAN_AGENT,
        "profiles": PROFILES,
        "api_base": _("Another address than https://graph.facebook.com (proxies, emulators)."),
    }
    capability = Capability(
        text=2000,
        choice_text=640,
        buttons=13,
        button_label=BUTTON_LABEL,
        payload=1000,
        slides=CARDS,
        slides_need_pictures=True,
        card_title=TITLE,
        card_buttons=CARD_BUTTONS,
        link_buttons=1,
        has_mixed_buttons=True,
        caption=TITLE + SUBTITLE,
        has_typing=True,
        has_templates=True,
        window_hours=WINDOW_HOURS,
        person_hours=PERSON_HOURS,
        receipts=("delivered", "read"),
        tells=("edits", "deletions", "reactions"),
        source=SOURCE,
    )
    limits = (
        Limit("text", "2000 characters", SOURCE, certain=False),
        Limit("text beside a link", "640 characters", SOURCE),
        Limit("quick replies", "13, title 20, payload 1000", SOURCE),
        Limit("words beside a picture", "160 characters, as a card's two lines", SOURCE),
        Limit("file", "25 MB", "developers.facebook.com: Send API", certain=False),
        Limit("card", "title 80, subtitle 80, 3 buttons of 20; 10 side by side", SOURCE),
        Limit("answers of people", "7 days, for apps with Human Agent", SOURCE),
        Limit(
            "free text",
            "24 hours after the shopper's last message, then an approved utility message (in some countries, and with the "
            "permission page_utility_messaging)",
            SOURCE,
        ),
    )
    media_hosts = (".fbcdn.net", ".fbsbx.com")
    fields = (*NEEDED_FIELDS, "message_deliveries", "message_reads", "message_echoes", "messaging_referrals", "messaging_optins", "message_reactions", "message_edits", "standby", "messaging_handovers", "messaging_policy_enforcement", "message_template_status_update")  # fmt: skip
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

    def templates(self, config: Mapping[str, Any]) -> list[PlatformTemplate]:
        return graph.read_templates(page_of(config), config)

    def submit_template(self, draft: TemplateDraft, config: Mapping[str, Any]) -> PlatformTemplate:
        return graph.submit(page_of(config), draft, config)

    def template_language(self, language: str) -> str:
        return TEMPLATE_LANGUAGES.get(language, language)

    def render_template(self, template: TemplateRef, variables: tuple[str, ...]) -> list[WireMessage]:
        """https://developers.facebook.com/docs/messenger-platform/send-messages/utility-messages"""
        wording = graph.template_body(template.name, self.template_language(template.language), variables)
        body = {"messaging_type": "UTILITY", "message": {"template": wording}}
        return [WireMessage(body=body, text=filled(template.body, variables) or " · ".join(variables))]

    def said(self, piece: Piece) -> list[dict[str, Any]]:
        return _said(piece)

    def thread_link(self, config: Mapping[str, Any]) -> str:
        page = str(config.get("username") or config.get("page_id") or "").lstrip("@")
        return f"https://m.me/{quote(page)}" if page else ""


def _said(piece: Piece) -> list[dict[str, Any]]:
    if piece.slides:
        return [{"message": {**cards([slide(one) for one in piece.slides]), **quick_replies(piece.buttons)}}]
    lines = piece.text.splitlines()
    title, subtitle = (lines[0], "\n".join(lines[1:]).strip()) if lines else ("", "")
    if piece.file and (piece.buttons or piece.link) and 0 < len(title) <= TITLE and len(subtitle) <= SUBTITLE:
        return [{"message": _card(piece.file, title, subtitle, piece)}]
    picture = [{"message": attached(piece.file.media_type, piece.file.url)}] if piece.file else []
    if piece.link:
        said = {"template_type": "button", "text": piece.text, "buttons": [web(piece.link)]}
        return [*picture, {"message": {**template(said), **quick_replies(piece.buttons)}}]
    words = {"message": {"text": piece.text, **quick_replies(piece.buttons)}}
    return [*picture, words] if piece.text else picture


def _card(file: File, title: str, subtitle: str, piece: Piece) -> dict[str, Any]:
    """A picture with its words and up to three buttons; what else can be tapped stands below it."""
    room = CARD_BUTTONS - (1 if piece.link else 0)
    element = card(title, subtitle, file.url, piece.buttons[:room], piece.link)
    return {**cards([element]), **quick_replies(piece.buttons[room:])}
