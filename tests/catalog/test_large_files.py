"""Files far larger than any shop has, and wrong in every row: errors by line, nothing kept, and little memory."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection

from apps.catalog.importing import import_catalog

from .. import factories

# Files by what is wrong with them; each is imported once a small one has been, and what more memory it took is told.
# What was good is last: memory once taken is used again, and would hide what comes after it.
MEASURE = """
import json, re, sys
import django
django.setup()
from django.db import transaction
from apps.catalog.importing import import_catalog
from apps.catalog.models import Product
from apps.merchants.models import Merchant
from django_scopes import scopes_disabled
head = b"Handle,Title,Body (HTML),Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price\\n"

def cells(number):
    first = number % 4 == 0
    told = (f"Item {number // 4}", "Fine thing. " * 40, "Size") if first else ("", "", "")
    return [f"item-{number // 4}", *told, str(number % 4), f"S-{number}", "5", "9.90"]

def lines(shape, rows):
    yield b"PK\\x03\\x04" + bytes(range(256)) + b"\\n" if shape == "a spreadsheet" else head
    for number in range(rows):
        row = cells(number)
        if shape == "formulas":
            row[1] = row[5] = "=cmd|' /C calc'!A0"
        elif shape == "one SKU":
            row[5] = "S-1"
        elif shape == "fewer than none":
            row[6] = "-3"
        elif shape == "too many cells":
            row.append("x")
        elif shape == "one product":
            row[0], row[1], row[4] = "item", "Item" if number == 0 else "", str(number)
        elif shape == "no handles":
            row[0] = ""
        elif shape == "wrong letters at the end" and number == rows - 1:
            row[1] = "\\udcfc"
        yield (",".join(row) + "\\n").encode(errors="surrogateescape")

def megabytes(name):
    return int(re.search(name + r":\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024

@transaction.atomic
def load(shape, rows):
    merchant = Merchant.objects.create(slug="big", name="Big", languages=["en"])
    report = import_catalog(merchant, lines(shape, rows))
    kept = Product.objects.filter(merchant=merchant).count()
    transaction.set_rollback(True)
    return report, kept

rows, *shapes = sys.argv[1:]
with scopes_disabled():
    load("good", 500)
    for shape in shapes:
        open("/proc/self/clear_refs", "w").write("5")  # the most it ever took is what it takes now
        before = megabytes("VmRSS")
        report, kept = load(shape, int(rows))
        first = [report.errors[0].line, report.errors[0].column] if report.errors else []
        told = {"shape": shape, "comes_to": [kept, len(report.errors), first], "mb": megabytes("VmHWM") - before}
        print(json.dumps(told), flush=True)
"""
# Of so many rows: how many products are kept, how many errors are told, and where the first is.
SHAPES: dict[str, Callable[[int], list[Any]]] = {
    "formulas": lambda rows: [0, 1000, [2, "Title"]],
    "one SKU": lambda rows: [0, 1000, [3, "Variant SKU"]],
    "fewer than none": lambda rows: [0, 1000, [2, "Variant Inventory Qty"]],
    "too many cells": lambda rows: [0, 1000, [2, ""]],
    "one product": lambda rows: [0, 1, [2502, "Handle"]],
    "no handles": lambda rows: [0, 1, [2502, "Handle"]],
    "a spreadsheet": lambda rows: [0, 1, [1, ""]],
    "good": lambda rows: [rows // 4, 0, []],
    "wrong letters at the end": lambda rows: [0, 1, [rows + 1, ""]],
}


def imported(rows: int, settings: Any, *shapes: str) -> list[dict[str, Any]]:
    """What came of each file, in a process of its own; `mb` is the most memory that it took meanwhile."""
    facts = settings.DATABASES["default"]
    host = str(facts["HOST"] or facts["OPTIONS"].get("host", ""))
    place = "" if host.startswith("/") else f"{host}:{facts['PORT']}"
    query = "" if place else f"?host={host}"
    user = facts["USER"] + (f":{facts['PASSWORD']}" if facts["PASSWORD"] else "")
    environment = {**os.environ, "DATABASE_URL": f"postgresql://{user}@{place}/{facts['NAME']}{query}"}
    command = [sys.executable, "-c", MEASURE, str(rows), *shapes]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    print(done.stdout)
    return [json.loads(line) for line in done.stdout.splitlines()]


def expected(rows: int, *shapes: str) -> dict[str, list[Any]]:
    return {shape: SHAPES[shape](rows) for shape in shapes}


def came_to(found: list[dict[str, Any]]) -> dict[str, list[Any]]:
    return {each["shape"]: each["comes_to"] for each in found}


@pytest.mark.django_db(transaction=True)
def test_attack_51_ten_thousand_rows_leave_little_behind(settings: Any) -> None:
    found = imported(10_000, settings, *SHAPES)
    assert came_to(found) == expected(10_000, *SHAPES)
    assert [each for each in found if each["mb"] > 20] == []


def slowly() -> Iterator[bytes]:
    yield b"Handle,Title,Variant SKU,Variant Price\n"
    yield b"mug,Mug,M-1,12.00\n"
    time.sleep(1.5)


@pytest.mark.django_db(transaction=True)
def test_a_file_that_is_read_for_long_is_not_cut_off_by_the_database() -> None:
    shop = factories.merchant()
    with connection.cursor() as cursor:
        cursor.execute("SET idle_in_transaction_session_timeout = '1s'")
    report = import_catalog(shop, slowly())
    assert (report.errors, report.created) == ([], 1)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("shape", SHAPES)
def test_attack_51_a_million_rows_take_no_more_memory_than_their_numbers(shape: str, settings: Any) -> None:
    """Of all that was read only the SKUs are remembered, to find one that comes twice."""
    found = imported(1_000_000, settings, shape)
    assert came_to(found) == expected(1_000_000, shape)
    assert [each for each in found if each["mb"] > 300] == []
