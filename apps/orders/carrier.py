"""What a carrier is to us: one who proves that news comes from them, tells them in our words, and sells labels.

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

from djmoney.money import Money

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


class CarrierUnavailable(Exception):
    """No answer, or none that says whether it was done: look, then ask again."""


class CarrierRefused(Exception):
    """They say no, and would again; the text is theirs."""


@dataclass(frozen=True, slots=True)
class LabelWish:
    """A parcel that is to come back. Addresses have name, street, postcode, city, region, country and phone.

    `shopper` is who sends it and `shop` who gets it.
    """

    reference: str  # ours; shown at the carrier's desk
    shopper: Mapping[str, str]
    shop: Mapping[str, str]
    grams: int


@dataclass(frozen=True, slots=True)
class BoughtLabel:
    carrier: str
    tracking_number: str
    tracking_url: str
    cost: Money | None
    sheet_url: str
    code_url: str = ""  # of a picture the carrier reads off a phone; "" where it has none


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

    def sells_labels(self, config: Mapping[str, Any]) -> bool:
        """Whether the four below can be asked with these settings."""
        return False

    def prepare_label(self, wish: LabelWish, config: Mapping[str, Any]) -> str:
        """Their name for a parcel that nobody has paid for; costs nothing, however often.

        Raises `CarrierRefused`, `CarrierUnavailable`, as all of these.
        """
        raise NotImplementedError

    def buy_label(self, shipment: str, config: Mapping[str, Any]) -> BoughtLabel:
        """Pays for it, once: what was bought already is given again."""
        raise NotImplementedError

    def fetch_file(self, url: str, config: Mapping[str, Any]) -> bytes:
        """A label's sheet or code."""
        raise NotImplementedError

    def void_label(self, shipment: str, config: Mapping[str, Any]) -> None:
        """Their money back for a label nobody has used; nothing where nothing was bought, and twice is once."""
        raise NotImplementedError


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
