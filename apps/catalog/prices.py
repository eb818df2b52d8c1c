"""What a variant costs a shopper at this moment: the price for everyone, with the plan that lies over it, or what the
price lists that count for them make of it (`lists`).

Nothing has to have run for a plan to begin or end: whoever reads asks the clock. A reduction comes with the lowest
price of the thirty days before it, from the history that the database keeps (docs/decisions/lowest-price.md).
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Case, DecimalField, Exists, F, Func, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from djmoney.money import Money

from apps.merchants import clock
from apps.merchants.statements import fetch

from .ledger import merchant_in_scope
from .lists import FOR_EVERYONE, Terms
from .models import PricePlan

PRICES_NOW = """
SELECT p.variant_id, p.amount_currency, own.price_list,
    CASE WHEN own.price_list IS NULL THEN base.amount ELSE own.amount END,
    CASE WHEN own.price_list IS NULL THEN base.compare_at ELSE own.compare_at END,
    CASE WHEN CASE WHEN own.price_list IS NULL THEN base.compare_at > base.amount ELSE own.compare_at > own.amount END
         THEN catalog_lowest_price(p.variant_id, p.amount_currency, %(now)s, %(ever)s::bigint[]) END,
    (SELECT min(CASE WHEN n.starts_at > %(now)s THEN n.starts_at ELSE n.ends_at END) FROM catalog_priceplan n
     WHERE n.variant_id = p.variant_id AND n.amount_currency = p.amount_currency AND n.cancelled_at IS NULL
       AND (n.starts_at > %(now)s OR n.ends_at > %(now)s)),
    base.amount, p.amount, p.compare_at
FROM catalog_price p
LEFT JOIN LATERAL (
    SELECT n.id, n.amount, n.compare_at FROM catalog_priceplan n
    WHERE n.variant_id = p.variant_id AND n.amount_currency = p.amount_currency AND n.cancelled_at IS NULL
      AND n.starts_at <= %(now)s AND (n.ends_at > %(now)s OR (n.ends_at IS NULL AND n.starts_at >= p.changed_at))
    ORDER BY n.ends_at IS NULL, n.starts_at DESC, n.id DESC LIMIT 1
) plan ON true
CROSS JOIN LATERAL (
    SELECT CASE WHEN plan.id IS NULL THEN p.amount ELSE plan.amount END AS amount,
        CASE WHEN plan.id IS NULL THEN p.compare_at ELSE plan.compare_at END AS compare_at
) base
LEFT JOIN LATERAL catalog_own_price(
    p.variant_id, p.amount_currency, base.amount, base.compare_at, %(lists)s::bigint[]) own ON true
WHERE p.variant_id = ANY(%(variants)s::bigint[]) AND (%(merchant)s::bigint IS NULL OR p.merchant_id = %(merchant)s)
ORDER BY p.id
"""


@dataclass(frozen=True, slots=True)
class Tag:
    """What a variant costs a shopper in one currency, as of the moment it was asked.

    `until` is when that may change by itself, `price_list` the list it is from: none for the price for everyone.
    """

    amount: Money
    compare_at: Money | None
    lowest: Money | None  # of the thirty days before, where a reduction is announced
    until: dt.datetime | None
    listed: Money  # the price for everyone as it is set, whatever is planned over it
    listed_compare_at: Money | None
    regular: Money  # what it costs everyone now
    price_list: int | None = None

    @property
    def amount_currency(self) -> str:
        return str(self.amount.currency)

    @property
    def is_reduced(self) -> bool:
        """Announced as less than before, where before was really more."""
        return self.compare_at is not None and self.compare_at.amount > self.amount.amount


def prices_now(
    variant_ids: Iterable[int], terms: Terms = FOR_EVERYONE, *, now: dt.datetime | None = None
) -> dict[int, list[Tag]]:
    """Each variant's price for a shopper in every currency it is sold in, at this moment or at `now`; one statement."""
    found: dict[int, list[Tag]] = defaultdict(list)
    wanted = list(dict.fromkeys(variant_ids))
    if not wanted:
        return found
    asked = {"variants": wanted, "now": now or clock.now(), "merchant": merchant_in_scope()}
    asked |= {"lists": list(terms.lists), "ever": list(terms.ever)}
    for pk, currency, price_list, amount, before, lowest, until, regular, listed, listed_before in fetch(
        PRICES_NOW, asked
    ):
        found[pk].append(
            Tag(
                amount=Money(amount, currency),
                compare_at=_money(before, currency),
                lowest=_money(lowest, currency),
                until=until,
                listed=Money(listed, currency),
                listed_compare_at=_money(listed_before, currency),
                regular=Money(regular, currency),
                price_list=price_list,
            )
        )
    return found


def with_prices(variants: Iterable[Any], terms: Terms = FOR_EVERYONE) -> list[Any]:
    """The same variants, each with `all_prices`; one statement."""
    listed = list(variants)
    found = prices_now((variant.pk for variant in listed), terms)
    for variant in listed:
        variant.all_prices = found.get(variant.pk, [])
    return listed


def priced_until(variants: Iterable[Any]) -> dt.datetime | None:
    """When the first of these `all_prices` may change by itself; None for never."""
    return min((tag.until for variant in variants for tag in variant.all_prices if tag.until), default=None)


def amount_now(currency: str, now: dt.datetime, lists: str = "") -> Any:
    """For queries over `Price`: what it amounts to at that moment, in this currency.

    With `lists` ("7,5", as in `Terms`) it is what a shopper pays for whom these count.
    """
    everyone = Coalesce(Subquery(_running(currency, now).values("amount")[:1]), F("amount"))
    if not lists:
        return everyone
    own = _OwnAmount(F("variant_id"), Value(currency), everyone, Ids(lists))
    return Coalesce(own, everyone, output_field=own.output_field)


class Ids(Func):
    """ "5,7,9" as numbers: however many, it is one value of a statement."""

    template = "(string_to_array(%(expressions)s, ',')::bigint[])"

    def __init__(self, text: str) -> None:
        super().__init__(Value(text))


class _OwnAmount(Func):
    """What the lists make of a price for everyone; NULL where they say nothing."""

    template = "(SELECT own.amount FROM catalog_own_price(%(expressions)s) own)"
    output_field = DecimalField(max_digits=19, decimal_places=3)

    def __init__(self, variant: F, currency: Value, everyone: Any, lists: Ids) -> None:
        super().__init__(variant, currency, everyone, Value(None, output_field=self.output_field), lists)


def before_now(currency: str, now: dt.datetime) -> Case:
    """For queries over `Price`: the price before that is shown at that moment; a plan that shows none hides the list's."""
    running = _running(currency, now)
    return Case(
        When(Exists(running), then=Subquery(running.values("compare_at")[:1])),
        default=F("compare_at"),
        output_field=DecimalField(max_digits=19, decimal_places=3),
    )


def _running(currency: str, now: dt.datetime) -> QuerySet[PricePlan]:
    """For queries over `Price`: the plans that lie over it, the one that counts first."""
    return PricePlan.objects.filter(
        Q(ends_at__gt=now) | Q(ends_at=None, starts_at__gte=OuterRef("changed_at")),
        variant=OuterRef("variant"),
        amount_currency=currency,
        cancelled_at=None,
        starts_at__lte=now,
    ).order_by(F("ends_at").asc(nulls_last=True), "-starts_at", "-pk")


def _money(amount: Decimal | None, currency: str) -> Money | None:
    return None if amount is None else Money(amount, currency)
