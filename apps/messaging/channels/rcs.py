"""RCS for Business: an agent with the shop's name in the phone's own messages app. By Google itself, Vonage or Twilio."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import quote

from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from apps.messaging.carriers import CarriedChannel
from apps.messaging.channel import (
    Capability,
    ErrorClass,
    Limit,
    Recipient,
    Sent,
    WebhookReply,
    WebhookRequest,
    WireMessage,
)
from apps.messaging.content import Content
from apps.messaging.findings import Finding
from apps.messaging.platforms import vonage
from apps.messaging.platforms.rcs.messages import CARDS, DESCRIPTION, LABEL, TITLE, content_of
from apps.messaging.rcs_providers import PROVIDERS, RcsProvider, provider_for, provider_of
from apps.messaging.rendering import render

SOURCE = "developers.google.com: RCS for Business, REST v1"
TEXT = 3072  # characters


class Rcs(CarriedChannel):
    kind = "rcs"
    label = "RCS"
    required_config = ("agent_id",)
    asked_config = ("provider", "client_token", "client_email", "private_key")
    secret_config = ("client_token", "private_key", "api_secret", "signature_secret", "auth_token")
    config_help: ClassVar[Mapping[str, Any]] = {
        "provider": _("Who carries the messages: google (default), vonage or twilio."),
        "agent_id": _("The agent's ID, as the platform shows it."),
        "client_token": _("Your own word, typed beside Google's webhook form; signs webhooks."),
        "client_email": _("The Google service account's address, from its JSON key."),
        "private_key": _(
            "The private key of the Google service account or of the Vonage application, from BEGIN to END."
        ),
        "region": _("Where Google keeps the agent: us, europe or asia; empty for none of them."),
        "ttl_hours": _("Optional: after so many hours a message that did not arrive is called back."),
        "signature_secret": _("Vonage's signature secret; without it no webhook is taken."),
        "application_id": _("The Vonage application; with its private key it sends."),
        "api_key": _("Vonage's API key; sends together with the API secret where there is no application."),
        "api_secret": _("Vonage's API secret."),
        "account_sid": _("Twilio's AC… id; a webhook that names another is refused."),
        "auth_token": _("Twilio's auth token; signs webhooks and sends."),
        "messaging_service_sid": _("Optional: send through this MG… service instead of the number."),
        "number": _("The number that opens this thread, for links; where the platform gives one."),
        "status_callback": _("Where the provider reports delivery; set to this account's webhook by itself."),
        "api_base": _("Another address than the provider's own (proxies, emulators)."),
    }
    is_known_by_number = True
    capability = Capability(
        text=1600,
        choice_text=1200,
        buttons=11,
        button_label=LABEL,
        payload=2048,
        slides=CARDS,
        card_title=TITLE,
        card_text=DESCRIPTION,
        card_buttons=4,
        link_buttons=1,
        has_mixed_buttons=True,
        caption=1000,
        has_typing=True,
        requests=("location",),
        asks_beside=True,
        receipts=("delivered", "read"),
        falls_back_on="sms",
        source=SOURCE,
    )
    limits = (
        Limit("text", "3072 characters", "vonage_messages 1.8.1"),
        Limit(
            "text by Twilio",
            "1600 characters: our own limit for all three",
            "Twilio's Messages resource",
            certain=False,
        ),
        Limit("text beside suggestions", "1200 characters, 1000 beside a picture", "our own choice"),
        Limit("suggestions", "11, label 25, postback 2048", SOURCE),
        Limit("card", "title 200, description 2000, 4 suggestions", SOURCE),
        Limit("carousel", "2 to 10 cards", SOURCE),
        Limit("file", "100 MB, by its address", SOURCE, certain=False),
        Limit("message", "250 kB without its files", SOURCE, certain=False),
        Limit(
            "rich forms by Twilio",
            "none without templates made there: numbered words and one picture",
            "Twilio's RCS pages",
        ),
        Limit("reach", "404 where the number has no RCS: order news then go by SMS", SOURCE),
        Limit("UNSUBSCRIBE", "of messages that are not essential: offers stop, orders are still told", SOURCE),
    )
    media_hosts = (
        *("storage.googleapis.com", ".googleapis.com"),
        *("api.nexmo.com", "api-us.nexmo.com", "api-eu.nexmo.com", "api-ap.nexmo.com", ".vonage.com"),
        *("api.twilio.com", "mms.twiliocdn.com", "media.twiliocdn.com", "s3-external-1.amazonaws.com"),
    )

    signing_config = ("client_token", "signature_secret", "auth_token")
    desk = "https://business-communications.cloud.google.com/"
    steps = (
        _("In Google's RCS for Business console, create an agent for your shop and note its ID."),
        _(
            "In the same console, create a service account key; copy its client_email and private_key into the fields below."
        ),
        _("Invent a client token and enter it below. Save."),
        _(
            "Agent → Integrations → Webhook: paste the address below and the same client token. Google checks it at once."
        ),
        _("Until the carriers have approved the agent, it reaches only phones you invite as testers."),
        _("Come back and press “Check now”, then write to the agent from a tester's phone."),
    )

    def probe(self, config: Mapping[str, Any], *, address: str) -> list[Finding]:
        return provider_for(config).probe(config)

    def carrier(self, config: Mapping[str, Any]) -> RcsProvider:
        return provider_for(config)

    def reader(self, body: bytes, config: Mapping[str, Any]) -> RcsProvider:
        return PROVIDERS[provider_of(body, config)]

    def missing(self, config: Mapping[str, Any]) -> list[str]:
        return [*super().missing(config), *self.asked_by_carrier(config)]

    def acknowledge(
        self, request: WebhookRequest, config: Mapping[str, Any], *, refusal: str | None = None
    ) -> WebhookReply:
        return provider_for(config).acknowledge(request, config)

    def render(self, content: Content, *, language: str) -> list[WireMessage]:
        with override(language):
            share = gettext("Share my location")
        wires: list[WireMessage] = []
        for piece in render(content, self.capability, language=language):
            if piece.is_typing:
                wires.append(WireMessage(body={"eventType": "IS_TYPING"}))
            else:
                wires += _wires(content_of(piece, share=share), piece.plain)
        return wires

    def parts(self, wire: WireMessage, config: Mapping[str, Any]) -> list[WireMessage]:
        return provider_for(config).parts(wire)

    def address(self, wire: WireMessage, to: Recipient, config: Mapping[str, Any], *, key: str = "") -> WireMessage:
        provider = provider_for(config)
        if "eventType" in wire.body and not provider.has_typing:
            return wire
        return provider.address(wire, to, config, key)

    def send(
        self, wire: WireMessage, to: Recipient, config: Mapping[str, Any], *, key: str, timeout: float = 10.0
    ) -> Sent:
        provider = provider_for(config)
        if "eventType" in wire.body and not provider.has_typing:
            return Sent("")
        return provider.send(provider.address(wire, to, config, key), config, timeout)

    def classify_error(self, status: int, body: Mapping[str, Any]) -> ErrorClass:
        name = "vonage" if vonage.is_error(body) else "twilio" if "more_info" in body else "google"
        return PROVIDERS[name].classify_error(status, body)

    def deep_link(self, token: str, config: Mapping[str, Any]) -> str:
        thread = self.thread_link(config)
        return f"{thread}&body={quote(f'Hi #{token}')}" if thread else ""

    def thread_link(self, config: Mapping[str, Any]) -> str:
        """Phones open an agent's thread by its number, with the agent's service id beside it."""
        number, agent = str(config.get("number") or ""), str(config.get("agent_id") or "")
        if not number or not agent:
            return ""
        service = agent if "@" in agent else f"{agent}@rbm.goog"
        return f"sms:{number}?service_id={quote(service)}"


def _wires(contents: list[dict[str, Any]], plain: str) -> list[WireMessage]:
    """The last of them carries the words."""
    files = [WireMessage(body={"contentMessage": content}) for content in contents[:-1]]
    return [*files, *(_wire(content, plain) for content in contents[-1:])]


def _wire(content: dict[str, Any], plain: str) -> WireMessage:
    """The message; its words stand in where a phone is too old for cards."""
    wire = WireMessage(body={"contentMessage": content}, text=plain)
    if "richCard" not in content or not 0 < len(plain) <= TEXT:
        return wire
    return replace(wire, instead=WireMessage(body={"contentMessage": {"text": plain}}, text=plain))
