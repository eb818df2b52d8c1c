"""Asks every app whether its books are in order."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from apps.merchants.invariants import run_all


class Command(BaseCommand):
    help = "Checks stock, ledgers, payments, inbox and outbox of all merchants; exit 1 on a breach."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON array: name, ok, count, examples")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = run_all()
        if options["json"]:
            self.stdout.write(json.dumps(findings, ensure_ascii=False))
        else:
            for finding in findings:
                self.stdout.write(f"{'ok    ' if finding['ok'] else 'BREACH'}  {finding['name']}")
                for example in finding["examples"]:
                    self.stdout.write(f"          {example}")
        if not all(finding["ok"] for finding in findings):
            sys.exit(1)
