"""Three addresses for those who watch: am I alive, can I work, and how much."""

import hmac
import time
from collections.abc import Callable

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView

from apps.gateway.heartbeat import last_beat

from .gauges import gauges

LONGEST_SILENCE = 15.0  # seconds a worker may say nothing


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers. Nothing else is asked, so that a broken database does not restart the pages."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when database, broker and at least one worker are there; else 503 and which one is not."""
    checks = {name: _state_of(check) for name, check in CHECKS.items()}
    is_ready = all(state == "ok" for state in checks.values())
    return JsonResponse({"status": "ok" if is_ready else "unready", **checks}, status=200 if is_ready else 503)


def _state_of(check: Callable[[], None]) -> str:
    try:
        check()
    except Exception as error:  # whatever is wrong with an engine is the answer here, not a crash
        return f"{type(error).__name__}"
    return "ok"


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _broker() -> None:
    cache.set("readyz", 1, 10)


class WorkerSilent(Exception):
    """No worker has said that it lives."""


def _worker() -> None:
    beat = last_beat()
    if beat is None or time.time() - beat > LONGEST_SILENCE:
        raise WorkerSilent


CHECKS: dict[str, Callable[[], None]] = {"database": _database, "broker": _broker, "worker": _worker}


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures for Prometheus, behind METRICS_TOKEN; without one only a shop that is not on the internet shows them."""
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode()):
            return HttpResponse("wrong token", status=403, content_type="text/plain")
    elif settings.IS_HTTPS:
        return HttpResponse("METRICS_TOKEN is not set", status=503, content_type="text/plain")
    answer: HttpResponse = ExportToDjangoView(request)
    answer.write(gauges())
    return answer
