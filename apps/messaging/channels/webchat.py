"""Our own web chat. It takes no webhooks, and "sent" means stored: its sockets are fed from the thread itself."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.messaging.channel import Capability, Channel, ErrorClass, Limit, Recipient, Sent, WireMessage
from apps.messaging.content import Content, Typing, to_json
from apps.messaging.rendering import floor_text

SOURCE = "our own"


class WebChat(Channel):
    kind = "webchat"
    label = "Web chat"
    config_help: ClassVar[Mapping[str, Any]] = {
        "slug": _("The merchant's slug; for links that open the chat with an entry token."),
    }
    capability = Capability(
        text=8000,
        buttons=13,
        button_label=40,
        payload=256,
        list_rows=50,
        row_label=80,
        row_description=120,
        carousel=20,
        card_title=120,
        card_buttons=4,
        link_buttons=3,
        has_mixed_buttons=True,
        caption=8000,
        has_gallery=True,
        has_typing=True,
        requests=("location", "phone"),
        asks_beside=True,
        receipts=("sent", "delivered", "read"),
        burst=100,
        source=SOURCE,
    )
    limits = (
        Limit("text", "8000 characters", SOURCE),
        Limit("choices", "13 shown at once, label 40, 256 characters behind each", SOURCE),
        Limit("list", "50 rows, label 80, description 120", SOURCE),
        Limit("cards", "20 side by side, title 120, 4 buttons", SOURCE),
        Limit("link buttons", "3", SOURCE),
        Limit("pace", "100 messages at once", SOURCE),
        Limit("free text", "no window", SOURCE),
    )

    has_webhook = False
    steps = (
        _("Save. The chat has a page of its own, and a bubble for your website."),
        _("Put the bubble's line into your website, before </body>."),
    )

    def settled(self, config: Mapping[str, Any], *, address: str, shop: str) -> dict[str, Any]:
        return {"slug": shop, **config}

    def render(self, content: Content, *, language: str) -> list[WireMessage]:
        """The content itself; the page lays it out."""
        text = "" if isinstance(content, Typing) else floor_text(content, language)
        return [WireMessage(body=to_json(content), text=text)]

    def send(
        self, wire: WireMessage, to: Recipient, config: Mapping[str, Any], *, key: str, timeout: float = 10.0
    ) -> Sent:
        return Sent(key)

    def classify_error(self, status: int, body: Mapping[str, Any]) -> ErrorClass:
        return ErrorClass.BAD_REQUEST

    def deep_link(self, token: str, config: Mapping[str, Any]) -> str:
        slug = str(config.get("slug") or "")
        return f"{settings.PUBLIC_URL}/chat/{slug}/?entry={token}" if slug else ""
