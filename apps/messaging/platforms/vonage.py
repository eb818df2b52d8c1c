"""What Vonage's products share: how it signs its webhooks, how we sign calls, what its errors mean, how it names numbers."""

import datetime as dt
import hashlib
import hmac
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jwt

from apps.merchants import clock
from apps.messaging import http
from apps.messaging.channel import (
    ErrorClass,
    Forged,
    Malformed,
    MediaRequest,
    NotConfigured,
    SendFailed,
    Sent,
    WebhookRequest,
)
from apps.messaging.contacts import VCARDS
from apps.messaging.events import ChannelEvent, EventKind, MediaRef, Receipt
from apps.messaging.private_keys import rsa_key
from apps.messaging.reading import fingerprint, ignored, mapping, number, read_json, text, whole

API_BASE = "https://api.nexmo.com"
PATH = "v1/messages"
# Vonage repeats a webhook for 24 hours. What it repeats has the key it had, so that an old one does no harm.
OLDEST, NEWEST = dt.timedelta(hours=25), dt.timedelta(minutes=5)
TOKEN_LIFE = dt.timedelta(minutes=15)
MAX_FIELDS = 100
METHODS = ("md5hash", "md5", "sha1", "sha256", "sha512")  # "md5hash" is the one without HMAC
MEDIA_TYPES = ("image", "video", "audio", "file", "vcard", "sticker")

RECEIPTS = {
    "submitted": Receipt.SENT,
    "delivered": Receipt.DELIVERED,
    "read": Receipt.READ,
    "rejected": Receipt.FAILED,
    "undeliverable": Receipt.FAILED,
}
# developer.vonage.com/api-errors/messages, in our words. What is not here is judged by status.
CODES: dict[int, ErrorClass] = {
    **dict.fromkeys((1000, 1241, 1460), ErrorClass.RETRY_AFTER),
    **dict.fromkeys((1030, 1100), ErrorClass.RETRY),
    1340: ErrorClass.WINDOW_CLOSED,
    **dict.fromkeys((1200, 1242), ErrorClass.OPTED_OUT),
    **dict.fromkeys((1050, 1160, 1170, 1180, 1190, 1210, 1230, 1240, 1250, 1260, 1280), ErrorClass.UNREACHABLE),
    **dict.fromkeys((1300, 1310, 1330, 1360), ErrorClass.UNREACHABLE),
    **dict.fromkeys((1060, 1070, 1080, 1370), ErrorClass.AUTH),
    **dict.fromkeys((1120, 1140, 1220, 1270, 1470), ErrorClass.POLICY),
    **dict.fromkeys((1010, 1020, 1021, 1022, 1040, 1090, 1130, 1150, 1320, 1380), ErrorClass.BAD_REQUEST),
}


# --- who is calling -------------------------------------------------------------------------------
def verify(request: WebhookRequest, config: Mapping[str, Any]) -> None:
    """The bearer of the Messages API, or the `sig` of the SMS API. Raises `Forged`, `NotConfigured`."""
    secret = str(config.get("signature_secret") or "")
    if not secret:
        raise NotConfigured("signature_secret is missing")
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        _verify_bearer(token.strip(), request.body, secret, config)
    else:
        _verify_sig(request, secret, str(config.get("signature_method") or "sha256"))


def _verify_bearer(token: str, body: bytes, secret: str, config: Mapping[str, Any]) -> None:
    try:
        claims = jwt.decode(
            token,
            secret,
            algorithms=["HS256"],
            options={"require": ["iat", "payload_hash"], "verify_iat": False, "verify_aud": False},
        )
    except (jwt.PyJWTError, ValueError, UnicodeError) as error:
        raise Forged(f"the bearer is none of Vonage's: {type(error).__name__}") from error
    told = str(claims["payload_hash"]).lower().encode("utf-8", "surrogateescape")
    if not hmac.compare_digest(told, hashlib.sha256(body).hexdigest().encode()):
        raise Forged("payload_hash is another body's")
    _refuse_old(claims["iat"])
    for name in ("application_id", "api_key"):
        own, named = str(config.get(name) or ""), str(claims.get(name) or "")
        if own and named and own != named:
            raise Forged("another account's webhook")


def _refuse_old(stamp: Any) -> None:
    """Raises `Forged`."""
    seconds = number(stamp)
    if seconds is None or not 0 < seconds < 4_102_444_800:
        raise Forged("no time of signing")
    signed_at = dt.datetime.fromtimestamp(seconds, dt.UTC)
    if not clock.now() - OLDEST <= signed_at <= clock.now() + NEWEST:
        raise Forged("signed at another time")


def _verify_sig(request: WebhookRequest, secret: str, method: str) -> None:
    if method not in METHODS:
        raise NotConfigured(f"signature_method is none of {', '.join(METHODS)}")
    try:
        fields = read_fields(request.body)
    except Malformed as error:
        raise Forged(f"nothing a signature could cover: {error}") from error
    given = fields.pop("sig", "").lower().encode("utf-8", "surrogateescape")
    if not given or not hmac.compare_digest(given, signature(fields, secret, method).encode()):
        raise Forged("sig does not match")
    _refuse_old(fields.get("timestamp"))


def signature(fields: Mapping[str, str], secret: str, method: str) -> str:
    """The `sig` over these fields in hex, as Vonage's page "Signing requests" has it."""
    covered = "".join(f"&{name}={fields[name].translate(SEPARATORS)}" for name in sorted(fields)).encode()
    if method == "md5hash":
        return hashlib.md5(covered + secret.encode()).hexdigest()  # noqa: S324 - the account's own choice at Vonage
    return hmac.new(secret.encode(), covered, method).hexdigest()


SEPARATORS = str.maketrans("&=", "__")


def read_fields(body: bytes) -> dict[str, str]:
    """The SMS API's flat fields, however the account has them sent (POST or POST-JSON). Raises `Malformed`."""
    if body.lstrip()[:1] == b"{":
        return {name: text(value) for name, value in read_json(body).items()}
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict"))
    except ValueError as error:
        raise Malformed(f"no form: {error}") from error


# --- calling --------------------------------------------------------------------------------------
def is_connected(config: Mapping[str, Any]) -> bool:
    return _has(config, "application_id", "private_key") or _has(config, "api_key", "api_secret")


def missing(config: Mapping[str, Any]) -> list[str]:
    """What a Vonage account still has to be told."""
    needed = [name for name in ("signature_secret",) if not config.get(name)]
    if is_connected(config):
        return needed
    pair = ("api_key", "api_secret") if config.get("api_key") else ("application_id", "private_key")
    return [*needed, *(name for name in pair if not config.get(name))]


def _has(config: Mapping[str, Any], *names: str) -> bool:
    return all(config.get(name) for name in names)


def authorization(config: Mapping[str, Any]) -> str:
    """By the application's key, else by the account's secret. Raises `SendFailed`."""
    if _has(config, "application_id", "private_key"):
        return f"Bearer {application_token(str(config['application_id']), str(config['private_key']))}"
    if _has(config, "api_key", "api_secret"):
        return http.basic(f"{config['api_key']}:{config['api_secret']}".encode())
    raise SendFailed(ErrorClass.AUTH, "neither application_id with private_key nor api_key with api_secret are there")


def application_token(application_id: str, private_key: str) -> str:
    """A short-lived token of the application. Raises `SendFailed`."""
    try:
        key = rsa_key(private_key)
    except ValueError as error:
        raise SendFailed(ErrorClass.AUTH, f"private_key: {error}") from error
    now = clock.now()
    claims = {"application_id": application_id, "iat": now, "exp": now + TOKEN_LIFE, "jti": str(uuid.uuid4())}
    return jwt.encode(claims, key, algorithm="RS256")


def send(path: str, body: Mapping[str, Any], config: Mapping[str, Any], timeout: float) -> Sent:
    """One message. Raises `SendFailed`."""
    base = str(config.get("api_base") or API_BASE).rstrip("/")
    headers = {"Authorization": authorization(config)}
    answer = http.post(f"{base}/{path}", json_body=body, headers=headers, timeout=timeout)
    named = text(answer.body.get("message_uuid"))
    if answer.is_ok and named:
        return Sent(named, answer.body)
    if answer.is_ok:
        raise SendFailed(ErrorClass.AMBIGUOUS, "accepted without a message_uuid")
    code = code_of(answer.body)
    raise SendFailed(
        classify(answer.status, answer.body),
        (text(answer.body.get("detail")) or text(answer.body.get("title")) or f"HTTP {answer.status}")[:300],
        retry_after=answer.retry_after,
        code=str(code if code is not None else answer.status),
    )


def code_of(error: Mapping[str, Any]) -> int | None:
    """1120 of `{"type": ".../api-errors/messages#1120", "title": 1120}` or of the older `{"code": 1120}`."""
    for name in ("code", "title"):
        if (found := whole(error.get(name))) is not None:
            return found
    return whole(text(error.get("type")).rpartition("#")[2])


def is_error(body: Mapping[str, Any]) -> bool:
    """Whether this looks like a refusal of Vonage's."""
    return "/api-errors" in text(body.get("type"))


def media_request(media: MediaRef, config: Mapping[str, Any]) -> MediaRequest:
    """Its own file store wants to know who asks; the stores it redirects to or names do not. Raises `SendFailed`."""
    if not media.url:
        raise SendFailed(ErrorClass.BAD_REQUEST, "no address")
    host = urlsplit(media.url).hostname or ""
    base = urlsplit(str(config.get("api_base") or API_BASE)).hostname
    is_theirs = host.endswith(".nexmo.com") or host == base
    return MediaRequest(
        media.url, {"Authorization": authorization(config)} if is_theirs and is_connected(config) else {}
    )


def classify(status: int, body: Mapping[str, Any]) -> ErrorClass:
    code = code_of(body)
    if code is not None and code in CODES:
        return CODES[code]
    if status == 402:
        return ErrorClass.AUTH
    # With an error of its own Vonage asks for another try (developer.vonage.com/en/api-standards/http-codes/500);
    # `client_ref` is only given back, and does not keep a second call from being a second message.
    return http.meaning_of(status, is_repeatable=code is not None or is_error(body))


# --- what it tells --------------------------------------------------------------------------------
def digits(number: str) -> str:
    """As Vonage writes numbers: no plus, no spaces."""
    return number.strip().lstrip("+")


def number_of(value: Any) -> str:
    """As we know people: "+447700900001"; names and short codes stay what they are."""
    told = text(value) or text(mapping(value).get("number")) or text(mapping(value).get("id"))
    bare = digits(told)
    return f"+{bare}" if bare.isascii() and bare.isdigit() and len(bare) > 6 else told


def moment(written: str) -> dt.datetime:
    try:
        found = dt.datetime.fromisoformat(written)
    except ValueError:
        return clock.now()
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def status_event(data: dict[str, Any]) -> ChannelEvent:
    """News of a message of ours (Messages API v0 and v1)."""
    word, target, who = text(data.get("status")), text(data.get("message_uuid")), number_of(data.get("to"))
    receipt = RECEIPTS.get(word)
    if receipt is None or not target:
        return ignored(data, reason="status not understood", user=who)
    error = mapping(data.get("error"))
    told: dict[str, Any] = {"key": key} if (key := text(data.get("client_ref"))[:512]) else {}
    if error:
        words = text(error.get("detail")) or text(error.get("reason")) or text(error.get("title"))
        told |= {"errors": [{"code": code_of(error), "title": words}], "detail": words}
    return ChannelEvent(
        kind=EventKind.STATUS,
        external_event_id=f"{target}:{word}",
        external_user_id=who,
        occurred_at=moment(text(data.get("timestamp"))),
        thread_key=who,
        target=target,
        receipt=str(receipt),
        error_class=_failure(error) if receipt is Receipt.FAILED else "",
        data=told,
    )


def _failure(error: dict[str, Any]) -> str:
    code = code_of(error)
    return str(CODES.get(code, ErrorClass.UNREACHABLE) if code is not None else ErrorClass.UNREACHABLE)


def envelope(data: dict[str, Any]) -> dict[str, Any]:
    """The fields that every event of an inbound message has."""
    who = number_of(data.get("from"))
    return {
        "external_event_id": text(data.get("message_uuid")) or fingerprint(data),
        "external_user_id": who,
        "occurred_at": moment(text(data.get("timestamp"))),
        "thread_key": who,
        "aliases": {"phone": who} if who.startswith("+") else {},
    }


def files_of(content: dict[str, Any], kind: str) -> tuple[tuple[MediaRef, ...], str]:
    """(the files of an inbound message of this type, the words beside them)."""
    listed = content.get("content") if kind == "content" else [{"type": kind, **mapping(content.get(kind))}]
    parts = [part for part in map(mapping, listed if isinstance(listed, list) else []) if text(part.get("url"))]
    media = tuple(_file(part) for part in parts if text(part.get("type")) in MEDIA_TYPES)
    words = [text(part.get("caption")) for part in parts] + [text(mapping(content.get(kind)).get("caption"))]
    words += [text(part.get("text")) for part in map(mapping, listed or []) if text(part.get("type")) == "text"]
    return media, next((said for said in words if said), "")


def _file(part: dict[str, Any]) -> MediaRef:
    kind = text(part.get("type"))
    return MediaRef(
        media_type="file" if kind == "vcard" else kind,
        external_id=text(part.get("url")).rpartition("/")[2],
        url=text(part.get("url")),
        mime=VCARDS[0] if kind == "vcard" else "",
        filename=text(part.get("name")),
        size=whole(part.get("size")),
    )
