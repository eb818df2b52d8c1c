"""Size guides: written as lines of text, kept as rows, found for a product."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from .models import Category, SizeGuide

MOST_ROWS, MOST_MEASURES, LONGEST = 30, 6, 20


class WrongTable(Exception):
    """The table cannot be read; the message says which line and why."""


def heads(measures: str) -> list[str]:
    """ "Chest, Waist" → its parts."""
    return [part.strip() for part in measures.replace("，", ",").split(",") if part.strip()]


def rows_of(text: str) -> list[list[str]]:
    """Lines like "S: 88–92, 76–80" → [["S", "88–92", "76–80"]]. Raises `WrongTable`."""
    rows = []
    for line in text.splitlines():
        if not line.strip():
            continue
        size, colon, values = line.replace("：", ":").partition(":")
        if not colon:
            raise WrongTable(_("“%s”: write the size, a colon, then its measures.") % line.strip()[:40])
        rows.append([size.strip(), *heads(values)])
    return rows


def check_rows(rows: Sequence[Sequence[str]], measures: str) -> None:
    """Every size once, with a value for every measure. Raises `WrongTable`."""
    columns = len(heads(measures))
    if not rows or len(rows) > MOST_ROWS or not 1 <= columns <= MOST_MEASURES:
        most = {"rows": MOST_ROWS, "measures": MOST_MEASURES}
        raise WrongTable(_("A guide has 1 to %(rows)d sizes and 1 to %(measures)d measures.") % most)
    seen: set[str] = set()
    for size, *values in rows:
        if not size or size in seen:
            raise WrongTable(_("“%s”: each size has a name of its own.") % size)
        if len(values) != columns or not all(values) or any(len(cell) > LONGEST for cell in (size, *values)):
            raise WrongTable(_("“%(size)s”: write %(count)d short measures.") % {"size": size, "count": columns})
        seen.add(size)


def guide_for(product: int) -> SizeGuide | None:
    """The product's own guide, else that of a category it lies in or of the one above; in the merchant's scope."""
    own: SizeGuide | None = SizeGuide.objects.filter(products=product).first()
    if own is not None:
        return own
    shelves = Category.objects.filter(products=product)
    above = shelves.exclude(parent=None).values("parent")
    found: SizeGuide | None = (
        SizeGuide.objects.filter(categories__in=shelves.values("pk")).first()
        or SizeGuide.objects.filter(categories__in=above).first()
    )
    return found
