"""Tax in every way of rounding: rates make the total, net and tax make gross, and parts that go back end at nothing."""

from decimal import Decimal
from typing import Any

import pytest
from djmoney.money import Money
from hypothesis import given
from hypothesis import strategies as st

from apps.carts.money import money, total_of, zero
from apps.carts.tax import Rounding, Taxes
from apps.merchants.currency import exponent
from apps.merchants.models import Merchant
from apps.orders.documents.rates import Part, by_rate, given_back, less, sum_of

from .taxes import rates_of

CATEGORIES = {"standard": "19", "reduced": "7", "odd": "8.875", "free": "0"}
levels = st.sampled_from(Merchant.TaxRounding.values)
modes = st.sampled_from(Merchant.TaxRoundingMode.values)
bills = st.lists(st.tuples(st.integers(0, 200_000), st.sampled_from(sorted(CATEGORIES))), min_size=1, max_size=12)
currencies = st.sampled_from(["EUR", "JPY", "KWD"])


def amount(minor: int, currency: str) -> Money:
    return money(Decimal(minor).scaleb(-exponent(currency)), currency)


@given(bills, levels, modes, st.booleans(), currencies)
def test_parts_make_the_bill(
    bill: list[tuple[int, str]], level: str, mode: str, is_inclusive: bool, currency: str
) -> None:
    taxes = Taxes(rates=rates_of(CATEGORIES), is_inclusive=is_inclusive)
    parts = [(amount(minor, currency), taxes.rate(category)) for minor, category in bill]
    found = taxes.of(parts, Rounding(level, mode))
    step = Decimal(1).scaleb(-exponent(currency))
    exact = [taxes.exact(*part) for part in parts]
    for (charged, _rate), tax, sharp in zip(parts, found, exact, strict=True):
        assert abs(tax.amount - sharp) < (step if level == "line" else 2 * step)
        assert zero(currency) <= tax
        assert tax <= charged or not is_inclusive
    rates = by_rate(
        (rate.percent, Part(charged if is_inclusive else charged + tax, tax))
        for (charged, rate), tax in zip(parts, found, strict=True)
    )
    whole = sum_of(rates, currency)
    assert whole.net + whole.tax == whole.gross
    assert whole.tax == total_of(found, currency=currency)
    if level == "total":
        assert whole.tax == Rounding(level, mode).rounded(sum(exact, Decimal(0)), currency)
    if level == "rate":
        for percent, part in rates.items():
            at_it = [sharp for (_, rate), sharp in zip(parts, exact, strict=True) if rate.percent == percent]
            assert part.tax == Rounding(level, mode).rounded(sum(at_it, Decimal(0)), currency)


@pytest.mark.parametrize(
    ("level", "mode", "tax"),
    [
        ("line", "half_up", ["0.03", "0.03", "0.03"]),
        ("line", "half_even", ["0.02", "0.02", "0.02"]),
        ("line", "down", ["0.02", "0.02", "0.02"]),
        ("rate", "half_up", ["0.03", "0.03", "0.02"]),
        ("rate", "down", ["0.03", "0.02", "0.02"]),
        ("total", "half_even", ["0.03", "0.03", "0.02"]),
    ],
)
def test_three_lines_of_a_quarter_at_ten_percent(level: str, mode: str, tax: list[str]) -> None:
    taxes = Taxes(rates=rates_of({"standard": "10"}), is_inclusive=False)
    quarter = (money("0.25", "USD"), taxes.rate("standard"))
    assert [str(part.amount) for part in taxes.of([quarter] * 3, Rounding(level, mode))] == tax


def test_a_yen_bill_is_rounded_once_for_each_rate() -> None:
    """Eight and ten percent on top, down, as a Japanese qualified invoice may: 3 × 8.08 is 24, not 24.24 nor 3 × 8."""
    taxes = Taxes(rates=rates_of({"standard": "10", "reduced": "8"}), is_inclusive=False)
    food, goods = (money("101", "JPY"), taxes.rate("reduced")), (money("995", "JPY"), taxes.rate("standard"))
    found = taxes.of([food, food, food, goods], Rounding("rate", "down"))
    assert [str(part.amount) for part in found] == ["8", "8", "8", "99"]


@given(bills, st.data(), currencies)
def test_what_goes_back_in_parts_ends_at_nothing(bill: list[tuple[int, str]], data: Any, currency: str) -> None:
    """Whatever each part says it is for, no rate gives more than it has, and the last part leaves exactly nothing."""
    taxes = Taxes(rates=rates_of(CATEGORIES), is_inclusive=True)
    parts = [(amount(minor, currency), taxes.rate(category)) for minor, category in bill]
    found = taxes.of(parts, Rounding("rate", "half_up"))
    rates = by_rate((rate.percent, Part(charged, tax)) for (charged, rate), tax in zip(parts, found, strict=True))
    left, step = rates, Decimal(1).scaleb(-exponent(currency))
    while (open_ := sum_of(left, currency).gross).amount:
        minor = int(open_.amount / step)
        back = amount(data.draw(st.one_of(st.just(minor), st.integers(1, minor))), currency)
        said = data.draw(st.sampled_from(sorted(CATEGORIES.values())))
        wanted = {Decimal(said): Part(back, money(back.amount * data.draw(st.sampled_from([0, 1])), currency))}
        credited = given_back(data.draw(st.sampled_from([{}, wanted])), left, back)
        assert sum_of(credited, currency).gross == back
        left = less(left, credited)
        for part in left.values():
            assert part.net >= zero(currency)
            assert part.tax >= zero(currency)
        rest = sum_of(left, currency).gross
        if rest.amount and data.draw(st.booleans()):
            left = less(left, given_back({}, left, rest))
    assert sum_of(left, currency) == Part(zero(currency), zero(currency))


def test_more_than_is_left_does_not_go_back() -> None:
    left = {Decimal(19): Part(money("10.00", "EUR"), money("1.60", "EUR"))}
    with pytest.raises(ValueError, match=r"€10\.01 go back of €10\.00"):
        given_back({}, left, money("10.01", "EUR"))
