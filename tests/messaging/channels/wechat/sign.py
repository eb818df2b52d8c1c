"""How WeChat signs: SHA-1 over the sorted token, time and nonce, in the address; in safe mode the envelope too.

Written from its documentation.
"""

import base64
import hashlib
import os
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from apps.merchants import clock
from apps.messaging.channel import WebhookRequest

HEADER = "signature"
PLACE = "query"
SECRET = "token"
IS_OVER_BODY = False  # in safe mode it is: test_wechat_safe_mode.py
URL = "https://shop.example/webhooks/wechat/main/"


def digest(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()  # noqa: S324 - as WeChat signs


def query_of(config: dict[str, Any]) -> dict[str, str]:
    stamp, nonce = str(int(clock.now().timestamp())), "1320562132"
    return {"timestamp": stamp, "nonce": nonce, "signature": digest(config[SECRET], stamp, nonce)}


def signed(body: bytes, config: dict[str, Any]) -> WebhookRequest:
    return WebhookRequest("POST", URL, {"content-type": "text/xml"}, query_of(config), body)


def envelope(message: bytes, config: dict[str, Any], *, owner: str = "") -> str:
    """The sealed message in base64; `owner` is another app id than the account's."""
    key = base64.b64decode(config["encoding_aes_key"] + "=")
    content = os.urandom(16) + len(message).to_bytes(4, "big") + message + (owner or config["app_id"]).encode()
    fill = 32 - len(content) % 32
    encryptor = Cipher(AES(key), CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(content + bytes([fill]) * fill) + encryptor.finalize()).decode()


def sealed(message: bytes, config: dict[str, Any], *, is_compatible: bool = False, owner: str = "") -> WebhookRequest:
    """As safe mode sends it; `is_compatible` has the plain fields beside the envelope."""
    closed = envelope(message, config, owner=owner)
    query = query_of(config)
    query |= {
        "encrypt_type": "aes",
        "msg_signature": digest(config[SECRET], query["timestamp"], query["nonce"], closed),
    }
    plain = message.removeprefix(b"<xml>").removesuffix(b"</xml>") if is_compatible else b""
    body = b"<xml>" + plain + f"<Encrypt><![CDATA[{closed}]]></Encrypt></xml>".encode()
    return WebhookRequest("POST", URL, {"content-type": "text/xml"}, query, body)
