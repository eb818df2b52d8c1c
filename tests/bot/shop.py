"""A small shop that stays as it is: six products, two delivery ways, people from nine to six."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django_scopes import scope
from djmoney.money import Money

from apps.bot.demo import seed_articles
from apps.carts.models import DeliveryMethod, TaxRate
from apps.catalog.models import Category, Option, OptionValue, Price, Product, Variant
from apps.catalog.stock import receive_stock
from apps.merchants.models import Merchant, OpeningHours
from tests import factories

CATEGORIES = {
    "shirts": ("Shirts", "Hemden", "Camisas", "衬衫"),
    "mugs": ("Mugs", "Tassen", "Tazas", "杯子"),
    "lamps": ("Lamps", "Lampen", "Lámparas", "台灯"),
}
COLOURS = {
    "blue": ("Blue", "Blau", "Azul", "蓝色"),
    "white": ("White", "Weiß", "Blanco", "白色"),
    "green": ("Green", "Grün", "Verde", "绿色"),
    "black": ("Black", "Schwarz", "Negro", "黑色"),
}
SIZES = {
    "S": ("S", "S", "S", "S"),
    "M": ("M", "M", "M", "M"),
    "L": ("L", "L", "L", "L"),
}  # fmt: skip
COLOUR_NAME = ("Colour", "Farbe", "Color", "颜色")
SIZE_NAME = ("Size", "Größe", "Talla", "尺码")
# slug, category, price, colours, sizes, stock of each variant, titles
PRODUCTS: list[tuple[str, str, str, tuple[str, ...], tuple[str, ...], int, tuple[str, str, str, str]]] = [
    ("linen-shirt", "shirts", "49.00", ("white", "green"), ("S", "M", "L"), 5,
     ("Linen shirt", "Leinenhemd", "Camisa de lino", "亚麻衬衫")),
    ("oxford-shirt", "shirts", "39.00", ("blue",), ("S", "M", "L"), 5,
     ("Oxford shirt", "Oxfordhemd", "Camisa Oxford", "牛津衬衫")),
    ("silk-shirt", "shirts", "89.00", ("black",), ("M",), 1,
     ("Silk shirt", "Seidenhemd", "Camisa de seda", "丝绸衬衫")),
    ("stone-mug", "mugs", "12.00", ("blue", "white"), (), 20,
     ("Stoneware mug", "Steingutbecher", "Taza de gres", "粗陶杯")),
    ("glass-mug", "mugs", "9.50", (), (), 20,
     ("Glass mug", "Glasbecher", "Taza de cristal", "玻璃杯")),
    ("desk-lamp", "lamps", "59.00", ("black",), (), 3,
     ("Desk lamp", "Schreibtischlampe", "Lámpara de escritorio", "书桌台灯")),
]  # fmt: skip
LANGUAGES = ("en", "de", "es", "zh_hans")


def translated(field: str, words: tuple[str, ...]) -> dict[str, str]:
    return {f"{field}_{code}": word for code, word in zip(LANGUAGES, words, strict=True)}


def furnish(merchant: Merchant) -> None:
    """Fill the merchant's shelves and say how things are sent and taxed."""
    with scope(merchant=merchant):
        location = factories.location(merchant)
        _hours(merchant)
        _delivery(merchant)
        categories = {
            slug: Category.objects.create(merchant=merchant, slug=slug, position=place, **translated("name", names))
            for place, (slug, names) in enumerate(CATEGORIES.items())
        }
        for place, row in enumerate(PRODUCTS):
            _product(merchant, location, categories, place, row)
        seed_articles(merchant)


def _hours(merchant: Merchant) -> None:
    for weekday in range(5):
        OpeningHours.objects.create(merchant=merchant, weekday=weekday, opens=dt.time(9), closes=dt.time(18))


def _delivery(merchant: Merchant) -> None:
    ways = [
        (("Standard", "Standard", "Estándar", "标准配送"), "4.90", 2, 4),
        (("Express", "Express", "Exprés", "快速配送"), "9.90", 1, 1),
    ]
    for place, (names, price, least, most) in enumerate(ways):
        DeliveryMethod.objects.create(
            merchant=merchant,
            price=Money(Decimal(price), "EUR"),
            countries=["DE", "ES", "CN"],
            days_min=least,
            days_max=most,
            position=place,
            **translated("name", names),
        )
    for country, percent in (("DE", 19), ("ES", 21), ("CN", 13)):
        TaxRate.objects.create(merchant=merchant, country=country, percent=percent, is_inclusive=True)


def _product(merchant: Merchant, location: Any, categories: dict[str, Category], place: int, row: Any) -> None:
    slug, category, price, colours, sizes, stock, titles = row
    product = Product.objects.create(
        merchant=merchant, slug=slug, popularity=100 - place, product_type=category, **translated("title", titles)
    )
    product.categories.add(categories[category])
    values: list[list[OptionValue]] = []
    for position, (names, kind, table, keys) in enumerate(
        ((COLOUR_NAME, "colour", COLOURS, colours), (SIZE_NAME, "size", SIZES, sizes))
    ):
        if not keys:
            continue
        option = Option.objects.create(
            merchant=merchant, product=product, position=position, kind=kind, **translated("name", names)
        )
        values.append(
            [
                OptionValue.objects.create(
                    merchant=merchant, option=option, position=at, **translated("value", table[key])
                )
                for at, key in enumerate(keys)
            ]
        )
    combinations: list[list[OptionValue]] = [[]]
    for column in values:
        combinations = [[*known, value] for known in combinations for value in column]
    for number, chosen in enumerate(combinations):
        variant = Variant.objects.create(merchant=merchant, product=product, sku=f"{slug}-{number}", position=number)
        variant.values.set(chosen)
        Price.objects.create(merchant=merchant, variant=variant, amount=Money(Decimal(price), "EUR"))
        receive_stock(variant, location, stock, reason="opening", actor=None)
