"""A shopper on LINE."""

import base64
import hashlib
import hmac
import json
from typing import Any

from apps.merchants import clock
from apps.messaging.content import Choice

from .phone import Phone


class Line(Phone):
    kind = "line"
    tells_language = False
    config = {"channel_secret": "t", "access_token": "t", "basic_id": "@shop"}

    @classmethod
    def name_of(cls, number: int, *, language: str) -> str:
        return f"U{number:032x}"

    @classmethod
    def answer(cls, path: str, number: int) -> dict[str, Any]:
        return {"sentMessages": [{"id": str(461_230_966_842_000_000 + number)}]}

    def says(self, text: str) -> None:
        number = next(self.numbers)
        message = {"id": f"{int(self.user[-8:], 16)}{number:08d}", "type": "text", "text": text, "quoteToken": "q"}
        self._event(number, {"type": "message", "message": message})

    def taps(self, choice: Choice) -> None:
        self._event(next(self.numbers), {"type": "postback", "postback": {"data": choice.token}})

    def _event(self, number: int, what: dict[str, Any]) -> None:
        event = {
            "mode": "active",
            "timestamp": int(clock.now().timestamp() * 1000),
            "source": {"type": "user", "userId": self.user},
            "webhookEventId": f"01J{self.user[-12:].upper()}{number:011d}",
            "deliveryContext": {"isRedelivery": False},
            "replyToken": f"{self.user[-16:]}{number:016d}",
            **what,
        }
        body = json.dumps({"destination": f"U{0:032x}", "events": [event]}).encode()
        digest = hmac.new(self.account.config["channel_secret"].encode(), body, hashlib.sha256).digest()
        self.posts(body, {"content-type": "application/json", "x-line-signature": base64.b64encode(digest).decode()})
