"""Tax from the merchant's own table: by country, region and category, inside the price or on top of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from djmoney.money import Money

from apps.merchants.prepared import Prepared

from .models import TaxRate
from .money import money, zero

DELIVERY_CATEGORY = "standard"
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

    def on(self, amount: Money, category: str) -> Money:
        """The tax in (or on top of) this amount, rounded once, half up."""
        percent = self.percent(category)
        currency = str(amount.currency)
        if not percent:
            return zero(currency)
        base = Decimal(100) + percent if self.is_inclusive else Decimal(100)
        return money(amount.amount * percent / base, currency)


def _all_inside(rates: Iterable[TaxRate]) -> bool:
    """A place has prices with tax or without; one rate on top means all are read as on top."""
    return all(rate.is_inclusive for rate in rates)
