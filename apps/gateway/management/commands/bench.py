import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from apps.gateway.bench import BENCHES
from apps.gateway.bench_place import throwaway_database


class Command(BaseCommand):
    help = (
        "Measure one path, beside its bare baseline in the same interleaved run, in a database of its own that is"
        " dropped at the end. One JSON object a line with --json."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", choices=sorted(BENCHES))
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, **options: Any) -> None:
        settings.PRIVATE_ADDRESSES = True  # the platform is played on this machine
        with throwaway_database():
            for figures in BENCHES[options["path"]]():
                if options["as_json"]:
                    self.stdout.write(json.dumps(figures))
                else:
                    self.stdout.write("  ".join(f"{name} {value}" for name, value in figures.items()))
