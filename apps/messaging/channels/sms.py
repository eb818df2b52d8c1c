"""SMS: the floor every other channel falls back to. Menus are typed; 0 is back and 9 a person."""

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from django.utils.translation import gettext_lazy as _

from apps.messaging.channel import (
    Capability,
    Channel,
    ErrorClass,
    Limit,
    MediaRequest,
    Recipient,
    Sent,
    WebhookReply,
    WebhookRequest,
    WireMessage,
)
from apps.messaging.content import Content
from apps.messaging.events import ChannelEvent, MediaRef
from apps.messaging.findings import Finding
from apps.messaging.reading import bounded
from apps.messaging.rendering import render
from apps.messaging.sms_providers import PROVIDERS, provider_for, provider_of

SOURCE = "GSM 03.38 segment arithmetic; Twilio's Messages resource"


class Sms(Channel):
    kind = "sms"
    label = "SMS"
    required_config = ("account_sid", "auth_token", "from_number")
    secret_config = ("auth_token",)
    config_help: ClassVar[Mapping[str, Any]] = {
        "provider": _("twilio (default); vonage is only read so far."),
        "account_sid": _("Twilio's AC… id; a webhook that names another is refused."),
        "auth_token": _("Twilio's auth token; signs webhooks and sends."),
        "from_number": _("The number shoppers write to, as +…."),
        "messaging_service_sid": _("Optional: send through this MG… service instead of the number."),
        "status_callback": _("Where Twilio reports delivery; set to this account's webhook by itself."),
        "api_base": _("Another address than https://api.twilio.com (proxies, emulators)."),
    }
    capability = Capability(
        text=1600,
        payload=0,
        has_media=False,
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
        Limit("pace", "1 message/s from a US long code", "Twilio's rate limits", certain=False),
    )
    media_hosts = ("api.twilio.com", "mms.twiliocdn.com", "media.twiliocdn.com", "s3-external-1.amazonaws.com")

    signing_config = ("auth_token",)
    desk = "https://console.twilio.com/"
    steps = (
        _("In Twilio's console, buy a number that can send and receive SMS."),
        _(
            "Console → Account info: copy the Account SID and the Auth Token into the fields below, and the number with its +. Save."
        ),
        _(
            "Phone numbers → your number → Messaging → “A message comes in”: choose Webhook, paste the address below, HTTP POST. Save there."
        ),
        _("In the US, register the number for A2P 10DLC first; without that carriers drop what you send."),
        _("Come back and press “Check now”, then text the number from your own phone."),
    )

    def probe(self, config: Mapping[str, Any], *, address: str) -> list[Finding]:
        return provider_for(config).probe(config, address)

    def settled(self, config: Mapping[str, Any], *, address: str, shop: str) -> dict[str, Any]:
        return {"status_callback": address, **config}

    def verify(self, request: WebhookRequest, config: Mapping[str, Any]) -> None:
        provider_for(config).verify(request, config)

    def parse(self, request: WebhookRequest, config: Mapping[str, Any]) -> list[ChannelEvent]:
        name = str(config.get("provider") or provider_of(request.body))
        return bounded(PROVIDERS.get(name, PROVIDERS["twilio"]).parse(request, config))

    def acknowledge(
        self, request: WebhookRequest, config: Mapping[str, Any], *, refusal: str | None = None
    ) -> WebhookReply:
        return PROVIDERS[provider_of(request.body)].acknowledge(request)

    def render(self, content: Content, *, language: str) -> list[WireMessage]:
        return [
            WireMessage(body={"Body": piece.text}, text=piece.text, is_form=True)
            for piece in render(content, self.capability, language=language)
        ]

    def address(self, wire: WireMessage, to: Recipient, config: Mapping[str, Any], *, key: str = "") -> WireMessage:
        provider = provider_for(config)
        body = provider.address(wire.body, to, config, key)
        return WireMessage(body=body, path=provider.path(config), text=wire.text, is_form=True)

    def send(
        self, wire: WireMessage, to: Recipient, config: Mapping[str, Any], *, key: str, timeout: float = 10.0
    ) -> Sent:
        call = self.address(wire, to, config, key=key)
        return provider_for(config).send(call.path, call.body, config, timeout)

    def classify_error(self, status: int, body: Mapping[str, Any]) -> ErrorClass:
        return PROVIDERS["twilio"].classify_error(status, body)

    def media_request(self, media: MediaRef, config: Mapping[str, Any]) -> MediaRequest:
        return provider_for(config).media_request(media, config)

    def deep_link(self, token: str, config: Mapping[str, Any]) -> str:
        thread = self.thread_link(config)
        return f"{thread}?body={quote(f'Hi #{token}')}" if thread else ""

    def thread_link(self, config: Mapping[str, Any]) -> str:
        number = str(config.get("from_number") or "")
        return f"sms:{number}" if number else ""
