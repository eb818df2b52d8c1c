"""Carts at the desk and over the API: what lies in them and who changed what."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django_scopes import scope

from apps.carts.actions import add_to_cart, lapse_carts, open_cart, set_quantity
from apps.carts.changes import colleague
from apps.carts.models import Cart, CartLine
from apps.customers.models import Customer
from apps.merchants import clock
from apps.merchants.models import Merchant
from apps.orders.actions import hold_for_summary
from tests import factories
from tests.carts import goods
from tests.catalog.factories import make_variant

from .conftest import Api
from .test_admin import page

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(merchant: Merchant, variant: Any) -> Customer:
    with scope(merchant=merchant):
        shopper = factories.customer(merchant)
        add_to_cart(shopper, variant, quantity=2)
        return shopper


def line(ana: Customer, variant: Any) -> str:
    return f"customers/{ana.public_id}/cart/lines/{variant.public_id}/"


def test_a_program_reads_the_cart_with_its_log(reader: Api, merchant: Merchant, ana: Customer, variant: Any) -> None:
    with scope(merchant=merchant):
        set_quantity(open_cart(ana), variant, quantity=3, by=colleague(factories.staff(merchant, display_name="Jonas")))
    told = reader.get(f"customers/{ana.public_id}/cart/").json()
    assert [(one["sku"], one["quantity"], one["total"]) for one in told["lines"]] == [
        (variant.sku, 3, {"minor": 6000, "currency": "EUR"})
    ]
    assert [(one["by"], one["name"], one["before"], one["after"]) for one in told["changes"]] == [
        ("agent", "Jonas", "2", "3"), ("shopper", "the shopper", "0", "2"),
    ]  # fmt: skip
    assert told["changes"][0]["variant"] == variant.public_id


def test_a_program_changes_the_cart_it_has_seen(api: Api, ana: Customer, variant: Any) -> None:
    done = api.put(line(ana, variant), {"quantity": 5, "seen": 2})
    assert (done.status_code, done.json()["changes"][0]["by"]) == (200, "api")
    late = api.put(line(ana, variant), {"quantity": 5, "seen": 2})
    assert (late.status_code, "5 pieces" in late.json()["detail"]) == (409, True)
    assert api.put(line(ana, variant), {"quantity": 0, "seen": 5}).json()["lines"] == []


def test_a_program_breaks_no_order_off_that_waits_for_its_payment(
    api: Api, merchant: Merchant, ana: Customer, variant: Any
) -> None:
    with scope(merchant=merchant):
        cart = goods.full_cart(ana, {variant: 1})
        hold_for_summary(cart)
        order = goods.draft(cart)
    assert api.put(line(ana, variant), {"quantity": 1, "seen": 3}).status_code == 409
    order.refresh_from_db()
    assert order.status == "draft"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"quantity": 11, "seen": 2}, 409),
        ({"quantity": 100, "seen": 2}, 400),
        ({"quantity": -1, "seen": 2}, 400),
        ({"quantity": "3", "seen": 2}, 400),
        ({"quantity": 3}, 400),
        ({"quantity": 3, "seen": 2, "by": "agent"}, 400),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    api: Api, ana: Customer, variant: Any, body: dict[str, Any], status: int
) -> None:
    assert api.put(line(ana, variant), body).status_code == status
    assert list(CartLine.objects.model._base_manager.values_list("quantity", flat=True)) == [2]


def test_nobody_else_reaches_it(
    stranger: Api, reader: Api, api: Api, other_merchant: Merchant, ana: Customer, variant: Any
) -> None:
    assert stranger.get(f"customers/{ana.public_id}/cart/").status_code == 404
    assert stranger.put(line(ana, variant), {"quantity": 3, "seen": 2}).status_code == 404
    assert reader.put(line(ana, variant), {"quantity": 3, "seen": 2}).status_code == 403
    with scope(merchant=other_merchant):
        foreign = make_variant(other_merchant, price="1.00", stock=1, title="Theirs")
    assert api.put(line(ana, foreign), {"quantity": 1, "seen": 0}).status_code == 404


def test_a_shopper_with_nothing_yet_has_an_empty_cart_and_none_is_made(reader: Api, merchant: Merchant) -> None:
    with scope(merchant=merchant):
        ben = factories.customer(merchant, "Ben")
    told = reader.get(f"customers/{ben.public_id}/cart/").json()
    assert (told["lines"], told["changes"], told["total"]) == ([], [], {"minor": 0, "currency": "EUR"})
    with scope(merchant=merchant):
        assert Cart.objects.filter(customer=ben).count() == 0


def test_the_desk_lists_carts_and_shows_who_changed_what(desk: Client, merchant: Merchant, ana: Customer) -> None:
    with scope(merchant=merchant):
        cart = open_cart(ana)
        with clock.at(clock.now() + dt.timedelta(days=31)):
            lapse_carts()
    listed = desk.get(page("carts.cart", "changelist"), {"status__exact": "expired"})
    assert (listed.status_code, "Ana" in listed.content.decode()) == (200, True)
    shown = desk.get(page("carts.cart", "change", cart.pk)).content.decode()
    assert all(words in shown for words in ("put in 2 × Blue shirt", "the shopper", "state: open → expired"))


def test_the_list_of_carts_costs_the_same_for_one_and_for_many(
    desk: Client, merchant: Merchant, ana: Customer, variant: Any, django_assert_max_num_queries: Any
) -> None:
    with scope(merchant=merchant):
        for number in range(12):
            add_to_cart(
                factories.customer(merchant, f"Shopper {number}"), make_variant(merchant, price="2.00", stock=9)
            )
    with django_assert_max_num_queries(14):
        assert desk.get(page("carts.cart", "changelist")).status_code == 200
