"""Products as cards need them, kept in memory as long as the catalogue stays as it is. Only stock is read every time."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from apps.merchants import clock
from apps.merchants.models import Merchant
from apps.merchants.statements import fetch

from .index import state_of
from .lists import FOR_EVERYONE, Terms
from .models import Product
from .products import load_for_cards

MOST_KEPT = 1000  # products, in this process
STOCK = """
SELECT l.variant_id, l.on_hand, l.on_hand - l.allocated - l.held + COALESCE((
    SELECT sum(h.quantity) FROM catalog_stockhold h
    WHERE h.level_id = l.id AND h.state = 'active' AND h.expires_at <= %(now)s), 0)
FROM catalog_stocklevel l WHERE l.variant_id = ANY(%(variants)s) AND l.merchant_id = %(merchant)s
"""

_kept: dict[tuple[str, int, Terms, int], tuple[tuple[int, str], Product]] = {}


@dataclass(frozen=True, slots=True)
class Shelf:
    """How many of a variant lie at one place, and how many of them may be sold now."""

    on_hand: int
    free: int


def products_for_cards(merchant: Merchant, ids: Sequence[int], terms: Terms = FOR_EVERYONE) -> list[Product]:
    """These products in this order, priced on these terms, as `load_for_cards` gives them; those that are gone are left out.

    Call in the merchant's scope. Three small queries when they are known; do not save what you get.
    """
    return _stocked(merchant, known_products(merchant, ids, terms)[1])


def known_products(
    merchant: Merchant, ids: Sequence[int], terms: Terms = FOR_EVERYONE
) -> tuple[tuple[int, str], list[Product]]:
    """(state of the catalogue, these products in this order without a shelf); do not change what you get.

    What one shopper pays is kept apart from what others pay.
    """
    if not ids:
        return (0, ""), []
    state, place = state_of(merchant), (connection.settings_dict["NAME"], merchant.pk, terms)
    found = {pk: kept[1] for pk in ids if (kept := _kept.get((*place, pk))) is not None and _holds(kept, state)}
    missing = [pk for pk in ids if pk not in found]
    if missing:
        loaded = Product.objects.in_bulk(missing)
        load_for_cards(loaded.values(), terms)
        if len(_kept) + len(loaded) > MOST_KEPT:
            _kept.clear()
        _kept.update({(*place, pk): (state, product) for pk, product in loaded.items()})
        found |= loaded
    return state, [found[pk] for pk in ids if pk in found]


def _holds(kept: tuple[tuple[int, str], Product], state: tuple[int, str]) -> bool:
    """Neither has the catalogue changed, nor a price by the clock."""
    until = kept[1].priced_until  # type: ignore[attr-defined]
    return kept[0] == state and (until is None or clock.now() < until)


def free_units(merchant: Merchant, variants: Sequence[int]) -> dict[int, int]:
    """How many of each variant may be sold now, over all places; what lies nowhere is left out."""
    free: dict[int, int] = {}
    if variants:
        asked = {"now": clock.now(), "variants": list(variants), "merchant": merchant.pk}
        for variant_id, _, units in fetch(STOCK, asked):
            free[variant_id] = free.get(variant_id, 0) + max(int(units), 0)
    return free


def _stocked(merchant: Merchant, products: list[Product]) -> list[Product]:
    """Twins of what is kept, with the stock of this moment on their shelves."""
    twins = [_twin(product) for product in products]
    variants = []
    for product in twins:
        product.sellable = [_twin(variant) for variant in product.sellable]
        for variant in product.sellable:
            variant._state.fields_cache["product"] = product
            variant.shelves = []
        variants += product.sellable
    by_id = {variant.pk: variant.shelves for variant in variants}
    if not by_id:
        return twins
    asked = {"now": clock.now(), "variants": list(by_id), "merchant": merchant.pk}
    for variant_id, on_hand, free in fetch(STOCK, asked):
        by_id[variant_id].append(Shelf(on_hand, int(free)))
    return twins


def _twin(row: Any) -> Any:
    """A copy whose attributes can be set without anybody else seeing it."""
    kind: Any = type(row)
    twin = kind.__new__(kind)
    twin.__dict__.update(row.__dict__)
    twin._state = copy.copy(row._state)
    twin._state.fields_cache = dict(row._state.fields_cache)
    return twin
