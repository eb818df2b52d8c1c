"""What a kind of rows is as a file: its columns, and where its rows are. Each kind is one of these, in a file of its own."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.utils.functional import Promise
from django.utils.translation import get_language
from django_scopes import scope

from apps.catalog.row_files import row_writer
from apps.merchants.models import Merchant

from ..api.catalog import attribute
from .cells import Cell, Text

CHUNK = 500  # rows in memory at a time
TEXT = Text()
WITH_DECIMAL_COMMA = ("de", "es")  # their spreadsheets part cells by semicolons
MARK = "\N{BOM}"  # spreadsheets read the file as UTF-8 by it


@dataclass(frozen=True)
class Column:
    """What stands there is the row's attribute of this name, or of the name `at`, or what `of` says of the row.

    `is_needed`: a new row cannot be without. `is_told`: for the eye, an import passes it over. `is_asked`: to be filled
    in, an export leaves it empty. `is_key`: a row is known by it, and it stays.
    """

    name: str
    cell: Cell = TEXT
    is_needed: bool = False
    is_told: bool = False
    is_asked: bool = False
    is_key: bool = False
    at: str = ""
    of: Callable[[Any], Any] | None = None

    @property
    def attribute(self) -> str:
        return self.at or self.name

    def value(self, row: Any) -> Any:
        return self.of(row) if self.of else getattr(row, self.attribute)

    def written(self, row: Any, merchant: Merchant) -> str:
        return self.cell.write(self.value(row), merchant)


class Sheet:
    """The base of every kind; this much of it can be taken away."""

    name: ClassVar[str]  # in the names of files
    about: ClassVar[str | Promise] = ""  # what the page says of it

    def columns(self, merchant: Merchant) -> Sequence[Column]:
        raise NotImplementedError

    def rows(self) -> QuerySet[Any]:
        """All of the merchant in scope, with what their cells need."""
        raise NotImplementedError

    def called(self, row: Any) -> str:
        """How people know the row."""
        return str(row)

    def loaded(self, rows: list[Any]) -> Sequence[Any]:
        """A chunk of rows with what the query cannot bring along."""
        return rows


def export_sheet(sheet: Sheet, merchant: Merchant) -> Iterator[str]:
    """The file, piece by piece: a few hundred rows in memory, and a few queries for each piece."""
    is_comma_taken = (get_language() or "")[:2] in WITH_DECIMAL_COMMA  # asked now: it goes out after the request
    return _pieces(sheet, merchant, row_writer(";" if is_comma_taken else ","))


def _pieces(sheet: Sheet, merchant: Merchant, writer: Any) -> Iterator[str]:
    columns = sheet.columns(merchant)
    yield MARK + writer.writerow([column.name for column in columns])
    last: Any = 0
    while True:
        with scope(merchant=merchant):
            chunk: list[Model] = list(sheet.rows().order_by("pk").filter(pk__gt=last)[:CHUNK])
            rows = [_cells(columns, row, merchant) for row in sheet.loaded(chunk)]
        if not chunk:
            return
        yield "".join(writer.writerow(row) for row in rows)
        last = chunk[-1].pk


def _cells(columns: Sequence[Column], row: Any, merchant: Merchant) -> list[str]:
    return ["" if column.is_asked else column.written(row, merchant) for column in columns]


def in_languages(merchant: Merchant, name: str, *, is_needed: bool = False) -> list[Column]:
    """A translated text: in the shop's first language under its own name, then a column for each of its others."""
    first, *others = merchant.languages or [merchant.default_language]
    return [
        Column(name, is_needed=is_needed, at=attribute(name, first)),
        *(Column(attribute(name, code)) for code in others),
    ]
