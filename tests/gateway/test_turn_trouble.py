"""What goes wrong beside a turn is not the event's fault, and what goes wrong in it is written down once."""

import threading
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection

from apps.conversations.models import InboundEvent
from apps.gateway.turns import run_turn
from apps.merchants.statements import fetch
from tests.factories import channel_account

from .harness import Platform, parrot

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def platform(merchant: Any) -> Platform:
    connection.ensure_connection()
    return Platform(channel_account(merchant, "whatsapp"))


def waiting() -> list[tuple[int, str, bool]]:
    return list(InboundEvent.objects.values_list("attempts", "error", "dead_at").order_by("pk"))


@pytest.mark.parametrize("trouble", [psycopg.OperationalError, psycopg.InterfaceError, OperationalError])
def test_a_counter_without_a_connection_blames_no_event(platform: Platform, trouble: type[Exception]) -> None:
    def count(ids: Any) -> None:
        raise trouble("sorry, too many clients already")

    platform.says("hi")
    for _ in range(7):
        with pytest.raises(trouble):
            run_turn(parrot, count=count)
    assert waiting() == [(0, "", None)]
    assert (run_turn(parrot), waiting()) == (1, [(1, "", None)])


def test_a_column_that_changes_under_a_running_worker_is_read_anew(platform: Platform) -> None:
    platform.says("hi")
    run_turn(parrot)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE conversations_conversation ALTER language TYPE varchar(11)")
    try:
        platform.says("again")
        with pytest.raises(OperationalError):  # in a transaction: nothing is done, nobody is blamed
            run_turn(parrot)
        assert run_turn(parrot) == 1
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE conversations_conversation ALTER language TYPE varchar(10)")
        pooled: Any = connection
        pooled.close()
        pooled.close_pool()  # what was prepared meanwhile goes with its connections
    assert waiting() == [(1, "", None), (1, "", None)]


def test_what_a_pooler_forgot_is_prepared_again() -> None:
    connection.ensure_connection()
    for _ in range(2):
        assert fetch("SELECT %s::text", ["here"]) == [("here",)]
        with connection.cursor() as cursor:
            cursor.execute("DEALLOCATE ALL")


def test_nobody_gets_a_thread_while_its_failure_is_written_down(platform: Platform) -> None:
    platform.says("hi")

    class Slow(ValueError):
        def __str__(self) -> str:  # asked for while the failure is noted
            other = threading.Thread(target=lambda: found.append(run_turn(parrot)))
            other.start()
            other.join(1)
            return "slowly"

    def fails_slowly(received: Any) -> None:
        raise Slow

    found: list[int] = []
    assert run_turn(fails_slowly) == 1
    assert set(found) == {0}
    assert [row[:2] for row in waiting()] == [(1, "Slow: slowly")]
