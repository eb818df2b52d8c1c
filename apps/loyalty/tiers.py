"""Tiers: so many points in twelve months. Up at once, down only after a time of grace."""

import datetime as dt
from collections.abc import Iterable, Sequence

from .book import months_later
from .models import LoyaltyMembership, PointsEntry, Tier

MONTHS = 12


def since(now: dt.datetime) -> dt.datetime:
    """Where the twelve months begin."""
    return months_later(now, -MONTHS)


def qualifying(entries: Iterable[PointsEntry], now: dt.datetime) -> int:
    """What counts for a tier: points that became available in the last twelve months and were not taken back."""
    begin = since(now)
    return sum(entry.counts for entry in entries if begin < entry.available_at <= now)


def tier_for(points: int, tiers: Sequence[Tier]) -> Tier | None:
    """The highest tier these points reach."""
    return max((tier for tier in tiers if tier.threshold <= points), key=lambda tier: tier.threshold, default=None)


def follow_tier(
    member: LoyaltyMembership, entries: Iterable[PointsEntry], *, grace_days: int, now: dt.datetime
) -> None:
    """Set the tier the points lead to; whoever falls short keeps theirs until the grace is over. Saves nothing."""
    tiers = list(Tier.objects.all())
    earned = tier_for(qualifying(entries, now), tiers) if tiers else None
    is_short = member.tier is not None and _height(earned) < _height(member.tier)
    if is_short and (member.tier_until is None or member.tier_until > now) and grace_days:
        member.tier_until = member.tier_until or now + dt.timedelta(days=grace_days)
        return
    was, member.tier, member.tier_until = member.tier, earned, None
    if (was and was.pk) != (earned and earned.pk):
        member.record("tier", tier=earned and earned.pk, was=was and was.pk, is_up=not is_short)


def next_tier(points: int, tiers: Sequence[Tier]) -> Tier | None:
    """The one to look forward to."""
    return min((tier for tier in tiers if tier.threshold > points), key=lambda tier: tier.threshold, default=None)


def _height(tier: Tier | None) -> int:
    return tier.threshold if tier else -1
