"""A shopper in QQ, where choices are typed."""

import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from apps.merchants import clock

from .phone import Phone

SECRET = "t" * 32


class QQ(Phone):
    kind = "qq"
    tells_language = False
    config = {"app_id": "1", "app_secret": SECRET}

    @classmethod
    def name_of(cls, number: int, *, language: str) -> str:
        return f"{number:032X}"

    @classmethod
    def answer(cls, path: str, number: int) -> dict[str, Any]:
        if path.endswith("/files"):
            return {"file_info": f"file_{number}", "ttl": 0}
        if not path.endswith("/messages"):
            return {"access_token": "lent", "expires_in": "7200"}
        return {"id": f"ROBOT1.0_out.{number}", "timestamp": number}

    @classmethod
    def is_message(cls, path: str) -> bool:
        return path.endswith("/messages")

    def says(self, text: str) -> None:
        number, now = next(self.numbers), clock.now()
        event = {
            "id": f"ROBOT1.0_{self.user}.{number}", "author": {"user_openid": self.user}, "content": text,
            "timestamp": now.isoformat(),
        }  # fmt: skip
        envelope = {"id": f"C2C_MESSAGE_CREATE:{self.user}.{number}", "op": 0, "s": number, "t": "C2C_MESSAGE_CREATE"}
        body, stamp = json.dumps({**envelope, "d": event}).encode(), str(int(now.timestamp()))
        signed = Ed25519PrivateKey.from_private_bytes(SECRET.encode()).sign(stamp.encode() + body).hex()
        headers = {"x-signature-timestamp": stamp, "x-signature-ed25519": signed}
        self.posts(body, {"content-type": "application/json", **headers})
