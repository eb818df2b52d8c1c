"""What is for sale, as cards; and what the shopper's words mean in this catalogue."""

from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.utils.translation import override

from apps import nlu
from apps.carts.currencies import sold_by
from apps.carts.spoken import currency_in_words
from apps.catalog import lexicon as catalog_lexicon
from apps.catalog.collected import GIFT_WORDS, NO_GIFTS, collection_names, known_collections, shown_collection
from apps.catalog.index import while_unchanged
from apps.catalog.models import Category, Product, SizeGuide, Variant
from apps.catalog.related import nearest_ids, related_ids
from apps.catalog.search import Filters, Page, browse, may_come_close, search, search_close, with_barcode
from apps.catalog.sizes import guide_for, heads
from apps.catalog.words import asked_words
from apps.nlu.text import fold, has_any, has_phrase, needle, spaced, words_of

from .. import intents
from ..query import query_of, spoken_words
from . import sheets
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
        def ask() -> list[tuple[str, str]]:
            with override(self.language):
                return [(row.slug, row.name) for row in Category.objects.filter(is_active=True, parent=None)[:8]]

        named = while_unchanged(self.merchant, f"categories in {self.language}", ask)
        return [{"slug": slug, "name": name} for slug, name in named]

    def category(self, *, slug: str) -> dict[str, Any] | None:
        with override(self.language):
            row = Category.objects.filter(slug=slug, is_active=True).first()
            return {"slug": row.slug, "name": row.name} if row else None

    def collections(self) -> list[dict[str, Any]]:
        """Those that stand beside the categories now, in the merchant's order."""
        with override(self.language):
            shown = [one.collection for one in known_collections(self.merchant).values() if one.collection]
            return [{"slug": row.slug, "name": row.name} for row in shown if row.is_in_menu and row.is_shown]

    def collection(self, *, slug: str) -> dict[str, Any] | None:
        """{"slug", "name", "text"}; None for one that shoppers do not see now."""
        found = shown_collection(self.merchant, slug)
        if found is None or found.collection is None:
            return None
        with override(self.language):
            return {"slug": slug, "name": found.collection.name, "text": found.collection.text or ""}

    def collection_called(self, *, text: str) -> dict[str, Any] | None:
        """{"slug", "rest"}: the collection that is named in the text, and the other words; None where there is none."""
        named = _phrases(collection_names(self.merchant))
        folded = fold(text)
        in_words = spaced(folded)
        if " for sale " in in_words or has_any(folded, in_words, NO_GIFTS):  # what anything here is; how one pays
            return None
        for phrase, slug in named:
            if has_phrase(folded, in_words, phrase) and shown_collection(self.merchant, slug):
                wanted, is_inside = needle(phrase)
                rest = (folded if is_inside else in_words).replace(wanted, " ", 1)
                return {"slug": slug, "rest": self._of_goods(rest) if phrase in GIFT_WORDS else rest.strip()}
        return None

    def _of_goods(self, rest: str) -> str:
        """Without whom the present is for: "for my mother, a mug under 40" is "for my a mug under 40"."""
        return " ".join(word for word in rest.split() if not query_of(word) or self.called(words=[word]))

    def find(self, *, text: str, filters: dict[str, str], offset: int = 0) -> dict[str, Any]:
        """Products for these words; `corrected` says what was searched instead of a misspelling.

        `is_understood` is false where nothing here is called anything like it; `is_loose` is true where nothing has
        all the words. `may_come_close`: it is worth asking for what comes close.
        """
        page = search(
            self.merchant,
            text,
            language=self.language,
            filters=_filters(filters),
            offset=offset,
            limit=PAGE,
            terms=self.terms,
        )
        told = may_come_close(self.merchant, page, language=self.language)
        return self._page(page, filters) | ({"may_come_close": True} if told else {})

    def find_close(self, *, text: str, close: list[int], filters: dict[str, str], offset: int = 0) -> dict[str, Any]:
        """As `find`, with what comes close to the words: `is_close` is true where there is such, `is_found` where
        something is called so as well."""
        page = search_close(
            self.merchant,
            text,
            close,
            language=self.language,
            filters=_filters(filters),
            offset=offset,
            limit=PAGE,
            terms=self.terms,
        )
        return self._page(page, filters) | {"is_close": page.is_close, "is_found": page.exact > 0}

    def list_category(self, *, slug: str, filters: dict[str, str], offset: int = 0) -> dict[str, Any]:
        page = browse(
            self.merchant,
            category=slug or None,
            offset=offset,
            limit=PAGE,
            filters=_filters(filters),
            terms=self.terms,
        )
        return self._page(page, filters)

    def _page(self, page: Page, filters: dict[str, str]) -> dict[str, Any]:
        items = sheets.cards(
            self.merchant, page.ids, language=self.language, terms=self.terms, colour=filters.get("colour", "")
        )
        return {
            "items": items,
            "more": page.has_more,
            "offset": page.offset + len(page.ids),
            "corrected": page.corrected,
            "is_loose": page.is_loose,
            "is_understood": page.is_understood,
        }

    def product(self, *, product: int) -> dict[str, Any] | None:
        """One product with its options and variants; None when it is not (or no longer) sold."""
        return sheets.whole(self.merchant, product, language=self.language, terms=self.terms)

    def sold_elsewhere(self, *, text: str = "", product: int = 0) -> dict[str, Any] | None:
        """What is called so, or this product, where it is sold in another currency of the shop than the shopper's:
        {"title", "currency", "code", "other"}, the currencies in words. No query in a shop with one."""
        for code in sold_by(self.customer):
            terms = self.terms.within(self.merchant, code)
            if code == self.currency:
                continue
            page = None if product else search(self.merchant, text, language=self.language, limit=1, terms=terms)
            if page is not None and (page.is_loose or page.corrected or not page.is_understood):
                return None
            found = sheets.cards(self.merchant, page.ids if page else [product], language=self.language, terms=terms)
            if found:
                names = {"currency": self.currency, "other": code}
                told = {name: currency_in_words(each, self.language) for name, each in names.items()}
                return {"title": found[0]["title"], "code": code, **told}
        return None

    def size_guide(self, *, product: int | None = None, guide: int | None = None) -> dict[str, Any] | None:
        """{"name", "unit", "measures", "rows", "note"} of one guide or of a product's; None where there is none."""
        with override(self.language):
            found = SizeGuide.objects.filter(pk=guide).first() if product is None else guide_for(product)
            if found is None:
                return None
            facts = {"name": found.name, "unit": found.unit, "note": found.note or "", "rows": found.rows}
            return {**facts, "measures": heads(found.measures)}

    def size_guides(self) -> list[dict[str, Any]]:
        with override(self.language):
            return [{"guide": row.pk, "name": row.name} for row in SizeGuide.objects.all()[:7]]

    def related(self, *, product: int, kind: str) -> dict[str, Any]:
        """{"items", "is_nearest"}: what the merchant put beside it, else what lies on its shelf at about its price.

        `kind` is goes_with or instead. What is sold out comes last.
        """
        items = sheets.cards(self.merchant, related_ids(product, kind), language=self.language, terms=self.terms)
        is_nearest = not items
        if is_nearest:
            items = sheets.cards(
                self.merchant, nearest_ids(self.merchant, product), language=self.language, terms=self.terms
            )
        return {"items": sorted(items, key=lambda item: item["stock"] == 0)[:PAGE], "is_nearest": is_nearest}

    def suggestion(self, *, product: int, but: list[int]) -> dict[str, Any] | None:
        """The first thing the merchant says goes with it that is in stock, none of `but`; None where there is none."""
        ids = [pk for pk in related_ids(product, "goes_with") if pk not in but]
        items = sheets.cards(self.merchant, ids, language=self.language, terms=self.terms)
        return next((item for item in items if item["stock"] != 0), None)

    def knows(self, *, words: str) -> bool:
        """Whether something in the catalogue is called or described so."""
        known = catalog_lexicon.lexicon(self.merchant)
        return all(known.named(word) for word in asked_words(words))

    def called(self, *, words: list[str]) -> list[str]:
        """Those of the words that goods or their shelves are called by; the others may be anything."""
        known = catalog_lexicon.lexicon(self.merchant)
        return [word for word in words if known.is_name(word)]

    def scanned(self, *, code: str) -> dict[str, Any] | None:
        """The product under this barcode, with the kind it is of; None when we sell nothing by it."""
        found = with_barcode(code)
        whole = self.product(product=found[0][0]) if found else None
        kinds = [kind for kind in whole["variants"] if kind["id"] == found[0][1]] if whole else []
        return {"product": found[0][0], "chosen": kinds[0]["keys"]} if kinds else None

    def goods_numbered(self, *, number: str) -> dict[str, Any] | None:
        """Goods by what a platform's catalogue calls them, the SKU of a kind or a product's handle: {"product", "chosen",
        "item"}, `item` being None where they are not sold; None where nothing is called so."""
        kind = Variant.objects.filter(sku=number).values_list("product", "pk").first()
        product = kind[0] if kind else Product.objects.filter(slug=number).values_list("pk", flat=True).first()
        if product is None:
            return None
        item = self.product(product=product)
        kinds = [one["keys"] for one in item["variants"] if kind and one["id"] == kind[1]] if item else []
        return {"product": product, "chosen": kinds[0] if kinds else {}, "item": item}

    def product_named(self, *, slug: str) -> dict[str, Any] | None:
        found = Product.objects.filter(slug=slug).values_list("pk", flat=True).first()
        return None if found is None else self.product(product=found)


def _filters(raw: dict[str, str]) -> Filters:
    return Filters(
        category=raw.get("category") or None,
        collection=raw.get("collection") or None,
        price_min=Decimal(raw["price_min"]) if raw.get("price_min") else None,
        price_max=Decimal(raw["price_max"]) if raw.get("price_max") else None,
        colour=raw.get("colour") or None,
        size=raw.get("size") or None,
        in_stock=bool(raw.get("in_stock")),
        without=raw.get("without", ""),
        sort=raw.get("sort", ""),
    )


@lru_cache(maxsize=64)
@lru_cache(maxsize=catalog_lexicon.KEPT_MERCHANTS)
def _words(words: catalog_lexicon.Lexicon) -> nlu.Lexicon:
    """The catalogue's words as the reader wants them."""
    known = spoken_words().union(words.words)
    return nlu.Lexicon(colours=words.colours, sizes=words.sizes, categories=words.categories, words=known)


def _phrases(names: dict[str, str]) -> list[tuple[str, str]]:
    """(name as a message has it, slug), the longest first."""
    said = {" ".join(words_of(fold(name))): slug for name, slug in names.items()}
    return sorted(((phrase, slug) for phrase, slug in said.items() if phrase), key=lambda one: -len(one[0]))
