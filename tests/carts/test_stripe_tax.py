"""Stripe Tax as the shop asks it, against the Stripe of the sandbox over HTTP; figures reckoned by hand."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from djmoney.money import Money

from apps.carts.places import Place
from apps.carts.tax import Rounding
from apps.carts.tax_provider import Back, Bill, Reckoned, Taxable, all_tax_providers
from apps.carts.tax_providers.stripe import StripeTax
from apps.merchants.doors import NotConfigured, ProviderRefused, ProviderUnavailable
from tests.payments.desk import Desk

BERLIN = {"line1": "Lindenstr. 12", "postcode": "10969", "city": "Berlin", "country": "DE"}
MANHATTAN = {"line1": "350 5th Ave", "postcode": "10118", "city": "New York", "region": "NY", "country": "US"}
TOKYO = {"line1": "1-1 Chiyoda", "postcode": "1000001", "city": "Tokyo", "country": "JP"}


@pytest.fixture
def desk() -> Iterator[Desk]:
    played = Desk()
    yield played
    played.close()


def bill(address: dict[str, str], currency: str, goods: list[tuple[str, str, int]], delivery: str) -> Bill:
    """`goods` are (category, amount, how many)."""
    lines = tuple(
        Taxable(f"variant:{number}", category, quantity, Money(amount, currency), is_sent=True)
        for number, (category, amount, quantity) in enumerate(goods, start=1)
    )
    return Bill(currency, lines, Money(delivery, currency), Place.of(address), address, Rounding())


def asked(desk: Desk, of: Bill, *, is_inclusive: bool, codes: dict[str, str] | None = None) -> Reckoned:
    return StripeTax().quote(of, desk.config, codes=codes or {}, is_inclusive=is_inclusive)


def figures(found: Reckoned) -> list[tuple[str, str]]:
    """(percent, tax) of each line, then of the delivery."""
    return [(f"{each.percent.normalize():f}", str(each.tax.amount)) for each in (*found.lines, found.delivery)]


def rows(found: Reckoned) -> list[tuple[str, str, str, str]]:
    return [
        (told["rate"], told["name"], told["percent"], told["amount"]) for told in (row.told() for row in found.rows)
    ]


# 40.50 × 7/107 = 2.6495; 18.00 × 19/119 = 2.8739; the parcel 4.90 × 19/119 = 0.7824.
def test_germany_has_its_tax_inside(desk: Desk) -> None:
    found = asked(
        desk, bill(BERLIN, "EUR", [("books", "40.50", 3), ("standard", "18.00", 1)], "4.90"), is_inclusive=True
    )
    assert figures(found) == [("7", "2.65"), ("19", "2.87"), ("19", "0.78")]
    assert rows(found) == [("19", "", "19", "3.65"), ("7", "", "7", "2.65")]
    assert (found.tax.amount, found.is_inclusive, found.by) == (Decimal("6.30"), True, "stripe")


# 81.00: 3.24 + 3.645 → 3.65 + 0.30375 → 0.30 = 7.19; a shirt of 27.00 is free; 9.90: 0.396 → 0.40 + 0.4455 → 0.45
# + 0.037 → 0.04 = 0.89.
def test_new_york_puts_three_taxes_on_top(desk: Desk) -> None:
    found = asked(
        desk, bill(MANHATTAN, "USD", [("standard", "81.00", 2), ("clothing", "81.00", 3)], "9.90"), is_inclusive=False
    )
    assert figures(found) == [("8.875", "7.19"), ("0", "0.00"), ("8.875", "0.89")]
    assert rows(found) == [
        ("8.875", "New York", "4", "3.64"),
        ("8.875", "New York City", "4.5", "4.10"),
        ("8.875", "Metropolitan Commuter Transportation District", "0.375", "0.34"),
    ]


# 2646 × 8 % = 211.68 → 212; 2664 × 10 % = 266.4 → 266; 550 × 10 % = 55.
def test_japan_has_no_minor_unit(desk: Desk) -> None:
    found = asked(desk, bill(TOKYO, "JPY", [("food", "2646", 3), ("standard", "2664", 2)], "550"), is_inclusive=False)
    assert figures(found) == [("8", "212"), ("10", "266"), ("10", "55")]
    assert rows(found) == [("10", "Consumption Tax", "10", "321"), ("8", "Consumption Tax", "8", "212")]


def test_more_lines_than_come_at_once(desk: Desk) -> None:
    found = asked(desk, bill(BERLIN, "EUR", [("standard", "1.19", 1)] * 23, "0"), is_inclusive=True)
    assert figures(found) == [("19", "0.19")] * 23 + [("0", "0.00")]
    booked = StripeTax().commit(found.reference, desk.config, reference="K1", key="k1")
    assert sorted(booked.lines) == sorted(f"variant:{number}" for number in range(1, 24))


def test_where_nobody_is_registered_nothing_is_due(desk: Desk) -> None:
    found = asked(desk, bill(BERLIN | {"country": "FR"}, "EUR", [("standard", "10.00", 1)], "4.90"), is_inclusive=True)
    assert (figures(found), rows(found)) == ([("0", "0.00"), ("0", "0.00")], [])


@pytest.mark.parametrize(
    ("address", "currency", "codes", "code"),
    [
        (MANHATTAN | {"postcode": ""}, "USD", {}, "customer_tax_location_invalid"),
        (BERLIN, "EUR", {"standard": "txcd_1"}, "resource_missing"),
        (BERLIN, "KWD", {}, "not_payable"),
    ],
)
def test_what_it_refuses(desk: Desk, address: dict[str, str], currency: str, codes: dict[str, str], code: str) -> None:
    amount = "1.005" if currency == "KWD" else "1.00"
    with pytest.raises(ProviderRefused) as refused:
        asked(desk, bill(address, currency, [("standard", amount, 1)], "0"), is_inclusive=True, codes=codes)
    assert refused.value.code == code


def test_an_answer_that_is_not_about_the_bill_is_none(desk: Desk) -> None:
    """A króna has no hundredths here, and the tax of 99 of them has there: 19 % of 9900 is 18.81."""
    with pytest.raises(ProviderRefused, match="no amount of ISK"):
        asked(desk, bill(BERLIN, "ISK", [("standard", "99", 1)], "0"), is_inclusive=False)


def test_nobody_answers(desk: Desk) -> None:
    for kind, parameters in (("server_error", {}), ("rate_limit", {})):
        desk.fault(kind, **parameters)
        with pytest.raises(ProviderUnavailable):
            asked(desk, bill(BERLIN, "EUR", [("standard", "1.00", 1)], "0"), is_inclusive=True)


def test_a_sale_is_booked_once_and_goes_back_no_further_than_it_went(desk: Desk) -> None:
    provider, config = StripeTax(), desk.config
    found = asked(desk, bill(BERLIN, "EUR", [("standard", "23.80", 2)], "4.90"), is_inclusive=True)
    booked = provider.commit(found.reference, config, reference="K7QM", key="a")
    assert provider.commit(found.reference, config, reference="K7QM", key="a") == booked
    with pytest.raises(ProviderRefused) as refused:
        provider.commit(found.reference, config, reference="K7QM", key="b")
    assert refused.value.code == "resource_already_exists"
    line = booked.lines["variant:1"]
    one = Back(line, "variant:1", 1, Money("11.90", "EUR"), Money("1.90", "EUR"))
    parcel = Back("", "", 0, Money("4.90", "EUR"), Money("0.78", "EUR"))
    first = provider.reverse(booked.id, [one, parcel], config, reference="K7QM-1", key="c")
    assert provider.reverse(booked.id, [one, parcel], config, reference="K7QM-1", key="c") == first
    provider.reverse(booked.id, [one], config, reference="K7QM-2", key="d")
    for part in (one, parcel):
        with pytest.raises(ProviderRefused) as refused:
            provider.reverse(booked.id, [part], config, reference="K7QM-3", key=f"e{part.line}")
        assert refused.value.code == "amount_too_large"
    kinds = [(thing["type"], thing["reference"]) for thing in desk.every("tax.transaction")]
    assert kinds == [("transaction", "K7QM"), ("reversal", "K7QM-1"), ("reversal", "K7QM-2")]


def test_what_it_has_no_coin_for_is_not_taken_back(desk: Desk) -> None:
    part = Back("", "", 0, Money("1.005", "KWD"), Money("0", "KWD"))
    with pytest.raises(ProviderRefused) as refused:
        StripeTax().reverse("tax_1", [part], desk.config, reference="K7QM-1", key="a")
    assert refused.value.code == "not_payable"


def test_it_says_what_is_missing_before_it_is_used(desk: Desk) -> None:
    provider = StripeTax()
    provider.check(desk.config, country="DE")
    with pytest.raises(NotConfigured):
        provider.check(desk.config | {"api_key": "sk_test_wrong"}, country="DE")
    with pytest.raises(ProviderRefused, match="no registration for FR") as refused:
        provider.check(desk.config, country="FR")
    assert refused.value.code == "not_registered"
    desk.store.set_setting("stripe_tax_status", "pending")
    with pytest.raises(ProviderRefused) as refused:
        provider.check(desk.config, country="DE")
    assert refused.value.code == "not_active"


def test_every_provider_is_found_and_says_what_it_needs() -> None:
    found: dict[str, Any] = all_tax_providers()
    assert sorted(found) == ["stripe", "table"]
    assert found["stripe"].missing({}) == ["api_key"]
