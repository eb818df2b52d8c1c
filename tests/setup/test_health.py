"""The addresses for those who watch."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from apps.gateway import heartbeat


def test_healthz_asks_nobody(client: Client) -> None:
    """No database fixture here: a query would fail the test."""
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_readyz_waits_for_a_worker(client: Client) -> None:
    cache.delete(heartbeat.KEY)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (
        503,
        {"status": "unready", "database": "ok", "broker": "ok", "worker": "WorkerSilent"},
    )
    heartbeat.beat()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")


@pytest.mark.django_db
def test_a_worker_that_went_silent_makes_it_unready(client: Client) -> None:
    cache.set(heartbeat.KEY, 1_000_000.0, 60)
    assert client.get("/readyz").json()["worker"] == "WorkerSilent"


@pytest.mark.django_db
def test_metrics_want_their_token(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = "figures"
    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Bearer other"}).status_code == 403
    answer = client.get("/metrics", headers={"Authorization": "Bearer figures"})
    assert answer.status_code == 200
    assert b"django_http_requests_total" in answer.content


def test_metrics_of_a_shop_on_the_internet_are_shut_without_a_token(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    settings.IS_HTTPS = True
    assert client.get("/metrics").status_code == 503
