"""How RBM signs, written from its page "Webhooks": base64 HMAC-SHA512, by the client token, of the decoded message.data."""

import base64
import hashlib
import hmac
import json
from typing import Any

from apps.messaging.channel import WebhookRequest

HEADER = "x-goog-signature"
SECRET = "client_token"
IS_OVER_BODY = False  # of what is inside `message.data` alone
URL = "https://shop.example/webhooks/rcs/main/"


def signed(body: bytes, config: dict[str, Any]) -> WebhookRequest:
    inner = base64.b64decode(json.loads(body)["message"]["data"])
    digest = base64.b64encode(hmac.new(config[SECRET].encode(), inner, hashlib.sha512).digest()).decode()
    return WebhookRequest("POST", URL, {HEADER: digest}, {}, body)


def packed(inner: dict[str, Any]) -> bytes:
    """An event as it is pushed."""
    return json.dumps({"message": {"data": base64.b64encode(json.dumps(inner).encode()).decode()}}).encode()
