"""How well and how fast the search finds in a small and a ten times larger catalogue, beside the bare statement.

What ought to be found is the first ten of an exhaustive scan: every product that has the words as they were meant,
ranked by the product's own statement, no candidate left out. Everything is made from one seed.
"""

import os
import statistics
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from typing import Any

from django_scopes import scope

from apps.merchants.models import Merchant
from apps.merchants.statements import fetch

from .bench_goods import COLOURS, WORDS, Asked, Goods
from .lexicon import lexicon
from .search import Filters, browse, question_of, ranking, search
from .words import asked_words

SIZES = (10_000, 100_000)
QUESTIONS, FIRST = 1_000, 10
NARROWED = 100  # questions of each kind with a filter
# What is to be reached with 100,000 products: percent of the first ten, milliseconds, times the small catalogue's p50.
LEAST = {"clean": 98, "one slip": 97, "two slips": 95, "cut off": 90}
MOST_P50, MOST_P99, MOST_GROWTH = 5.0, 20.0, 3.0
EXHAUSTIVE = """
SELECT id FROM catalog_product WHERE merchant_id = %s AND status = 'active' AND search_vector @@ %s::tsquery
"""
BARE = """
SELECT id FROM catalog_product WHERE merchant_id = %s AND search_vector @@ %s::tsquery ORDER BY popularity DESC LIMIT 11
"""
# What is said of a list, one of each kind; some that most goods are, some that hardly any is, one that none is.
NARROWINGS = {
    "only blue": Filters(colour="blue"),
    "only burgundy": Filters(colour=COLOURS[-1]),
    "only purple": Filters(colour="purple"),
    "in size 42": Filters(size="42"),
    "under 40": Filters(price_max=Decimal(40)),
    "under 1": Filters(price_max=Decimal(1)),
    "over 900": Filters(price_min=Decimal(900)),
    "in stock": Filters(in_stock=True),
    "on a large shelf": Filters(category="shelf-0"),
    "on a small shelf": Filters(category="shelf-39"),
    "not blue": Filters(without="blue"),
    "cheapest first": Filters(sort="cheaper"),
    "burgundy in 46 under 10": Filters(colour=COLOURS[-1], size="46", price_max=Decimal(10)),
    "blue in 42 under 40 in stock": Filters(colour="blue", size="42", price_max=Decimal(40), in_stock=True),
}


def bench_search(sizes: tuple[int, ...] = SIZES, questions: int = QUESTIONS) -> Iterator[dict[str, Any]]:
    """A row of recall and times per catalogue size and way of writing, of the bare statement, and of each filter; then
    the growth, and which goals were missed in the largest catalogue."""
    measured: list[list[dict[str, Any]]] = []
    for size in sizes:
        merchant = Merchant.objects.create(slug=f"bench-{size}", name="Bench", languages=["en"], is_active=False)
        with scope(merchant=merchant):
            goods = Goods(size)
            goods.stock_up(merchant)
            asked = goods.asked(questions)
            rows = [*_measured(merchant, asked), *_narrowed(merchant, goods, asked[:NARROWED])]
        measured.append(rows)
        yield from ({"path": "search", "products": size, "vocabulary": WORDS, **row} for row in rows)
    growth = _growth(measured[0], measured[-1])
    yield {
        "path": "search",
        "variant": "ratios",
        "n": 4 * questions,
        "p50_large_to_small_ratio": growth["product all"],
        "filters_large_to_small_ratios": {name: ratio for name, ratio in growth.items() if name.startswith("filter")},
        "missed": _missed(measured[-1]) + ([] if growth["product all"] <= MOST_GROWTH else ["growth"]),
        "load_average": os.getloadavg()[0],
    }


def _growth(small: list[dict[str, Any]], large: list[dict[str, Any]]) -> dict[str, float]:
    """What was asked -> how many times as long half of the answers took."""
    before = {f"{row['variant']} {row['written']}": row["p50_ms"] for row in small}
    after = {f"{row['variant']} {row['written']}": row["p50_ms"] for row in large}
    return {name: round(after[name] / max(before[name], 0.01), 2) for name in after}


def _missed(rows: list[dict[str, Any]]) -> list[str]:
    """The goals that these rows do not reach."""
    recall = [row["written"] for row in rows if row.get("recall_at_10", 100) < LEAST.get(row["written"], 0)]
    whole = next(row for row in rows if row["written"] == "all")
    times = [name for name, most in (("p50_ms", MOST_P50), ("p99_ms", MOST_P99)) if whole[name] > most]
    return [*recall, *times]


def _measured(merchant: Merchant, asked: list[Asked]) -> Iterator[dict[str, Any]]:
    """Each way of writing by itself, all together, and the bare statement between them."""
    search(merchant, asked[0].meant, language="en")
    wanted = [exhaustive(merchant, each.meant) for each in asked]
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


def exhaustive(merchant: Merchant, meant: str) -> list[int]:
    """The first ten of all products that have the words. Call in the merchant's scope."""
    question = question_of(asked_words(meant), lexicon(merchant))
    words = " & ".join(question.groups)
    ids = [pk for (pk,) in fetch(EXHAUSTIVE, [merchant.pk, words])]
    return ranking(" | ".join(question.closest), words, ids, ([], 1, 1))[:FIRST]


def _narrowed(merchant: Merchant, goods: Goods, asked: list[Asked]) -> Iterator[dict[str, Any]]:
    """Each filter by itself, over everything and over what one or two words find, the most common word among them."""
    said = [goods.words[0], *(each.meant for each in asked[1:])]
    for name, filters in NARROWINGS.items():
        times = [_timed(partial(browse, merchant, filters=filters))[1] for _ in said]
        times += [_timed(partial(search, merchant, words, language="en", filters=filters))[1] for words in said]
        yield {"variant": "filter", "written": name, **_figures(times)}


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
