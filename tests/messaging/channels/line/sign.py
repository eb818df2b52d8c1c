"""How LINE signs: HMAC-SHA256 of the raw body with the channel secret, in base64."""

import base64
import hashlib
import hmac
from typing import Any

from apps.messaging.channel import WebhookRequest

HEADER = "x-line-signature"
SECRET = "channel_secret"  # the config key that proves the sender
IS_OVER_BODY = True


def signed(body: bytes, config: dict[str, Any]) -> WebhookRequest:
    digest = hmac.new(config[SECRET].encode(), body, hashlib.sha256).digest()
    headers = {HEADER: base64.b64encode(digest).decode()}
    return WebhookRequest("POST", "https://shop.example/webhooks/line/main/", headers, {}, body)
