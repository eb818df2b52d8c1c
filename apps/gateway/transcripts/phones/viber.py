"""A shopper in Viber."""

import hashlib
import hmac
import json
from typing import Any

from apps.merchants import clock
from apps.messaging.content import Choice

from .phone import Phone


class Viber(Phone):
    kind = "viber"
    config = {"auth_token": "t", "sender_name": "Shop", "chat_uri": "shop"}

    @classmethod
    def name_of(cls, number: int, *, language: str) -> str:
        return f"viber{number:012d}xyz=="

    @classmethod
    def answer(cls, path: str, number: int) -> dict[str, Any]:
        return {"status": 0, "status_message": "ok", "message_token": 5_000_000 + number}

    def says(self, text: str) -> None:
        self._message({"type": "text", "text": text})

    def taps(self, choice: Choice) -> None:
        """A key of Viber's sends its words as if they had been typed."""
        self._message({"type": "text", "text": choice.token})

    def _message(self, message: dict[str, Any]) -> None:
        token = f"{self.user}{next(self.numbers)}"
        sender = {"id": self.user, "name": "Shopper", "language": self.language, "api_version": 10}
        head = {"event": "message", "timestamp": int(clock.now().timestamp() * 1000), "message_token": token}
        body = json.dumps({**head, "sender": sender, "message": message}).encode()
        digest = hmac.new(self.account.config["auth_token"].encode(), body, hashlib.sha256).hexdigest()
        self.posts(body, {"content-type": "application/json", "x-viber-content-signature": digest})
