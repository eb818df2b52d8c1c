"""How Vonage signs, written from its pages "Signed webhooks" and "Signing requests" with nothing but the standard library."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import parse_qsl, urlencode

from apps.messaging.channel import WebhookRequest

HEADER = "authorization"
SECRET = "signature_secret"
IS_OVER_BODY = True
URL = "https://shop.example/webhooks/sms/main/"


def _packed(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def signature(covered: str, key: bytes) -> str:
    return _packed(hmac.new(key, covered.encode(), hashlib.sha256).digest())


def token(claims: dict[str, Any], secret: str, *, algorithm: str = "HS256") -> str:
    head = _packed(json.dumps({"alg": algorithm, "typ": "JWT"}).encode())
    covered = f"{head}.{_packed(json.dumps(claims).encode())}"
    if algorithm == "none":
        return f"{covered}."
    return f"{covered}.{signature(covered, secret.encode())}"


def claims(body: bytes, config: dict[str, Any], **other: Any) -> dict[str, Any]:
    told = {
        "iat": int(time.time()),
        "jti": "c5ba8f24",
        "iss": "Vonage",
        "payload_hash": hashlib.sha256(body).hexdigest(),
    }
    return {**told, "api_key": config["api_key"], "application_id": config["application_id"], **other}


def signed(body: bytes, config: dict[str, Any], **other: Any) -> WebhookRequest:
    """A webhook of the Messages API."""
    bearer = token(claims(body, config, **other), config[SECRET])
    return WebhookRequest("POST", URL, {HEADER: f"Bearer {bearer}"}, {}, body)


def signed_form(body: bytes, config: dict[str, Any], *, stamp: int | None = None) -> WebhookRequest:
    """A webhook of the SMS API: the signature is one of its fields."""
    fields = {**dict(parse_qsl(body.decode())), "timestamp": str(int(time.time()) if stamp is None else stamp)}
    covered = "".join(f"&{name}={fields[name].replace('&', '_').replace('=', '_')}" for name in sorted(fields))
    fields["sig"] = hmac.new(config[SECRET].encode(), covered.encode(), "sha256").hexdigest()
    return WebhookRequest("POST", URL, {}, {}, urlencode(fields).encode())
