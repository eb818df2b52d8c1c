"""The next number of a series: taken in the document's own transaction, so that none is lost and none is given twice."""

import datetime as dt

from apps.merchants.models import Merchant

from .models import DocumentSeries

DIGITS = 5


def next_number(merchant: Merchant, series: str, *, day: dt.date) -> tuple[int, str]:
    """The place in the series and the number as it is written. Whoever asks next waits for our commit.

    Call inside a transaction, after all other locks. Whoever takes a number has all series of the day, in the order of
    their names: who writes an invoice and then a credit note never waits for one who does it the other way round.
    """
    names = sorted({series, *merchant.series_on(day)})
    rows = _locked(merchant, names)
    if len(rows) < len(names):
        DocumentSeries.objects.bulk_create(
            [DocumentSeries(merchant=merchant, name=name) for name in names], ignore_conflicts=True
        )
        rows = _locked(merchant, names)
    row = rows[series]
    row.last += 1
    row.save(update_fields=["last"])
    return row.last, f"{series}{row.last:0{DIGITS}d}"


def _locked(merchant: Merchant, names: list[str]) -> dict[str, DocumentSeries]:
    rows = DocumentSeries.objects.filter(merchant=merchant, name__in=names).order_by("name")
    return {row.name: row for row in rows.select_for_update(no_key=True, of=("self",))}
