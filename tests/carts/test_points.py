"""Pick-up points: the nearest first, chosen with their own way, kept with the order, looked at again before the yes."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from apps.carts.actions import delivery_options, open_cart, set_delivery
from apps.carts.delivery import DeliveryOption, Destination, option_of
from apps.carts.models import Cart, DeliveryMethod, PickupPoint
from apps.carts.money import money
from apps.carts.points import points_near, postcodes_apart
from apps.carts.privacy import erase_carts, export_carts
from apps.carts.quote import _address_of, quote
from apps.customers.models import Customer
from apps.merchants.invariants import run_all
from apps.merchants.models import Merchant
from apps.orders.actions import CartIncomplete, QuoteChanged, hold_for_summary, prepare_order
from apps.orders.privacy import erase_orders, export_orders
from tests import factories

from . import goods


def way(merchant: Merchant, **fields: Any) -> DeliveryMethod:
    return DeliveryMethod.objects.create(
        merchant=merchant, name="Pick-up", price=money("2.90", "EUR"), to_point=True, **fields
    )


def point(method: DeliveryMethod, postcode: str, **fields: Any) -> PickupPoint:
    facts = {"name": f"Kiosk {postcode}", "street": "Markt 1", "city": "Berlin", "country": "DE", "hours": "8–20"}
    return PickupPoint.objects.create(
        merchant_id=method.merchant_id, method=method, postcode=postcode, **(facts | fields)
    )


@pytest.fixture
def ana(in_scope: Merchant) -> Customer:
    goods.vat(in_scope)
    return factories.customer(in_scope)


def breaches() -> list[str]:
    return [one for found in run_all() for one in found["examples"]]


def agree(cart: Cart, quote_hash: str) -> Any:
    return prepare_order(cart, quote_hash=quote_hash, language="en", contact_name="Ana", confirmed_by="test")


def test_the_five_nearest_by_postcode(in_scope: Merchant) -> None:
    method = way(in_scope)
    for postcode in ("10115", "10119", "10245", "12047", "80331", "20095", "10117"):
        point(method, postcode)
    point(method, "10116", is_active=False)
    point(method, "10118", country="AT")
    found = [one.postcode for one in points_near(method, country="DE", postcode="10 118")]
    assert found == ["10117", "10119", "10115", "10245", "12047"]


@given(st.text("0123456789", min_size=4, max_size=6), st.text("0123456789", min_size=4, max_size=6))
def test_nothing_is_nearer_than_the_place_itself(here: str, there: str) -> None:
    assert postcodes_apart(here, here) <= postcodes_apart(here, there)
    assert (postcodes_apart(here, there) == postcodes_apart(here, here)) == there.startswith(here) or here != there


def test_a_way_without_an_open_point_is_not_offered(ana: Customer) -> None:
    method = way(ana.merchant)
    cart = goods.full_cart(ana, {goods.variant(ana.merchant): 1}, method=method)
    one = point(method, "10115")

    def offered() -> list[str]:
        found = delivery_options(cart, place=Destination("DE", "", "10115"))
        return [option.method.name for option in found if isinstance(option, DeliveryOption)]

    assert offered() == ["Pick-up"]
    PickupPoint.objects.filter(pk=one.pk).update(is_active=False)
    assert offered() == []


def test_an_order_keeps_its_point(ana: Customer) -> None:
    method = way(ana.merchant)
    one, other = point(method, "10115"), point(method, "10119")
    cart = goods.full_cart(ana, {goods.variant(ana.merchant): 1}, method=method)
    assert quote(cart).obstacles == ["no_point"]
    cart = set_delivery(cart, point=one)
    agreed = quote(cart)
    assert (agreed.obstacles, str(agreed.delivery.amount)) == ([], "2.90")
    cart = set_delivery(cart, point=other)
    with pytest.raises(QuoteChanged):  # the yes was to another place
        agree(cart, agreed.hash)
    hold_for_summary(cart)
    order = agree(cart, quote(cart).hash)
    one_line = "Kiosk 10119, Markt 1, 10119 Berlin"
    assert (order.point["hours"], order.point_in_words) == ("8–20", one_line)
    PickupPoint.objects.filter(pk=other.pk).update(name="Renamed")
    order.refresh_from_db()
    assert (order.point_in_words, export_orders(ana)[0]["pick_up_point"]["name"]) == (one_line, "Kiosk 10119")
    assert breaches() == []
    erase_orders(ana)
    order.refresh_from_db()
    assert order.point == {}


def test_tax_is_due_where_the_point_is(in_scope: Merchant) -> None:
    """A parcel for somebody in Oregon that lies at a point in New York, until none is chosen."""
    ana = factories.customer(in_scope)
    goods.vat(in_scope, "8", country="US", region="NY", is_inclusive=False)
    goods.vat(in_scope, "0", country="US", is_inclusive=False)
    method = way(in_scope)
    goods.address(ana, "US", line1="1 Main St", city="Portland", region="OR", postcode="97201")
    cart = goods.full_cart(ana, {goods.variant(in_scope, price="10.00"): 1}, method=method)
    assert (quote(cart).tax_place.region, quote(cart).tax) == ("OR", money(0, "EUR"))
    kiosk = point(method, "10118", country="US", street="350 5th Ave", city="New York")
    cart = set_delivery(cart, point=kiosk)
    found = quote(cart)
    assert found.tax_place.told() == {"country": "US", "region": "NY", "postcode": "10118"}
    assert found.lines[0].tax_amount == money("0.80", "EUR")
    option = option_of(method, merchant=in_scope, subtotal=found.subtotal, grams=0)
    assert _address_of(cart, option, found.tax_place) == {
        "line1": "350 5th Ave",
        "city": "New York",
        **found.tax_place.told(),
    }


def test_a_forgotten_person_goes_to_no_point(ana: Customer) -> None:
    method = way(ana.merchant)
    cart = goods.full_cart(ana, {goods.variant(ana.merchant): 1}, method=method)
    set_delivery(cart, point=point(method, "10115"))
    assert export_carts(ana)[0]["pick_up_point"]["name"] == "Kiosk 10115"
    erase_carts(ana)
    assert Cart.objects.get().point is None


def test_a_point_that_closed_is_found_before_the_yes(ana: Customer) -> None:
    method = way(ana.merchant)
    one = point(method, "10115")
    cart = set_delivery(goods.full_cart(ana, {goods.variant(ana.merchant): 1}, method=method), point=one)
    agreed = quote(cart).hash
    PickupPoint.objects.filter(pk=one.pk).update(is_active=False)
    cart = open_cart(ana)
    assert quote(cart).obstacles == ["no_point"]
    with pytest.raises(CartIncomplete):
        agree(cart, agreed)


def test_another_way_lets_the_point_go(ana: Customer) -> None:
    method, home = way(ana.merchant), goods.parcel(ana.merchant)
    cart = goods.full_cart(ana, {goods.variant(ana.merchant): 1}, method=method)
    one = point(method, "10115")
    cart = set_delivery(set_delivery(cart, point=one), method=home)
    assert (cart.point, quote(cart).obstacles) == (None, [])
    with pytest.raises(PermissionError):
        set_delivery(cart, point=one)


def test_a_store_is_no_point_says_the_database(in_scope: Merchant) -> None:
    with pytest.raises(IntegrityError, match="deliverymethod_one_kind_of_pick_up"), transaction.atomic():
        way(in_scope, pickup_at=goods.warehouse(in_scope))


def test_planted_breaches_are_found(ana: Customer) -> None:
    method = way(ana.merchant)
    cart = set_delivery(
        goods.full_cart(ana, {goods.variant(ana.merchant): 1}, method=method), point=point(method, "10115")
    )
    hold_for_summary(cart)
    order = agree(cart, quote(cart).hash)
    assert breaches() == []
    Cart.objects.filter(pk=cart.pk).update(delivery_method=goods.parcel(ana.merchant))
    type(order).objects.filter(pk=order.pk).update(point={"name": "Kiosk"})
    assert [one.split(" ", 2)[2] for one in breaches()] == [
        f"goes to point {cart.point_id} by another way",
        "goes to half a point",
    ]
