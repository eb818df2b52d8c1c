"""What time does to points. Each sweep runs in a merchant's scope, may run twice or late, and takes one member at a time."""

from django.db import transaction
from django.db.models import Q, Sum

from apps.merchants import clock

from ..models import PointsEntry, Tier
from ..tiers import since, tier_for
from .account import Account, members


def settle_points(*, limit: int = 5000) -> int:
    """What waited becomes spendable, what is over expires. Returns how many members had something due."""
    due = members().filter(next_change_at__lte=clock.now()).order_by("next_change_at", "pk")
    return sum(_settle(pk) for pk in list(due.values_list("pk", flat=True)[:limit]))


@transaction.atomic
def _settle(pk: int) -> bool:
    account = Account(pk)
    account.close()
    return True


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
