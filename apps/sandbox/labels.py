"""Label files as carriers hand them out: a small sheet, and a code that a counter reads off a phone."""

import io
from collections.abc import Iterable

import segno
from fpdf import FPDF

from .accounts import Account, all_accounts
from .store import Store
from .wire import Answer

SHEET = (101.6, 152.4)  # millimetres, four by six inches


def holder_of(store: Store, *, kind: str, bought: str, wanted: str) -> Account | None:
    """Whose account bought this label: files lie behind addresses nobody can guess, and ask for no key."""
    row = store.one("select account from objects where id = ? and kind = ?", wanted, bought)
    return next((account for account in all_accounts(store, kind) if row and account.name == row["account"]), None)


def drawn_code(number: str) -> Answer:
    drawn = io.BytesIO()
    segno.make(number, micro=False).save(drawn, kind="png", scale=8)
    return Answer(200, drawn.getvalue(), content_type="image/png")


def drawn_sheet(lines: Iterable[str]) -> Answer:
    sheet = FPDF(format=SHEET)
    sheet.add_page()
    sheet.set_font("Helvetica", size=14)
    for line in (*lines, "SAMPLE"):
        sheet.cell(text=line.encode("latin-1", "replace").decode("latin-1"), new_x="LMARGIN", new_y="NEXT")
    return Answer(200, bytes(sheet.output()), content_type="application/pdf")
