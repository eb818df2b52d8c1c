"""Taking, keeping and giving back stock, without ever promising a unit twice.

A hold is a promise for a while (`StockLevel.held`), an allocation is a sale that has not left the house
(`allocated`). `reference` is an opaque text of the caller's ("cart:12:7"); with its variant it names one promise.
Call these last in a transaction: from here until the commit other buyers of the same variant wait.
"""

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Min

from apps.merchants import clock
from apps.merchants.models import Location
from apps.merchants.statements import fetch

from .ledger import Change, NewHold, change_levels, merchant_in_scope, retry_conflicts
from .models import CodePool, StockHold, StockLevel, StockMovement, Variant

UNLIMITED = 1_000_000  # what `available` says of a variant whose stock nobody counts
OPTIMISTIC_ROUNDS = 3
SWEEP = 200  # holds given back per transaction, so that a sweep never stops a shop
Kind = StockMovement.Kind


_on_more: list[Callable[[int], object]] = []


def on_more(function: Callable[[int], object]) -> None:
    """Register in `AppConfig.ready`. Called with the variant, in the transaction in which pieces of it came in."""
    if function not in _on_more:
        _on_more.append(function)


def tell_more(variant_id: int) -> None:
    """Pieces of it came in: whoever registered for that is called."""
    for function in _on_more:
        function(variant_id)


class OutOfStock(Exception):
    """There are only `left` of the variant for everybody who is not yet holding some."""

    def __init__(self, variant_id: int, left: int) -> None:
        super().__init__(f"Only {left} of variant {variant_id} left.")
        self.variant_id = variant_id
        self.left = left


class HoldLost(Exception):
    """These promises ran out or were given back before they could be kept."""

    def __init__(self, references: list[str]) -> None:
        super().__init__(f"No active hold for {', '.join(references)}.")
        self.references = references


class NotAllocated(Exception):
    """More was to leave (or to be freed) than has been sold."""

    def __init__(self, variant_id: int, quantity: int) -> None:
        super().__init__(f"{quantity} of variant {variant_id} are not allocated.")
        self.variant_id = variant_id


class CountedByCodes(Exception):
    """There are as many of the variant as it has free codes: pieces come and go with them."""

    def __init__(self, variant_id: int) -> None:
        super().__init__(f"Variant {variant_id} has as many pieces as free codes.")
        self.variant_id = variant_id


@dataclass(frozen=True)
class Wanted:
    variant_id: int
    quantity: int
    reference: str


@dataclass
class Shelf:
    """A level as a buyer sees it: `free` includes `lapsed`, units under holds that ran out."""

    level_id: int
    free: int
    lapsed: int
    own: dict[str, int]  # reference -> units the asking references hold here, not lapsed


READ_SHELVES = """
SELECT v.id, v.is_tracked, l.id, l.on_hand - l.allocated - l.held, lapsed.quantity, own.held
FROM catalog_variant v
LEFT JOIN catalog_stocklevel l ON l.variant_id = v.id AND v.is_tracked
LEFT JOIN merchants_location place ON place.id = l.location_id
LEFT JOIN LATERAL (
    SELECT coalesce(sum(quantity), 0)::int AS quantity FROM catalog_stockhold h
    WHERE h.level_id = l.id AND h.state = 'active' AND h.expires_at <= %(now)s
) lapsed ON true
LEFT JOIN LATERAL (
    SELECT jsonb_object_agg(reference, quantity)::text AS held FROM catalog_stockhold h
    WHERE h.level_id = l.id AND h.state = 'active' AND h.expires_at > %(now)s
      AND h.reference = ANY (%(references)s::text[])
) own ON true
WHERE v.id = ANY (%(variants)s::bigint[]) AND (%(merchant)s::bigint IS NULL OR v.merchant_id = %(merchant)s)
ORDER BY place.ships DESC NULLS LAST, place.position, l.id
"""


def available(variant_ids: Iterable[int]) -> dict[int, int]:
    """How many of each variant somebody new could take now; `UNLIMITED` where stock is not counted.

    Holds that ran out do not count, swept or not. Unknown variants have 0.
    """
    wanted = list(dict.fromkeys(variant_ids))
    free = dict.fromkeys(wanted, 0)
    for variant_id, shelves in _shelves(wanted, references=[]).items():
        free[variant_id] = UNLIMITED if shelves is None else sum(shelf.free for shelf in shelves)
    return free


def available_to(wanted: Mapping[str, int]) -> dict[int, int]:
    """How many of each variant whoever asks could have: what is free and what is held for them.

    `wanted` maps the reference of a hold to its variant. One query; `UNLIMITED` as in `available`.
    """
    if not wanted:
        return {}
    found = _shelves(list(dict.fromkeys(wanted.values())), references=list(wanted))
    return {
        variant_id: UNLIMITED if shelves is None else sum(shelf.free + sum(shelf.own.values()) for shelf in shelves)
        for variant_id, shelves in found.items()
    }


@retry_conflicts
def take_holds(wanted: list[Wanted], *, reason: str, until: dt.datetime) -> None:
    """Promise everything in `wanted` until that moment, or nothing and raise `OutOfStock`.

    What a reference already holds is replaced by what it wants now; the same again only prolongs it.
    """
    wanted = _merge(wanted)

    def attempt() -> bool:
        shelves = _read(wanted)
        kept, replaced = _own_holds(wanted, shelves)
        if kept and extend_holds([want.reference for want in kept], until):
            return False
        missing = [want for want in wanted if want not in kept]
        plan = _plan(missing, _give_back_own(shelves, replaced))
        changes = [
            Change(level_id, Kind.HELD, want.quantity, held=want.quantity, reference=want.reference, reason=reason)
            for level_id, want in plan
        ]
        holds = [NewHold(level_id, want.reference, want.quantity, reason, until) for level_id, want in plan]
        if replaced or _has_lapsed(plan, shelves):
            return _tidy_and_take(replaced, changes, holds)
        return not changes or change_levels(changes, now=clock.now(), holds=holds)

    _insist(wanted, attempt)


@retry_conflicts
def allocate(wanted: list[Wanted]) -> None:
    """Sell without a hold before: all of it, or nothing and raise `OutOfStock`."""
    wanted = _merge(wanted)

    def attempt() -> bool:
        shelves = _read(wanted)
        plan = _plan(wanted, shelves)
        changes = [
            Change(level_id, Kind.ALLOCATED, want.quantity, allocated=want.quantity, reference=want.reference)
            for level_id, want in plan
        ]
        if _has_lapsed(plan, shelves):
            return _tidy_and_take([], changes, [])
        return not changes or change_levels(changes, now=clock.now())

    _insist(wanted, attempt)


def held_until(references: Iterable[str]) -> dt.datetime | None:
    """Until when everything these references hold stays theirs; None where they hold nothing."""
    live = StockHold.objects.filter(reference__in=list(references), state=StockHold.State.ACTIVE)
    until: dt.datetime | None = live.aggregate(until=Min("expires_at"))["until"]
    return until


def extend_holds(references: Iterable[str], until: dt.datetime) -> set[str]:
    """Prolong what these references still hold, never shorten it. Returns the references that hold nothing.

    Touches no level, so nobody waits.
    """
    asked = set(references)
    found = fetch(
        """
        WITH mine AS (
            SELECT id FROM catalog_stockhold
            WHERE reference = ANY (%(references)s::text[]) AND state = 'active'
              AND (%(merchant)s::bigint IS NULL OR merchant_id = %(merchant)s)
            ORDER BY level_id, id FOR NO KEY UPDATE
        )
        UPDATE catalog_stockhold h SET expires_at = greatest(h.expires_at, %(until)s)
        FROM mine WHERE h.id = mine.id AND h.state = 'active' RETURNING h.reference
        """,
        {"references": sorted(asked), "until": until, "merchant": merchant_in_scope()},
    )
    return asked - {reference for (reference,) in found}


@retry_conflicts
def consume_holds(references: Iterable[str]) -> None:
    """Turn promises into sales. Raises `HoldLost` for those that are gone, then none is turned.

    What has been turned already stays so: doing it twice changes nothing.
    """
    asked = sorted(set(references))
    with transaction.atomic():
        flipped = _flip(asked, StockHold.State.CONSUMED)
        missing = set(asked) - {hold.reference for hold in flipped}
        if missing:
            sold = StockHold.objects.filter(reference__in=missing, state=StockHold.State.CONSUMED)
            missing -= set(sold.values_list("reference", flat=True))
        if missing:
            raise HoldLost(sorted(missing))
        _apply(
            Change(
                hold.level_id,
                Kind.ALLOCATED,
                hold.quantity,
                allocated=hold.quantity,
                held=-hold.quantity,
                reference=hold.reference,
            )
            for hold in flipped
        )


@retry_conflicts
def release_holds(references: Iterable[str]) -> None:
    """Give promises back. Releasing twice, or what was never held, is harmless."""
    with transaction.atomic():
        _apply(_freed(_flip(sorted(set(references)), StockHold.State.RELEASED), reason="released"))


def hand_over_hold(reference: str, to: str) -> None:
    """What one reference holds another holds from now on, for as long. Raises `HoldLost` when it holds nothing more.

    Touches no level, so nobody waits.
    """
    held = StockHold.objects.filter(
        reference=reference, state=StockHold.State.ACTIVE, expires_at__gt=clock.now()
    ).update(reference=to)
    if not held:
        raise HoldLost([reference])


@retry_conflicts
def expire_holds() -> int:
    """Give back what ran out; returns how many holds. Availability never depends on this having run."""
    total = 0
    while True:
        with transaction.atomic():
            lapsed = _lapse(level_ids=None)
            _apply(_freed(lapsed, reason="expired"))
        total += len(lapsed)
        if len(lapsed) < SWEEP:
            return total


@retry_conflicts
def ship(variant_id: int, quantity: int, reference: str, *, reason: str = "") -> None:
    """Sold units leave the house; `reason` says in what. Raises `NotAllocated` when fewer are sold."""
    with transaction.atomic():
        _apply(
            Change(level_id, Kind.SHIPPED, -units, on_hand=-units, allocated=-units, reference=reference, reason=reason)
            for level_id, units in _sold_where(variant_id, quantity, reference)
        )


@retry_conflicts
def deallocate(variant_id: int, quantity: int, reference: str) -> None:
    """A sale is undone before it left. Raises `NotAllocated` when fewer are sold."""
    with transaction.atomic():
        _apply(
            Change(level_id, Kind.DEALLOCATED, -units, allocated=-units, reference=reference)
            for level_id, units in _sold_where(variant_id, quantity, reference)
        )


@retry_conflicts
def receive_stock(
    variant: Variant,
    location: Location,
    quantity: int,
    *,
    reason: str = "",
    actor: Any = None,
    returned: bool = False,
    reference: str = "",
    by_codes: bool = False,
) -> StockLevel:
    """Goods arrived (or came back, `returned`, by this `reference`); makes the level if there is none.

    Raises `CountedByCodes`, here and below, where the pieces are codes and none of those came or went with them.
    """
    if quantity <= 0:
        raise ValueError("Received goods are counted from one up.")
    if not by_codes:
        _refuse_codes(variant)
    kind = Kind.RETURNED if returned else Kind.RECEIVED
    with transaction.atomic():
        level = _level_of(variant, location)
        change = Change(level.pk, kind, quantity, on_hand=quantity, reference=reference, reason=reason)
        _apply([change], actor=actor)
        tell_more(variant.pk)
    level.refresh_from_db()
    return level


@retry_conflicts
def take_sold_in(variant: Variant, location: Location, quantity: int, *, reference: str) -> None:
    """Pieces that were sold under this reference without a parcel are the shop's again, on the shelf they came from.

    Where the variant hands out codes by now there is none among them: they are counted out at once.
    """
    if quantity <= 0:
        raise ValueError("Goods that come back are counted from one up.")
    with transaction.atomic():
        level = _locked_level(variant, location)
        has_codes = CodePool.objects.filter(variant=variant.pk).exists()
        back = Change(level.pk, Kind.RETURNED, quantity, on_hand=quantity, reference=reference)
        out = Change(level.pk, Kind.ADJUSTED, -quantity, on_hand=-quantity, reason="codes")
        _apply([back, out] if has_codes else [back])
        if not has_codes:
            tell_more(variant.pk)


@retry_conflicts
def adjust_stock(
    variant: Variant,
    location: Location,
    change: int,
    *,
    reason: str = "",
    actor: Any = None,
    reference: str = "",
    by_codes: bool = False,
) -> StockLevel:
    """So many pieces more, or fewer. `reference` is what the book says of it, such as the program it comes from.

    Raises `OutOfStock` when fewer would be left than are sold or held.
    """
    with transaction.atomic():
        level = _locked_level(variant, location)
        if change and not by_codes:
            _refuse_codes(variant)
        _adjust(level, change, reason=reason, actor=actor, reference=reference)
    return level


@retry_conflicts
def count_stock(
    variant: Variant, location: Location, on_hand: int, *, reason: str = "", actor: Any = None, reference: str = ""
) -> StockLevel:
    """Somebody counted `on_hand` pieces. Raises `OutOfStock` when more than that are sold or held."""
    with transaction.atomic():
        level = _locked_level(variant, location)
        if on_hand != level.on_hand:
            _refuse_codes(variant)
        _adjust(level, on_hand - level.on_hand, reason=reason, actor=actor, reference=reference)
    return level


def _refuse_codes(variant: Variant) -> None:
    if CodePool.objects.filter(variant=variant.pk).exists():
        raise CountedByCodes(variant.pk)


# --- planning ------------------------------------------------------------------------------------
def _merge(wanted: list[Wanted]) -> list[Wanted]:
    """Lines of one variant under one reference become one line."""
    sums: dict[tuple[int, str], int] = defaultdict(int)
    for want in wanted:
        if want.quantity <= 0:
            raise ValueError("Nobody wants fewer than one.")
        sums[want.variant_id, want.reference] += want.quantity
    return [Wanted(variant_id, quantity, reference) for (variant_id, reference), quantity in sums.items()]


def _shelves(variant_ids: list[int], *, references: list[str]) -> dict[int, list[Shelf] | None]:
    """Per known variant its shelves, best first; None where stock is not counted."""
    shelves: dict[int, list[Shelf] | None] = {}
    parameters = {
        "variants": variant_ids,
        "references": references,
        "now": clock.now(),
        "merchant": merchant_in_scope(),
    }
    for variant_id, is_tracked, level_id, free, lapsed, own in fetch(READ_SHELVES, parameters):
        places = shelves.setdefault(variant_id, [] if is_tracked else None)
        if level_id is not None and places is not None:
            places.append(Shelf(level_id, free + lapsed, lapsed, json.loads(own) if own else {}))
    return shelves


def _read(wanted: list[Wanted]) -> dict[int, list[Shelf] | None]:
    return _shelves([want.variant_id for want in wanted], references=[want.reference for want in wanted])


def _insist(wanted: list[Wanted], attempt: Callable[[], bool]) -> None:
    """Try again while others are faster; at last with the levels locked, when nobody can be."""
    for _ in range(OPTIMISTIC_ROUNDS):
        if attempt():
            return
    with transaction.atomic():
        levels = StockLevel.objects.filter(variant_id__in=[want.variant_id for want in wanted]).order_by("pk")
        list(levels.select_for_update(no_key=True).values_list("pk"))
        if not attempt():
            # A hold that ran out is being prolonged at this very moment.
            raise OutOfStock(wanted[0].variant_id, left=0)


def _own_holds(wanted: list[Wanted], shelves: dict[int, list[Shelf] | None]) -> tuple[list[Wanted], list[Wanted]]:
    """Which wants are held already just so, and which are held otherwise."""
    kept: list[Wanted] = []
    replaced: list[Wanted] = []
    for want in wanted:
        held = sum(shelf.own.get(want.reference, 0) for shelf in shelves.get(want.variant_id) or [])
        if held == want.quantity:
            kept.append(want)
        elif held:
            replaced.append(want)
    return kept, replaced


def _give_back_own(shelves: dict[int, list[Shelf] | None], replaced: list[Wanted]) -> dict[int, list[Shelf] | None]:
    """The shelves as they will be once what is replaced has been given back."""
    giving = {(want.variant_id, want.reference) for want in replaced}
    after: dict[int, list[Shelf] | None] = {}
    for variant_id, places in shelves.items():
        after[variant_id] = places and [
            Shelf(
                shelf.level_id,
                shelf.free + sum(units for ref, units in shelf.own.items() if (variant_id, ref) in giving),
                shelf.lapsed,
                shelf.own,
            )
            for shelf in places
        ]
    return after


def _plan(wanted: list[Wanted], shelves: dict[int, list[Shelf] | None]) -> list[tuple[int, Wanted]]:
    """(level, what to take there): one place per line if one can serve it, else several. Raises `OutOfStock`."""
    plan: list[tuple[int, Wanted]] = []
    free = {shelf.level_id: shelf.free for places in shelves.values() for shelf in places or []}
    for want in wanted:
        places = shelves.get(want.variant_id, [])
        if places is None:
            continue
        needed = want.quantity
        whole = next((shelf for shelf in places if free[shelf.level_id] >= needed), None)
        for shelf in [whole] if whole else places:
            units = min(needed, max(free[shelf.level_id], 0))
            if units:
                plan.append((shelf.level_id, Wanted(want.variant_id, units, want.reference)))
                free[shelf.level_id] -= units
                needed -= units
        if needed:
            raise OutOfStock(want.variant_id, left=max(sum(shelf.free for shelf in places), 0))
    return plan


def _has_lapsed(plan: list[tuple[int, Wanted]], shelves: dict[int, list[Shelf] | None]) -> bool:
    """Whether a level of the plan carries holds which ran out."""
    planned = {level_id for level_id, _ in plan}
    return any(shelf.lapsed for places in shelves.values() for shelf in places or [] if shelf.level_id in planned)


# --- changing ------------------------------------------------------------------------------------
class _TooLate(Exception):
    """Somebody took it between our look and our grasp."""


def _tidy_and_take(replaced: list[Wanted], changes: list[Change], holds: list[NewHold]) -> bool:
    """Give back what ran out and what is replaced, and take, in one; False and nothing done if it no longer fits.

    Holds are locked before levels, here as everywhere.
    """
    try:
        with transaction.atomic():
            given_back = [
                hold
                for want in sorted(replaced, key=lambda want: (want.variant_id, want.reference))
                for hold in _flip([want.reference], StockHold.State.RELEASED, variant_id=want.variant_id)
            ]
            lapsed = _lapse(level_ids=[change.level_id for change in changes])
            everything = _freed(given_back, reason="replaced") + _freed(lapsed, reason="expired") + changes
            if not change_levels(everything, now=clock.now(), holds=holds):
                raise _TooLate
    except _TooLate:
        return False
    return True


def _flip(references: list[str], state: str, *, variant_id: int | None = None) -> list[StockHold]:
    """Turn active holds into `state`, each exactly once whoever else tries; returns those turned here."""
    active = StockHold.objects.filter(reference__in=references, state=StockHold.State.ACTIVE)
    if variant_id is not None:
        active = active.filter(level__variant_id=variant_id)
    turned = list(active.order_by("level_id", "pk").select_for_update(no_key=True, of=("self",)))
    StockHold.objects.filter(pk__in=[hold.pk for hold in turned]).update(state=state)
    return turned


def _lapse(*, level_ids: list[int] | None) -> list[StockHold]:
    """Turn holds that ran out, on these levels or anywhere; passes over those somebody is busy with."""
    lapsed = StockHold.objects.filter(state=StockHold.State.ACTIVE, expires_at__lte=clock.now())
    if level_ids is not None:
        lapsed = lapsed.filter(level_id__in=level_ids)
    turned = list(lapsed.order_by("level_id", "pk").select_for_update(no_key=True, skip_locked=True)[:SWEEP])
    StockHold.objects.filter(pk__in=[hold.pk for hold in turned]).update(state=StockHold.State.EXPIRED)
    return turned


def _freed(holds: list[StockHold], *, reason: str) -> list[Change]:
    return [
        Change(
            hold.level_id, Kind.RELEASED, -hold.quantity, held=-hold.quantity, reference=hold.reference, reason=reason
        )
        for hold in holds
    ]


def _apply(changes: Iterable[Change], *, actor: Any = None) -> None:
    """Changes that cannot fail unless the books are wrong."""
    listed = list(changes)
    if listed and not change_levels(listed, now=clock.now(), actor_id=actor.pk if actor else None):
        raise AssertionError(f"The stock books do not add up on levels {sorted({c.level_id for c in listed})}.")


def _sold_where(variant_id: int, quantity: int, reference: str) -> list[tuple[int, int]]:
    """(level, units) where the reference's sold units lie; never a neighbour's. Raises `NotAllocated` for fewer."""
    levels = list(
        StockLevel.objects.filter(variant_id=variant_id).order_by("pk").select_for_update(no_key=True, of=("self",))
    )
    sold: dict[int, int] = defaultdict(int)
    movements = StockMovement.objects.filter(
        level__in=levels, reference=reference, kind__in=[Kind.ALLOCATED, Kind.DEALLOCATED, Kind.SHIPPED]
    )
    for level_id, units in movements.values_list("level_id", "quantity"):
        sold[level_id] += units
    found: list[tuple[int, int]] = []
    for level in sorted(levels, key=lambda level: -sold[level.pk]):
        units = min(quantity, level.allocated, sold[level.pk])
        if units > 0:
            found.append((level.pk, units))
            quantity -= units
    if quantity:
        raise NotAllocated(variant_id, quantity)
    return found


def _adjust(level: StockLevel, change: int, *, reason: str, actor: Any, reference: str) -> None:
    """On a locked level: give back what ran out if that is in the way, then book the difference."""
    if change < 0 and level.on_hand + change < level.allocated + level.held:
        _apply(_freed(_lapse(level_ids=[level.pk]), reason="expired"))
        level.refresh_from_db()
    promised = level.allocated + level.held
    if level.on_hand + change < promised:
        raise OutOfStock(level.variant_id, left=level.on_hand - promised)
    if change:
        counted = Change(level.pk, Kind.ADJUSTED, change, on_hand=change, reason=reason, reference=reference)
        _apply([counted], actor=actor)
        level.refresh_from_db()
    if change > 0:
        tell_more(level.variant_id)


def _locked_level(variant: Variant, location: Location) -> StockLevel:
    level: StockLevel = StockLevel.objects.select_for_update(no_key=True).get(pk=_level_of(variant, location).pk)
    return level


def _level_of(variant: Variant, location: Location) -> StockLevel:
    level, _ = StockLevel.objects.get_or_create(
        variant=variant, location=location, defaults={"merchant_id": variant.merchant_id}
    )
    return level
