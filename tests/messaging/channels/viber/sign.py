"""How Viber signs: the hex HMAC-SHA256 of the raw body with the bot's token."""

import hashlib
import hmac
from typing import Any

from apps.messaging.channel import WebhookRequest

HEADER = "x-viber-content-signature"
SECRET = "auth_token"  # the config key that proves the sender
IS_OVER_BODY = True


def signed(body: bytes, config: dict[str, Any]) -> WebhookRequest:
    digest = hmac.new(config[SECRET].encode(), body, hashlib.sha256).hexdigest()
    return WebhookRequest("POST", "https://shop.example/webhooks/viber/main/", {HEADER: digest}, {}, body)
