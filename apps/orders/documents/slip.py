"""Our own return slip: what comes back, where it goes, and the return's number as a code the desk can scan."""

import io

import segno
from django.utils.translation import gettext as _
from django.utils.translation import override
from fpdf.enums import Align

from ..models import ReturnLabel, ReturnRules
from .pdf import LARGE, MARGIN, MUTED, SMALL, TITLE, Paper
from .sheet import plain

SIDE = 42.0  # millimetres of the code
PICTURE_SCALE = 12  # pixels of a module, large enough for a phone held under a scanner


def slip_of(label: ReturnLabel, *, language: str) -> bytes:
    """One page, in the shopper's language, drawn from the return as it was asked for."""
    with override(language):
        request = label.request
        shop = request.order.merchant.name
        paper = Paper(title=f"{_('Return')} {request}", author=shop, language=language, moment=label.created_at)
        paper.add_page()
        _head(paper, label)
        _goods(paper, label)
        return bytes(paper.output())


def code_of(label: ReturnLabel) -> bytes:
    """The return's number as a PNG."""
    drawn = io.BytesIO()
    segno.make(str(label.request), error="m", micro=False).save(drawn, kind="png", scale=PICTURE_SCALE, border=4)
    return drawn.getvalue()


def _head(paper: Paper, label: ReturnLabel) -> None:
    """Shop, number and code at the top; the address big enough to cut out and stick on."""
    request, rules = label.request, ReturnRules.objects.filter(merchant=label.merchant_id).first()
    paper.put(plain(request.order.merchant.name), MARGIN, 18, 90, size=LARGE, strong=True)
    paper.image(io.BytesIO(code_of(label)), x=Align.R, y=16, w=SIDE)
    end = paper.put(f"{_('Return')} {request}", MARGIN, 34, 110, size=TITLE, strong=True)
    paper.put(_("Order %s") % request.order.number, MARGIN, end + 1, 110, ink=MUTED)
    top = paper.put(_("Please send it to:"), MARGIN, 68, 110, size=SMALL, ink=MUTED)
    address = "\n".join(plain(line) for line in rules.address) if rules else ""
    paper.at = paper.put(address, MARGIN, top + 1, 110, size=TITLE, strong=True) + 8


def _goods(paper: Paper, label: ReturnLabel) -> None:
    """Each line with a box to tick while packing, then what the shop has to say."""
    request = label.request
    paper.rule(paper.at, heavy=True)
    y = paper.at + 3
    for some in request.lines.select_related("line"):
        y = paper.room(paper.height(plain(str(some)), 150), y)
        paper.rect(MARGIN, y + 0.6, 3.4, 3.4)
        y = paper.put(plain(str(some)), MARGIN + 7, y, 150) + 2
    paper.rule(y + 1)
    y = paper.put(_("Put this page into the parcel, so that it is found at once."), MARGIN, y + 5, 170) + 2
    for note in filter(None, (request.order.merchant.return_instructions, request.instructions)):
        y = paper.room(paper.height(plain(note), 170), y)
        y = paper.put(plain(note), MARGIN, y, 170, ink=MUTED) + 2
