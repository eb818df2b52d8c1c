"""Tax by rate: what a bill comes to at each rate, and what of it goes back; parts of a whole always end at nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from djmoney.money import Money

from apps.carts.money import allocate, money, total_of, zero


@dataclass(frozen=True, slots=True)
class Part:
    """What is charged at one rate, tax included, and the tax in it."""

    gross: Money
    tax: Money

    @property
    def net(self) -> Money:
        return self.gross - self.tax

    def __add__(self, other: "Part") -> "Part":
        return Part(self.gross + other.gross, self.tax + other.tax)

    def __sub__(self, other: "Part") -> "Part":
        return Part(self.gross - other.gross, self.tax - other.tax)


Rates = dict[Decimal, Part]  # percent -> what is charged at it
K = TypeVar("K")  # what a bill is taken apart by: rates here, lines for a tax provider


def by_rate(parts: Iterable[tuple[Decimal, Part]]) -> Rates:
    """Their sums, the highest rate first; what costs nothing is left out."""
    sums: Rates = {}
    for percent, part in parts:
        if part.gross.amount:
            sums[percent] = sums[percent] + part if percent in sums else part
    return dict(sorted(sums.items(), reverse=True))


def sum_of(rates: Mapping[Any, Part], currency: str) -> Part:
    return Part(
        total_of([part.gross for part in rates.values()], currency=currency),
        total_of([part.tax for part in rates.values()], currency=currency),
    )


def less(rates: Mapping[K, Part], taken: Mapping[K, Part]) -> dict[K, Part]:
    """What is left at each rate."""
    return {percent: part - taken[percent] if percent in taken else part for percent, part in rates.items()}


def given_back(wanted: Mapping[K, Part], left: Mapping[K, Part], amount: Money) -> dict[K, Part]:
    """How `amount` going back is spread over the rates: as `wanted`, but never more than is `left` of each.

    What `wanted` does not say, or cannot have, is taken of the rates by what is left of them. Whoever takes all that
    is left takes its tax to the last unit. Raises `ValueError` when more goes back than is left.
    """
    currency = str(amount.currency)
    if amount > sum_of(left, currency).gross:
        raise ValueError(f"{amount} go back of {sum_of(left, currency).gross}")
    said = {percent: wanted[percent].gross if percent in wanted else zero(currency) for percent in left}
    gross = {percent: min(said[percent], part.gross) for percent, part in left.items()}
    gross = _no_more_than(gross, amount)
    over = amount - total_of(list(gross.values()), currency=currency)
    if over.amount:
        room = [(left[percent].gross - gross[percent]).amount for percent in left]
        for percent, more in zip(left, allocate(over, room), strict=True):
            gross[percent] += more
    parts = {percent: Part(sum_, _tax(sum_, wanted.get(percent), left[percent])) for percent, sum_ in gross.items()}
    return {percent: part for percent, part in parts.items() if part.gross.amount}


def _no_more_than(gross: dict[K, Money], amount: Money) -> dict[K, Money]:
    """The same, cut down to `amount` where it is more."""
    if total_of(list(gross.values()), currency=str(amount.currency)) <= amount:
        return gross
    return dict(zip(gross, allocate(amount, [sum_.amount for sum_ in gross.values()]), strict=True))


def _tax(gross: Money, wanted: Part | None, left: Part) -> Money:
    """The tax in what goes back at one rate: as frozen where it is just that, else its share; what stays is sound."""
    currency = str(gross.currency)
    if gross == left.gross:
        return left.tax
    if wanted is not None and wanted.gross == gross:
        share = wanted.tax
    else:
        share = money(left.tax.amount * gross.amount / left.gross.amount, currency)
    least = max(left.tax - (left.gross - gross), zero(currency))
    return max(least, min(share, left.tax, gross))
