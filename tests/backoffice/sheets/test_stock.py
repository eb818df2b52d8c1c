"""A stock-take by file: what was counted is booked with a name, what was not stays, and moved pieces are asked for again."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django_scopes import scope

from apps.catalog.models import StockLevel, StockMovement, Variant
from apps.catalog.stock import Wanted, receive_stock, take_holds
from apps.merchants import clock
from apps.merchants.invariants import run_all
from apps.merchants.models import Location, Merchant
from tests import factories
from tests.catalog.factories import make_location, make_variant

from .paper import bring, exported, look, place, refused, signed_in, written

STOCK = "catalog.stocklevel"


@pytest.fixture
def shelves(merchant: Merchant) -> tuple[Variant, Variant]:
    with scope(merchant=merchant):
        return (
            make_variant(merchant, title="Mug", sku="MUG", stock=5),
            make_variant(merchant, title="-Hat", sku="-HAT", stock=3),
        )


def on_hand(merchant: Merchant) -> dict[tuple[str, str], int]:
    with scope(merchant=merchant):
        levels = StockLevel.objects.select_related("variant", "location")
        return {(level.variant.sku, level.location.name): level.on_hand for level in levels}


def test_what_was_taken_away_changes_nothing_and_one_counted_cell_just_that(
    desk: Client, merchant: Merchant, shelves: Any
) -> None:
    paper = exported(desk, STOCK)
    assert [(row["sku"], row["location"], row["on_hand"], row["counted"]) for row in paper] == [
        ("MUG", "Warehouse", "5", ""), ("'-HAT", "Warehouse", "3", ""),
    ]  # fmt: skip
    untouched = look(desk, STOCK, paper)
    assert (untouched.counts, untouched.kept) == ((0, 0, 2), "")
    paper[1]["counted"], paper[1]["reason"] = "7", "After the fair"
    looked = bring(desk, STOCK, paper)
    assert looked.changes == [
        ("-HAT · Warehouse", "counted", "3", "7"), ("-HAT · Warehouse", "reason", "", "After the fair"),
    ]  # fmt: skip
    assert on_hand(merchant) == {("MUG", "Warehouse"): 5, ("-HAT", "Warehouse"): 7}
    with scope(merchant=merchant):
        moved = StockMovement.objects.select_related("actor").latest("pk")
        assert (moved.kind, moved.quantity, moved.reason) == ("adjusted", 4, "After the fair")
        assert moved.actor is not None
    assert [found for found in run_all() if not found["ok"]] == []


def test_the_same_file_twice_changes_nothing_whatever_was_sold_since(
    desk: Client, merchant: Merchant, shelves: Any
) -> None:
    file = b"SKU;Location;Counted\nMUG;warehouse;9\n"
    assert bring(desk, STOCK, file).counts == (0, 1, 0)
    with scope(merchant=merchant):
        receive_stock(shelves[0], Location.objects.get(), 2)
    again = look(desk, STOCK, b"\xef\xbb\xbfsku,location,counted\r\nMUG,warehouse,9\r\n")
    assert (again.counts, again.kept, again.report.known_since is not None) == ((0, 0, 0), "", True)
    assert "This very file was imported on" in again.answer.content.decode()
    assert on_hand(merchant)["MUG", "Warehouse"] == 11


def test_moved_pieces_are_asked_for_again_and_promised_ones_stay(
    desk: Client, merchant: Merchant, shelves: Any
) -> None:
    paper = exported(desk, STOCK)
    paper[0]["counted"], paper[1]["counted"] = "8", "1"
    with scope(merchant=merchant):
        receive_stock(shelves[0], Location.objects.get(), 1)
        take_holds([Wanted(shelves[1].pk, 2, "cart:1")], reason="cart", until=clock.now().replace(year=2100))
    assert look(desk, STOCK, paper).errors == [
        (2, "on_hand", "Pieces of it have moved since the file was taken. Count again."),
        (3, "counted", "More than that is sold or held. Ship or cancel orders first."),
    ]
    assert on_hand(merchant) == {("MUG", "Warehouse"): 6, ("-HAT", "Warehouse"): 3}


def test_a_count_is_not_booked_over_pieces_that_moved_after_the_look(
    desk: Client, merchant: Merchant, shelves: Any
) -> None:
    paper = exported(desk, STOCK)
    paper[0]["counted"] = "8"
    kept = look(desk, STOCK, paper).kept
    with scope(merchant=merchant):
        receive_stock(shelves[0], Location.objects.get(), 1)
    late = desk.post("/admin/catalog/stocklevel/import-csv/", {"kept": kept})
    assert [error.column for error in late.context["errors"]] == ["on_hand"]
    assert on_hand(merchant)["MUG", "Warehouse"] == 6
    assert desk.post("/admin/catalog/stocklevel/import-csv/", {"kept": kept}).status_code == 302


def test_every_wrong_row_is_named_with_what_to_do_and_none_is_booked(
    desk: Client, merchant: Merchant, shelves: Any
) -> None:
    with scope(merchant=merchant):
        make_variant(merchant, sku="CARD", is_tracked=False)
    rows = "MUG,Warehouse,4\nCUP,Warehouse,1\nMUG,Attic,1\nCARD,Warehouse,1\nMUG,Warehouse,6\n-HAT,Warehouse,-1\n"
    wrong = look(desk, STOCK, f"sku,location,counted\n{rows}".encode())
    assert (wrong.errors, wrong.kept) == (
        [
            (3, "sku", "There is no variant “CUP” in this shop."),
            (4, "location", "There is no such location. Write one of these: Warehouse."),
            (5, "sku", "Its pieces are not counted. Switch that on at the variant first."),
            (6, "sku", "It stands in line 2 already."),
            (7, "counted", "From 0 to 1000000."),
        ],
        "",
    )
    assert on_hand(merchant)["MUG", "Warehouse"] == 5


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (b"\n", "The column “sku” is missing."),
        (b"sku,location\nMUG,Warehouse\n", "The column “counted” is missing."),
        (b"sku,location,counted\n", "There are no rows in this file."),
        (b"sku,location,counted\nMUG,Gr\xf6n,1\n", "The file is not UTF-8. Save it as “CSV UTF-8” and try again."),
        (b"sku,location,counted\nMUG,War\0,1\n", "The file holds a character that no text has (NUL)."),
        (
            b"sku,location,counted\nMUG,Ware,house,1\n",
            "Line 2 has more cells than headings; is a quotation mark missing?",
        ),
        (
            b"sku,location,counted\n" + b"MUG,Warehouse,1\n" * 10_001,
            "At most 10000 rows in a file. Split it and import the parts.",
        ),
    ],
)
def test_what_is_no_such_file_is_refused_with_a_sentence(
    desk: Client, shelves: Any, file: bytes, sentence: str
) -> None:
    assert refused(desk, STOCK, file) == sentence


def test_a_shelf_that_had_none_of_it_is_made(desk: Client, merchant: Merchant, shelves: Any) -> None:
    make_location(merchant, "Shop")
    assert bring(desk, STOCK, b"sku,location,counted\nMUG,Shop,4\n").counts == (1, 0, 0)
    assert on_hand(merchant)["MUG", "Shop"] == 4


def test_a_thousand_shelves_cost_no_more_questions_than_one(
    desk: Client, merchant: Merchant, django_assert_max_num_queries: Any
) -> None:
    with scope(merchant=merchant):
        for number in range(40):
            make_variant(merchant, sku=f"S-{number}", stock=1)
    with django_assert_max_num_queries(12):
        paper = exported(desk, STOCK)
    assert len(paper) == 40
    file = written([{**row, "counted": "2"} for row in paper])
    with django_assert_max_num_queries(40 * 3 + 25):  # a savepoint for each row, who waits for it, and what all share
        assert look(desk, STOCK, file).counts == (0, 40, 0)


def test_nobody_else_takes_it_away_or_brings_it(
    merchant: Merchant, other_merchant: Merchant, desk: Client, shelves: Any
) -> None:
    for role in ("associate", "lead"):
        client = signed_in(factories.staff(merchant, role))
        assert [client.get(place(STOCK, act)).status_code for act in ("import", "export")] == [302, 302]
    stranger = signed_in(factories.staff(other_merchant, "manager"))
    assert exported(stranger, STOCK) == []
    assert look(stranger, STOCK, b"sku,location,counted\nMUG,Warehouse,1\n").errors[0][1] == "sku"
    kept = look(desk, STOCK, b"sku,location,counted\nMUG,Warehouse,1\n").kept
    assert stranger.post(place(STOCK, "import"), {"kept": kept}).status_code == 302
    assert on_hand(merchant)["MUG", "Warehouse"] == 5


def test_the_next_stock_take_may_count_the_same(desk: Client, merchant: Merchant, shelves: Any) -> None:
    file = b"SKU;Location;Counted\nMUG;warehouse;9\n"
    assert bring(desk, STOCK, file).counts == (0, 1, 0)
    with scope(merchant=merchant):
        receive_stock(shelves[0], Location.objects.get(), 2)
    with clock.at(clock.now() + dt.timedelta(days=1, minutes=1)):
        assert bring(desk, STOCK, file).counts == (0, 1, 0)
        assert bring(desk, STOCK, file).report.known_since is not None
    assert on_hand(merchant)["MUG", "Warehouse"] == 9


def test_a_stray_column_does_not_make_another_file(desk: Client, merchant: Merchant, shelves: Any) -> None:
    assert bring(desk, STOCK, b"SKU;Location;Counted\nMUG;warehouse;9\n").counts == (0, 1, 0)
    with scope(merchant=merchant):
        receive_stock(shelves[0], Location.objects.get(), 2)
    for same in (
        b"SKU;Location;Counted;Extra\nMUG;warehouse;9;\n",
        b"SKU;Product;Location;Counted\nMUG;Mug;warehouse;9\n",
    ):
        again = look(desk, STOCK, same)
        assert (again.counts, again.report.known_since is not None) == ((0, 0, 0), True)
