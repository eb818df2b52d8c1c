"""Documents for the bookkeeper: a table with a row for each document and rate, or all files in one."""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from decimal import Decimal

from .models import Document
from .pdf import pdf_of

COLUMNS = (
    "number", "kind", "issued_on", "order", "refers_to", "buyer", "country", "currency", "tax_percent", "tax_name", "net",
    "tax", "gross", "total",
)  # fmt: skip
FIRST_MOMENT = (1980, 1, 1, 0, 0, 0)  # of a file in a ZIP: the same documents make the same bytes
FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def table_of(documents: Iterable[Document]) -> Iterator[str]:
    """CSV, line by line, with a heading: one row for each document and tax rate; what a credit note gives back is below zero.

    `documents` carry `order` and `refers_to`. Amounts are written with a point and as many decimals as the currency has.
    """
    yield _row(COLUMNS)
    for document in documents:
        sign = Decimal(-1 if document.kind == Document.Kind.CREDIT_NOTE else 1)
        buyer, currency = document.body["buyer"], str(document.gross.currency)
        for rate in document.body["rates"]:
            amounts = [str(sign * Decimal(rate[key])) for key in ("net", "tax", "gross")]
            places = Decimal(rate["gross"]).as_tuple().exponent
            total = str((sign * document.gross.amount).quantize(Decimal(1).scaleb(int(places))))
            yield _row(
                (
                    document.number, document.kind, document.day.isoformat(), document.order.number,
                    document.refers_to.number if document.refers_to else "", _text(buyer["name"]), buyer["country"],
                    currency, rate["percent"], _text(rate["name"]), *amounts, total,
                )
            )  # fmt: skip


def archive_of(documents: Iterable[Document]) -> bytes:
    """A ZIP of their PDFs, oldest first as they come."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for document in documents:
            archive.writestr(zipfile.ZipInfo(document.filename, FIRST_MOMENT), pdf_of(document))
    return whole.getvalue()


def _row(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def _text(text: str) -> str:
    """What a shopper wrote is never a formula of the bookkeeper's table."""
    return f"'{text}" if text.startswith(FORMULAS) else text
