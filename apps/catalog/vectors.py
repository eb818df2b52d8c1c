"""Goods that come close to what was asked, by vectors: the second stage of the search, where there is one.

The table is made by the first run of `catch_up`, not by a migration: pgvector is not on every server, how long a vector
is only the embedder's first answer tells, and another model makes another table. All in it can be made again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils import translation
from django_scopes import scope

from apps.merchants.doors import ProviderUnavailable
from apps.merchants.models import Merchant
from apps.merchants.statements import fetch, one

from . import embedding
from .index import refresh, while_unchanged
from .ledger import merchant_in_scope
from .models import Product

log = structlog.get_logger(__name__)

BATCH, BATCHES = 64, 30  # products of one call; calls of one run for one merchant
CLOSEST = 50  # products that are looked at for a question
LONGEST = 1_000  # letters of a description
MOST_INDEXED = 2_000  # numbers of a vector that pgvector's index takes
AVAILABLE = """
SELECT string_to_array(default_version, '.')::int[] >= '{0,8}' FROM pg_available_extensions WHERE name = 'vector'
"""
HAS_TABLE = "SELECT to_regclass('catalog_productvector') IS NOT NULL"
HAS_VECTORS = "SELECT EXISTS (SELECT FROM catalog_productvector WHERE merchant_id = %s AND model = %s)"
LENGTH = "SELECT atttypmod FROM pg_attribute WHERE attrelid = 'catalog_productvector'::regclass AND attname = 'vector'"
MAKE = """
CREATE TABLE catalog_productvector (
    product_id bigint PRIMARY KEY, merchant_id bigint NOT NULL, model text NOT NULL, digest text NOT NULL,
    vector vector(%d) NOT NULL
);
CREATE INDEX catalog_productvector_merchant ON catalog_productvector (merchant_id);
"""
MAKE_INDEX = "CREATE INDEX catalog_productvector_near ON catalog_productvector USING hnsw (vector vector_cosine_ops)"
# What the index says of a product changes with every word of it, so that it tells what has to be reckoned anew.
CHANGED = """
SELECT p.id, md5(p.search_text) FROM catalog_product p %s
WHERE p.merchant_id = %%s AND p.status = 'active' AND p.search_vector IS NOT NULL %s
ORDER BY p.popularity DESC, p.id LIMIT %%s
"""
KNOWN = "LEFT JOIN catalog_productvector v ON v.product_id = p.id"
IS_OTHER = "AND (v.digest, v.model) IS DISTINCT FROM (md5(p.search_text), %s)"
KEEP = """
INSERT INTO catalog_productvector (product_id, merchant_id, model, digest, vector)
SELECT new.id, %s, %s, new.digest, new.vector::vector
FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS new (id, digest, vector)
ON CONFLICT (product_id) DO UPDATE SET model = excluded.model, digest = excluded.digest, vector = excluded.vector
"""
FORGET = """
DELETE FROM catalog_productvector v WHERE merchant_id = %s
AND NOT EXISTS (SELECT FROM catalog_product p WHERE p.id = v.product_id AND p.merchant_id = v.merchant_id)
"""
NEAREST = """
SELECT product_id FROM (
    SELECT product_id, vector <=> %s::vector AS distance FROM catalog_productvector
    WHERE merchant_id = %s AND model = %s ORDER BY vector <=> %s::vector LIMIT %s
) nearest WHERE distance <= %s ORDER BY distance, product_id
"""
# With the filter, an index over all shops goes on until it has enough; strict, so that the nearest come first.
GO_ON = "SET LOCAL hnsw.iterative_scan = strict_order"
STANDING = """
SELECT count(v.product_id), count(*) FROM catalog_product p
LEFT JOIN catalog_productvector v ON v.product_id = p.id AND v.model = %s
WHERE p.merchant_id = %s AND p.status = 'active'
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far it is: whether there is a service, whether the database can keep vectors, and of how many products."""

    is_on: bool
    is_possible: bool
    products: int
    of: int


def standing(merchant: Merchant) -> Standing:
    """For the merchant's desk."""
    if not embedding.is_on():
        return Standing(is_on=False, is_possible=_is_possible(), products=0, of=0)
    if not _has_table():
        with scope(merchant=merchant):
            count = Product.objects.filter(status=Product.Status.ACTIVE).count()
        return Standing(is_on=True, is_possible=_is_possible(), products=0, of=count)
    done, of = one(STANDING, [settings.EMBEDDER_MODEL, merchant.pk]) or (0, 0)
    return Standing(is_on=True, is_possible=True, products=done, of=of)


def can_come_close(merchant: Merchant) -> bool:
    """Whether goods of this shop can be found so. No query where there is no service, nor while nothing changes."""
    return embedding.is_on() and while_unchanged(
        merchant, "vectors", lambda: _has_table() and bool((one(HAS_VECTORS, _whose(merchant)) or (False,))[0])
    )


def closest(merchant: Merchant, text: str) -> list[int]:
    """Products whose vectors are near that of the text, the nearest first; none where nothing is, or nobody answers.

    Calls the outside: never within a turn. Who may see what of it, and what is sold, is for `search` to say.
    """
    asked = embedding.without_people(text)
    if not asked or not can_come_close(merchant):
        return []
    try:
        vector = embedding.vector_in_time(asked)
    except ProviderUnavailable as error:
        log.warning("embedder.silent", merchant=merchant.pk, error=str(error))
        return []
    with transaction.atomic():
        if len(vector) != _length():
            return []
        fetch(GO_ON)
        said = _literal(vector)
        return [pk for (pk,) in fetch(NEAREST, [said, *_whose(merchant), said, CLOSEST, 1 - settings.EMBEDDER_LEAST])]


def catch_up() -> int:
    """Vectors of what has none yet or reads otherwise now, the most popular first; returns of how many products.

    In the merchant's scope, in no transaction: each batch is kept when it is there. Raises `ProviderUnavailable`.
    """
    owner = merchant_in_scope()
    if owner is None or not embedding.is_on() or not _is_possible():
        return 0
    merchant = Merchant.objects.get(pk=owner)
    before, done = can_come_close(merchant), 0
    with connection.cursor() as cursor:
        if _has_table():
            cursor.execute(FORGET, [merchant.pk])
        else:  # before anything is asked for: whoever may not make it need not pay for vectors
            cursor.execute("CREATE EXTENSION IF NOT EXISTS vector")
    for _ in range(BATCHES):
        waiting = _waiting(merchant)
        if not waiting:
            break
        ids = [pk for pk, _ in waiting]
        texts = _texts(merchant, ids)
        vectors = embedding.vectors_of([texts[pk] for pk in ids])
        _keep(merchant, waiting, vectors)
        done += len(ids)
        if not before:
            before = True
            refresh(merchant, [])  # shoppers' processes learn that there are vectors
    return done


def _is_possible() -> bool:
    return bool((one(AVAILABLE) or (False,))[0])


def _has_table() -> bool:
    return bool((one(HAS_TABLE) or (False,))[0])


def _length() -> int:
    return int((one(LENGTH) or (0,))[0])


def _whose(merchant: Merchant) -> list[object]:
    return [merchant.pk, settings.EMBEDDER_MODEL]


def _waiting(merchant: Merchant) -> list[tuple[int, str]]:
    """(product, digest of what it reads like) of those whose vector is missing or old."""
    if not _has_table():
        return [(pk, digest) for pk, digest in fetch(CHANGED % ("", ""), [merchant.pk, BATCH])]
    return [(pk, digest) for pk, digest in fetch(CHANGED % (KNOWN, IS_OTHER), [*_whose(merchant), BATCH])]


def _texts(merchant: Merchant, ids: Sequence[int]) -> dict[int, str]:
    """What a product is, in the shop's first language, with what it is called in the others."""
    found = {}
    with translation.override(merchant.default_language):
        for product in Product.objects.filter(pk__in=ids).prefetch_related("categories"):
            titles = [getattr(product, f"title_{code.replace('-', '_')}") for code, _ in settings.LANGUAGES]
            shelves = [str(category) for category in product.categories.all()]
            parts = [product.title, product.brand, product.product_type, *shelves, *titles]
            told = [*dict.fromkeys(part for part in parts if part), product.description[:LONGEST]]
            found[product.pk] = ". ".join(part for part in told if part)
    return found


def _keep(merchant: Merchant, waiting: Sequence[tuple[int, str]], vectors: list[list[float]]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        _ready(len(vectors[0]))
        ids, digests = [pk for pk, _ in waiting], [digest for _, digest in waiting]
        values: list[Any] = [
            merchant.pk,
            settings.EMBEDDER_MODEL,
            ids,
            digests,
            [_literal(vector) for vector in vectors],
        ]
        cursor.execute(KEEP, values)


def _ready(length: int) -> None:
    """The table for vectors of this length; one of another length is of another model, and goes."""
    with connection.cursor() as cursor:
        if _has_table():
            if _length() == length:
                return
            cursor.execute("DROP TABLE catalog_productvector")
        cursor.execute(MAKE % length)
        if length <= MOST_INDEXED:
            cursor.execute(MAKE_INDEX)


def _literal(vector: Sequence[float]) -> str:
    return f"[{','.join(map(repr, vector))}]"
