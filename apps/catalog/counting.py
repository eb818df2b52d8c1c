"""How many products say each word, counted by the database as they change (migration 0013); read here, and folded."""

from django.db import connection

from apps.merchants.models import Merchant
from apps.merchants.statements import fetch, one

from .ledger import merchant_in_scope

FOLDED_FROM = 2  # times as many rows as words
COUNTED = """
SELECT word, sum(said), sum(named) > 0, sum(called) > 0 FROM catalog_wordcount WHERE merchant_id = %s
GROUP BY word HAVING sum(said) > 0 ORDER BY word COLLATE "C"
"""
IS_LONG = "SELECT count(*) > %s * count(DISTINCT word) FROM catalog_wordcount WHERE merchant_id = %s"
FOLD = """
WITH gone AS (
    DELETE FROM catalog_wordcount
    WHERE ctid = ANY (ARRAY(SELECT ctid FROM catalog_wordcount WHERE merchant_id = %s FOR UPDATE SKIP LOCKED))
    RETURNING merchant_id, word, said, named, called
)
INSERT INTO catalog_wordcount (merchant_id, word, said, named, called)
SELECT merchant_id, word, sum(said), sum(named), sum(called) FROM gone
GROUP BY merchant_id, word HAVING sum(said) <> 0 OR sum(named) <> 0 OR sum(called) <> 0
"""


def counted_words(merchant: Merchant) -> tuple[dict[str, int], frozenset[str], frozenset[str]]:
    """Every word in the index of the products on sale -> in how many of them; those outside of descriptions; and of
    these those that products have of themselves, not from a category or an option."""
    counted = fetch(COUNTED, [merchant.pk])
    return (
        {word: int(count) for word, count, _, _ in counted},
        frozenset(word for word, _, is_name, _ in counted if is_name),
        frozenset(word for word, _, _, is_called in counted if is_called),
    )


def fold_counts() -> None:
    """One row of each word's many, where they have become long to read. Call in the merchant's scope.

    One statement: whoever reads meanwhile sees either, what is added meanwhile stays, and what somebody else is folding
    is left to them. By where the rows lie: in an import PostgreSQL does not know yet how many there are.
    """
    merchant = merchant_in_scope()
    found = one(IS_LONG, [FOLDED_FROM, merchant])
    if found and found[0]:
        with connection.cursor() as cursor:
            cursor.execute(FOLD, [merchant])
