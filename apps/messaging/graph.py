"""What Meta's channels share: the signature, the handshake, the way to send, and the meaning of error codes."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from . import http
from .channel import Channel, ErrorClass, Forged, NotConfigured, SendFailed, WebhookReply, WebhookRequest
from .reading import header_bytes, mapping, text, whole

API_BASE = "https://graph.facebook.com/v23.0"

# Meta's codes in our words (developers.facebook.com "Error codes"; docs/channels.md). What is not here is judged by status.
CODES: dict[int, ErrorClass] = {
    **dict.fromkeys((1, 2, 1200, 131000, 131016, 133016, 133004, 131057), ErrorClass.RETRY),
    **dict.fromkeys((4, 613, 80002, 80006, 80007, 130429, 131056), ErrorClass.RETRY_AFTER),
    131047: ErrorClass.WINDOW_CLOSED,
    **dict.fromkeys((131050, 551), ErrorClass.OPTED_OUT),
    **dict.fromkeys((131026, 130472, 131049, 131021), ErrorClass.UNREACHABLE),
    **dict.fromkeys((0, 3, 10, 190, *range(200, 300), 131005), ErrorClass.AUTH),
    **dict.fromkeys((368, 131031, 131048, 132015, 132016), ErrorClass.POLICY),
    **dict.fromkeys((100, 131008, 131009, 131051, 131052, 131053), ErrorClass.BAD_REQUEST),
    **dict.fromkeys((*range(132000, 132015), 131062), ErrorClass.BAD_REQUEST),
}
WINDOW_SUBCODES = frozenset({2018278, 2534022})  # of Messenger, of Instagram
NOBODY_SUBCODES = frozenset({2018001, 2534014})  # "No matching user found"
PAIR_PAUSE = 6.0  # seconds between two messages to one shopper once a burst is used up


def verify_signature(request: WebhookRequest, app_secret: str) -> None:
    """HMAC-SHA256 over the raw body. Raises `NotConfigured`, `Forged`."""
    if not app_secret:
        raise NotConfigured("app_secret is missing")
    given = header_bytes(request.headers, "x-hub-signature-256")
    expected = b"sha256=" + hmac.new(app_secret.encode(), request.body, hashlib.sha256).hexdigest().encode()
    if not hmac.compare_digest(given, expected):
        raise Forged("X-Hub-Signature-256 does not match")


def answer_handshake(request: WebhookRequest, verify_token: str) -> WebhookReply:
    """Echo the challenge to whoever knows our token, as plain text. Raises `NotConfigured`, `Forged`."""
    if not verify_token:
        raise NotConfigured("verify_token is missing")
    given = request.query.get("hub.verify_token", "").encode("utf-8", "surrogateescape")
    if request.query.get("hub.mode") != "subscribe" or not hmac.compare_digest(given, verify_token.encode()):
        raise Forged("hub.verify_token does not match")
    return WebhookReply(body=request.query.get("hub.challenge", "").encode("utf-8", "replace"))


def classify(code: int | None, status: int, *, subcode: int | None = None) -> ErrorClass:
    if subcode in WINDOW_SUBCODES:
        return ErrorClass.WINDOW_CLOSED
    if subcode in NOBODY_SUBCODES:
        return ErrorClass.UNREACHABLE
    if code is not None and code in CODES:
        return CODES[code]
    if status == 429:
        return ErrorClass.RETRY_AFTER
    if status >= 500:
        return ErrorClass.RETRY
    return ErrorClass.AUTH if status in (401, 403) else ErrorClass.BAD_REQUEST


def classify_body(status: int, body: Mapping[str, Any]) -> ErrorClass:
    error = mapping(body.get("error"))
    return classify(whole(error.get("code")), status, subcode=whole(error.get("error_subcode")))


def send(
    path: str, body: Mapping[str, Any], config: Mapping[str, Any], *, timeout: float, base: str = API_BASE
) -> http.Answer:
    """One call to the Graph at `base`, unless the settings name another. Raises `SendFailed`."""
    base = str(config.get("api_base") or base).rstrip("/")
    token = config.get("access_token")
    if not token:
        raise SendFailed(ErrorClass.AUTH, "access_token is missing")
    headers = {"Authorization": f"Bearer {token}"}
    answer = http.post(f"{base}/{path}", json_body=body, headers=headers, timeout=timeout)
    if answer.is_ok and answer.is_json:
        return answer
    if answer.is_ok:
        raise SendFailed(ErrorClass.AMBIGUOUS, "the answer was cut")
    error = mapping(answer.body.get("error"))
    code = whole(error.get("code"))
    pause = answer.retry_after or (PAIR_PAUSE if code == 131056 else None)
    detail = text(mapping(error.get("error_data")).get("details")) or text(error.get("message"))
    raise SendFailed(
        classify_body(answer.status, answer.body),
        (detail or f"HTTP {answer.status}")[:300],
        retry_after=pause,
        code=str(code if code is not None else answer.status),
    )


class GraphChannel(Channel):
    """A channel behind Meta's one webhook: signed with the app's secret, opened with our own word."""

    def verify(self, request: WebhookRequest, config: Mapping[str, Any]) -> None:
        verify_signature(request, str(config.get("app_secret") or ""))

    def handshake(self, request: WebhookRequest, config: Mapping[str, Any]) -> WebhookReply:
        return answer_handshake(request, str(config.get("verify_token") or ""))

    def classify_error(self, status: int, body: Mapping[str, Any]) -> ErrorClass:
        return classify_body(status, body)
