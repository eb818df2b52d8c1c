"""A worker's threads each have a connection, however many there are and whatever ran before them."""

import threading
from typing import Any

import pytest
from django.db import connection

from apps.gateway.worker import Worker

pytestmark = pytest.mark.django_db(transaction=True)


def test_more_threads_than_the_pool_has_connections_all_reach_the_database() -> None:
    pool: Any = connection
    connection.close()
    pool.close_pool()  # a new one: what earlier tests left in the hands of their threads is none of this one's
    before = pool.pool.max_size
    connection.ensure_connection()  # as after a check at the start
    reached: set[str] = set()
    everybody = threading.Event()

    def work(limit: int) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        reached.add(threading.current_thread().name)
        if len(reached) > before:
            everybody.set()
        return 0

    jobs = {f"job-{number}": work for number in range(before + 2)}
    worker = Worker(answer=lambda received: None, jobs=jobs, turn_threads=0, delivery_threads=0)
    runs = threading.Thread(target=worker.run, daemon=True)
    runs.start()
    try:
        assert everybody.wait(15)
    finally:
        worker.stop()
        runs.join(20)
        pool.pool.resize(pool.pool.min_size, before)
