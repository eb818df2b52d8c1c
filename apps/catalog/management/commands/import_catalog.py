"""Fill a merchant's shelves from a product file: all of it, or nothing and every error with its line."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.catalog.importing import import_catalog
from apps.merchants.models import Merchant


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--merchant", required=True, help="the merchant's slug")
        parser.add_argument("--format", choices=["shopify"], default="shopify")
        parser.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, file: Path, merchant: str, **options: Any) -> None:
        found = Merchant.objects.filter(slug=merchant).first()
        if found is None:
            raise CommandError(f"There is no merchant “{merchant}”.")
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        with file.open("rb") as source:
            report = import_catalog(found, source, is_dry_run=options["dry_run"])
        if options["json"]:
            self.stdout.write(json.dumps(asdict(report), ensure_ascii=False))
        else:
            for error in report.errors:
                self.stderr.write(f"line {error.line}, {error.column or 'row'}: {error.message}")
            done = "Imported" if report.is_applied else "Nothing was changed; this would be"
            self.stdout.write(
                f"{done}: {report.created} new and {report.updated} known products, {report.variants} variants"
                f" from {report.rows} rows; {len(report.errors)} errors."
            )
        if report.errors:
            raise SystemExit(1)
