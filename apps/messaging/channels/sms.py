"""SMS: the floor every other channel falls back to. Menus are typed; 0 is back and 9 a person."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import quote

from django.utils.translation import gettext_lazy as _

from apps.customers.phone_country import country_of_phone
from apps.messaging.carriers import CarriedChannel
from apps.messaging.channel import (
    Capability,
    ErrorClass,
    Limit,
    Recipient,
    SendFailed,
    Sent,
    WebhookReply,
    WebhookRequest,
    WireMessage,
)
from apps.messaging.content import Content, Media, cards_of
from apps.messaging.findings import Finding
from apps.messaging.guides import Guide
from apps.messaging.platforms import vonage
from apps.messaging.rendering import render
from apps.messaging.sms_providers import PROVIDERS, SmsProvider, provider_for, provider_of
from apps.messaging.sms_providers.guides import GUIDES

MMS_COUNTRIES = ("US", "CA")
YES = ("yes", "true", "1", "on")
WITHOUT_PICTURE = (ErrorClass.BAD_REQUEST, ErrorClass.POLICY)  # may be about the picture: the words alone may pass
SOURCE = "GSM 03.38 segment arithmetic; Twilio's Messages resource"


class Sms(CarriedChannel):
    kind = "sms"
    label = "SMS"
    required_config = ("from_number",)
    secret_config = ("auth_token", "api_secret", "private_key", "signature_secret")
    config_help: ClassVar[Mapping[str, Any]] = {
        "provider": _("Who carries the messages: twilio (default) or vonage."),
        "account_sid": _("Twilio's AC… id; a webhook that names another is refused."),
        "auth_token": _("Twilio's auth token; signs webhooks and sends."),
        "from_number": _("The number shoppers write to, as +…."),
        "messaging_service_sid": _("Optional: send through this MG… service instead of the number."),
        "signature_secret": _("Vonage's signature secret; without it no webhook is taken."),
        "signature_method": _("How Vonage's SMS API signs: md5hash, md5, sha1, sha256 (default) or sha512."),
        "application_id": _("The Vonage application; with its private key it sends."),
        "private_key": _("The Vonage application's private key, from BEGIN to END."),
        "api_key": _("Vonage's API key; sends together with the API secret where there is no application."),
        "api_secret": _("Vonage's API secret."),
        "mms": _("yes: pictures go along as MMS between numbers of the United States and Canada."),
        "status_callback": _("Where the provider reports delivery; set to this account's webhook by itself."),
        "api_base": _("Another address than the provider's own (proxies, emulators)."),
    }
    is_known_by_number = True
    capability = Capability(
        text=1600,
        payload=0,
        media=(),
        receipts=("sent", "delivered", "failed"),
        segments=3,
        pace_seconds=1.0,
        burst=3,
        source=SOURCE,
    )
    limits = (
        Limit("segment", "160 GSM-7 characters (153 when joined) or 70 UCS-2 (67)", SOURCE, certain=False),
        Limit("text", "1600 characters a message", "Twilio's Messages resource", certain=False),
        Limit("our own", "3 segments a message, then the next message", "our own choice"),
        Limit("words taken by the platform", "STOP, CANCEL, END, QUIT, START, YES, HELP", "Twilio's opt-out keywords"),
        Limit("text by Vonage", "3200 characters", "vonage_messages 1.8.1"),
        Limit(
            "MMS",
            "one picture with 1600 characters (Twilio) or 3000 (Vonage), US and CA",
            "the providers",
            certain=False,
        ),
        Limit("pace", "1 message/s from a US long code", "Twilio's rate limits", certain=False),
    )
    media_hosts = (
        *("api.twilio.com", "mms.twiliocdn.com", "media.twiliocdn.com", "s3-external-1.amazonaws.com"),
        *("api.nexmo.com", "api-us.nexmo.com", "api-eu.nexmo.com", "api-ap.nexmo.com", ".vonage.com"),
    )

    def carrier(self, config: Mapping[str, Any]) -> SmsProvider:
        return provider_for(config)

    def reader(self, body: bytes, config: Mapping[str, Any]) -> SmsProvider:
        return PROVIDERS[provider_of(body, config)]

    def missing(self, config: Mapping[str, Any]) -> list[str]:
        return [*self.asked_by_carrier(config), *super().missing(config)]

    signing_config = ("auth_token", "signature_secret")
    carriers: ClassVar[Mapping[str, str]] = {name: guide.label for name, guide in GUIDES.items()}

    def guide(self, config: Mapping[str, Any]) -> Guide:
        return GUIDES.get(str(config.get("provider") or ""), GUIDES["twilio"])

    def probe(self, config: Mapping[str, Any], *, address: str) -> list[Finding]:
        return provider_for(config).probe(config, address)

    def acknowledge(
        self, request: WebhookRequest, config: Mapping[str, Any], *, refusal: str | None = None
    ) -> WebhookReply:
        return PROVIDERS[provider_of(request.body, config)].acknowledge(request)

    def render(self, content: Content, *, language: str) -> list[WireMessage]:
        pieces = render(content, self.capability, language=language)
        wires = [WireMessage(body={"text": piece.text}, text=piece.text) for piece in pieces]
        pictured = self._pictured(content, language) if len(wires) == 1 else {}
        return [replace(wires[0], body={**wires[0].body, "mms": pictured})] if pictured else wires

    def _pictured(self, content: Content, language: str) -> dict[str, str]:
        """The same as one picture with its words; {} where there is none or the words need more than one message."""
        url, bare = picture_of(content)
        words = render(bare, self.capability, language=language) if url else []
        if not url or len(words) > 1:
            return {}
        return {"text": words[0].text if words else "", "picture": url}

    def address(self, wire: WireMessage, to: Recipient, config: Mapping[str, Any], *, key: str = "") -> WireMessage:
        provider = provider_for(config)
        said = wire.body["mms"] if _is_pictured(wire, to, config) else {"text": wire.body["text"]}
        body = provider.address(said, to, config, key)
        return WireMessage(body=body, path=provider.path(config), text=wire.text, is_form=provider.is_form)

    def send(
        self, wire: WireMessage, to: Recipient, config: Mapping[str, Any], *, key: str, timeout: float = 10.0
    ) -> Sent:
        try:
            return self._send(wire, to, config, key, timeout)
        except SendFailed as failure:
            if not _is_pictured(wire, to, config) or failure.error_class not in WITHOUT_PICTURE:
                raise
        return self._send(replace(wire, body={"text": wire.body["text"]}), to, config, key, timeout)

    def _send(self, wire: WireMessage, to: Recipient, config: Mapping[str, Any], key: str, timeout: float) -> Sent:
        call = self.address(wire, to, config, key=key)
        return provider_for(config).send(call.path, call.body, config, timeout)

    def classify_error(self, status: int, body: Mapping[str, Any]) -> ErrorClass:
        return PROVIDERS["vonage" if vonage.is_error(body) else "twilio"].classify_error(status, body)

    def deep_link(self, token: str, config: Mapping[str, Any]) -> str:
        thread = self.thread_link(config)
        return f"{thread}?body={quote(f'Hi #{token}')}" if thread else ""

    def thread_link(self, config: Mapping[str, Any]) -> str:
        number = str(config.get("from_number") or "")
        return f"sms:{number}" if number else ""


def picture_of(content: Content) -> tuple[str, Content]:
    """(the one picture this content is about, the content without the link to it); ("", content) where there is none."""
    if isinstance(content, Media) and content.media_type == "image":
        return content.url, replace(content, url="")
    cards = cards_of(content)
    return (cards[0].image_url if len(cards) == 1 else ""), content


def _is_pictured(wire: WireMessage, to: Recipient, config: Mapping[str, Any]) -> bool:
    """Whether it goes as MMS: the account may, and both numbers are where carriers pass these on."""
    if "mms" not in wire.body or str(config.get("mms") or "").strip().lower() not in YES:
        return False
    numbers = (str(config.get("from_number") or ""), to.external_id)
    return all(country_of_phone(number) in MMS_COUNTRIES for number in numbers)
