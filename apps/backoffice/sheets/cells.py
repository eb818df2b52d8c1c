"""How values stand in a file: written so that a spreadsheet keeps them, read as people write them."""

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from django.conf import settings
from django.utils.translation import gettext as _
from djmoney.money import Money

from apps.carts.money import money
from apps.catalog.exporting import safe_cell
from apps.merchants.clock import is_a_day_of_ours
from apps.merchants.currency import exponent
from apps.merchants.models import Merchant

YES = frozenset({"yes", "y", "true", "1", "x", "ja", "j", "wahr", "si", "sí", "s", "verdadero", "是", "true()"})
NO = frozenset({"no", "n", "false", "0", "nein", "falsch", "falso", "否", "false()"})
NUMBER = re.compile(r"-?[0-9]{1,12}([.,][0-9]{1,4})?", re.ASCII)
AMOUNT = re.compile(
    r"(?:(?P<before>[A-Z]{3})\s*)?(?P<number>-?[0-9]{1,12}(?:[.,][0-9]{1,3})?)(?:\s*(?P<after>[A-Z]{3}))?", re.ASCII
)
THOUSANDS = re.compile(r"-?[0-9]{1,3},[0-9]{3}", re.ASCII)  # "1,200" may be meant as thousands
MOMENTS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y")


class WrongCell(Exception):
    """What stands there cannot be meant; the sentence says what to write instead."""


class Cell:
    """Text as it is; the base of the others. An empty cell means `empty`, or nothing at all where that is not `clears`."""

    empty: ClassVar[Any] = ""
    clears = True

    def write(self, value: Any, merchant: Merchant) -> str:
        return "" if value is None else safe_cell(value)

    def read(self, text: str, merchant: Merchant) -> Any:
        """The value of a cell that is not empty. Raises `WrongCell`."""
        return text


@dataclass(frozen=True)
class Text(Cell):
    pass


@dataclass(frozen=True)
class Choice(Cell):
    """One of these words; of a model's choices, the values."""

    words: tuple[str, ...]
    clears: bool = False

    def read(self, text: str, merchant: Merchant) -> str:
        said = text.casefold().replace(" ", "_")
        if said not in self.words:
            raise WrongCell(_("Write one of these: %s.") % ", ".join(word for word in self.words if word))
        return said


@dataclass(frozen=True)
class YesNo(Cell):
    clears = False

    def write(self, value: Any, merchant: Merchant) -> str:
        return "yes" if value else "no"

    def read(self, text: str, merchant: Merchant) -> bool:
        said = text.casefold()
        if said not in YES | NO:
            raise WrongCell(_("Write yes or no."))
        return said in YES


@dataclass(frozen=True)
class Whole(Cell):
    """A whole number, from `least` to `most`; with `clears` an empty cell means none."""

    least: int = 0
    most: int = 1_000_000
    clears: bool = False
    empty: ClassVar[Any] = None

    def write(self, value: Any, merchant: Merchant) -> str:
        return "" if value is None else str(value)

    def read(self, text: str, merchant: Merchant) -> int:
        if not re.fullmatch(r"-?[0-9]{1,12}", text, re.ASCII):
            raise WrongCell(_("Write a whole number."))
        if not self.least <= int(text) <= self.most:
            raise WrongCell(_("From %(least)d to %(most)d.") % {"least": self.least, "most": self.most})
        return int(text)


@dataclass(frozen=True)
class Number(Cell):
    """An exact decimal, such as a percentage."""

    clears = False

    def write(self, value: Any, merchant: Merchant) -> str:
        return "" if value is None else f"{Decimal(value).normalize():f}"

    def read(self, text: str, merchant: Merchant) -> Decimal:
        said = text.removesuffix("%").strip()
        if not NUMBER.fullmatch(said) or THOUSANDS.fullmatch(said):
            raise WrongCell(_("Write a number, such as 12.5."))
        return Decimal(said.replace(",", "."))


@dataclass(frozen=True)
class Amount(Cell):
    """Money with as many decimals as its currency has; in another currency than the shop's, that is written behind it."""

    clears: bool = True
    empty: ClassVar[Any] = None

    def write(self, value: Money | None, merchant: Merchant) -> str:
        if value is None:
            return ""
        currency = str(value.currency)
        amount = f"{money(value.amount, currency).amount:f}"
        return amount if currency == merchant.currency else f"{amount} {currency}"

    def read(self, text: str, merchant: Merchant) -> Money:
        found = AMOUNT.fullmatch(text.upper())
        if found is None or (found["before"] and found["after"]):
            raise WrongCell(_("Write an amount, such as 40 or 39.90."))
        currency = found["before"] or found["after"] or merchant.currency
        if currency not in settings.CURRENCIES:
            raise WrongCell(_("We do not know the currency “%s”.") % currency)
        amount = Decimal(found["number"].replace(",", "."))
        if THOUSANDS.fullmatch(found["number"]) or money(amount, currency).amount != amount:
            told = {"currency": currency, "most": exponent(currency)}
            raise WrongCell(_("Write 1200 for 1,200; an amount in %(currency)s has at most %(most)d decimals.") % told)
        return money(amount, currency)


@dataclass(frozen=True)
class Moment(Cell):
    """Day and time on the clock of the shop."""

    empty: ClassVar[Any] = None

    def write(self, value: dt.datetime | None, merchant: Merchant) -> str:
        if value is None:
            return ""
        there = value.astimezone(merchant.zone)
        return f"{there:%Y-%m-%d %H:%M:%S}" if there.second else f"{there:%Y-%m-%d %H:%M}"

    def read(self, text: str, merchant: Merchant) -> dt.datetime:
        said = text.replace("T", " ")
        for form in MOMENTS:
            try:
                moment = dt.datetime.strptime(said, form).replace(tzinfo=merchant.zone)
            except ValueError:
                continue
            if is_a_day_of_ours(moment):
                return moment
        raise WrongCell(_("Write a day and a time, such as 2026-12-24 18:00."))


@dataclass(frozen=True)
class Words(Cell):
    """Several words with commas between them, each as `pattern` says; kept in capitals where `is_upper`, by the alphabet
    where their order says nothing."""

    pattern: str
    example: str
    is_upper: bool = False
    is_sorted: bool = False

    def write(self, value: Any, merchant: Merchant) -> str:
        return safe_cell(", ".join(value or ()))

    def read(self, text: str, merchant: Merchant) -> list[str]:
        words = [word.strip() for word in text.split(",") if word.strip()]
        words = [word.upper() for word in words] if self.is_upper else words
        if any(not re.fullmatch(self.pattern, word) for word in words):
            raise WrongCell(_("Write them with commas between, such as %s.") % self.example)
        return sorted(set(words)) if self.is_sorted else list(dict.fromkeys(words))


def nothing(cell: Cell) -> Any:
    """What an empty cell means; of words, a list of none."""
    return [] if isinstance(cell, Words) else cell.empty
