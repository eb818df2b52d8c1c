"""How QQ signs: Ed25519 over time and raw body, the key made of the bot's secret repeated to 32 bytes."""

import time
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from apps.messaging.channel import WebhookRequest

HEADER = "x-signature-ed25519"
SECRET = "app_secret"  # the config key that proves the sender
IS_OVER_BODY = True


def signed(body: bytes, config: dict[str, Any], *, at: float | None = None) -> WebhookRequest:
    seed = (config[SECRET].encode() or b"-") * 32
    stamp = str(int(time.time() if at is None else at))
    made = Ed25519PrivateKey.from_private_bytes(seed[:32]).sign(stamp.encode() + body).hex()
    headers = {HEADER: made, "x-signature-timestamp": stamp}
    return WebhookRequest("POST", "https://shop.example/webhooks/qq/main/", headers, {}, body)
