"""The door on its own connections: one statement, repeated once, never an open door when the house is shut."""

import json
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.conversations.models import InboundEvent, InboxThread
from apps.gateway import pool
from apps.gateway.ingest import FrontDoor

from .harness import Platform


@pytest.mark.django_db
@pytest.mark.parametrize("size", [1, 8, 200])
def test_a_webhook_costs_exactly_one_statement(platform: Platform, size: int) -> None:
    platform.says("so that the account is known")
    messages = [platform.message(f"{n}", user=f"4917{n:08d}") for n in range(size)]
    with CaptureQueriesContext(connection) as queries:
        assert platform.posts(platform.envelope(messages=messages)) == 200
    assert len(queries) == 1
    assert InboundEvent.objects.count() == size + 1


@pytest.mark.django_db
def test_a_status_costs_exactly_one_statement(platform: Platform) -> None:
    platform.says("so that the account is known")
    statuses = [platform.status(f"out-{n}", "delivered") for n in range(20)]
    with CaptureQueriesContext(connection) as queries:
        assert platform.posts(platform.envelope(statuses=statuses)) == 200
    assert (len(queries), InboundEvent.objects.count()) == (1, 21)


@pytest.mark.django_db
def test_a_batch_of_two_entries_two_changes_two_messages_is_eight_events(platform: Platform) -> None:
    one = platform.envelope()["entry"][0]["changes"][0]
    changes = lambda: [  # noqa: E731
        {**one, "value": {**one["value"], "messages": [platform.message("a"), platform.message("b")]}} for _ in range(2)
    ]
    body = {"object": "whatsapp_business_account", "entry": [{"id": str(n), "changes": changes()} for n in range(2)]}
    assert platform.posts(body) == 200
    assert InboundEvent.objects.count() == 8
    assert InboxThread.objects.count() == 1


@pytest.mark.django_db(transaction=True)
async def test_the_doors_own_pool_stores_once_and_wakes_the_workers(account: Any) -> None:
    platform = Platform(account, FrontDoor())
    raw = json.dumps(platform.envelope(messages=[platform.message("hi", key="wamid.pool")])).encode()
    headers = {"x-hub-signature-256": platform.sign(raw)}
    listener = await psycopg.AsyncConnection.connect(**pool.connection_parameters(), autocommit=True)
    await listener.execute("LISTEN chatshop_work")
    answers = [await platform.acall(raw, headers=headers) for _ in range(2)]
    heard = [notice.payload async for notice in listener.notifies(timeout=3, stop_after=1)]
    await listener.close()
    assert ([status for status, _ in answers], heard) == ([200, 200], ["inbox"])
    assert await InboundEvent.objects.acount() == 1
    await pool.close_pool()


@pytest.mark.django_db(transaction=True)
async def test_a_connection_that_broke_is_replaced_without_anybody_noticing(account: Any) -> None:
    platform = Platform(account, FrontDoor())
    for key in ("wamid.before", "wamid.after"):
        raw = json.dumps(platform.envelope(messages=[platform.message("hi", key=key)])).encode()
        assert (await platform.acall(raw, headers={"x-hub-signature-256": platform.sign(raw)}))[0] == 200
        async with (await pool.pool()).connection() as used:  # the one that was just given back
            backend = used.info.backend_pid
        other = await psycopg.AsyncConnection.connect(**pool.connection_parameters(), autocommit=True)
        await other.execute("SELECT pg_terminate_backend(%s)", [backend])
        await other.close()
    assert await InboundEvent.objects.acount() == 2
    await pool.close_pool()


@pytest.mark.django_db
def test_a_shut_house_says_try_again(account: Any) -> None:
    async def shut(*args: Any) -> int:
        raise psycopg.OperationalError("the database is gone")

    assert Platform(account, FrontDoor(store=shut)).says("hi") == 503


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/payments/stripe/nobody/webhook/", 404),
        ("/payments/stripe/", 404),
        ("/webhooks/", 404),
        ("/webhooks/a/b/c/", 404),
        ("/webhooks/sms/\x00/", 404),
        ("/payments/stripe/\x00/webhook/", 404),
    ],
)
def test_unknown_doors_are_not_there(platform: Platform, path: str, status: int) -> None:
    assert platform.call(b"{}", path=path)[0] == status
