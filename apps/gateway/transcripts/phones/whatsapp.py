"""A shopper on WhatsApp."""

import hashlib
import hmac
import json
from typing import Any

from apps.merchants import clock
from apps.messaging.content import Choice

from .phone import Phone, mobile


class WhatsApp(Phone):
    kind = "whatsapp"
    config = {
        "access_token": "t",
        "app_secret": "t",
        "verify_token": "t",
        "phone_number_id": "1000",
        "number": "15550100100",
    }

    @classmethod
    def name_of(cls, number: int, *, language: str) -> str:
        return mobile(number, language)

    @classmethod
    def answer(cls, path: str, number: int) -> dict[str, Any]:
        return {"messages": [{"id": f"wamid.out.{number}"}]}

    def says(self, text: str) -> None:
        self._message({"type": "text", "text": {"body": text}})

    def taps(self, choice: Choice) -> None:
        reply = {"type": "button_reply", "button_reply": {"id": choice.token, "title": choice.label[:20]}}
        self._message({"type": "interactive", "interactive": reply})

    def _message(self, what: dict[str, Any]) -> None:
        number = next(self.numbers)
        stamp = str(int(clock.now().timestamp()))
        message = {"from": self.user, "id": f"wamid.{self.user}.{number}", "timestamp": stamp, **what}
        value = {
            "messaging_product": "whatsapp",
            "metadata": {"phone_number_id": self.account.config["phone_number_id"]},
            "contacts": [{"wa_id": self.user, "profile": {"name": "Shopper"}}],
            "messages": [message],
        }
        entry = [{"id": "1", "changes": [{"field": "messages", "value": value}]}]
        body = json.dumps({"object": "whatsapp_business_account", "entry": entry}).encode()
        digest = hmac.new(self.account.config["app_secret"].encode(), body, hashlib.sha256).hexdigest()
        self.posts(body, {"content-type": "application/json", "x-hub-signature-256": f"sha256={digest}"})
