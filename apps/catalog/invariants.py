"""What must be true of the stock books at any moment."""

from functools import partial

from apps.merchants import invariants
from apps.merchants.statements import fetch

# The history's last word is the list's price; both are written by the same statement, whoever runs it.
PRICES = """
    SELECT coalesce(p.variant_id, r.variant_id), coalesce(p.amount_currency, r.amount_currency), p.amount, r.amount
    FROM catalog_price p
    FULL JOIN (
        SELECT DISTINCT ON (variant_id, amount_currency) variant_id, amount_currency, amount, compare_at
        FROM catalog_pricerecord ORDER BY variant_id, amount_currency, at DESC, id DESC
    ) r ON r.variant_id = p.variant_id AND r.amount_currency = p.amount_currency
    WHERE (p.amount, p.compare_at) IS DISTINCT FROM (r.amount, r.compare_at)
"""
GUIDES = """
    SELECT g.id, 'product', p.id FROM catalog_sizeguide_products l
    JOIN catalog_sizeguide g ON g.id = l.sizeguide_id
    JOIN catalog_product p ON p.id = l.product_id AND p.merchant_id <> g.merchant_id
    UNION ALL
    SELECT g.id, 'category', c.id FROM catalog_sizeguide_categories l
    JOIN catalog_sizeguide g ON g.id = l.sizeguide_id
    JOIN catalog_category c ON c.id = l.category_id AND c.merchant_id <> g.merchant_id
"""
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
    "catalog.a turn in the line has its piece": """
        SELECT a.id, a.state, coalesce(sum(h.quantity), 0) FROM catalog_stockalert a
        JOIN catalog_variant v ON v.id = a.variant_id AND v.is_tracked
        LEFT JOIN catalog_stockhold h ON h.reference = 'waitlist:' || a.id AND h.state = 'active'
        GROUP BY a.id, a.state, a.until
        HAVING (a.state = 'offered' AND a.until > now() AND coalesce(sum(h.quantity), 0) <> 1)
            OR (a.state <> 'offered' AND coalesce(sum(h.quantity), 0) <> 0)
    """,
    "catalog.never oversold": """
        SELECT id, on_hand, allocated + held FROM catalog_stocklevel
        WHERE on_hand < allocated + held OR allocated < 0 OR held < 0
    """,
}


def breaches(sql: str) -> list[str]:
    """One sentence per level (or place in line) that breaks the rule."""
    return [f"row {row}: says {says}, the books say {books}" for row, says, books in fetch(sql)]


def prices_without_history() -> list[str]:
    return [
        f"variant {variant}: costs {costs} {currency}, the history says {told}"
        for variant, currency, costs, told in fetch(PRICES)
    ]


def guides_of_another_shop() -> list[str]:
    return [f"size guide {guide}: is for {what} {pk} of another shop" for guide, what, pk in fetch(GUIDES)]


def register_checks() -> None:
    invariants.register("catalog.every price is the last of its history", prices_without_history)
    invariants.register("catalog.size guides are for goods of their shop", guides_of_another_shop)
    for name, sql in CHECKS.items():
        invariants.register(name, partial(breaches, sql))
