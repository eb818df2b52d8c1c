"""The one statement by which stock changes, and the rows it leaves behind.

Levels are locked in the order of their primary keys, all of them fit or none is touched, and holds and
movements are written in the same statement: the lock on a hot level lives for one statement and its commit.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import OperationalError, connection
from django_scopes import get_scope
from django_scopes.exceptions import ScopeError
from psycopg import errors

P = ParamSpec("P")
R = TypeVar("R")

ATTEMPTS = 3
CONFLICTS = (errors.DeadlockDetected, errors.SerializationFailure)


@dataclass(frozen=True)
class Change:
    """What happens to one level: `kind` and `quantity` are the movement, the rest is added to the counters."""

    level_id: int
    kind: str
    quantity: int
    on_hand: int = 0
    allocated: int = 0
    held: int = 0
    reference: str = ""
    reason: str = ""


@dataclass(frozen=True)
class NewHold:
    level_id: int
    reference: str
    quantity: int
    reason: str
    expires_at: dt.datetime


# Reading `locked` waits for the levels, in order; the counters it returns are those after the wait.
CHANGE_LEVELS = """
WITH delta (level_id, on_hand, allocated, held) AS (
    SELECT * FROM unnest(%(levels)s::bigint[], %(on_hand)s::int[], %(allocated)s::int[], %(held)s::int[])
), locked AS MATERIALIZED (
    SELECT id, on_hand, allocated, held FROM catalog_stocklevel
    WHERE id = ANY (%(levels)s::bigint[]) AND (%(merchant)s::bigint IS NULL OR merchant_id = %(merchant)s)
    ORDER BY id FOR NO KEY UPDATE
), fitting AS (
    SELECT count(*) = %(count)s AS all FROM locked l JOIN delta d ON d.level_id = l.id
    WHERE l.held + d.held >= 0 AND l.allocated + d.allocated >= 0
      AND l.on_hand + d.on_hand >= l.allocated + d.allocated + l.held + d.held
), changed AS (
    UPDATE catalog_stocklevel s
    SET on_hand = s.on_hand + d.on_hand, allocated = s.allocated + d.allocated, held = s.held + d.held
    FROM delta d, locked l, fitting
    WHERE s.id = d.level_id AND l.id = s.id AND fitting.all
      AND s.on_hand + d.on_hand >= s.allocated + d.allocated + s.held + d.held
    RETURNING s.id, s.merchant_id
), holds AS (
    INSERT INTO catalog_stockhold (merchant_id, level_id, reference, quantity, reason, state, expires_at, created_at)
    SELECT c.merchant_id, h.level_id, h.reference, h.quantity, h.reason, 'active', h.expires_at, %(now)s
    FROM unnest(%(hold_levels)s::bigint[], %(hold_references)s::text[], %(hold_quantities)s::int[],
                %(hold_reasons)s::text[], %(hold_expiries)s::timestamptz[])
         AS h (level_id, reference, quantity, reason, expires_at)
    JOIN changed c ON c.id = h.level_id
), movements AS (
    INSERT INTO catalog_stockmovement (merchant_id, level_id, kind, quantity, reference, reason, actor_id, created_at)
    SELECT c.merchant_id, m.level_id, m.kind, m.quantity, m.reference, m.reason, %(actor)s, %(now)s
    FROM unnest(%(levels_moved)s::bigint[], %(kinds)s::text[], %(quantities)s::int[],
                %(references)s::text[], %(reasons)s::text[])
         AS m (level_id, kind, quantity, reference, reason)
    JOIN changed c ON c.id = m.level_id
)
SELECT count(*) FROM changed
"""


def merchant_in_scope() -> int | None:
    """The merchant's id, None where scopes are switched off on purpose; raises `ScopeError` outside any scope."""
    scope = get_scope()
    if not scope.get("_enabled", True):
        return None
    if "merchant" not in scope:
        raise ScopeError("A scope on dimension(s) merchant needs to be active for this query.")
    return scope["merchant"].pk


def change_levels(
    changes: list[Change], *, now: dt.datetime, holds: Iterable[NewHold] = (), actor_id: int | None = None
) -> bool:
    """Apply all changes or none; True when applied. One statement, safe outside a transaction."""
    sums: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    for change in changes:
        counters = sums[change.level_id]
        counters[0] += change.on_hand
        counters[1] += change.allocated
        counters[2] += change.held
    levels = sorted(sums)
    holds = list(holds)
    parameters: dict[str, Any] = {
        "levels": levels,
        "on_hand": [sums[level][0] for level in levels],
        "allocated": [sums[level][1] for level in levels],
        "held": [sums[level][2] for level in levels],
        "count": len(levels),
        "merchant": merchant_in_scope(),
        "now": now,
        "actor": actor_id,
        "hold_levels": [hold.level_id for hold in holds],
        "hold_references": [hold.reference for hold in holds],
        "hold_quantities": [hold.quantity for hold in holds],
        "hold_reasons": [hold.reason for hold in holds],
        "hold_expiries": [hold.expires_at for hold in holds],
        "levels_moved": [change.level_id for change in changes],
        "kinds": [str(change.kind) for change in changes],
        "quantities": [change.quantity for change in changes],
        "references": [change.reference for change in changes],
        "reasons": [change.reason for change in changes],
    }
    with connection.cursor() as cursor:
        cursor.execute(CHANGE_LEVELS, parameters)
        return bool(cursor.fetchone()[0] == len(levels))


def retry_conflicts(function: Callable[P, R]) -> Callable[P, R]:
    """Run again, at most three times in all, when PostgreSQL ends us for a deadlock or a serialization conflict.

    Inside somebody's transaction the error passes through: a part of it cannot be repeated, only the whole.
    """

    @wraps(function)
    def retrying(*args: P.args, **kwargs: P.kwargs) -> R:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return function(*args, **kwargs)
            except OperationalError as error:
                is_conflict = isinstance(error.__cause__, CONFLICTS)
                if not is_conflict or attempt == ATTEMPTS or connection.in_atomic_block:
                    raise
        raise AssertionError("unreachable")

    return retrying
