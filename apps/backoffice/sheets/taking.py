"""A file is taken in: all of it or, with an error for every wrong row, nothing. A dry look does the same and undoes it."""

import datetime as dt
import hashlib
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, BinaryIO, ClassVar

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django_scopes import scope

from apps.catalog.ledger import retry_conflicts
from apps.catalog.row_files import Row, plain_cell, read_rows
from apps.catalog.shopify import RowError
from apps.merchants import clock
from apps.merchants.models import Merchant

from ..models import ImportedFile
from .cells import WrongCell, nothing
from .sheet import CHUNK, Column, Sheet

MOST_ERRORS = 200
MOST_SHOWN = 200  # changes named one by one
_FILES = 0xF11E  # the class of our advisory locks


@dataclass(frozen=True)
class Change:
    """What one cell is about to say, or said; a row that is new has no `column`."""

    line: int
    what: str
    column: str = ""
    before: str = ""
    after: str = ""


@dataclass
class Report:
    """What was (or, after a dry look or with errors, would have been) done, in rows."""

    rows: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    changes: list[Change] = field(default_factory=list)  # the first of them
    errors: list[RowError] = field(default_factory=list)
    is_applied: bool = False
    known_since: dt.datetime | None = None  # the same file was brought then
    told_once: list[list[str]] = field(default_factory=list)  # secrets that were made, kept nowhere

    @property
    def is_something(self) -> bool:
        return bool(self.created or self.changed)


class WrongColumn(Exception):
    """A row cannot be as its file says: which column is to blame, and a sentence."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column


class AlreadySo(Exception):
    """A row asks for what was done before: it changes nothing."""


class Take:
    """One file on its way in; what a kind finds out on the way it keeps in `memory`."""

    def __init__(self, merchant: Merchant, actor: Any, digest: str) -> None:
        self.merchant, self.actor, self.digest = merchant, actor, digest
        self.report = Report()
        self.memory: dict[Hashable, Any] = {}
        self.line = 0  # of the row that is being saved
        self.told_once: list[list[str]] = []  # secrets of rows that were made, for whoever brought the file
        self._lines: dict[Hashable, int] = {}

    def wrong(self, line: int, column: str, message: str) -> None:
        self.report.errors.append(RowError(line, column, message))

    def is_first(self, line: int, column: str, key: Hashable) -> bool:
        """Whether no row above is about the same."""
        if key in self._lines:
            self.wrong(line, column, _("It stands in line %d already.") % self._lines[key])
            return False
        self._lines[key] = line
        return True

    def once(self, name: Hashable, find: Callable[[], Any]) -> Any:
        """What `find` says, asked once in a file."""
        if name not in self.memory:
            self.memory[name] = find()
        return self.memory[name]


class TakenSheet(Sheet):
    """A kind that is also brought back."""

    needed: ClassVar[tuple[str, ...]] = ()  # columns without which nothing can be told
    most_rows: ClassVar[int] = 10_000
    told_columns: ClassVar[tuple[str, ...]] = ()  # of the file with what is told once
    is_once: ClassVar[bool] = False  # it gives or counts: the same file twice is a mistake
    once_for: ClassVar[dt.timedelta | None] = None  # and for how long; None is for good

    def find(self, take: Take, rows: Sequence[Row]) -> Iterator[tuple[Row, Any]]:
        """Each row with what it is about, one without a key if it is new; what is wrong is told to `take`."""
        raise NotImplementedError

    def save(self, take: Take, row: Any, values: dict[Column, Any]) -> None:
        """Give the row these values, or make it with them. Raises `WrongColumn`, and `AlreadySo` for what was done before."""
        raise NotImplementedError

    def finish(self, take: Take) -> None:
        """Once after all rows, if none was wrong."""


class _Undo(Exception):
    """Leave the database as it was."""


@retry_conflicts
def take_in(
    sheet: TakenSheet, merchant: Merchant, file: BinaryIO, *, actor: Any = None, is_dry_run: bool = False
) -> Report:
    """Read a file into the shop. Raises `ValueError`, a sentence, for what is no such file at all."""
    file.seek(0)
    take = Take(merchant, actor, _first_look(sheet, merchant, file))
    file.seek(0)
    try:
        with scope(merchant=merchant), transaction.atomic():
            _alone(sheet, merchant)
            if _is_known(sheet, take):
                return take.report
            _take_rows(sheet, take, file)
            if not take.report.errors:
                sheet.finish(take)
            if take.report.errors or is_dry_run:
                raise _Undo
            _remember(sheet, take)
    except _Undo:
        take.report.errors.sort(key=lambda error: error.line)
        return take.report
    take.report.is_applied, take.report.told_once = True, take.told_once
    return take.report


def _first_look(sheet: TakenSheet, merchant: Merchant, file: BinaryIO) -> str:
    """The digest of what its rows say in columns we read, however a spreadsheet parts and writes them. Raises `ValueError`."""
    digest, count = hashlib.sha256(), 0
    columns = {column.name: column for column in sheet.columns(merchant) if not column.is_told}
    for count, (_line, cells) in enumerate(read_rows(file, sheet.needed), start=1):
        if count > sheet.most_rows:
            raise ValueError(_("At most %d rows in a file. Split it and import the parts.") % sheet.most_rows)
        counts = sorted((name, cell) for name, cell in cells.items() if cell and name in columns and sheet.is_once)
        said = (f"{name}\x1e{_plainly(columns[name], cell, merchant)}" for name, cell in counts)
        digest.update("\x1f".join(said).encode() + b"\x1d")
    if not count:
        raise ValueError(_("There are no rows in this file."))
    return digest.hexdigest()


def _plainly(column: Column, text: str, merchant: Merchant) -> str:
    """ "12,5" and "12.50" say the same, and so do two ways to write a day."""
    try:
        return column.cell.write(column.cell.read(text, merchant), merchant)
    except WrongCell:
        return text


def _alone(sheet: TakenSheet, merchant: Merchant) -> None:
    """Until the end of the transaction nobody brings another file of this kind into this shop."""
    number = int.from_bytes(hashlib.sha256(f"{merchant.pk}:{sheet.name}".encode()).digest()[:4], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_FILES, number])


def _is_known(sheet: TakenSheet, take: Take) -> bool:
    if not sheet.is_once:
        return False
    files = ImportedFile.objects.filter(sheet=sheet.name, digest=take.digest)
    if sheet.once_for is not None:
        files = files.filter(created_at__gt=clock.now() - sheet.once_for)
    known = files.first()
    take.report.known_since = known.created_at if known else None
    return known is not None


def _remember(sheet: TakenSheet, take: Take) -> None:
    if sheet.is_once and take.report.is_something:
        facts = {"rows": take.report.rows, "actor": take.actor, "created_at": clock.now()}
        ImportedFile.objects.update_or_create(
            merchant=take.merchant, sheet=sheet.name, digest=take.digest, defaults=facts
        )


def _take_rows(sheet: TakenSheet, take: Take, file: BinaryIO) -> None:
    columns = {one.name: one for one in sheet.columns(take.merchant) if not one.is_told and not one.is_key}
    rows = read_rows(file, sheet.needed)
    while chunk := list(islice(rows, CHUNK)):
        take.report.rows += len(chunk)
        for (line, cells), row in sheet.find(take, chunk):
            _take_row(
                sheet, take, line, [(columns[name], cell) for name, cell in cells.items() if name in columns], row
            )
        if len(take.report.errors) >= MOST_ERRORS:
            return


def _take_row(sheet: TakenSheet, take: Take, line: int, said: Iterable[tuple[Column, str]], row: Any) -> None:
    before, is_new = len(take.report.errors), row.pk is None
    changes = [change for change in _changes(take, line, said, row) if change]
    if len(take.report.errors) > before:
        return
    if not changes and not is_new:
        take.report.unchanged += 1
        return
    told = [(column, value, column.written(row, take.merchant)) for column, value in changes]
    take.line = line
    try:
        with transaction.atomic():  # what is refused is undone, and the rows after it are looked at
            sheet.save(take, row, dict(changes))
    except WrongColumn as wrong:
        take.wrong(line, wrong.column, str(wrong))
        return
    except AlreadySo:
        take.report.unchanged += 1
        return
    take.report.created += is_new
    take.report.changed += not is_new
    if len(take.report.changes) < MOST_SHOWN:
        take.report.changes += _shown(take, line, sheet.called(row), told, is_new=is_new)


def _changes(take: Take, line: int, said: Iterable[tuple[Column, str]], row: Any) -> Iterator[tuple[Column, Any]]:
    """What the cells say otherwise than the row is; what cannot be read is told."""
    is_new = row.pk is None
    for column, text in said:
        written = plain_cell(column.written(row, take.merchant))
        if text == written and not (is_new and text):
            continue
        if not text and (is_new or not column.cell.clears or column.is_needed):
            if column.is_needed:
                take.wrong(line, column.name, _("This cannot be empty."))
            continue
        try:
            value = column.cell.read(text, take.merchant) if text else nothing(column.cell)
        except WrongCell as wrong:
            take.wrong(line, column.name, str(wrong))
            continue
        if is_new or plain_cell(column.cell.write(value, take.merchant)) != written:
            yield column, value


def _shown(
    take: Take, line: int, what: str, told: Iterable[tuple[Column, Any, str]], *, is_new: bool
) -> Iterator[Change]:
    if is_new:
        yield Change(line, what)
        return
    for column, value, before in told:
        yield Change(line, what, column.name, before, column.cell.write(value, take.merchant))
