"""A merchant brings a file, and takes one home."""

import csv
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django_scopes import scope

from apps.catalog.exporting import export_catalog, safe_cell
from apps.catalog.importing import ImportReport, import_catalog
from apps.catalog.models import Collection, Price, Product, StockLevel, Variant
from apps.catalog.products import card_facts, find_variant
from apps.catalog.row_files import plain_cell
from apps.catalog.search import search
from apps.catalog.shopify import Reader, RowError
from apps.catalog.stock import Wanted, take_holds
from apps.merchants import clock
from apps.merchants.models import Merchant, ShopCurrency

from .factories import make_merchant, make_variant

pytestmark = pytest.mark.django_db
LAMPS = Path(__file__).parent / "files" / "lamps.csv"
HEAD = "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price\n"


def load(merchant: Merchant, text: str, **how: Any) -> ImportReport:
    return import_catalog(merchant, io.BytesIO(text.encode()), **how)


def wrong(text: str) -> list[tuple[int, str]]:
    report = load(make_merchant(), HEAD + text)
    assert report.is_applied is False
    return [(error.line, error.column) for error in report.errors]


def test_a_file_fills_the_shelves() -> None:
    merchant = make_merchant()
    report = import_catalog(merchant, LAMPS.open("rb"))
    assert report == ImportReport(rows=4, created=2, updated=0, variants=3, is_applied=True, errors=[])
    with scope(merchant=merchant):
        lamp = Product.objects.get(slug="desk-lamp")
        assert (lamp.title, lamp.description, lamp.tags) == ("Desk lamp", "Bright & quiet.\nLED", ["light", "desk"])
        facts = card_facts(lamp, currency="EUR")
        assert (facts.price.amount, facts.price_from, facts.stock) == (Decimal("19.90"), True, 4)
        assert facts.options == {"Size": ["Small", "Large"], "Color": ["Blue"]}
        assert facts.image_url.endswith("/static/catalog/placeholder.jpg")
        assert list(lamp.media.values_list("source_url", flat=True)) == [
            "https://example.com/lamp.jpg",
            "htps:/broken lamp.jpg",
            "https://example.com/detail.jpg",
        ]
        small = find_variant(lamp, {"size": "klein", "colour": "azul"})
        assert small is not None
        assert small.sku == "L-1"
        assert [product.slug for product in search(merchant, "lmap").products] == ["desk-lamp"]


def test_the_same_file_again_changes_nothing_and_a_new_one_updates() -> None:
    merchant = make_merchant()
    import_catalog(merchant, LAMPS.open("rb"))
    with scope(merchant=merchant):
        before = list(Variant.objects.order_by("pk").values_list("pk", "sku"))
    again = import_catalog(merchant, LAMPS.open("rb"))
    assert (again.created, again.updated, again.errors) == (0, 2, [])
    changed = LAMPS.read_text().replace("29.90,", "27.50,").replace(",0,deny,manual,27", ",9,deny,manual,27")
    load(merchant, changed)
    with scope(merchant=merchant):
        assert list(Variant.objects.order_by("pk").values_list("pk", "sku")) == before
        large = Variant.objects.get(values__value_en="Large")
        assert large.prices.get().amount.amount == Decimal("27.500")
        assert StockLevel.objects.get(variant=large).on_hand == 9
        assert Product.objects.get(slug="desk-lamp").media.count() == 3


def test_every_wrong_row_is_named_and_nothing_is_kept() -> None:
    merchant = make_merchant()
    rows = "good,Good,,,G-1,3,5\nbad,Bad,,,B-1,-2,5\nworse,Worse,,,G-1,1,abc\n,,,,,,\n"
    report = load(merchant, HEAD + rows)
    assert report.errors == [
        RowError(3, "Variant Inventory Qty", "There cannot be fewer than none."),
        RowError(4, "Variant SKU", "Line 2 has the same SKU."),
        RowError(4, "Variant Price", "Write the price as a plain number, such as 49.90."),
    ]
    with scope(merchant=merchant):
        assert Product.objects.count() == 0


@pytest.mark.parametrize(
    ("rows", "errors"),
    [
        ("a,,,,,1,5\n", [(2, "Title")]),
        ("a b,A,,,,1,5\n", [(2, "Handle")]),
        ("a,=cmd|' /C calc'!A0,,,,1,5\n", [(2, "Title")]),
        ("a,A,Size,@x,,1,5\n", [(2, "Option1 Value")]),
        ("a,A,,,,1.5,5\n", [(2, "Variant Inventory Qty")]),
        ("a,A,,,,1,5.123\n", [(2, "Variant Price")]),
        ("a,A,,,,1,NaN\n", [(2, "Variant Price")]),
        ("a,A,,,,1,-1\n", [(2, "Variant Price")]),
        ("a,A,,,,1,９.９９\n", [(2, "Variant Price")]),
        ("a,A,,,,1,1_000\n", [(2, "Variant Price")]),
        ("a,A,,,,1,1E+5\n", [(2, "Variant Price")]),
        ("a,A\0B,,,,1,5\n", [(2, "")]),
        ("a,A,Size,S,,1,5\na,,,S,,1,5\n", [(3, "Option1 Value")]),
        ("a,A,Size,S,,1,5\na,,,,X,1,5\n", [(3, "Option1 Value")]),
        ("a,A,,,,1,5,extra\n", [(2, "")]),
        ("a," + "A" * 201 + ",,,,1,5\n", [(2, "Title")]),
        ("a,A,,,,1,5\nb,B,,,,1,5\na,A,,,,1,5\n", [(4, "Handle")]),
    ],
)
def test_row_errors(rows: str, errors: list[tuple[int, str]]) -> None:
    assert wrong(rows) == errors


def test_files_that_are_none() -> None:
    merchant = make_merchant()
    assert [error.line for error in load(merchant, "a;b\n1;2\n").errors] == [1]
    assert [error.line for error in load(merchant, "").errors] == [1]
    latin = (HEAD + "a,A,,,,1,5\nb,Größe,,,,1,5\n").encode("latin-1")
    assert [error.line for error in import_catalog(merchant, io.BytesIO(latin)).errors] == [3]


def test_a_sku_of_another_product_and_a_count_below_what_is_sold() -> None:
    merchant = make_merchant()
    variant = make_variant(merchant, sku="TAKEN", stock=5)
    with scope(merchant=merchant):
        take_holds([Wanted(variant.pk, 4, "cart:1")], reason="cart", until=clock.now().replace(year=2100))
    assert [error.column for error in load(merchant, HEAD + "a,A,,,TAKEN,1,5\n").errors] == ["Variant SKU"]
    row = f"{variant.product.slug},Blue shirt,,,TAKEN,3,5\n"
    assert [error.message for error in load(merchant, HEAD + row).errors] == ["More than that are sold or held."]


def test_a_dry_run_says_and_does_not() -> None:
    merchant = make_merchant()
    report = import_catalog(merchant, LAMPS.open("rb"), is_dry_run=True)
    assert (report.created, report.variants, report.is_applied, report.errors) == (2, 3, False, [])
    with scope(merchant=merchant):
        assert Product.objects.count() == 0


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    merchant = make_merchant()
    call_command("import_catalog", str(LAMPS), merchant=merchant.slug, json=True)
    assert json.loads(capsys.readouterr().out)["created"] == 2


def test_export_reads_back_the_same() -> None:
    merchant, other = make_merchant(), make_merchant()
    import_catalog(merchant, LAMPS.open("rb"))
    exported = "".join(export_catalog(merchant))
    assert load(other, exported).errors == []
    assert "".join(export_catalog(other)).replace("-1-", "-") != ""
    with scope(merchant=merchant):
        mine = list(Product.objects.order_by("slug").values_list("slug", "title_en", "description_en", "status"))
    with scope(merchant=other):
        theirs = list(Product.objects.order_by("slug").values_list("slug", "title_en", "description_en", "status"))
        assert StockLevel.objects.count() == 3
    assert mine == theirs


def test_a_collection_named_in_the_file_has_the_product_on_top_and_comes_back_out() -> None:
    merchant, other = make_merchant(), make_merchant()
    head = "Handle,Title,Variant SKU,Variant Price,Collection\n"
    text = f"{head}mug,Mug,M-1,9.50,Summer favourites\ncup,Cup,C-1,8.00,summer favourites\nlamp,Lamp,L-1,30,\n"
    for _ in range(2):
        assert load(merchant, text).errors == []
    assert load(other, "".join(export_catalog(merchant))).errors == []
    for shop in (merchant, other):
        with scope(merchant=shop):
            made = Collection.objects.get()
            assert (made.name, made.slug) == ("Summer favourites", "summer-favourites")
            picks = made.picks.values_list("product__slug", "kind", "position")
            assert list(picks) == [("mug", "pinned", 0), ("cup", "pinned", 1)]
    assert "At most 80" in load(merchant, f"{head}mug,Mug,M-1,9.50,{'x' * 81}\n").errors[0].message


def test_how_a_product_comes_is_read_and_written_and_left_alone_where_the_file_is_silent() -> None:
    merchant, other = make_merchant(), make_merchant()
    head = "Handle,Title,Variant SKU,Variant Price,Gift Card,Comes As\n"
    text = f"{head}card,Card,C-1,25,true,\nbook,Book,B-1,9.50,false,digital\nmug,Mug,M-1,8.00,false,\n"
    assert load(merchant, text).errors == []
    assert load(merchant, "Handle,Title,Variant SKU,Variant Price\nbook,Book,B-1,9.50\n").errors == []
    assert load(other, "".join(export_catalog(merchant))).errors == []
    for shop in (merchant, other):
        with scope(merchant=shop):
            found = dict(Product.objects.values_list("slug", "comes_as"))
            assert found == {"card": "gift_card", "book": "digital", "mug": "goods"}
    wrong = load(merchant, f"{head}mug,Mug,M-1,8.00,,by balloon\n").errors
    assert [(error.line, error.column) for error in wrong] == [(2, "Comes As")]


# --- prices in further currencies ------------------------------------------------------------------
IN_CURRENCIES = (
    "Handle,Title,Variant SKU,Variant Price,Variant Compare At Price,Variant Price USD,Variant Compare At Price USD,"
    "Variant Price JPY\n"
)


def sells_in(merchant: Merchant, *currencies: str) -> Merchant:
    with scope(merchant=merchant):
        for place, currency in enumerate(currencies):
            ShopCurrency.objects.create(merchant=merchant, currency=currency, position=place)
    return merchant


def prices_of(merchant: Merchant, sku: str) -> dict[str, tuple[str, str]]:
    with scope(merchant=merchant):
        rows = Price.objects.filter(variant__sku=sku).order_by("amount_currency")
        return {
            row.amount_currency: (
                str(row.amount.amount.normalize()),
                str(row.compare_at and row.compare_at.amount.normalize()),
            )
            for row in rows
        }


def test_prices_in_further_currencies_come_in_by_a_column_each_and_go_out_again() -> None:
    merchant, other = sells_in(make_merchant(), "USD", "JPY"), sells_in(make_merchant(), "JPY", "USD")
    assert load(merchant, IN_CURRENCIES + "mug,Mug,M-1,9.5,12,11.99,14,1800\ncup,Cup,C-1,8,,,,\n").errors == []
    mug = {"EUR": ("9.5", "12"), "JPY": ("1.8E+3", "None"), "USD": ("11.99", "14")}
    assert (prices_of(merchant, "M-1"), prices_of(merchant, "C-1")) == (mug, {"EUR": ("8", "None")})
    assert load(other, "".join(export_catalog(merchant))).errors == []
    assert (prices_of(other, "M-1"), prices_of(other, "C-1")) == (mug, {"EUR": ("8", "None")})


def test_an_empty_cell_leaves_the_price_in_that_currency_and_another_one_changes_it() -> None:
    merchant = sells_in(make_merchant(), "USD", "JPY")
    load(merchant, IN_CURRENCIES + "mug,Mug,M-1,9.5,,11.99,14,1800\n")
    assert load(merchant, IN_CURRENCIES + "mug,Mug,M-1,9,,10.5,,\n").errors == []
    assert prices_of(merchant, "M-1") == {"EUR": ("9", "None"), "JPY": ("1.8E+3", "None"), "USD": ("10.5", "None")}


@pytest.mark.parametrize(
    ("row", "errors"),
    [
        ("mug,Mug,M-1,9,,11.999,,", [RowError(2, "Variant Price USD", "USD has 2 decimals.")]),
        ("mug,Mug,M-1,9,,11,,1800.5", [RowError(2, "Variant Price JPY", "JPY has 0 decimals.")]),
        ("mug,Mug,M-1,9,,-1,,", [RowError(2, "Variant Price USD", "A price is zero or more.")]),
        ("mug,Mug,M-1,9,,,14,", [RowError(2, "Variant Compare At Price USD", "A price before needs a price now.")]),
        (
            "mug,Mug,M-1,9,,ten,,",
            [RowError(2, "Variant Price USD", "Write the price as a plain number, such as 49.90.")],
        ),
    ],
)
def test_a_price_that_its_currency_does_not_have_is_refused_by_line(row: str, errors: list[RowError]) -> None:
    merchant = sells_in(make_merchant(), "USD", "JPY")
    report = load(merchant, f"{IN_CURRENCIES}{row}\ncup,Cup,C-1,8,,,,\n")
    assert (report.is_applied, report.errors) == (False, errors)


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ("Variant Price CHF", "The shop does not sell in CHF. Add it to the further currencies first."),
        ("Variant Price EUR", "Prices in the shop's own currency stand in “Variant Price”."),
        ("Variant Compare At Price EUR", "Prices in the shop's own currency stand in “Variant Compare At Price”."),
        ("variant price usd", "Write the column as “Variant Price USD”."),
    ],
)
def test_a_column_of_a_currency_that_is_none_of_the_shops_is_wrong_once(column: str, message: str) -> None:
    merchant = sells_in(make_merchant(), "USD")
    report = load(merchant, f"Handle,Title,Variant Price,{column}\nmug,Mug,9,1\ncup,Cup,8,1\n")
    assert (report.is_applied, report.errors) == (False, [RowError(1, column, message)])


FORMULAS = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")', "=cmd|' /C calc'!A0"]


@pytest.mark.parametrize("formula", FORMULAS)
def test_attack_50_export_never_begins_a_cell_with_a_formula(formula: str) -> None:
    merchant = make_merchant()
    variant = make_variant(merchant, title=formula.strip() + " shirt", sku=formula.strip()[:60])
    with scope(merchant=merchant):
        product = variant.product
        product.description, product.brand, product.tags = formula, formula, [formula]
        product.save()
    for row in csv.DictReader(io.StringIO("".join(export_catalog(merchant)), newline="")):
        assert [cell for cell in row.values() if cell and cell[0] in "=+-@\t\r"] == []
    assert safe_cell(formula) == f"'{formula}"


def test_attack_50_a_neutralised_formula_reads_back_as_the_text_it_was() -> None:
    merchant, other = make_merchant(), make_merchant()
    make_variant(merchant, title="Shirt")
    with scope(merchant=merchant):
        product = Product.objects.get()
        product.description = "=not a formula"
        product.save()
    load(other, "".join(export_catalog(merchant)))
    with scope(merchant=other):
        assert Product.objects.get().description == "=not a formula"


SHARED = Path(__file__).resolve().parents[3] / "shared" / "catalogs"


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the real catalogues beside the repository")
def test_real_catalogues_read_without_an_error() -> None:
    products = {}
    for path in sorted(SHARED.glob("*.csv")):
        reader = Reader(path.open("rb"), currency="USD")
        products[path.stem] = (len(list(reader)), reader.errors)
    assert products == {
        "shopify-apparel": (20, []),
        "shopify-home-and-garden": (20, []),
        "shopify-jewelery": (20, []),
    }


@pytest.mark.parametrize("text", ["Rock'-n'-roll", "'=1", "''+1", "'quoted'", "=1", "don't"])
def test_an_apostrophe_of_the_text_itself_stays(text: str) -> None:
    assert plain_cell(safe_cell(text)) == text
