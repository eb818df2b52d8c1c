"""A new channel is one class: this toy has forty lines and passes what every channel must pass."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

import pytest

from apps.messaging.channel import (
    Capability,
    Channel,
    ErrorClass,
    Forged,
    NotConfigured,
    Recipient,
    Sent,
    WebhookRequest,
    WireMessage,
)
from apps.messaging.content import Content
from apps.messaging.events import ChannelEvent, EventKind
from apps.messaging.reading import bounded, header_bytes, items, mapping, moment, one_by_one, read_json, text
from apps.messaging.rendering import render

from .examples import EXAMPLES, LANGUAGES, example
from .suite import CHECKS, Subject


class Toy(Channel):
    kind = "toy"
    label = "Tin-can telephone"
    required_config = ("secret",)
    secret_config = ("secret",)
    capability = Capability(text=200, buttons=2, button_label=10, link_buttons=0, media=())

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
        who = text(said.get("who"))
        event = ChannelEvent(
            EventKind.MESSAGE, text(said["id"]), who, moment(said.get("at")), type="text", text=text(said.get("what"))
        )
        return [event]

    def render(self, content: Content, *, language: str) -> list[WireMessage]:
        pieces = render(content, self.capability, language=language)
        return [
            WireMessage(body={"words": piece.text, "tap": [button.label for button in piece.buttons]}, text=piece.plain)
            for piece in pieces
        ]

    def send(
        self, wire: WireMessage, to: Recipient, config: Mapping[str, Any], *, key: str, timeout: float = 10.0
    ) -> Sent:
        return Sent(key)

    def classify_error(self, status: int, body: Mapping[str, Any]) -> ErrorClass:
        return ErrorClass.RETRY


BODY = b'{"said": [{"id": "1", "who": "ana", "at": 1790000000, "what": "hi"}, 7, {"who": "bob"}]}'


def sign(body: bytes, config: dict[str, Any]) -> WebhookRequest:
    digest = hmac.new(config["secret"].encode(), body, hashlib.sha256).hexdigest()
    return WebhookRequest("POST", "https://shop.example/webhooks/toy/main/", {"x-toy": digest}, {}, body)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_toy_passes_the_webhook_suite(check: Any) -> None:
    check(Subject(Toy(), {"secret": "string"}, sign, "x-toy", "secret", True, BODY))


def test_toy_keeps_the_good_and_the_broken() -> None:
    events = Toy().parse(sign(BODY, {"secret": "string"}), {})
    assert [(str(event.kind), event.text) for event in events] == [("message", "hi"), ("ignored", ""), ("ignored", "")]


@pytest.mark.parametrize("name", EXAMPLES)
def test_toy_can_say_everything_within_its_limits(name: str) -> None:
    for language in LANGUAGES:
        for wire in Toy().render(example(name, language), language=language):
            assert 0 < len(wire.body["words"]) <= 200
            assert len(wire.body["tap"]) <= 2
            assert all(0 < len(label) <= 10 for label in wire.body["tap"])
