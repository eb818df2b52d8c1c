"""The rows of a CSV as people's programs write it, read one at a time however many there are, and cells written safely.

Comma or semicolon, with a byte order mark or without. What a spreadsheet would run as a formula has an apostrophe
before it in our files, which is taken off again when they are read.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import IO, Any, BinaryIO, cast

from django.utils.translation import gettext as _

from .shopify import NEUTRALISED

Row = tuple[int, dict[str, str]]


def read_rows(file: BinaryIO, needed: Iterable[str] = ()) -> Iterator[Row]:
    """(line as an editor counts, cells by heading in small letters) of every row that holds something.

    Begins where the file stands, and leaves it open. Raises `ValueError`, a sentence, also after some rows.
    """
    text = io.TextIOWrapper(cast(IO[bytes], file), encoding="utf-8-sig", newline="")
    try:
        yield from _rows(text, needed)
    except UnicodeDecodeError as error:
        raise ValueError(_("The file is not UTF-8. Save it as “CSV UTF-8” and try again.")) from error
    except csv.Error as error:
        raise ValueError(_("This is no CSV file: %s") % error) from error
    finally:
        text.detach()


def _rows(text: Iterator[str], needed: Iterable[str]) -> Iterator[Row]:
    head = next(text, "")
    reader = csv.reader(chain([head], text), delimiter=";" if ";" in head else ",")
    names = [name.strip().casefold() for name in next(reader, [])]
    _refuse_nul(names)
    if missing := [name for name in needed if name not in names]:
        raise ValueError(_("The column “%s” is missing.") % missing[0])
    for row in reader:
        _refuse_nul(row)
        if any(row[len(names) :]):
            raise ValueError(_("Line %d has more cells than headings; is a quotation mark missing?") % reader.line_num)
        cells = dict(zip(names, map(plain_cell, row), strict=False))
        if any(cells.values()):
            yield reader.line_num, dict.fromkeys(names, "") | cells


def _refuse_nul(cells: Iterable[str]) -> None:
    if any("\0" in cell for cell in cells):
        raise ValueError(_("The file holds a character that no text has (NUL)."))


def plain_cell(text: str) -> str:
    """A cell as it was meant: without spaces around it, and without the apostrophe that kept it from being a formula."""
    return NEUTRALISED.sub("", text.strip(), count=1)


class Echo:
    """A file that gives back what is written to it."""

    def write(self, value: str) -> str:
        return value


def row_writer(delimiter: str = ",") -> Any:
    """A writer of CSV whose `writerow` returns the line."""
    return csv.writer(Echo(), delimiter=delimiter, lineterminator="\r\n")
