"""Many shelves counted at once: all counts are booked, or what stands against one is told and none is."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db import transaction

from apps.merchants import clock

from .ledger import Change, change_levels
from .models import CodePool, StockLevel, StockMovement
from .stock import tell_more


class Why(StrEnum):
    """Why a count cannot be booked."""

    MOVED = "moved"  # there were not as many as was thought when the counting began
    PROMISED = "promised"  # more than that are sold or held
    CODES = "codes"  # there are as many as free codes


@dataclass(frozen=True)
class Count:
    """So many pieces lie there; `expected` is how many the books said when the counting began, None where nobody knows."""

    level_id: int
    on_hand: int
    expected: int | None = None
    reason: str = ""


@transaction.atomic
def book_counts(counts: Sequence[Count], *, actor: Any = None) -> dict[int, Why]:
    """Each count becomes a movement with its reason; returns what stands against some, by level, and then books none.

    Levels are locked in the order of their primary keys, and last: call it at the end of a transaction.
    """
    by_level = {count.level_id: count for count in counts}
    found = StockLevel.objects.filter(pk__in=by_level).order_by("pk")
    levels = {level.pk: level for level in found.select_for_update(no_key=True, of=("self",))}
    coded = set(CodePool.objects.filter(variant__stock_levels__in=by_level).values_list("variant_id", flat=True))
    against = {pk: why for pk, level in levels.items() if (why := _against(by_level[pk], level, coded))}
    moved = {pk: by_level[pk].on_hand - level.on_hand for pk, level in levels.items()}
    changes = [
        Change(pk, StockMovement.Kind.ADJUSTED, more, on_hand=more, reason=by_level[pk].reason)
        for pk, more in moved.items()
        if more
    ]
    if against or not changes:
        return against
    if not change_levels(changes, now=clock.now(), actor_id=actor.pk if actor else None):
        raise AssertionError(f"The stock books do not add up on levels {sorted(moved)}.")
    for pk in sorted(pk for pk, more in moved.items() if more > 0):
        tell_more(levels[pk].variant_id)
    return {}


def _against(count: Count, level: StockLevel, coded: set[int]) -> Why | None:
    if count.on_hand == level.on_hand:
        return None
    if level.variant_id in coded:
        return Why.CODES
    if count.expected is not None and count.expected != level.on_hand:
        return Why.MOVED
    return Why.PROMISED if count.on_hand < level.allocated + level.held else None
