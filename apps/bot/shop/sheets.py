"""Products as the bot tells of them, kept in memory per language and price lists as long as the catalogue stays as it is.

Words, prices and pictures change with the catalogue's state; only stock is read every time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import override

from apps.carts.money import format_money
from apps.catalog.cards import free_units, known_products
from apps.catalog.kinds import FAMILIES, canonical
from apps.catalog.lists import Terms
from apps.catalog.models import Product
from apps.catalog.products import NoPrice, card_facts, chosen_values, gallery, picture_of, sellable, tag_of
from apps.merchants.models import Merchant

MOST_KEPT = 4000  # products times languages, in this process
_kept: dict[tuple[str, int, int, str, Terms], tuple[Any, "Sheet | None"]] = {}


@dataclass(frozen=True, slots=True)
class Sheet:
    """All but the stock. `counted` are the variants whose units are added up, None where nobody counts."""

    card: dict[str, Any]
    whole: dict[str, Any]
    variants: tuple[dict[str, Any], ...]
    tracked: frozenset[int]
    counted: tuple[int, ...] | None


def cards(
    merchant: Merchant, ids: Sequence[int], *, language: str, terms: Terms, colour: str = ""
) -> list[dict[str, Any]]:
    """A card for each of these products that is sold, in this order; in a colour, with a picture of that.

    Call in the merchant's scope.
    """
    sheets = _sheets(merchant, ids, language=language, terms=terms)
    free = free_units(merchant, [pk for sheet in sheets for pk in sheet.counted or ()])
    return [{**_stocked(sheet, free), **_looks(sheet, colour)} for sheet in sheets]


def _looks(sheet: Sheet, colour: str) -> dict[str, Any]:
    """The picture of the first variant in this colour, or one of its kind: navy for blue."""
    for fact in sheet.variants if colour else ():
        if colour in (own := fact["keys"].get("colour", ""), FAMILIES.get(own)):
            return {"image": fact["image"], "alt": fact["alt"]}
    return {}


def whole(merchant: Merchant, product: int, *, language: str, terms: Terms) -> dict[str, Any] | None:
    """One product with its options and variants; None when it is not (or no longer) sold."""
    sheet = next(iter(_sheets(merchant, [product], language=language, terms=terms)), None)
    if sheet is None:
        return None
    free = free_units(merchant, list(sheet.tracked))
    listed = [
        {**variant, "stock": free.get(variant["id"], 0) if variant["id"] in sheet.tracked else None}
        for variant in sheet.variants
    ]
    return {**_stocked(sheet, free), **sheet.whole, "variants": listed}


def kinds(
    merchant: Merchant, wanted: Sequence[tuple[int, int | None]], *, language: str, terms: Terms
) -> list[dict[str, Any]]:
    """A card for each of these (product, variant or None), what is not sold left out; of a variant it is its own."""
    asked = _sheets(merchant, [pk for pk, _ in wanted], language=language, terms=terms)
    known = {sheet.card["product"]: sheet for sheet in asked}
    free = free_units(merchant, [pk for sheet in known.values() for pk in sheet.tracked])
    found = []
    for product, kind in wanted:
        sheet = known.get(product)
        fact = next((fact for fact in sheet.variants if fact["id"] == kind), None) if sheet else None
        if sheet is None or (kind is not None and fact is None):
            continue
        card = _stocked(sheet, free)
        if fact is not None:
            stock = free.get(fact["id"], 0) if fact["id"] in sheet.tracked else None
            own = {name: fact[name] for name in ("price", "was", "lowest", "image", "alt")} | {"title": fact["label"]}
            card |= {**own, "from": False, "stock": stock, "keys": fact["keys"]}
        found.append({**card, "variant": kind})
    return found


def _stocked(sheet: Sheet, free: dict[int, int]) -> dict[str, Any]:
    stock = None if sheet.counted is None else sum(free.get(pk, 0) for pk in sheet.counted)
    return {**sheet.card, "stock": stock}


def _sheets(merchant: Merchant, ids: Sequence[int], *, language: str, terms: Terms) -> list[Sheet]:
    state, products = known_products(merchant, ids, terms)
    found = []
    for product in products:
        key = (str(connection.settings_dict["NAME"]), merchant.pk, product.pk, language, terms)
        kept, now = _kept.get(key), (state, product.priced_until)  # type: ignore[attr-defined]
        if kept is None or kept[0] != now:
            if len(_kept) >= MOST_KEPT:
                _kept.clear()
            with override(language):
                kept = _kept[key] = (now, _sheet(product, terms.paid_in(merchant), language))
        if kept[1] is not None:
            found.append(kept[1])
    return found


def _sheet(product: Product, currency: str, language: str) -> Sheet | None:
    """None for what is not on sale, or not in this currency."""
    if product.status != Product.Status.ACTIVE:
        return None
    try:
        facts = card_facts(product, currency=currency)
    except NoPrice:
        return None
    variants = sellable(product)
    card = {
        "product": product.pk,
        "title": facts.title,
        "price": format_money(facts.price, language),
        "amount": str(facts.price.amount),
        "from": facts.price_from,
        "was": format_money(facts.compare_at, language) if facts.compare_at else "",
        "lowest": format_money(facts.lowest, language) if facts.lowest else "",
        "image": facts.image_url,
        "alt": facts.image_alt,
        "options": [[name, list(values)] for name, values in facts.options.items()],
        "colours": sorted({key for variant in variants for key in _colours_of(variant)}),
    }
    more = {
        "description": product.description,
        "media": [picture.url for picture in gallery(product)[1:4]],
        "choices": _options(variants),
    }
    listed = [fact for variant in variants if (fact := _variant(variant, product, currency, language)) is not None]
    sold = {fact["id"] for fact in listed}
    tracked = frozenset(variant.pk for variant in variants if variant.pk in sold and variant.is_tracked)
    counted = tuple(sorted(tracked)) if tracked == sold else None
    return Sheet(card, more, tuple(listed), tracked, counted)


def _variant(variant: Any, product: Product, currency: str, language: str) -> dict[str, Any] | None:
    try:
        tag = tag_of(variant, currency)
    except NoPrice:
        return None
    values, picture = chosen_values(variant), picture_of(variant)
    return {
        "id": variant.pk,
        "image": picture.url,
        "alt": picture.alt,
        "keys": {_kind(value.option): canonical(value.value_en or value.value) for value in values},
        "label": " · ".join([product.title, *(value.value for value in values)]),
        "price": format_money(tag.amount, language),
        "was": format_money(tag.compare_at, language) if tag.is_reduced and tag.compare_at else "",
        "lowest": format_money(tag.lowest, language) if tag.is_reduced and tag.lowest else "",
    }


def _options(variants: list[Any]) -> list[dict[str, Any]]:
    """[{"name", "kind", "values": [{"key", "label"}]}] in the merchant's order."""
    found: dict[str, dict[str, Any]] = {}
    for variant in variants:
        for value in chosen_values(variant):
            kind = _kind(value.option)
            option = found.setdefault(kind, {"name": value.option.name, "kind": kind, "values": {}})
            option["values"][canonical(value.value_en or value.value)] = value.value
    return [
        {**option, "values": [{"key": key, "label": label} for key, label in option["values"].items()]}
        for option in found.values()
    ]


def _kind(option: Any) -> str:
    name: str = option.kind if option.kind != "other" else (option.name_en or option.name).casefold()
    return name


def _colours_of(variant: Any) -> list[str]:
    keys = [canonical(v.value_en or v.value) for v in chosen_values(variant) if _kind(v.option) == "colour"]
    return [word for key in keys for word in (key, FAMILIES.get(key, key))]
