"""A shopper who writes SMS."""

import hashlib
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from twilio.request_validator import RequestValidator

from .phone import Phone, mobile


class Sms(Phone):
    kind = "sms"
    config = {"provider": "twilio", "account_sid": "AC" + "0" * 32, "auth_token": "t", "from_number": "+15005550006"}

    @classmethod
    def name_of(cls, number: int, *, language: str) -> str:
        return f"+{mobile(number, language)}"

    @classmethod
    def answer(cls, path: str, number: int) -> dict[str, Any]:
        return {"sid": f"SM{number:032d}", "status": "queued"}

    def says(self, text: str) -> None:
        sid = hashlib.sha256(f"{self.user}:{next(self.numbers)}".encode()).hexdigest()[:32]
        form = {
            "MessageSid": f"SM{sid}",
            "AccountSid": self.account.config["account_sid"],
            "From": self.user,
            "To": self.account.config["from_number"],
            "Body": text,
            "NumMedia": "0",
        }
        url = f"{settings.PUBLIC_URL}{self.path}"
        signature = RequestValidator(self.account.config["auth_token"]).compute_signature(url, form)
        headers = {"content-type": "application/x-www-form-urlencoded", "x-twilio-signature": signature}
        self.posts(urlencode(form).encode(), headers)
