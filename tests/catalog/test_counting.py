"""How many products say each word: kept by the database with every change, and the same as counting anew."""

import re
from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scope

from apps.catalog import index
from apps.catalog.counting import counted_words, fold_counts
from apps.catalog.lexicon import lexicon
from apps.catalog.models import Category, Product, WordCount
from apps.catalog.search import search
from apps.merchants.invariants import run_all
from apps.merchants.models import Merchant

from .factories import make_product

pytestmark = pytest.mark.django_db


def _by_hand() -> tuple[dict[str, int], set[str], set[str]]:
    """The same read in Python from what each product's index says."""
    said: Counter[str] = Counter()
    named, called = set(), set()
    for vector in Product.objects.filter(status="active").values_list("search_vector", flat=True):
        for word, places in re.findall(r"'([^']+)':(\S+)", vector or ""):
            said[word] += 1
            weights = {place.lstrip("0123456789") or "D" for place in places.split(",")}
            named |= {word} if weights & set("ABC") else set()
            called |= {word} if weights & set("AB") else set()
    return dict(said), named, called


def _broken() -> list[str]:
    return [found["name"] for found in run_all() if not found["ok"]]


def _agree(merchant: Merchant) -> dict[str, int]:
    words, named, called = counted_words(merchant)
    assert (words, named, called) == _by_hand()
    return words


def test_every_change_of_a_product_is_counted(merchant: Merchant) -> None:
    with scope(merchant=merchant):
        mug = make_product(merchant, "Blue mug", description="a mug for tea")
        pot = make_product(merchant, "Tea pot")
        assert _agree(merchant)["tea"] == 2
        Product.objects.filter(pk=mug.pk).update(status="draft")  # no signal, no refresh: the database sees it
        assert _agree(merchant)["tea"] == 1
        Product.objects.update(status="active")
        shelf = Category.objects.create(merchant=merchant, name="Kitchen", slug="kitchen")
        pot.categories.add(shelf)
        assert _agree(merchant)["kitchen"] == 1
        pot.title_en = "Coffee pot"
        pot.save()
        assert _agree(merchant)["tea"] == 1
        Product.objects.filter(pk=mug.pk).delete()
        assert "tea" not in _agree(merchant)
        assert _broken() == []


def test_what_says_the_same_as_before_adds_nothing(merchant: Merchant) -> None:
    with scope(merchant=merchant):
        make_product(merchant, "Blue mug")
        before = WordCount.objects.count()
        Product.objects.update(popularity=7)
        assert WordCount.objects.count() == before


def test_folding_leaves_one_row_for_each_word_and_the_same_sums(merchant: Merchant, other_merchant: Merchant) -> None:
    with scope(merchant=other_merchant):
        for _ in range(3):
            make_product(other_merchant, "Tea pot")
        others = WordCount.objects.count()
    with scope(merchant=merchant):
        made = [make_product(merchant, "Tea pot") for _ in range(12)]
        made[0].delete()
        words = _agree(merchant)
        assert WordCount.objects.count() > 2 * len(words)
        fold_counts()
        assert WordCount.objects.count() == len(words)
        assert _agree(merchant) == words
    with scope(merchant=other_merchant):
        assert WordCount.objects.count() == others


def test_a_miscounted_word_is_found(merchant: Merchant) -> None:
    with scope(merchant=merchant):
        make_product(merchant, "Tea pot")
        assert _broken() == []
        WordCount.objects.filter(word="tea").update(said=5)
        assert _broken() == ["catalog.words are counted as the index has them"]


def test_no_shopper_waits_for_the_index_to_be_counted(merchant: Merchant) -> None:
    with scope(merchant=merchant):
        make_product(merchant, "Tea pot")
    with CaptureQueriesContext(connection) as captured:
        search(merchant, "tea")
    asked = [query["sql"] for query in captured if "catalog_wordcount" in query["sql"] or "ts_stat" in query["sql"]]
    assert len(asked) == 1
    assert "ts_stat" not in asked[0]
    assert lexicon(merchant).words["tea"] == 1


def test_a_long_import_is_folded_at_its_end(merchant: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "BATCH", 2)
    with scope(merchant=merchant):
        with index.collecting(merchant):
            for _ in range(20):
                make_product(merchant, "Tea pot")
        assert WordCount.objects.count() == len(_agree(merchant))
