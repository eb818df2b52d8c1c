"""What the search is measured on: a catalogue of invented words with colours, sizes, prices, stock and shelves, and
what shoppers would ask of it. The same every time.
"""

import random
import string
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate
from typing import Any

from django.db import connection
from djmoney.money import Money

from apps.merchants.models import Location, Merchant

from .index import refresh
from .models import Category, Option, OptionValue, Price, Product, StockLevel, Variant

BATCH = 2_000
SEED, WORDS = 20_261_128, 4_500
SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou"]
ENDINGS = ("", "n", "r", "s", "l", "t")
TITLE, DESCRIPTION = 4, 14
# The first is what most things are in, the last what hardly anything is.
COLOURS = ("black", "white", "blue", "grey", "green", "red", "beige", "brown", "navy", "yellow", "pink", "burgundy")
SIZES = ("M", "L", "S", "XL", "XS", "40", "42", "39", "44", "46")
SHELVES, KINDS = 40, 2  # categories; variants of a product
CHEAPEST, SOLD_OUT = 4.0, 0.3  # in the merchant's currency; the share of variants of which none is left


@dataclass
class Asked:
    """What was meant, and how it was written."""

    meant: str
    written: dict[str, str]


class Goods:
    """A catalogue of invented words: few are common, most are rare, as in any language; so are colours and sizes."""

    def __init__(self, size: int) -> None:
        self.rng = random.Random(SEED)  # noqa: S311 - the same goods every time
        self.facts = random.Random(SEED + 1)  # noqa: S311 - what they come in, apart from what they are called
        self.size = size
        self.words = _vocabulary(self.rng)
        self._common = list(accumulate(1 / (rank + 10) for rank in range(len(self.words))))
        self.titles = [self._some(TITLE) for _ in range(size)]

    def _some(self, count: int) -> list[str]:
        """Distinct words, the common ones more often."""
        return list(dict.fromkeys(self.rng.choices(self.words, cum_weights=self._common, k=count)))

    def stock_up(self, merchant: Merchant) -> None:
        """Call in the merchant's scope."""
        shop = Location.objects.create(merchant=merchant, name="Shop")
        shelves = [
            Category.objects.create(merchant=merchant, name=f"Shelf {n}", slug=f"shelf-{n}") for n in range(SHELVES)
        ]
        for start in range(0, self.size, BATCH):
            numbers = range(start, min(start + BATCH, self.size))
            products = Product.objects.bulk_create(
                Product(
                    merchant=merchant,
                    slug=f"p{n}",
                    title_en=" ".join(self.titles[n]).capitalize(),
                    description_en=" ".join(self._some(DESCRIPTION)),
                    popularity=int(self.rng.paretovariate(1)),
                    status="active",
                )
                for n in numbers
            )
            self._shelve(products, shelves)
            self._equip(merchant, shop, products)
            refresh(merchant, [product.pk for product in products])
        with connection.cursor() as cursor:
            cursor.execute("SELECT gin_clean_pending_list('product_search')")  # as PostgreSQL's housekeeping does
            cursor.execute("VACUUM ANALYZE" if not connection.in_atomic_block else "ANALYZE")

    def _shelve(self, products: list[Product], shelves: list[Category]) -> None:
        link = Product.categories.through
        link.objects.bulk_create(link(product=product, category=self._rare(shelves)) for product in products)

    def _equip(self, merchant: Merchant, shop: Location, products: list[Product]) -> None:
        """A colour, a size, a price and a place for each of the two variants of a product."""
        values = [(product, kind, value) for product in products for kind, value in self._looks()]
        options = Option.objects.bulk_create(
            Option(merchant=merchant, product=product, name=kind, kind=kind, position=place)
            for product in products
            for place, kind in enumerate(("colour", "size"))
        )
        of = {(option.product_id, option.kind): option for option in options}
        made = OptionValue.objects.bulk_create(
            OptionValue(merchant=merchant, option=of[product.pk, kind], value_en=value, position=place)
            for place, (product, kind, value) in enumerate(values)
        )
        variants = Variant.objects.bulk_create(
            Variant(
                merchant=merchant,
                product=product,
                sku=f"S{merchant.pk}-{product.pk}-{place}",
                position=place,
                is_tracked=self.facts.random() < 0.5,
            )
            for product in products
            for place in range(KINDS)
        )
        link = Variant.values.through
        link.objects.bulk_create(
            link(variant=variant, optionvalue=value)
            for number, variant in enumerate(variants)
            for value in made[2 * number : 2 * number + 2]
        )
        Price.objects.bulk_create(
            Price(merchant=merchant, variant=variant, amount=self._price(merchant)) for variant in variants
        )
        StockLevel.objects.bulk_create(
            StockLevel(
                merchant=merchant, variant=variant, location=shop, on_hand=int(self.facts.random() > SOLD_OUT) * 5
            )
            for variant in variants
            if variant.is_tracked
        )

    def _looks(self) -> list[tuple[str, str]]:
        return [pair for _ in range(KINDS) for pair in (("colour", self._rare(COLOURS)), ("size", self._rare(SIZES)))]

    def _rare(self, among: Any) -> Any:
        """One of these, the first much more often than the last."""
        return self.facts.choices(among, weights=[1 / (place + 1) ** 2 for place in range(len(among))])[0]

    def _price(self, merchant: Merchant) -> Any:
        return Money(Decimal(str(round(CHEAPEST * self.facts.paretovariate(0.8), 2))), merchant.currency)

    def asked(self, count: int) -> list[Asked]:
        """Two or three words of some product's title, written right, with slips, and not to the end."""
        return [self._asked(self.rng.choice(self.titles)) for _ in range(count)]

    def _asked(self, title: list[str]) -> Asked:
        words = self.rng.sample(title, min(len(title), self.rng.choice((2, 3))))
        once = self._slipped(words)
        *before, last = words
        written = {
            "clean": words,
            "one slip": once,
            "two slips": self._slipped(once),
            "cut off": [*before, last[: max(4, len(last) - self.rng.choice((1, 2, 3)))]],
        }
        return Asked(" ".join(words), {how: " ".join(said) for how, said in written.items()})

    def _slipped(self, words: list[str]) -> list[str]:
        """One letter left out, doubled, swapped or hit beside, in one of the words; never the first letter."""
        at = self.rng.randrange(len(words))
        word = words[at]
        place = self.rng.randrange(1, len(word) - 1)
        slips = (
            word[:place] + word[place + 1 :],
            word[:place] + word[place] + word[place:],
            word[:place] + word[place + 1] + word[place] + word[place + 2 :],
            word[:place] + self.rng.choice(string.ascii_lowercase) + word[place + 1 :],
        )
        return [*words[:at], self.rng.choice(slips), *words[at + 1 :]]


def _vocabulary(rng: random.Random) -> list[str]:
    """Words of two to four syllables, the most common first."""
    found: dict[str, None] = {}
    while len(found) < WORDS:
        syllables = rng.choices(SYLLABLES, k=rng.choice((2, 3, 3, 4)))
        word = "".join(syllables) + rng.choice(ENDINGS)
        if len(word) > 4:
            found[word] = None
    return list(found)
