"""How many orders of one hot variant go through the shop's own order function, beside one bare SQL statement.

Runs in a shop of its own that nobody can enter; stock movements are append-only, so its rows stay: `manage.py bench`
gives it a database that is dropped at the end.
"""

import statistics
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from django.db import connection
from django.db.models import F, Sum
from django_scopes import scope
from djmoney.money import Money

from apps.carts.models import Cart, CartLine, DeliveryMethod
from apps.carts.quote import quote
from apps.catalog.models import Price, Product, StockLevel, Variant
from apps.catalog.stock import OutOfStock, receive_stock
from apps.customers.models import Address, Customer
from apps.merchants.models import Location, Merchant, new_public_id

from .actions import prepare_order

SLUG = "bench-stock"
CLIENTS = (8, 32)
ROUNDS = 5
BUYERS = 160
STOCK = 120  # fewer than buyers, so that every run also ends in refusals
WARM_UP = 16

BARE_SETUP = """
DROP TABLE IF EXISTS bench_stock_order; DROP TABLE IF EXISTS bench_stock_level;
CREATE UNLOGGED TABLE bench_stock_level (id int PRIMARY KEY, free int NOT NULL CHECK (free >= 0));
CREATE UNLOGGED TABLE bench_stock_order (id bigserial PRIMARY KEY, level int NOT NULL, made timestamptz DEFAULT now());
"""
BARE_END = "DROP TABLE bench_stock_order; DROP TABLE bench_stock_level"
BARE_BUY = """
WITH taken AS (UPDATE bench_stock_level SET free = free - 1 WHERE id = 1 AND free >= 1 RETURNING id)
INSERT INTO bench_stock_order (level) SELECT id FROM taken RETURNING id
"""
BARE_UPDATE = "UPDATE bench_stock_level SET free = free - 1 WHERE id = 1 AND free >= 1 RETURNING id"
Buy = Callable[[], bool]


def bench_stock() -> Iterator[dict[str, Any]]:
    """One row per cell, product and bare statement interleaved, then the ratios. Raises `AssertionError` if oversold."""
    merchant = _shop()
    _sql(BARE_SETUP)
    rates: dict[tuple[str, int], list[float]] = {}
    try:
        _product_cell(merchant, clients=4, buyers=WARM_UP, stock=WARM_UP)
        for round_number in range(1, ROUNDS + 1):
            for clients in CLIENTS:
                for variant, cell in CELLS:
                    row = cell(merchant, clients=clients, buyers=BUYERS, stock=STOCK)
                    rates.setdefault((variant, clients), []).append(row["orders_per_s"])
                    yield {"path": "stock", "variant": variant, "round": round_number, "clients": clients, **row}
    finally:
        _sql(BARE_END)
    yield {"path": "stock", "variant": "ratios", "n": ROUNDS, **_ratios(rates)}


def _ratios(rates: dict[tuple[str, int], list[float]]) -> dict[str, float]:
    """Medians of the ratios of each round, never ratios of medians."""
    few, many = CLIENTS
    growth = [b / a for a, b in zip(rates["product", few], rates["product", many], strict=True)]
    beside = [a / b for a, b in zip(rates["product", many], rates["bare_cte", many], strict=True)]
    return {
        f"product_{many}_to_{few}_clients_ratio": round(statistics.median(growth), 3),
        "spread_ratio": round(max(growth) - min(growth), 3),
        f"product_to_bare_at_{many}_ratio": round(statistics.median(beside), 4),
    }


def _shop() -> Merchant:
    merchant, _ = Merchant.objects.get_or_create(
        slug=SLUG, defaults={"name": "Benchmark", "is_active": False, "languages": ["en"]}
    )
    return merchant


def _product_cell(merchant: Merchant, *, clients: int, buyers: int, stock: int) -> dict[str, Any]:
    with scope(merchant=merchant):
        variant = _hot_variant(merchant, stock)
        carts = [(cart, quote(cart).hash) for cart in _carts(merchant, variant, buyers)]

    def purchase(cart: Cart, agreed: str) -> Buy:
        def buy() -> bool:
            with scope(merchant=merchant):
                try:
                    prepare_order(cart, quote_hash=agreed, language="en", contact_name="Bench", confirmed_by="bench")
                except OutOfStock:
                    return False
                return True

        return buy

    row = _run([purchase(cart, agreed) for cart, agreed in carts], clients=clients)
    with scope(merchant=merchant):
        free = StockLevel.objects.filter(variant=variant).aggregate(n=Sum(F("on_hand") - F("allocated") - F("held")))[
            "n"
        ]
    return _counted(row, stock=stock, unsold=free)


def _bare_cell(
    merchant: Merchant, *, clients: int, buyers: int, stock: int, statement: str = BARE_BUY
) -> dict[str, Any]:
    _sql("TRUNCATE bench_stock_order; TRUNCATE bench_stock_level")
    _sql("INSERT INTO bench_stock_level VALUES (1, %s)", stock)

    def buy() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone() is not None

    row = _run([buy] * buyers, clients=clients)
    with connection.cursor() as cursor:
        cursor.execute("SELECT free FROM bench_stock_level")
        return _counted(row, stock=stock, unsold=cursor.fetchone()[0])


def _bare_update_cell(merchant: Merchant, *, clients: int, buyers: int, stock: int) -> dict[str, Any]:
    return _bare_cell(merchant, clients=clients, buyers=buyers, stock=stock, statement=BARE_UPDATE)


def _counted(row: dict[str, Any], *, stock: int, unsold: int) -> dict[str, Any]:
    row |= {"oversold": max(row["sold"] - stock, 0), "unsold": unsold}
    if row["oversold"] or row["sold"] + unsold != stock:
        raise AssertionError(f"the stock does not add up: {row}")
    return row


def _run(purchases: list[Buy], *, clients: int) -> dict[str, Any]:
    """So many clients share the purchases, each a fresh connection from the pool as a request has."""
    waiting, lock, start = iter(purchases), threading.Lock(), threading.Barrier(clients + 1)
    took: list[float] = []
    sold: list[bool] = []

    def client() -> None:
        start.wait()
        while True:
            with lock:
                buy = next(waiting, None)
            if buy is None:
                return
            began = time.perf_counter()
            try:
                sold.append(buy())
            finally:
                connection.close()
            took.append(time.perf_counter() - began)

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    took.sort()
    return {
        "n": len(took),
        "orders_per_s": round(len(took) / seconds, 1),
        "p50_ms": round(1000 * statistics.median(took), 2),
        "max_ms": round(1000 * took[-1], 2),
        "sold": sum(sold),
        "refused": len(sold) - sum(sold),
    }


def _hot_variant(merchant: Merchant, stock: int) -> Variant:
    name = new_public_id()
    location, _ = Location.objects.get_or_create(merchant=merchant, name="Bench")
    product = Product.objects.create(merchant=merchant, title="Hot", slug=name.lower())
    variant = Variant.objects.create(merchant=merchant, product=product, sku=name)
    Price.objects.create(merchant=merchant, variant=variant, amount=Money(10, merchant.currency))
    receive_stock(variant, location, stock, reason="bench")
    return variant


def _carts(merchant: Merchant, variant: Variant, count: int) -> list[Cart]:
    """Customers with an address, a delivery way and one of the variant in the cart."""
    method, _ = DeliveryMethod.objects.get_or_create(
        merchant=merchant, name="Bench", defaults={"price": Money(0, merchant.currency)}
    )
    customers = Customer.objects.bulk_create(Customer(merchant=merchant, name="Bench") for _ in range(count))
    addresses = Address.objects.bulk_create(
        Address(merchant=merchant, customer=customer, name="Bench", line1="1", city="Berlin", country="DE")
        for customer in customers
    )
    carts = Cart.objects.bulk_create(
        Cart(merchant=merchant, customer=customer, currency=merchant.currency, address=place, delivery_method=method)
        for customer, place in zip(customers, addresses, strict=True)
    )
    CartLine.objects.bulk_create(CartLine(merchant=merchant, cart=cart, variant=variant, quantity=1) for cart in carts)
    return list(carts)


def _sql(statements: str, *values: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statements, values or None)


CELLS = (("product", _product_cell), ("bare_cte", _bare_cell), ("bare_update", _bare_update_cell))
