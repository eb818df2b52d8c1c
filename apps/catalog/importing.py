"""Filling the shelves from a file: all of it or, with an error for every wrong row, nothing."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, count
from typing import Any, BinaryIO

from django.db import connection, transaction
from django.utils.text import slugify
from django_scopes import scope
from djmoney.money import Money

from apps.merchants.markets import further_currencies
from apps.merchants.models import Location, Merchant

from .index import collecting, refresh
from .kinds import kind_of
from .models import (
    Category,
    Collection,
    CollectionPick,
    Media,
    Option,
    OptionValue,
    Price,
    Product,
    StockLevel,
    StockMovement,
    Variant,
)
from .rules import WrongRule, check_picks
from .shopify import MOST_ERRORS, ProductDraft, Reader, RowError, VariantDraft
from .stock import CountedByCodes, OutOfStock, count_stock

CHUNK = 100  # products in memory at a time
FEW_CHUNKS = 8  # so many need no statistics
# What a file makes grow, and is looked up for the next rows of it.
GROWING = (
    Product, Product.categories.through, Option, OptionValue, Variant, Variant.values.through, Price, StockLevel,
    StockMovement, Media, CollectionPick,
)  # fmt: skip


@dataclass
class ImportReport:
    """What was (or, after a dry run or with errors, would have been) done."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    variants: int = 0
    is_applied: bool = False
    errors: list[RowError] = field(default_factory=list)


class _Undo(Exception):
    """Leave the database as it was."""


def import_catalog(merchant: Merchant, file: BinaryIO, *, is_dry_run: bool = False, actor: Any = None) -> ImportReport:
    """Read a Shopify product CSV. Products are known by their handle, variants by SKU or option values.

    What the file does not name stays; a number of pieces is counted into the first location. Picture addresses are
    kept, not fetched. Prices in further currencies have a column for each ("Variant Price USD").
    """
    report = ImportReport()
    with scope(merchant=merchant):
        reader = Reader(file, currency=merchant.currency, further=further_currencies(merchant))
    try:
        with scope(merchant=merchant), transaction.atomic(), collecting(merchant):
            _take_time()
            load = _Load(merchant, report, actor)
            for number, chunk in enumerate(_chunks(reader, report), start=1):
                load.chunk(chunk)
                if number >= FEW_CHUNKS and number.bit_count() == 1:
                    _tell_planner()
            report.rows = reader.rows
            report.errors = sorted([*reader.errors, *report.errors], key=lambda error: error.line)[:MOST_ERRORS]
            if report.errors or is_dry_run:
                raise _Undo
    except _Undo:
        return report
    report.is_applied = True
    return report


def _take_time() -> None:
    """A file of a million wrong rows is read for minutes on a slow machine before there is anything to write: that is not
    the idleness for which the database ends a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")


def _tell_planner() -> None:
    """How much has come, each time that it doubled. Statistics are otherwise taken after the transaction: until then the
    planner would read all of a shop's rows for every hundred products. Where somebody else counts just now it goes on
    without: slower, not blocked."""
    tables = ", ".join(connection.ops.quote_name(model._meta.db_table) for model in GROWING)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE (SKIP_LOCKED) {tables}")  # names of our own tables


def _chunks(reader: Reader, report: ImportReport) -> Iterator[list[ProductDraft]]:
    """Drafts by the hundred; after the first error the rest is only read, to find its errors too."""
    chunk: list[ProductDraft] = []
    for draft in reader:
        if reader.errors or report.errors:
            chunk.clear()
            continue
        chunk.append(draft)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk and not reader.errors:
        yield chunk


class _Load:
    """Writes drafts, many in a statement."""

    def __init__(self, merchant: Merchant, report: ImportReport, actor: Any) -> None:
        self.merchant = merchant
        self.report = report
        self.actor = actor
        self.location = Location.objects.first() or Location.objects.create(merchant=merchant, name="Warehouse")
        self.categories = {category.slug: category for category in Category.objects.all()}
        known = list(Collection.objects.all())
        self.taken_slugs = {collection.slug for collection in known}
        self.collections = {
            str(name).casefold(): collection
            for collection in known
            for name in (collection.name_en, collection.name)
            if name
        }
        self.written: list[tuple[Product, ProductDraft]] = []  # of the chunk
        self.languages = {"en", merchant.default_language.replace("-", "_")}

    def chunk(self, drafts: list[ProductDraft]) -> None:
        known = {row.slug: row for row in Product.objects.filter(slug__in=[draft.handle for draft in drafts])}
        given = [variant.sku for draft in drafts for variant in draft.variants if variant.sku]
        owners = {row.sku: row for row in Variant.objects.filter(sku__in=given).select_related("product")}
        new: list[ProductDraft] = []
        for draft in drafts:
            self._check_owners(draft, owners)
            if draft.handle in known:
                self._update(known[draft.handle], draft)
                self.report.updated += 1
            elif any(other.handle == draft.handle for other in new):
                self._wrong(draft.line, "Handle", "The rows of a product must follow each other.")
            else:
                new.append(draft)
        if new and not self.report.errors:
            self._create(new)
        if not self.report.errors:
            self._put_on_top(sorted(self.written, key=lambda pair: pair[1].line))
        self.written.clear()
        self.report.created += len(new)
        self.report.variants += sum(len(draft.variants) for draft in drafts)

    def _check_owners(self, draft: ProductDraft, owners: dict[str, Variant]) -> None:
        for variant in draft.variants:
            owner = owners.get(variant.sku)
            if owner is not None and owner.product.slug != draft.handle:
                self._wrong(variant.line, "Variant SKU", f"“{owner.product.title}” has this SKU already.")

    def _wrong(self, line: int, column: str, message: str) -> None:
        self.report.errors.append(RowError(line, column, message))

    # --- new products ----------------------------------------------------------------------------
    def _create(self, drafts: list[ProductDraft]) -> None:
        products = Product.objects.bulk_create(
            Product(merchant=self.merchant, slug=draft.handle, **self._facts(draft)) for draft in drafts
        )
        pairs = list(zip(products, drafts, strict=True))
        shelves = [
            Product.categories.through(product=product, category=self._category(draft.type))
            for product, draft in pairs
            if draft.type
        ]
        Product.categories.through.objects.bulk_create(shelves)
        self._create_variants([(product, draft, draft.variants) for product, draft in pairs])
        self._create_media(pairs)
        self.written += pairs
        refresh(self.merchant, [product.pk for product in products])

    def _create_variants(self, groups: list[tuple[Product, ProductDraft, list[VariantDraft]]]) -> None:
        values = self._values(groups)
        rows = [
            (product, number, draft, self._variant(product, draft, number))
            for product, _, drafts in groups
            for number, draft in enumerate(drafts)
        ]
        Variant.objects.bulk_create(variant for *_, variant in rows)
        chosen = Variant.values.through
        chosen.objects.bulk_create(
            chosen(variant=variant, optionvalue=values[product.pk, place, value])
            for product, _, draft, variant in rows
            for place, value in enumerate(draft.values)
        )
        Price.objects.bulk_create(price for _, _, draft, variant in rows for price in self._prices(variant, draft))
        levels = StockLevel.objects.bulk_create(
            StockLevel(merchant=self.merchant, variant=variant, location=self.location, on_hand=draft.quantity or 0)
            for _, _, draft, variant in rows
            if variant.is_tracked
        )
        StockMovement.objects.bulk_create(
            StockMovement(
                merchant=self.merchant,
                level=level,
                kind=StockMovement.Kind.RECEIVED,
                quantity=level.on_hand,
                reason="import",
                actor=self.actor,
            )
            for level in levels
            if level.on_hand
        )

    def _values(
        self, groups: list[tuple[Product, ProductDraft, list[VariantDraft]]]
    ) -> dict[tuple[int, int, str], OptionValue]:
        """(product, place of the option, value) -> the row, made where it is missing."""
        ids = [product.pk for product, _, _ in groups]
        options = {(row.product_id, row.position): row for row in Option.objects.filter(product__in=ids)}
        missing = [
            Option(
                merchant=self.merchant, product=product, position=place, kind=kind_of(name), **self._text("name", name)
            )
            for product, draft, _ in groups
            for place, name in enumerate(draft.options)
            if (product.pk, place) not in options
        ]
        options.update({(row.product_id, row.position): row for row in Option.objects.bulk_create(missing)})
        found = {
            (row.option.product_id, row.option.position, row.value_en): row
            for row in OptionValue.objects.filter(option__product__in=ids).select_related("option")
        }
        fresh: dict[tuple[int, int, str], OptionValue] = {}
        for product, _, drafts in groups:
            for draft in drafts:
                for place, value in enumerate(draft.values):
                    key = (product.pk, place, value)
                    if key not in found and key not in fresh:
                        option = options[product.pk, place]
                        text = self._text("value", value)
                        fresh[key] = OptionValue(merchant=self.merchant, option=option, position=len(fresh), **text)
        OptionValue.objects.bulk_create(fresh.values())
        return found | fresh

    def _variant(self, product: Product, draft: VariantDraft, number: int) -> Variant:
        return Variant(
            merchant=self.merchant,
            product=product,
            sku=draft.sku or self._own_sku(product, draft, number),
            barcode=draft.barcode,
            position=number,
            weight_grams=draft.grams,
            is_tracked=draft.is_tracked,
            requires_shipping=draft.requires_shipping,
        )

    def _own_sku(self, product: Product, draft: VariantDraft, number: int) -> str:
        """The file gives none: say what it is, and be the only one."""
        ending = "-".join(slugify(value) for value in draft.values if slugify(value))
        return f"{product.slug[:36]}-{product.pk}-{number + 1}-{ending}"[:64].rstrip("-")

    def _prices(self, variant: Variant, draft: VariantDraft) -> list[Price]:
        """In every currency the file has one in, the shop's own first."""
        told = {self.merchant.currency: (draft.price, draft.compare_at), **draft.further}
        made = []
        for currency, (price, before) in told.items():
            was: Any = None if before is None else Money(before, currency)
            amount: Any = Money(price, currency)
            made.append(Price(merchant=self.merchant, variant=variant, amount=amount, compare_at=was))
        return made

    def _create_media(self, pairs: list[tuple[Product, ProductDraft]]) -> None:
        known = set(Media.objects.filter(product__in=[p.pk for p, _ in pairs]).values_list("product_id", "source_url"))
        Media.objects.bulk_create(
            Media(merchant=self.merchant, product=product, source_url=address, alt=alt, position=place)
            for product, draft in pairs
            for place, (address, alt) in enumerate(draft.images.items())
            if (product.pk, address) not in known
        )

    def _facts(self, draft: ProductDraft) -> dict[str, Any]:
        return {
            "brand": draft.brand,
            "product_type": draft.type,
            "tags": draft.tags,
            "status": draft.status,
            **({"comes_as": draft.comes_as} if draft.comes_as else {}),
            **self._text("title", draft.title),
            **self._text("description", draft.description),
        }

    def _text(self, name: str, text: str) -> dict[str, str]:
        """The file has one language: the merchant's; English, where others fall back to, gets the same."""
        return {f"{name}_{language}": text for language in self.languages}

    def _category(self, name: str) -> Category:
        slug = slugify(name)[:80] or "other"
        if slug not in self.categories:
            text = self._text("name", name)
            self.categories[slug] = Category.objects.create(
                merchant=self.merchant, slug=slug, position=len(self.categories), **text
            )
        return self.categories[slug]

    # --- collections -----------------------------------------------------------------------------
    def _put_on_top(self, pairs: list[tuple[Product, ProductDraft]]) -> None:
        """Of the collections the file names, made where there are none; who was left out of one stays out.

        A few queries, however many products; other writers of these collections wait.
        """
        named = [(product, draft) for product, draft in pairs if draft.collection]
        if not named:
            return
        self._make_collections([draft.collection for _, draft in named])
        known = {self.collections[draft.collection.casefold()].pk for _, draft in named}
        list(Collection.objects.select_for_update().filter(pk__in=known).order_by("pk").values_list("pk"))
        picks = list(CollectionPick.objects.filter(collection__in=known))
        taken = {(pick.collection_id, pick.product_id) for pick in picks}
        on_top = Counter(pick.collection_id for pick in picks if pick.kind == CollectionPick.Kind.PINNED)
        last = {pick.collection_id: pick.position for pick in sorted(picks, key=lambda pick: pick.position)}
        fresh: list[CollectionPick] = []
        for product, draft in named:
            collection = self.collections[draft.collection.casefold()]
            if (collection.pk, product.pk) in taken:
                continue
            taken.add((collection.pk, product.pk))
            on_top[collection.pk] += 1
            try:
                check_picks(on_top[collection.pk], 0)
            except WrongRule as wrong:
                self._wrong(draft.line, "Collection", str(wrong))
                continue
            place = last[collection.pk] = min(last.get(collection.pk, -1) + 1, 32767)
            fresh.append(CollectionPick(merchant=self.merchant, collection=collection, product=product, position=place))
        CollectionPick.objects.bulk_create(fresh)
        refresh(self.merchant, [])

    def _make_collections(self, names: list[str]) -> None:
        missing: dict[str, str] = {}
        for name in names:
            if name.casefold() not in self.collections:
                missing.setdefault(name.casefold(), name)
        made = []
        for place, name in enumerate(missing.values(), start=len(self.collections)):
            slug = self._free_slug(name)
            self.taken_slugs.add(slug)
            made.append(Collection(merchant=self.merchant, slug=slug, position=place, **self._text("name", name)))
        self.collections.update(zip(missing, Collection.objects.bulk_create(made), strict=True))

    def _free_slug(self, name: str) -> str:
        slug = slugify(name)[:70] or "collection"
        return next(each for each in chain([slug], (f"{slug}-{n}" for n in count(2))) if each not in self.taken_slugs)

    # --- known products --------------------------------------------------------------------------
    def _update(self, product: Product, draft: ProductDraft) -> None:
        for name, value in self._facts(draft).items():
            setattr(product, name, value)
        product.save()
        if draft.type:
            product.categories.add(self._category(draft.type))
        by_sku: dict[str, Variant] = {}
        by_values: dict[tuple[str, ...], Variant] = {}
        for variant in product.variants.prefetch_related("values__option"):
            by_sku[variant.sku] = variant
            chosen = sorted(variant.values.all(), key=lambda value: value.option.position)
            by_values[tuple(value.value_en for value in chosen)] = variant
        fresh: list[VariantDraft] = []
        for line in draft.variants:
            known = by_sku.get(line.sku) or by_values.get(line.values)
            if known is None:
                fresh.append(line)
            else:
                self._update_variant(known, line)
        if fresh:
            self._create_variants([(product, draft, fresh)])
        self._create_media([(product, draft)])
        self.written.append((product, draft))
        refresh(self.merchant, [product.pk])

    def _update_variant(self, variant: Variant, draft: VariantDraft) -> None:
        variant.sku = draft.sku or variant.sku
        variant.barcode = draft.barcode
        variant.weight_grams = draft.grams
        variant.is_tracked = draft.is_tracked
        variant.requires_shipping = draft.requires_shipping
        variant.save()
        known = {str(price.amount.currency): price for price in variant.prices.all()}
        for wanted in self._prices(variant, draft):
            price = known.get(str(wanted.amount.currency), wanted)
            price.amount, price.compare_at = wanted.amount, wanted.compare_at
            price.save()
        if draft.is_tracked and draft.quantity is not None:
            try:
                count_stock(variant, self.location, draft.quantity, reason="import", actor=self.actor)
            except OutOfStock:
                self._wrong(draft.line, "Variant Inventory Qty", "More than that are sold or held.")
            except CountedByCodes:
                self._wrong(draft.line, "Variant Inventory Qty", "There are as many as free codes.")
