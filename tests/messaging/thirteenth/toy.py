"""A new channel is one file. This one is found as the shop's own are, once its folder is looked into."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from apps.messaging import http
from apps.messaging.channel import (
    Capability,
    Channel,
    ErrorClass,
    Forged,
    NotConfigured,
    Recipient,
    SendFailed,
    Sent,
    WebhookRequest,
    WireMessage,
)
from apps.messaging.content import Content
from apps.messaging.events import ChannelEvent, EventKind
from apps.messaging.reading import (
    bounded,
    fingerprint,
    header_bytes,
    ignored,
    items,
    mapping,
    moment,
    one_by_one,
    read_json,
    text,
)
from apps.messaging.rendering import render

MEANINGS = {"left": ErrorClass.OPTED_OUT, "stranger": ErrorClass.UNREACHABLE, "key": ErrorClass.AUTH}


class Toy(Channel):
    kind = "toy"
    label = "Tin-can telephone"
    required_config = ("secret",)
    secret_config = ("secret",)
    capability = Capability(text=200, buttons=2, button_label=10, media=())

    def verify(self, request: WebhookRequest, config: Mapping[str, Any]) -> None:
        if not config.get("secret"):
            raise NotConfigured("secret is missing")
        digest = hmac.new(config["secret"].encode(), request.body, hashlib.sha256).hexdigest().encode()
        if not hmac.compare_digest(header_bytes(request.headers, "x-toy"), digest):
            raise Forged("x-toy does not match")

    def parse(self, request: WebhookRequest, config: Mapping[str, Any]) -> list[ChannelEvent]:
        return bounded(one_by_one(items(read_json(request.body).get("said")), self._said))

    def _said(self, item: Any) -> list[ChannelEvent]:
        said = mapping(item)
        who, at = text(said.get("who")), moment(said.get("at"))
        if not who:
            return [ignored(item, reason="nobody named", at=at)]
        key = text(said.get("id")) or fingerprint(said)
        return [ChannelEvent(EventKind.MESSAGE, key, who, at, type="text", text=text(said.get("what")))]

    def render(self, content: Content, *, language: str) -> list[WireMessage]:
        pieces = render(content, self.capability, language=language)
        return [
            WireMessage({"words": piece.text, "tap": [button.label for button in piece.buttons]}, text=piece.plain)
            for piece in pieces
        ]

    def address(self, wire: WireMessage, to: Recipient, config: Mapping[str, Any], *, key: str = "") -> WireMessage:
        return WireMessage({"who": to.external_id, **wire.body}, path="say", text=wire.text)

    def send(
        self, wire: WireMessage, to: Recipient, config: Mapping[str, Any], *, key: str, timeout: float = 10.0
    ) -> Sent:
        if not config.get("secret"):
            raise SendFailed(ErrorClass.AUTH, "secret is missing")
        call = self.address(wire, to, config, key=key)
        answer = http.post(f"{config['api_base']}/{call.path}", json_body=call.body, timeout=timeout)
        if answer.is_ok and answer.body.get("heard"):
            return Sent(text(answer.body["heard"]))
        if answer.is_ok and not answer.body.get("no"):
            raise SendFailed(ErrorClass.AMBIGUOUS, "the answer was cut")
        raise SendFailed(self.classify_error(answer.status, answer.body), retry_after=answer.retry_after)

    def classify_error(self, status: int, body: Mapping[str, Any]) -> ErrorClass:
        return MEANINGS.get(text(body.get("no"))) or http.meaning_of(status)
