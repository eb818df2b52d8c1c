"""A document as a PDF: the same bytes for the same document, in its shopper's language, its glyphs inside.

One page of A4, or as many as the lines take; what it says comes from the frozen `body` alone.
"""

import datetime as dt
import logging
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override
from fpdf import FPDF
from fpdf.enums import MethodReturnValue, XPos, YPos
from pylopdf_fonts_zh_cn import sans_path

from .models import Document
from .sheet import Row, Sheet, sheet_of

MARGIN, RIGHT, BOTTOM = 20.0, 190.0, 266.0  # millimetres
INK, MUTED, LINE = (32, 36, 40), (100, 108, 116), (214, 219, 224)
SMALL, BODY, LARGE, TITLE = 8.0, 9.5, 12.0, 18.0  # points
STEP = 5.0  # a line of body text
COLUMNS = (100.0, 16.0, 26.0, 28.0)  # item, tax, price, amount; together as wide as the text
FONT = "sans"
logging.getLogger("fontTools").setLevel(logging.WARNING)  # it tells of every table it leaves out


def pdf_of(document: Document) -> bytes:
    """The file. About half a second of work and thirty kilobytes, most of it the glyphs."""
    with override(document.language):
        sheet = sheet_of(document)
        page = Page(sheet, moment=document.created_at)
        page.head()
        page.lines()
        page.sums()
        page.taxes()
        page.notes()
        return bytes(page.output())


class Paper(FPDF):
    """A4 with our margins and font; places things and knows nothing of what they say."""

    def __init__(self, *, title: str, author: str, language: str, moment: dt.datetime) -> None:
        super().__init__(unit="mm", format="A4")
        self.add_font(FONT, "", sans_path())
        self.set_margins(MARGIN, MARGIN, MARGIN)
        self.set_auto_page_break(False)
        self.c_margin = 0.0
        self.set_creation_date(moment.astimezone(dt.UTC))
        self.set_title(title)
        self.set_author(author)
        self.set_lang(language)
        self.set_producer("chatshop")
        self.alias_nb_pages()
        self.at = MARGIN  # how far down the page is written

    def put(
        self,
        text: str,
        x: float,
        y: float,
        width: float,
        *,
        size: float = BODY,
        align: str = "L",
        ink: tuple[int, int, int] = INK,
        strong: bool = False,
    ) -> float:
        """Wrapped text in a box; where it ends below."""
        self.set_font(FONT, size=size)
        self.set_text_color(*ink)
        self.set_draw_color(*ink)
        self.set_xy(x, y)
        with self.local_context(text_mode="FILL_STROKE" if strong else "FILL", line_width=0.12):
            self.multi_cell(width, _step(size), text, align=align, new_x=XPos.LEFT, new_y=YPos.NEXT, padding=0)
        return float(self.get_y())

    def height(self, text: str, width: float, *, size: float = BODY) -> float:
        """How much room `put` takes for it, in millimetres."""
        self.set_font(FONT, size=size)
        tall = self.multi_cell(width, _step(size), text, padding=0, dry_run=True, output=MethodReturnValue.HEIGHT)
        return float(tall)  # type: ignore[arg-type]  # one thing was asked for, and one comes back

    def rule(self, y: float, *, x: float = MARGIN, heavy: bool = False) -> None:
        self.set_draw_color(*(INK if heavy else LINE))
        self.set_line_width(0.3 if heavy else 0.2)
        self.line(x, y, RIGHT, y)

    def room(self, height: float, y: float) -> float:
        """Here if so much still fits, else at the top of a new page."""
        if y + height <= BOTTOM:
            return y
        self.add_page()
        return MARGIN


class Page(Paper):
    """Knows nothing of invoices but where their parts go."""

    def __init__(self, sheet: Sheet, *, moment: dt.datetime) -> None:
        super().__init__(
            title=f"{sheet.title} {sheet.number}", author=sheet.seller[0], language=sheet.language, moment=moment
        )
        self.sheet = sheet
        self.add_page()

    def head(self) -> None:
        """Who sells, who buys, what it is and of which day."""
        sheet = self.sheet
        self.put(sheet.brand, MARGIN, 18, 90, size=LARGE + 2, ink=sheet.accent, strong=True)
        y = self.put("\n".join(sheet.seller), 110, 18, 80, size=SMALL, align="R", ink=MUTED)
        top = self.put(" · ".join(sheet.seller[:2]), MARGIN, 47, 85, size=6.5, ink=MUTED)
        left = self.put("\n".join(sheet.buyer), MARGIN, max(52.0, top + 1), 85)
        y = max(52.0, y + 2)
        for label, value in sheet.facts:
            end = self.put(label, 115, y, 34, size=SMALL + 0.5, ink=MUTED)
            y = max(end, self.put(value, 150, y, 40, size=SMALL + 0.5, align="R"))
        self.at = self.put(f"{sheet.title} {sheet.number}", MARGIN, max(left, y, 74) + 8, 170, size=TITLE, strong=True)
        if sheet.about:
            self.at = self.put(sheet.about, MARGIN, self.at + 1, 170, ink=MUTED)
        self.at += 5

    def lines(self) -> None:
        """The lines, with the heading again on each page."""
        self.at = self._heading(self.at)
        for row in self.sheet.rows:
            if self.at + self._tall(row) > BOTTOM:
                self.add_page()
                self.at = self._heading(MARGIN)
            self.at = self._row(row, self.at + 2)
        self.at += 3

    def _heading(self, y: float) -> float:
        end = self._cells(self.sheet.columns, y, size=SMALL, ink=MUTED)
        self.rule(end + 1, heavy=True)
        return end + 1

    def _tall(self, row: Row) -> float:
        cells = zip((row.item, row.percent, row.price, row.amount), COLUMNS, strict=True)
        details = sum(self.height(detail, COLUMNS[0], size=SMALL) for detail in row.details)
        return 2 + max(self.height(text, width) for text, width in cells) + details + 1.5

    def _row(self, row: Row, y: float) -> float:
        end = self._cells((row.item, row.percent, row.price, row.amount), y)
        for detail in row.details:
            end = self.put(detail, MARGIN, end, COLUMNS[0], size=SMALL, ink=MUTED)
        self.rule(end + 1.5)
        return end + 1.5

    def _cells(self, cells: Sequence[str], y: float, **style: Any) -> float:
        x, ends = MARGIN, []
        for text, width, align in zip(cells, COLUMNS, "LRRR", strict=True):
            ends.append(self.put(text, x, y, width, align=align, **style))
            x += width
        return max(ends)

    def sums(self) -> None:
        """What it comes to and how it was paid, to the right."""
        tall = sum(max(self.height(label, 50), STEP) for label, _amount, _strong in self.sheet.sums)
        self.at = self.room(tall + 10, self.at)
        for label, amount, strong in self.sheet.sums:
            if strong:
                self.rule(self.at + 1, x=110, heavy=True)
                self.at += 2.5
            size = LARGE if strong else BODY
            end = self.put(label, 110, self.at, 50, size=size, strong=strong)
            end = max(end, self.put(amount, 160, self.at, 30, size=size, align="R", strong=strong))
            self.at = end + 0.8
        self.at += 6

    def taxes(self) -> None:
        """Net, tax and total at each rate."""
        rows = [self.sheet.rate_columns, *self.sheet.rates]
        self.at = self.room(sum(max(self.height(row[0], 58.0, size=SMALL + 0.5), STEP) for row in rows) + 4, self.at)
        for place, cells in enumerate(rows):
            ends = [
                self.put(text, x, self.at, width, size=SMALL + 0.5, align=align, ink=INK if place else MUTED)
                for text, x, width, align in zip(
                    cells, (MARGIN, 80, 117, 152), (58.0, 36.0, 34.0, 38.0), "LRRR", strict=True
                )
            ]
            self.at = max(ends) + 0.6
            if not place:
                self.rule(self.at)
                self.at += 1
        self.at += 6

    def notes(self) -> None:
        """How it was paid, and what the shop has to say."""
        for note in self.sheet.notes:
            self.at = self.room(self.height(note, 170) + 1.5, self.at)
            self.at = self.put(note, MARGIN, self.at, 170, ink=MUTED) + 1.5

    def footer(self) -> None:
        """On each page: what the law asks of the shop, and which page this is."""
        self.rule(272)
        self.put(self.sheet.foot, MARGIN, 274, 140, size=7, ink=MUTED)
        page = _("Page %(page)s of %(pages)s") % {"page": self.page_no(), "pages": "{nb}"}
        self.put(page, 160, 274, 30, size=7, align="R", ink=MUTED)


def _step(size: float) -> float:
    """From line to line of that size, in millimetres."""
    return size * 0.3528 * 1.45
