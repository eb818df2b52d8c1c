"""Who reckons the tax of a bill: the merchant's own table, or somebody outside. One file in `tax_providers/` each.

Somebody outside is asked three things: what is due on a bill, to book a sale that was paid, and to take back what of it
went back. No lock is held during these calls.
"""

import datetime as dt
import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, ClassVar

from djmoney.money import Money

from apps.merchants.doors import Configured

from . import tax_providers as providers_package
from .money import total_of
from .places import Place
from .tax import Rounding, TaxRow

TABLE = "table"  # the provider that is always there
INSTEAD = "instead"  # the table as well: the provider who should have reckoned gave no answer


@dataclass(frozen=True, slots=True)
class Taxable:
    """One line of a bill: what is charged for all its pieces, offers taken off."""

    reference: str  # unique in the bill; the same for the same goods
    category: str
    quantity: int
    amount: Money
    is_sent: bool
    # A gift card: good for goods of any rate, it is a multi-purpose voucher and bears no tax; what it buys is taxed when
    # it is used (Art. 30b (2) of Directive 2006/112/EC; Germany: § 3 (15) UStG).
    is_voucher: bool = False


@dataclass(frozen=True, slots=True)
class Bill:
    """What tax is asked for. `address` is where it goes in the words of `customers.Address`, empty while nobody knows."""

    currency: str
    lines: tuple[Taxable, ...]
    delivery: Money
    place: Place
    address: Mapping[str, str]
    rounding: Rounding

    @property
    def amount(self) -> Money:
        return self.delivery + total_of([line.amount for line in self.lines], currency=self.currency)


@dataclass(frozen=True, slots=True)
class Taxed:
    """The rate on one thing, all parts together, and what it comes to."""

    percent: Decimal
    tax: Money


@dataclass(frozen=True, slots=True)
class Reckoned:
    """The answer: a `Taxed` for each line of the bill in its order, and the rows that name it."""

    lines: tuple[Taxed, ...]
    delivery: Taxed
    rows: tuple[TaxRow, ...]
    is_inclusive: bool
    by: str = TABLE
    reference: str = ""  # the provider's number of it, to book the sale from
    expires_at: dt.datetime | None = None  # until when it can be booked

    @property
    def tax(self) -> Money:
        taxes = [line.tax for line in self.lines]
        return self.delivery.tax + total_of(taxes, currency=str(self.delivery.tax.currency))


@dataclass(frozen=True, slots=True)
class Booked:
    """A sale in the provider's books: its number, and the number of each line by the bill's reference."""

    id: str
    lines: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Back:
    """What goes back of one line, or of the delivery: as charged (`amount`, without tax where that came on top)."""

    line: str  # the provider's number of the line; "" for the delivery
    reference: str
    quantity: int
    amount: Money
    tax: Money


class TaxProvider(Configured):
    """Override everything. `config` is the account's decrypted settings. All raise `ProviderUnavailable`,
    `ProviderRefused` and `NotConfigured`; nothing of the kind happens at the table."""

    name: ClassVar[str] = ""
    usual_codes: ClassVar[Mapping[str, str]] = {}  # tax category → how they call such goods

    def quote(self, bill: Bill, config: Mapping[str, Any], *, codes: Mapping[str, str], is_inclusive: bool) -> Reckoned:
        """`codes` are the merchant's own beside `usual_codes`. Inclusive prices have the tax inside."""
        raise NotImplementedError

    def commit(self, calculation: str, config: Mapping[str, Any], *, reference: str, key: str) -> Booked:
        """The sale was paid. The same `key` is one booking, however often it is asked for."""
        raise NotImplementedError

    def reverse(self, sale: str, back: list[Back], config: Mapping[str, Any], *, reference: str, key: str) -> str:
        """Some of it went back; the provider's number of that. The same `key` is one reversal."""
        raise NotImplementedError

    def check(self, config: Mapping[str, Any], *, country: str) -> None:
        """Would it work for a shop in this country? `ProviderRefused.code` is one of REFUSALS."""
        raise NotImplementedError


NOT_ACTIVE, NOT_REGISTERED = "not_active", "not_registered"
REFUSALS = frozenset({NOT_ACTIVE, NOT_REGISTERED})


@cache
def all_tax_providers() -> dict[str, TaxProvider]:
    """Everybody outside who can be asked, by name, found by looking into the `tax_providers` folder."""
    found: dict[str, TaxProvider] = {}
    for info in pkgutil.iter_modules(providers_package.__path__):
        module = importlib.import_module(f"{providers_package.__name__}.{info.name}")
        for value in vars(module).values():
            is_one = isinstance(value, type) and issubclass(value, TaxProvider) and value.__module__ == module.__name__
            if is_one and value.name:
                found[value.name] = value()
    return found
