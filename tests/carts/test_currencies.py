"""Which currency somebody pays in, and prices filled in by a fixed rate."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.carts.currencies import currency_for, shoppers_currency
from apps.carts.money import allocate, from_minor, money, to_minor, total_of
from apps.catalog.filling import converted, fill_prices
from apps.catalog.index import refresh
from apps.catalog.models import Price, PriceRecord
from apps.customers.models import Customer
from apps.merchants.currency import exponent
from apps.merchants.models import Merchant, ShopCurrency
from tests import factories

from . import goods

CURRENCIES = ("EUR", "USD", "JPY", "KWD", "BHD", "ISK", "UGX")


def sells(merchant: Merchant, currency: str, *countries: str, **facts: Any) -> ShopCurrency:
    made: ShopCurrency = ShopCurrency.objects.create(
        merchant=merchant, currency=currency, countries=list(countries), **facts
    )
    return made


@pytest.fixture
def ana(in_scope: Merchant) -> Customer:
    refresh(in_scope, [])
    return factories.customer(in_scope)


def test_what_was_chosen_comes_before_the_address_and_that_before_the_phone(ana: Customer) -> None:
    ana.phone = "+41446681800"
    assert currency_for(ana) == "EUR"
    sells(ana.merchant, "CHF", "ch", "LI")
    sells(ana.merchant, "USD", "US")
    assert currency_for(ana) == "CHF"
    goods.address(ana, "US")
    assert currency_for(ana) == "USD"
    assert currency_for(ana, country="li") == "CHF"
    ana.currency = "EUR"
    assert currency_for(ana, country="US") == "EUR"
    ana.currency = "JPY"  # not sold in any more
    assert currency_for(ana, country="US") == "USD"
    assert shoppers_currency(ana) == "USD"


def test_missing_prices_are_filled_in_once_and_have_a_history(ana: Customer) -> None:
    mug = goods.variant(ana.merchant, price="12.00")
    lamp = goods.variant(ana.merchant, price="50.00")
    Price.objects.create(merchant=ana.merchant, variant=lamp, amount=goods.Money("49.00", "USD"))
    row = sells(ana.merchant, "USD", rate=Decimal("1.10"), ending="0.99")
    assert (fill_prices(ana.merchant, row), fill_prices(ana.merchant, row)) == (1, 0)
    costs = dict(Price.objects.filter(amount_currency="USD").values_list("variant", "amount"))
    assert costs == {mug.pk: Decimal("12.99"), lamp.pk: Decimal("49.00")}
    assert PriceRecord.objects.filter(variant=mug, amount_currency="USD").count() == 1


@pytest.mark.parametrize(
    ("amount", "currency", "rate", "ending", "expected"),
    [
        ("12.00", "USD", "1.1", "exact", "13.20"), ("12.00", "USD", "1.1", "1", "13"), ("12.00", "USD", "1.1", "0.99", "12.99"),
        ("12.00", "USD", "1.1", "0.95", "12.95"), ("12.00", "JPY", "163.4", "0.99", "1961"), ("12.00", "KWD", "0.3345", "exact", "4.014"),
        ("0.10", "USD", "1.1", "0.99", "0.99"), ("0.00", "USD", "1.1", "0.99", "0"), ("0.01", "USD", "0.1", "exact", "0.01"),
    ],
)  # fmt: skip
def test_an_ending(amount: str, currency: str, rate: str, ending: str, expected: str) -> None:
    row = ShopCurrency(currency=currency, rate=Decimal(rate), ending=ending if ending != "exact" else "EXACT")
    row.ending = ShopCurrency.Ending.EXACT if ending == "exact" else ending
    assert converted(Decimal(amount), row) == Decimal(expected)


@given(
    units=st.integers(min_value=1, max_value=10**7),
    currency=st.sampled_from(CURRENCIES),
    weights=st.lists(st.integers(min_value=0, max_value=50), min_size=1, max_size=5),
)
def test_whatever_the_currency_parts_fit_it_add_up_and_come_back_from_the_provider(
    units: int, currency: str, weights: list[int]
) -> None:
    whole = money(Decimal(units).scaleb(-min(exponent(currency), 2)), currency)
    parts = allocate(whole, weights)
    assert total_of(parts, currency=currency) == whole
    assert {str(part.currency) for part in parts} == {currency}
    assert all(part == money(part.amount, currency) for part in parts)
    assert from_minor(to_minor(whole), currency) == whole
