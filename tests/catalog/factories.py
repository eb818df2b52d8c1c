"""Small catalogues for tests. Everything is made in the merchant's scope, which stays the caller's to open."""

from decimal import Decimal
from itertools import count
from typing import Any

from django_scopes import scope
from moneyed import Money

from apps.catalog.index import collecting
from apps.catalog.models import Category, Option, OptionValue, Price, Product, StockLevel, StockMovement, Variant
from apps.merchants.models import Location, Merchant, new_public_id

NUMBERS = count(1)  # a random sku may be a word: "b" in "SKU-x7-b"


def make_merchant(**facts: Any) -> Merchant:
    """A merchant with a fresh slug; speaks all four languages unless told otherwise."""
    slug = facts.pop("slug", f"shop-{new_public_id()[:10].lower().replace('_', '-')}")
    return Merchant.objects.create(
        slug=slug,
        name=facts.pop("name", "Shop"),
        languages=facts.pop("languages", ["en", "de", "es", "zh-hans"]),
        **facts,
    )


def make_location(merchant: Merchant, name: str = "Warehouse", **facts: Any) -> Location:
    with scope(merchant=merchant):
        return Location.objects.get_or_create(merchant=merchant, name=name, defaults=facts)[0]


def make_category(merchant: Merchant, name: str, slug: str, **facts: Any) -> Category:
    with scope(merchant=merchant):
        return Category.objects.create(merchant=merchant, name=name, slug=slug, **facts)


def make_product(merchant: Merchant, title: str = "Blue shirt", **facts: Any) -> Product:
    """A product without variants; `facts` are its columns (title_de=…, brand=…)."""
    with scope(merchant=merchant):
        slug = facts.pop("slug", f"product-{new_public_id()[:12].lower()}")
        return Product.objects.create(merchant=merchant, title=title, slug=slug, **facts)


def make_variant(
    merchant: Merchant,
    *,
    price: str | Decimal = "20.00",
    currency: str = "EUR",
    stock: int = 10,
    title: str = "Blue shirt",
    product: Product | None = None,
    options: dict[str, str] | None = None,
    sku: str = "",
    compare_at: str | None = None,
    is_tracked: bool = True,
    location: Location | None = None,
) -> Variant:
    """A variant with a price and stock in one location, of a product of its own unless `product` is given.

    `options` are {"Size": "M", "Colour": "blue"}; they are made when the product has none of that name.
    """
    with scope(merchant=merchant), collecting(merchant):
        product = product or make_product(merchant, title)
        count = product.variants.count()
        variant = Variant.objects.create(
            merchant=merchant,
            product=product,
            sku=sku or f"SKU{next(NUMBERS)}",
            position=count,
            is_tracked=is_tracked,
        )
        for name, value in (options or {}).items():
            variant.values.add(_option_value(product, name, value))
        Price.objects.create(
            merchant=merchant,
            variant=variant,
            amount=Money(Decimal(price), currency),
            compare_at=Money(Decimal(compare_at), currency) if compare_at else None,
        )
        if is_tracked:
            add_stock(variant, stock, location=location)
    return variant


def add_stock(variant: Variant, quantity: int, *, location: Location | None = None) -> StockLevel:
    """A new level with its receipt in the books."""
    merchant = variant.merchant
    location = location or make_location(merchant)
    with scope(merchant=merchant):
        level = StockLevel.objects.create(merchant=merchant, variant=variant, location=location, on_hand=quantity)
        StockMovement.objects.create(
            merchant=merchant, level=level, kind=StockMovement.Kind.RECEIVED, quantity=quantity
        )
    return level


def _option_value(product: Product, name: str, value: str) -> OptionValue:
    option = product.options.filter(name=name).first() or Option.objects.create(
        merchant=product.merchant, product=product, name=name, position=product.options.count()
    )
    found = option.values.filter(value=value).first()
    return found or OptionValue.objects.create(
        merchant=product.merchant, option=option, value=value, position=option.values.count()
    )
