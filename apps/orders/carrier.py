"""What a carrier is to us: one who proves that news comes from them, and tells them in our words.

One file in `carriers/` speaks to one of them.
"""

import datetime as dt
import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, ClassVar

from apps.merchants.doors import Configured, NotConfigured

from . import carriers as carriers_package


class Status(StrEnum):
    """What a carrier may say of a parcel; in any order, any number of times."""

    UNKNOWN = "unknown"
    PRE_TRANSIT = "pre_transit"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    PICK_UP = "pick_up"
    DELIVERED = "delivered"
    RETURNING = "returning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class News:
    """One piece of news of one parcel. `text` is the carrier's word for it; nothing of it says who the shopper is."""

    id: str  # the carrier's, the same for every copy
    number: str  # the tracking number
    carrier: str
    status: Status
    text: str
    occurred_at: dt.datetime
    is_test: bool = False

    def to_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "carrier": self.carrier,
            "status": self.status.value,
            "text": self.text,
            "occurred_at": self.occurred_at.isoformat(),
        }


class Carrier(Configured):
    """Override what it does. `config` is the account's decrypted settings; a carrier without webhooks overrides nothing."""

    name: ClassVar[str] = ""

    def verify(self, headers: Mapping[str, str], body: bytes, config: Mapping[str, Any]) -> None:
        """Over the raw bytes, before anything is read; header names are in lower case. Raises `SignatureWrong` or
        `NotConfigured`."""
        raise NotConfigured(f"{self.name} takes no webhooks")

    def parse_webhook(self, body: bytes) -> News | None:
        """None for genuine events that are no news of a parcel. Raises `Malformed`."""
        raise NotImplementedError

    def is_ours(self, news: News, config: Mapping[str, Any]) -> bool:
        """Whether it is of the mode (live or test) the account works in."""
        return news.is_test == (config.get("mode") == "test")


@cache
def all_carriers() -> dict[str, Carrier]:
    """Every carrier there is, by name, found by looking into the `carriers` folder."""
    found: dict[str, Carrier] = {}
    for info in pkgutil.iter_modules(carriers_package.__path__):
        module = importlib.import_module(f"{carriers_package.__name__}.{info.name}")
        for value in vars(module).values():
            is_one = isinstance(value, type) and issubclass(value, Carrier) and value.__module__ == module.__name__
            if is_one and value.name:
                found[value.name] = value()
    return found
