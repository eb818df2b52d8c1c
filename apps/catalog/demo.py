"""The demo merchant's shelves: what is sold, in four languages, with stock and pictures."""

import datetime as dt
import tomllib
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django_scopes import scope
from djmoney.money import Money

from apps.merchants import clock
from apps.merchants.models import Location, Merchant

from .index import collecting
from .models import (
    Category,
    Collection,
    CollectionPick,
    CollectionRule,
    Media,
    Option,
    OptionValue,
    Price,
    Product,
    Relation,
    SizeGuide,
    StockLevel,
    StockMovement,
    Synonym,
    Variant,
)

DATA = Path(__file__).parent / "demo_data"
PICTURES = DATA / "pictures"
NEW_EVERY = 6  # one of so many has just come in
OLD = dt.timedelta(days=200)
LANGUAGES = ("en", "de", "es", "zh_hans")
CURRENCIES = ("EUR", "USD")
SYNONYMS = (
    ("sweater", "jumper"),
    ("pullover", "jumper"),
    ("turtleneck", "rollneck"),
    ("trainers", "sneaker"),
    ("turnschuhe", "sneaker"),
    ("hoodie", "jumper"),
    ("rucksack", "backpack"),
    ("purse", "wallet"),
    ("cup", "mug"),
    ("tasse", "mug"),
    ("becher", "mug"),
    ("throw", "blanket"),
    ("plaid", "blanket"),
    ("wellies", "boot"),
    ("bolso", "bolsa"),
    ("毛衫", "毛衣"),
    ("杯子", "mug"),
    ("书包", "backpack"),
    ("鞋子", "鞋履"),
)

RELATIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "goes_with": {
        "linen-shirt-arles": ("espadrille-nerja", "tote-bag-lagom"),
        "oxford-shirt-noah": ("penny-loafer-jules", "wool-jumper-skye"),
        "flannel-shirt-harz": ("beanie-kai", "chelsea-boot-ines"),
        "wool-jumper-skye": ("wool-scarf-fell", "beanie-kai"),
        "teapot-kyo": ("sencha-green-tea", "stoneware-mug-tide"),
        "sencha-green-tea": ("teapot-kyo", "almond-biscuits"),
        "stoneware-mug-tide": ("tea-sampler", "kitchen-towel-duo"),
        "fountain-pen-brook": ("notebook-atlas", "letter-set-rosa"),
        "notebook-atlas": ("ballpoint-brass", "washi-tape-trio"),
        "backpack-fjord": ("laptop-sleeve-filz", "card-wallet-slim"),
    },
    "instead": {
        "linen-shirt-arles": ("oxford-shirt-noah", "flannel-shirt-harz"),
        "oxford-shirt-noah": ("linen-shirt-arles", "flannel-shirt-harz"),
        "canvas-sneaker-low": ("leather-sneaker-mila", "espadrille-nerja"),
        "penny-loafer-jules": ("suede-loafer-otto",),
        "suede-loafer-otto": ("penny-loafer-jules",),
        "fountain-pen-brook": ("ballpoint-brass",),
    },
}


@dataclass(frozen=True)
class DemoProduct:
    """One entry of the data files. `price` and `was` are [euros, dollars]."""

    slug: str
    art: str
    category: str
    type: str
    price: list[int]
    titles: list[str]
    texts: list[str]
    was: list[int] = field(default_factory=list)
    colours: list[str] = field(default_factory=list)
    sizes: list[str] = field(default_factory=list)
    option: list[str] = field(default_factory=list)  # its name, then its values
    steps: list[int] = field(default_factory=list)  # how much dearer each value is
    shades: list[str] = field(default_factory=list)  # to draw it in, when colour is no option
    comes_as: str = Product.ComesAs.GOODS

    @property
    def is_goods(self) -> bool:
        return self.comes_as == Product.ComesAs.GOODS

    @property
    def painted(self) -> list[str]:
        """The colours it is drawn in: its own, or the shades, or as the drawing likes it."""
        return self.colours or self.shades or ["Natural"]


def demo_products() -> list[DemoProduct]:
    """All entries, most popular first in each file."""
    return [
        DemoProduct(**entry)
        for name in ("clothes", "living")
        for entry in tomllib.loads((DATA / f"{name}.toml").read_text("utf-8"))["product"]
    ]


def demo_words() -> dict[str, Any]:
    return tomllib.loads((DATA / "words.toml").read_text("utf-8"))


@transaction.atomic
def seed_catalog(merchant: Merchant) -> None:
    """Fill the shelves. Doing it again adds what is missing and leaves the rest as it is."""
    words = demo_words()
    with scope(merchant=merchant), collecting(merchant):
        location, _ = Location.objects.get_or_create(merchant=merchant, name="Warehouse")
        categories = {row["slug"]: _category(merchant, place, row) for place, row in enumerate(words["category"])}
        known = set(Product.objects.values_list("slug", flat=True))
        listed = demo_products()
        goods = sum(entry.is_goods for entry in listed)
        for place, entry in enumerate(listed):
            if entry.slug not in known:
                # Shelves take turns, so that the first page shows a bit of everything; what is no goods comes after them.
                popularity = 1000 - (place * 37) % goods if entry.is_goods else 0
                _product(merchant, entry, words, categories[entry.category], location, popularity)
                if place % NEW_EVERY:
                    Product.objects.filter(slug=entry.slug).update(created_at=clock.now() - OLD)
        _relations(merchant)
        for place, row in enumerate(words["collection"]):
            _collection(merchant, place, row)
        for place, row in enumerate(words["size_guide"]):
            _size_guide(merchant, place, row, categories)
        for word, means in SYNONYMS:
            Synonym.objects.get_or_create(merchant=merchant, word=word, means=means)


def _relations(merchant: Merchant) -> None:
    """What goes with what; a shop that has said so itself is left as it is."""
    if Relation.objects.exists():
        return
    known = {product.slug: product for product in Product.objects.all()}
    for kind, rows in RELATIONS.items():
        for slug, others in rows.items():
            for place, other in enumerate(others):
                if slug in known and other in known:
                    Relation.objects.create(
                        merchant=merchant, product=known[slug], other=known[other], kind=kind, position=place
                    )


def _collection(merchant: Merchant, place: int, row: dict[str, Any]) -> None:
    """With its rules and what stands on top; one that is there is left as it is."""
    texts = {**_translated("name", row["names"]), **_translated("text", row["texts"])}
    facts = {"position": place, "sort": row["sort"], "match": row["match"], **texts}
    collection, is_new = Collection.objects.get_or_create(merchant=merchant, slug=row["slug"], defaults=facts)
    if not is_new:
        return
    for rule in row["rules"]:
        CollectionRule.objects.create(merchant=merchant, collection=collection, **rule)
    pinned = {product.slug: product for product in Product.objects.filter(slug__in=row["pinned"])}
    for number, slug in enumerate(row["pinned"]):
        if slug in pinned:
            CollectionPick.objects.create(
                merchant=merchant, collection=collection, product=pinned[slug], position=number
            )


def _size_guide(merchant: Merchant, place: int, row: dict[str, Any], categories: dict[str, Category]) -> None:
    """One guide for a shelf, unless the shelf has one."""
    shelf = categories[row["category"]]
    if SizeGuide.objects.filter(categories=shelf).exists():
        return
    texts = {**_translated("name", row["names"]), **_translated("measures", row["measures"])}
    guide = SizeGuide.objects.create(
        merchant=merchant, position=place, rows=row["rows"], **texts, **_translated("note", row["notes"])
    )
    guide.categories.add(shelf)


def _category(merchant: Merchant, place: int, row: dict[str, Any]) -> Category:
    defaults = {"position": place, **_translated("name", row["names"])}
    category: Category = Category.objects.get_or_create(merchant=merchant, slug=row["slug"], defaults=defaults)[0]
    return category


def _product(
    merchant: Merchant,
    entry: DemoProduct,
    words: dict[str, Any],
    category: Category,
    location: Location,
    popularity: int,
) -> None:
    product = Product.objects.create(
        merchant=merchant,
        slug=entry.slug,
        product_type=entry.type,
        popularity=popularity,
        comes_as=entry.comes_as,
        tags=["sale"] if entry.was else [],
        **_translated("title", entry.titles),
        **_translated("description", entry.texts),
    )
    product.categories.add(category)
    colours = _option(product, "Colour", entry.colours, words, position=0)
    sizes = _option(product, "Size", entry.sizes, words, position=1)
    others = _option(product, entry.option[0], entry.option[1:], words, position=2) if entry.option else [None]
    combinations = [
        ([value for value in (colour, size, other) if value is not None], entry.steps[step] if entry.steps else 0)
        for colour in colours
        for size in sizes
        for step, other in enumerate(others)
    ]
    variants = _variants(product, entry, combinations)
    if entry.is_goods:
        _stock(variants, location, popularity)
    _pictures(product, entry, variants, [values for values, _ in combinations])


def _option(
    product: Product, name: str, values: list[str], words: dict[str, Any], *, position: int
) -> list[OptionValue | None]:
    """The option's values in order; a single None where the product has no such option."""
    if not values:
        return [None]
    option = Option.objects.create(
        merchant=product.merchant, product=product, position=position, **_translated("name", words["options"][name])
    )
    return [
        OptionValue.objects.create(
            merchant=product.merchant,
            option=option,
            position=place,
            **_translated("value", words["values"].get(value, [value] * len(LANGUAGES))),
        )
        for place, value in enumerate(values)
    ]


def _variants(product: Product, entry: DemoProduct, combinations: list[tuple[list[OptionValue], int]]) -> list[Variant]:
    """One variant per combination of values (and how much dearer it is), with its prices."""
    merchant = product.merchant
    variants: list[Variant] = Variant.objects.bulk_create(
        Variant(
            merchant=merchant,
            product=product,
            sku=f"{entry.slug.upper()[:40]}-{number + 1:02d}",
            position=number,
            weight_grams=400 if entry.is_goods else 0,
            is_tracked=entry.is_goods,
        )
        for number in range(len(combinations))
    )
    chosen = Variant.values.through
    pairs = list(zip(variants, combinations, strict=True))
    chosen.objects.bulk_create(
        chosen(variant=variant, optionvalue=value) for variant, (values, _) in pairs for value in values
    )
    Price.objects.bulk_create(
        Price(  # type: ignore[misc]  # the stubs take a MoneyField for a DecimalField
            merchant=merchant,
            variant=variant,
            amount=Money(Decimal(entry.price[place] + extra), currency),
            compare_at=Money(Decimal(entry.was[place] + extra), currency) if entry.was else None,
        )
        for variant, (_, extra) in pairs
        for place, currency in enumerate(CURRENCIES)
    )
    return variants


def _stock(variants: list[Variant], location: Location, seed: int) -> None:
    levels = StockLevel.objects.bulk_create(
        StockLevel(merchant=variant.merchant, variant=variant, location=location, on_hand=_quantity(seed + number))
        for number, variant in enumerate(variants)
    )
    StockMovement.objects.bulk_create(
        StockMovement(
            merchant=level.merchant,
            level=level,
            kind=StockMovement.Kind.RECEIVED,
            quantity=level.on_hand,
            reason="opening stock",
        )
        for level in levels
        if level.on_hand
    )


def _quantity(seed: int) -> int:
    """Mostly plenty; now and then the last two, or none."""
    pattern = (12, 25, 8, 40, 2, 15, 30, 6, 18, 0, 22, 9, 14, 3, 35, 11, 28)
    return pattern[seed % len(pattern)]


def _pictures(product: Product, entry: DemoProduct, variants: list[Variant], values: list[list[Any]]) -> None:
    by_colour: dict[str, Variant] = {}
    for variant, chosen in zip(variants, values, strict=True):
        for value in chosen:
            by_colour.setdefault(value.value_en, variant)
    files = [(colour, f"{entry.slug}-{place + 1}.jpg") for place, colour in enumerate(entry.painted)]
    files.insert(1, ("", f"{entry.slug}-detail.jpg"))
    for place, (colour, name) in enumerate(files):
        if not (PICTURES / name).is_file():
            continue
        alt = entry.titles[0] if not colour or not entry.colours else f"{entry.titles[0]}, {colour.lower()}"
        Media.objects.create(
            merchant=product.merchant,
            product=product,
            variant=by_colour.get(colour),
            file=_stored(name),
            alt=alt,
            position=place,
        )


def _stored(name: str) -> str:
    """The picture in the media folder, where it stays between seedings."""
    target = f"products/demo/{name}"
    if not default_storage.exists(target):
        default_storage.save(target, ContentFile((PICTURES / name).read_bytes()))
    return target


def _translated(field_name: str, texts: list[str]) -> dict[str, str]:
    return {f"{field_name}_{language}": text for language, text in zip(LANGUAGES, texts, strict=True)}
