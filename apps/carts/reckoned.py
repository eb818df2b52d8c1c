"""What is known of a bill's tax without asking anybody outside: the table's answer, or what somebody outside has said.

A quote reads only this. Who has to be asked first is told with it; `reckoning` asks.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext

from apps.catalog.index import while_unchanged
from apps.merchants import clock
from apps.merchants.models import Merchant
from apps.merchants.prepared import Prepared

from .models import Cart, TaxAccount, TaxCalculation, TaxCode
from .money import money
from .tax import TaxRow, written_percent
from .tax_provider import INSTEAD, TABLE, Bill, Reckoned, Taxed, all_tax_providers

_account = Prepared[TaxAccount](lambda: TaxAccount.objects.filter(is_active=True).order_by("pk"))
_codes = Prepared[TaxCode](lambda: TaxCode.objects.order_by("pk"))
_calculation = Prepared[TaxCalculation](
    lambda cart, fingerprint, now: TaxCalculation.objects.filter(
        cart_id=cart, fingerprint=fingerprint, expires_at__gt=now
    ).order_by("pk"),
    cart=int,
    fingerprint=str,
    now=dt.datetime,
)


@dataclass(frozen=True, slots=True)
class Question:
    """What has to be asked outside before this bill can be ordered."""

    account: TaxAccount
    bill: Bill
    codes: Mapping[str, str]
    is_inclusive: bool
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Known:
    """The tax as it is shown now; `calculation` is the row it comes from, `question` what is still to be asked."""

    tax: Reckoned
    calculation: int | None = None
    question: Question | None = None
    wants_place: bool = False  # nobody outside can be asked before it is known where the buyer lives


def known_of(cart: Cart, bill: Bill, *, beside: str = "") -> Known:
    """Three more queries at most, where somebody outside reckons. A cart that is only thought of is reckoned by the table.

    `beside` names a sale that is not the cart's own, so that no calculation is booked for both.
    """
    by_table = all_tax_providers()[TABLE].quote(bill, {}, codes={}, is_inclusive=True)
    account = _account_of(cart.merchant) if cart.pk else None
    if account is None:
        return Known(by_table)
    instead = replace(by_table, by=INSTEAD)
    if not bill.address or not bill.lines:
        return Known(instead, wants_place=not all(line.is_sent or line.is_voucher for line in bill.lines))
    question = _question(cart, account, bill, is_inclusive=by_table.is_inclusive, beside=beside)
    row = _calculation.first(cart=cart.pk, fingerprint=question.fingerprint, now=clock.now())
    if row is None:
        return Known(instead, question=question)
    return Known(instead) if row.by == INSTEAD else Known(_read(row, bill.currency), calculation=row.pk)


def _account_of(merchant: Merchant) -> TaxAccount | None:
    """No query for a shop whose table reckons, while nothing changes in it."""
    has_one = while_unchanged(merchant, "tax_account", TaxAccount.objects.filter(is_active=True).exists)
    return _account.first() if has_one else None


def written(found: Reckoned) -> dict[str, Any]:
    """As a calculation keeps it: exact decimals in plain JSON."""
    return {
        "lines": [_taxed_written(each) for each in found.lines],
        "delivery": _taxed_written(found.delivery),
        "rows": [row.told() for row in found.rows],
        "is_inclusive": found.is_inclusive,
    }


def _question(cart: Cart, account: TaxAccount, bill: Bill, *, is_inclusive: bool, beside: str) -> Question:
    codes = {row.category: row.code for row in _codes()}
    asked = {
        "account": account.pk,
        "day": clock.now().astimezone(cart.merchant.zone).date().isoformat(),  # rates change at midnight
        "currency": bill.currency,
        "lines": [[line.reference, line.category, line.quantity, str(line.amount.amount)] for line in bill.lines],
        "delivery": str(bill.delivery.amount),
        "address": dict(bill.address),
        "codes": codes,
        "is_inclusive": is_inclusive,
        **({"beside": beside} if beside else {}),
    }
    fingerprint = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
    return Question(account, bill, codes, is_inclusive, fingerprint)


def _read(row: TaxCalculation, currency: str) -> Reckoned:
    """Rows without a name are called by our own word, in the active language."""
    body = row.body
    return Reckoned(
        lines=tuple(_taxed(each, currency) for each in body["lines"]),
        delivery=_taxed(body["delivery"], currency),
        rows=tuple(
            TaxRow(
                Decimal(told["rate"]),
                told["name"] or gettext("VAT"),
                Decimal(told["percent"]),
                money(told["amount"], currency),
            )
            for told in body["rows"]
        ),
        is_inclusive=body["is_inclusive"],
        by=row.by,
        reference=row.reference,
        expires_at=row.expires_at,
    )


def _taxed_written(each: Taxed) -> list[str]:
    return [written_percent(each.percent), str(each.tax.amount)]


def _taxed(told: list[str], currency: str) -> Taxed:
    return Taxed(Decimal(told[0]), money(told[1], currency))
