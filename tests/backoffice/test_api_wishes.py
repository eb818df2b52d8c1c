"""Other words and wishes over the API: what is added is found by, and what shoppers saved is told and counted."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scope

from apps.catalog.models import Synonym, Wish
from apps.customers.models import Customer
from apps.merchants.models import Merchant
from tests import factories
from tests.catalog.factories import make_variant

from .conftest import Api


def found_by(api: Api, word: str) -> list[str]:
    return [product["title"] for product in api.get("products/search/", q=word).json()]


def test_a_word_that_was_added_is_found_by_changed_and_taken_away(api: Api, merchant: Merchant, variant: Any) -> None:
    assert found_by(api, "jersey") == []
    made = api.post("synonyms/", {"word": "jersey", "means": "shirt"})
    assert (made.status_code, made.json()) == (201, {"id": made.json()["id"], "word": "jersey", "means": "shirt"})
    assert found_by(api, "jersey") == ["Blue shirt"]
    again = api.post("synonyms/", {"word": "jersey", "means": "shirt"})
    assert (again.status_code, again.json()["detail"]) == (409, "This word means that already.")
    path = f"synonyms/{made.json()['id']}/"
    assert api.patch(path, {"word": "pullover"}).json()["word"] == "pullover"
    assert (found_by(api, "jersey"), found_by(api, "pullover")) == ([], ["Blue shirt"])
    assert [row["means"] for row in api.get("synonyms/", word="PULLOVER").json()["results"]] == ["shirt"]
    assert api.get("synonyms/", word="jersey").json()["results"] == []
    assert (api.delete(path).status_code, found_by(api, "pullover")) == (204, [])
    with scope(merchant=merchant):
        assert not Synonym.objects.exists()


@pytest.mark.parametrize("sent", [{"word": "x"}, {"word": "", "means": "y"}, {"word": "x" * 61, "means": "y"}, {"word": "a", "means": "b", "c": 1}])  # fmt: skip
def test_what_is_no_word_is_refused(api: Api, merchant: Merchant, sent: Any) -> None:
    assert api.post("synonyms/", sent).status_code == 400


@pytest.fixture
def wished(merchant: Merchant, variant: Any) -> tuple[Any, Customer, Customer]:
    """Ana saved the shirt and her size of it, Ben the shirt's size."""
    with scope(merchant=merchant):
        ana, ben = factories.customer(merchant), factories.customer(merchant, "Ben")
        Wish.objects.create(merchant=merchant, customer=ana, product=variant.product)
        for customer in (ana, ben):
            Wish.objects.create(merchant=merchant, customer=customer, product=variant.product, variant=variant)
        make_variant(merchant, title="Mug nobody wants", sku="M-1")
    return variant, ana, ben


def test_a_shoppers_wishes_are_told_newest_first(api: Api, wished: Any) -> None:
    variant, ana, ben = wished
    told = api.get(f"customers/{ana.public_id}/wishes/").json()["results"]
    assert [(each["product"], each["title"], each["variant"], each["sku"]) for each in told] == [
        (variant.product.public_id, "Blue shirt", variant.public_id, variant.sku),
        (variant.product.public_id, "Blue shirt", None, ""),
    ]
    assert len(api.get(f"customers/{ben.public_id}/wishes/").json()["results"]) == 1
    assert api.get("customers/nobody/wishes/").status_code == 404


def test_wishes_are_counted_by_shopper_for_each_product(api: Api, wished: Any) -> None:
    variant, _ana, _ben = wished
    (told,) = api.get("wishes/").json()["results"]
    assert told.pop("latest_at")
    assert told == {
        "product": variant.product.public_id,
        "title": "Blue shirt",
        "shoppers": 2,
        "variants": [{"variant": variant.public_id, "sku": variant.sku, "shoppers": 2}],
    }
    assert api.get("wishes/", product="nothing").json()["results"] == []
    assert len(api.get("wishes/", product=variant.product.public_id).json()["results"]) == 1


def test_many_wishes_cost_no_more_queries_than_few(api: Api, merchant: Merchant, wished: Any) -> None:
    _variant, ana, _ben = wished
    paths = (f"customers/{ana.public_id}/wishes/", "wishes/", "synonyms/")

    def asked() -> list[int]:
        counts = []
        for path in paths:
            with CaptureQueriesContext(connection) as queries:
                assert api.get(path).status_code == 200
            counts.append(len(queries))
        return counts

    asked()
    few = asked()
    with scope(merchant=merchant):
        for number in range(5):
            other = make_variant(merchant, title=f"Mug {number}", sku=f"MUG-{number}")
            Wish.objects.create(merchant=merchant, customer=ana, product=other.product, variant=other)
            Synonym.objects.create(merchant=merchant, word=f"word {number}", means="mug")
    assert asked() == few


def test_a_reader_only_reads_and_a_stranger_sees_nothing(api: Api, reader: Api, stranger: Api, wished: Any) -> None:
    _variant, ana, _ben = wished
    path = f"synonyms/{api.post('synonyms/', {'word': 'jersey', 'means': 'shirt'}).json()['id']}/"
    assert (reader.get(path).status_code, reader.patch(path, {"word": "x"}).status_code) == (200, 403)
    assert (reader.delete(path).status_code, reader.post("synonyms/", {"word": "a", "means": "b"}).status_code) == (403, 403)  # fmt: skip
    assert (stranger.get(path).status_code, stranger.delete(path).status_code) == (404, 404)
    assert stranger.get(f"customers/{ana.public_id}/wishes/").status_code == 404
    assert [stranger.get(each).json()["results"] for each in ("synonyms/", "wishes/")] == [[], []]
