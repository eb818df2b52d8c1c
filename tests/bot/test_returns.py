"""What a transcript cannot play: photos, several orders to choose from, the last day to return."""

import datetime as dt
from typing import Any

import pytest
from django_scopes import scope

from apps.catalog.models import Variant
from apps.merchants import clock
from apps.merchants.models import Merchant
from apps.messaging.events import EventKind
from apps.orders.actions import deliver_order, ship_order
from apps.orders.models import Order, ReturnRequest
from tests.carts import goods
from tests.orders.test_orders import placed

from .dialogue import Shopper


def bought(shopper: Shopper, *skus: str) -> Order:
    """One of each, here since now."""
    with scope(merchant=shopper.account.merchant):
        customer = shopper.conversation.identity.customer
        order = placed(customer, {Variant.objects.get(sku=sku): 1 for sku in skus})
        Order.objects.filter(pk=order.pk).update(payment_status="paid")
        ship_order(order, carrier="DHL", tracking_number=order.number)
        return deliver_order(order)


def made(shopper: Shopper) -> ReturnRequest:
    with scope(merchant=shopper.account.merchant):
        return ReturnRequest.objects.select_related("order").prefetch_related("lines__line").get()


def test_photos_are_kept_with_the_claim(ana: Shopper) -> None:
    bought(ana, "desk-lamp-0")
    ana.says("my lamp arrived broken")
    assert "Would you like to send a photo" in ana.text
    ana.sends(EventKind.MESSAGE, type="image", text="")
    assert "your money back, or the same again" in ana.text
    ana.sends(EventKind.MESSAGE, type="image", text="")
    assert "I have put that picture with it" in ana.text
    ana.taps("Money back")
    assert "With 2 photos." in ana.text
    ana.taps("Yes, send it")
    assert (len(made(ana).photos), made(ana).reason, made(ana).wish) == (2, "damaged", "money")


def test_of_several_orders_one_is_chosen(ana: Shopper) -> None:
    bought(ana, "desk-lamp-0")
    mug = bought(ana, "glass-mug-0")
    ana.says("I want to return something")
    assert "Which order is it about?" in ana.text
    ana.says(mug.number)
    ana.taps("Changed my mind")
    ana.says("yes")
    assert (made(ana).order, made(ana).goods) == (mug, "1 × Glass mug")


def test_after_the_last_day_a_claim_is_offered(ana: Shopper, noon: Any, shop: Merchant) -> None:
    bought(ana, "desk-lamp-0")
    with clock.at(noon + dt.timedelta(days=shop.return_days + 2)):
        ana.says("I want to return something")
        assert f"it is {shop.return_days} days from arrival" in ana.text
        assert "Something is wrong" in ana.labels


def test_a_stranger_returns_nothing_of_mine(ana: Shopper, arrive: Any) -> None:
    order = bought(ana, "desk-lamp-0")
    ben = arrive("whatsapp", "4917699999999")
    ben.says("hello")
    ben.says(f"I want to return order {order.number}")
    assert "nothing of yours that has arrived" in ben.text
    assert "You can send things back within 30 days of their arrival." in ben.text


@pytest.fixture(autouse=True)
def delivery(shop: Merchant) -> None:
    with scope(merchant=shop):
        goods.warehouse(shop)
