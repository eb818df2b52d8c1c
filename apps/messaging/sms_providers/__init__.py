"""Who carries our SMS. The channel speaks to the port; a provider is one module here."""

from collections.abc import Mapping
from typing import Any, Protocol

from apps.messaging.carriers import Carrier, carrier_named
from apps.messaging.channel import Recipient, Sent, WebhookReply, WebhookRequest
from apps.messaging.findings import Finding

from . import twilio, vonage


class SmsProvider(Carrier, Protocol):
    """Bodies come in our words: `text`, and `picture` where one address of a picture goes along."""

    is_form: bool

    def acknowledge(self, request: WebhookRequest) -> WebhookReply: ...

    def address(
        self, body: Mapping[str, Any], to: Recipient, config: Mapping[str, Any], key: str
    ) -> dict[str, Any]: ...

    def path(self, config: Mapping[str, Any]) -> str: ...

    def send(self, path: str, body: Mapping[str, Any], config: Mapping[str, Any], timeout: float) -> Sent: ...

    def probe(self, config: Mapping[str, Any], address: str) -> list[Finding]: ...


PROVIDERS: dict[str, SmsProvider] = {"twilio": twilio.Twilio(), "vonage": vonage.Vonage()}


def provider_for(config: Mapping[str, Any]) -> SmsProvider:
    """The account's carrier; Twilio unless it says otherwise. Raises `NotConfigured`."""
    return carrier_named(PROVIDERS, config, usual="twilio", what="SMS")


def provider_of(body: bytes, config: Mapping[str, Any]) -> str:
    """Whose webhook this is; where the account does not say, whose it looks like: Vonage speaks JSON, Twilio forms."""
    named = str(config.get("provider") or ("twilio" if config.get("account_sid") else ""))
    if named in PROVIDERS:
        return named
    return "vonage" if body.lstrip()[:1] in (b"{", b"[") else "twilio"
