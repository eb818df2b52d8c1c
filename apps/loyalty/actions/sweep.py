"""What time does to points. Each sweep runs in a merchant's scope, may run twice or late, and takes one member at a time."""

import datetime as dt

from django.db import transaction
from django.db.models import F, Q, Sum

from apps.merchants import clock

from ..models import PointsEntry, Tier
from ..tiers import since, tier_for
from .account import Account, members, programme

SOON, WHOLE = dt.timedelta(days=14), dt.timedelta(days=30)


def settle_points(*, limit: int = 5000) -> int:
    """What waited becomes spendable, what is over expires. Returns how many members had something due."""
    due = members().filter(next_change_at__lte=clock.now()).order_by("next_change_at", "pk")
    return sum(_settle(pk) for pk in list(due.values_list("pk", flat=True)[:limit]))


@transaction.atomic
def _settle(pk: int) -> bool:
    account = Account(pk)
    account.close()
    return True


def warn_of_expiry(*, limit: int = 5000) -> int:
    """Who has points that expire within two weeks hears of it, and of what else expires within a month: so nobody hears of
    it more than twice a month, and of no points twice. Returns how many were told. Not while the points are switched off.
    """
    now, rules = clock.now(), programme()
    if rules is None or not rules.is_active:
        return 0
    soon = PointsEntry.objects.filter(points__gt=0, expires_at__gt=now, expires_at__lte=now + SOON)
    unwarned = Q(membership__warned_until=None) | Q(expires_at__gt=F("membership__warned_until"))
    found = soon.filter(unwarned, membership__ended_at=None, membership__balance__gt=0).order_by("membership")
    return sum(_warn(pk) for pk in list(found.values_list("membership", flat=True).distinct()[:limit]))


@transaction.atomic
def _warn(pk: int) -> bool:
    """Under the member's lock: what was spent meanwhile is not warned of."""
    account = Account(pk)
    member, now = account.member, account.now
    known = max(member.warned_until or now, now)
    lots = [
        lot
        for lot in account.book.lots
        if not lot.is_pending and lot.points > 0 and lot.expires_at and known < lot.expires_at <= now + WHOLE
    ]
    first = min((lot.expires_at for lot in lots if lot.expires_at), default=None)
    is_told = first is not None and first <= now + SOON
    if is_told and first is not None:
        member.record("expiring", points=sum(lot.points for lot in lots), first=first.isoformat())
        member.warned_until = now + WHOLE
        member.save(update_fields=["warned_until"])
    account.close()
    return is_told


def follow_tiers() -> int:
    """Twelve months move on every day: who is no longer where they belong is looked at. Returns how many were."""
    now = clock.now()
    tiers = list(Tier.objects.all())
    recent = PointsEntry.objects.filter(available_at__gt=since(now), available_at__lte=now)
    counted = dict(recent.order_by().values_list("membership_id").annotate(Sum("counts")))
    astray = []
    for pk, tier, until in members().filter(Q(pk__in=counted) | ~Q(tier=None)).values_list("pk", "tier", "tier_until"):
        belongs = tier_for(counted.get(pk, 0), tiers)
        is_waiting = until is not None and until > now
        if ((belongs and belongs.pk) != tier and not (is_waiting and not _is_up(belongs, tier, tiers))) or (
            until is not None and (belongs and belongs.pk) == tier
        ):
            astray.append(pk)
    return sum(_settle(pk) for pk in astray)


def _is_up(belongs: Tier | None, tier: int | None, tiers: list[Tier]) -> bool:
    heights = {each.pk: each.threshold for each in tiers}
    return (belongs.threshold if belongs else -1) > (heights.get(tier, -1) if tier else -1)
