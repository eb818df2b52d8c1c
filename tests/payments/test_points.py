"""Points follow the money: given when an order is placed, and gone with what goes back, in the same transaction."""

from collections.abc import Callable
from fractions import Fraction

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from djmoney.money import Money

from apps.carts.actions import open_cart
from apps.carts.models import Coupon
from apps.carts.promotions.codes import enter_code
from apps.customers.models import Customer
from apps.loyalty.actions import correct_points, redeem, use_voucher
from apps.loyalty.models import LoyaltyMembership, RewardVoucher
from apps.merchants.invariants import run_all
from apps.orders.actions import ship_order
from apps.orders.models import Order
from apps.orders.points import give_points, goods_paid, keep_points, reference_of
from apps.payments.actions import (
    cancel_order,
    finalise,
    place_free,
    refund_lines,
    refund_order,
    send_refunds,
    start_checkout,
)
from apps.payments.models import Payment
from tests.carts import goods, offers
from tests.loyalty import club
from tests.loyalty.club import lines, shown

from .desk import Desk
from .story import deliver, fresh, linked, ordered, paid


@pytest.fixture
def member(ana: Customer) -> LoyaltyMembership:
    goods.vat(ana.merchant)
    club.programme(ana.merchant, first_order_bonus=50)
    return club.member(ana.merchant, customer=ana)


def breaches() -> list[str]:
    return [row["name"] for row in run_all() if not row["ok"]]


def test_a_paid_order_earns_once_for_its_goods_however_often_it_is_told(
    desk: Desk, ana: Customer, member: LoyaltyMembership
) -> None:
    payment = paid(desk, ana)
    for _ in range(3):
        finalise(payment.pk)
    for event in desk.events():
        desk.tell(event)
    deliver(desk)
    assert lines(member) == [("earn", 12), ("earn", 50)]  # the mug without its delivery; the first order
    paid(desk, ana)
    assert (shown(member), breaches()) == ((0, 74, 74), [])


def test_an_order_that_is_not_paid_or_costs_nothing_earns_nothing(
    desk: Desk, ana: Customer, member: LoyaltyMembership
) -> None:
    linked(ana)
    free = goods.variant(ana.merchant, "Sample", price="0.00")
    way = goods.parcel(ana.merchant, price="0.00", free_from=None)
    other = club.member(ana.merchant, "Bob")
    cart = goods.full_cart(other.customer, {free: 1}, method=way)
    place_free(goods.draft(cart))
    assert (shown(member), shown(other)) == ((0, 0, 0), (0, 0, 0))


def test_cancelling_takes_the_points_back_at_once(desk: Desk, ana: Customer, member: LoyaltyMembership) -> None:
    payment = paid(desk, ana)
    cancel_order(payment.order)
    assert shown(member) == (0, 0, 0)
    send_refunds()
    deliver(desk)
    assert (shown(member), breaches()) == ((0, 0, 0), [])
    paid(desk, ana)
    assert shown(member) == (0, 62, 62)  # the next order is the first that stands


def test_a_refund_at_the_providers_desk_takes_its_share_and_gives_it_back_when_it_fails(
    desk: Desk, ana: Customer, member: LoyaltyMembership
) -> None:
    payment = paid(desk, ana)
    desk.refund({"payment_intent": payment.provider_payment, "amount": "845"})  # half of 16.90
    deliver(desk)
    assert shown(member) == (0, 56, 56)
    refund = desk.every("refund")[0]
    desk.finish_refund(refund["id"], failed=True)
    deliver(desk)
    assert (shown(member), breaches()) == ((0, 62, 62), [])


def test_a_full_refund_of_shipped_goods_leaves_the_points_and_the_voucher_as_before(
    desk: Desk, ana: Customer, member: LoyaltyMembership
) -> None:
    correct_points(member, points=30, reason="a present", source="c1")
    voucher = redeem(member, club.reward(ana.merchant, 10), reference="r1")
    payment = paid(desk, ana)
    use_voucher(voucher, reference=reference_of(payment.order))
    ship_order(payment.order, carrier="DHL", tracking_number="1")
    refund_order(payment.order)
    send_refunds()
    deliver(desk)
    assert (shown(member), RewardVoucher.objects.get().state, breaches()) == ((30, 0, 0), "void", [])


def refund_all(order: Order) -> object:
    return refund_lines(order, lines={line.pk: line.quantity for line in order.lines.all()}, drop=True)


@pytest.mark.parametrize(
    ("way", "comes_as"), [(refund_order, "digital"), (refund_all, "digital"), (refund_all, "goods")]
)
def test_a_refund_that_ends_the_order_takes_points_and_gives_back_offers(
    desk: Desk, ana: Customer, member: LoyaltyMembership, way: Callable[[Order], object], comes_as: str
) -> None:
    code = offers.code(ana.merchant)
    enter_code(goods.full_cart(ana, {goods.variant(ana.merchant, stock=3, comes_as=comes_as): 1}), code.code)
    payment = start_checkout(goods.draft(open_cart(ana)))
    assert desk.pay(payment.provider_session) == "paid"
    deliver(desk)
    assert (shown(member)[1] > 0, Coupon.objects.get().uses) == (True, 1)
    way(payment.order)
    assert (fresh(payment.order).status, shown(member), Coupon.objects.get().uses) == ("cancelled", (0, 0, 0), 0)
    send_refunds()
    deliver(desk)
    assert (fresh(payment.order).payment_status, shown(member), breaches()) == ("refunded", (0, 0, 0), [])


def test_money_lost_in_a_dispute_takes_its_points(desk: Desk, ana: Customer, member: LoyaltyMembership) -> None:
    payment = paid(desk, ana)
    dispute = desk.dispute(payment.provider_payment)
    deliver(desk)
    assert shown(member) == (0, 62, 62)
    desk.lose_dispute(dispute)
    deliver(desk)
    assert (Payment.objects.get().order.payment_status, shown(member)) == ("lost", (0, 0, 0))


def test_goods_are_paid_without_delivery_whether_tax_is_inside_or_on_top(ana: Customer) -> None:
    goods.vat(ana.merchant, is_inclusive=True)
    inside = ordered(ana)
    assert (inside.total, goods_paid(inside)) == (Money("16.90", "EUR"), 12)
    inside.is_tax_inclusive = False  # 4.90 and 0.78 of tax on it are the delivery's
    assert goods_paid(inside) == inside.total.amount - inside.delivery_total.amount - inside.delivery_tax.amount


def test_what_is_kept_is_never_more_than_all_nor_less_than_nothing(
    desk: Desk, ana: Customer, member: LoyaltyMembership
) -> None:
    order = paid(desk, ana).order
    for kept, points in (("99.00", 62), ("5.00", 53), ("0.00", 0), ("16.90", 62)):
        keep_points(order, kept=Money(kept, "EUR"))
        assert shown(member)[1] == points
    assert Fraction(5) / Fraction("16.9") * 12 > 3


def test_a_shop_without_a_programme_pays_one_statement(desk: Desk, ana: Customer) -> None:
    order = ordered(ana)
    with CaptureQueriesContext(connection) as queries:
        give_points(order)
    assert len(queries) == 1
