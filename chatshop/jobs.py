"""What happens by the clock. Celery's beat rings; a row per job and period lets one ring in; the work is the apps'.

Every job may run late, twice, or not at all for a while: it sweeps what is due now, it is never the record.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from celery import shared_task
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django_scopes import scope

from apps.carts.actions import lapse_carts
from apps.catalog.counting import fold_counts
from apps.catalog.planning import apply_plans
from apps.catalog.stock import expire_holds
from apps.catalog.vectors import catch_up
from apps.conversations.files import forget_old_files, forget_orphans
from apps.conversations.health import check_accounts
from apps.conversations.inbox import adopt_events
from apps.conversations.uploads import forget_stale_uploads
from apps.customers.actions import forget_codes
from apps.gateway.models import PeriodicRun
from apps.insights.reckon import reckon_figures
from apps.loyalty.actions import follow_tiers, give_birthdays, pay_referrals, settle_points, warn_of_expiry
from apps.merchants import clock
from apps.merchants.models import Merchant
from apps.messaging.approvals import fetch_all_templates
from apps.notifications.account_troubles import tell_troubles
from apps.orders.actions.cancel import expire_orders
from apps.payments.actions.reconcile import reconcile
from apps.payments.actions.taxes import send_taxes

from .timetable import EVERY

log = structlog.get_logger(__name__)
RUNS_KEPT = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Job:
    """`work` is called once per active merchant inside its scope, or once if it opens the scopes itself."""

    work: Callable[[], Any]
    per_merchant: bool = True


def forget_old_runs() -> int:
    """Rows of periods long gone; returns how many."""
    return PeriodicRun.objects.filter(period_start__lt=clock.now() - RUNS_KEPT).delete()[0]


def forget_sessions() -> None:
    """Sign-ins that have run out."""
    SessionStore.clear_expired()


JOBS: dict[str, Job] = {
    "expire-holds": Job(expire_holds),
    "apply-prices": Job(apply_plans),
    "expire-orders": Job(expire_orders, per_merchant=False),
    "adopt-events": Job(adopt_events, per_merchant=False),
    "reconcile-payments": Job(reconcile, per_merchant=False),
    "tell-taxes": Job(send_taxes, per_merchant=False),
    "fold-counts": Job(fold_counts),
    "embed-products": Job(catch_up),
    "tell-account-troubles": Job(tell_troubles),
    "check-accounts": Job(check_accounts),
    "fetch-templates": Job(fetch_all_templates),
    "lapse-carts": Job(lapse_carts),
    "settle-points": Job(settle_points),
    "pay-referrals": Job(pay_referrals),
    "give-birthdays": Job(give_birthdays),
    "follow-tiers": Job(follow_tiers),
    "warn-of-expiry": Job(warn_of_expiry),
    "reckon-figures": Job(reckon_figures),
    "forget-codes": Job(forget_codes),
    "forget-files": Job(forget_old_files),
    "forget-orphans": Job(forget_orphans, per_merchant=False),
    "forget-uploads": Job(forget_stale_uploads, per_merchant=False),
    "forget-sessions": Job(forget_sessions, per_merchant=False),
    "forget-old-runs": Job(forget_old_runs, per_merchant=False),
}


def period_start(moment: dt.datetime, every: int) -> dt.datetime:
    """The beginning of the period of `every` seconds that `moment` lies in."""
    return dt.datetime.fromtimestamp(int(moment.timestamp()) // every * every, dt.UTC)


def run_job(name: str) -> bool:
    """Runs the job unless this period has had it, or another process is at it. Returns whether it ran.

    A merchant for whom it fails does not keep the others waiting; the row keeps what went wrong.
    Raises `KeyError` for a job nobody knows.
    """
    job = JOBS[name]
    with connection.cursor() as cursor:
        # A session's lock, not a transaction's: a job may call the outside, and no transaction may wait for that.
        cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [f"job:{name}"])
        if not cursor.fetchone()[0]:
            return False
    try:
        return _run_once(name, job)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [f"job:{name}"])


def _run_once(name: str, job: Job) -> bool:
    now = clock.now()
    start = period_start(now, EVERY[name])
    run, is_new = PeriodicRun.objects.get_or_create(job=name, period_start=start, defaults={"started_at": now})
    if not is_new:
        return False
    failures = _work(job)
    for failure in failures:
        log.error("job failed", job=name, failure=failure)
    run.finished_at = clock.now()
    run.error = "\n".join(failures)
    run.save(update_fields=["finished_at", "error"])
    return True


def _work(job: Job) -> list[str]:
    if not job.per_merchant:
        return _try(job.work, "")
    failures = []
    for merchant in Merchant.objects.filter(is_active=True).order_by("pk"):
        with scope(merchant=merchant):
            failures += _try(job.work, f"{merchant.slug}: ")
    return failures


def _try(work: Callable[[], Any], whose: str) -> list[str]:
    try:
        work()
    except Exception as error:  # kept in the row, logged, and tried again next period
        return [f"{whose}{type(error).__name__}: {error}"]
    return []


@shared_task(name="chatshop.run_job")
def ring(name: str) -> None:
    """The task that beat sends; see `run_job`."""
    run_job(name)
