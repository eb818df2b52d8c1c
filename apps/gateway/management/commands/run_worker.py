from argparse import ArgumentParser
from typing import Any

import structlog
from django.core.management.base import BaseCommand

from apps.conversations.checks import channel_accounts
from apps.gateway.loop import drain
from apps.gateway.worker import DELIVERY_THREADS, TURN_THREADS, Worker

logger = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = "Take turns, deliver, run effects, payment events and notices, until told to stop. Run as many as you like."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="do what is due now, then end")
        parser.add_argument("--turns", type=int, default=TURN_THREADS, help="threads that take turns")
        parser.add_argument("--deliveries", type=int, default=DELIVERY_THREADS, help="threads that deliver")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            self.stdout.write(f"{drain()} done")
            return
        for wrong in channel_accounts(None, databases=["default"]):
            logger.warning("account.not_ready", check=wrong.id, said=wrong.msg, hint=wrong.hint)
        worker = Worker(turn_threads=options["turns"], delivery_threads=options["deliveries"])
        worker.handle_signals()
        worker.run()
