"""Licence codes of an order: one for each piece that was handed over, told to its buyer, withdrawn with its price."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import structlog
from django.db.models import Max
from django_scopes import scopes_disabled

from apps.catalog.licence_codes import take_codes
from apps.catalog.models import CodePool
from apps.merchants import clock

from .models import HandedCode, Order, OrderLine

logger = structlog.get_logger(__name__)


def give_codes(lines: Mapping[OrderLine, int]) -> list[HandedCode]:
    """So many pieces of each line take a code each, where their variant has a pool. The order is locked, the pieces
    have left the stock. Again gives others: whoever calls says how many pieces are new.

    What was ordered before it was counted by codes gets none; a colleague hands it over.
    """
    counted = {line: pieces for line, pieces in lines.items() if line.is_stocked and pieces}
    pools = {
        pool.variant_id: pool for pool in CodePool.objects.filter(variant__in=[line.variant_id for line in counted])
    }
    made: list[HandedCode] = []
    for line, pieces in counted.items():
        if (pool := pools.get(line.variant_id)) is not None:
            made += _give(line, pool, pieces)
    return made


def _give(line: OrderLine, pool: CodePool, pieces: int) -> list[HandedCode]:
    taken = take_codes(pool, pieces)
    if len(taken) < pieces:  # the stock said there are as many: check_invariants names the pool
        logger.error("codes.short", line=line.pk, wanted=pieces, got=len(taken))
    before = HandedCode.objects.filter(line=line).aggregate(last=Max("piece"))["last"] or 0
    return list(
        HandedCode.objects.bulk_create(
            HandedCode(merchant_id=line.merchant_id, line=line, piece=before + place, code=code)
            for place, code in enumerate(taken, start=1)
        )
    )


def codes_of(lines: Iterable[OrderLine]) -> dict[int, list[HandedCode]]:
    """Line id → its codes, piece by piece; those to be withdrawn are not among them. One query."""
    found: dict[int, list[HandedCode]] = defaultdict(list)
    rows = HandedCode.objects.filter(line__in=[line.pk for line in lines], withdraw_at=None)
    for handed in rows.select_related("code").defer("code__sealed").order_by("line", "piece"):
        found[handed.line_id].append(handed)
    return found


def licence_for(name: str, customer: int) -> str:
    """The code of this name for whoever bought it (a customer's id), while it is theirs; "" for everybody else."""
    with scopes_disabled():
        mine = HandedCode.objects.filter(code__public_id=name, line__order__customer=customer, withdraw_at=None)
        handed: HandedCode | None = mine.select_related("code").first()
    return str(handed.code.sealed) if handed is not None else ""


def to_withdraw(lines: Mapping[int, int]) -> int:
    """The price of so many pieces of these lines (line id → how many in all) went back: as many of their codes, the last
    first, are to be withdrawn and are told no more. The order is locked; again changes nothing, and a code once marked
    stays so. Returns how many are new."""
    marked = 0
    for pk, count in sorted(lines.items()):
        mine = HandedCode.objects.filter(line=pk)
        due = max(0, count - mine.exclude(withdraw_at=None).count())
        last = mine.filter(withdraw_at=None).order_by("-piece").values_list("pk", flat=True)
        marked += HandedCode.objects.filter(pk__in=list(last[:due])).update(withdraw_at=clock.now())
    return marked


def all_to_withdraw(order: Order) -> int:
    """All money of the order is gone. It is locked."""
    mine = HandedCode.objects.filter(line__order=order, withdraw_at=None)
    return int(mine.update(withdraw_at=clock.now()))


def withdrawn(chosen: Iterable[int]) -> int:
    """The shop has made these codes (their ids) worth nothing where they are used. Returns how many were waiting for it."""
    waiting = HandedCode.objects.filter(pk__in=list(chosen), withdraw_at__isnull=False, withdrawn_at=None)
    return int(waiting.update(withdrawn_at=clock.now()))
