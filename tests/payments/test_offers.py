"""Money and offers: the page asks for what is left, and a refund in full gives the use back where the merchant says so."""

import pytest
from djmoney.money import Money

from apps.carts.actions import open_cart
from apps.carts.models import Coupon, PromotionUse
from apps.carts.promotions.codes import enter_code
from apps.customers.models import Customer
from apps.merchants.invariants import run_all
from apps.orders.models import Order
from apps.payments.actions import place_free, refund_order, start_checkout
from apps.payments.models import Payment
from tests.carts import goods, offers

from .desk import Desk
from .story import deliver, fresh


def reduced(customer: Customer) -> Order:
    """Three mugs at 9.99 with ten percent off by a code, and delivery."""
    goods.vat(customer.merchant)
    goods.full_cart(customer, {goods.variant(customer.merchant, price="9.99"): 3})
    enter_code(open_cart(customer), "WELCOME10")
    return goods.draft(open_cart(customer))


def test_the_page_asks_for_what_is_left(ana: Customer, desk: Desk) -> None:
    offers.code(ana.merchant)
    payment = start_checkout(reduced(ana))
    items = desk.session(payment.provider_session)["_line_items"]["data"]
    assert [(item["description"], item["quantity"], item["amount_total"]) for item in items] == [
        ("3 × Blue mug", 1, 2697),
        ("Parcel", 1, 490),
    ]
    assert payment.amount == Money("31.87", "EUR")


@pytest.mark.parametrize(("returns", "left"), [(True, 0), (False, 1)])
def test_a_refund_in_full_and_the_use(ana: Customer, desk: Desk, returns: bool, left: int) -> None:
    offers.code(ana.merchant, usage_limit=1, promotion_fields={"returns_use": returns})
    payment = start_checkout(reduced(ana))
    desk.pay(payment.provider_session)
    deliver(desk)
    order = fresh(payment.order)
    assert (order.status, order.payment_status, Coupon.objects.get().uses) == ("placed", "paid", 1)
    refund_order(order)
    deliver(desk)
    deliver(desk)
    assert (fresh(order).payment_status, Coupon.objects.get().uses) == ("refunded", left)
    assert PromotionUse.objects.filter(released_at=None).count() == left
    assert [finding for finding in run_all() if not finding["ok"]] == []


def test_an_order_that_offers_make_free_is_placed_without_a_page(ana: Customer) -> None:
    offers.code(ana.merchant, promotion_fields={"percent": 100})
    offers.free_delivery(ana.merchant)
    order = reduced(ana)
    assert str(order.total.amount) == "0.00"
    place_free(order)
    assert (fresh(order).status, order.payment_status, Payment.objects.count()) == ("placed", "paid", 0)
    assert [finding for finding in run_all() if not finding["ok"]] == []
