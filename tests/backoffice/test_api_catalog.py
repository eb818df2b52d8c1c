from base64 import b64encode
from urllib.parse import quote

import pytest
from django_scopes import scope

from apps.backoffice.api.authentication import issue_token
from apps.catalog.models import Product
from apps.catalog.waitlist import wait_for
from apps.merchants.clock import now
from apps.merchants.models import ApiToken, Merchant
from tests import factories
from tests.catalog.factories import make_variant

from .conftest import Api


def test_a_product_is_made_read_and_changed(api: Api, merchant: Merchant) -> None:
    made = api.post("products/", {"slug": "mug", "title": "Mug", "translations": {"de": {"title": "Becher"}}})
    assert made.status_code == 201
    product_id = made.json()["id"]
    changed = api.patch(f"products/{product_id}/", {"status": "archived"})
    assert (changed.status_code, changed.json()["status"]) == (200, "archived")
    with scope(merchant=merchant):
        product = Product.objects.get(slug="mug")
    assert (product.title_en, product.title_de) == ("Mug", "Becher")


def test_a_variant_gets_its_price_and_stock(api: Api, merchant: Merchant) -> None:
    home = factories.location(merchant).public_id
    product_id = api.post("products/", {"slug": "mug", "title": "Mug"}).json()["id"]
    made = api.post(f"products/{product_id}/variants/", {"sku": "MUG-1", "price": {"minor": 1250, "currency": "EUR"}})
    assert made.status_code == 201
    variant_id = made.json()["id"]
    counted = api.post(f"variants/{variant_id}/stock/", {"change": 7, "reason": "delivery"})
    assert counted.json()["prices"] == [
        {
            "amount": {"minor": 1250, "currency": "EUR"},
            "compare_at": None,
            "now": {"minor": 1250, "currency": "EUR"},
            "now_compare_at": None,
            "lowest_30_days": None,
        }
    ]
    assert counted.json()["stock"] == [
        {"location": "Warehouse", "location_id": home, "on_hand": 7, "allocated": 0, "held": 0}
    ]


def test_stock_never_goes_below_what_is_there(api: Api, variant) -> None:  # type: ignore[no-untyped-def]
    answer = api.post(f"variants/{variant.public_id}/stock/", {"change": -11, "reason": "broken"})
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"


def test_how_many_wait_for_what_is_told_without_saying_who(api: Api, stranger: Api, merchant: Merchant) -> None:
    with scope(merchant=merchant):
        sold_out = make_variant(merchant, stock=0, sku="GONE")
        wait_for(factories.customer(merchant, "Ana"), sold_out)
    (told,) = api.get("stock-alerts/").json()["results"]
    assert (told["sku"], told["variant"], told["state"]) == ("GONE", sold_out.public_id, "waiting")
    assert set(told) == {"variant", "sku", "state", "created_at", "until"}
    assert stranger.get("stock-alerts/").json()["results"] == []


def test_a_second_product_with_the_same_slug_is_a_conflict(api: Api) -> None:
    api.post("products/", {"slug": "mug", "title": "Mug"})
    assert api.post("products/", {"slug": "mug", "title": "Mug"}).status_code == 409


def test_search_finds_through_typos(api: Api, variant) -> None:  # type: ignore[no-untyped-def]
    found = api.get("products/search/", q="bleu shrit")
    assert [product["title"] for product in found.json()] == ["Blue shirt"]


@pytest.mark.parametrize("path", ["products/", "orders/", "categories/"])
def test_without_a_token_nothing_is_answered(db: None, path: str) -> None:
    for key in ("", "cs_wrong"):
        answer = Api(key).get(path)
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_reading_token_may_not_write(reader: Api, variant) -> None:  # type: ignore[no-untyped-def]
    assert reader.get("products/").status_code == 200
    assert reader.patch(f"variants/{variant.public_id}/", {"barcode": "1"}).status_code == 403


def test_a_revoked_token_is_refused_at_once(merchant: Merchant) -> None:
    with scope(merchant=merchant):
        token, key = issue_token(merchant, name="old")
        api = Api(key)
        assert api.get("products/").status_code == 200
        ApiToken.objects.filter(pk=token.pk).update(revoked_at=now())
    assert api.get("products/").status_code == 401


def test_the_key_itself_is_not_stored(merchant: Merchant) -> None:
    with scope(merchant=merchant):
        token, key = issue_token(merchant, name="new")
        assert key not in str(ApiToken.objects.filter(pk=token.pk).values())


def test_attack_26_ids_are_random_and_mine_or_missing_look_alike(api: Api, stranger: Api, variant) -> None:  # type: ignore[no-untyped-def]
    assert len(variant.public_id) >= 22
    not_mine = stranger.get(f"variants/{variant.public_id}/")
    not_there = stranger.get(f"variants/{variant.public_id[::-1]}/")
    assert (not_mine.status_code, not_mine.content) == (404, not_there.content)
    assert api.get(f"variants/{variant.pk}/").status_code == 404
    assert stranger.get("products/").json()["results"] == []


@pytest.mark.parametrize(
    "field", ["merchant", "is_staff", "public_id", "search_vector", "id", "created_at", "popularity"]
)
def test_attack_34_fields_that_are_not_the_clients_are_refused(api: Api, merchant: Merchant, field: str) -> None:
    answer = api.post("products/", {"slug": "mug", "title": "Mug", field: "1"})
    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"pointer": f"#/{field}", "detail": "This cannot be set here."}]
    with scope(merchant=merchant):
        assert Product.objects.count() == 0


@pytest.mark.parametrize("field", ["total", "payment_status", "actor", "status", "amount"])
def test_attack_34_an_order_act_takes_nothing_it_does_not_ask_for(api: Api, field: str) -> None:
    assert api.post("orders/none/cancel/", {field: "paid"}).status_code in {400, 404}


BAD_NUMBERS = [-1_000_001, 1.5, 10**9, "1e3", "３", "NaN", None, True, [], {}, ""]


@pytest.mark.parametrize("change", BAD_NUMBERS)
def test_attack_35_quantities_that_are_none_are_refused_politely(api: Api, variant, change: object) -> None:  # type: ignore[no-untyped-def]
    answer = api.post(f"variants/{variant.public_id}/stock/", {"change": change, "reason": "count"})
    assert answer.status_code in {400, 409}
    assert api.get(f"variants/{variant.public_id}/").json()["stock"][0]["on_hand"] == 10


@pytest.mark.parametrize("minor", [-1, 1.5, 10**13, "1e3", "１２", "NaN", True, None])
def test_attack_35_prices_that_are_none_are_refused_politely(api: Api, variant, minor: object) -> None:  # type: ignore[no-untyped-def]
    body = {"price": {"minor": minor, "currency": "EUR"}}
    assert api.patch(f"variants/{variant.public_id}/", body).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"title": NaN}',
        b'{"title": "\\ud800"}',
        b'{"title": "a\\u0000"}',
        b'{"a":1,"a":2}',
        b"[" * 100_000,
        b"\xff",
    ],
)
def test_bodies_no_database_could_hold_are_refused(api: Api, body: bytes) -> None:
    answer = api.client.post("/api/v1/products/", body, content_type="application/json", headers=api.headers)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "path", ["products/", "orders/", "stock-alerts/", "members/", "gift-cards/", "returns/", "promotions/"]
)
@pytest.mark.parametrize("position", ["abc", "1e3", "-1", "\x00", "9" * 30, "１", "2020-01-01"])
def test_a_cursor_that_is_no_place_is_not_found(api: Api, path: str, position: str) -> None:
    answer = api.get(path, cursor=b64encode(f"p={quote(position)}".encode()).decode())
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_pages_follow_each_other(api: Api, merchant: Merchant) -> None:
    for number in range(3):
        assert api.post("products/", {"slug": f"mug-{number}", "title": "Mug"}).status_code == 201
    first = api.get("products/", page_size=2).json()
    second = api.client.get(first["next"], headers=api.headers).json()
    slugs = [product["slug"] for page in (first, second) for product in page["results"]]
    assert (slugs, second["next"]) == (["mug-2", "mug-1", "mug-0"], None)


def test_attack_13_a_body_larger_than_is_read_is_a_problem_in_our_own_form(api: Api) -> None:
    answer = api.post("products/", {"slug": "mug", "title": "x" * 2_700_000})
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
    assert (answer.json()["status"], answer.json()["title"]) == (413, "Too large")
