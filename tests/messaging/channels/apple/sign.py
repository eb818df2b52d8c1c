"""How Apple proves itself: a token for us, signed with the secret both know; the body is signed by nothing but TLS."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

from apps.messaging.channel import WebhookRequest

HEADER = "authorization"
SECRET = "msp_secret"
IS_OVER_BODY = False


def _part(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def token(claims: dict[str, Any], secret: str, head: dict[str, Any] | None = None) -> str:
    """By hand, so that it agrees with no library of ours."""
    parts = [_part(json.dumps(part).encode()) for part in (head or {"alg": "HS256"}, claims)]
    key = base64.urlsafe_b64decode(secret + "=" * (-len(secret) % 4)) if secret else b""
    return ".".join([*parts, _part(hmac.new(key, ".".join(parts).encode(), hashlib.sha256).digest())])


def signed(body: bytes, config: dict[str, Any]) -> WebhookRequest:
    claims = {"aud": config["msp_id"], "iat": int(time.time())}
    headers = {HEADER: f"Bearer {token(claims, config[SECRET])}"}
    return WebhookRequest("POST", "https://shop.example/webhooks/apple/main/message", headers, {}, body)
