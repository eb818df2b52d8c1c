"""RCS by Twilio: signed and sent like its SMS, with `rcs:` before the names. Words and a picture go out; its rich forms
need templates made at Twilio beforehand, so that menus are numbered here as in SMS."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from apps.messaging import findings
from apps.messaging.channel import (
    ErrorClass,
    MediaRequest,
    Recipient,
    Sent,
    WebhookReply,
    WebhookRequest,
    WireMessage,
)
from apps.messaging.events import ChannelEvent, MediaRef
from apps.messaging.findings import Finding
from apps.messaging.reading import ignored, mapping
from apps.messaging.rendering import size, split
from apps.messaging.sms_providers import twilio
from apps.messaging.sms_providers.twilio_events import bare_names, inbound_events, with_rich_parts

from .google_events import bare

PREFIX = "rcs:"
BODY = 1600  # characters of a message (twilio.com/docs/api/errors/21617), whatever carries it


class Twilio:
    has_typing = False
    sms = twilio.Twilio()

    def missing(self, config: Mapping[str, Any]) -> list[str]:
        return self.sms.missing(config)

    def verify(self, request: WebhookRequest, config: Mapping[str, Any]) -> None:
        self.sms.verify(request, config)

    def parse(self, request: WebhookRequest, config: Mapping[str, Any]) -> list[ChannelEvent]:
        form, _channel = bare_names(twilio.read_fields(request.body))
        if twilio.is_status(form):
            return [twilio.status_event(form, request.query.get("key", ""))]
        agent = str(config.get("agent_id") or "").removeprefix(PREFIX)
        if agent and form.get("To") and bare(form["To"]) != bare(agent):
            return [ignored(form, reason="another agent's")]
        return with_rich_parts(form, inbound_events(form))

    def acknowledge(self, request: WebhookRequest, config: Mapping[str, Any]) -> WebhookReply:
        return self.sms.acknowledge(request)

    def parts(self, wire: WireMessage) -> list[WireMessage]:
        """Menus and cards in words may be longer than Twilio takes: a picture goes with the first part, taps need none."""
        told = split(wire.text, lambda words: size(words) <= BODY)
        if len(told) < 2:
            return [wire]
        rest = [WireMessage(body={"contentMessage": {"text": part}}, text=part) for part in told[1:]]
        return [replace(wire, text=told[0], instead=None), *rest]

    def address(self, wire: WireMessage, to: Recipient, config: Mapping[str, Any], key: str) -> WireMessage:
        content = mapping(wire.body.get("contentMessage"))
        sender = f"{PREFIX}{str(config.get('agent_id') or '').removeprefix(PREFIX)}"
        there = replace(to, external_id=f"{PREFIX}{to.external_id}")
        said: dict[str, Any] = {"text": wire.text}
        if "contentInfo" in content:
            said = {"text": "", "picture": content["contentInfo"]["fileUrl"]}
        elif picture := _picture_on(content):
            said["picture"] = picture
        body = self.sms.address(said, there, {**config, "from_number": sender}, key)
        return WireMessage(
            body={name: value for name, value in body.items() if value},
            path=self.sms.path(config),
            text=wire.text,
            is_form=True,
        )

    def send(self, call: WireMessage, config: Mapping[str, Any], timeout: float) -> Sent:
        return self.sms.send(call.path, call.body, config, timeout)

    def classify_error(self, status: int, body: Mapping[str, Any]) -> ErrorClass:
        return self.sms.classify_error(status, body)

    def probe(self, config: Mapping[str, Any]) -> list[Finding]:
        return [findings.ok("unchecked")]

    def media_request(self, media: MediaRef, config: Mapping[str, Any]) -> MediaRequest:
        return self.sms.media_request(media, config)


def _picture_on(content: dict[str, Any]) -> str:
    card = mapping(mapping(mapping(content.get("richCard")).get("standaloneCard")).get("cardContent"))
    return str(mapping(mapping(card.get("media")).get("contentInfo")).get("fileUrl") or "")
