"""One HTTP call as a platform sees it, and its answer; both doors (demo and referee) speak these."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Call:
    """`path` is what follows the platform's name; header names are lower case."""

    platform: str
    method: str
    path: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON. Raises `ValueError`."""
        return json.loads(self.body or b"{}")


@dataclass(frozen=True, slots=True)
class Answer:
    """`hold` seconds pass before it is given; `cut` answers stop in the middle of their body."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    hold: float = 0.0
    is_lost: bool = False
    is_cut: bool = False
    content_type: str = "application/json"

    def payload(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        whole = json.dumps(self.body, ensure_ascii=False).encode()
        return whole[: len(whole) // 2] if self.is_cut else whole


def new_id(prefix: str, length: int = 24) -> str:
    return prefix + secrets.token_hex(length)[:length]
