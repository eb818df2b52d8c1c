"""Instagram (Graph v23.0): an account's inbox. Shoppers are named by an Instagram-scoped id and have to write first.

On a computer Instagram shows neither quick replies nor cards: every menu stands in the words as well, numbered, and links
are words.
"""

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from django.utils.translation import gettext_lazy as _

from apps.messaging import findings
from apps.messaging.channel import Capability, Limit
from apps.messaging.findings import Finding
from apps.messaging.platforms.meta import graph
from apps.messaging.platforms.meta.graph import API_BASE
from apps.messaging.platforms.meta.inbox import (
    BUTTON_LABEL,
    CARD_BUTTONS,
    CARDS,
    HUMAN_AGENT,
    NEEDED_FIELDS,
    PERSON_HOURS,
    PROFILES,
    TITLE,
    WINDOW_HOURS,
    InboxChannel,
    attached,
    cards,
    quick_replies,
    slide,
)
from apps.messaging.reading import text
from apps.messaging.rendering import Piece

SOURCE = "developers.facebook.com: Instagram Messaging (Send API, Generic Template, Quick Replies, Webhooks)"
FILES = {"image/jpeg": 8_000_000, "image/png": 8_000_000} | dict.fromkeys(
    ("video/mp4", "video/quicktime", "video/webm", "audio/aac", "audio/mp4", "audio/wav"), 25_000_000
)
OWN_LOGIN_BASE = "https://graph.instagram.com/v23.0"


class Instagram(InboxChannel):
    kind = "instagram"
    label = "Instagram"
    own_id = "instagram_id"
    profile_fields = ("name", "username")
    required_config = ("app_secret", "verify_token", "access_token", "instagram_id")
    secret_config = ("app_secret", "verify_token", "access_token")
    config_help: ClassVar[Mapping[str, Any]] = {
        "app_secret": _("The Meta app's secret; signs webhooks."),
        "verify_token": _("Your own word, typed into Meta's webhook form; checked in the handshake."),
        "access_token": _("The token with instagram_manage_messages: the linked page's, or the account's own."),
        "instagram_id": _("The id of your Instagram professional account, as webhooks name it."),
        "page_id": _("The id of the Facebook page it is linked to. Without one the account has Instagram's own login."),
        "username": _("The account's name; for ig.me links."),
        "app_id": _("The Meta app's id; tells our own messages from those a colleague writes in the inbox."),
        "human_agent": HUMAN_AGENT,
        "profiles": PROFILES,
        "api_base": _("Another address than https://graph.facebook.com (proxies, emulators)."),
    }
    capability = Capability(
        text=1000,
        text_unit="bytes",
        buttons=13,
        button_label=BUTTON_LABEL,
        payload=1000,
        slides=CARDS,
        slides_need_pictures=True,
        card_title=TITLE,
        card_buttons=CARD_BUTTONS,
        has_mixed_buttons=True,
        tells_menus=True,
        has_typing=True,
        files=FILES,
        window_hours=WINDOW_HOURS,
        person_hours=PERSON_HOURS,
        receipts=("read",),
        tells=("edits", "deletions", "reactions"),
        source=SOURCE,
    )
    limits = (
        Limit("text", "1000 bytes of UTF-8", SOURCE),
        Limit("quick replies", "13, title 20, not shown on a computer", SOURCE),
        Limit("payload", "1000 characters", SOURCE, certain=False),
        Limit("card", "title 80, subtitle 80, 3 buttons of 20; 10 side by side; not shown on a computer", SOURCE),
        Limit("picture", "8 MB", SOURCE),
        Limit("video, sound", "25 MB", SOURCE, certain=False),
        Limit("answers of people", "7 days, for apps with Human Agent", SOURCE),
        Limit("free text", "24 hours after the shopper's last message; they have to write first", SOURCE),
        Limit("a person", "can always be asked for: Meta's policy requires the way out of the bot", SOURCE),
    )
    media_hosts = (".fbcdn.net", ".fbsbx.com", ".cdninstagram.com")

    fields = (
        *NEEDED_FIELDS,
        "messaging_seen",
        "messaging_referral",
        "messaging_handover",
        "message_reactions",
        "message_edit",
    )
    can_announce = True
    steps = (
        _("At Meta for Developers, open your app (type “Business”) and add Instagram to it."),
        _("In Instagram's own settings, make the account a professional one and allow access to messages for apps."),
        _("App settings → Basic: copy the app ID and the app secret into the fields below."),
        _(
            "Instagram → API set-up: connect the account and generate its token; copy the account's ID and the token. Meta asks for the permission instagram_manage_messages (with Instagram's own login: instagram_business_manage_messages)."
        ),
        _("Think of a verify token of your own, write it below and save here first."),
        _(
            "Webhooks → Instagram: paste the address below as callback URL, and the same verify token, and tick messages, messaging_postbacks, messaging_seen, messaging_referral, messaging_handover, message_reactions and message_edit."
        ),
        _("Come back and press “Enter our address there”: it connects the app with your account."),
        _("Press “Check now”, then write to the account from another one."),
    )

    def probe(self, config: Mapping[str, Any], *, address: str) -> list[Finding]:
        if config.get("page_id"):
            return super().probe(config, address=address)
        base, own = self.sender(config)
        me = graph.read("me?fields=user_id,username", config, base=base)
        found = [findings.ok("connected", name=text(me.get("username")) or text(me.get("user_id")))]
        if (there := text(me.get("user_id"))) != own:
            return [*found, findings.wrong("another_account", setting="instagram_id", here=own, there=there or "?")]
        return found

    @property
    def fields_needed(self) -> tuple[str, ...]:
        """The page only has to know our app: what is told of Instagram is ticked at the app."""
        return ()

    def fields_of(self, config: Mapping[str, Any]) -> tuple[str, ...]:
        """A page knows nothing of Instagram's fields, and any of its own connects it."""
        return ("messages",) if config.get("page_id") else self.fields

    def sender(self, config: Mapping[str, Any]) -> tuple[str, str]:
        page = str(config.get("page_id") or "")
        return (API_BASE, page) if page else (OWN_LOGIN_BASE, str(config.get("instagram_id") or ""))

    def said(self, piece: Piece) -> list[dict[str, Any]]:
        if piece.slides:
            return [{"message": cards([slide(one) for one in piece.slides])}]
        picture = [{"message": attached(piece.file.media_type, piece.file.url)}] if piece.file else []
        words = {"message": {"text": piece.text, **quick_replies(piece.buttons)}}
        return [*picture, words] if piece.text else picture

    def thread_link(self, config: Mapping[str, Any]) -> str:
        name = str(config.get("username") or "").lstrip("@")
        return f"https://ig.me/m/{quote(name)}" if name else ""
