"""Which currency somebody pays in: what they chose, else that of their country, else the shop's own (docs/decisions/currencies.md)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from djmoney.money import Money

from .models import Merchant, ShopCurrency

Further = Mapping[str, Sequence[str]]  # currency beside the shop's own -> countries that pay in it, in the shop's order


def further_currencies(merchant: Merchant) -> Further:
    """Asked of the database; who names prices knows it with the catalogue's state (`catalog.index.sold_in`)."""
    rows = ShopCurrency.objects.filter(merchant=merchant).order_by("position", "pk")
    return {row.currency: tuple(row.countries) for row in rows}


def currencies_of(merchant: Merchant) -> list[str]:
    """All of them, the shop's own first."""
    return [merchant.currency, *further_currencies(merchant)]


def is_sold_in(merchant: Merchant, currency: str) -> bool:
    """Whether the shop has this currency, its own or a further one. No query for its own."""
    return currency == merchant.currency or currency in further_currencies(merchant)


def currency_at(merchant: Merchant, further: Further, *, chosen: str = "", country: str = "") -> str:
    """What the shopper chose, as long as the shop sells in it; else what their country pays in."""
    if chosen == merchant.currency or chosen in further:
        return chosen
    land = country.upper()
    return next((code for code, countries in further.items() if land in countries), merchant.currency)


def worth_at_home(merchant: Merchant, amount: Money) -> Decimal | None:
    """The amount in the shop's own currency by the merchant's fixed rate, unrounded; None where there is no rate."""
    currency = str(amount.currency)
    if currency == merchant.currency:
        return Decimal(amount.amount)
    row = ShopCurrency.objects.filter(merchant=merchant, currency=currency).first()
    return Decimal(amount.amount) / row.rate if row is not None and row.rate else None
