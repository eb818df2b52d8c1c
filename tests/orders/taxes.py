"""Tax rates that are in no table."""

from collections.abc import Mapping
from decimal import Decimal

from apps.carts.models import TaxRate


def rates_of(percents: Mapping[str, str]) -> dict[str, tuple[TaxRate, ...]]:
    """Category → a rate of so many percent."""
    return {
        category: (TaxRate(country="DE", category=category, percent=Decimal(percent), name="VAT"),)
        for category, percent in percents.items()
    }
