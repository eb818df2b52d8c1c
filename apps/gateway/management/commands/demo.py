"""The whole shop on one machine: database, broker, worker, schedules and pages, until Ctrl-C."""

import http.client
import os
import signal
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from apps.gateway.demo import DEMO_PASSWORD, SIGN_INS, seed_demo
from chatshop.demo import add_arguments, tend_engines
from chatshop.processes import Family, Process

READY_SECONDS = 60.0


class Command(BaseCommand):
    help = "Runs the demo shop with everything it needs; Ctrl-C stops it. State lives in DATA_DIR (.data/)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.CHATSHOP_SANDBOX:
            raise CommandError("The demo plays the outside world itself: CHATSHOP_SANDBOX must not be 0.")
        started = time.monotonic()
        family = Family(tell=self._tell, watches=[lambda: tend_engines(self._tell)])
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, family.stop_soon)
        try:
            # Loading the pages takes as long as preparing the database; two cores do both at once.
            self._start(family, "pages")
            self._tell("preparing the database …")
            call_command("migrate", verbosity=0, interactive=False)
            merchant = seed_demo(tell=self._tell)
            self._start(family, "worker")
            self._start(family, "schedules")
            self._wait_for_page(family)
            if not family.is_stopping:
                self._welcome(merchant.slug, time.monotonic() - started)
            family.run()
        finally:
            self._tell("stopping …")
            family.stop()

    def _start(self, family: Family, name: str) -> None:
        if family.is_stopping:
            return
        logs = Path(settings.DATA_DIR) / "logs"
        logs.mkdir(exist_ok=True)
        family.add(Process(name, _commands()[name], logs / f"{name}.log", os.environ))

    def _wait_for_page(self, family: Family) -> None:
        """Returns when /healthz answers, or when somebody wants to stop."""
        deadline = time.monotonic() + READY_SECONDS
        while not family.is_stopping:
            family.tend()
            if _answers():
                return
            if time.monotonic() > deadline:
                raise CommandError(f"The pages do not come up; see {Path(settings.DATA_DIR) / 'logs' / 'pages.log'}")
            time.sleep(0.1)

    def _welcome(self, slug: str, seconds: float) -> None:
        base = settings.PUBLIC_URL
        people = "\n".join(f"    {email:<24} {role}" for email, role in SIGN_INS)
        self._tell(
            f"""ready after {seconds:.0f} s

  the shop's web chat    {base}/chat/{slug}/
  phones to play with    {base}/sandbox/
  the associates' desk   {base}/console/
  the merchant's admin   {base}/admin/
  the API                {base}/api/docs/

  sign in with the password "{DEMO_PASSWORD}" as
{people}

  Ctrl-C stops everything; the logs are in {Path(settings.DATA_DIR) / "logs"}"""
        )

    def _tell(self, line: str) -> None:
        self.stdout.write(f"chatshop: {line}")
        self.stdout.flush()


def _commands() -> dict[str, list[str]]:
    """The three processes of the shop, as they would run anywhere (docs/deploying.md)."""
    python = [sys.executable, "-W", "ignore"]
    return {
        "pages": [
            *(*python, "-m", "daphne", "-b", settings.HOST, "-p", str(settings.PORT), "--access-log", os.devnull),
            *("--websocket-max-message-size", str(settings.WEBSOCKET_MAX_BYTES), "chatshop.asgi:application"),
        ],
        "worker": [*python, str(settings.BASE_DIR / "manage.py"), "run_worker"],
        "schedules": [
            *(*python, "-m", "celery", "-A", "chatshop", "worker", "-B"),
            f"--schedule={Path(settings.DATA_DIR) / 'celerybeat-schedule'}",
            *("--pool", "threads", "--concurrency", "2", "--loglevel", "warning", "--without-mingle"),
        ],
    }


def _answers() -> bool:
    """Does /healthz answer? Asked directly: a proxy of the environment does not know this machine's ports."""
    connection = http.client.HTTPConnection(settings.HOST, settings.PORT, timeout=2)
    try:
        connection.request("GET", "/healthz", headers={"Host": "127.0.0.1"})
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()
