"""How many decimals a currency has, and the CHECK that keeps other amounts out of money columns."""

from django.db import models
from django.db.models.functions import Round
from django.utils.translation import gettext_lazy as _

# ISO 4217, where it is not two.
WITHOUT_DECIMALS = (
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF",
)  # fmt: skip
WITH_THREE_DECIMALS = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")


def exponent(currency: str) -> int:
    """Decimals of an amount in this currency: 2 for EUR, 0 for JPY, 3 for KWD."""
    if currency in WITHOUT_DECIMALS:
        return 0
    return 3 if currency in WITH_THREE_DECIMALS else 2


def one_currency(*fields: str, name: str, currency: str = "") -> models.CheckConstraint:
    """A CHECK that all these amounts of a row are in one currency: that of the column `currency`, else of the first."""
    first, rest = (currency, fields) if currency else (f"{fields[0]}_currency", fields[1:])
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}_currency": models.F(first) for field in rest}),
        name=name,
        violation_error_message=_("All these amounts are in one currency."),
    )


def fits_currency(field: str, *, name: str, currency: str = "") -> models.CheckConstraint:
    """A CHECK on a MoneyField stored with three decimals: refuses 1.5 JPY and 12.305 EUR.

    `currency` is the column that says which it is, where that is not the field's own.
    """
    currency = currency or f"{field}_currency"
    return models.CheckConstraint(
        condition=(
            models.Q(**{f"{field}__isnull": True})
            | models.Q(**{f"{currency}__in": WITH_THREE_DECIMALS})
            | models.Q(**{f"{currency}__in": WITHOUT_DECIMALS, field: Round(field, 0)})
            | (
                ~models.Q(**{f"{currency}__in": (*WITHOUT_DECIMALS, *WITH_THREE_DECIMALS)})
                & models.Q(**{field: Round(field, 2)})
            )
        ),
        name=name,
        violation_error_message=_("This amount has more decimals than its currency."),
    )
