"""Tax from the merchant's own table: by country, region, postcode and category, inside the price or on top of it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

from django.db.models import CharField, F, Q, Value
from djmoney.money import Money

from apps.merchants.currency import exponent
from apps.merchants.models import Merchant
from apps.merchants.prepared import Prepared

from .models import TaxRate
from .money import allocate, zero
from .places import Place

STANDARD, DELIVERY = "standard", "delivery"  # categories; the second need not be in the table
# How delivery is taxed where the table has no rate for it; elsewhere it follows the goods of the greatest worth.
ON_TOP = frozenset({"US", "CA"})  # prices are without tax there, where the table says nothing else
AS_STANDARD, AS_HIGHEST = frozenset({"JP"}), frozenset({"US"})
MODES = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "down": ROUND_DOWN}
_rates = Prepared[TaxRate](
    lambda country, region, postcode: (
        TaxRate.objects.alias(asked=Value(postcode, output_field=CharField()))
        .filter(Q(region="") | Q(region__iexact=region), country=country, asked__startswith=F("postcode"))
        .order_by("pk")
    ),
    country=str,
    region=str,
    postcode=str,
)


@dataclass(frozen=True, slots=True)
class Rate:
    """What is due on one thing: all its parts together, each with its name."""

    percent: Decimal = Decimal(0)
    parts: tuple[tuple[str, Decimal], ...] = ()


@dataclass(frozen=True, slots=True)
class TaxRow:
    """One part of the tax of a bill: `percent` of what is taxed at `rate` in all."""

    rate: Decimal
    name: str
    percent: Decimal
    amount: Money

    def told(self) -> dict[str, str]:
        """As an order keeps it: exact decimals in plain JSON."""
        return {
            "rate": written_percent(self.rate),
            "name": self.name,
            "percent": written_percent(self.percent),
            "amount": str(self.amount.amount),
        }


@dataclass(frozen=True, slots=True)
class Taxes:
    """The rates of one place. Raises nothing: where the table is silent, the tax is zero."""

    rates: dict[str, tuple[TaxRate, ...]]
    is_inclusive: bool
    country: str = ""

    @classmethod
    def at(cls, place: Place) -> "Taxes":
        """One query. Of each category the most specific place counts: longest postcode, then region, then country."""
        found: dict[str, list[TaxRate]] = defaultdict(list)
        for row in _rates(country=place.country, region=place.region, postcode=place.postcode):
            found[row.category].append(row)
        rates = {category: _most_specific(rows) for category, rows in found.items()}
        inside = all(row.is_inclusive for rows in rates.values() for row in rows)
        if not rates:
            inside = place.country not in ON_TOP
        # A place has prices with tax or without; one rate on top means all are read as on top.
        return cls(rates=rates, is_inclusive=inside, country=place.country)

    def rate(self, category: str, each: Money | None = None) -> Rate:
        """The parts due on something of this category at so much a piece; those that begin at a higher price are not."""
        due = [row for row in self.rates.get(category, ()) if row.is_due(each)]
        return Rate(sum((row.percent for row in due), Decimal(0)), tuple((row.label, row.percent) for row in due))

    def delivery_rate(self, goods: Iterable[tuple[Money, Rate]]) -> Rate:
        """The rate of delivering these, given as (charged, rate) of each line that is sent.

        A rate of the category "delivery" in the table decides. Without one, sending is part of the sale and shares the
        tax of the main thing sold (Germany: UStAE 3.10 (5), after CJEU C-349/96 Card Protection Plan): the rate
        under which the greatest worth is sold, of equals the higher. In the United States a charge for a parcel in which
        anything is taxed is taxed (New York: TB-ST-838), as the thing taxed highest. In Japan the parcel is a service
        of its own at the standard rate, also of food (National Tax Agency, Q&A on the reduced rate).
        """
        if DELIVERY in self.rates:
            return self.rate(DELIVERY)
        worth: dict[Rate, Decimal] = defaultdict(Decimal)
        for charged, rate in goods:
            worth[rate] += charged.amount
        if not worth or self.country in AS_STANDARD:
            return self.rate(STANDARD)
        if self.country in AS_HIGHEST:
            return max(worth, key=lambda rate: rate.percent)
        return max(worth, key=lambda rate: (worth[rate], rate.percent))

    def exact(self, amount: Money, rate: Rate) -> Decimal:
        """The tax in (or on top of) this amount, not rounded."""
        base = Decimal(100) + rate.percent if self.is_inclusive else Decimal(100)
        return amount.amount * rate.percent / base

    def of(self, parts: Sequence[tuple[Money, Rate]], rounding: "Rounding") -> list[Money]:
        """The tax of each (amount, rate) of one bill, all of one currency; together they are the bill's tax.

        Where it is rounded once for a rate or for all, what that makes is spread over the parts by their exact tax.
        """
        bills: dict[object, list[int]] = defaultdict(list)
        for place, (_, rate) in enumerate(parts):
            bills[rounding.bill_of(place, rate.percent)].append(place)
        found: dict[int, Money] = {}
        for places in bills.values():
            exact = [self.exact(*parts[place]) for place in places]
            whole = rounding.rounded(sum(exact, Decimal(0)), str(parts[places[0]][0].currency))
            found |= zip(places, allocate(whole, exact), strict=True)
        return [found[place] for place in range(len(parts))]


@dataclass(frozen=True, slots=True)
class Rounding:
    """How a merchant rounds tax: for each line, once for each rate, or once for all; and which way."""

    level: str = Merchant.TaxRounding.LINE
    mode: str = Merchant.TaxRoundingMode.HALF_UP

    @classmethod
    def of(cls, merchant: Merchant) -> "Rounding":
        return cls(merchant.tax_rounding, merchant.tax_rounding_mode)

    def bill_of(self, place: int, percent: Decimal) -> object:
        """What is rounded together with the part at this place."""
        if self.level == Merchant.TaxRounding.LINE:
            return place
        return percent if self.level == Merchant.TaxRounding.RATE else None

    def rounded(self, tax: Decimal, currency: str) -> Money:
        step = Decimal(1).scaleb(-exponent(currency))
        return Money(tax.quantize(step, rounding=MODES[self.mode]), currency) if tax else zero(currency)


def tax_rows(taxed: Iterable[tuple[Rate, Money]]) -> list[TaxRow]:
    """A bill's tax, given as (rate, tax) of its lines: one row for each part of each rate, the highest rate first.

    What a rate comes to is spread over its parts by their percent (largest remainder), so the rows are the tax. A rate
    of nothing has no row.
    """
    sums: dict[Rate, Money] = {}
    for rate, tax in taxed:
        if tax.amount:
            sums[rate] = sums[rate] + tax if rate in sums else tax
    return [
        TaxRow(rate.percent, name, percent, amount)
        for rate in sorted(sums, key=lambda rate: (-rate.percent, rate.parts))
        for (name, percent), amount in zip(
            rate.parts, allocate(sums[rate], [percent for _, percent in rate.parts]), strict=True
        )
    ]


def written_percent(percent: Decimal) -> str:
    """As few digits as say it: "19", "8.875"."""
    return f"{percent.normalize():f}"


def _most_specific(rows: Sequence[TaxRate]) -> tuple[TaxRate, ...]:
    """Those of the place that says most. A rate without the name of a part stands for itself, whatever lies beside it."""
    nearest = max((len(row.postcode), bool(row.region)) for row in rows)
    there = [row for row in rows if (len(row.postcode), bool(row.region)) == nearest]
    return tuple([row for row in there if not row.part][:1] or there)
