"""LINE (Messaging API): an official account's one-to-one chats.

An answer within a minute names the shopper's `replyToken` and is free; whatever comes later is a push, which counts on the
account's monthly quota and is sent under a retry key, so that it is taken once however often it is tried.
"""

import base64
import hashlib
import hmac
import json
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import quote

import structlog
from django.utils.translation import gettext_lazy as _

from apps.messaging import findings, http
from apps.messaging.channel import (
    Capability,
    Channel,
    ErrorClass,
    Forged,
    Limit,
    MediaRequest,
    NotConfigured,
    Profile,
    Recipient,
    SendFailed,
    Sent,
    WebhookRequest,
    WireMessage,
)
from apps.messaging.content import Content
from apps.messaging.events import ChannelEvent, MediaRef
from apps.messaging.findings import Finding, Level
from apps.messaging.platforms.line.events import parse_webhook
from apps.messaging.platforms.line.messages import (
    CARDS,
    LABEL,
    LOADING,
    ON_CARD,
    PUSH,
    QUICK_REPLIES,
    REPLY,
    URI,
    calls,
)
from apps.messaging.reading import header_bytes, items, language_of, mapping, text

logger = structlog.get_logger(__name__)

API_BASE = "https://api.line.me"
FILES_BASE = "https://api-data.line.me"
SOURCE = "developers.line.biz: Messaging API reference"
SPEC = "line/line-openapi: messaging-api.yml"
ENDPOINT = "v2/bot/channel/webhook/endpoint"
READ = "v2/bot/chat/markAsRead"
READ_SECONDS = 3.0
LOADING_SECONDS = 20  # how long the dots are shown unless a message comes first; 5 to 60, in fives
RETRY_KEYS = uuid.UUID("3b0f5a0e-6f0b-4c39-9a3f-6d7f5f0f5c11")  # the namespace of ours

# What LINE's words mean (Messaging API reference, "Error messages"); what is not here is judged by the status.
SAYINGS: tuple[tuple[int, str, ErrorClass], ...] = (
    (400, "failed to send messages", ErrorClass.UNREACHABLE),
    (400, "the property, 'to', in the request body is invalid", ErrorClass.UNREACHABLE),
    (429, "you have reached your monthly limit", ErrorClass.POLICY),
)


class Line(Channel):
    kind = "line"
    label = "LINE"
    required_config = ("channel_secret", "access_token")
    secret_config = ("channel_secret", "access_token")
    config_help: ClassVar[Mapping[str, Any]] = {
        "channel_secret": _("The Messaging API channel's secret; signs webhooks."),
        "access_token": _("The channel's long-lived access token."),
        "basic_id": _("The account's ID with its @, for links that open the chat."),
        "marks_read": _(
            "yes: what the shop answers is marked as read; needed only where LINE's own chat is switched on."
        ),
        "profiles": _('"yes": the assistant asks LINE for a newcomer\'s name and language.'),
        "api_base": _("Another address than https://api.line.me (proxies, emulators)."),
    }
    capability = Capability(
        text=5000,
        choice_text=2000,
        buttons=QUICK_REPLIES,
        button_label=LABEL,
        payload=300,
        carousel=CARDS,
        card_buttons=ON_CARD,
        link_buttons=1,
        link_address=URI,
        has_mixed_buttons=True,
        media=("image",),  # it wants a still of each film, the length of each sound, and takes no other files
        caption=600,
        has_typing=True,
        requests=("location",),
        asks_beside=True,
        handle_seconds=50,
        tells=("edits", "deletions"),
        source=SOURCE,
    )
    limits = (
        Limit("text", "5000 UTF-16 units", SOURCE),
        Limit("one call", "5 messages", SPEC),
        Limit("quick replies", "13, label 20, on the newest message only", SPEC),
        Limit(
            "quick replies on a computer", "not shown; what they say can be typed", "bottender.js.org", certain=False
        ),
        Limit("postback", "data 300, displayText 300 characters", SPEC),
        Limit("link", "1000 characters", SOURCE),
        Limit("flex message", "10 of at most 12 bubbles, 50 KB; altText 400 of at most 1500 characters", SOURCE),
        Limit("our text in a bubble", "2000 characters, 600 under a picture", "our own choice", certain=False),
        Limit("buttons on a card", "3, further ones below it", "our own choice"),
        Limit("films, sounds, documents", "a still, a length or a grant would be needed: by a link", SOURCE),
        Limit("picture", "https, JPEG or PNG, 10 MB", SOURCE),
        Limit("reply token", "once, within a minute; we use it for 50 s, then push", SOURCE),
        Limit("pushes", "count on the account's monthly quota; the retry key is good for 24 hours", SOURCE),
        Limit("delivery and read states", "none; a push to whoever blocked the account is accepted", SOURCE),
    )
    media_hosts = ("api-data.line.me",)
    signing_config = ("channel_secret",)
    desk = "https://developers.line.biz/console/"
    can_announce = True
    steps = (
        _("In the LINE Official Account Manager, open Settings → Messaging API and enable it for your account."),
        _(
            "At LINE Developers, open the channel this made: copy the channel secret (Basic settings), issue a long-lived access token (Messaging API), write both and the account's ID below and save here."
        ),
        _(
            "Press “Enter our address there”, then switch on “Use webhook” and “Webhook redelivery” in the Messaging API tab."
        ),
        _("In the account's response settings, switch off the greeting and the automatic answers."),
        _("Press “Check now”, then write to the account from your own LINE."),
    )

    def tells_profiles(self, config: Mapping[str, Any]) -> bool:
        return str(config.get("profiles") or "").lower() == "yes"

    def profile(self, external_id: str, config: Mapping[str, Any], *, timeout: float) -> Profile:
        path = f"v2/bot/profile/{quote(external_id, safe='')}"
        person = self._taken(_get(path, config, timeout=timeout)).body
        return Profile(name=text(person.get("displayName")), language=language_of(text(person.get("language"))))

    def probe(self, config: Mapping[str, Any], *, address: str) -> list[Finding]:
        me = self._taken(_get("v2/bot/info", config)).body
        names = [text(me.get(name)) for name in ("basicId", "premiumId") if text(me.get(name))]
        found = [findings.ok("connected", name=text(me.get("displayName")) or ", ".join(names))]
        here = str(config.get("basic_id") or "").lstrip("@")
        if here and names and here not in [name.lstrip("@") for name in names]:
            there = ", ".join(names)
            found.append(findings.wrong("another_account", setting="basic_id", here=f"@{here}", there=there))
        answer = _get(ENDPOINT, config)
        return [*found, _webhook({} if answer.status == 404 else self._taken(answer).body, address)]

    def announce(self, config: Mapping[str, Any], *, address: str) -> None:
        base = str(config.get("api_base") or API_BASE).rstrip("/")
        answer = http.put(f"{base}/{ENDPOINT}", json_body={"endpoint": address}, headers=_bearer(config), timeout=20)
        self._taken(answer)

    def verify(self, request: WebhookRequest, config: Mapping[str, Any]) -> None:
        secret = str(config.get("channel_secret") or "")
        if not secret:
            raise NotConfigured("channel_secret is missing")
        digest = hmac.new(secret.encode(), request.body, hashlib.sha256).digest()
        if not hmac.compare_digest(header_bytes(request.headers, "x-line-signature"), base64.b64encode(digest)):
            raise Forged("x-line-signature does not match")

    def parse(self, request: WebhookRequest, config: Mapping[str, Any]) -> list[ChannelEvent]:
        return parse_webhook(request.body)

    def render(self, content: Content, *, language: str) -> list[WireMessage]:
        return calls(content, self.capability, language=language)

    def address(self, wire: WireMessage, to: Recipient, config: Mapping[str, Any], *, key: str = "") -> WireMessage:
        if wire.path == LOADING:
            return replace(wire, body={"chatId": to.external_id, "loadingSeconds": LOADING_SECONDS})
        if wire.path == REPLY and to.reply_to:
            return replace(wire, body={"replyToken": to.reply_to.partition(" ")[0], **wire.body})
        return replace(wire, path=PUSH, body={"to": to.external_id, **wire.body})

    def send(
        self, wire: WireMessage, to: Recipient, config: Mapping[str, Any], *, key: str, timeout: float = 10.0
    ) -> Sent:
        call = self.address(wire, to, config, key=key)
        if call.path == LOADING:
            return Sent("", self._taken(_post(call, config, timeout=timeout)).body)
        if call.path == REPLY:
            answer = _reply(call, config, timeout=timeout)
            if not _is_token_refused(answer):
                sent = _sent(self._taken(answer))
                _mark_read(to.reply_to.partition(" ")[2], config)
                return sent
            call = self.address(wire, replace(to, reply_to=""), config, key=key)
        answer = _post(call, config, timeout=timeout, retry_key=_retry_key(call, key))
        return _sent(answer) if answer.status == 409 else _sent(self._taken(answer))

    def _taken(self, answer: http.Answer) -> http.Answer:
        """Raises `SendFailed` for an answer that is a no."""
        if answer.is_ok:
            return answer
        raise SendFailed(
            self.classify_error(answer.status, answer.body),
            _complaint(answer)[:300],
            retry_after=answer.retry_after,
            code=str(answer.status),
        )

    def classify_error(self, status: int, body: Mapping[str, Any]) -> ErrorClass:
        said = text(body.get("message")).lower()
        for found, words, meaning in SAYINGS:
            if status == found and said.startswith(words):
                return meaning
        return http.meaning_of(status, is_repeatable=True)  # pushes by their retry key; of replies see `_reply`

    def media_request(self, media: MediaRef, config: Mapping[str, Any]) -> MediaRequest:
        if not media.external_id:
            raise SendFailed(ErrorClass.BAD_REQUEST, "LINE does not keep this file")
        base = str(config.get("api_base") or FILES_BASE).rstrip("/")
        return MediaRequest(f"{base}/v2/bot/message/{quote(media.external_id, safe='')}/content", _bearer(config))

    def deep_link(self, token: str, config: Mapping[str, Any]) -> str:
        thread = self.thread_link(config)
        return f"{thread}?{quote(f'Hi #{token}')}" if thread else ""

    def thread_link(self, config: Mapping[str, Any]) -> str:
        basic_id = str(config.get("basic_id") or "").lstrip("@")
        return f"https://line.me/R/oaMessage/{quote('@' + basic_id)}/" if basic_id else ""


def _bearer(config: Mapping[str, Any]) -> dict[str, str]:
    """Raises `SendFailed`."""
    token = config.get("access_token")
    if not token:
        raise SendFailed(ErrorClass.AUTH, "access_token is missing")
    return {"Authorization": f"Bearer {token}"}


def _get(path: str, config: Mapping[str, Any], *, timeout: float = 10.0) -> http.Answer:
    base = str(config.get("api_base") or API_BASE).rstrip("/")
    return http.get(f"{base}/{path}", headers=_bearer(config), timeout=timeout)


def _webhook(told: Mapping[str, Any], address: str) -> Finding:
    """Whether LINE calls our address; its own switch may still be off."""
    found = findings.webhook(text(told.get("endpoint")), ours=address)
    if found.level is Level.OK and told.get("active") is not True:
        return findings.wrong("not_subscribed", names="Use webhook")
    return found


def _post(call: WireMessage, config: Mapping[str, Any], *, timeout: float, retry_key: str = "") -> http.Answer:
    base = str(config.get("api_base") or API_BASE).rstrip("/")
    headers = _bearer(config) | ({"X-Line-Retry-Key": retry_key} if retry_key else {})
    return http.post(f"{base}/{call.path}", json_body=call.body, headers=headers, timeout=timeout)


def _reply(call: WireMessage, config: Mapping[str, Any], *, timeout: float) -> http.Answer:
    """The answer to a reply. Where the platform is sick it may have been taken: it is asked once more with the same token,
    which is good for one message only, and whatever stays open after that is AMBIGUOUS. Raises `SendFailed`."""
    answer = _post(call, config, timeout=timeout)
    if answer.status < 500:
        return answer
    unclear = SendFailed(ErrorClass.AMBIGUOUS, f"HTTP {answer.status} to a reply", code=str(answer.status))
    try:
        again = _post(call, config, timeout=timeout)
    except SendFailed as failure:
        raise unclear from failure
    if not again.is_ok:
        raise unclear
    return again


def _mark_read(token: str, config: Mapping[str, Any]) -> None:
    """A courtesy: that it failed is no reason to say anything twice."""
    if not token or config.get("marks_read") != "yes":
        return
    try:
        _post(WireMessage(body={"markAsReadToken": token}, path=READ), config, timeout=READ_SECONDS)
    except SendFailed as failure:
        logger.info("line.not_marked_read", error=failure.detail)


def _is_token_refused(answer: http.Answer) -> bool:
    """Used or too old: nothing was sent under it."""
    return answer.status == 400 and text(answer.body.get("message")).lower().startswith("invalid reply token")


def _retry_key(call: WireMessage, key: str) -> str:
    """The same for each attempt at this message. What is said is part of it: the keys of another database of ours, that
    speaks through the same account, may be the same."""
    said = json.dumps(call.body, sort_keys=True, ensure_ascii=True)
    return str(uuid.uuid5(RETRY_KEYS, f"{key}\n{said}"))


def _sent(answer: http.Answer) -> Sent:
    """The last of the messages, under which its choices are. Raises `SendFailed` where none is named."""
    ids = [text(mapping(one).get("id")) for one in items(answer.body.get("sentMessages"))]
    provider_id = next((found for found in reversed(ids) if found), "")
    if not provider_id and answer.status == 409:
        provider_id = answer.headers.get("x-line-accepted-request-id", "")
    if not provider_id:
        raise SendFailed(ErrorClass.AMBIGUOUS, "accepted without an id")
    return Sent(provider_id, answer.body)


def _complaint(answer: http.Answer) -> str:
    """ "The request body has 1 error(s): messages[0].text May not be empty"."""
    details = [
        f"{text(mapping(one).get('property'))} {text(mapping(one).get('message'))}".strip()
        for one in items(answer.body.get("details"))
    ]
    return ": ".join(part for part in (text(answer.body.get("message")), "; ".join(details)) if part) or (
        f"HTTP {answer.status}"
    )
