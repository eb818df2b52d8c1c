"""Codes a shop hands out: brought line by line, kept sealed, taken one by one by whoever has paid.

A pool's stock is the number of its free codes, changed with them in one transaction: carts hold and orders sell them as
any other goods. Locked in this order: the pool, the stock level, the codes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet
from django.utils.crypto import salted_hmac

from apps.merchants.models import Location
from apps.merchants.storable import is_storable

from .models import CodePool, LicenceCode, Product, StockLevel, Variant
from .models.codes import LONGEST_CODE
from .stock import OutOfStock, adjust_stock, count_stock, receive_stock

MOST_AT_ONCE = 10_000  # lines
HAS_AN_END = 12  # symbols: the last four of a shorter code would tell too much of it
HEADINGS = {"code", "codes", "key", "keys", "license", "licence", "license key", "licence key", "serial"}
SEPARATORS = ",;\t"


class NoPool(Exception):
    """This variant cannot hand out codes now; the words say why."""


class TooManyCodes(Exception):
    """More lines than are read at once."""


class Why(StrEnum):
    """Why a line was not taken."""

    TWICE = "twice"  # it stands further up
    KNOWN = "known"  # the shop has it already, free or given
    MORE_THAN_ONE = "more_than_one"
    TOO_LONG = "too_long"
    UNREADABLE = "unreadable"
    GIVEN = "given"  # somebody has it, and may have used it
    UNKNOWN = "unknown"  # this pool does not have it


@dataclass
class Added:
    """How many codes came in, and which lines (from 1) were refused; a code itself is never told back."""

    added: int = 0
    refused: dict[int, Why] = field(default_factory=dict)


def fingerprint(code: str) -> str:
    """What a code is known by. Keyed: codes of others may be short enough to be guessed back from a plain hash."""
    return salted_hmac("catalog.licence_codes", code, algorithm="sha256").hexdigest()


@transaction.atomic
def open_pool(variant: Variant, *, low_at: int = 10, actor: Any = None, reference: str = "") -> CodePool:
    """From now on the variant hands out codes, and there are as many of it as free codes: none yet.

    Raises `NoPool` for what is not digital, for a shop without a location, and while somebody holds or has bought
    pieces that were counted by hand.
    """
    if variant.product.comes_as != Product.ComesAs.DIGITAL:
        raise NoPool("Only what comes as digital goods hands out codes.")
    if CodePool.objects.filter(variant=variant).exists():
        raise NoPool("It hands out codes already.")
    place = Location.objects.filter(merchant=variant.merchant_id).order_by("-ships", "position", "pk").first()
    if place is None:
        raise NoPool("There is no location its pieces could be counted at.")
    try:
        for level in StockLevel.objects.filter(variant=variant).select_related("location").order_by("pk"):
            count_stock(variant, level.location, 0, reason="codes", actor=actor, reference=reference)
        count_stock(variant, place, 0, reason="codes", actor=actor, reference=reference)
    except OutOfStock as held:
        raise NoPool("Somebody holds or has bought pieces of it. Try again when they are gone.") from held
    Variant.objects.filter(pk=variant.pk).update(is_tracked=True)
    variant.is_tracked = True
    made: CodePool = CodePool.objects.create(
        merchant_id=variant.merchant_id, variant=variant, location=place, low_at=low_at
    )
    return made


@transaction.atomic
def add_codes(pool: CodePool, codes: str | Sequence[str], *, actor: Any = None, reference: str = "") -> Added:
    """Bring codes: a list, or a text of one a line (a file of one column is the same). Lines that cannot be taken are told by their number,
    and all others come in. Raises `TooManyCodes`."""
    told, found = _read(codes.removeprefix("\ufeff").splitlines() if isinstance(codes, str) else codes)
    # All of the shop's pools: the same code may be brought to another of them at this moment.
    pools = CodePool.objects.filter(merchant=pool.merchant_id).order_by("pk").select_for_update(no_key=True)
    pool = {each.pk: each for each in pools}[pool.pk]
    known = LicenceCode.objects.filter(merchant=pool.merchant_id, fingerprint__in=found)
    for mark in known.values_list("fingerprint", flat=True):
        told.refused[found.pop(mark)[0]] = Why.KNOWN
    told.refused = dict(sorted(told.refused.items()))
    rows = [
        LicenceCode(
            merchant_id=pool.merchant_id,
            pool=pool,
            sealed=code,
            fingerprint=mark,
            ends=code[-4:] if len(code) >= HAS_AN_END else "",
        )
        for mark, (_, code) in found.items()
    ]
    told.added = len(LicenceCode.objects.bulk_create(rows, batch_size=1000))
    if told.added:
        by_whom: dict[str, Any] = {"actor": actor, "reference": reference}
        receive_stock(pool.variant, pool.location, told.added, reason="codes", by_codes=True, **by_whom)
    return told


@dataclass
class TakenBack:
    """How many codes were taken out of the pool, and which lines (from 1) were refused."""

    taken: int = 0
    refused: dict[int, Why] = field(default_factory=dict)


@transaction.atomic
def take_back(pool: CodePool, codes: str | Sequence[str], *, actor: Any = None, reference: str = "") -> TakenBack:
    """Take unused codes out again, told as in `add_codes`. What somebody has stays; the others go, and may come again.

    Raises `OutOfStock` where fewer would be left than are promised to carts and orders, and then none goes;
    `TooManyCodes` as there.
    """
    read, found = _read(codes.removeprefix("\ufeff").splitlines() if isinstance(codes, str) else codes)
    pool = (
        CodePool.objects.select_for_update(no_key=True, of=("self",))
        .select_related("variant", "location")
        .get(pk=pool.pk)
    )
    # Who pays takes the piece before the code: with the level locked, nobody is between the two.
    list(StockLevel.objects.select_for_update(no_key=True).filter(variant=pool.variant, location=pool.location))
    rows = LicenceCode.objects.select_for_update(of=("self",)).filter(pool=pool, fingerprint__in=found).order_by("pk")
    known = {row.fingerprint: row for row in rows.defer("sealed")}
    told = TakenBack(refused=read.refused)
    free = []
    for mark, (line, _code) in found.items():
        row = known.get(mark)
        if row is None:
            told.refused[line] = Why.UNKNOWN
        elif not row.is_free:
            told.refused[line] = Why.GIVEN
        else:
            free.append(row.pk)
    told.refused = dict(sorted(told.refused.items()))
    if free:
        by_whom: dict[str, Any] = {"actor": actor, "reference": reference}
        adjust_stock(pool.variant, pool.location, -len(free), reason="codes taken back", by_codes=True, **by_whom)
        told.taken, _rows = LicenceCode.objects.filter(pk__in=free).delete()
    return told


def _read(lines: Sequence[str]) -> tuple[Added, dict[str, tuple[int, str]]]:
    """What is refused by itself, and of the rest: fingerprint → (line, code)."""
    told, found = Added(), {}
    if len(lines) > MOST_AT_ONCE:
        raise TooManyCodes(str(len(lines)))
    for number, line in enumerate(lines, start=1):
        code = line.strip().rstrip(SEPARATORS).strip().strip('"').strip()
        if not code or (number == 1 and code.lower() in HEADINGS):
            continue
        if (why := _why_not(code)) is not None:
            told.refused[number] = why
        elif (mark := fingerprint(code)) in found:
            told.refused[number] = Why.TWICE
        else:
            found[mark] = number, code
    return told, found


def _why_not(code: str) -> Why | None:
    if not is_storable(code) or not code.isprintable():
        return Why.UNREADABLE
    if any(separator in code for separator in SEPARATORS):
        return Why.MORE_THAN_ONE
    return Why.TOO_LONG if len(code) > LONGEST_CODE else None


@transaction.atomic
def take_codes(pool: CodePool, count: int) -> list[LicenceCode]:
    """So many free codes, the oldest first, free no more: nobody else gets them, and nobody waits for those that
    somebody is taking. Fewer where there are fewer. The caller has taken the pieces out of the stock."""
    free = LicenceCode.objects.filter(pool=pool, is_free=True).order_by("pk")
    taken = list(free.select_for_update(no_key=True, skip_locked=True, of=("self",))[:count])
    LicenceCode.objects.filter(pk__in=[code.pk for code in taken]).update(is_free=False)
    return taken


def counted(pools: QuerySet[CodePool]) -> QuerySet[CodePool]:
    """The same pools, each with `free` and `given`."""
    return pools.annotate(
        free=Count("codes", filter=Q(codes__is_free=True)), given=Count("codes", filter=Q(codes__is_free=False))
    )


def running_low() -> QuerySet[CodePool]:
    """Pools of what is on sale with no more free codes than their shop wants to be told of, fewest first."""
    pools = CodePool.objects.filter(variant__is_active=True, variant__product__status=Product.Status.ACTIVE)
    free = Count("codes", filter=Q(codes__is_free=True))
    low: QuerySet[CodePool] = pools.annotate(free=free).filter(free__lte=F("low_at")).order_by("free", "pk")
    return low
