"""The search finds what an exhaustive scan with the same ranking finds first, written right, with slips and cut off."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scope

from apps.catalog import index, sold
from apps.catalog import search as searching
from apps.catalog.bench import LEAST, NARROWINGS, bench_search, exhaustive
from apps.catalog.bench_goods import Asked, Goods
from apps.catalog.lexicon import lexicon
from apps.catalog.models import Price, PricePlan, Product, Variant
from apps.catalog.search import Filters, browse, search
from apps.merchants import clock
from apps.merchants.models import Merchant

pytestmark = pytest.mark.django_db
PRODUCTS, QUESTIONS = 5_000, 250
MOST_STATEMENTS = 8  # the state; named so, all but one, popular; read otherwise, ranked, sold, and what it was read as


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


@pytest.mark.parametrize("sort", ["cheaper", "dearer"])
@pytest.mark.parametrize("said", ["", "common"])
def test_cheapest_first_of_few_is_cheapest_first_of_all(
    goods: Goods, merchant: Merchant, monkeypatch: pytest.MonkeyPatch, sort: str, said: str
) -> None:
    """With the first prices only, with a plan that makes the dearest thing the cheapest, and one that makes a cheap one dear."""
    text = goods.words[0] if said else ""
    ends = Price.objects.order_by("amount").values_list("variant", "amount_currency")
    for (variant, currency), amount in ((ends.last(), "0.50"), (ends.first(), "99999")):
        PricePlan.objects.create(
            merchant=merchant, variant_id=variant, amount=amount, amount_currency=currency, starts_at=clock.now()
        )

    def asked(first: int, filters: Filters, limit: int) -> tuple[list[int], int]:
        monkeypatch.setattr(sold, "FIRST", first)
        index.refresh(merchant, [])
        search(merchant, goods.words[1], language="en")
        with CaptureQueriesContext(connection) as captured:
            ids = search(merchant, text, language="en", filters=filters, limit=limit).ids
        return ids, len([query for query in captured if "= ANY" in query["sql"] and "costs" in query["sql"]])

    wishes = (Filters(sort=sort), Filters(sort=sort, colour="black"), Filters(sort=sort, in_stock=True))
    for wish in wishes:
        whole, narrowed = asked(10**6, wish, 50)
        assert (len(whole), narrowed) == (50, 0)  # no end: every price is reckoned
        assert asked(100, wish, 8) == (whole[:8], 1)
        for limit in (1, 2, 3, 8):  # about as many as there are below the end of the first three, or too few for a page
            assert asked(3, wish, limit)[0] == whole[:limit]
    top = whole[0] if sort == "cheaper" else None
    assert top is None or said or Variant.objects.get(pk=ends.last()[0]).product_id == asked(100, wishes[0], 1)[0][0]


def test_a_start_is_asked_for_by_the_words_that_begin_so(goods: Goods, merchant: Merchant) -> None:
    known = lexicon(merchant)
    word = next(word for word in goods.words if len(word) > 7)
    begun = known.literals_of_start(word[:-2])
    assert f"'{word}'" in begun
    assert not any(literal.endswith(":*") for literal in begun)
    assert known.literals_of_start("s") == ["'s':*"]  # too many


def test_only_what_is_shown_is_asked_whether_it_is_sold(goods: Goods, merchant: Merchant) -> None:
    word = goods.words[0]
    whole = search(merchant, word, language="en", limit=50).ids
    with CaptureQueriesContext(connection) as captured:
        assert search(merchant, word, language="en", limit=10).ids == whole[:10]
    asked = [query["sql"] for query in captured if "catalog_variant" in query["sql"]]
    among = [found[1].split(",") for sql in asked if (found := re.search(r"string_to_array\('([\d,]+)'", sql))]
    assert (len(asked), [len(ids) for ids in among]) == (1, [22])  # two pages and what tells that there is more


def test_what_leads_and_is_not_sold_leaves_its_place_to_the_next(goods: Goods, merchant: Merchant) -> None:
    word = goods.words[0]
    whole = search(merchant, word, language="en", limit=50).ids
    Price.objects.filter(variant__product__in=whole[:30]).delete()
    assert search(merchant, word, language="en", limit=10).ids == whole[30:40]
    assert search(merchant, word, language="en", offset=10, limit=10).ids == whole[40:50]
