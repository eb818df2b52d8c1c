"""How Twilio signs: HMAC-SHA1 over the public address and the sorted form fields. Written from its documentation."""

import base64
import hashlib
import hmac
from typing import Any
from urllib.parse import parse_qsl

from apps.messaging.channel import WebhookRequest

HEADER = "x-twilio-signature"
SECRET = "auth_token"
IS_OVER_BODY = True
URL = "https://shop.example/webhooks/sms/main/"


def signed(body: bytes, config: dict[str, Any], url: str = URL) -> WebhookRequest:
    fields = sorted(parse_qsl(body.decode(), keep_blank_values=True))
    covered = url + "".join(name + value for name, value in fields)
    digest = base64.b64encode(hmac.new(config[SECRET].encode(), covered.encode(), hashlib.sha1).digest()).decode()
    return WebhookRequest("POST", url, {HEADER: digest}, {}, body)
