"""The search finds what an exhaustive scan with the same ranking finds first, written right, with slips and cut off."""

import pytest

from apps.catalog.bench import bench_search

pytestmark = pytest.mark.django_db
LEAST = {"clean": 98, "one slip": 97, "two slips": 95, "cut off": 90}  # percent of the first ten


def test_five_thousand_products_are_found_as_an_exhaustive_scan_finds_them() -> None:
    rows = [row for row in bench_search((5_000,), 250) if "recall_at_10" in row]
    found = {row["written"]: row["recall_at_10"] for row in rows}
    assert found.keys() == LEAST.keys()
    assert {how: share for how, share in found.items() if share < LEAST[how]} == {}
