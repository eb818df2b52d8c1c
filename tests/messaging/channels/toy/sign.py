"""How the tin-can telephone signs: the hex HMAC-SHA256 of the raw body with the secret."""

import hashlib
import hmac
from typing import Any

from apps.messaging.channel import WebhookRequest

HEADER = "x-toy"
SECRET = "secret"
IS_OVER_BODY = True


def signed(body: bytes, config: dict[str, Any]) -> WebhookRequest:
    digest = hmac.new(config[SECRET].encode(), body, hashlib.sha256).hexdigest()
    return WebhookRequest("POST", "https://shop.example/webhooks/toy/main/", {HEADER: digest}, {}, body)
