"""Prices that change by the clock: planned, called off, ended early. The history keeps whatever has begun."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from djmoney.money import Money

from apps.merchants import clock
from apps.merchants.models import Merchant

from .index import collecting, refresh
from .models import Price, PricePlan, Variant

LATEST = dt.timedelta(minutes=5)  # how long a form may lie open until its "now" counts as the past


class PlanRefused(Exception):
    """The plan cannot be made, or not be stopped any more."""


class PlanInThePast(PlanRefused):
    def __init__(self) -> None:
        super().__init__("A price cannot begin in the past.")


class PlanEndsTooSoon(PlanRefused):
    def __init__(self) -> None:
        super().__init__("A price ends after it begins, and not in the past.")


class PlanWithoutPrice(PlanRefused):
    """What has no price in a currency is not sold in it, and a plan would lie over nothing."""

    def __init__(self, sku: str, currency: str) -> None:
        super().__init__(f"{sku} is not sold in {currency}: give it a price in it first.")
        self.sku = sku
        self.currency = currency


class PlanClash(PlanRefused):
    """Another plan for this variant begins at the very same moment."""

    def __init__(self, sku: str) -> None:
        super().__init__(f"Another price of {sku} begins at that moment.")
        self.sku = sku


class PlanOver(PlanRefused):
    """It has ended, or has become the price of the list: change that instead."""

    def __init__(self) -> None:
        super().__init__("This price has ended or has become the price of the list.")


@dataclass(frozen=True)
class NewPrice:
    """What a variant shall cost, and what it is announced to have cost before."""

    variant: Variant
    amount: Money
    compare_at: Money | None = None


def plan_prices(
    merchant: Merchant,
    prices: Sequence[NewPrice],
    *,
    starts_at: dt.datetime | None = None,
    ends_at: dt.datetime | None = None,
    name: str = "",
    by: Any = None,
) -> list[PricePlan]:
    """All of them or, with `PlanRefused`, none. Without a beginning they begin now."""
    now = clock.now()
    begins = starts_at or now
    if begins < now - LATEST:
        raise PlanInThePast
    begins = max(begins, now)
    if ends_at is not None and ends_at <= begins:
        raise PlanEndsTooSoon
    _refuse_unpriced(prices)
    plans = [
        PricePlan(
            merchant=merchant,
            variant=price.variant,
            name=name,
            amount=price.amount,  # type: ignore[misc]
            compare_at=price.compare_at,  # type: ignore[misc]
            starts_at=begins,
            ends_at=ends_at,
            created_by=by,
        )
        for price in prices
    ]
    try:
        with transaction.atomic():
            made = PricePlan.objects.bulk_create(plans, batch_size=1000)
            refresh(merchant, [])
    except IntegrityError as error:
        if "priceplan_one_at_a_moment" not in str(error):
            raise
        raise PlanClash(_clashing(plans)) from error
    return made


def _refuse_unpriced(prices: Sequence[NewPrice]) -> None:
    """Raises `PlanWithoutPrice` for the first that its currency has no price of."""
    rows = Price.objects.filter(variant__in=[price.variant.pk for price in prices])
    sold = set(rows.values_list("variant_id", "amount_currency"))
    for price in prices:
        currency = str(price.amount.currency)
        if (price.variant.pk, currency) not in sold:
            raise PlanWithoutPrice(price.variant.sku, currency)


def _clashing(plans: Sequence[PricePlan]) -> str:
    others = PricePlan.objects.filter(starts_at=plans[0].starts_at, cancelled_at=None)
    sku = others.filter(variant__in=[plan.variant_id for plan in plans]).values_list("variant__sku", flat=True).first()
    return sku or plans[0].variant.sku


@transaction.atomic
def stop_plan(plan: PricePlan) -> PricePlan:
    """Called off before it begins, ended now while it runs. Raises `PlanOver`."""
    plan = PricePlan.objects.select_for_update(no_key=True, of=("self",)).select_related("merchant").get(pk=plan.pk)
    now = clock.now()
    if plan.cancelled_at is not None:
        return plan
    if now < plan.starts_at:
        plan.cancelled_at = now
    elif plan.ends_at is None or plan.ends_at <= now:
        raise PlanOver
    else:
        # A plan that began this very microsecond still lasts for one.
        plan.ends_at = max(now, plan.starts_at + dt.timedelta(microseconds=1))
    plan.save(update_fields=["cancelled_at", "ends_at"])
    return plan


@transaction.atomic
def set_prices(merchant: Merchant, prices: Sequence[NewPrice]) -> int:
    """New prices of the list, from now on. Returns how many really changed."""
    changed = 0
    with collecting(merchant):
        wanted = sorted(prices, key=lambda price: price.variant.pk)
        for new in wanted:
            currency = str(new.amount.currency)
            locked = Price.objects.select_for_update(no_key=True, of=("self",))
            price = locked.filter(variant=new.variant, amount_currency=currency).first()
            price = price or Price(merchant=merchant, variant=new.variant)
            if price.pk and (price.amount, price.compare_at) == (new.amount, new.compare_at):
                continue
            price.amount, price.compare_at = new.amount, new.compare_at  # type: ignore[assignment]
            price.save()
            changed += 1
    return changed


def apply_plans() -> int:
    """Write begun prices without an end into the list, as of when they began; returns how many.

    For the desk's eye: what shoppers see never waits for it.
    """
    due = PricePlan.objects.filter(ends_at=None, cancelled_at=None, applied_at=None, starts_at__lte=clock.now())
    applied = 0
    for pk in list(due.order_by("starts_at", "pk").values_list("pk", flat=True)):
        applied += _apply(pk)
    return applied


@transaction.atomic
def _apply(pk: int) -> bool:
    waiting = PricePlan.objects.filter(pk=pk, applied_at=None)
    plan = waiting.select_for_update(no_key=True, skip_locked=True, of=("self",)).first()
    if plan is None:
        return False
    prices = Price.objects.filter(variant=plan.variant_id, amount_currency=plan.amount_currency)
    price = prices.select_for_update(no_key=True, of=("self",)).first()
    # A change of the list made since the plan began is the newer word.
    if price is not None and price.changed_at <= plan.starts_at:
        with clock.at(plan.starts_at):
            price.amount, price.compare_at = plan.amount, plan.compare_at
            price.save()
    plan.applied_at = clock.now()
    plan.save(update_fields=["applied_at"])
    return True
