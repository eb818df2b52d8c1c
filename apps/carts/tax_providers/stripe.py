"""Stripe Tax: a calculation for a bill, a transaction from it when it is paid, reversals of what went back."""

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from djmoney.money import Money

from apps.merchants.doors import ProviderRefused, ProviderUnavailable
from apps.merchants.stripe_client import api_of, ask

from ..money import NotPayable, from_minor, to_minor, total_of, zero
from ..tax import DELIVERY, STANDARD, TaxRow
from ..tax_provider import (
    NOT_ACTIVE,
    NOT_REGISTERED,
    Back,
    Bill,
    Booked,
    Reckoned,
    Taxable,
    Taxed,
    TaxProvider,
)

TIMEOUT = 2.5  # seconds; somebody waits for the summary
BOOKING_TIMEOUT = 10.0
PAGE = 100
INCLUSIVE, EXCLUSIVE = "inclusive", "exclusive"
LONGEST_NAME = 80
STEP = Decimal("0.001")  # of a percent, as orders keep it
ADDRESS = {"line1": "line1", "line2": "line2", "city": "city", "postal_code": "postcode", "state": "region"}
UNTAXED = "txcd_00000000"
VAT = "vat"  # their kind of tax that we have a word of our own for, in the shopper's language


class StripeTax(TaxProvider):
    name, label = "stripe", "Stripe Tax"
    required_config = ("api_key",)
    secret_config = ("api_key",)
    config_help: ClassVar[Mapping[str, Any]] = {
        "api_key": _("A secret key (sk_… or a restricted rk_… that may write Tax) of the account with Stripe Tax."),
        "api_base": _("Another address than https://api.stripe.com (proxies, emulators)."),
    }
    usual_codes: ClassVar[Mapping[str, str]] = {
        STANDARD: "txcd_99999999",  # tangible goods
        "clothing": "txcd_20030000",
        "books": "txcd_35010000",
        "food": "txcd_40060003",
        DELIVERY: "txcd_92010001",
    }

    def quote(self, bill: Bill, config: Mapping[str, Any], *, codes: Mapping[str, str], is_inclusive: bool) -> Reckoned:
        behavior = INCLUSIVE if is_inclusive else EXCLUSIVE
        known = {**self.usual_codes, **codes}
        params: Any = {
            "currency": bill.currency.lower(),
            "customer_details": {"address": _address(bill.address), "address_source": "shipping"},
            "line_items": [_line(line, known, behavior) for line in bill.lines],
            "shipping_cost": {"amount": _minor(bill.delivery), "tax_code": known[DELIVERY], "tax_behavior": behavior},
            "expand": ["line_items.data.tax_breakdown", "shipping_cost.tax_breakdown"],
        }
        api = api_of(config, timeout=TIMEOUT).v1.tax.calculations
        found = ask(lambda: api.create(params)).to_dict()
        lines = found["line_items"]["data"]
        if found["line_items"]["has_more"]:
            every: Any = {"limit": PAGE, "expand": ["data.tax_breakdown"]}
            lines = ask(lambda: api.line_items.list(found["id"], every)).to_dict()["data"]
        try:
            return _reckoned(bill, found, {line["reference"]: line for line in lines}, is_inclusive=is_inclusive)
        except (KeyError, TypeError, ValueError, ArithmeticError) as error:
            raise ProviderUnavailable(f"not a calculation: {error!r}") from error

    def commit(self, calculation: str, config: Mapping[str, Any], *, reference: str, key: str) -> Booked:
        params: Any = {"calculation": calculation, "reference": reference, "expand": ["line_items"]}
        api = api_of(config, timeout=BOOKING_TIMEOUT).v1.tax.transactions
        found = ask(lambda: api.create_from_calculation(params, {"idempotency_key": key})).to_dict()
        lines = found["line_items"]["data"]
        if found["line_items"]["has_more"]:
            lines = ask(lambda: api.line_items.list(found["id"], {"limit": PAGE})).to_dict()["data"]
        return Booked(found["id"], {line["reference"]: line["id"] for line in lines})

    def reverse(self, sale: str, back: list[Back], config: Mapping[str, Any], *, reference: str, key: str) -> str:
        lines = [
            {"original_line_item": part.line, "reference": part.reference, **_negative(part)}
            | ({"quantity": part.quantity} if part.quantity else {})
            for part in back
            if part.line
        ]
        params: Any = {"mode": "partial", "original_transaction": sale, "reference": reference}
        if lines:
            params["line_items"] = lines
        for part in back:
            if not part.line:
                params["shipping_cost"] = _negative(part)
        api = api_of(config, timeout=BOOKING_TIMEOUT).v1.tax.transactions
        return str(ask(lambda: api.create_reversal(params, {"idempotency_key": key})).id)

    def check(self, config: Mapping[str, Any], *, country: str) -> None:
        api = api_of(config).v1.tax
        if ask(lambda: api.settings.retrieve()).status != "active":
            raise ProviderRefused("Stripe Tax is not activated", code=NOT_ACTIVE)
        page: Any = {"status": "active", "limit": PAGE}
        found = ask(lambda: api.registrations.list(page)).to_dict()["data"]
        if country not in {registration["country"] for registration in found}:
            raise ProviderRefused(f"no registration for {country}", code=NOT_REGISTERED)


def _address(address: Mapping[str, str]) -> dict[str, str]:
    named = {theirs: address.get(ours, "") for theirs, ours in ADDRESS.items()}
    return {"country": address["country"], **{key: value for key, value in named.items() if value}}


def _line(line: Taxable, codes: Mapping[str, str], behavior: str) -> dict[str, Any]:
    """A category nobody has a code for is taxed as goods are."""
    return {
        "reference": line.reference,
        "amount": _minor(line.amount),
        "quantity": line.quantity,
        "tax_code": UNTAXED if line.is_voucher else codes.get(line.category, codes[STANDARD]),
        "tax_behavior": behavior,
    }


def _negative(part: Back) -> dict[str, int]:
    return {"amount": -_minor(part.amount), "amount_tax": -_minor(part.tax)}


def _minor(amount: Money) -> int:
    try:
        return to_minor(amount)
    except NotPayable as error:
        raise ProviderRefused(str(error), code="not_payable") from error


def _amount(minor: int, currency: str) -> Money:
    """Their minor units as our money. Raises `ProviderRefused` for what our currency has no coin for."""
    amount = from_minor(minor, currency)
    if _minor(amount) != minor:
        raise ProviderRefused(f"{minor} is no amount of {currency}", code="not_payable")
    return amount


def _reckoned(bill: Bill, found: Mapping[str, Any], lines: Mapping[str, Any], *, is_inclusive: bool) -> Reckoned:
    """Raises `ProviderRefused` where their answer is not about this bill, to the minor unit."""
    if set(lines) != {line.reference for line in bill.lines}:
        raise ProviderRefused("the calculation has other lines", code="other_bill")
    things = [*(lines[line.reference] for line in bill.lines), found["shipping_cost"]]
    rows = [_rows(thing, bill.currency) for thing in things]
    taxed = [
        Taxed(_rate(parts), _amount(thing["amount_tax"], bill.currency))
        for thing, parts in zip(things, rows, strict=True)
    ]
    made = Reckoned(
        lines=tuple(taxed[:-1]),
        delivery=taxed[-1],
        rows=tuple(_summed(row for parts in rows for row in parts)),
        is_inclusive=is_inclusive,
        by=StripeTax.name,
        reference=str(found["id"]),
        expires_at=dt.datetime.fromtimestamp(int(found["expires_at"]), dt.UTC),
    )
    total = bill.amount if is_inclusive else bill.amount + made.tax
    named = total_of([row.amount for row in made.rows], currency=bill.currency)
    if _amount(found["amount_total"], bill.currency) != total or named != made.tax:
        raise ProviderRefused("the calculation does not add up to the bill", code="other_bill")
    return made


def _rows(thing: Mapping[str, Any], currency: str) -> list[TaxRow]:
    """What is due on one thing, whose each part is; a tax that is not imposed is none."""
    due = [row for row in thing["tax_breakdown"] or () if row["tax_rate_details"] and row["taxable_amount"]]
    rate = sum((_percent(row) for row in due), Decimal(0))
    return [TaxRow(rate, _name(row, len(due)), _percent(row), _amount(row["amount"], currency)) for row in due]


def _rate(parts: Iterable[TaxRow]) -> Decimal:
    return sum((part.percent for part in parts), Decimal(0))


def _percent(row: Mapping[str, Any]) -> Decimal:
    return Decimal(row["tax_rate_details"]["percentage_decimal"]).quantize(STEP)


def _name(row: Mapping[str, Any], of: int) -> str:
    """Whose it is where several tax one sale, else how the tax is called; "" for our own word for VAT."""
    if of > 1:
        return str(row["jurisdiction"]["display_name"])[:LONGEST_NAME]
    details = row["tax_rate_details"]
    return "" if details["tax_type"] == VAT else str(details["display_name"])[:LONGEST_NAME]


def _summed(rows: Iterable[TaxRow]) -> list[TaxRow]:
    """One row for each part of each rate, the highest rate first; what comes to nothing has none."""
    sums: dict[tuple[Decimal, str, Decimal], Money] = {}
    for row in rows:
        key = (row.rate, row.name, row.percent)
        sums[key] = sums.get(key, zero(str(row.amount.currency))) + row.amount
    ordered = sorted(sums, key=lambda key: -key[0])
    return [TaxRow(*key, sums[key]) for key in ordered if sums[key].amount]
