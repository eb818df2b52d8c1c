"""Tax from the merchant's own table: by country, region and category, inside the price or on top of it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

from djmoney.money import Money

from apps.merchants.currency import exponent
from apps.merchants.models import Merchant
from apps.merchants.prepared import Prepared

from .models import TaxRate
from .money import allocate, zero

DELIVERY_CATEGORY = "standard"
MODES = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "down": ROUND_DOWN}
_rates = Prepared[TaxRate](
    lambda country, region: TaxRate.objects.filter(country=country, region__in=["", region]).order_by("region"),
    country=str,
    region=str,
)


@dataclass(frozen=True, slots=True)
class Taxes:
    """The rates of one place. Raises nothing: where the table is silent, the tax is zero."""

    rates: dict[str, TaxRate]
    is_inclusive: bool

    @classmethod
    def at(cls, country: str, region: str = "") -> "Taxes":
        """One query. A region's own rate goes before the country's."""
        found = _rates(country=country.upper(), region=region)
        rates = {rate.category: rate for rate in found}
        return cls(rates=rates, is_inclusive=_all_inside(rates.values()))

    def percent(self, category: str) -> Decimal:
        rate = self.rates.get(category)
        return rate.percent if rate else Decimal(0)

    def name(self, category: str) -> str:
        rate = self.rates.get(category)
        return rate.name if rate else ""

    def exact(self, amount: Money, category: str) -> Decimal:
        """The tax in (or on top of) this amount, not rounded."""
        percent = self.percent(category)
        base = Decimal(100) + percent if self.is_inclusive else Decimal(100)
        return amount.amount * percent / base

    def of(self, parts: Sequence[tuple[Money, str]], rounding: "Rounding") -> list[Money]:
        """The tax of each (amount, category) of one bill, all of one currency; together they are the bill's tax.

        Where it is rounded once for a rate or for all, what that makes is spread over the parts by their exact tax.
        """
        bills: dict[object, list[int]] = defaultdict(list)
        for place, (_, category) in enumerate(parts):
            bills[rounding.bill_of(place, self.percent(category))].append(place)
        found: dict[int, Money] = {}
        for places in bills.values():
            exact = [self.exact(*parts[place]) for place in places]
            whole = rounding.rounded(sum(exact, Decimal(0)), str(parts[places[0]][0].currency))
            found |= zip(places, allocate(whole, exact), strict=True)
        return [found[place] for place in range(len(parts))]


@dataclass(frozen=True, slots=True)
class Rounding:
    """How a merchant rounds tax: for each line, once for each rate, or once for all; and which way."""

    level: str = Merchant.TaxRounding.LINE
    mode: str = Merchant.TaxRoundingMode.HALF_UP

    @classmethod
    def of(cls, merchant: Merchant) -> "Rounding":
        return cls(merchant.tax_rounding, merchant.tax_rounding_mode)

    def bill_of(self, place: int, percent: Decimal) -> object:
        """What is rounded together with the part at this place."""
        if self.level == Merchant.TaxRounding.LINE:
            return place
        return percent if self.level == Merchant.TaxRounding.RATE else None

    def rounded(self, tax: Decimal, currency: str) -> Money:
        step = Decimal(1).scaleb(-exponent(currency))
        return Money(tax.quantize(step, rounding=MODES[self.mode]), currency) if tax else zero(currency)


def _all_inside(rates: Iterable[TaxRate]) -> bool:
    """A place has prices with tax or without; one rate on top means all are read as on top."""
    return all(rate.is_inclusive for rate in rates)
