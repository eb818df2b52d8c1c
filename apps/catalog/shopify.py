"""Shopify's product CSV: its words at the border, our drafts inside. Pure; knows no database.

A product is a run of rows with one Handle; the first tells the product, every row with a price a variant, every row
with an Image Src a picture. Whatever is wrong is an error with its line, and reading goes on.
"""

import codecs
import csv
import html
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import BinaryIO

import nh3
from django.utils.translation import gettext as _

from apps.merchants.currency import exponent

from .barcodes import WrongBarcode, barcode

COLUMNS = (
    "Handle", "Title", "Body (HTML)", "Vendor", "Type", "Tags", "Published", "Option1 Name", "Option1 Value",
    "Option2 Name", "Option2 Value", "Option3 Name", "Option3 Value", "Variant SKU", "Variant Grams",
    "Variant Inventory Tracker", "Variant Inventory Qty", "Variant Inventory Policy", "Variant Fulfillment Service",
    "Variant Price", "Variant Compare At Price", "Variant Requires Shipping", "Variant Taxable", "Variant Barcode",
    "Image Src", "Image Position", "Image Alt Text", "Variant Image", "Variant Weight Unit", "Status",
    "Collection", "Gift Card", "Comes As",
)  # fmt: skip
NEEDED = ("Handle", "Title", "Variant Price")
NO_OPTION = ("title", "default title")
LONGEST = {
    "Title": 200,
    "Collection": 80,
    "Vendor": 80,
    "Type": 80,
    "Variant SKU": 64,
    "Variant Barcode": 32,
    "Image Src": 1000,
}
LONGEST_OPTION, LONGEST_VALUE, LONGEST_BODY = 40, 60, 20_000
MOST_PIECES = 1_000_000
MOST_ERRORS = 1000
MOST_ROWS = 2500  # of one product: Shopify's 2048 variants, 250 pictures and some air
DEAREST = Decimal(10) ** 12
FORMULA = re.compile(r"[=@\t\r]|[+-](?!\s*\d+([.,]\d+)?\s*$)")
NEUTRALISED = re.compile(r"\A'(?='*[=+\-@\t\r])")
PRICE = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,6})?")
PRICED_IN = re.compile(r"Variant (?:Compare At )?Price\s+([A-Za-z]{3})", re.IGNORECASE)
HANDLE = re.compile(r"[-\w]{1,200}")
BLOCKS = re.compile(r"<\s*(?:br|/p|/div|/li|/h[1-6]|/tr)\b[^>]*>", re.IGNORECASE)
KINDS_OF_GOODS = ("goods", "gift_card", "digital")
STATUSES = {"active": "active", "draft": "draft", "archived": "archived", "true": "active", "false": "draft"}


@dataclass(frozen=True)
class RowError:
    """`line` as an editor counts, the heading being 1."""

    line: int
    column: str
    message: str


Amounts = tuple[Decimal, Decimal | None]  # the price, and what it was before


def price_columns(currency: str) -> tuple[str, str]:
    """What the price and the one before are called in a further currency; Shopify's own two are in the shop's."""
    return f"Variant Price {currency}", f"Variant Compare At Price {currency}"


@dataclass
class VariantDraft:
    line: int
    values: tuple[str, ...]
    sku: str
    price: Decimal
    compare_at: Decimal | None
    quantity: int | None
    is_tracked: bool
    grams: int
    barcode: str
    requires_shipping: bool
    image: str
    further: dict[str, Amounts] = field(default_factory=dict)  # currency -> what it costs in it, where the file says


@dataclass
class ProductDraft:
    line: int
    handle: str
    title: str
    description: str
    brand: str
    type: str
    tags: list[str]
    status: str
    options: list[str]
    collection: str = ""  # the name of one it stands on top of
    comes_as: str = ""  # one of KINDS_OF_GOODS; "" where the file does not say
    variants: list[VariantDraft] = field(default_factory=list)
    images: dict[str, str] = field(default_factory=dict)  # address -> alternative text, in order
    chosen: set[tuple[str, ...]] = field(default_factory=set)  # the values of its variants


class Reader:
    """Iterate over the drafts; `errors` and `rows` grow meanwhile. A draft with errors is not given out."""

    def __init__(self, file: BinaryIO, *, currency: str, further: Collection[str] = ()) -> None:
        """`further` are the currencies that may have columns of their own, beside the shop's `currency`."""
        self.errors: list[RowError] = []
        self.rows = 0
        self._currency = currency
        self._further = further
        self._priced_in: list[str] = []  # those of `further` that the file has a column of
        self._skus: dict[str, int] = {}
        self._file = file

    def __iter__(self) -> Iterator[ProductDraft]:
        group: list[tuple[int, dict[str, str]]] = []
        for line, row in self._lines():
            if group and row["Handle"] and row["Handle"] != group[0][1]["Handle"]:
                yield from self._product(group)
                group = []
            if len(group) <= MOST_ROWS:
                group.append((line, row))
        if group:
            yield from self._product(group)

    def _lines(self) -> Iterator[tuple[int, dict[str, str]]]:
        """(line, cells) of every row that holds something; stops where the file cannot be read on, or is all wrong."""
        reader = csv.DictReader(self._text(), restval="")
        try:
            missing = [name for name in NEEDED if name not in (reader.fieldnames or [])]
            if missing:
                self._wrong(1, missing[0], "This is not a Shopify product file: the column is missing.")
                return
            self._currencies(reader.fieldnames or [])
            columns = (*COLUMNS, *(name for code in self._priced_in for name in price_columns(code)))
            for row in reader:
                if len(self.errors) >= MOST_ERRORS:
                    return
                line = reader.line_num
                if None in row:
                    self._wrong(line, "", "There are more cells than headings; is a quotation mark missing?")
                    continue
                if any("\0" in (value or "") for value in row.values()):
                    self._wrong(line, "", "The row holds a character that no text has (NUL).")
                    continue
                cells = {name: NEUTRALISED.sub("", (value or "").strip(), count=1) for name, value in row.items()}
                if any(cells.values()):
                    self.rows += 1
                    self._formulas(line, row)
                    yield line, {name: cells.get(name, "") for name in columns}
        except UnicodeDecodeError:
            self._wrong(reader.line_num + 1, "", "The file is not UTF-8. Save it as “CSV UTF-8” and try again.")
        except csv.Error as error:
            self._wrong(reader.line_num + 1, "", f"The row cannot be read ({error}).")

    def _text(self) -> Iterable[str]:
        decoder = codecs.getincrementaldecoder("utf-8-sig")()
        for raw in self._file:
            yield decoder.decode(raw)

    def _currencies(self, headings: Sequence[str]) -> None:
        """Which further currencies have columns. One the shop does not sell in is wrong once, not in every row."""
        for name in headings:
            found = PRICED_IN.fullmatch(name or "")
            if found is None:
                continue
            code = found[1].upper()
            if name not in price_columns(code):
                self._wrong(1, name, _("Write the column as “%s”.") % _spelled(name, code))
            elif code == self._currency:
                wanted = _spelled(name, "").rstrip()
                self._wrong(1, name, _("Prices in the shop's own currency stand in “%s”.") % wanted)
            elif code not in self._further:
                self._wrong(1, name, _("The shop does not sell in %s. Add it to the further currencies first.") % code)
            elif code not in self._priced_in:
                self._priced_in.append(code)

    def _formulas(self, line: int, row: dict[str, str]) -> None:
        for name in (
            "Handle",
            "Title",
            "Vendor",
            "Type",
            "Variant SKU",
            "Option1 Value",
            "Option2 Value",
            "Option3 Value",
        ):
            if FORMULA.match((row.get(name) or "").lstrip(" ")):
                self._wrong(line, name, "This begins like a spreadsheet formula; write it as text.")

    def _wrong(self, line: int, column: str, message: str) -> None:
        self.errors.append(RowError(line, column, message))

    # --- one product -----------------------------------------------------------------------------
    def _product(self, group: list[tuple[int, dict[str, str]]]) -> Iterator[ProductDraft]:
        before = len(self.errors)
        line, first = group[0]
        if len(group) > MOST_ROWS:
            self._wrong(group[-1][0], "Handle", f"A product has at most {MOST_ROWS} rows.")
            return
        if not HANDLE.fullmatch(first["Handle"]):
            self._wrong(line, "Handle", "A handle is made of letters, digits and hyphens.")
        if not first["Title"]:
            self._wrong(line, "Title", "The product needs a title.")
        for row_line, row in group:
            for name, longest in LONGEST.items():
                if len(row[name]) > longest:
                    self._wrong(row_line, name, f"At most {longest} characters.")
        options = [first[f"Option{number} Name"] for number in (1, 2, 3)]
        options = [name for name in options if name and name.lower() not in NO_OPTION]
        if any(len(name) > LONGEST_OPTION for name in options):
            self._wrong(line, "Option1 Name", f"At most {LONGEST_OPTION} characters.")
        draft = ProductDraft(
            line=line,
            handle=first["Handle"],
            title=first["Title"],
            description=plain_text(first["Body (HTML)"])[:LONGEST_BODY],
            brand=first["Vendor"],
            type=first["Type"],
            tags=list(dict.fromkeys(tag.strip() for tag in first["Tags"].split(",") if tag.strip())),
            status=self._status(line, first),
            options=options,
            collection=first["Collection"],
            comes_as=self._comes_as(line, first),
        )
        for row_line, row in group:
            if row["Image Src"]:
                draft.images.setdefault(row["Image Src"], row["Image Alt Text"][:200])
            if row["Variant Price"] or row["Option1 Value"] or row["Variant SKU"]:
                self._variant(draft, row_line, row)
        if not draft.variants:
            self._wrong(line, "Variant Price", "The product has no row with a price.")
        if any(variant.quantity for variant in draft.variants):
            for variant in draft.variants:
                variant.is_tracked = True
        if len(self.errors) == before:
            yield draft

    def _status(self, line: int, row: dict[str, str]) -> str:
        said = (row["Status"] or row["Published"] or "active").lower()
        if said not in STATUSES:
            self._wrong(
                line, "Status" if row["Status"] else "Published", "Write active, draft or archived; true or false."
            )
        return STATUSES.get(said, "draft")

    def _comes_as(self, line: int, row: dict[str, str]) -> str:
        """Our own column; where it is empty, Shopify's for gift cards."""
        said = row["Comes As"].lower()
        if said and said not in KINDS_OF_GOODS:
            self._wrong(line, "Comes As", "Write goods, gift_card or digital.")
        return said or ("gift_card" if row["Gift Card"].lower() == "true" else "")

    def _variant(self, draft: ProductDraft, line: int, row: dict[str, str]) -> None:
        values = tuple(row[f"Option{number + 1} Value"] for number in range(len(draft.options)))
        for number, value in enumerate(values, start=1):
            if not value or len(value) > LONGEST_VALUE:
                self._wrong(
                    line, f"Option{number} Value", f"Every variant needs a value of at most {LONGEST_VALUE} characters."
                )
        if values in draft.chosen:
            self._wrong(line, "Option1 Value", "The product has this variant already.")
        draft.chosen.add(values)
        sku = row["Variant SKU"]
        if sku and sku in self._skus:
            self._wrong(line, "Variant SKU", f"Line {self._skus[sku]} has the same SKU.")
        elif sku:
            self._skus[sku] = line
        quantity = self._whole(line, row, "Variant Inventory Qty", most=MOST_PIECES)
        draft.variants.append(
            VariantDraft(
                line=line,
                values=values,
                sku=sku,
                price=self._amount(line, row, "Variant Price") or Decimal(0),
                compare_at=self._amount(line, row, "Variant Compare At Price")
                if row["Variant Compare At Price"]
                else None,
                quantity=quantity,
                is_tracked=bool(row["Variant Inventory Tracker"]),
                grams=self._whole(line, row, "Variant Grams", most=10_000_000) or 0,
                barcode=self._barcode(line, row),
                requires_shipping=row["Variant Requires Shipping"].lower() != "false",
                image=row["Variant Image"],
                further=self._further_prices(line, row),
            )
        )

    def _further_prices(self, line: int, row: dict[str, str]) -> dict[str, Amounts]:
        """An empty cell says nothing: the price there is stays."""
        found: dict[str, Amounts] = {}
        for code in self._priced_in:
            price_in, before_in = price_columns(code)
            before = self._amount(line, row, before_in, code) if row[before_in] else None
            if row[price_in]:
                found[code] = self._amount(line, row, price_in, code) or Decimal(0), before
            elif row[before_in]:
                self._wrong(line, before_in, _("A price before needs a price now."))
        return found

    def _barcode(self, line: int, row: dict[str, str]) -> str:
        try:
            return barcode(row["Variant Barcode"])
        except WrongBarcode as wrong:
            self._wrong(line, "Variant Barcode", str(wrong))
            return ""

    def _amount(self, line: int, row: dict[str, str], column: str, currency: str = "") -> Decimal | None:
        """In the shop's own currency unless another is named."""
        currency = currency or self._currency
        places = exponent(currency)
        if not PRICE.fullmatch(row[column]):
            self._wrong(line, column, "Write the price as a plain number, such as 49.90.")
            return None
        amount = Decimal(row[column]) + 0  # no "-0"
        if not 0 <= amount < DEAREST:
            self._wrong(line, column, "A price is zero or more.")
            return None
        if amount != round(amount, places):
            self._wrong(line, column, f"{currency} has {places} decimals.")
            return None
        return amount

    def _whole(self, line: int, row: dict[str, str], column: str, *, most: int) -> int | None:
        said = row[column]
        if not said:
            return None
        if not re.fullmatch(r"-?\d{1,12}(\.0+)?", said):
            self._wrong(line, column, "Write a whole number.")
            return None
        number = int(said.partition(".")[0])
        if number < 0:
            self._wrong(line, column, "There cannot be fewer than none.")
        elif number > most:
            self._wrong(line, column, f"At most {most}.")
        else:
            return number
        return None


def _spelled(heading: str, code: str) -> str:
    """The heading of a further currency's column as it is written here."""
    price, before = price_columns(code)
    return before if "compare" in heading.lower() else price


def plain_text(markup: str) -> str:
    """What a description says, without its HTML; scripts and styles go with their content."""
    if "<" not in markup and "&" not in markup:
        return markup.strip()
    bare = html.unescape(nh3.clean(BLOCKS.sub("\n", markup), tags=set()))
    return re.sub(r"\n\s*\n+", "\n", bare.replace("\xa0", " ")).strip()
