"""How Meta signs: HMAC-SHA256 of the raw body with the app secret."""

import hashlib
import hmac
from typing import Any

from apps.messaging.channel import WebhookRequest

HEADER = "x-hub-signature-256"
SECRET = "app_secret"  # the config key that proves the sender
IS_OVER_BODY = True


def signed(body: bytes, config: dict[str, Any]) -> WebhookRequest:
    digest = hmac.new(config[SECRET].encode(), body, hashlib.sha256).hexdigest()
    return WebhookRequest(
        "POST", "https://shop.example/webhooks/instagram/main/", {HEADER: f"sha256={digest}"}, {}, body
    )
