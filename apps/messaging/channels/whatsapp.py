"""WhatsApp Business Cloud API (Graph v23.0).

Shoppers are named by a business-scoped user id ("US.1349…") where Meta sends one, else by their phone number;
whoever hides the number behind a username has no `from` at all.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import quote

from django.utils.translation import gettext_lazy as _

from apps.messaging import findings, http
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
from apps.messaging.content import Bill, Content
from apps.messaging.events import ChannelEvent, MediaRef
from apps.messaging.findings import Finding
from apps.messaging.platforms.meta import graph
from apps.messaging.platforms.whatsapp.bills import is_allowed, order_details, order_status
from apps.messaging.platforms.whatsapp.events import parse_webhook
from apps.messaging.platforms.whatsapp.people import is_user_id
from apps.messaging.reading import mapping, text
from apps.messaging.rendering import Button, File, Layout, Piece, render
from apps.messaging.wordings import filled

FILE_TYPES = {"image": "image", "video": "video", "audio": "audio", "file": "document"}
FILES = {"image/jpeg": 5_000_000, "image/png": 5_000_000, "application/pdf": 100_000_000} | dict.fromkeys(
    ("video/mp4", "video/3gpp", "audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"), 16_000_000
)
TEMPLATE_LANGUAGES = {"zh-hans": "zh_CN", "zh-hant": "zh_TW", "pt": "pt_BR"}
WEBHOOKS = ("phone_number", "whatsapp_business_account", "application")
POOR = ("YELLOW", "RED")
PHONE_FIELDS = "display_phone_number,verified_name,quality_rating,webhook_configuration"
SOURCE = "Meta business-messaging-api_v23.0.yaml; pywa 4.5 documentation"


class WhatsApp(graph.GraphChannel):
    kind = "whatsapp"
    label = "WhatsApp"
    required_config = ("app_secret", "verify_token", "access_token", "phone_number_id")
    secret_config = ("app_secret", "verify_token", "access_token")
    config_help: ClassVar[Mapping[str, Any]] = {
        "app_secret": _("The Meta app's secret; signs webhooks."),
        "verify_token": _("Your own word, typed into Meta's webhook form; checked in the handshake."),
        "access_token": _("A system user's permanent token with whatsapp_business_messaging."),
        "phone_number_id": _("The id (not the number) of the business phone."),
        "business_account_id": _("The id of the WhatsApp business account the phone is in; for approved wordings."),
        "number": _("The business number with country code; for wa.me links and to recognise our own echo."),
        "bills": _(
            '"yes" shows an order to be paid in WhatsApp\'s own way, where Meta allows that: a Brazilian number, in reais, to '
            "Brazilian numbers. It leads to the same payment page."
        ),
        "returns_key": _('"yes" sends our key along, so that a status tells which unanswered call it belongs to.'),
        "per_second": _("So many messages in a second Meta takes from this number, where it allows more than 80."),
        "api_base": _("Another address than https://graph.facebook.com (proxies, emulators)."),
    }
    is_known_by_number = True
    capability = Capability(
        text=4096,
        choice_text=1024,
        buttons=3,
        button_label=20,
        payload=200,
        list_rows=10,
        row_label=24,
        row_description=72,
        card_buttons=3,
        link_buttons=1,
        caption=1024,
        files=FILES,
        has_quotes=True,
        has_typing=True,
        requests=("location",),
        has_templates=True,
        window_hours=24,
        receipts=("sent", "delivered", "read"),
        tells=("edits", "deletions", "reactions"),
        has_bill_news=True,
        pace_seconds=6.0,
        burst=12,
        per_second=80,
        source=SOURCE,
    )
    limits = (
        Limit("text", "4096 characters", SOURCE),
        Limit("text beside choices", "1024 characters", SOURCE),
        Limit("buttons", "3, title 20, id 256", SOURCE),
        Limit("list", "10 rows, title 24, description 72, id 200, opener 20", SOURCE),
        Limit("link button", "1, label 20, alone in its message", "pywa 4.5 documentation"),
        Limit("caption", "1024 characters", SOURCE),
        Limit("file", "JPEG, PNG 5 MB; MP4, 3GP, sound 16 MB; PDF 100 MB", SOURCE),
        Limit(
            "files",
            "picture 5 MB, film and sound 16 MB, document 100 MB",
            "developers.facebook.com: Supported media types",
            certain=False,
        ),
        Limit(
            "order_details",
            "businesses and payers of Brazil, in BRL; reference_id 35, of A–Z a–z 0–9 _ . -",
            "Meta's Payments API pages for Brazil",
        ),
        Limit("free text", "24 hours after the shopper's last message, then an approved template", SOURCE),
        Limit(
            "pace",
            "1 message per 6 s to one shopper; bursts up to 45 borrowed from the future (we borrow 12)",
            "integrators' pages on error 131056",
            certain=False,
        ),
        Limit(
            "the phone app's past talk and contacts", "not taken: nobody agreed to our keeping them", "our own choice"
        ),
        Limit("throughput", "80 messages/s per number", "mirror of Meta's page", certain=False),
    )
    media_hosts = ("lookaside.fbsbx.com", ".fbcdn.net", ".whatsapp.net")
    template_config = ("business_account_id",)
    has_template_list = True
    steps = (
        _("At Meta for Developers, open your app (type “Business”) and add WhatsApp to it."),
        _(
            "WhatsApp → API set-up: copy the phone number ID and the WhatsApp business account ID into the fields below."
        ),
        _(
            "Business settings → System users: make one, give it the app and the WhatsApp account, and generate a token that never expires with whatsapp_business_messaging and whatsapp_business_management."
        ),
        _("App settings → Basic: copy the app secret."),
        _("Think of a verify token of your own, write it below and save here first."),
        _(
            "WhatsApp → Configuration → Webhook: paste the address below as callback URL, and the same verify token. Meta calls us at once."
        ),
        _(
            "On the same page subscribe to messages, message_template_status_update, user_preferences and user_id_update, to smb_message_echoes where the number is in WhatsApp's phone app as well, and to account_update, phone_number_quality_update and message_template_quality_update, so that you hear of trouble."
        ),
        _("Come back and press “Check now”; then write to the number from your own phone."),
    )

    def probe(self, config: Mapping[str, Any], *, address: str) -> list[Finding]:
        phone = graph.read(f"{config['phone_number_id']}?fields={PHONE_FIELDS}", config)
        found = [findings.ok("connected", name=text(phone.get("verified_name")) or text(phone.get("id")))]
        here, there = _digits(config.get("number")), _digits(phone.get("display_phone_number"))
        if here and there and here != there:
            found.append(findings.wrong("another_account", setting="number", here=here, there=there))
        if (quality := text(phone.get("quality_rating"))) in POOR:
            found.append(findings.warning("poor_quality", said=quality))
        return [*found, *_webhook(mapping(phone.get("webhook_configuration")), address)]

    def templates(self, config: Mapping[str, Any]) -> list[PlatformTemplate]:
        return graph.read_templates(_business(config), config)

    def submit_template(self, draft: TemplateDraft, config: Mapping[str, Any]) -> PlatformTemplate:
        return graph.submit(_business(config), draft, config)

    def template_language(self, language: str) -> str:
        return TEMPLATE_LANGUAGES.get(language, language)

    def parse(self, request: WebhookRequest, config: Mapping[str, Any]) -> list[ChannelEvent]:
        return parse_webhook(
            request.body,
            phone_number_id=str(config.get("phone_number_id") or ""),
            own_number=str(config.get("number") or ""),
            business_id=str(config.get("business_account_id") or ""),
        )

    def takes_bill(self, bill: Bill, config: Mapping[str, Any], to: Recipient) -> bool:
        payer = to.aliases.get("phone") or to.aliases.get("wa_id") or to.external_id
        is_wanted = config.get("bills") == "yes"
        return is_wanted and is_allowed(bill, business=str(config.get("number") or ""), payer=payer)

    def render(self, content: Content, *, language: str) -> list[WireMessage]:
        return [wire for piece in render(content, self.capability, language=language) for wire in _wires(piece)]

    def render_template(self, template: TemplateRef, variables: tuple[str, ...]) -> list[WireMessage]:
        wording = graph.template_body(template.name, self.template_language(template.language), variables)
        shown = filled(template.body, variables)
        return [WireMessage(body={"type": "template", "template": wording}, text=shown or " · ".join(variables))]

    def address(self, wire: WireMessage, to: Recipient, config: Mapping[str, Any], *, key: str = "") -> WireMessage:
        path = f"{config.get('phone_number_id', '')}/messages"
        if "typing_indicator" in wire.body:
            body = {"messaging_product": "whatsapp", "message_id": to.reply_to, **wire.body}
            return WireMessage(body=body, path=path, text=wire.text)
        head = {"messaging_product": "whatsapp", "recipient_type": "individual", **_whom(to)}
        tail = {"biz_opaque_callback_data": key[:512]} if key and config.get("returns_key") == "yes" else {}
        quoted = {"context": {"message_id": to.quotes}} if to.quotes else {}
        return WireMessage(body={**head, **quoted, **wire.body, **tail}, path=path, text=wire.text)

    def send(
        self, wire: WireMessage, to: Recipient, config: Mapping[str, Any], *, key: str, timeout: float = 10.0
    ) -> Sent:
        if "typing_indicator" in wire.body and not to.reply_to:
            return Sent("")  # Meta shows typing only as an answer to a message
        call = self.address(wire, to, config, key=key)
        answer = graph.send(call.path, call.body, config, timeout=timeout)
        sent = answer.body.get("messages") or [{}]
        provider_id = text(sent[0].get("id")) if isinstance(sent, list) and isinstance(sent[0], dict) else ""
        if not provider_id and "typing_indicator" not in wire.body:
            raise SendFailed(ErrorClass.AMBIGUOUS, "accepted without an id")
        return Sent(provider_id, answer.body)

    def media_request(self, media: MediaRef, config: Mapping[str, Any]) -> MediaRequest:
        base = str(config.get("api_base") or graph.API_BASE).rstrip("/")
        headers = {"Authorization": f"Bearer {config['access_token']}"}
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,128}", media.external_id):
            raise SendFailed(ErrorClass.BAD_REQUEST, "no media id")
        answer = http.get(f"{base}/{media.external_id}", headers=headers, timeout=10)
        if not answer.is_ok:
            raise SendFailed(self.classify_error(answer.status, answer.body), f"media {media.external_id}")
        return MediaRequest(text(answer.body.get("url")), headers)

    def deep_link(self, token: str, config: Mapping[str, Any]) -> str:
        thread = self.thread_link(config)
        return f"{thread}?text={quote(f'Hi #{token}')}" if thread else ""

    def thread_link(self, config: Mapping[str, Any]) -> str:
        digits = re.sub(r"\D", "", str(config.get("number") or ""))
        return f"https://wa.me/{digits}" if digits else ""


def _whom(to: Recipient) -> dict[str, str]:
    """By user id whoever has one: a number we remember may be somebody else's by now, and `to` wins where both are told.

    Only wordings with a code to be copied need a number (error 131062), and we have none of these.
    https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids
    """
    digits = (to.aliases.get("phone") or to.aliases.get("wa_id") or to.external_id).lstrip("+")
    is_number = digits.isascii() and digits.isdigit()
    return {"to": digits} if is_number and not is_user_id(to.external_id) else {"recipient": to.external_id}


def _wires(piece: Piece) -> list[WireMessage]:
    """The messages of a piece; one with a bill or its news is said without them where WhatsApp refuses it."""
    action = _bill_action(piece)
    if action is None:
        return [WireMessage(body=body, text=piece.plain) for body in _bodies(piece)]
    (plain,) = _wires(replace(piece, bill=None, bill_news=None))
    shape, words = ("order_details", piece.text) if piece.bill else ("order_status", piece.plain)
    body = _interactive(shape, action, replace(piece, text=words))
    return [WireMessage(body=body, text=piece.plain, instead=plain)]


def _bill_action(piece: Piece) -> dict[str, Any] | None:
    if piece.bill is not None and piece.link is not None:
        return order_details(piece.bill, piece.link.url)
    return order_status(*piece.bill_news) if piece.bill_news else None


def _bodies(piece: Piece) -> list[dict[str, Any]]:
    if piece.is_typing:
        return [{"status": "read", "typing_indicator": {"type": "text"}}]
    if piece.gallery:
        return [{"type": "image", "image": {"link": url}} for url in piece.gallery]
    if piece.asks_for == "location":
        return [_interactive("location_request_message", {"name": "send_location"}, piece)]
    if piece.link:
        parameters = {"display_text": _cut(piece.link.label, 20), "url": piece.link.url}
        return [_interactive("cta_url", {"name": "cta_url", "parameters": parameters}, piece)]
    if piece.layout is Layout.BUTTONS:
        return [_interactive("button", {"buttons": [_reply(button) for button in piece.buttons]}, piece)]
    if piece.layout is Layout.LIST:
        sections = [{"rows": [_row(button) for button in piece.buttons]}]
        return [_interactive("list", {"button": _cut(piece.opener, 20), "sections": sections}, piece)]
    if piece.file:
        return [_file(piece.file, piece.text)]
    return [{"type": "text", "text": {"body": piece.text, "preview_url": False}}]


def _interactive(wire_type: str, action: dict[str, Any], piece: Piece) -> dict[str, Any]:
    header: dict[str, Any] = {}
    if piece.file:
        header["header"] = {"type": "image", "image": {"link": piece.file.url}}
    return {
        "type": "interactive",
        "interactive": {"type": wire_type, **header, "body": {"text": piece.text}, "action": action},
    }


def _file(file: File, caption: str) -> dict[str, Any]:
    wire_type = FILE_TYPES.get(file.media_type, "document")
    body: dict[str, Any] = {"link": file.url}
    if caption and wire_type != "audio":
        body["caption"] = caption
    if wire_type == "document" and file.filename:
        body["filename"] = file.filename
    return {"type": wire_type, wire_type: body}


def _reply(button: Button) -> dict[str, Any]:
    return {"type": "reply", "reply": {"id": button.payload[:256], "title": button.label}}


def _row(button: Button) -> dict[str, Any]:
    row = {"id": button.payload[:200], "title": button.label}
    return {**row, "description": button.description} if button.description else row


def _cut(label: str, limit: int) -> str:
    return label if len(label) <= limit else label[: limit - 1].rstrip() + "…"


def _digits(number: Any) -> str:
    return re.sub(r"\D", "", text(number))


def _business(config: Mapping[str, Any]) -> str:
    owner = str(config.get("business_account_id") or "")
    if not owner:
        raise SendFailed(ErrorClass.BAD_REQUEST, "business_account_id is missing")
    return quote(owner, safe="")


def _webhook(addresses: Mapping[str, Any], address: str) -> list[Finding]:
    """The number's own address wins over the business account's, and that over the app's; older answers name none."""
    there = next((said for key in WEBHOOKS if (said := text(addresses.get(key)))), "")
    return [findings.webhook(there, ours=address)] if addresses else []
