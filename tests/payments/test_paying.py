"""From the yes to the parcel: the pay link, the money, and everything that can come between."""

import datetime as dt

import pytest
from django_scopes import scope

from apps.carts.actions import add_to_cart, open_cart, set_quantity
from apps.carts.models import Cart
from apps.catalog.models import StockLevel, Variant
from apps.catalog.stock import Wanted, available, take_holds
from apps.customers.models import Customer
from apps.merchants import clock
from apps.orders.actions import NotNow, OutOfStock, expire_orders
from apps.orders.models import Order
from apps.payments.actions import check_payment, end_stale_links, pay_url, start_checkout
from apps.payments.inbox import run_due
from apps.payments.models import Payment, Refund
from apps.payments.provider import ProviderUnavailable
from tests.carts import goods

from .desk import Desk
from .story import deliver, fresh, linked, ordered, paid, told


def level(variant: Variant) -> tuple[int, int, int]:
    """(on hand, sold, held)"""
    row = StockLevel.objects.get(variant=variant)
    return row.on_hand, row.allocated, row.held


def test_money_places_the_order(desk: Desk, ana: Customer) -> None:
    mug = goods.variant(ana.merchant, stock=3)
    payment = linked(ana, {mug: 2})
    order = payment.order
    assert (order.status, level(mug)) == ("draft", (3, 0, 2))
    session = desk.session(payment.provider_session)
    assert [
        (line["description"], line["quantity"], line["amount_total"]) for line in session["_line_items"]["data"]
    ] == [
        ("Blue mug", 2, 2400),
        ("Parcel", 1, 490),
    ]
    assert (session["amount_total"], session["client_reference_id"], session["customer_email"]) == (
        2890,
        order.number,
        None,
    )
    desk.pay(payment.provider_session)
    assert fresh(order).status == "draft"
    deliver(desk)
    assert (fresh(order).status, order.payment_status, level(mug)) == ("placed", "paid", (3, 2, 0))
    assert told(order) == ["drafted", "placed", "paid"]
    assert Cart.objects.get(pk=order.cart_id).status == "ordered"
    assert open_cart(ana).pk != order.cart_id


def test_the_link_is_made_once_while_it_lives(desk: Desk, ana: Customer) -> None:
    order = ordered(ana)
    first = start_checkout(order)
    again = start_checkout(order)
    assert (first.pk, first.url, again.pk, again.url) == (again.pk, again.url, first.pk, first.url)
    assert len(desk.every("checkout.session")) == 1
    assert pay_url(first) == pay_url(order)


def test_a_link_that_ran_out_is_renewed(desk: Desk, ana: Customer) -> None:
    payment = linked(ana)
    with clock.at(clock.now() + dt.timedelta(minutes=33)):
        second = start_checkout(payment.order)
    assert [(p.attempt, p.state) for p in payment.order.payments.order_by("attempt")] == [(1, "expired"), (2, "open")]
    assert [session["status"] for session in desk.every("checkout.session")] == ["expired", "open"]
    assert desk.pay(payment.provider_session) == "closed"
    assert desk.pay(second.provider_session) == "paid"
    deliver(desk)
    assert (fresh(payment.order).status, fresh(payment.order).payment_status) == ("placed", "paid")


def test_paying_while_the_link_is_renewed_counts(desk: Desk, ana: Customer) -> None:
    payment = linked(ana)
    desk.pay(payment.provider_session)
    with clock.at(clock.now() + dt.timedelta(minutes=33)):
        assert start_checkout(payment.order).state == "succeeded"
    assert (fresh(payment.order).status, len(desk.every("checkout.session"))) == ("placed", 1)


def test_attack_42_a_lost_answer_makes_no_second_page(desk: Desk, ana: Customer) -> None:
    """The provider acted, its answer was lost: the same key again gives the same page."""
    order = ordered(ana)
    desk.fault("lost", seconds=0)
    desk.fault("server_error", status=500)
    payment = start_checkout(order)
    assert (payment.state, payment.provider_session) == ("open", desk.every("checkout.session")[0]["id"])
    assert (len(desk.every("checkout.session")), order.payments.count()) == (1, 1)


def test_attack_42_three_silences_keep_the_attempt_for_later(desk: Desk, ana: Customer) -> None:
    order = ordered(ana)
    for _ in range(3):
        desk.fault("lost", seconds=0)
    with pytest.raises(ProviderUnavailable):
        start_checkout(order)
    assert start_checkout(order).attempt == 1
    assert (len(desk.every("checkout.session")), order.payments.count()) == (1, 1)


def test_attack_42_after_days_our_own_state_decides(desk: Desk, ana: Customer) -> None:
    """Keys are forgotten after a day; an attempt without an answer is then given up, not repeated."""
    order = ordered(ana)
    for _ in range(3):
        desk.fault("lost", seconds=0)
    with pytest.raises(ProviderUnavailable):
        start_checkout(order)
    later = clock.now() + dt.timedelta(minutes=5)
    with clock.at(later):
        second = start_checkout(order)
    assert (second.attempt, order.payments.get(attempt=1).state) == (2, "expired")
    desk.pay(second.provider_session)
    deliver(desk)
    assert (fresh(order).payment_status, len([c for c in desk.every("charge") if c["paid"]])) == ("paid", 1)


def test_attack_40_changing_the_cart_voids_the_link(desk: Desk, ana: Customer) -> None:
    mug = goods.variant(ana.merchant, stock=5)
    payment = linked(ana, {mug: 1})
    cart = set_quantity(open_cart(ana), mug, quantity=3)
    assert (fresh(payment.order).status, told(payment.order)) == ("cancelled", ["drafted", "cancelled"])
    with pytest.raises(NotNow):
        start_checkout(payment.order)
    assert end_stale_links() == 1
    assert desk.pay(payment.provider_session) == "closed"
    second = start_checkout(goods.draft(cart))
    desk.pay(second.provider_session)
    deliver(desk)
    assert (fresh(second.order).status, second.order.total, level(mug)) == ("placed", second.amount, (5, 3, 0))
    assert [line.quantity for line in second.order.lines.all()] == [3]


def test_attack_40_money_for_a_voided_link_goes_back(desk: Desk, ana: Customer) -> None:
    """Somebody pays in the moment before the page is closed: nothing is fulfilled, the money returns."""
    mug = goods.variant(ana.merchant, stock=5)
    payment = linked(ana, {mug: 1})
    add_to_cart(ana, mug)
    assert desk.pay(payment.provider_session) == "paid"
    deliver(desk)
    run_due()
    order = fresh(payment.order)
    assert (order.status, order.payment_status, level(mug)) == ("cancelled", "refunded", (5, 0, 0))
    assert [(r.amount, r.state, r.reason) for r in Refund.objects.all()] == [(order.total, "done", "called off")]
    assert [refund["amount"] for refund in desk.every("refund")] == [1690]


def test_attack_40_the_snapshot_is_paid_whatever_the_price_does(desk: Desk, ana: Customer) -> None:
    mug = goods.variant(ana.merchant)
    payment = linked(ana, {mug: 1})
    mug.prices.update(amount="99.00")
    desk.pay(payment.provider_session)
    deliver(desk)
    order = fresh(payment.order)
    assert (order.status, str(order.total.amount), str(order.lines.get().unit_price.amount)) == (
        "placed",
        "16.900",
        "12.000",
    )


def test_unpaid_drafts_expire_and_the_cart_is_as_it_was(desk: Desk, ana: Customer) -> None:
    mug = goods.variant(ana.merchant, stock=2)
    payment = linked(ana, {mug: 2})
    assert expire_orders() == 0
    with clock.at(clock.now() + dt.timedelta(minutes=36)):
        assert (expire_orders(), expire_orders()) == (1, 0)
        assert end_stale_links() == 1
    payment.refresh_from_db()
    assert (fresh(payment.order).status, payment.state, available([mug.pk])) == ("expired", "expired", {mug.pk: 2})
    assert [(line.variant, line.quantity) for line in open_cart(ana).lines.all()] == [(mug, 2)]
    again = start_checkout(goods.draft(open_cart(ana)))
    assert again.order_id != payment.order_id


def test_late_money_takes_the_goods_again(desk: Desk, ana: Customer) -> None:
    mug = goods.variant(ana.merchant, stock=2)
    payment = linked(ana, {mug: 2})
    desk.pay(payment.provider_session)
    with clock.at(clock.now() + dt.timedelta(minutes=36)):
        expire_orders()
        deliver(desk)
        order = fresh(payment.order)
        assert (order.status, order.payment_status, level(mug)) == ("placed", "paid", (2, 2, 0))
        assert told(order) == ["drafted", "expired", "placed", "paid"]


def test_late_money_without_goods_goes_back(desk: Desk, ana: Customer) -> None:
    mug = goods.variant(ana.merchant, stock=2)
    payment = linked(ana, {mug: 2})
    desk.pay(payment.provider_session)
    with clock.at(clock.now() + dt.timedelta(minutes=36)):
        expire_orders()
        take_holds([Wanted(mug.pk, 1, "faster")], reason="cart", until=clock.now() + dt.timedelta(hours=1))
        deliver(desk)
        run_due()
        order = fresh(payment.order)
        assert (order.status, order.payment_status, level(mug)) == ("unfillable", "refunded", (2, 0, 1))
        assert told(order) == ["drafted", "expired", "unfillable", "refunded"]


def test_a_link_needs_goods(desk: Desk, ana: Customer) -> None:
    mug = goods.variant(ana.merchant, stock=1)
    order = ordered(ana, {mug: 1})
    with clock.at(clock.now() + dt.timedelta(minutes=20)):
        take_holds([Wanted(mug.pk, 1, "faster")], reason="cart", until=clock.now() + dt.timedelta(hours=1))
        with pytest.raises(OutOfStock):
            start_checkout(order)
    assert order.payments.count() == 0


def test_a_declined_card_may_be_tried_again_on_the_same_page(desk: Desk, ana: Customer) -> None:
    payment = linked(ana)
    assert desk.pay(payment.provider_session, card="declined") == "declined"
    deliver(desk)
    payment.refresh_from_db()
    assert (payment.state, fresh(payment.order).status, payment.order.payment_status) == ("open", "draft", "none")
    assert desk.pay(payment.provider_session) == "paid"
    deliver(desk)
    assert fresh(payment.order).status == "placed"


def test_a_slow_bank_keeps_the_goods_and_frees_the_cart(desk: Desk, ana: Customer) -> None:
    mug = goods.variant(ana.merchant, stock=1)
    payment = linked(ana, {mug: 1})
    assert desk.pay(payment.provider_session, card="bank_success") == "processing"
    deliver(desk)
    order = fresh(payment.order)
    assert (order.status, order.payment_status, open_cart(ana).pk == order.cart_id) == ("draft", "pending", False)
    with pytest.raises(NotNow):
        start_checkout(order)
    with clock.at(clock.now() + dt.timedelta(days=2)):
        assert (expire_orders(), available([mug.pk])) == (0, {mug.pk: 0})
        desk.bank_decides(payment.provider_session)
        deliver(desk)
    assert (fresh(order).status, order.payment_status, level(mug)) == ("placed", "paid", (1, 1, 0))


def test_a_bank_that_says_no_gives_another_chance(desk: Desk, ana: Customer) -> None:
    payment = linked(ana)
    desk.pay(payment.provider_session, card="bank_failure")
    deliver(desk)
    desk.bank_decides(payment.provider_session)
    deliver(desk)
    payment.refresh_from_db()
    assert (payment.state, fresh(payment.order).payment_status) == ("failed", "none")
    second = start_checkout(payment.order)
    desk.pay(second.provider_session)
    deliver(desk)
    assert (second.attempt, fresh(payment.order).status) == (2, "placed")


def test_a_page_we_could_not_remember_is_found_by_its_event(desk: Desk, ana: Customer) -> None:
    """Killed between the provider's answer and our note of it: the money still finds its order."""
    payment = linked(ana)
    session = payment.provider_session
    Payment.objects.filter(pk=payment.pk).update(provider_session="", url="")
    desk.pay(session)
    deliver(desk)
    deliver(desk)
    assert fresh(payment.order).status == "placed"


def test_reading_the_return_page_is_enough(desk: Desk, ana: Customer) -> None:
    payment = linked(ana)
    desk.pay(payment.provider_session)
    assert check_payment(payment).state == "succeeded"
    assert fresh(payment.order).status == "placed"


def test_payments_of_another_shop_are_not_seen(desk: Desk, ana: Customer, other_merchant: object) -> None:
    paid(desk, ana)
    with scope(merchant=other_merchant):
        assert (list(Order.objects.all()), list(Payment.objects.all())) == ([], [])
