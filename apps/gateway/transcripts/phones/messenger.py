"""A shopper in Messenger."""

import hashlib
import hmac
import json
from typing import Any, ClassVar

from apps.merchants import clock
from apps.messaging.content import Choice

from .phone import Phone


class Messenger(Phone):
    kind = "messenger"
    tells_language = False
    object: ClassVar[str] = "page"
    own_id: ClassVar[str] = "page_id"
    config = {"access_token": "t", "app_secret": "t", "verify_token": "t", "page_id": "1000", "app_id": "1"}

    @classmethod
    def name_of(cls, number: int, *, language: str) -> str:
        return f"7{number:015d}"

    @classmethod
    def answer(cls, path: str, number: int) -> dict[str, Any]:
        return {"message_id": f"m_out.{number}"}

    def says(self, text: str) -> None:
        self._message({"text": text})

    def taps(self, choice: Choice) -> None:
        self._message({"text": choice.label[:20], "quick_reply": {"payload": choice.token}})

    def comes_by(self, word: str) -> None:
        referral = {"ref": word, "source": "SHORTLINK", "type": "OPEN_THREAD"}
        self._item({"postback": {"title": "Get started", "payload": "start", "referral": referral}})

    def _message(self, what: dict[str, Any]) -> None:
        self._item({"message": {"mid": f"m_{self.user}.{next(self.numbers)}", **what}})

    def _item(self, what: dict[str, Any]) -> None:
        stamp, own = int(clock.now().timestamp() * 1000), self.account.config[self.own_id]
        item = {"sender": {"id": self.user}, "recipient": {"id": own}, "timestamp": stamp, **what}
        entry = [{"id": own, "time": stamp, "messaging": [item]}]
        body = json.dumps({"object": self.object, "entry": entry}).encode()
        digest = hmac.new(self.account.config["app_secret"].encode(), body, hashlib.sha256).hexdigest()
        self.posts(body, {"content-type": "application/json", "x-hub-signature-256": f"sha256={digest}"})
