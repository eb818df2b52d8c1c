"""A programme and somebody in it."""

import datetime as dt
import itertools
from decimal import Decimal
from typing import Any

from djmoney.money import Money

from apps.customers.models import Customer
from apps.loyalty.actions import earn_for_order, join
from apps.loyalty.models import LoyaltyMembership, LoyaltyProgramme, Reward, Tier
from apps.merchants.models import Merchant
from tests import factories

_numbers = itertools.count(1)
START = dt.datetime(2026, 3, 2, 11, 0, tzinfo=dt.UTC)


def programme(merchant: Merchant, **rules: Any) -> LoyaltyProgramme:
    """One point per euro, spendable after thirty days, for a year."""
    return LoyaltyProgramme.objects.create(merchant=merchant, **({"is_active": True} | rules))


def member(merchant: Merchant, name: str = "Ana", *, customer: Customer | None = None) -> LoyaltyMembership:
    return join(customer or factories.customer(merchant, name), terms="https://demo.example/terms")


def tier(merchant: Merchant, name: str, threshold: int, *, percent: int = 100) -> Tier:
    return Tier.objects.create(merchant=merchant, name=name, threshold=threshold, earn_percent=percent)


def reward(merchant: Merchant, cost: int = 10, *, amount: str | None = "5.00", **fields: Any) -> Reward:
    money = Money(amount, merchant.currency) if amount else None
    values = {"name": f"{amount} off", "amount": money} | fields
    return Reward.objects.create(merchant=merchant, cost=cost, **values)


def ordered(member: LoyaltyMembership, amount: str, *, reference: str = "", is_first: bool = False) -> str:
    """The orders app tells of a paid order; returns its reference."""
    reference = reference or f"order:{next(_numbers)}"
    earn_for_order(member, reference=reference, amount=Decimal(amount), is_first=is_first)
    return reference


def shown(member: LoyaltyMembership) -> tuple[int, int, int]:
    """Balance, pending, lifetime as they stand."""
    member.refresh_from_db()
    return member.balance, member.pending, member.lifetime


def lines(member: LoyaltyMembership) -> list[tuple[str, int]]:
    return list(member.entries.order_by("pk").values_list("kind", "points"))
