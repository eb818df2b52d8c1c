"""The next number of a series: taken in the document's own transaction, so that none is lost and none is given twice."""

import datetime as dt

from apps.merchants.models import Merchant

from .models import DocumentSeries

DIGITS = 5


def series_of(pattern: str, day: dt.date) -> str:
    """What stands before the number on that day: "INV-{year}-" is "INV-2026-"."""
    return pattern.replace("{year}", f"{day:%Y}")


def next_number(merchant: Merchant, series: str) -> tuple[int, str]:
    """The place in the series and the number as it is written. Whoever asks next waits for our commit.

    Call inside a transaction, after all other locks.
    """
    DocumentSeries.objects.bulk_create([DocumentSeries(merchant=merchant, name=series)], ignore_conflicts=True)
    row = DocumentSeries.objects.select_for_update(no_key=True, of=("self",)).get(name=series)
    row.last += 1
    row.save(update_fields=["last"])
    return row.last, f"{series}{row.last:0{DIGITS}d}"
