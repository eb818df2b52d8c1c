"""Read every product again for the search: after an upgrade that says so, or a change made past the admin and API."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django_scopes import scope

from apps.catalog.index import refresh
from apps.catalog.models import Product
from apps.merchants.models import Merchant


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--merchant", help="the merchant's slug; without it, every merchant's products")

    def handle(self, *args: Any, merchant: str | None, **options: Any) -> None:
        merchants = Merchant.objects.filter(slug=merchant) if merchant else Merchant.objects.all()
        if merchant and not merchants:
            raise CommandError(f"There is no merchant “{merchant}”.")
        for found in merchants:
            with scope(merchant=found):
                ids = list(Product.objects.values_list("pk", flat=True))
            refresh(found, ids)
            self.stdout.write(f"{found.slug}: {len(ids)} products read.")
