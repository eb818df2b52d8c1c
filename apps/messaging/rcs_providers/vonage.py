"""RCS by Vonage's Messages API: text, cards, carousels and files in its own words, the rest passed on in Google's."""

from collections.abc import Mapping
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
from apps.messaging.contacts import sort_of
from apps.messaging.events import ChannelEvent, EventKind, MediaRef
from apps.messaging.findings import Finding
from apps.messaging.platforms import vonage
from apps.messaging.platforms.rcs.messages import ACTION
from apps.messaging.reading import ignored, kept, mapping, number, one_by_one, read_json, text

from .google import ttl_hours
from .google_events import bare, words_events

MOST_TTL = 72  # hours
DESCRIPTION = 500  # characters that say where a link leads
FILES = {
    "image": ("jpg", "jpeg", "png", "gif"),
    "video": ("mp4", "mpeg", "mpg", "m4v", "webm"),
}


class Vonage:
    has_typing = False

    def missing(self, config: Mapping[str, Any]) -> list[str]:
        return vonage.missing(config)

    def verify(self, request: WebhookRequest, config: Mapping[str, Any]) -> None:
        vonage.verify(request, config)

    def parse(self, request: WebhookRequest, config: Mapping[str, Any]) -> list[ChannelEvent]:
        agent = str(config.get("agent_id") or "")
        return one_by_one([read_json(request.body)], lambda item: _event(item, agent))

    def acknowledge(self, request: WebhookRequest, config: Mapping[str, Any]) -> WebhookReply:
        return WebhookReply()

    def parts(self, wire: WireMessage) -> list[WireMessage]:
        return [wire]

    def address(self, wire: WireMessage, to: Recipient, config: Mapping[str, Any], key: str) -> WireMessage:
        head = {"to": vonage.digits(to.external_id), "from": str(config.get("agent_id") or ""), "channel": "rcs"}
        call = {**head, **message_of(mapping(wire.body.get("contentMessage"))), "webhook_version": "v1"}
        if key:
            call["client_ref"] = key
        if callback := str(config.get("status_callback") or ""):
            call["webhook_url"] = callback
        if hours := ttl_hours(config, MOST_TTL):
            call["ttl"] = hours * 3600
        return WireMessage(body=call, path=vonage.PATH, text=wire.text)

    def send(self, call: WireMessage, config: Mapping[str, Any], timeout: float) -> Sent:
        return vonage.send(call.path, call.body, config, timeout)

    def classify_error(self, status: int, body: Mapping[str, Any]) -> ErrorClass:
        return vonage.classify(status, body)

    def probe(self, config: Mapping[str, Any]) -> list[Finding]:
        return [findings.ok("unchecked")]

    def media_request(self, media: MediaRef, config: Mapping[str, Any]) -> MediaRequest:
        return vonage.media_request(media, config)


def message_of(content: dict[str, Any]) -> dict[str, Any]:
    """The same in Vonage's words; as it is (`custom`) where it has none for it."""
    suggestions = [_suggestion(one) for one in content.get("suggestions", [])]
    below = {"suggestions": suggestions} if suggestions else {}
    rich = mapping(content.get("richCard"))
    if "text" in content:
        return {"message_type": "text", "text": content["text"], **below}
    cards = mapping(rich.get("carouselCard")).get("cardContents", [])
    if cards and all(_is_whole(card) for card in cards):
        shown = {"message_type": "carousel", "carousel": {"cards": [_card(card) for card in cards]}}
        return {**shown, "rcs": {"card_width": "MEDIUM"}, **below}
    card = mapping(mapping(rich.get("standaloneCard")).get("cardContent"))
    if card and not suggestions and _is_whole(card):
        return {"message_type": "card", "card": _card(card), "rcs": {"card_orientation": "VERTICAL"}}
    if "contentInfo" in content and not suggestions:
        url = content["contentInfo"]["fileUrl"]
        kind = _kind_of(url)
        return {"message_type": kind, kind: {"url": url}}
    return {"message_type": "custom", "custom": {"contentMessage": content}}


def _is_whole(card: dict[str, Any]) -> bool:
    """Vonage's own cards have all three; Google's need one."""
    return bool(card.get("title") and card.get("description") and card.get("media"))


def _card(card: dict[str, Any]) -> dict[str, Any]:
    media = card["media"]
    shown = {"title": card["title"], "text": card["description"], "media_url": media["contentInfo"]["fileUrl"]}
    suggestions = [_suggestion(one) for one in card.get("suggestions", [])]
    return {**shown, "media_height": media["height"], **({"suggestions": suggestions} if suggestions else {})}


def _suggestion(one: dict[str, Any]) -> dict[str, Any]:
    shown = mapping(one.get("reply")) or mapping(one.get("action"))
    told = {"text": shown["text"], "postback_data": shown["postbackData"]}
    if "openUrlAction" in shown:
        url = shown["openUrlAction"]["url"]
        return {**told, "type": "open_url", "url": url, "description": shown["text"][:DESCRIPTION]}
    return {**told, "type": "share_location" if "shareLocationAction" in shown else "reply"}


def _kind_of(url: str) -> str:
    end = url.partition("?")[0].rpartition(".")[2].lower()
    return next((kind for kind, ends in FILES.items() if end in ends), "file")


def _event(data: dict[str, Any], agent: str) -> list[ChannelEvent]:
    if "status" in data:
        return [vonage.status_event(data)]
    base = vonage.envelope(data)
    if not base["external_user_id"]:
        return [ignored(data, reason="no sender")]
    if agent and text(data.get("to")) and bare(text(data.get("to"))) != bare(agent):
        return [ignored(data, reason="another agent's")]
    kind = text(data.get("message_type"))
    if kind in ("reply", "button"):
        return [_tapped(data, mapping(data.get(kind)), base)]
    if kind == "text":
        return words_events(text(data.get("text")), base)
    if kind == "location":
        place = mapping(data.get("location"))
        latitude, longitude = place.get("lat", place.get("latitude")), place.get("long", place.get("longitude"))
        where = {"latitude": number(latitude), "longitude": number(longitude)}
        return [ChannelEvent(kind=EventKind.MESSAGE, **base, type="location", data=where)]
    media, words = vonage.files_of(data, kind)
    if media:
        return [ChannelEvent(kind=EventKind.MESSAGE, **base, text=words, media=media, **sort_of(media))]
    return [ChannelEvent(kind=EventKind.MESSAGE, **base, type="unsupported", data=kept(data))]


def _tapped(data: dict[str, Any], part: dict[str, Any], base: dict[str, Any]) -> ChannelEvent:
    """`reply` has id and title, `button` payload and text."""
    payload = text(part.get("id")) or text(part.get("payload"))
    label = text(part.get("title")) or text(part.get("text"))
    if payload.startswith(ACTION):
        who, at = base["external_user_id"], base["occurred_at"]
        return ignored(data, reason="the phone acted", key=base["external_event_id"], user=who, at=at)
    return ChannelEvent(kind=EventKind.CHOICE, **base, payload=payload or label, label=label, via="button")
