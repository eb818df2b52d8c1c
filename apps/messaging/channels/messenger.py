"""Messenger (Graph v23.0): a page's inbox. Shoppers are named by a page-scoped id; names and numbers are not told."""

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from django.utils.translation import gettext_lazy as _

from apps.messaging.channel import Capability, Limit
from apps.messaging.meta_inbox import (
    BUTTON_LABEL,
    CARD_BUTTONS,
    CARDS,
    HUMAN_AGENT,
    PERSON_HOURS,
    SUBTITLE,
    TITLE,
    WINDOW_HOURS,
    InboxChannel,
    attached,
    card,
    cards,
    quick_replies,
    slide,
    template,
    web,
)
from apps.messaging.rendering import File, Piece

SOURCE = "developers.facebook.com: Send API, Templates, Quick Replies"


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
        "api_base": _("Another address than https://graph.facebook.com (proxies, emulators)."),
    }
    capability = Capability(
        text=2000,
        choice_text=640,
        buttons=13,
        button_label=BUTTON_LABEL,
        payload=1000,
        carousel=CARDS,
        card_title=TITLE,
        card_buttons=CARD_BUTTONS,
        link_buttons=1,
        has_mixed_buttons=True,
        caption=TITLE + SUBTITLE,
        has_typing=True,
        window_hours=WINDOW_HOURS,
        person_hours=PERSON_HOURS,
        receipts=("delivered", "read"),
        source=SOURCE,
    )
    limits = (
        Limit("text", "2000 characters", SOURCE, certain=False),
        Limit("text beside a link", "640 characters", SOURCE),
        Limit("quick replies", "13, title 20, payload 1000", SOURCE),
        Limit("card", "title 80, subtitle 80, 3 buttons of 20; 10 side by side", SOURCE),
        Limit("answers of people", "7 days, for apps with Human Agent", SOURCE),
        Limit("free text", "24 hours after the shopper's last message", SOURCE),
    )
    media_hosts = (".fbcdn.net", ".fbsbx.com")

    def bodies(self, piece: Piece) -> list[dict[str, Any]]:
        return _bodies(piece)

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
        return [{"message": attached("image", url)} for url in piece.gallery]
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
