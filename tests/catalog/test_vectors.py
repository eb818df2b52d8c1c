"""Goods that come close by vectors: with a real pgvector and a service on loopback, and without either."""

import time
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scope

from apps.catalog import embedding, vectors
from apps.catalog.embedding import vectors_of, without_people
from apps.catalog.models import Product, Variant
from apps.catalog.search import Filters, may_come_close, search, search_close
from apps.catalog.vectors import Standing, catch_up, closest, standing
from apps.merchants.doors import ProviderUnavailable
from apps.merchants.models import Merchant
from apps.merchants.statements import fetch

from .embedder import KEY, Service
from .factories import make_product, make_variant

pytestmark = pytest.mark.django_db
TITLES = ("Clay mug", "Canvas sneaker", "Linen shirt", "Oak table")


@pytest.fixture
def service(settings, pgvector) -> Iterator[Service]:
    played = Service()
    played.switch_on(settings)
    yield played
    played.close()


@pytest.fixture
def goods(merchant: Merchant) -> dict[str, Variant]:
    return {
        title: make_variant(merchant, title=title, price=f"{10 * place + 10}.00") for place, title in enumerate(TITLES)
    }


def _reckon(merchant: Merchant) -> int:
    with scope(merchant=merchant):
        return catch_up()


def _titles(merchant: Merchant, ids: list[int]) -> list[str]:
    with scope(merchant=merchant):
        titles = dict(Product.objects.values_list("pk", "title_en"))
    return [titles[pk] for pk in ids]


def test_what_means_the_same_is_close_in_any_language(merchant: Merchant, goods, service: Service) -> None:
    assert _reckon(merchant) == 4
    for said, found in (("zapatillas", "Canvas sneaker"), ("Tasse", "Clay mug"), ("camisa", "Linen shirt")):
        assert _titles(merchant, closest(merchant, said)) == [found]


def test_nonsense_is_close_to_nothing(merchant: Merchant, goods, service: Service, settings) -> None:
    _reckon(merchant)
    assert closest(merchant, "qwrtz blorf") == []
    settings.EMBEDDER_LEAST = -1.0  # it is the threshold that keeps it away
    assert len(closest(merchant, "qwrtz blorf")) == 4


def test_only_what_changed_is_reckoned_again(merchant: Merchant, goods, service: Service) -> None:
    _reckon(merchant)
    assert (_reckon(merchant), len(service.bodies)) == (0, 1)
    with scope(merchant=merchant):
        changed = goods["Oak table"].product
        changed.title_en = "Wool scarf"
        changed.save()
        Product.objects.filter(pk=goods["Clay mug"].product_id).update(popularity=9)
    assert (_reckon(merchant), service.asked[-1]) == (1, "Wool scarf")
    assert _titles(merchant, closest(merchant, "lana")) == ["Wool scarf"]


def test_what_is_gone_leaves_no_vector(merchant: Merchant, goods, service: Service) -> None:
    _reckon(merchant)
    gone = make_product(merchant, "Straw hat")
    assert _reckon(merchant) == 1
    with scope(merchant=merchant):
        gone.delete()
    _reckon(merchant)
    assert fetch("SELECT count(*) FROM catalog_productvector") == [(4,)]


def test_another_model_makes_it_all_anew(merchant: Merchant, goods, service: Service, settings) -> None:
    _reckon(merchant)
    settings.EMBEDDER_MODEL = "another"
    assert closest(merchant, "zapatillas") == []
    assert _reckon(merchant) == 4
    assert _titles(merchant, closest(merchant, "zapatillas")) == ["Canvas sneaker"]


def test_a_model_with_longer_vectors_gets_another_table(merchant: Merchant, goods, service: Service) -> None:
    _reckon(merchant)
    vectors._ready(3)
    assert fetch("SELECT count(*) FROM catalog_productvector") == [(0,)]
    assert _reckon(merchant) == 4


def test_near_is_not_for_sale_to_everyone(merchant: Merchant, goods, service: Service, settings) -> None:
    """What holds of hits by words holds of these: price, stock, status, currency, shop."""
    _reckon(merchant)
    settings.EMBEDDER_LEAST = 0.28  # three things are asked for at once
    close = closest(merchant, "zapatillas Tasse camisa")
    assert len(close) == 3

    def shown(filters: Filters | None = None) -> set[str]:
        return set(_titles(merchant, search_close(merchant, "zapatillas Tasse camisa", close, filters=filters).ids))

    assert shown() == {"Clay mug", "Canvas sneaker", "Linen shirt"}
    assert shown(Filters(price_max=20)) == {"Clay mug", "Canvas sneaker"}
    assert shown(Filters(price_min=25)) == {"Linen shirt"}
    with scope(merchant=merchant):
        goods["Clay mug"].stock_levels.update(on_hand=0)
        assert shown(Filters(in_stock=True)) == {"Canvas sneaker", "Linen shirt"}
        goods["Canvas sneaker"].prices.all().delete()
        assert shown() == {"Clay mug", "Linen shirt"}
        Product.objects.filter(pk=goods["Linen shirt"].product_id).update(status="draft")
        assert shown() == {"Clay mug"}


def test_a_strangers_goods_are_close_to_nobody_here(
    merchant: Merchant, other_merchant: Merchant, goods, service: Service
) -> None:
    make_variant(other_merchant, title="Running sneaker")
    assert (_reckon(merchant), _reckon(other_merchant)) == (4, 1)
    assert _titles(merchant, closest(merchant, "zapatillas")) == ["Canvas sneaker"]
    theirs = closest(other_merchant, "zapatillas")
    assert _titles(other_merchant, theirs) == ["Running sneaker"]
    assert search_close(merchant, "zapatillas", theirs).ids == []


def test_what_has_the_words_leads_and_is_told_apart(merchant: Merchant, goods, service: Service) -> None:
    make_variant(merchant, title="Zapatilla")
    _reckon(merchant)
    page = search_close(merchant, "zapatilla", closest(merchant, "zapatilla"))
    assert _titles(merchant, page.ids) == ["Zapatilla", "Canvas sneaker"]
    assert (page.is_close, page.exact) == (True, 1)


def test_pages_of_what_is_close_follow_each_other(merchant: Merchant, service: Service) -> None:
    for number in range(5):
        make_variant(merchant, title=f"Sneaker {number}")
    _reckon(merchant)
    close = closest(merchant, "zapatillas")
    pages = [search_close(merchant, "zapatillas", close, offset=offset, limit=2) for offset in (0, 2, 4)]
    assert [pk for page in pages for pk in page.ids] == close
    assert [page.has_more for page in pages] == [True, True, False]


@pytest.mark.parametrize(("said", "language", "is_worth"), [
    ("sneaker", "en", True), ("zapatillas", "en", True), ("shirt", "de", True), ("tables", "en", True),
])  # fmt: skip
def test_little_is_worth_a_second_look(merchant, goods, service, said: str, language: str, is_worth: bool) -> None:
    assert may_come_close(merchant, search(merchant, said), language=language) is False  # no vectors yet
    _reckon(merchant)
    assert may_come_close(merchant, search(merchant, said), language=language) is is_worth


def test_enough_in_the_catalogues_own_language_is_enough(merchant: Merchant, service: Service) -> None:
    for number in range(3):
        make_variant(merchant, title=f"Sneaker {number}")
    _reckon(merchant)
    page = search(merchant, "sneaker")
    assert may_come_close(merchant, page, language="en") is False
    assert may_come_close(merchant, page, language="de") is True  # nothing here has a German title


def test_nothing_of_a_person_goes_out(merchant: Merchant, goods, service: Service) -> None:
    _reckon(merchant)
    service.bodies.clear()
    closest(merchant, "zapatillas for mia.evans@example.com, call +49 176 1234-5678 or 0176/12345678 @mia")
    assert service.bodies == [
        {"model": "sandbox-words", "input": ["zapatillas for call or"], "encoding_format": "float"}
    ]
    assert {"cookie", "x-forwarded-for", "from"}.isdisjoint(service.heads[-1])
    assert service.heads[-1]["authorization"] == f"Bearer {KEY}"
    service.bodies.clear()
    assert (closest(merchant, "+49 176 12345678"), service.bodies) == ([], [])


def test_an_address_read_as_words_stays_here_too() -> None:
    heard = "mug for Ána@Example.com or 0176 1234567"
    assert without_people("mug for ana example com or", heard=heard) == "mug for or"


@pytest.mark.parametrize(("said", "goes_out"), [
    ("red mug 42", "red mug 42"), ("size 38 under 100", "size 38 under 100"), ("5551234567", ""),
    ("mug（176 555 12 34）", "mug（ ）"), ("https://x.example/?me=1 mug", "mug"), ("x" * 900, "x" * 200),
])  # fmt: skip
def test_what_goes_out_of_a_question(said: str, goes_out: str) -> None:
    assert without_people(said) == goes_out


@pytest.mark.parametrize("kind", ["rate_limit", "server_error"])
def test_a_service_that_refuses_is_no_service(merchant: Merchant, goods, service: Service, kind: str) -> None:
    _reckon(merchant)
    service.fault(kind)
    assert closest(merchant, "zapatillas") == []
    assert len(closest(merchant, "zapatillas")) == 1


def test_nobody_waits_longer_than_the_budget(merchant: Merchant, goods, service: Service) -> None:
    _reckon(merchant)
    service.fault("slow", seconds=4)
    began = time.monotonic()
    assert closest(merchant, "zapatillas") == []
    assert time.monotonic() - began < 2 * embedding.BUDGET


def test_an_address_inside_is_not_called(merchant: Merchant, goods, service: Service, settings) -> None:
    settings.PRIVATE_ADDRESSES = False
    with pytest.raises(ProviderUnavailable, match="PrivateAddress"):
        vectors_of(["mug"])
    assert service.bodies == []


@pytest.mark.parametrize("body", [
    b"no json", b"[]", b'{"data": []}', b'{"data": [{"index": 0, "embedding": [0, 0]}]}',
    b'{"data": [{"index": 0, "embedding": ["x"]}]}', b'{"data": [{"index": 0, "embedding": [NaN, 1]}]}',
])  # fmt: skip
def test_an_answer_that_is_no_vector_is_none(body: bytes) -> None:
    with pytest.raises((ValueError, KeyError, TypeError, AttributeError)):
        embedding._read(embedding.json.loads(body), 1)


def test_without_a_service_nothing_is_asked_and_nothing_made(merchant: Merchant, goods) -> None:
    assert _reckon(merchant) == 0
    page = search(merchant, "zapatillas")
    with CaptureQueriesContext(connection) as captured:
        assert may_come_close(merchant, page, language="en") is False
        assert closest(merchant, "zapatillas") == []
    assert len(captured) == 0
    assert fetch("SELECT to_regclass('catalog_productvector')") == [(None,)]


def test_without_pgvector_nothing_is_asked_and_nothing_made(
    merchant: Merchant, goods, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "AVAILABLE", "SELECT true FROM pg_available_extensions WHERE name = 'no such thing'")
    assert (_reckon(merchant), service.bodies) == (0, [])
    assert closest(merchant, "zapatillas") == []
    assert standing(merchant) == Standing(is_on=True, is_possible=False, products=0, of=4)


def test_the_desk_is_told_how_far_it_is(merchant: Merchant, goods, service: Service, settings) -> None:
    assert standing(merchant) == Standing(is_on=True, is_possible=True, products=0, of=4)
    _reckon(merchant)
    make_variant(merchant, title="Straw hat")
    assert standing(merchant) == Standing(is_on=True, is_possible=True, products=4, of=5)
    settings.EMBEDDER_URL = ""
    assert standing(merchant) == Standing(is_on=False, is_possible=True, products=0, of=0)
