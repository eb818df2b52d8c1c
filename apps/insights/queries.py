"""The shop's customers in figures, as they were last reckoned; reading only."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Min, Sum
from djmoney.money import Money

from apps.carts.money import money
from apps.merchants.models import Merchant, ShopCurrency
from apps.orders.models import Order

from .models import CustomerFigures
from .segments import RULES, SCORES, Rule, Segment, segment_of


@dataclass(frozen=True, slots=True)
class Place:
    """Who has these two scores: how many, and what they have been worth."""

    recency: int
    frequency: int
    customers: int
    value: Money

    @property
    def segment(self) -> Segment:
        return segment_of(self.recency, self.frequency)


@dataclass(frozen=True, slots=True)
class Part:
    """A segment: how many are in it, what they have been worth, and both as shares of the whole (0 to 1)."""

    rule: Rule
    customers: int
    value: Money
    share_of_customers: Decimal
    share_of_value: Decimal


@dataclass(frozen=True, slots=True)
class Picture:
    """All 25 places; what the scores mean in this shop, from least to most; None for a score that nobody has."""

    places: dict[tuple[int, int], Place]
    days: dict[int, tuple[int, int] | None]  # recency → days since the last order
    orders: dict[int, tuple[int, int] | None]  # frequency → orders
    parts: list[Part]
    customers: int
    value: Money
    reckoned_at: dt.datetime


def picture(merchant: Merchant) -> Picture | None:
    """Where the customers of the shop in scope stand; None while nobody has figures. One query."""
    rows = list(
        CustomerFigures.objects.order_by().values("recency", "frequency").annotate(
            customers=Count("pk"), worth=Sum("value"), least=Min("orders"), most=Max("orders"),
            oldest=Min("last_order_at"), latest=Max("last_order_at"), as_of=Max("reckoned_at"),
        )
    )  # fmt: skip
    if not rows:
        return None
    as_of = max(row["as_of"] for row in rows)
    found = {(row["recency"], row["frequency"]): row for row in rows}
    places = {
        (recency, frequency): _place(recency, frequency, found.get((recency, frequency)), merchant.currency)
        for recency in SCORES
        for frequency in SCORES
    }
    customers = sum(place.customers for place in places.values())
    value = _sum(places.values(), merchant.currency)

    def days(moment: dt.datetime) -> int:
        return (as_of.astimezone(merchant.zone).date() - moment.astimezone(merchant.zone).date()).days

    return Picture(
        places=places,
        days={
            score: _range([days(row[end]) for row in rows if row["recency"] == score for end in ("latest", "oldest")])
            for score in SCORES
        },
        orders={
            score: _range([row[end] for row in rows if row["frequency"] == score for end in ("least", "most")])
            for score in SCORES
        },
        parts=[_part(rule, places.values(), customers, value) for rule in RULES],
        customers=customers,
        value=value,
        reckoned_at=as_of,
    )


def uncounted_currencies(merchant: Merchant) -> list[str]:
    """Codes of currencies in which there are orders and for which the shop has no rate: figures leave them out.

    One query, none in a shop that never sold in another.
    """
    rated = ShopCurrency.objects.filter(rate__isnull=False).values("currency")
    placed = Order.objects.filter(status__in=[Order.Status.PLACED, Order.Status.CLOSED])
    others = placed.exclude(currency=merchant.currency).exclude(currency__in=rated)
    return list(others.order_by("currency").values_list("currency", flat=True).distinct())


def _place(recency: int, frequency: int, row: dict[str, Any] | None, currency: str) -> Place:
    return Place(recency, frequency, row["customers"] if row else 0, money(row["worth"] if row else 0, currency))


def _part(rule: Rule, places: Iterable[Place], customers: int, value: Money) -> Part:
    mine = [place for place in places if place.segment == rule.segment]
    count, worth = sum(place.customers for place in mine), _sum(mine, str(value.currency))
    return Part(
        rule=rule,
        customers=count,
        value=worth,
        share_of_customers=Decimal(count) / customers,
        share_of_value=worth.amount / value.amount if value.amount else Decimal(0),
    )


def _sum(places: Iterable[Place], currency: str) -> Money:
    return sum((place.value for place in places), money(0, currency))


def _range(numbers: list[int]) -> tuple[int, int] | None:
    return (min(numbers), max(numbers)) if numbers else None
