"""How well and how fast the search finds in a small and a ten times larger catalogue, beside the bare statement.

What ought to be found is the first ten of an exhaustive scan: every product that has the words as they were meant,
ranked by the product's own ranking, no candidate left out. Everything is made from one seed.
"""

import os
import random
import statistics
import string
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from typing import Any

from django.db import connection
from django_scopes import scope
from djmoney.money import Money

from apps.merchants.models import Merchant
from apps.merchants.statements import fetch

from .index import refresh
from .lexicon import lexicon
from .models import Price, Product, Variant
from .search import WEIGHTS, Question, question_of, search
from .words import asked_words

SIZES = (10_000, 100_000)
QUESTIONS, BATCH, FIRST = 1_000, 2_000, 10
SEED, WORDS = 20_261_128, 4_500
SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou"]
ENDINGS = ("", "n", "r", "s", "l", "t")
TITLE, DESCRIPTION = 4, 14
EXHAUSTIVE = """
SELECT id FROM catalog_product p, CAST(%s AS real[]) AS weights, CAST(%s AS tsquery) AS said, CAST(%s AS tsquery) AS meant
WHERE merchant_id = %s AND status = 'active' AND p.search_vector @@ meant
ORDER BY ts_rank(weights, p.search_vector, said) DESC, ts_rank(weights, p.search_vector, meant) DESC,
    p.popularity DESC, id
LIMIT 10
"""
BARE = """
SELECT id FROM catalog_product WHERE merchant_id = %s AND search_vector @@ %s::tsquery ORDER BY popularity DESC LIMIT 11
"""


def bench_search(sizes: tuple[int, ...] = SIZES, questions: int = QUESTIONS) -> Iterator[dict[str, Any]]:
    """A row of recall and times per catalogue size and way of writing, and of the bare statement; then the growth."""
    p50: list[float] = []
    for size in sizes:
        merchant = Merchant.objects.create(slug=f"bench-{size}", name="Bench", languages=["en"], is_active=False)
        with scope(merchant=merchant):
            goods = Goods(size)
            goods.stock_up(merchant)
            rows = list(_measured(merchant, goods.asked(questions)))
        p50.append(next(row["p50_ms"] for row in rows if row["written"] == "all"))
        yield from ({"path": "search", "products": size, "vocabulary": WORDS, **row} for row in rows)
    yield {
        "path": "search",
        "variant": "ratios",
        "n": 4 * questions,
        "p50_large_to_small_ratio": round(p50[-1] / p50[0], 2),
        "load_average": os.getloadavg()[0],
    }


@dataclass
class Asked:
    """What was meant, and how it was written."""

    meant: str
    written: dict[str, str]


class Goods:
    """A catalogue of invented words: few are common, most are rare, as in any language."""

    def __init__(self, size: int) -> None:
        self.rng = random.Random(SEED)  # noqa: S311 - the same goods every time
        self.size = size
        self.words = _vocabulary(self.rng)
        self._common = list(accumulate(1 / (rank + 10) for rank in range(len(self.words))))
        self.titles = [self._some(TITLE) for _ in range(size)]

    def _some(self, count: int) -> list[str]:
        """Distinct words, the common ones more often."""
        return list(dict.fromkeys(self.rng.choices(self.words, cum_weights=self._common, k=count)))

    def stock_up(self, merchant: Merchant) -> None:
        price: Any = Money(10, merchant.currency)
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
            variants = Variant.objects.bulk_create(
                Variant(merchant=merchant, product=product, sku=f"S{merchant.pk}-{n}", is_tracked=False)
                for n, product in zip(numbers, products, strict=True)
            )
            Price.objects.bulk_create(Price(merchant=merchant, variant=variant, amount=price) for variant in variants)
            refresh(merchant, [product.pk for product in products])
        with connection.cursor() as cursor:
            cursor.execute("SELECT gin_clean_pending_list('product_search')")  # as PostgreSQL's housekeeping does
            cursor.execute("ANALYZE")

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


def _measured(merchant: Merchant, asked: list[Asked]) -> Iterator[dict[str, Any]]:
    """Each way of writing by itself, all together, and the bare statement between them."""
    search(merchant, asked[0].meant, language="en")
    wanted = [_exhaustive(merchant, each.meant) for each in asked]
    times: dict[str, list[tuple[float, float]]] = {}
    bare: list[tuple[float, float]] = []
    for how in asked[0].written:
        found = []
        for each in asked:
            words = " & ".join(f"'{word}'" for word in each.meant.split())
            bare.append(_timed(partial(fetch, BARE, [merchant.pk, words]))[1])
            page, took = _timed(partial(search, merchant, each.written[how], language="en", limit=FIRST))
            found.append(page.ids)
            times.setdefault(how, []).append(took)
        yield {"variant": "product", "written": how, "recall_at_10": _recall(wanted, found), **_figures(times[how])}
    yield {"variant": "product", "written": "all", **_figures([took for each in times.values() for took in each])}
    yield {"variant": "bare", "written": "clean", **_figures(bare)}


def _exhaustive(merchant: Merchant, meant: str) -> list[int]:
    question: Question = question_of(asked_words(meant), lexicon(merchant))
    closest, strictly = " | ".join(question.closest), " & ".join(question.groups)
    return [pk for (pk,) in fetch(EXHAUSTIVE, [WEIGHTS, closest, strictly, merchant.pk])]


def _recall(wanted: list[list[int]], found: list[list[int]]) -> float:
    """The mean share, in percent, of what ought to be found that was."""
    shares = [
        len(set(ought) & set(got[:FIRST])) / len(ought) for ought, got in zip(wanted, found, strict=True) if ought
    ]
    return round(100 * statistics.mean(shares), 1)


def _timed(run: Callable[[], Any]) -> tuple[Any, tuple[float, float]]:
    """(answer, (wall, CPU of this process) in milliseconds)."""
    began, cpu = time.perf_counter(), time.thread_time()
    answer = run()
    return answer, (1000 * (time.perf_counter() - began), 1000 * (time.thread_time() - cpu))


def _figures(times: list[tuple[float, float]]) -> dict[str, float]:
    walls = sorted(wall for wall, _ in times)
    return {
        "n": len(walls),
        "p50_ms": round(statistics.median(walls), 2),
        "p99_ms": round(walls[int(len(walls) * 0.99)], 2),
        "cpu_ms": round(statistics.mean(cpu for _, cpu in times), 2),
    }
