"""Who carries our RCS. The channel speaks to the port; a provider is one module here."""

from collections.abc import Mapping
from typing import Any, Protocol

from apps.messaging.carriers import Carrier, carrier_named
from apps.messaging.channel import Recipient, Sent, WebhookReply, WebhookRequest, WireMessage
from apps.messaging.findings import Finding

from . import google, twilio, vonage


class RcsProvider(Carrier, Protocol):
    """Bodies come in Google's words: a `contentMessage` (see `rcs_messages`) or an `eventType`; people as "+49…"."""

    has_typing: bool

    def acknowledge(self, request: WebhookRequest, config: Mapping[str, Any]) -> WebhookReply: ...

    def parts(self, wire: WireMessage) -> list[WireMessage]: ...

    def address(self, wire: WireMessage, to: Recipient, config: Mapping[str, Any], key: str) -> WireMessage: ...

    def send(self, call: WireMessage, config: Mapping[str, Any], timeout: float) -> Sent: ...

    def probe(self, config: Mapping[str, Any]) -> list[Finding]: ...


PROVIDERS: dict[str, RcsProvider] = {"google": google.Google(), "twilio": twilio.Twilio(), "vonage": vonage.Vonage()}


def provider_for(config: Mapping[str, Any]) -> RcsProvider:
    """The account's carrier; Google itself unless it says otherwise. Raises `NotConfigured`."""
    return carrier_named(PROVIDERS, config, usual="google", what="RCS")


def provider_of(body: bytes, config: Mapping[str, Any]) -> str:
    """Whose webhook this is. An account's calls are read by whoever verified them, whatever they look like; only a recorded
    call that belongs to no account is known by its looks."""
    if config:
        return next(name for name, provider in PROVIDERS.items() if provider is provider_for(config))
    if b'"message_uuid"' in body:
        return "vonage"
    return "twilio" if b"MessageSid=" in body else "google"
