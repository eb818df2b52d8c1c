"""Codes for print: a QR code as SVG or PNG, and a poster of it as a PDF. Drawn as shapes, sharp at any size.

A quarter of a printed code may be scratched or dirty and it is still read (level Q); around it stays the empty border of
four modules that readers need (ISO/IEC 18004).
"""

import io
from dataclasses import dataclass
from typing import Any

import segno
from django.utils.translation import gettext as _
from fpdf import FPDF
from fpdf.enums import MethodReturnValue, XPos, YPos
from pylopdf_fonts_zh_cn import sans_path

from apps.merchants import clock
from apps.merchants.colour import palette

LEVEL, BORDER = "q", 4
INK, MUTED = "#1f1b17", "#5f574e"
FONT = "sans"
POINT = 25.4 / 72  # millimetres


@dataclass(frozen=True, slots=True)
class Size:
    """A sheet in millimetres, and its type in points."""

    name: str
    width: float
    height: float
    shop: float
    call: float
    note: float


SIZES = {
    "A4": Size("A4", 210.0, 297.0, 22.0, 34.0, 16.0),
    "A6": Size("A6", 105.0, 148.0, 12.0, 17.0, 9.5),
}


def _code(address: str) -> segno.QRCode:
    return segno.make(address, error=LEVEL, micro=False, boost_error=True)


def svg_of(address: str) -> bytes:
    """About ten centimetres wide, and any size without loss."""
    drawn = io.BytesIO()
    _code(address).save(drawn, kind="svg", border=BORDER, scale=2, unit="mm", light="#ffffff", dark="#000000", nl=False)
    return drawn.getvalue()


def svg_data_of(address: str) -> str:
    """To stand in a page itself, so that no address of a picture carries what the code says."""
    drawn: str = _code(address).svg_data_uri(border=BORDER, light="#ffffff", dark="#000000")
    return drawn


def png_of(address: str) -> bytes:
    """About a thousand pixels wide: ten centimetres at 254 dots per inch."""
    code, drawn = _code(address), io.BytesIO()
    scale = max(1, round(1000 / code.symbol_size(scale=1, border=BORDER)[0]))
    code.save(drawn, kind="png", border=BORDER, scale=scale, light="#ffffff", dark="#000000", dpi=254)
    return drawn.getvalue()


def poster_of(address: str, *, size: str, shop: str, call: str, channel: str, accent: str, language: str) -> bytes:
    """One sheet: the shop, a short call, the code, and with which app it opens (`channel`, "" for any). Raises `KeyError`
    for a size there is none of."""
    sheet = SIZES[size]
    paper = FPDF(unit="mm", format=(sheet.width, sheet.height))
    paper.add_font(FONT, "", sans_path())
    paper.set_auto_page_break(False)
    paper.set_title(f"{shop} · {call}")
    paper.set_lang(language)
    paper.set_producer("chatshop")
    paper.set_creation_date(clock.now())
    paper.add_page()
    shades = palette(accent)
    band = sheet.height * 0.16
    paper.set_fill_color(shades.accent)
    paper.rect(0, 0, sheet.width, band, style="F")
    _line(paper, shop, y=0, height=band, size=sheet.shop, ink=shades.on_accent, sheet=sheet)
    below = _text(paper, call, y=band + sheet.height * 0.05, size=sheet.call, sheet=sheet)
    room = sheet.height * 0.84 - below
    side = min(sheet.width * 0.72, room)
    _draw(paper, address, x=(sheet.width - side) / 2, y=below + (room - side) / 2, side=side)
    said = _("Scan and chat with us on {channel}").format(channel=channel) if channel else _("Scan and chat with us")
    _line(paper, said, y=sheet.height * 0.86, height=sheet.note * POINT * 2, size=sheet.note, ink=MUTED, sheet=sheet)
    return bytes(paper.output())


def _draw(paper: FPDF, address: str, *, x: float, y: float, side: float) -> None:
    """Whole runs of modules, not single ones: no hair lines between them in any viewer."""
    rows = list(_code(address).matrix_iter(scale=1, border=BORDER))
    module = side / len(rows)
    paper.set_fill_color("#000000")
    for number, row in enumerate(rows):
        start = None
        for place, dark in enumerate([*row, 0]):
            if dark and start is None:
                start = place
            elif not dark and start is not None:
                paper.rect(x + start * module, y + number * module, (place - start) * module, module * 1.01, style="F")
                start = None


def _line(paper: FPDF, text: str, *, y: float, height: float, size: float, ink: str, sheet: Size) -> None:
    """Centred, smaller where it would not fit."""
    wide = sheet.width * 0.88
    paper.set_font(FONT, size=size)
    while paper.get_string_width(text) > wide and size > 6:
        size -= 0.5
        paper.set_font(FONT, size=size)
    paper.set_text_color(ink)
    paper.set_xy((sheet.width - wide) / 2, y)
    paper.cell(wide, height, text, align="C")


def _text(paper: FPDF, text: str, *, y: float, size: float, sheet: Size) -> float:
    """Centred over at most three lines; where it ends."""
    wide = sheet.width * 0.86
    step = size * POINT * 1.25
    paper.set_text_color(INK)
    while True:
        paper.set_font(FONT, size=size)
        lines: Any = paper.multi_cell(wide, step, text, align="C", dry_run=True, output=MethodReturnValue.LINES)
        if len(lines) <= 3 or size <= 8:
            break
        size -= 1
        step = size * POINT * 1.25
    paper.set_xy((sheet.width - wide) / 2, y)
    paper.multi_cell(wide, step, "\n".join(lines[:3]), align="C", new_x=XPos.LEFT, new_y=YPos.NEXT)
    return float(paper.get_y())
