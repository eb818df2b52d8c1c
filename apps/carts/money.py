"""Amounts: exact decimals quantised to the currency, rounded half up by one function, never a float."""

import re
from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from functools import lru_cache

from babel.numbers import format_currency
from djmoney.money import Money

from apps.merchants.currency import exponent

# Stripe counts minor units its own way: MGA has none there, and ISK and UGX kept two for old integrations.
STRIPE_WITHOUT_DECIMALS = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"}
)
STRIPE_WITH_THREE_DECIMALS = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
TOUCHING = re.compile(
    r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])"
)  # https://www.unicode.org/reports/tr35/tr35-numbers.html#Currencies
LOCALES = {"en": "en", "de": "de", "es": "es", "zh-hans": "zh_Hans"}


class NotPayable(ValueError):
    """The amount cannot be said in the provider's minor units."""


def stripe_exponent(currency: str) -> int:
    """Decimals Stripe's API counts in this currency; not the same as what people are shown."""
    if currency in STRIPE_WITHOUT_DECIMALS:
        return 0
    return 3 if currency in STRIPE_WITH_THREE_DECIMALS else 2


def money(amount: Decimal | int | str, currency: str) -> Money:
    """An amount, rounded half up to what the currency can express."""
    step = Decimal(1).scaleb(-exponent(currency))
    return Money(Decimal(amount).quantize(step, rounding=ROUND_HALF_UP), currency)


def round_money(value: Money) -> Money:
    """Half up, away from zero on a tie: 0.125 EUR is 0.13, -0.125 EUR is -0.13."""
    return money(value.amount, str(value.currency))


def payable_step(currency: str) -> Decimal:
    """The least amount that can be shown and paid: with three decimals the provider wants the last to be 0."""
    return Decimal(1).scaleb(-min(exponent(currency), 2))


def zero(currency: str) -> Money:
    return money(0, currency)


def total_of(amounts: Sequence[Money], *, currency: str) -> Money:
    """Their sum; zero for none. Raises `TypeError` when currencies mix."""
    return sum(amounts, zero(currency))


def format_money(value: Money, language: str) -> str:
    """As a reader of this language writes it: "€12.00", "12,00 €"."""
    shown = round_money(value)
    return _written(
        shown.amount, str(shown.currency), LOCALES.get(language) or LOCALES.get(language.split("-")[0], "en")
    )


@lru_cache(maxsize=10_000)
def _written(amount: Decimal, currency: str, locale: str) -> str:
    """Letters and digits are kept apart as CLDR wants it, which Babel does not do: "CHF 12.00", not "CHF12.00"."""
    return TOUCHING.sub("\xa0", format_currency(amount, currency, locale=locale))


def to_minor(value: Money) -> int:
    """Minor units as the payment provider counts them. Raises `NotPayable` where it has no such amount."""
    currency = str(value.currency)
    scaled = value.amount.scaleb(stripe_exponent(currency))
    if scaled != scaled.to_integral_value():
        raise NotPayable(f"{value.amount} {currency} has a fraction of a minor unit")
    if currency in STRIPE_WITH_THREE_DECIMALS and scaled % 10:
        raise NotPayable(f"{value.amount} {currency}: the third decimal must be 0")
    return int(scaled)


def from_minor(amount: int, currency: str) -> Money:
    """The provider's minor units as money; `currency` in either case."""
    code = currency.upper()
    return money(Decimal(amount).scaleb(-stripe_exponent(code)), code)


def allocate(value: Money, weights: Sequence[int | Decimal], *, step: Decimal | None = None) -> list[Money]:
    """Spread an amount by weight so that the parts always add up to it (largest remainder).

    Parts are whole in the currency's own unit, or in `step`. All weights zero spreads evenly. Raises `ValueError` without weights or with a negative one.
    """
    if not weights or min(weights) < 0:
        raise ValueError("weights must be given and not be negative")
    currency = str(value.currency)
    step = step or Decimal(1).scaleb(-exponent(currency))
    shares = [Decimal(weight) for weight in weights] if any(weights) else [Decimal(1)] * len(weights)
    units = value.amount / step
    exact = [units * share / sum(shares) for share in shares]
    parts = [part.to_integral_value(rounding=ROUND_DOWN) for part in exact]
    missing = int(units - sum(parts))
    by_remainder = sorted(range(len(parts)), key=lambda i: (-abs(exact[i] - parts[i]), i))
    for index in by_remainder[: abs(missing)]:
        parts[index] += 1 if missing > 0 else -1
    return [Money(part * step, currency) for part in parts]
