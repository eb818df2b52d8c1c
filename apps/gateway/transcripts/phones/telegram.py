"""A shopper on Telegram."""

import json
from typing import Any

from apps.merchants import clock
from apps.messaging.content import Choice

from .phone import Phone


class Telegram(Phone):
    kind = "telegram"
    config = {"bot_token": "1:t", "secret_token": "t", "username": "shop_bot"}

    @classmethod
    def name_of(cls, number: int, *, language: str) -> str:
        return f"77{number:08d}"

    @classmethod
    def answer(cls, path: str, number: int) -> dict[str, Any]:
        return {"ok": True, "result": {"message_id": number}}

    def says(self, text: str) -> None:
        number = next(self.numbers)
        self._update(number, {"message": {**self._message(number), "from": self._person, "text": text}})

    def taps(self, choice: Choice) -> None:
        number = next(self.numbers)
        tapped = {"id": f"q{number}", "from": self._person, "chat_instance": "1", "data": choice.token}
        self._update(number, {"callback_query": {**tapped, "message": self._message(number)}})

    def comes_by(self, word: str) -> None:
        self.says(f"/start {word}")

    @property
    def _person(self) -> dict[str, Any]:
        return {"id": int(self.user), "is_bot": False, "first_name": "Shopper", "language_code": self.language}

    def _message(self, number: int) -> dict[str, Any]:
        chat = {"id": int(self.user), "type": "private", "first_name": "Shopper"}
        return {"message_id": number, "date": int(clock.now().timestamp()), "chat": chat}

    def _update(self, number: int, what: dict[str, Any]) -> None:
        body = json.dumps({"update_id": int(self.user) * 1000 + number, **what}).encode()
        secret = self.account.config["secret_token"]
        self.posts(body, {"content-type": "application/json", "x-telegram-bot-api-secret-token": secret})
