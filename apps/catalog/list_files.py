"""The prices of a list as a file: taken away, worked on, and read back, all of it or, with an error by line, nothing."""

import csv
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal, InvalidOperation
from io import StringIO
from typing import BinaryIO

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from .index import collecting
from .models import ListPrice, Price, PriceList, Variant
from .shopify import MOST_ERRORS, NEUTRALISED, RowError

COLUMNS = ("sku", "price", "before", "percent")
Row = tuple[int, dict[str, str]]


def rows_of_file(file: BinaryIO, needed: Iterable[str]) -> list[Row]:
    """(line as an editor counts, cells) of every row that holds something. Raises `ValueError`, a sentence."""
    try:
        text = file.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(_("The file is not UTF-8. Save it as “CSV UTF-8” and try again.")) from error
    if "\0" in text:
        raise ValueError(_("The file holds a character that no text has (NUL)."))
    head = text.partition("\n")[0]
    reader = csv.DictReader(StringIO(text, newline=""), delimiter=";" if ";" in head else ",", restval="")
    names = [(name or "").strip().casefold() for name in reader.fieldnames or []]
    if missing := [name for name in needed if name not in names]:
        raise ValueError(_("The column “%s” is missing.") % missing[0])
    reader.fieldnames = names
    try:
        rows = [
            (reader.line_num, {name: NEUTRALISED.sub("", (row.get(name) or "").strip(), count=1) for name in names})
            for row in reader
        ]
    except csv.Error as error:
        raise ValueError(_("This is no CSV file: %s") % error) from error
    return [row for row in rows if any(row[1].values())]


def export_list(price_list: PriceList) -> Iterator[str]:
    """Lines of CSV that the import reads back. Call in the merchant's scope."""
    line = StringIO()
    writer = csv.writer(line)
    writer.writerow(COLUMNS)
    for price in price_list.prices.select_related("variant").order_by("variant__sku"):
        amounts = [_shown(value) for value in (price.amount, price.compare_at, price.percent)]
        writer.writerow([_as_text(price.variant.sku), *amounts])
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


def _as_text(sku: str) -> str:
    """A cell that looks like a formula is made text, as in the export of the catalogue."""
    return f"'{sku}" if sku[:1] in "=+-@" else sku
