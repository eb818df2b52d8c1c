"""How long a search takes in a small and a ten times larger catalogue, beside the bare indexed statement."""

import os
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

from django.db import connection
from django_scopes import scope
from djmoney.money import Money

from apps.merchants.models import Merchant

from .index import refresh
from .models import Price, Product, Variant
from .search import search

SIZES = (1_000, 10_000)
ROUNDS, BATCH = 200, 2_000
ASKED = ("blue linen shirt", "shirt 123", "wool jumper", "lniem shrit")  # the last one is misspelt
COLOURS = ("blue", "white", "green", "black", "red")
STUFFS = ("linen", "wool", "cotton", "silk")
KINDS = ("shirt", "jumper", "scarf", "mug", "lamp", "bag", "notebook")
BARE = """
SELECT id FROM catalog_product WHERE merchant_id = %s AND search_vector @@ %s::tsquery ORDER BY popularity DESC LIMIT 9
"""


def bench_search() -> Iterator[dict[str, Any]]:
    """One row per catalogue size, variant and question, product and bare statement interleaved; then the growth."""
    p50: dict[int, list[float]] = {}
    for size in SIZES:
        merchant = Merchant.objects.create(slug=f"bench-{size}", name="Bench", languages=["en"], is_active=False)
        with scope(merchant=merchant):
            _stock_up(merchant, size)
            _sql("ANALYZE")
            for asked in ASKED:
                search(merchant, asked, language="en")
                ours, bare = _interleaved(merchant, asked)
                p50.setdefault(size, []).append(ours["p50_ms"])
                for variant, figures in (("product", ours), ("bare", bare)):
                    about = {"path": "search", "variant": variant, "products": size, "asked": asked}
                    yield {**about, "n": ROUNDS, **figures}
    small, large = SIZES
    growth = [after / before for before, after in zip(p50[small], p50[large], strict=True)]
    yield {
        "path": "search",
        "variant": "ratios",
        "n": len(ASKED),
        "p50_large_to_small_ratio": round(statistics.median(growth), 2),
        "load_average": os.getloadavg()[0],
    }


def _interleaved(merchant: Merchant, asked: str) -> tuple[dict[str, float], dict[str, float]]:
    words = " & ".join(f"'{word}'" for word in asked.split())
    ours: list[tuple[float, float]] = []
    bare: list[tuple[float, float]] = []
    for _ in range(ROUNDS):
        ours.append(_timed(lambda: search(merchant, asked, language="en")))
        bare.append(_timed(lambda: _sql(BARE, merchant.pk, words)))
    return _figures(ours), _figures(bare)


def _timed(run: Callable[[], object]) -> tuple[float, float]:
    """(wall, CPU of this process) in milliseconds."""
    began, cpu = time.perf_counter(), time.thread_time()
    run()
    return 1000 * (time.perf_counter() - began), 1000 * (time.thread_time() - cpu)


def _figures(times: list[tuple[float, float]]) -> dict[str, float]:
    walls = sorted(wall for wall, _ in times)
    return {
        "p50_ms": round(statistics.median(walls), 2),
        "p95_ms": round(walls[int(len(walls) * 0.95)], 2),
        "cpu_ms": round(statistics.mean(cpu for _, cpu in times), 2),
    }


def _stock_up(merchant: Merchant, size: int) -> None:
    price: Any = Money(10, merchant.currency)
    for start in range(0, size, BATCH):
        numbers = range(start, min(start + BATCH, size))
        products = Product.objects.bulk_create(
            Product(merchant=merchant, slug=f"p{n}", title_en=_title(n), popularity=n % 1000, status="active")
            for n in numbers
        )
        variants = Variant.objects.bulk_create(
            Variant(merchant=merchant, product=product, sku=f"S{merchant.pk}-{n}", is_tracked=False)
            for n, product in zip(numbers, products, strict=True)
        )
        Price.objects.bulk_create(Price(merchant=merchant, variant=variant, amount=price) for variant in variants)
        refresh(merchant, [product.pk for product in products])


def _title(n: int) -> str:
    return f"{COLOURS[n % 5]} {STUFFS[n // 5 % 4]} {KINDS[n // 20 % 7]} {n}".capitalize()


def _sql(statement: str, *values: int | str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        if cursor.description:
            cursor.fetchall()
