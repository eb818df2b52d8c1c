"""A service of vectors, as https://platform.openai.com/docs/api-reference/embeddings has it: words that mean the same lie
near each other, whichever language they are in; any other word lies somewhere by itself.
"""

import hashlib
import hmac
import math
import re
from typing import Any

from django.conf import settings

from ..accounts import Account, find
from ..faults import Fault
from ..store import Store
from ..wire import Answer, Call
from .base import Platform, Refused

DEMO_KEY = "sandbox-embedder-key"
MODEL = "sandbox-words"
SIZE, MOST_INPUTS = 256, 2048
# Each line is one meaning. What means the same to everybody is enough for a sandbox.
MEANINGS = (
    "mug cup mugs cups beaker becher tasse tassen taza tazas vaso 杯 杯子 马克杯",
    "shoe shoes sneaker sneakers trainers schuh schuhe turnschuh turnschuhe zapato zapatos zapatilla zapatillas 鞋 鞋子",
    "shirt shirts tee blouse hemd hemden bluse camisa camisas blusa 衬衫",
    "drink drinking beverage trinken getrank beber bebida 喝",
    "glass glas vidrio cristal 玻璃",
    "warm cosy wool wolle warmes lana calido 暖",
)
WORD = re.compile(r"[^\W\d_]+")
_MEANT = {word: meaning for meaning, line in enumerate(MEANINGS) for word in line.split()}


class Embedder(Platform):
    name = kind = "embedder"

    def authenticate(self, store: Store, call: Call) -> Account:
        given = call.headers.get("authorization", "").removeprefix("Bearer ")
        known = find(store, "embedder", api_key=given) if given else None
        if known is not None:
            return known
        if given and hmac.compare_digest(given.encode(), (settings.EMBEDDER_KEY or DEMO_KEY).encode()):
            return Account("embedder", "default", "Embedder", {"api_key": given})
        raise refusal("Incorrect API key provided.", status=401, code="invalid_api_key")

    def perform(self, store: Store, call: Call, account: Account, fault: Fault | None) -> Answer:
        if call.method != "POST" or call.path.strip("/") != "v1/embeddings":
            raise refusal("Unknown request URL.", status=404)
        body = call.json()
        asked = body.get("input")
        texts = [asked] if isinstance(asked, str) else asked
        if not body.get("model"):
            raise refusal("you must provide a model parameter")
        if not isinstance(texts, list) or not 0 < len(texts) <= MOST_INPUTS or not all(map(_is_text, texts)):
            raise refusal("'$.input' is invalid.")
        data = [{"object": "embedding", "index": at, "embedding": vector(text)} for at, text in enumerate(texts)]
        self.accept(store, call, account, recipient="", wire_id="", body=body)
        used = sum(len(text.split()) for text in texts)
        usage = {"prompt_tokens": used, "total_tokens": used}
        return Answer(200, {"object": "list", "data": data, "model": body["model"], "usage": usage})

    def refusal_for(self, fault: Fault) -> Refused | None:
        if fault.kind == "rate_limit":
            return refusal("Rate limit reached.", status=429, code="rate_limit_exceeded")
        if fault.kind == "server_error":
            return refusal("The server had an error.", status=int(fault.number("status", 500)))
        return None


def refusal(message: str, *, status: int = 400, code: str = "") -> Refused:
    error: dict[str, Any] = {"message": message, "type": "invalid_request_error", "param": None, "code": code or None}
    return Refused(status, {"error": error}, code=code)


def vector(text: str) -> list[float]:
    """Of length one: the directions of its words, added up."""
    words = WORD.findall(text.lower()) or [text]
    directions = [_direction(str(_MEANT.get(word, word))) for word in words]
    total = [sum(column) for column in zip(*directions, strict=True)]
    length = math.sqrt(sum(number * number for number in total)) or 1.0
    return [round(number / length, 6) for number in total]


def _direction(word: str) -> list[float]:
    """The same each time, and at about a right angle to every other."""
    seed = hashlib.shake_256(word.encode()).digest(SIZE)
    return [(byte - 127.5) / 127.5 for byte in seed]


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)
