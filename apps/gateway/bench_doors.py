"""What the front door is measured against, on the same server: the least that could work for each kind of channel.

`bare` is an ASGI application that `manage.py bench inbound` serves with Daphne beside the product's own: the kind's own
verification, a read of the body and one insert. Its process settles down as the product's does, so that the doors are
compared and not the garbage collectors.
"""

import base64
import gzip
import hashlib
import hmac
import json
import os
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

import django
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from defusedxml.ElementTree import fromstring

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatshop.settings")
django.setup()

from django.conf import settings  # noqa: E402

from . import pool  # noqa: E402
from .memory import settle_down  # noqa: E402
from .transcripts.phones import PHONES  # noqa: E402

DOORS = {"product": "chatshop.asgi:application", "bare": "apps.gateway.bench_doors:bare"}
ACCOUNT = 0  # rows of the bare door belong to nobody
INSERT = """
INSERT INTO conversations_inboundevent (channel_account_id, event_key, thread_key, payload, processed_at)
VALUES (%(account)s, %(key)s, '', %(payload)s::jsonb, now()) ON CONFLICT DO NOTHING RETURNING id
"""
Headers = Mapping[str, str]
Check = Callable[[Headers, str, bytes], bool]  # headers, query, body


def _secret(kind: str, name: str) -> bytes:
    return PHONES[kind].config[name].encode()


def _meta(kind: str) -> Check:
    def check(headers: Headers, query: str, body: bytes) -> bool:
        expected = "sha256=" + hmac.new(_secret(kind, "app_secret"), body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(headers.get("x-hub-signature-256", ""), expected)

    return check


def _telegram(headers: Headers, query: str, body: bytes) -> bool:
    given = headers.get("x-telegram-bot-api-secret-token", "").encode()
    return hmac.compare_digest(given, _secret("telegram", "secret_token"))


def _twilio(headers: Headers, query: str, body: bytes) -> bool:
    fields = sorted(parse_qsl(body.decode(), keep_blank_values=True))
    told = f"{settings.PUBLIC_URL}/webhooks/sms/bench/" + "".join(name + value for name, value in fields)
    digest = hmac.new(_secret("sms", "auth_token"), told.encode(), hashlib.sha1).digest()
    return hmac.compare_digest(headers.get("x-twilio-signature", ""), base64.b64encode(digest).decode())


def _line(headers: Headers, query: str, body: bytes) -> bool:
    digest = hmac.new(_secret("line", "channel_secret"), body, hashlib.sha256).digest()
    return hmac.compare_digest(headers.get("x-line-signature", ""), base64.b64encode(digest).decode())


def _viber(headers: Headers, query: str, body: bytes) -> bool:
    expected = hmac.new(_secret("viber", "auth_token"), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(headers.get("x-viber-content-signature", ""), expected)


def _wechat(headers: Headers, query: str, body: bytes) -> bool:
    asked = dict(parse_qsl(query))
    told = "".join(sorted([PHONES["wechat"].config["token"], asked["timestamp"], asked["nonce"]]))
    return hmac.compare_digest(asked["signature"], hashlib.sha1(told.encode()).hexdigest())  # noqa: S324 - WeChat's choice


def _qq(headers: Headers, query: str, body: bytes) -> bool:
    seed = (_secret("qq", "app_secret") * 32)[:32]
    signed = headers["x-signature-timestamp"].encode() + body
    try:
        key = Ed25519PrivateKey.from_private_bytes(seed).public_key()
        key.verify(bytes.fromhex(headers["x-signature-ed25519"]), signed)
    except InvalidSignature:
        return False
    return True


def _rcs(headers: Headers, query: str, body: bytes) -> bool:
    data = base64.b64decode(json.loads(body)["message"]["data"])
    digest = hmac.new(_secret("rcs", "client_token"), data, hashlib.sha512).digest()
    return hmac.compare_digest(headers.get("x-goog-signature", ""), base64.b64encode(digest).decode())


def _apple(headers: Headers, query: str, body: bytes) -> bool:
    """HS256 over the token's own words; nothing covers the body."""
    signed, _, given = headers["authorization"].removeprefix("Bearer ").rpartition(".")
    digest = hmac.new(_unpadded(PHONES["apple"].config["msp_secret"]), signed.encode(), hashlib.sha256).digest()
    claims = json.loads(_unpadded(signed.partition(".")[2]))
    return hmac.compare_digest(_unpadded(given), digest) and claims["aud"] == PHONES["apple"].config["msp_id"]


def _unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


CHECKS: dict[str, Check] = {
    "whatsapp": _meta("whatsapp"),
    "messenger": _meta("messenger"),
    "instagram": _meta("instagram"),
    "telegram": _telegram,
    "sms": _twilio,
    "line": _line,
    "viber": _viber,
    "wechat": _wechat,
    "qq": _qq,
    "rcs": _rcs,
    "apple": _apple,
}


def read(body: bytes) -> Any:
    """What a body of JSON (packed or not), of XML or of a form says."""
    if body[:2] == b"\x1f\x8b":
        body = gzip.decompress(body)
    if body[:1] == b"<":
        return {element.tag: element.text for element in fromstring(body)}
    return json.loads(body) if body[:1] == b"{" else dict(parse_qsl(body.decode()))


async def bare(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The kind's verification and one insert; no tenants, no events, the body's own hash for a key."""
    body = (await receive())["body"]
    headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
    kind = scope["path"].split("/")[2]
    status = 403
    if CHECKS[kind](headers, scope["query_string"].decode("latin-1"), body):
        key = hashlib.sha256(body).hexdigest()
        await pool.run(INSERT, {"account": ACCOUNT, "key": key, "payload": json.dumps(read(body))})
        status = 200
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


settle_down()
