"""The search finds what an exhaustive scan with the same ranking finds first, written right, with slips and cut off."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scope

from apps.catalog import search as searching
from apps.catalog.bench import LEAST, NARROWINGS, bench_search, exhaustive
from apps.catalog.bench_goods import Asked, Goods
from apps.catalog.lexicon import lexicon
from apps.catalog.models import Product
from apps.catalog.search import browse, search
from apps.merchants.models import Merchant

pytestmark = pytest.mark.django_db
PRODUCTS, QUESTIONS = 5_000, 250
MOST_STATEMENTS = 7  # the state; named so, all but one, popular; read otherwise, ranked, and what it was read as


@pytest.fixture
def goods(merchant: Merchant) -> Iterator[Goods]:
    with scope(merchant=merchant):
        made = Goods(600)
        made.stock_up(merchant)
        yield made


def test_five_thousand_products_are_found_as_an_exhaustive_scan_finds_them() -> None:
    *rows, last = bench_search((PRODUCTS,), QUESTIONS)
    found = {row["written"]: row["recall_at_10"] for row in rows if "recall_at_10" in row}
    assert found.keys() == LEAST.keys()
    assert {how: share for how, share in found.items() if share < LEAST[how]} == {}
    assert {row["written"]: row["n"] for row in rows if row["variant"] == "product"} == {
        **dict.fromkeys(LEAST, QUESTIONS),
        "all": 4 * QUESTIONS,
    }
    assert [row["written"] for row in rows if row["variant"] == "filter"] == list(NARROWINGS)
    assert set(last["missed"]) <= {"p50_ms", "p99_ms", "growth"}


def test_a_question_takes_a_few_statements_however_it_is_written(goods: Goods, merchant: Merchant) -> None:
    most = 0
    search(merchant, goods.words[0], language="en")  # the words of the catalogue are read once
    for asked in goods.asked(40):
        for said in asked.written.values():
            with CaptureQueriesContext(connection) as captured:
                search(merchant, said, language="en", limit=10)
            most = max(most, len(captured))
    assert most <= MOST_STATEMENTS


def _written_by_hand(goods: Goods, merchant: Merchant, asked: Asked) -> set[int]:
    """Which products say all the words, read in Python from what was written, no index and no PostgreSQL."""
    known = lexicon(merchant)
    wanted = [{word, *known.speller.related(word)} for word in asked.meant.split()]
    return {
        pk
        for pk, title, text in Product.objects.values_list("pk", "title_en", "description_en")
        if all(some & {*title.lower().split(), *text.split()} for some in wanted)
    }


def test_the_scan_is_exhaustive_and_leaves_nothing_out(goods: Goods, merchant: Merchant) -> None:
    for asked in goods.asked(40):
        by_hand = _written_by_hand(goods, merchant, asked)
        found = exhaustive(merchant, asked.meant)
        assert set(found) <= by_hand
        assert len(found) == min(len(by_hand), 10)


def test_a_search_that_looks_at_too_few_is_found_out(
    goods: Goods, merchant: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The measure can fail: with five candidates, of whatever kind, some of the first ten are missing."""

    def missing() -> int:
        return sum(
            len(set(exhaustive(merchant, word)) - set(search(merchant, word, language="en", limit=10).ids))
            for word in goods.words[:20]
        )

    whole: dict[str, Any] = {"CANDIDATES": searching.CANDIDATES, "LARGEST_PAGE": searching.LARGEST_PAGE}
    assert whole == {"CANDIDATES": 200, "LARGEST_PAGE": 50}
    before = missing()
    monkeypatch.setattr(searching, "CANDIDATES", 5)
    assert missing() > before


@pytest.mark.parametrize("name", NARROWINGS)
def test_pages_of_what_is_narrowed_follow_each_other(goods: Goods, merchant: Merchant, name: str) -> None:
    """Whether it is found by its words, by its price or by going through the most popular: nothing twice, nothing lost."""
    whole = browse(merchant, filters=NARROWINGS[name], limit=50)
    pages = [browse(merchant, filters=NARROWINGS[name], offset=start, limit=10).ids for start in range(0, 50, 10)]
    assert [pk for page in pages for pk in page] == whole.ids
