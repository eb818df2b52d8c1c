"""The plain way to PostgreSQL behaves as Django's own, only quicker."""

import datetime as dt
import threading
import uuid
from typing import Any

import pytest
from django.db import DataError, IntegrityError, OperationalError, connection, transaction
from django.db.transaction import TransactionManagementError

from apps.merchants.models import Merchant
from apps.merchants.statements import MOST_PREPARED, fetch, one

VALUES: list[Any] = [
    3, 3_000_000_000, None, True, "Größe %s", ["a", None], [1, 2], dt.datetime(2026, 11, 27, 12, 30, tzinfo=dt.UTC),
    uuid.UUID(int=7),
]  # fmt: skip
KINDS = ("bigint", "bigint", "text", "boolean", "text", "text[]", "bigint[]", "timestamptz", "uuid")
ASK = f"SELECT {', '.join(f'%s::{kind}' for kind in KINDS)}, 7 %% 4"


@pytest.fixture(autouse=True)
def _connected(transactional_db: None) -> None:
    connection.ensure_connection()


def test_every_kind_of_value_comes_back_as_it_went() -> None:
    assert [fetch(ASK, VALUES) for _ in range(3)] == [[(*VALUES, 3)]] * 3


def test_a_named_value_may_stand_twice() -> None:
    assert one("SELECT %(a)s::bigint, %(b)s::text, %(a)s + 1", {"a": 3, "b": "x", "unused": 1}) == (3, "x", 4)


def test_json_comes_as_text_as_from_djangos_cursor() -> None:
    with connection.cursor() as cursor:
        cursor.execute("""SELECT '{"a": 1}'::jsonb""")
        assert cursor.fetchall() == fetch("""SELECT '{"a": 1}'::jsonb""") == [('{"a": 1}',)]


def test_a_statement_without_rows_gives_none() -> None:
    assert fetch("UPDATE merchants_merchant SET name = %s WHERE false", ["x"]) == []


def test_errors_are_djangos() -> None:
    for wrong, kind in (("SELECT 1 / %s::int", DataError), ("SELECT %s::int FROM nowhere", Exception)):
        with pytest.raises(kind):
            fetch(wrong, [0])
    Merchant.objects.create(slug="one", name="One")
    with pytest.raises(IntegrityError):
        fetch("INSERT INTO merchants_merchant (slug, name) VALUES (%s, %s)", ["one", "Two"])
    assert one("SELECT 1") == (1,)


def test_it_runs_in_djangos_transaction() -> None:
    with transaction.atomic():
        fetch("CREATE TABLE stays_not (id int)")
        transaction.set_rollback(True)
    assert one("SELECT to_regclass('stays_not')::text") == (None,)


def test_a_broken_transaction_takes_no_further_statement() -> None:
    with transaction.atomic():
        transaction.set_rollback(True)
        with pytest.raises(TransactionManagementError):
            fetch("SELECT 1")


def test_threads_that_share_the_pool_do_not_prepare_twice() -> None:
    found: list[Any] = []

    def ask() -> None:
        connection.ensure_connection()
        found.append(one("SELECT %s::text", ["here"]))
        connection.close()

    for _ in range(4):
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
    assert found == [("here",)] * 4


def test_what_is_prepared_does_not_grow_without_end() -> None:
    for number in range(MOST_PREPARED + 5):
        assert one(f"SELECT {number} + %s::int", [1]) == (number + 1,)
    assert one("SELECT count(*) <= %s FROM pg_prepared_statements", [MOST_PREPARED]) == (True,)


def test_without_preparing_the_answers_are_the_same() -> None:
    plain: Any = connection.connection
    before, plain.prepare_threshold = plain.prepare_threshold, None
    try:
        assert fetch(ASK, VALUES) == [(*VALUES, 3)]
    finally:
        plain.prepare_threshold = before


def test_a_connection_that_is_gone_is_the_databases_fault() -> None:
    with pytest.raises(OperationalError):
        fetch("SELECT pg_terminate_backend(pg_backend_pid())")
    connection.close()
    assert one("SELECT 1") == (1,)
