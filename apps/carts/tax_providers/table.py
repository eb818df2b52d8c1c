"""The merchant's own table: always there, asks nobody. What it books, the orders themselves hold."""

from collections.abc import Mapping
from typing import Any

from ..tax import Rate, Taxes, tax_rows
from ..tax_provider import TABLE, Back, Bill, Booked, Reckoned, Taxed, TaxProvider


class Table(TaxProvider):
    name = TABLE

    def quote(
        self, bill: Bill, config: Mapping[str, Any], *, codes: Mapping[str, str], is_inclusive: bool = True
    ) -> Reckoned:
        """One query. The table itself says whether prices are with tax; where it is silent, nothing is due."""
        taxes = Taxes.at(bill.place)
        rates = [
            Rate() if line.is_voucher else taxes.rate(line.category, line.amount / line.quantity) for line in bill.lines
        ]
        goods = [(line.amount, rate) for line, rate in zip(bill.lines, rates, strict=True)]
        of_delivery = taxes.delivery_rate(part for line, part in zip(bill.lines, goods, strict=True) if line.is_sent)
        *found, delivery_tax = taxes.of([*goods, (bill.delivery, of_delivery)], bill.rounding)
        return Reckoned(
            lines=tuple(Taxed(rate.percent, tax) for rate, tax in zip(rates, found, strict=True)),
            delivery=Taxed(of_delivery.percent, delivery_tax),
            rows=tuple(tax_rows([*zip(rates, found, strict=True), (of_delivery, delivery_tax)])),
            is_inclusive=taxes.is_inclusive,
        )

    def commit(self, calculation: str, config: Mapping[str, Any], *, reference: str, key: str) -> Booked:
        return Booked(reference, {})

    def reverse(self, sale: str, back: list[Back], config: Mapping[str, Any], *, reference: str, key: str) -> str:
        return reference

    def check(self, config: Mapping[str, Any], *, country: str) -> None:
        """Nothing can be wrong with it."""
