"""What happens by the clock happens once per period, however many clocks ring."""

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import connection, connections
from django_scopes import ScopeError

from apps.catalog.models import Product
from apps.gateway.models import PeriodicRun
from apps.merchants import clock
from apps.merchants.models import Merchant
from chatshop import jobs, timetable
from chatshop.jobs import JOBS, Job, run_job

NOON = dt.datetime(2026, 3, 1, 12, 0, 30, tzinfo=dt.UTC)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One job, "count", that writes down when it worked."""
    done: list[str] = []
    monkeypatch.setitem(JOBS, "count", Job(lambda: done.append("worked"), per_merchant=False))
    monkeypatch.setitem(timetable.EVERY, "count", 60)
    return done


def test_every_job_has_a_time_and_every_time_a_job() -> None:
    assert set(timetable.EVERY) == set(JOBS)


@pytest.mark.django_db
def test_a_second_ring_in_the_same_period_is_ignored(calls: list[str]) -> None:
    with clock.at(NOON):
        assert [run_job("count"), run_job("count")] == [True, False]
    with clock.at(NOON + dt.timedelta(seconds=60)):
        assert run_job("count") is True
    assert calls == ["worked", "worked"]
    assert [run.period_start for run in PeriodicRun.objects.order_by("pk")] == [
        NOON.replace(second=0),
        NOON.replace(second=0, minute=1),
    ]


@pytest.mark.django_db(transaction=True)
def test_two_schedulers_at_the_same_moment_run_it_once(calls: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The first is still at work when the second rings."""
    at_work, may_end = threading.Event(), threading.Event()

    def work() -> None:
        calls.append("worked")
        at_work.set()
        assert may_end.wait(10)

    monkeypatch.setitem(JOBS, "count", Job(work, per_merchant=False))
    results: list[bool] = []

    def first() -> None:
        results.append(run_job("count"))
        connections.close_all()

    thread = threading.Thread(target=first)
    thread.start()
    assert at_work.wait(10)
    assert run_job("count") is False
    may_end.set()
    thread.join(10)
    assert (results, calls) == ([True], ["worked"])


@pytest.mark.django_db
def test_each_merchant_has_a_turn_and_one_failure_stops_nobody(
    merchant: Merchant, other_merchant: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def work() -> None:
        seen.append(Product.objects.count())
        if len(seen) == 1:
            raise RuntimeError("the first shop is broken")

    monkeypatch.setitem(JOBS, "count", Job(work))
    monkeypatch.setitem(timetable.EVERY, "count", 60)
    assert run_job("count") is True
    run = PeriodicRun.objects.get()
    assert seen == [0, 0]
    assert run.error == "demo: RuntimeError: the first shop is broken"
    assert run.finished_at is not None


@pytest.mark.django_db
def test_a_job_that_forgets_its_scope_fails_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(JOBS, "count", Job(lambda: Product.objects.count(), per_merchant=False))
    monkeypatch.setitem(timetable.EVERY, "count", 60)
    run_job("count")
    assert PeriodicRun.objects.get().error.startswith(ScopeError.__name__)


@pytest.mark.django_db
def test_the_lock_is_let_go_after_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def work() -> Any:
        raise KeyboardInterrupt

    monkeypatch.setitem(JOBS, "count", Job(work, per_merchant=False))
    monkeypatch.setitem(timetable.EVERY, "count", 60)
    with pytest.raises(KeyboardInterrupt):
        run_job("count")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
        assert cursor.fetchone() == (0,)


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(JOBS))
def test_every_real_job_runs_on_an_empty_shop(name: str, merchant: Merchant) -> None:
    assert run_job(name) is True
    assert PeriodicRun.objects.get(job=name).error == ""


@pytest.mark.django_db
def test_old_runs_are_forgotten() -> None:
    long_ago = NOON - dt.timedelta(days=8)
    for moment in (long_ago, NOON):
        PeriodicRun.objects.create(job="count", period_start=moment, started_at=moment)
    with clock.at(NOON):
        assert jobs.forget_old_runs() == 1
    assert PeriodicRun.objects.get().period_start == NOON
