"""Documents for the bookkeeper: a table with a row for each document and rate, or all files in one."""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from apps.carts.money import money

from .models import Document
from .pdf import pdf_of
from .snapshot import written

COLUMNS = (
    "number", "kind", "issued_on", "order", "refers_to", "buyer", "country", "currency", "tax_percent", "tax_name", "net",
    "tax", "gross", "total",
)  # fmt: skip
FIRST_MOMENT = (1980, 1, 1, 0, 0, 0)  # of a file in a ZIP: the same documents make the same bytes
FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def table_of(documents: Iterable[Document]) -> Iterator[str]:
    """CSV, line by line, with a heading: one row for each document and tax rate; what a credit note gives back is below zero.

    A document over nothing has one row as well, at 0 %. A buyer who was forgotten is named on the document alone.
    `documents` carry `order` and `refers_to`. Amounts are written with a point and as many decimals as the currency has.
    """
    yield _row(COLUMNS)
    for document in documents:
        sign = -1 if document.kind == Document.Kind.CREDIT_NOTE else 1
        country, currency = document.body["buyer"]["country"], str(document.gross.currency)
        nothing = {"percent": "0", "name": "", "net": "0", "tax": "0", "gross": "0"}
        for rate in document.body["rates"] or [nothing]:
            amounts = [written(money(sign * Decimal(rate[key]) + 0, currency)) for key in ("net", "tax", "gross")]
            yield _row(
                (
                    document.number, document.kind, document.day.isoformat(), document.order.number,
                    document.refers_to.number if document.refers_to else "", _text(document.shown_buyer), country,
                    currency, rate["percent"], _text(rate["name"]), *amounts, written(money(sign * document.gross.amount + 0, currency)),
                )
            )  # fmt: skip


def archive_of(documents: Iterable[Document]) -> Iterator[bytes]:
    """A ZIP of their PDFs as they come, in a piece for each: no more than one file is in memory at a time.

    Each piece is most of a second of work. Asks no database beyond `documents`.
    """
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for document in documents:
            archive.writestr(zipfile.ZipInfo(document.filename, FIRST_MOMENT), pdf_of(document))
            yield pipe.drawn()
    yield pipe.drawn()


class _Pipe(io.RawIOBase):
    """What was written and not yet taken away."""

    def __init__(self) -> None:
        super().__init__()
        self._written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, some: Any) -> int:
        self._written += some
        return len(some)

    def drawn(self) -> bytes:
        taken = bytes(self._written)
        self._written.clear()
        return taken


def _row(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def _text(text: str) -> str:
    """What a shopper wrote is never a formula of the bookkeeper's table."""
    return f"'{text}" if text.startswith(FORMULAS) else text
