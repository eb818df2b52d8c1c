"""What must be true of the stock books at any moment."""

from functools import partial

from apps.merchants import invariants

from .ledger import rows

CHECKS = {
    "catalog.held is the sum of active holds": """
        SELECT l.id, l.held, coalesce(sum(h.quantity), 0) FROM catalog_stocklevel l
        LEFT JOIN catalog_stockhold h ON h.level_id = l.id AND h.state = 'active'
        GROUP BY l.id HAVING l.held <> coalesce(sum(h.quantity), 0)
    """,
    "catalog.on hand is the sum of movements": """
        SELECT l.id, l.on_hand, coalesce(sum(m.quantity), 0) FROM catalog_stocklevel l
        LEFT JOIN catalog_stockmovement m
               ON m.level_id = l.id AND m.kind IN ('received', 'shipped', 'returned', 'adjusted')
        GROUP BY l.id HAVING l.on_hand <> coalesce(sum(m.quantity), 0)
    """,
    "catalog.allocated is the sum of sales": """
        SELECT l.id, l.allocated, coalesce(sum(m.quantity), 0) FROM catalog_stocklevel l
        LEFT JOIN catalog_stockmovement m
               ON m.level_id = l.id AND m.kind IN ('allocated', 'deallocated', 'shipped')
        GROUP BY l.id HAVING l.allocated <> coalesce(sum(m.quantity), 0)
    """,
    "catalog.never oversold": """
        SELECT id, on_hand, allocated + held FROM catalog_stocklevel
        WHERE on_hand < allocated + held OR allocated < 0 OR held < 0
    """,
}


def breaches(sql: str) -> list[str]:
    """One sentence per level that breaks the rule."""
    return [f"level {level}: says {says}, the books say {books}" for level, says, books in rows(sql, {})]


def register_checks() -> None:
    for name, sql in CHECKS.items():
        invariants.register(name, partial(breaches, sql))
