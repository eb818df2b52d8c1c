"""The prices of a list as a file: taken away, worked on, and read back, all of it or, with an error by line, nothing."""

import csv
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal, InvalidOperation
from io import StringIO
from typing import BinaryIO

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from .exporting import safe_cell
from .index import collecting
from .models import ListPrice, Price, PriceList, Variant
from .row_files import Row, read_rows
from .shopify import MOST_ERRORS, RowError

COLUMNS = ("sku", "price", "before", "percent")


def rows_of_file(file: BinaryIO, needed: Iterable[str]) -> list[Row]:
    """All of its rows. Raises `ValueError`, a sentence."""
    return list(read_rows(file, needed))


def export_list(price_list: PriceList) -> Iterator[str]:
    """Lines of CSV that the import reads back. Call in the merchant's scope."""
    line = StringIO()
    writer = csv.writer(line)
    writer.writerow(COLUMNS)
    for price in price_list.prices.select_related("variant").order_by("variant__sku"):
        amounts = [_shown(value) for value in (price.amount, price.compare_at, price.percent)]
        writer.writerow([safe_cell(price.variant.sku), *amounts])
    yield line.getvalue()


def import_list(price_list: PriceList, rows: list[Row]) -> tuple[int, list[RowError]]:
    """(prices written or taken out, errors): with errors nothing is. A row without a price takes the variant's out.

    Call in the merchant's scope. What the file does not name stays.
    """
    errors: list[RowError] = []
    seen: dict[str, int] = {}
    known = {row.sku: row for row in Variant.objects.filter(sku__in=[cells["sku"] for _line, cells in rows])}
    priced = Price.objects.filter(variant__in=known.values(), amount_currency=price_list.currency)
    sold = set(priced.values_list("variant_id", flat=True))
    there = {row.variant_id: row for row in price_list.prices.all()}
    wanted: list[ListPrice] = []
    gone: list[ListPrice] = []
    for line, cells in rows:
        wrong = _adder(errors, line)
        variant = known.get(cells["sku"])
        if variant is None:
            wrong("sku", _("There is no variant “%s” in this shop.") % cells["sku"][:64])
            continue
        if cells["sku"] in seen:
            wrong("sku", _("It stands in line %d already.") % seen[cells["sku"]])
            continue
        seen[cells["sku"]] = line
        if variant.pk not in sold:
            wrong("sku", _("It has no price for everyone in %s yet.") % price_list.currency)
            continue
        row = there.get(variant.pk) or ListPrice(
            merchant_id=price_list.merchant_id, price_list=price_list, variant=variant
        )
        if _read_into(row, cells, wrong):
            wanted.append(row)
        elif row.pk:
            gone.append(row)
    if errors:
        return 0, errors[:MOST_ERRORS]
    with transaction.atomic(), collecting(price_list.merchant):
        for row in wanted:
            row.save()
        for row in gone:
            row.delete()
    return len(wanted) + len(gone), []


def _adder(errors: list[RowError], line: int) -> Callable[[str, str], None]:
    return lambda column, message: errors.append(RowError(line, column, message))


def _read_into(row: ListPrice, cells: dict[str, str], wrong: Callable[[str, str], None]) -> bool:
    """Whether the cells hold a price; what is wrong with them is told."""
    for column, name in (("price", "amount"), ("before", "compare_at"), ("percent", "percent")):
        try:
            setattr(row, name, _number(cells.get(column, "")))
        except InvalidOperation:
            wrong(column, _("Write a number, such as 39.90."))
            return False
    if row.amount is None and row.percent is None:
        if row.compare_at is not None:
            wrong("before", _("A price before needs a price now."))
        return False
    row.currency = row.price_list.currency
    try:
        row.clean_fields(exclude=["merchant", "price_list", "variant", "currency"])
        row.validate_constraints(exclude={"merchant"})
    except ValidationError as refused:
        wrong("price" if row.amount is not None else "percent", " ".join(refused.messages))
        return False
    return True


def _number(text: str) -> Decimal | None:
    """Raises `InvalidOperation`."""
    if not text:
        return None
    number = Decimal(text.removesuffix("%").strip().replace("\N{MINUS SIGN}", "-").replace(",", "."))
    if not number.is_finite():
        raise InvalidOperation
    return number


def _shown(value: Decimal | None) -> str:
    return "" if value is None else f"{value.normalize():f}"
