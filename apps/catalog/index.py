"""Keeps what can be searched for in step with what is for sale.

The index holds our own words, made by `words.tokens`, never PostgreSQL's parsing: one reading of German, Spanish and
Chinese on every server, without extensions. Weights: A titles, brands, SKUs; B types, categories, tags;
C options; D descriptions and the families of colours. `search_text` tells them apart by language: one line of words
for each of `settings.LANGUAGES`, and a last one for what is nobody's language.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from django.conf import settings
from django.db import connection
from django_scopes import scope

from apps.merchants.afterwards import after_commit
from apps.merchants.markets import Further
from apps.merchants.models import Merchant
from apps.merchants.statements import one

from .counting import fold_counts
from .kinds import COLOURS, FAMILIES, SIZES, canonical, spellings
from .models import Category, OptionValue, Product, Variant
from .words import tokens

T = TypeVar("T")
LONGEST_DESCRIPTION = 4000
BATCH = 500
POSITIONS = 16_000
MANY = 20  # products that change at once
READ_BY_SEARCH = (
    "catalog_product",
    "catalog_product_categories",
    "catalog_category",
    "catalog_option",
    "catalog_optionvalue",
    "catalog_variant",
    "catalog_variant_values",
    "catalog_price",
    "catalog_pricelist",
    "catalog_listprice",
    "catalog_stocklevel",
    "catalog_media",
)

_collecting: ContextVar[set[int] | None] = ContextVar("collecting", default=None)
_kept: dict[tuple[str, int, str], tuple[tuple[int, str], Any]] = {}
_seen: ContextVar[dict[Any, Any] | None] = ContextVar("seen", default=None)

STATE = """
SELECT version, xmin::text, EXISTS (SELECT FROM catalog_pricelist l WHERE l.merchant_id = v.merchant_id), (
    SELECT json_agg(json_build_array(c.currency, c.countries) ORDER BY c.position, c.id)::text
    FROM merchants_shopcurrency c WHERE c.merchant_id = v.merchant_id)
FROM catalog_catalogversion v WHERE merchant_id = %s
"""
STORE = """
UPDATE catalog_product p SET search_text = new.text, search_vector = new.vector::tsvector
FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS new (id, text, vector) WHERE p.id = new.id
"""


def refresh(merchant: Merchant, product_ids: Iterable[int]) -> None:
    """Read these products again for the search, and tell the caches of words. Inside `collecting` at its end."""
    ids = list(product_ids)
    waiting = _collecting.get()
    if waiting is not None:
        waiting.update(ids)
        return
    with scope(merchant=merchant):
        for start in range(0, len(ids), BATCH):
            _store(ids[start : start + BATCH])
        if len(ids) > BATCH:
            fold_counts()
        _count_up(merchant)


@contextmanager
def collecting(merchant: Merchant) -> Iterator[None]:
    """Many products change: read each once, when all is done."""
    token = _collecting.set(set())
    try:
        yield
        waiting = _collecting.get() or set()
    finally:
        _collecting.reset(token)
    refresh(merchant, sorted(waiting))
    if len(waiting) >= MANY:
        after_commit(_analyse)


def _analyse() -> None:
    """Tell PostgreSQL how much there is now; until its own housekeeping finds out, a search would take seconds."""
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(READ_BY_SEARCH)}")


def version_of(merchant: Merchant) -> int:
    """Which state of the catalogue's words this is; 0 before the first."""
    return state_of(merchant)[0]


def state_of(merchant: Merchant) -> tuple[int, str]:
    """The version and the transaction that made it, which tells a version from one that was rolled back."""
    return _look(merchant)[:2]


def has_lists(merchant: Merchant) -> bool:
    """Whether there is any price list at all; known with the state."""
    return _look(merchant)[2]


def sold_in(merchant: Merchant) -> Further:
    """The currencies beside the shop's own; known with the state."""
    return _look(merchant)[3]


def _look(merchant: Merchant) -> tuple[int, str, bool, Further]:
    def ask() -> tuple[int, str, bool, Further]:
        found = one(STATE, [merchant.pk])
        if not found:
            return 0, "", False, {}
        further = {code: tuple(countries) for code, countries in json.loads(found[3] or "[]")}
        return int(found[0]), str(found[1]), bool(found[2]), further

    return remembered(("state", merchant.pk), ask)


def remembered(key: tuple[Any, ...], ask: Callable[[], T]) -> T:
    """What `ask` finds; within one look it is asked once for each key."""
    seen = _seen.get()
    if seen is None:
        return ask()
    if key not in seen:
        seen[key] = ask()
    found: T = seen[key]
    return found


def while_unchanged(merchant: Merchant, name: str, ask: Callable[[], T]) -> T:
    """What `ask` finds, kept in this process under this name while the catalogue stays as it is.

    Whatever it depends on has to call `refresh` when it changes.
    """
    place, state = (str(connection.settings_dict["NAME"]), merchant.pk, name), state_of(merchant)
    kept = _kept.get(place)
    if kept is None or kept[0] != state:
        kept = _kept[place] = (state, ask())
    found: T = kept[1]
    return found


@contextmanager
def one_look() -> Iterator[None]:
    """Inside, the catalogue stays in the state it was first seen in: asked once, and no answer mixes two of them.

    A look within a look is part of it.
    """
    if _seen.get() is not None:
        yield
        return
    token = _seen.set({})
    try:
        yield
    finally:
        _seen.reset(token)


def _count_up(merchant: Merchant) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalog_catalogversion (merchant_id, version) VALUES (%s, 1)"
            " ON CONFLICT (merchant_id) DO UPDATE SET version = catalog_catalogversion.version + 1",
            [merchant.pk],
        )


def _store(ids: list[int]) -> None:
    products = Product.objects.filter(pk__in=ids).prefetch_related("categories")
    chosen: dict[int, list[OptionValue]] = {}
    values: dict[int, set[str]] = {}
    families: dict[int, set[str]] = {}
    for value in _values_for_sale(ids):
        chosen.setdefault(value.option.product_id, []).append(value)
        values.setdefault(value.option.product_id, set()).update(_said(value))
        families.setdefault(value.option.product_id, set()).update(_family(value))
    skus: dict[int, set[str]] = {}
    for product_id, sku in Product.objects.filter(pk__in=ids).values_list("pk", "variants__sku"):
        skus.setdefault(product_id, set()).add(sku or "")
    rows = []
    for product in products:
        weighted = {
            "A": [*_in_all_languages(product, "title"), product.brand, *sorted(skus.get(product.pk, ()))],
            "B": [product.product_type, *_tags(product)],
            "C": [*sorted(values.get(product.pk, ())), *_category_names(product)],
            "D": [
                *sorted(families.get(product.pk, ())),
                *(text[:LONGEST_DESCRIPTION] for text in _in_all_languages(product, "description")),
            ],
        }
        text = _by_language(product, chosen.get(product.pk, []), skus.get(product.pk, set()))
        rows.append((product.pk, text, _vector(weighted)))
    with connection.cursor() as cursor:
        cursor.execute(STORE, [list(column) for column in zip(*rows, strict=True)] if rows else [[], [], []])


def _values_for_sale(product_ids: list[int]) -> Iterator[OptionValue]:
    """The option values some active variant has, with their options.

    Four lookups by key, not one join: in an import the tables have grown a thousandfold since PostgreSQL last counted
    them, and it would join them in the worst order.
    """
    active = list(Variant.objects.filter(product__in=product_ids, is_active=True).values_list("pk", flat=True))
    links = Variant.values.through.objects.filter(variant__in=active).order_by()
    used = set(links.values_list("optionvalue_id", flat=True))
    yield from OptionValue.objects.filter(pk__in=used).prefetch_related("option").order_by("pk")


def line_of(language: str) -> int:
    """Which line of `search_text`, counted from 1, has the words of this language; 0 where it is none of ours."""
    codes = [code for code, _ in settings.LANGUAGES]
    return codes.index(language) + 1 if language in codes else 0


def _by_language(product: Product, chosen: Iterable[OptionValue], skus: Iterable[str]) -> str:
    """What a shopper of each language reads of it, and below what is the same to all."""
    named: list[tuple[Product | Category | OptionValue, str]] = [(product, "title"), (product, "description")]
    named += [(category, "name") for category in product.categories.all()]
    named += [(value, "value") for value in chosen]
    lines = [[_as_read(row, field, code) for row, field in named] for code, _ in settings.LANGUAGES]
    general = {spelling for value in chosen for spelling in (*_general_spellings(value), *_family(value))}
    lines.append([product.brand, product.product_type, *_tags(product), *sorted(skus), *sorted(general)])
    return "\n".join(" ".join(dict.fromkeys(token for text in line for token in tokens(text))) for line in lines)


def _as_read(row: Product | OptionValue | Category, field: str, language: str) -> str:
    """In this language, else in the first that there is: a title in any language is better than none."""
    own = getattr(row, f"{field}_{language.replace('-', '_')}", None)
    return str(own or next(iter(_in_all_languages(row, field)), ""))[:LONGEST_DESCRIPTION]


def _vector(weighted: dict[str, list[str]]) -> str:
    """The literal of a tsvector: each word once per weight, at the place of its first mention."""
    places: dict[str, dict[str, int]] = {}
    position = 0
    for weight, texts in weighted.items():
        for token in (token for text in texts for token in tokens(text)):
            position = min(position + 1, POSITIONS)
            places.setdefault(token, {}).setdefault(weight, position)
    return " ".join(
        f"'{token}':" + ",".join(f"{place}{weight}" for weight, place in found.items())
        for token, found in places.items()
    )


def _said(value: Any) -> set[str]:
    """An option's value in every language, and for colours and sizes every way to say it."""
    said = {*_in_all_languages(value, "value"), *_general_spellings(value)}
    lesser = {token for word in _family(value) for token in tokens(word)}
    return {" ".join(token for token in tokens(text) if token not in lesser) for text in said}


def _general_spellings(value: Any) -> tuple[str, ...]:
    """Everybody's words for a colour or a size that is well known."""
    key = canonical(value.value_en or value.value)
    return spellings(key) if key in COLOURS or key in SIZES else ()


def _family(value: Any) -> tuple[str, ...]:
    """Navy is blue, too, but less so than blue."""
    key = canonical(value.value_en or value.value)
    return spellings(FAMILIES[key]) if key in FAMILIES else ()


def _in_all_languages(row: Product | OptionValue | Category, field: str) -> list[str]:
    codes = [code.replace("-", "_") for code, _ in settings.LANGUAGES]
    return list(dict.fromkeys(text for code in codes if (text := getattr(row, f"{field}_{code}", None))))


def _tags(product: Product) -> list[str]:
    return [str(tag) for tag in product.tags if tag] if isinstance(product.tags, list) else []


def _category_names(product: Product) -> list[str]:
    return [name for category in product.categories.all() for name in _in_all_languages(category, "name")]
