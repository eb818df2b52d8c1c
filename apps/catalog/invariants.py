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
# A list's own row (variant 0) and each of its prices, beside the last that the history says of it.
LISTS = """
    WITH kept AS (
        SELECT id AS price_list, 0 AS variant, is_active, concat_ws(' ', percent, rounding, starts_at, ends_at) AS says
        FROM catalog_pricelist
        UNION ALL
        SELECT price_list_id, variant_id, true, concat_ws(' ', amount, compare_at, percent) FROM catalog_listprice
    ), told AS (
        SELECT DISTINCT ON (price_list_id, variant_id) price_list_id AS price_list, coalesce(variant_id, 0) AS variant,
            is_active, CASE WHEN variant_id IS NULL THEN concat_ws(' ', percent, rounding, starts_at, ends_at)
                            ELSE nullif(concat_ws(' ', amount, compare_at, percent), '') END AS says
        FROM catalog_listpricerecord ORDER BY price_list_id, variant_id, at DESC, id DESC
    )
    SELECT coalesce(k.price_list, t.price_list), coalesce(k.variant, t.variant), k.says, t.says
    FROM kept k FULL JOIN told t ON t.price_list = k.price_list AND t.variant = k.variant
    WHERE (k.says, k.is_active) IS DISTINCT FROM (t.says, t.is_active)
      AND NOT (k.price_list IS NULL AND (t.says IS NULL OR NOT t.is_active))
"""
STRANGE_GROUPS = """
    SELECT l.id, g.id FROM catalog_pricelist_groups link
    JOIN catalog_pricelist l ON l.id = link.pricelist_id
    JOIN customers_customergroup g ON g.id = link.customergroup_id AND g.merchant_id <> l.merchant_id
"""
STRANGE_TIERS = """
    SELECT l.id, t.id FROM catalog_pricelist_tiers link
    JOIN catalog_pricelist l ON l.id = link.pricelist_id
    JOIN loyalty_tier t ON t.id = link.tier_id AND t.merchant_id <> l.merchant_id
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
WORDS = """
    WITH kept AS (
        SELECT merchant_id, word, sum(said) AS said, sum(named) AS named, sum(called) AS called
        FROM catalog_wordcount WHERE merchant_id IN (SELECT id FROM merchants_merchant) GROUP BY merchant_id, word
    ), counted AS (
        SELECT p.merchant_id, w.lexeme AS word, count(*) AS said, count(*) FILTER (WHERE w.weights && '{A,B,C}') AS named,
            count(*) FILTER (WHERE w.weights && '{A,B}') AS called
        FROM catalog_product p, unnest(p.search_vector) w WHERE p.status = 'active' GROUP BY p.merchant_id, w.lexeme
    )
    SELECT coalesce(k.merchant_id, c.merchant_id), coalesce(k.word, c.word), coalesce(k.said, 0), coalesce(c.said, 0)
    FROM kept k FULL JOIN counted c ON c.merchant_id = k.merchant_id AND c.word = k.word
    WHERE (coalesce(k.said, 0), coalesce(k.named, 0), coalesce(k.called, 0))
        IS DISTINCT FROM (coalesce(c.said, 0), coalesce(c.named, 0), coalesce(c.called, 0))
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
    "catalog.free codes are the stock": """
        SELECT p.id, count(c.id), coalesce((SELECT sum(l.on_hand) FROM catalog_stocklevel l WHERE l.variant_id = p.variant_id), 0)
        FROM catalog_codepool p LEFT JOIN catalog_licencecode c ON c.pool_id = p.id AND c.is_free
        GROUP BY p.id
        HAVING count(c.id)
            <> coalesce((SELECT sum(l.on_hand) FROM catalog_stocklevel l WHERE l.variant_id = p.variant_id), 0)
    """,
    "catalog.what hands out codes is digital and counted": """
        SELECT p.id, g.comes_as, 'counted: ' || v.is_tracked FROM catalog_codepool p
        JOIN catalog_variant v ON v.id = p.variant_id JOIN catalog_product g ON g.id = v.product_id
        WHERE g.comes_as <> 'digital' OR NOT v.is_tracked
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


def list_prices_without_history() -> list[str]:
    return [
        f"price list {price_list}, variant {variant}: {says or 'nothing'}, the history says {told or 'nothing'}"
        for price_list, variant, says, told in fetch(LISTS)
    ]


def lists_for_groups_of_another_shop() -> list[str]:
    return [
        f"price list {price_list}: is for group {group} of another shop" for price_list, group in fetch(STRANGE_GROUPS)
    ] + [f"price list {price_list}: is for level {tier} of another shop" for price_list, tier in fetch(STRANGE_TIERS)]


def guides_of_another_shop() -> list[str]:
    return [f"size guide {guide}: is for {what} {pk} of another shop" for guide, what, pk in fetch(GUIDES)]


def words_miscounted() -> list[str]:
    return [
        f"merchant {merchant}: {word} in {says} products, the index has it in {has}"
        for merchant, word, says, has in fetch(WORDS)
    ]


def register_checks() -> None:
    invariants.register("catalog.words are counted as the index has them", words_miscounted)
    invariants.register("catalog.every price is the last of its history", prices_without_history)
    invariants.register("catalog.every list price is the last of its history", list_prices_without_history)
    invariants.register("catalog.price lists are for groups and levels of their shop", lists_for_groups_of_another_shop)
    invariants.register("catalog.size guides are for goods of their shop", guides_of_another_shop)
    for name, sql in CHECKS.items():
        invariants.register(name, partial(breaches, sql))
