"""RCS for Business from Google itself (RBM API v1): a service account sends, a token both know signs the webhooks."""

import base64
import binascii
import hashlib
import hmac
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import jwt

from apps.merchants import clock
from apps.messaging import findings, http, tokens
from apps.messaging.channel import (
    ErrorClass,
    Forged,
    Malformed,
    MediaRequest,
    NotConfigured,
    Recipient,
    SendFailed,
    Sent,
    WebhookReply,
    WebhookRequest,
    WireMessage,
)
from apps.messaging.events import ChannelEvent, MediaRef
from apps.messaging.findings import Finding
from apps.messaging.private_keys import rsa_key
from apps.messaging.reading import header_bytes, mapping, one_by_one, read_json, text

from .google_events import event

REGIONS = {"": "", "us": "us-", "europe": "europe-", "asia": "asia-"}
API_HOST = "rcsbusinessmessaging.googleapis.com"
TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
SCOPE = "https://www.googleapis.com/auth/rcsbusinessmessaging"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LIFE = 3600  # seconds a signed request for a token is good
NAMES = uuid.UUID("5f0f8e3c-6a55-5b8e-8f5b-0d6d7a4f3b21")  # ours: the same key always names the same message
MOST_TTL, LEAST_TTL = 15 * 24, 1  # hours

# google.rpc.Code in our words; what is not here is judged by status.
CODES: dict[str, ErrorClass] = {
    "RESOURCE_EXHAUSTED": ErrorClass.RETRY_AFTER,
    **dict.fromkeys(("INTERNAL", "UNAVAILABLE", "DEADLINE_EXCEEDED", "ABORTED", "UNKNOWN"), ErrorClass.RETRY),
    "NOT_FOUND": ErrorClass.UNREACHABLE,  # no RCS there, or not by this carrier
    **dict.fromkeys(("UNAUTHENTICATED", "PERMISSION_DENIED"), ErrorClass.AUTH),
    **dict.fromkeys(("INVALID_ARGUMENT", "OUT_OF_RANGE"), ErrorClass.BAD_REQUEST),
    "FAILED_PRECONDITION": ErrorClass.POLICY,
}


class Google:
    has_typing = True

    def missing(self, config: Mapping[str, Any]) -> list[str]:
        return [name for name in ("client_token", "client_email", "private_key") if not config.get(name)]

    def verify(self, request: WebhookRequest, config: Mapping[str, Any]) -> None:
        """HMAC-SHA512 over the decoded `message.data`; the check of a new address carries the token itself."""
        token = str(config.get("client_token") or "")
        if not token:
            raise NotConfigured("client_token is missing")
        try:
            data = read_json(request.body)
            signed = None if is_handshake(data) else inner_bytes(data)
        except Malformed as error:
            raise Forged(f"nothing a signature could cover: {error}") from error
        if signed is None:
            given = text(data["clientToken"]).encode("utf-8", "surrogateescape")
            if not hmac.compare_digest(given, token.encode()):
                raise Forged("clientToken is not ours")
            return
        expected = base64.b64encode(hmac.new(token.encode(), signed, hashlib.sha512).digest())
        if not hmac.compare_digest(header_bytes(request.headers, "x-goog-signature"), expected):
            raise Forged("X-Goog-Signature does not match")

    def parse(self, request: WebhookRequest, config: Mapping[str, Any]) -> list[ChannelEvent]:
        data = read_json(request.body)
        if is_handshake(data):
            return []
        told = read_json(inner_bytes(data)) if "message" in data else data  # recorded samples are the inner part alone
        agent = str(config.get("agent_id") or "")
        return one_by_one([told], lambda item: event(item, agent))

    def acknowledge(self, request: WebhookRequest, config: Mapping[str, Any]) -> WebhookReply:
        data = read_json(request.body)
        return (
            WebhookReply(body=text(data["secret"]).encode("utf-8", "replace")) if is_handshake(data) else WebhookReply()
        )

    def parts(self, wire: WireMessage) -> list[WireMessage]:
        return [wire]

    def address(self, wire: WireMessage, to: Recipient, config: Mapping[str, Any], key: str) -> WireMessage:
        agent, name = str(config.get("agent_id") or ""), str(uuid.uuid5(NAMES, f"{config.get('agent_id')}:{key}"))
        phone = quote(to.external_id, safe="+")
        if "eventType" in wire.body:
            query = urlencode({"eventId": name, "agentId": agent})
            return WireMessage(body=dict(wire.body), path=f"v1/phones/{phone}/agentEvents?{query}", text=wire.text)
        query = urlencode({"messageId": name, "agentId": agent})
        body = {**wire.body, **({"ttl": f"{hours * 3600}s"} if (hours := ttl_hours(config, MOST_TTL)) else {})}
        return WireMessage(body=body, path=f"v1/phones/{phone}/agentMessages?{query}", text=wire.text)

    def send(self, call: WireMessage, config: Mapping[str, Any], timeout: float) -> Sent:
        answer = self._post(call, config, timeout)
        if answer.status == 401:  # taken back before its time: once more with a new one
            tokens.forget(*_credentials(config))
            answer = self._post(call, config, timeout)
        if answer.status == 409:  # our own id is known there: an earlier attempt was accepted
            return Sent(call.path.partition("messageId=")[2].partition("&")[0], answer.body)
        name = text(answer.body.get("name")).rpartition("/")[2]
        if answer.is_ok and ("eventType" in call.body or name):
            return Sent("" if "eventType" in call.body else name, answer.body)
        if answer.is_ok:
            raise SendFailed(ErrorClass.AMBIGUOUS, "accepted without a name")
        error = mapping(answer.body.get("error"))
        raise SendFailed(
            self.classify_error(answer.status, answer.body),
            (text(error.get("message")) or f"HTTP {answer.status}")[:300],
            retry_after=answer.retry_after,
            code=text(error.get("status")) or str(answer.status),
        )

    def _post(self, call: WireMessage, config: Mapping[str, Any], timeout: float) -> http.Answer:
        headers = {"Authorization": f"Bearer {access_token(config, timeout=timeout)}"}
        return http.post(f"{api_base(config)}/{call.path}", json_body=call.body, headers=headers, timeout=timeout)

    def classify_error(self, status: int, body: Mapping[str, Any]) -> ErrorClass:
        code = text(mapping(body.get("error")).get("status"))
        if code in CODES:
            return CODES[code]
        if status == 404:
            return ErrorClass.UNREACHABLE
        # A `messageId` used before is ignored (developers.google.com/business-communications/rcs-business-messaging/
        # reference/rest/v1/phones.agentMessages/create).
        return http.meaning_of(status, is_repeatable=True)

    def probe(self, config: Mapping[str, Any]) -> list[Finding]:
        """Whether the service account is lent a token; that the agent is its own shows the first message."""
        access_token(config, timeout=10)
        return [findings.ok("connected", name=str(config["client_email"]))]

    def media_request(self, media: MediaRef, config: Mapping[str, Any]) -> MediaRequest:
        if not media.url:
            raise SendFailed(ErrorClass.BAD_REQUEST, "no address")
        return MediaRequest(media.url)  # the address is secret and open to whoever knows it


def is_handshake(data: Mapping[str, Any]) -> bool:
    return "clientToken" in data and "secret" in data and "message" not in data


def inner_bytes(data: Mapping[str, Any]) -> bytes:
    """What the signature covers and the event is in. Raises `Malformed`."""
    packed = text(mapping(data.get("message")).get("data"))
    try:
        if packed:
            return base64.b64decode(packed, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("message.data is not base64") from error
    raise Malformed("no message.data")


def ttl_hours(config: Mapping[str, Any], most: int) -> int:
    """After how many hours a message that did not arrive is called back; 0 for never."""
    written = str(config.get("ttl_hours") or "").strip()
    return min(max(int(written), LEAST_TTL), most) if written.isascii() and written.isdigit() and int(written) else 0


def api_base(config: Mapping[str, Any]) -> str:
    if config.get("api_base"):
        return str(config["api_base"]).rstrip("/")
    return f"https://{REGIONS.get(str(config.get('region') or ''), '')}{API_HOST}"


def _token_uri(config: Mapping[str, Any]) -> str:
    return f"{api_base(config)}/token" if config.get("api_base") else TOKEN_URI


def _credentials(config: Mapping[str, Any]) -> tuple[str, str, str]:
    return str(config.get("client_email") or ""), str(config.get("private_key") or ""), _token_uri(config)


def access_token(config: Mapping[str, Any], *, timeout: float) -> str:
    """What the service account is lent for an hour. Raises `SendFailed`; nothing has been sent then."""
    email, key, address = _credentials(config)
    if not email or not key or not config.get("agent_id"):
        raise SendFailed(ErrorClass.AUTH, "agent_id, client_email or private_key is missing")
    return tokens.token_for(email, key, address, fetch=lambda: _ask(email, key, address, timeout))


def _ask(email: str, key: str, address: str, timeout: float) -> tuple[str, float]:
    form = {"grant_type": GRANT, "assertion": assertion(email, key)}
    with http.saying_nothing():
        answer = http.post(address, form=form, timeout=timeout)
    token, seconds = text(answer.body.get("access_token")), answer.body.get("expires_in")
    if answer.is_ok and token:
        return token, float(seconds) if isinstance(seconds, int | float) else 0.0
    is_theirs = answer.status in (400, 401, 403)
    meaning = ErrorClass.AUTH if is_theirs else ErrorClass.RETRY_AFTER if answer.status == 429 else ErrorClass.RETRY
    words = text(answer.body.get("error_description")) or text(answer.body.get("error")) or f"HTTP {answer.status}"
    raise SendFailed(meaning, f"no token: {words}"[:300], retry_after=answer.retry_after)


def assertion(email: str, private_key: str) -> str:
    """The service account's signed request for a token (RFC 7523). Raises `SendFailed`."""
    try:
        key = rsa_key(private_key)
    except ValueError as error:
        raise SendFailed(ErrorClass.AUTH, f"private_key: {error}") from error
    now = int(clock.now().timestamp())
    claims = {"iss": email, "scope": SCOPE, "aud": TOKEN_URI, "iat": now, "exp": now + LIFE}
    return jwt.encode(claims, key, algorithm="RS256")
