"""Amounts: rounding, minor units, spreading, writing, and the database's refusal."""

from decimal import Decimal

import pytest
from babel.numbers import get_currency_precision
from django.conf import settings
from django.db import IntegrityError, transaction
from djmoney.money import Money
from hypothesis import given
from hypothesis import strategies as st

from apps.carts.money import (
    NotPayable,
    allocate,
    format_money,
    from_minor,
    money,
    round_money,
    stripe_exponent,
    to_minor,
)
from apps.catalog.models import Price
from apps.merchants.currency import exponent
from apps.merchants.models import Merchant

from . import goods


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("0.125", "EUR", "0.13"),
        ("0.135", "EUR", "0.14"),
        ("-0.125", "EUR", "-0.13"),
        ("2.5", "JPY", "3"),
        ("1.0005", "KWD", "1.001"),
        ("1.004999", "EUR", "1.00"),
    ],
)
def test_rounds_half_up(amount: str, currency: str, expected: str) -> None:
    assert str(round_money(Money(amount, currency)).amount) == expected


@pytest.mark.parametrize(
    ("amount", "currency", "units"),
    [
        ("12.30", "EUR", 1230),
        ("1500", "JPY", 1500),
        ("1.230", "KWD", 1230),
        ("5", "UGX", 500),
        ("100", "ISK", 10000),
        ("7", "MGA", 7),
    ],
)
def test_minor_units_are_the_providers(amount: str, currency: str, units: int) -> None:
    assert to_minor(Money(amount, currency)) == units
    assert from_minor(units, currency.lower()) == Money(amount, currency)


@pytest.mark.parametrize(("amount", "currency"), [("1.235", "KWD"), ("1.5", "JPY"), ("12.305", "EUR")])
def test_refuses_fractions_of_a_minor_unit(amount: str, currency: str) -> None:
    with pytest.raises(NotPayable):
        to_minor(Money(amount, currency))


def test_currencies_on_sale_have_the_same_decimals_everywhere() -> None:
    assert {code: (exponent(code), get_currency_precision(code)) for code in settings.CURRENCIES} == {
        code: (stripe_exponent(code), stripe_exponent(code)) for code in settings.CURRENCIES
    }


@pytest.mark.parametrize(
    ("amount", "currency", "language", "expected"),
    [
        ("12", "EUR", "en", "€12.00"),
        ("1234.5", "EUR", "de", "1.234,50\xa0€"),
        ("12", "EUR", "es", "12,00\xa0€"),
        ("12", "EUR", "zh-hans", "€12.00"),
        ("1500", "JPY", "en", "¥1,500"),
        ("1.5", "KWD", "en", "KWD\xa01.500"),
        ("1.5", "BHD", "de", "1,500\xa0BHD"),
        ("1500", "JPY", "de", "1.500\xa0¥"),
    ],
)
def test_written_as_the_reader_writes(amount: str, currency: str, language: str, expected: str) -> None:
    assert format_money(Money(amount, currency), language) == expected


@given(
    units=st.integers(min_value=-(10**9), max_value=10**9),
    weights=st.lists(st.integers(min_value=0, max_value=10**6), min_size=1, max_size=12),
    currency=st.sampled_from(["EUR", "JPY", "KWD"]),
)
def test_parts_always_add_up(units: int, weights: list[int], currency: str) -> None:
    whole = Money(Decimal(units).scaleb(-exponent(currency)), currency)
    parts = allocate(whole, weights)
    assert sum(parts[1:], parts[0]) == whole
    assert [round_money(part) for part in parts] == parts


def test_largest_remainder_goes_first() -> None:
    assert [str(part.amount) for part in allocate(money("10.00", "EUR"), [1, 1, 1])] == ["3.34", "3.33", "3.33"]
    assert [str(part.amount) for part in allocate(money("0.05", "EUR"), [3, 7])] == ["0.02", "0.03"]


@pytest.mark.parametrize(("amount", "currency"), [("1.5", "JPY"), ("12.305", "EUR")])
def test_database_refuses_what_the_currency_cannot_express(in_scope: Merchant, amount: str, currency: str) -> None:
    mug = goods.variant(in_scope, stock=None)
    Price.objects.filter(variant=mug).delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        goods.parcel(in_scope, price=amount, currency=currency, free_from=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Price.objects.create(merchant=in_scope, variant=mug, amount=Money(amount, currency))
    assert Price.objects.filter(variant=mug).count() == 0
