"""A shopper in Apple Messages, on a device that shows quick replies and lists."""

import gzip
import json
import uuid
from typing import Any

from apps.merchants import clock
from apps.messaging import jwt_tokens
from apps.messaging.content import Choice

from .phone import Phone

LOCALES = {"en": "en_GB", "de": "de_DE", "es": "es_ES", "zh": "zh_CN"}
NAMES = uuid.UUID("6f1d0b0e-6a47-4f0e-8f0b-2f6a3f8c9d10")


class Apple(Phone):
    kind = "apple"
    config = {
        "msp_id": "msp",
        "msp_secret": "dHJhbnNjcmlwdHMtb25seS1uby1zZWNyZXQtYXQtYWxsLWhlcmU",
        "business_id": "0d6f4c1a-3b52-4d0f-8f3e-6f0f2b9c7a10",
    }

    @classmethod
    def name_of(cls, number: int, *, language: str) -> str:
        return f"urn:mbid:AQAAY{number:08d}"

    @classmethod
    def is_message(cls, path: str) -> bool:
        return path == "message"

    @property
    def path(self) -> str:
        return f"/webhooks/apple/{self.account.name}/message"

    def says(self, text: str) -> None:
        self._message("text", {"body": text})

    def taps(self, choice: Choice) -> None:
        items = [{"identifier": choice.token, "title": choice.label}]
        picked = {"summaryText": "…", "items": items, "selectedIndex": 0, "selectedIdentifier": choice.token}
        data = {"version": "1.0", "requestIdentifier": "1", "quick-reply": picked}
        self._message("interactive", {"interactiveData": {"data": data}})

    def _message(self, kind: str, what: dict[str, Any]) -> None:
        name, config = str(uuid.uuid5(NAMES, f"{self.user}.{next(self.numbers)}")), self.account.config
        message = {
            "v": 1, "id": name, "type": kind, "sourceId": self.user, "destinationId": config["business_id"],
            "locale": LOCALES.get(self.language.partition("-")[0], "en_GB"), **what,
        }  # fmt: skip
        claims = {"aud": config["msp_id"], "iat": int(clock.now().timestamp())}
        token = jwt_tokens.signed(claims, jwt_tokens.key_from(config["msp_secret"]))
        headers = {
            "authorization": f"Bearer {token}",
            "id": name,
            "source-id": self.user,
            "destination-id": config["business_id"],
            "capability-list": "LIST,TIME,QUICK",
            "content-type": "application/json",
            "content-encoding": "gzip",
        }
        self.posts(gzip.compress(json.dumps(message).encode(), mtime=0), headers)
