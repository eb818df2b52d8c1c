"""Collections at the desk and through the API: rules are checked, looked at before they are saved, and kept."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import ProtectedError
from django.forms import inlineformset_factory
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_scopes import scope

from apps.backoffice.admin.collections import PickRows
from apps.carts.models import Promotion
from apps.catalog.models import Category, Collection, CollectionPick, CollectionRule, Product
from apps.catalog.rules import MOST_PICKS
from apps.merchants.models import Merchant
from tests.catalog.factories import make_category, make_product, make_variant

from .conftest import Api

ADD = "/admin/catalog/collection/add/"


@pytest.fixture(autouse=True)
def goods(merchant: Merchant) -> dict[str, Any]:
    with scope(merchant=merchant):
        mugs = make_category(merchant, "Mugs", "mugs")
        made = {}
        for title, price in (("Glass mug", "9.50"), ("Stone mug", "12.00"), ("Golden mug", "900.00")):
            product = made[title] = make_product(merchant, title)
            product.categories.add(mugs)
            make_variant(merchant, product=product, price=price)
    return made


def form(*rules: tuple[str, ...], picks: tuple[tuple[Any, str], ...] = (), **facts: Any) -> dict[str, Any]:
    """What the page sends; a rule is (field, value, currency)."""
    sent: dict[str, Any] = {
        "name_en": "Mugs for all",
        "slug": "mugs-for-all",
        "match": "all",
        "sort": "",
        "position": 0,
    }
    for name, rows in (("rules", rules), ("picks", picks)):
        sent |= {f"{name}-TOTAL_FORMS": len(rows), f"{name}-INITIAL_FORMS": 0}
    for place, rule in enumerate(rules):
        for name, value in zip(("field", "value", "currency"), (*rule, "", ""), strict=False):
            sent[f"rules-{place}-{name}"] = value
    for place, (product, kind) in enumerate(picks):
        sent |= {f"picks-{place}-product": product.pk, f"picks-{place}-kind": kind, f"picks-{place}-position": place}
    return {**sent, "is_active": "on", **facts}


def said(page: Any) -> str:
    return " ".join(page.content.decode().split())


def test_a_collection_is_made_of_rows(desk: Client, merchant: Merchant, goods: dict[str, Any]) -> None:
    sent = form(
        ("category", "Mugs"), ("price_to", "20,50"), picks=((goods["Golden mug"], "pinned"), (goods["Glass mug"], "left_out"))
    )  # fmt: skip
    made = desk.post(ADD, sent)
    assert made.status_code == 302, made.context["errors"]
    with scope(merchant=merchant):
        collection = Collection.objects.get()
        assert [(rule.field, rule.value, rule.currency) for rule in collection.rules.all()] == [
            ("category", "mugs", ""), ("price_to", "20.50", "EUR"),
        ]  # fmt: skip
    page = said(desk.get(f"/admin/catalog/collection/{collection.pk}/change/"))
    assert "2 products" in page
    assert page.index("Golden mug") < page.index("Stone mug")
    listed = said(desk.get("/admin/catalog/collection/"))
    assert "Mugs for all" in listed
    assert "costs at most 20.50 EUR" in listed


def test_a_row_that_nobody_touched_is_no_rule(desk: Client, merchant: Merchant) -> None:
    shown = said(desk.get(ADD))
    row = shown[shown.index('name="rules-0-field"') :]
    assert row[: row.index("</select>")].count('<option value="" selected>') == 1
    assert desk.post(ADD, form(("category", "mugs"), ("", ""))).status_code == 302
    with scope(merchant=merchant):
        assert Collection.objects.get().rules.count() == 1


@pytest.mark.parametrize(
    ("rules", "wrong"),
    [
        ((), "Nothing would be in it: say at least one rule, or put a product on top."),
        ((("price_to", "cheap"),), "Write an amount, such as 40 or 39.90."),
        ((("price_to", "1,200"),), "Write 1200 for 1,200; an amount in EUR has at most 2 decimals."),
        ((("reduced", "very"),), "Nothing more is said here; leave it empty."),
        ((("category", "gone"),), "There is no category “gone” in this shop."),
        ((("new", "7"), ("new", "7")), "A rule stands there twice."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(
    desk: Client, merchant: Merchant, rules: tuple[tuple[str, ...], ...], wrong: str
) -> None:
    page = desk.post(ADD, form(*rules))
    assert page.status_code == 200
    assert wrong in said(page)
    assert "Mugs for all" in said(page)
    for rule in rules:
        assert f'value="{rule[1]}"' in said(page)
    with scope(merchant=merchant):
        assert not Collection.objects.exists()


def test_a_product_on_top_is_enough(desk: Client, merchant: Merchant, goods: dict[str, Any]) -> None:
    assert desk.post(ADD, form(picks=((goods["Glass mug"], "pinned"),))).status_code == 302
    assert desk.post(ADD, form(picks=((goods["Glass mug"], "left_out"),), slug="two")).status_code == 200


def test_many_by_hand_and_no_more_than_may_be(desk: Client, merchant: Merchant) -> None:
    """However many are left out before it, the one on top counts; all that may be fit into a request."""
    with scope(merchant=merchant):
        many = Product.objects.bulk_create(
            Product(merchant=merchant, title="Mug", slug=f"many-{number}") for number in range(2 * MOST_PICKS + 1)
        )
    few = tuple((one, "left_out") for one in many[:70])
    assert desk.post(ADD, form(picks=(*few, (many[-1], "pinned")))).status_code == 302
    with scope(merchant=merchant):
        assert Collection.objects.get().picks.count() == 71
    all_out = tuple((one, "left_out") for one in many[:MOST_PICKS])
    full = (*all_out, *((one, "pinned") for one in many[MOST_PICKS:-1]))
    ids = {f"picks-{place}-{name}": "" for place in range(len(full)) for name in ("id", "collection", "DELETE")}
    look = "/admin/catalog/collection/preview/"
    no_more = "At most 200 products on top, and as many left out."
    assert no_more not in said(desk.post(look, {**form(picks=full), **ids}))
    assert no_more in said(desk.post(look, form(picks=(*full, (many[-1], "pinned")))))
    with scope(merchant=merchant):
        rows = inlineformset_factory(Collection, CollectionPick, formset=PickRows, fields=["product", "kind"])
        sent = {"picks-TOTAL_FORMS": str(MOST_PICKS + 1), "picks-INITIAL_FORMS": "0"}
        for place, one in enumerate(many[: MOST_PICKS + 1]):
            sent |= {f"picks-{place}-product": str(one.pk), f"picks-{place}-kind": "pinned"}
        assert rows(sent).non_form_errors() == [no_more]


def test_it_is_looked_at_before_it_is_saved(desk: Client, merchant: Merchant, goods: dict[str, Any]) -> None:
    sent = form(("category", "mugs"), picks=((goods["Stone mug"], "pinned"),))
    page = said(desk.post("/admin/catalog/collection/preview/", sent))
    assert "3 products" in page
    assert "Nothing is saved yet" in page
    assert page.index("Stone mug") < page.index("Glass mug")
    piece = desk.post("/admin/catalog/collection/preview/", sent, headers={"X-Requested-With": "fetch"})
    assert "Nothing is saved yet" not in said(piece)
    wrong = said(desk.post("/admin/catalog/collection/preview/", form(("new", "soon"), ("category", "mugs"))))
    assert "Write a number of days from 1 to 9999." in wrong
    assert "3 products" in wrong
    with scope(merchant=merchant):
        assert not Collection.objects.exists()
    assert desk.get("/admin/catalog/collection/preview/").status_code == 405


@pytest.mark.parametrize(
    "sent",
    [
        {}, {"rules-TOTAL_FORMS": "x"}, {"rules-TOTAL_FORMS": "99999"}, {"rules-TOTAL_FORMS": "1", "rules-0-field": "\x01"},
        {"picks-TOTAL_FORMS": "1", "picks-0-product": "９９９9999999999999999", "picks-0-kind": "pinned"},
        {"rules-TOTAL_FORMS": "1", "rules-0-field": "title", "rules-0-value": "' | !& :*"}, {"match": "x", "sort": "x"},
    ],
)  # fmt: skip
def test_attack_a_preview_of_nonsense(desk: Client, sent: dict[str, str]) -> None:
    assert desk.post("/admin/catalog/collection/preview/", sent).status_code == 200


def test_attack_another_shop_s_products_are_not_seen(
    desk: Client, merchant: Merchant, other_merchant: Merchant
) -> None:
    with scope(merchant=other_merchant):
        foreign = make_product(other_merchant, "Foreign mug")
        make_variant(other_merchant, product=foreign)
    sent = form(picks=((foreign, "pinned"),))
    assert "Foreign" not in said(desk.post("/admin/catalog/collection/preview/", sent))
    assert desk.post(ADD, sent).status_code == 200


def test_the_api_makes_reads_changes_and_deletes(
    api: Api, stranger: Api, reader: Api, merchant: Merchant, goods: dict[str, Any]
) -> None:
    golden, glass = goods["Golden mug"].public_id, goods["Glass mug"].public_id
    sent = {
        "name": "Mugs for all", "slug": "mugs", "text": "all of them", "translations": {"de": {"name": "Becher"}},
        "rules": [{"field": "category", "value": "mugs"}, {"field": "price_to", "value": "20"}], "pinned": [golden],
    }  # fmt: skip
    assert reader.post("collections/", sent).status_code == 403
    made = api.post("collections/", sent)
    assert made.status_code == 201, made.json()
    shown = made.json()
    assert shown["rules"][1] == {"field": "price_to", "value": "20", "currency": "EUR"}
    assert (shown["pinned"], shown["left_out"], shown["match"], shown["is_active"]) == ([golden], [], "all", True)
    address = f"collections/{shown['id']}/"
    ids = [golden, glass, goods["Stone mug"].public_id]
    assert sorted(api.get(f"{address}products/").json()) == sorted(ids)
    assert api.get(f"{address}products/").json()[0] == golden
    assert api.get(f"{address}products/", offset="2").json() == [api.get(f"{address}products/").json()[2]]
    assert api.patch(address, {"left_out": [glass], "match": "any"}).json()["left_out"] == [glass]
    assert glass not in api.get(f"{address}products/").json()
    assert api.get(address).json()["rules"] == shown["rules"]
    for one in (stranger.get(address), stranger.get(f"{address}products/"), stranger.patch(address, {"name": "x"})):
        assert one.status_code == 404
    assert api.post("collections/", sent).status_code == 409
    with scope(merchant=merchant):
        promotion = Promotion.objects.create(merchant=merchant, name="Mugs")
        promotion.collections.set(Collection.objects.all())
    assert api.client.delete(f"/api/v1/{address}", headers=api.headers).status_code == 409
    with scope(merchant=merchant):
        promotion.collections.clear()
    assert api.client.delete(f"/api/v1/{address}", headers=api.headers).status_code == 204


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"rules": []}, "rules"),
        ({"rules": [{"field": "nonsense", "value": "x"}]}, "rules"),
        ({"rules": [{"field": "new", "value": 7.5}]}, "rules"),
        ({"rules": [{"field": "price_to", "value": "1,200"}]}, "Write 1200 for 1,200"),
        ({"rules": [{"field": "price_to", "value": "7", "colour": "x"}]}, "rules"),
        ({"rules": [{"field": "reduced"}, {"field": "reduced"}]}, "rules"),
        ({"rules": "all"}, "rules"),
        ({"pinned": ["nothing"]}, "pinned"),
        ({"match": "some"}, "match"),
        ({"shown_from": "2026-03-02T12:00:00Z", "shown_until": "2026-03-01T12:00:00Z"}, "shown_until"),
        ({"translations": {"xx": {}}}, "translations"),
        ({"merchant": 1}, "merchant"),
    ],
)
def test_attack_the_api_refuses_what_cannot_be_meant(api: Api, changed: dict[str, Any], where: str) -> None:
    sent = {"name": "Mugs", "slug": "mugs", "rules": [{"field": "category", "value": "mugs"}], **changed}
    refused = api.post("collections/", sent)
    assert refused.status_code == 400
    assert where in str(refused.json())


@pytest.mark.parametrize(
    ("rules", "status", "said"),
    [
        ([{"field": "reduced"}], 200, ""),
        ([{"field": "category", "value": "mugs"}, {"field": "in_stock"}], 200, ""),
        ([{"field": "brand"}], 400, "Say what."),
        ([{"value": "mugs"}], 400, "This field is required."),
        ([{}], 400, "This field is required."),
    ],
)
def test_rules_are_changed_as_they_are_made(api: Api, rules: list[dict[str, str]], status: int, said: str) -> None:
    made = api.post("collections/", {"name": "M", "slug": "m", "rules": [{"field": "new", "value": "7"}]}).json()
    answer = api.patch(f"collections/{made['id']}/", {"rules": rules})
    assert (answer.status_code, said in str(answer.json())) == (status, True)
    kept = [rule["field"] for rule in api.get(f"collections/{made['id']}/").json()["rules"]]
    assert kept == ([rule["field"] for rule in rules] if status == 200 else ["new"])


@pytest.mark.django_db(transaction=True)
def test_attack_picks_of_two_at_once(api: Api, merchant: Merchant, goods: dict[str, Any]) -> None:
    """Who comes second waits, and is told what is wrong with their own."""
    glass = goods["Glass mug"]
    made = api.post("collections/", {"name": "M", "slug": "m", "rules": [{"field": "in_stock"}]}).json()
    with ThreadPoolExecutor(1) as other, transaction.atomic(), scope(merchant=merchant):
        collection = Collection.objects.select_for_update().get()
        CollectionPick.objects.create(merchant=merchant, collection=collection, product=glass, kind="pinned")
        waiting = other.submit(apart, api.patch, f"collections/{made['id']}/", {"left_out": [glass.public_id]})
        with pytest.raises(TimeoutError):
            waiting.result(timeout=1)
    refused = waiting.result(timeout=30)
    assert refused.status_code == 400
    assert "A product cannot be pinned and left out." in str(refused.json()["errors"])


def apart(do: Any, *args: Any) -> Any:
    """In a thread, with a connection that is given back."""
    try:
        return do(*args)
    finally:
        connection.close()


def test_a_category_that_a_rule_is_about_takes_it_along_and_stays(desk: Client, api: Api, merchant: Merchant) -> None:
    rules = [{"field": "category", "value": "mugs"}]
    made = api.post("collections/", {"name": "All mugs", "slug": "m", "rules": rules}).json()
    assert api.patch("categories/mugs/", {"slug": "cups"}).status_code == 200
    assert api.get(f"collections/{made['id']}/").json()["rules"][0]["value"] == "cups"
    assert len(api.get(f"collections/{made['id']}/products/").json()) == 3
    with scope(merchant=merchant):
        category = Category.objects.get(slug="cups")
        with pytest.raises(ProtectedError), transaction.atomic():
            category.delete()
    address = f"/admin/catalog/category/{category.pk}/delete/"
    assert "Collection “All mugs”: is in the category cups" in said(desk.get(address))
    ticked = {"action": "delete_selected", "_selected_action": category.pk, "post": "yes"}
    for page, sent in ((address, {"post": "yes"}), ("/admin/catalog/category/", ticked)):
        assert desk.post(page, sent).status_code < 500
    with scope(merchant=merchant):
        assert Category.objects.filter(pk=category.pk).exists()
        Collection.objects.all().delete()
    assert desk.post(address, {"post": "yes"}).status_code == 302
    with scope(merchant=merchant):
        assert not Category.objects.filter(pk=category.pk).exists()


def test_a_promotion_names_collections_by_their_ids(api: Api, stranger: Api) -> None:
    made = api.post("collections/", {"name": "M", "slug": "m", "rules": [{"field": "in_stock"}]}).json()
    sent = {"name": "Less", "kind": "percentage", "percent": "10", "collections": [made["id"]]}
    assert api.post("promotions/", sent).json()["collections"] == [made["id"]]
    assert stranger.post("promotions/", sent).status_code == 400


def test_a_longer_list_asks_two_questions_more_for_each_row(desk: Client, merchant: Merchant) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert desk.get("/admin/catalog/collection/").status_code == 200
        return len(asked)

    def more(count: int) -> None:
        with scope(merchant=merchant):
            for _ in range(count):
                number = Collection.objects.count()
                made = Collection.objects.create(merchant=merchant, name_en=f"Mugs {number}", slug=f"mugs-{number}")
                CollectionRule.objects.create(merchant=merchant, collection=made, field="category", value="mugs")

    more(2)
    queries()
    few = queries()
    more(10)
    assert queries() - few == 20
