"""How amounts are typed at the desk: with the decimals of their currency, and the shop's own currency proposed."""

from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_name
from django.conf import settings
from django.utils.translation import get_language, to_locale
from djmoney.forms.fields import MoneyField as MoneyFormField
from unfold.widgets import UnfoldAdminMoneyWidget

from apps.carts.money import money


def currency_name(code: str) -> str:
    """In the active language: "US-Dollar", "dólar estadounidense"."""
    return get_currency_name(code, locale=to_locale(get_language() or "en"))


class MoneyInput(UnfoldAdminMoneyWidget):  # type: ignore[misc]
    """An amount and its currency; `currency` is what an empty one proposes."""

    def __init__(self, currency: str) -> None:
        super().__init__()
        self.default_currency = currency
        names = [(code, f"{code} – {currency_name(code)}") for code in settings.CURRENCIES]
        self.widgets[1].choices = names  # type: ignore[attr-defined]

    def decompress(self, value: Any) -> list[Any]:
        amount, currency = super().decompress(value)
        if isinstance(amount, Decimal) and currency:
            amount = money(amount, str(currency)).amount
        return [amount, currency or self.default_currency]


def propose_currency(field: Any, currency: str) -> None:
    """Give a form field of money our input, which proposes `currency`; other fields stay as they are."""
    if isinstance(field, MoneyFormField):
        field.widget = MoneyInput(currency)
        field.initial = [field.initial[0] if isinstance(field.initial, list) else None, currency]
