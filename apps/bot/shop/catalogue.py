"""What is for sale, as cards; and what the shopper's words mean in this catalogue."""

from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.utils.translation import override

from apps import nlu
from apps.catalog import lexicon as catalog_lexicon
from apps.catalog.cards import products_for_cards
from apps.catalog.kinds import FAMILIES, canonical
from apps.catalog.models import Category, Product
from apps.catalog.products import NoPrice, card_facts, chosen_values, gallery, price_of, sellable
from apps.catalog.search import Filters, browse, search

from .. import intents
from .base import Desk

PAGE = 4


class Catalogue(Desk):
    def read(self, *, text: str, shown: list[nlu.Shown]) -> dict[str, Any]:
        """The message understood with this shop's words."""
        understood = nlu.understand(
            text,
            language=self.language,
            languages=self.merchant.languages,
            examples=intents.examples(self.language),
            lexicon=_words(catalog_lexicon.lexicon(self.merchant)),
            shown=shown,
        )
        return understood.to_json()

    def categories(self) -> list[dict[str, Any]]:
        with override(self.language):
            rows = Category.objects.filter(is_active=True, parent=None)[:8]
            return [{"slug": row.slug, "name": row.name} for row in rows]

    def category(self, *, slug: str) -> dict[str, Any] | None:
        with override(self.language):
            row = Category.objects.filter(slug=slug, is_active=True).first()
            return {"slug": row.slug, "name": row.name} if row else None

    def find(self, *, text: str, filters: dict[str, str], offset: int = 0) -> dict[str, Any]:
        """Products for these words; `corrected` says what was searched instead of a misspelling."""
        page = search(self.merchant, text, language=self.language, filters=_filters(filters), offset=offset, limit=PAGE)
        return self._page(page)

    def list_category(self, *, slug: str, filters: dict[str, str], offset: int = 0) -> dict[str, Any]:
        page = browse(self.merchant, category=slug or None, offset=offset, limit=PAGE, filters=_filters(filters))
        return self._page(page)

    def _page(self, page: Any) -> dict[str, Any]:
        with override(self.language):
            items = [self._card(product) for product in page.products]
        return {"items": items, "more": page.has_more, "offset": page.offset + len(items), "corrected": page.corrected}

    def _card(self, product: Product) -> dict[str, Any]:
        facts = card_facts(product, currency=self.merchant.currency)
        return {
            "product": product.pk,
            "title": facts.title,
            "price": self.money(facts.price),
            "amount": str(facts.price.amount),
            "from": facts.price_from,
            "was": self.money(facts.compare_at) if facts.compare_at else "",
            "stock": facts.stock,
            "image": facts.image_url,
            "alt": facts.image_alt,
            "options": [[name, list(values)] for name, values in facts.options.items()],
            "colours": sorted({key for variant in sellable(product) for key in _colours_of(variant)}),
        }

    def product(self, *, product: int) -> dict[str, Any] | None:
        """One product with its options and variants; None when it is not (or no longer) sold."""
        return self._whole([product])

    def product_named(self, *, slug: str) -> dict[str, Any] | None:
        return self._whole(list(Product.objects.filter(slug=slug).values_list("pk", flat=True)))

    def _whole(self, ids: list[int]) -> dict[str, Any] | None:
        with override(self.language):
            row = next(iter(products_for_cards(self.merchant, ids)), None)
            if row is None or row.status != Product.Status.ACTIVE:
                return None
            try:
                card = self._card(row)
            except NoPrice:
                return None
            listed = [fact for variant in sellable(row) if (fact := self._variant(variant, row)) is not None]
            further = [picture.url for picture in gallery(row)[1:4]]
            return {**card, "description": row.description, "media": further, **_options(row), "variants": listed}

    def _variant(self, variant: Any, product: Product) -> dict[str, Any] | None:
        try:
            price = price_of(variant, self.merchant.currency)
        except NoPrice:
            return None
        values = chosen_values(variant)
        return {
            "id": variant.pk,
            "keys": {_kind(value.option): canonical(value.value_en or value.value) for value in values},
            "label": " · ".join([product.title, *(value.value for value in values)]),
            "stock": sum(max(shelf.free, 0) for shelf in variant.shelves) if variant.is_tracked else None,
            "price": self.money(price),
        }


def _options(product: Product) -> dict[str, Any]:
    """{"choices": [{"name", "kind", "values": [{"key", "label"}]}]} in the merchant's order."""
    found: dict[str, dict[str, Any]] = {}
    for variant in sellable(product):
        for value in chosen_values(variant):
            kind = _kind(value.option)
            option = found.setdefault(kind, {"name": value.option.name, "kind": kind, "values": {}})
            option["values"][canonical(value.value_en or value.value)] = value.value
    return {
        "choices": [
            {**option, "values": [{"key": key, "label": label} for key, label in option["values"].items()]}
            for option in found.values()
        ]
    }


def _kind(option: Any) -> str:
    name: str = option.kind if option.kind != "other" else (option.name_en or option.name).casefold()
    return name


def _colours_of(variant: Any) -> list[str]:
    keys = [canonical(v.value_en or v.value) for v in chosen_values(variant) if _kind(v.option) == "colour"]
    return [word for key in keys for word in (key, FAMILIES.get(key, key))]


def _filters(raw: dict[str, str]) -> Filters:
    return Filters(
        category=raw.get("category") or None,
        price_min=Decimal(raw["price_min"]) if raw.get("price_min") else None,
        price_max=Decimal(raw["price_max"]) if raw.get("price_max") else None,
        colour=raw.get("colour") or None,
        size=raw.get("size") or None,
        in_stock=False,
    )


@lru_cache(maxsize=64)
def _words(words: Any) -> nlu.Lexicon:
    """The catalogue's words as the reader wants them."""
    return nlu.Lexicon(
        colours=words.colours, sizes=words.sizes, categories=words.categories, words=frozenset(words.words)
    )
