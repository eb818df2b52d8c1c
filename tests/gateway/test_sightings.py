"""Handshakes and forged calls are remembered; a flood of them costs one write a minute, a genuine call none."""

from typing import Any

import psycopg
import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scope

from apps.conversations.health import BURST, Trouble, health_of
from apps.conversations.models import AccountHealth
from apps.gateway.ingest import FrontDoor
from apps.gateway.sightings import EVERY, Sight, Sightings
from apps.merchants.models import ChannelAccount, Merchant
from tests import factories

from .harness import Platform, in_this_transaction, noted_in_this_transaction


@pytest.fixture
def account(merchant: Merchant) -> ChannelAccount:
    return factories.channel_account(merchant, "whatsapp", name="main")


@pytest.fixture
def platform(account: ChannelAccount) -> Platform:
    sightings = Sightings(run=noted_in_this_transaction)
    return Platform(account, FrontDoor(store=in_this_transaction, sightings=sightings))


def row(account: ChannelAccount) -> AccountHealth | None:
    with scope(merchant=account.merchant):
        found: AccountHealth | None = AccountHealth.objects.first()
    return found


def knock(platform: Platform, word: str) -> int:
    query = f"hub.mode=subscribe&hub.challenge=7&hub.verify_token={word}"
    status, _body = platform.call(method="GET", query=query)
    return int(status)


def test_a_handshake_is_remembered(platform: Platform, account: ChannelAccount) -> None:
    assert knock(platform, account.config["verify_token"]) == 200
    found = row(account)
    assert found is not None
    assert (found.handshake_at is not None, found.forged_at, found.forged_calls) == (True, None, 0)


def test_a_wrong_word_is_no_handshake(platform: Platform, account: ChannelAccount) -> None:
    assert knock(platform, "guess") == 403
    found = row(account)
    assert found is not None
    assert (found.handshake_at, found.forged_calls) == (None, 1)


def test_a_flood_of_forged_calls_is_written_once_a_minute_and_counted_whole(
    platform: Platform, account: ChannelAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr("apps.gateway.sightings.time.monotonic", lambda: now[0])
    with CaptureQueriesContext(connection) as queries:
        assert {knock(platform, "guess") for _ in range(50)} == {403}
    assert len([each for each in queries if "accounthealth" in each["sql"]]) == 1
    now[0] += EVERY
    knock(platform, "guess")
    found = row(account)
    assert found is not None
    assert found.forged_calls == 51


def test_a_burst_that_ends_at_once_is_written_once_more_and_is_a_trouble(
    platform: Platform, account: ChannelAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.gateway.sightings.time.monotonic", lambda: 1000.0)
    with CaptureQueriesContext(connection) as queries:
        for _ in range(BURST * 3):
            knock(platform, "guess")
    assert len([each for each in queries if "accounthealth" in each["sql"]]) == 2
    with scope(merchant=account.merchant):
        health = health_of(account)
    assert (health.forged_calls, health.troubles) == (BURST + 1, [Trouble.FORGED])


def test_a_genuine_call_costs_nothing_more(platform: Platform, account: ChannelAccount) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert platform.says("hi") == 200
    assert [each for each in queries if "accounthealth" in each["sql"]] == []
    assert row(account) is None


def test_another_day_begins_anew(account: ChannelAccount) -> None:
    note = async_to_sync(Sightings(run=noted_in_this_transaction).note)
    note(account, Sight.FORGED)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE conversations_accounthealth SET forged_at = forged_at - interval '25 hours', forged_calls = 9"
        )
    async_to_sync(Sightings(run=noted_in_this_transaction).note)(account, Sight.FORGED)
    found = row(account)
    assert found is not None
    assert found.forged_calls == 1


def test_a_database_that_is_away_changes_no_answer(account: ChannelAccount) -> None:
    async def away(statement: str, values: dict[str, Any]) -> Any:
        raise psycopg.OperationalError("away")

    sightings = Sightings(run=away)
    platform = Platform(account, FrontDoor(store=in_this_transaction, sightings=sightings))
    assert [knock(platform, "guess"), knock(platform, account.config["verify_token"])] == [403, 200]
    assert sightings.unwritten[(account.pk, Sight.FORGED)] == 1
