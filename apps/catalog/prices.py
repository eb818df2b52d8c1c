"""What a variant costs at this moment: the price of the list, or the plan that lies over it.

Nothing has to have run for a plan to begin or end: whoever reads asks the clock. A reduction comes with the lowest
price of the thirty days before it, from the history that the database keeps (docs/decisions/lowest-price.md).
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Case, DecimalField, Exists, F, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce
from djmoney.money import Money

from apps.merchants import clock
from apps.merchants.statements import fetch

from .ledger import merchant_in_scope
from .models import PricePlan

PRICES_NOW = """
SELECT p.variant_id, p.amount_currency, p.amount, p.compare_at, plan.id IS NOT NULL, plan.amount, plan.compare_at,
    CASE WHEN CASE WHEN plan.id IS NULL THEN p.compare_at > p.amount ELSE plan.compare_at > plan.amount END
         THEN catalog_lowest_price(p.variant_id, p.amount_currency, %(now)s) END,
    (SELECT min(CASE WHEN n.starts_at > %(now)s THEN n.starts_at ELSE n.ends_at END) FROM catalog_priceplan n
     WHERE n.variant_id = p.variant_id AND n.amount_currency = p.amount_currency AND n.cancelled_at IS NULL
       AND (n.starts_at > %(now)s OR n.ends_at > %(now)s))
FROM catalog_price p
LEFT JOIN LATERAL (
    SELECT n.id, n.amount, n.compare_at FROM catalog_priceplan n
    WHERE n.variant_id = p.variant_id AND n.amount_currency = p.amount_currency AND n.cancelled_at IS NULL
      AND n.starts_at <= %(now)s AND (n.ends_at > %(now)s OR (n.ends_at IS NULL AND n.starts_at >= p.changed_at))
    ORDER BY n.ends_at IS NULL, n.starts_at DESC, n.id DESC LIMIT 1
) plan ON true
WHERE p.variant_id = ANY(%(variants)s::bigint[]) AND (%(merchant)s::bigint IS NULL OR p.merchant_id = %(merchant)s)
ORDER BY p.id
"""


@dataclass(frozen=True, slots=True)
class Tag:
    """What a variant costs in one currency, as of the moment it was asked; `until` is when that may change by itself."""

    amount: Money
    compare_at: Money | None
    lowest: Money | None  # of the thirty days before, where a reduction is announced
    until: dt.datetime | None
    listed: Money  # the price of the list, whatever is planned over it
    listed_compare_at: Money | None

    @property
    def amount_currency(self) -> str:
        return str(self.amount.currency)

    @property
    def is_reduced(self) -> bool:
        """Announced as less than before, where before was really more."""
        return self.compare_at is not None and self.compare_at.amount > self.amount.amount


def prices_now(variant_ids: Iterable[int]) -> dict[int, list[Tag]]:
    """Each variant's price in every currency it is sold in; one statement."""
    found: dict[int, list[Tag]] = defaultdict(list)
    wanted = list(dict.fromkeys(variant_ids))
    if not wanted:
        return found
    asked = {"variants": wanted, "now": clock.now(), "merchant": merchant_in_scope()}
    for pk, currency, amount, before, is_planned, planned, planned_before, lowest, until in fetch(PRICES_NOW, asked):
        found[pk].append(
            Tag(
                amount=Money(planned if is_planned else amount, currency),
                compare_at=_money(planned_before if is_planned else before, currency),
                lowest=_money(lowest, currency),
                until=until,
                listed=Money(amount, currency),
                listed_compare_at=_money(before, currency),
            )
        )
    return found


def with_prices(variants: Iterable[Any]) -> list[Any]:
    """The same variants, each with `all_prices`; one statement."""
    listed = list(variants)
    found = prices_now(variant.pk for variant in listed)
    for variant in listed:
        variant.all_prices = found.get(variant.pk, [])
    return listed


def priced_until(variants: Iterable[Any]) -> dt.datetime | None:
    """When the first of these `all_prices` may change by itself; None for never."""
    return min((tag.until for variant in variants for tag in variant.all_prices if tag.until), default=None)


def amount_now(currency: str, now: dt.datetime) -> Coalesce:
    """For queries over `Price`: what it amounts to at that moment, in this currency."""
    return Coalesce(Subquery(_running(currency, now).values("amount")[:1]), F("amount"))


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
