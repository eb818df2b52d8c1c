"""What Messenger and Instagram share beyond the Graph: one Send API, its recipients, templates and files."""

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from django.utils.translation import gettext_lazy as _

from apps.messaging import findings
from apps.messaging.channel import (
    ErrorClass,
    MediaRequest,
    Profile,
    Recipient,
    SendFailed,
    Sent,
    WebhookRequest,
    WireMessage,
)
from apps.messaging.content import Content
from apps.messaging.events import ChannelEvent, MediaRef
from apps.messaging.findings import Finding
from apps.messaging.platforms.meta import graph
from apps.messaging.platforms.meta.events import parse_webhook
from apps.messaging.reading import items, language_of, mapping, text
from apps.messaging.rendering import Button, Link, Piece, Slide, render, shorten, size, split
from apps.messaging.rendering.wording import link_text

TITLE = SUBTITLE = 80  # characters of a card's two lines
CARDS, CARD_BUTTONS, BUTTON_LABEL = 10, 3, 20
WINDOW_HOURS, PERSON_HOURS = 24, 7 * 24
IN_TIME = {"messaging_type": "RESPONSE"}
LATE = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}  # only what a person wrote may say so
NEEDED_FIELDS = ("messages", "messaging_postbacks")  # without these nobody is heard
PROFILES = _(
    '"yes" where Meta allowed the app to read profiles: the assistant knows a newcomer by name, and on Messenger by language.'
)
HUMAN_AGENT = _(
    '"yes" where Meta allowed the app "Human Agent": colleagues may answer for seven days, the assistant for one.'
)


class InboxChannel(graph.GraphChannel):
    """An inbox behind the Send API. `own_id` names the setting with the id that webhooks name us by."""

    own_id: ClassVar[str] = "page_id"
    profile_fields: ClassVar[tuple[str, ...]] = ("first_name", "last_name", "locale")
    fields: ClassVar[tuple[str, ...]] = NEEDED_FIELDS  # what is to be told to our app

    def parse(self, request: WebhookRequest, config: Mapping[str, Any]) -> list[ChannelEvent]:
        own_id, app_id = (str(config.get(name) or "") for name in (self.own_id, "app_id"))
        return parse_webhook(request.body, own_id=own_id, app_id=app_id)

    def hours_open(self, config: Mapping[str, Any], *, is_person: bool = False) -> float | None:
        is_allowed = is_person and str(config.get("human_agent") or "").lower() == "yes"
        return self.capability.person_hours if is_allowed else self.capability.window_hours

    def tells_profiles(self, config: Mapping[str, Any]) -> bool:
        return str(config.get("profiles") or "").lower() == "yes"

    def profile(self, external_id: str, config: Mapping[str, Any], *, timeout: float) -> Profile:
        fields, base = ",".join(self.profile_fields), self.sender(config)[0]
        person = graph.read(f"{quote(external_id, safe='')}?fields={fields}", config, timeout=timeout, base=base)
        name = text(person.get("name")) or " ".join(
            part for key in ("first_name", "last_name") if (part := text(person.get(key)))
        )
        return Profile(name=name or text(person.get("username")), language=language_of(text(person.get("locale"))))

    def probe(self, config: Mapping[str, Any], *, address: str) -> list[Finding]:
        base, own = self.sender(config)
        me = graph.read("me?fields=id,name", config, base=base)
        found = [findings.ok("connected", name=text(me.get("name")) or text(me.get("id")))]
        if (there := text(me.get("id"))) != own:
            return [*found, findings.wrong("another_account", setting="page_id", here=own, there=there or "?")]
        subscribed = graph.read(f"{quote(own, safe='')}/subscribed_apps", config, base=base)
        return [*found, _subscription(subscribed, str(config.get("app_id") or ""), self.fields_needed)]

    @property
    def fields_needed(self) -> tuple[str, ...]:
        """Those of them without which nobody is heard."""
        return NEEDED_FIELDS

    def fields_of(self, config: Mapping[str, Any]) -> tuple[str, ...]:
        """What is asked for in a call."""
        return self.fields

    def announce(self, config: Mapping[str, Any], *, address: str) -> None:
        """The account tells our app; where the app calls is entered in Meta's own form, which asks for our word."""
        base, own = self.sender(config)
        asked = {"subscribed_fields": ",".join(self.fields_of(config))}
        graph.send(f"{quote(own, safe='')}/subscribed_apps", asked, config, timeout=20, base=base)

    def bodies(self, piece: Piece) -> list[dict[str, Any]]:
        """The calls' bodies that say this piece, without whom they go to."""
        if piece.is_typing:
            return [{"sender_action": "typing_on"}]
        if piece.gallery:
            return [{"message": attached("image", url)} for url in piece.gallery]
        return self.said(piece)

    def said(self, piece: Piece) -> list[dict[str, Any]]:
        """The same for words, cards and what is beside them."""
        raise NotImplementedError

    def sender(self, config: Mapping[str, Any]) -> tuple[str, str]:
        """(the API's address, the id messages are sent from)."""
        return graph.API_BASE, str(config.get("page_id") or "")

    def deep_link(self, token: str, config: Mapping[str, Any]) -> str:
        thread = self.thread_link(config)
        return f"{thread}?ref={quote(token)}" if thread else ""

    def render(self, content: Content, *, language: str) -> list[WireMessage]:
        return [
            WireMessage(body=body, text=piece.plain, instead=self._in_words(body, piece))
            for piece in render(content, self.capability, language=language)
            for body in self.bodies(piece)
        ]

    def _in_words(self, body: Mapping[str, Any], piece: Piece) -> WireMessage | None:
        """What is said where the platform refuses a picture or a card: where a picture lies, or all that the card tells."""
        message = mapping(body.get("message"))
        attachment = mapping(message.get("attachment"))
        if not attachment:
            return None
        address = text(mapping(attachment["payload"]).get("url"))
        name = (piece.file.alt or piece.file.filename) if piece.file else ""
        unit, room = self.capability.text_unit, self.capability.text
        said = link_text(name, address) if address else piece.plain
        said = split(said, lambda words: size(words, unit) <= room)[0]
        taps = {key: value for key, value in message.items() if key == "quick_replies"}
        return WireMessage(body={"message": {"text": said, **taps}}, text=said)

    def address(self, wire: WireMessage, to: Recipient, config: Mapping[str, Any], *, key: str = "") -> WireMessage:
        head: dict[str, Any] = {"recipient": {"id": to.external_id}}
        if "message" in wire.body and "messaging_type" not in wire.body:
            head |= LATE if to.is_late else IN_TIME
        return WireMessage(body={**head, **wire.body}, path=f"{self.sender(config)[1]}/messages", text=wire.text)

    def send(
        self, wire: WireMessage, to: Recipient, config: Mapping[str, Any], *, key: str, timeout: float = 10.0
    ) -> Sent:
        call = self.address(wire, to, config, key=key)
        answer = graph.send(call.path, call.body, config, timeout=timeout, base=self.sender(config)[0])
        provider_id = text(answer.body.get("message_id"))
        if not provider_id and "message" in wire.body:
            raise SendFailed(ErrorClass.AMBIGUOUS, "accepted without an id")
        return Sent(provider_id, answer.body)

    def media_request(self, media: MediaRef, config: Mapping[str, Any]) -> MediaRequest:
        if not media.url:
            raise SendFailed(ErrorClass.BAD_REQUEST, "no address")
        return MediaRequest(media.url)


def page_of(config: Mapping[str, Any]) -> str:
    """The page's id as a part of an address."""
    return quote(str(config.get("page_id") or ""), safe="")


def _subscription(answer: Mapping[str, Any], app_id: str, needed: tuple[str, ...]) -> Finding:
    """What the account tells our app, of all apps it knows; where we do not know which is ours, of the first."""
    apps = [mapping(each) for each in items(answer.get("data"))]
    ours = next((each for each in apps if app_id in ("", text(each.get("id")))), None)
    if ours is None:
        return findings.wrong("not_subscribed_at_all")
    told = {text(name) for name in items(ours.get("subscribed_fields"))}
    lacking = [name for name in needed if name not in told]
    return findings.wrong("not_subscribed", names=", ".join(lacking)) if lacking else findings.ok("subscribed")


def card(
    title: str, subtitle: str, image_url: str, buttons: tuple[Button, ...], link: Link | None = None
) -> dict[str, Any]:
    """An element of a generic template: a picture, two lines, and at most three buttons, a link first."""
    links = [web(link)] if link else []
    taps = [{"type": "postback", "title": one.label, "payload": one.payload} for one in buttons]
    element: dict[str, Any] = {"title": title, "image_url": image_url, "buttons": [*links, *taps][:CARD_BUTTONS]}
    return {**element, "subtitle": subtitle} if subtitle else element


def cards(elements: list[dict[str, Any]]) -> dict[str, Any]:
    """Cards side by side, or one alone."""
    return template({"template_type": "generic", "elements": elements})


def slide(found: Slide) -> dict[str, Any]:
    return card(found.title, found.subtitle, found.image_url, found.buttons)


def web(link: Link) -> dict[str, Any]:
    return {"type": "web_url", "url": link.url, "title": shorten(link.label, BUTTON_LABEL)}


def template(payload: dict[str, Any]) -> dict[str, Any]:
    return {"attachment": {"type": "template", "payload": payload}}


def attached(media_type: str, url: str) -> dict[str, Any]:
    return {"attachment": {"type": media_type, "payload": {"url": url, "is_reusable": False}}}


def quick_replies(buttons: tuple[Button, ...]) -> dict[str, Any]:
    """What is tapped below the newest message; nothing where there is nothing to tap."""
    if not buttons:
        return {}
    return {
        "quick_replies": [
            {"content_type": "text", "title": button.label, "payload": button.payload} for button in buttons
        ]
    }
