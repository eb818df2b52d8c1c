"""QQ's signatures: Ed25519 over time and body, with a key both sides make of the bot's secret.

bot.q.qq.com: "Webhook", sign.md and event-emit.md.
"""

import re
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from apps.messaging.reading import mapping, text, whole

SEED = 32  # bytes
VALIDATION = 13
# Nothing else is signed for whoever asks: signed words must never be able to stand for an event.
PLAIN = re.compile(r"[A-Za-z0-9]{1,64}")
STAMP = re.compile(r"[0-9]{1,14}")


def key_of(secret: str) -> Ed25519PrivateKey:
    """The secret, repeated until it fills a seed. It must not be empty."""
    raw = secret.encode()
    return Ed25519PrivateKey.from_private_bytes((raw * SEED)[:SEED])


def signature(secret: str, stamp: str, words: bytes) -> str:
    return key_of(secret).sign(stamp.encode() + words).hex()


def is_signed(secret: str, stamp: str, body: bytes, given: str) -> bool:
    try:
        key_of(secret).public_key().verify(bytes.fromhex(given), stamp.encode() + body)
    except (InvalidSignature, ValueError):
        return False
    return True


def validation(data: dict[str, Any]) -> tuple[str, str] | None:
    """(token, time) of QQ's trying out of the address; None for anything else, or in any other shape."""
    asked = mapping(data.get("d"))
    token, stamp = text(asked.get("plain_token")), text(asked.get("event_ts"))
    if whole(data.get("op")) != VALIDATION or not PLAIN.fullmatch(token) or not STAMP.fullmatch(stamp):
        return None
    return token, stamp
