"""A shopper whose phone has RCS."""

import base64
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from apps.merchants import clock
from apps.messaging.content import Choice

from ...keys import private_key
from .phone import Phone, mobile


class Rcs(Phone):
    kind = "rcs"
    config = {"agent_id": "demo", "client_token": "t", "client_email": "t@t.example", "private_key": private_key()}

    @classmethod
    def name_of(cls, number: int, *, language: str) -> str:
        return f"+{mobile(number, language)}"

    @classmethod
    def is_message(cls, path: str) -> bool:
        return path != "token"

    @classmethod
    def answer(cls, path: str, number: int) -> dict[str, Any]:
        if not cls.is_message(path):
            return {"access_token": "lent", "expires_in": 3600}
        asked = parse_qs(urlsplit(path).query)
        return {"name": f"phones/x/agentMessages/{asked.get('messageId', [str(number)])[0]}"}

    def says(self, text: str) -> None:
        self._message({"text": text})

    def taps(self, choice: Choice) -> None:
        answer = {"postbackData": choice.token, "text": choice.label[:25], "type": "REPLY"}
        self._message({"suggestionResponse": answer})

    def _message(self, what: dict[str, Any]) -> None:
        head = {"senderPhoneNumber": self.user, "messageId": f"Mx{self.user}.{next(self.numbers)}", "agentId": "demo"}
        inner = json.dumps({**head, "sendTime": clock.now().isoformat(), **what}).encode()
        token = str(self.account.config["client_token"]).encode()
        body = json.dumps({"message": {"data": base64.b64encode(inner).decode()}}).encode()
        signature = base64.b64encode(hmac.new(token, inner, hashlib.sha512).digest()).decode()
        self.posts(body, {"content-type": "application/json", "x-goog-signature": signature})
