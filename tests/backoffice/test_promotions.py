"""Offers at the desk and over the API: made, counted, tried out without a trace, printed."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_scopes import scope
from djmoney.money import Money

from apps.carts.actions import open_cart
from apps.carts.models import Coupon, Promotion
from apps.carts.promotions.codes import enter_code
from apps.catalog.models import Category
from apps.merchants.models import Merchant
from apps.orders.actions.cancel import lock_order
from apps.orders.actions.place import place_paid
from apps.orders.models import Order
from tests import factories
from tests.carts import goods, offers

from .conftest import Api

PROMOTION = {"name": "Summer", "kind": "percentage", "percent": "15.00"}


def form(**changes: Any) -> dict[str, Any]:
    """What the page of a promotion sends."""
    return {
        "name_en": "Summer", "kind": "percentage", "percent": "15", "amount_0": "", "amount_1": "EUR", "buy_quantity": "0",
        "get_quantity": "0", "min_subtotal_0": "", "min_subtotal_1": "EUR", "min_quantity": "0", "countries": "at, de",
        "channels": ["sms"], "priority": "0", "is_active": "on", "starts_at_0": "2026-06-01", "starts_at_1": "00:00:00",
    } | changes  # fmt: skip


def sold(merchant: Merchant) -> Order:
    """Twenty mugs with ten percent off by a code, paid."""
    ana = factories.customer(merchant)
    goods.full_cart(ana, {goods.variant(merchant, stock=50): 20})
    enter_code(open_cart(ana), "WELCOME10")
    order = lock_order(goods.draft(open_cart(ana)))
    place_paid(order)
    return order


def test_a_promotion_is_made_at_the_desk_in_the_shops_own_time(desk: Client, merchant: Merchant) -> None:
    answer = desk.post(reverse("admin:carts_promotion_add"), form())
    assert answer.status_code == 302
    with scope(merchant=merchant):
        made = Promotion.objects.get()
    assert (made.name, made.percent, made.countries, made.channels) == ("Summer", Decimal(15), ["AT", "DE"], ["sms"])
    assert made.starts_at == dt.datetime(2026, 5, 31, 22, tzinfo=dt.UTC)
    page = reverse("admin:carts_promotion_change", args=[made.pk])
    assert 'value="2026-06-01"' in desk.get(page).content.decode()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kind": "amount"}, "Say the amount."),
        ({"kind": "set"}, "A set is two products or more."),
        ({"kind": "buy_x_get_y"}, "Say how many to buy and how many to get."),
        ({"countries": "Austria"}, "Two letters for each country"),
        ({"ends_at_0": "2026-05-01", "ends_at_1": "00:00:00"}, "It must end after it starts."),
    ],
)
def test_what_does_not_go_together_is_said_on_the_page(
    desk: Client, merchant: Merchant, changes: Any, said: str
) -> None:
    answer = desk.post(reverse("admin:carts_promotion_add"), form(**changes))
    assert (answer.status_code, said in answer.content.decode()) == (200, True)


def test_a_page_that_was_open_while_others_bought_does_not_set_the_counter_back(
    desk: Client, merchant: Merchant
) -> None:
    with scope(merchant=merchant):
        coupon = offers.code(merchant)
        stale = Promotion.objects.get()
        sold(merchant)
        stale.save()
        coupon.save()
        assert (Promotion.objects.get().uses, Coupon.objects.get().uses) == (1, 1)
    desk.post(reverse("admin:carts_promotion_change", args=[stale.pk]), form(usage_limit="5"))
    with scope(merchant=merchant):
        assert [(p.uses, p.usage_limit) for p in Promotion.objects.all()] == [(1, 5)]


def test_the_list_says_how_often_and_how_much(desk: Client, merchant: Merchant) -> None:
    with scope(merchant=merchant):
        offers.code(merchant, promotion_fields={"usage_limit": 100})
        sold(merchant)
    shown = desk.get(reverse("admin:carts_promotion_changelist")).content.decode()
    assert [said in shown for said in ("1 / 100", "€24.00", "Welcome", "everything")] == [True] * 4


def test_codes_are_made_printed_and_switched_off(desk: Client, merchant: Merchant) -> None:
    with scope(merchant=merchant):
        promotion = offers.promotion(merchant, is_automatic=False)
    answer = desk.post(
        reverse("admin:carts_promotion_generate", args=[promotion.pk]),
        {"count": "20", "begins_with": "spring", "batch": "Flyer", "usage_limit": "1"},
    )
    assert answer.url.endswith(f"?promotion__id__exact={promotion.pk}&batch=Flyer")
    with scope(merchant=merchant):
        made = list(Coupon.objects.all())
    body = {"action": "print_codes", "_selected_action": [coupon.pk for coupon in made]}
    sheet = desk.post(reverse("admin:carts_coupon_changelist"), body).content.decode()
    assert [coupon.code in sheet for coupon in made] == [True] * 20
    desk.post(reverse("admin:carts_coupon_changelist"), body | {"action": "switch_off"})
    with scope(merchant=merchant):
        assert Coupon.objects.filter(is_active=True).count() == 0


def test_a_code_is_one_of_a_kind_at_the_desk(desk: Client, merchant: Merchant) -> None:
    with scope(merchant=merchant):
        coupon = offers.code(merchant)
    body = {"promotion": coupon.promotion_id, "code": "welcome 10", "is_active": "on"}
    answer = desk.post(reverse("admin:carts_coupon_add"), body)
    assert (answer.status_code, "There is such a code already." in answer.content.decode()) == (200, True)
    desk.post(reverse("admin:carts_coupon_add"), body | {"code": "hello-20"})
    with scope(merchant=merchant):
        assert sorted(Coupon.objects.values_list("code", flat=True)) == ["HELLO-20", "WELCOME10"]


def tried(lines: dict[int, int], **more: str) -> dict[str, str]:
    """What the simulator's page sends."""
    body = {"lines-TOTAL_FORMS": str(len(lines)), "lines-INITIAL_FORMS": "0"} | more
    for place, (variant, quantity) in enumerate(lines.items()):
        body |= {f"lines-{place}-variant": str(variant), f"lines-{place}-quantity": str(quantity)}
    return body


def test_the_simulator_calculates_as_for_a_shopper_and_writes_nothing(desk: Client, merchant: Merchant) -> None:
    with scope(merchant=merchant):
        goods.vat(merchant)
        mug, cup = goods.variant(merchant), goods.variant(merchant, "Cup", price="5.05")
        offers.code(merchant)
        offers.promotion(merchant, "For gold", percent="20", customer_group="gold")
        offers.promotion(merchant, "In June", percent="5", starts_at=dt.datetime(2030, 6, 1, tzinfo=dt.UTC))
        way = goods.parcel(merchant)
    page = reverse("admin:carts_promotion_simulator")
    assert desk.get(page).status_code == 200
    body = tried({mug.pk: 2, cup.pk: 1}, code="welcome10", delivery=str(way.pk))
    with CaptureQueriesContext(connection) as queries:
        told = desk.post(page, body).context["result"]
    written = [query["sql"] for query in queries if query["sql"].split()[0] in ("INSERT", "UPDATE", "DELETE")]
    assert written == []
    assert [(line["title"], line["list"], line["offers"], line["charged"]) for line in told["lines"]] == [
        ("Blue mug", "€24.00", [("Welcome", "-€2.40")], "€21.60"),
        ("Cup", "€5.05", [("Welcome", "-€0.51")], "€4.54"),
    ]
    assert (told["total"], told["refused"]) == (
        "€31.04",
        [("In June", "", "not yet"), ("For gold", "", "another customer group")],
    )
    other = desk.post(page, body | {"customer_group": "gold", "code": "NEVER", "moment": "2030-06-02T12:00"})
    told = other.context["result"]
    assert (told["unknown"], [name for name, _, _ in told["offers"]], told["refused"]) == (
        "NEVER",
        ["For gold", "In June"],
        [],
    )
    assert desk.post(page, tried({})).context["result"]["total"] == "€0.00"
    assert desk.post(page, tried({mug.pk: 0})).context["result"] is None


def test_an_order_page_shows_what_was_off(desk: Client, merchant: Merchant) -> None:
    with scope(merchant=merchant):
        offers.code(merchant)
        order = sold(merchant)
    shown = desk.get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()
    assert "WELCOME10" in shown


def test_promotions_and_codes_over_the_api(api: Api, merchant: Merchant, variant: Any) -> None:
    with scope(merchant=merchant):
        Category.objects.create(merchant=merchant, name="Shirts", slug="shirts")
        product = variant.product.public_id
    body = PROMOTION | {
        "products": [product],
        "categories": ["shirts"],
        "min_subtotal": {"minor": 3000, "currency": "EUR"},
        "usage_limit": 10,
        "ends_at": "2030-01-01T00:00:00Z",
    }
    made = api.post("promotions/", body)
    assert made.status_code == 201
    read = made.json()
    assert {key: read[key] for key in (*body, "uses", "is_automatic")} == body | {"uses": 0, "is_automatic": False}
    changed = api.patch(f"promotions/{read['id']}/", {"is_active": False, "products": []}).json()
    assert (changed["is_active"], changed["products"], changed["percent"]) == (False, [], "15.00")
    code = api.post(f"promotions/{read['id']}/coupons/", {"code": "hello 1", "usage_limit": 1})
    assert (code.status_code, code.json()["code"], code.json()["promotion"]) == (201, "HELLO1", read["id"])
    assert api.post(f"promotions/{read['id']}/coupons/", {"code": "HELLO1"}).json()["detail"] == (
        "A code of these letters exists already."
    )
    batch = api.post(f"promotions/{read['id']}/coupons/generate/", {"count": 3, "batch": "B"}).json()
    assert [coupon["usage_limit"] for coupon in batch] == [1, 1, 1]
    assert len(api.get(f"promotions/{read['id']}/coupons/", batch="B").json()["results"]) == 3
    assert api.patch("coupons/HELLO1/", {"is_active": False}).json()["is_active"] is False
    assert api.patch("coupons/HELLO1/", {"code": "OTHER1"}).status_code == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {"percent": "0"}, {"percent": "101"}, {"kind": "amount"}, {"kind": "buy_x_get_y"}, {"kind": "gift"}, {"uses": 5},
        {"usage_limit": -1}, {"usage_limit": "3"}, {"countries": ["Germany"]}, {"products": ["none"]}, {"merchant": 1},
        {"starts_at": "2030-01-02T00:00:00Z", "ends_at": "2030-01-01T00:00:00Z"}, {"amount": 5}, {"percent": "1e1000"},
    ],
)  # fmt: skip
def test_attack_34_a_promotion_takes_only_what_is_one(api: Api, merchant: Merchant, wrong: dict[str, Any]) -> None:
    assert api.post("promotions/", PROMOTION | wrong).status_code in {400, 409}
    with scope(merchant=merchant):
        assert Promotion.objects.count() == 0


def test_attack_34_a_stranger_and_a_reader_change_nothing(api: Api, reader: Api, stranger: Api) -> None:
    made = api.post("promotions/", PROMOTION).json()["id"]
    api.post(f"promotions/{made}/coupons/", {"code": "HELLO1"})
    assert reader.post("promotions/", PROMOTION).status_code == 403
    for path in (f"promotions/{made}/", f"promotions/{made}/coupons/", "coupons/HELLO1/"):
        assert (stranger.get(path).status_code, reader.get(path).status_code) == (404, 200)
    assert stranger.post(f"promotions/{made}/coupons/", {"code": "MINE1"}).status_code == 404
    assert stranger.post(f"promotions/{made}/coupons/generate/", {"count": 1}).status_code == 404


def test_an_order_over_the_api_says_what_was_off(api: Api, merchant: Merchant) -> None:
    with scope(merchant=merchant):
        coupon = offers.code(merchant)
        sold(merchant)
    (order,) = api.get("orders/").json()["results"]
    assert order["adjustments"] == [
        {
            "label": "Welcome",
            "line": 0,
            "amount": {"minor": 2400, "currency": "EUR"},
            "source": coupon.promotion.source,
            "code": "WELCOME10",
        }
    ]
    assert (order["discount_total"], order["lines"][0]["discount"]) == ({"minor": 2400, "currency": "EUR"},) * 2
    assert Money("216.00", "EUR").amount * 100 == order["total"]["minor"]


def test_a_new_offer_gives_nothing_away_by_not_looking(desk: Client, merchant: Merchant) -> None:
    """How many percent is asked for, where percent are off; and what has no code yet is not called live."""
    page = desk.get("/admin/carts/promotion/add/")
    form = page.context["adminform"].form
    assert form["percent"].value() is None
    sent = {name: form[name].value() or "" for name in form.fields} | {"name_en": "VIP", "amount_1": "EUR"}
    refused = desk.post("/admin/carts/promotion/add/", sent).context["adminform"].form.errors
    assert refused["percent"] == ["Say how many percent."]
    with scope(merchant=merchant):
        Promotion.objects.create(merchant=merchant, name="VIP", percent=10, is_automatic=False)
    assert "no code yet" in desk.get("/admin/carts/promotion/").content.decode()
