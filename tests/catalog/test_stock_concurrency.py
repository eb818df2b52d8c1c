"""Many buyers, few units, on the real database."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django_scopes import scope, scopes_disabled

from apps.catalog import invariants, stock
from apps.catalog.models import StockHold, StockLevel
from apps.catalog.stock import OutOfStock, Wanted
from apps.merchants import clock
from apps.merchants.models import Merchant

from .factories import add_stock, make_location, make_merchant, make_variant

DEADLOCK_TIMEOUT = 1.0  # seconds, PostgreSQL's own default

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def merchant() -> Merchant:
    return make_merchant()


@pytest.fixture(autouse=True)
def books_in_order(merchant: Merchant) -> Iterator[None]:
    yield
    with scopes_disabled():
        assert {name: invariants.breaches(sql) for name, sql in invariants.CHECKS.items()} == {
            name: [] for name in invariants.CHECKS
        }


def together(merchant: Merchant, jobs: list[Callable[[], Any]]) -> list[Any]:
    """Start all jobs at one moment, each in its own thread and connection; results or errors in order."""
    start = threading.Barrier(len(jobs))
    results: list[Any] = [None] * len(jobs)

    def run(index: int, job: Callable[[], Any]) -> None:
        try:
            with scope(merchant=merchant):
                start.wait()
                results[index] = job()
        except Exception as error:
            results[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(index, job)) for index, job in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def in_quarter_hour() -> Any:
    return clock.now() + stock.dt.timedelta(minutes=15)


def test_a_thousand_claims_of_twelve_buyers_get_exactly_the_fifty(merchant: Merchant) -> None:
    variant = make_variant(merchant, stock=50)
    claims = iter(range(1000))  # whoever is free takes the next one

    def buyer(number: int) -> Callable[[], int]:
        def buy() -> int:
            got = 0
            for attempt in claims:
                try:
                    stock.take_holds(
                        [Wanted(variant.pk, 1, f"cart:{number}:{attempt}")], reason="cart", until=in_quarter_hour()
                    )
                    got += 1
                except OutOfStock:
                    continue
            return got

        return buy

    before = deadlocks()
    assert sum(together(merchant, [buyer(number) for number in range(12)])) == 50
    assert (next(claims, None), deadlocks() - before) == (None, 0)
    with scope(merchant=merchant):
        level = StockLevel.objects.get(variant=variant)
        assert (level.on_hand, level.held, level.allocated) == (50, 50, 0)
        assert StockHold.objects.filter(level=level, state="active").count() == 50


def test_direct_sales_and_holds_share_the_same_units(merchant: Merchant) -> None:
    variant = make_variant(merchant, stock=30)

    def buy(number: int) -> Callable[[], int]:
        def attempt() -> int:
            got = 0
            for turn in range(10):
                want = [Wanted(variant.pk, 1, f"c:{number}:{turn}")]
                try:
                    if number % 2:
                        stock.allocate(want)
                    else:
                        stock.take_holds(want, reason="cart", until=in_quarter_hour())
                    got += 1
                except OutOfStock:
                    pass
            return got

        return attempt

    assert sum(together(merchant, [buy(number) for number in range(8)])) == 30
    with scope(merchant=merchant):
        level = StockLevel.objects.get(variant=variant)
        assert level.held + level.allocated == 30


def test_carts_of_four_lines_in_random_order_never_deadlock(merchant: Merchant) -> None:
    variants = [make_variant(merchant, stock=1000) for _ in range(4)]
    shuffle = random.Random(7)

    def buyer(number: int) -> Callable[[], int]:
        orders = [shuffle.sample(variants, 4) for _ in range(25)]

        def buy() -> int:
            for turn, order in enumerate(orders):
                wanted = [Wanted(variant.pk, 1, f"cart:{number}:{turn}") for variant in order]
                stock.take_holds(wanted, reason="cart", until=in_quarter_hour())
                if turn % 3 == 0:
                    stock.release_holds([f"cart:{number}:{turn}"])
                elif turn % 3 == 1:
                    stock.consume_holds([f"cart:{number}:{turn}"])
            return len(orders)

        return buy

    before = deadlocks()
    assert together(merchant, [buyer(number) for number in range(12)]) == [25] * 12
    assert deadlocks() - before == 0
    with scope(merchant=merchant):
        counters = StockLevel.objects.order_by("pk").values_list("held", "allocated")
        assert list(counters) == [(8 * 12, 8 * 12)] * 4


def deadlocks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return cursor.fetchone()[0]


def test_buyers_at_the_last_units_of_two_locations_leave_nothing_unsold(merchant: Merchant) -> None:
    variant = make_variant(merchant, stock=7)
    add_stock(variant, 6, location=make_location(merchant, "Store"))

    def buy(number: int) -> Callable[[], int]:
        def attempt() -> int:
            try:
                stock.take_holds([Wanted(variant.pk, 1, f"c:{number}")], reason="cart", until=in_quarter_hour())
            except OutOfStock:
                return 0
            return 1

        return attempt

    assert sum(together(merchant, [buy(number) for number in range(20)])) == 13


def test_one_hold_released_consumed_and_expired_at_once_ends_once(merchant: Merchant) -> None:
    variant = make_variant(merchant, stock=5)
    for turn in range(10):
        reference = f"cart:{turn}"
        with scope(merchant=merchant):
            stock.take_holds([Wanted(variant.pk, 1, reference)], reason="cart", until=in_quarter_hour())
        later = in_quarter_hour() + stock.dt.timedelta(minutes=1)

        def expire(later: Any = later) -> int:
            with clock.at(later):
                return stock.expire_holds()

        jobs: list[Callable[[], Any]] = [
            lambda reference=reference: stock.release_holds([reference]),
            lambda reference=reference: stock.release_holds([reference]),
            lambda reference=reference: stock.consume_holds([reference]),
            expire,
        ]
        together(merchant, jobs)
        with scope(merchant=merchant):
            level = StockLevel.objects.get(variant=variant)
            assert level.held == 0
            if level.allocated:
                stock.deallocate(variant.pk, 1, reference)


def test_many_buyers_free_the_same_lapsed_holds_once(merchant: Merchant) -> None:
    variant = make_variant(merchant, stock=6)
    with scope(merchant=merchant):
        for number in range(6):
            stock.take_holds([Wanted(variant.pk, 1, f"old:{number}")], reason="cart", until=clock.now())

    def buy(number: int) -> Callable[[], int]:
        def attempt() -> int:
            try:
                stock.take_holds([Wanted(variant.pk, 1, f"new:{number}")], reason="cart", until=in_quarter_hour())
            except OutOfStock:
                return 0
            return 1

        return attempt

    assert sum(together(merchant, [buy(number) for number in range(12)])) == 6


def test_a_hold_whose_statement_was_ended_for_a_deadlock_is_taken_after_all(merchant: Merchant) -> None:
    """Somebody locks the second of two levels, and the first once the buyer has it and waits for the second."""
    first, second = (make_variant(merchant, stock=5) for _ in range(2))

    def buy() -> None:
        wanted = [Wanted(one.pk, 1, "cart:1") for one in (first, second)]
        stock.take_holds(wanted, reason="cart", until=in_quarter_hour())

    results: list[Any] = []
    with scope(merchant=merchant):
        level = {one.pk: StockLevel.objects.filter(variant=one) for one in (first, second)}
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL deadlock_timeout = '60s'")  # it is the buyer's wait that is looked at
            list(level[second.pk].select_for_update())
            buyer = threading.Thread(target=lambda: results.extend(together(merchant, [buy])))
            buyer.start()
            until_somebody_waits()
            time.sleep(DEADLOCK_TIMEOUT / 2)  # PostgreSQL ends whoever has waited so long first: the buyer
            list(level[first.pk].select_for_update())
        buyer.join()
        assert (results, [level[one.pk].get().held for one in (first, second)]) == ([None], [1, 1])


def until_somebody_waits() -> None:
    """Return once another connection to this database stands before a lock of ours."""
    for _ in range(500):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)
    raise AssertionError("nobody waits")
