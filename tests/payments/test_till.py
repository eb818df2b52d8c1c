"""Paid in the shop: the order is placed at once and once, the pay link takes nothing more, and money goes back by hand."""

import datetime as dt
from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django_scopes import scope
from djmoney.money import Money

from apps.catalog.models import StockLevel
from apps.customers.models import Customer
from apps.ledger.models import Account
from apps.merchants import clock
from apps.merchants.invariants import run_all
from apps.notifications.order_words import SPEAKERS
from apps.orders.actions import NotNow, hold_for_summary
from apps.orders.models import Order
from apps.payments.actions import (
    AmountChanged,
    cancel_order,
    grant_credit,
    hand_back,
    hold_tenders,
    reconcile,
    refund_lines,
    refund_order,
    send_refunds,
    start_checkout,
    take_at_till,
    use_credit,
)
from apps.payments.models import Payment, Refund
from apps.payments.tenders import amount_due
from tests import factories
from tests.carts import goods

from .desk import Desk
from .story import deliver, fresh, linked, ordered, told


def breaches() -> list[dict[str, object]]:
    return [finding for finding in run_all() if not finding["ok"]]


def taken(order: Order, **more: Any) -> Payment:
    return take_at_till(order, taken_as="cash", agreed=amount_due(order), **more)


def test_cash_places_the_order_once(ana: Customer) -> None:
    mug = goods.variant(ana.merchant, stock=3)
    order = ordered(ana, {mug: 2})
    by = factories.user()
    payment = taken(order, actor=by)
    assert taken(order) == payment
    assert (fresh(order).status, order.payment_status, told(order)) == ("placed", "paid", ["drafted", "placed", "paid"])
    assert (payment.state, payment.taken_as, payment.taken_by, payment.amount) == ("succeeded", "cash", by, order.total)
    assert list(StockLevel.objects.values_list("on_hand", "allocated", "held")) == [(3, 2, 0)]
    assert breaches() == []


def test_the_pay_link_takes_nothing_more(desk: Desk, ana: Customer) -> None:
    link = linked(ana)
    taken(link.order)
    assert desk.pay(link.provider_session) == "closed"
    link.refresh_from_db()
    assert (link.state, fresh(link.order).payment_status, breaches()) == ("expired", "paid", [])
    with pytest.raises(NotNow):
        start_checkout(link.order)


def test_what_was_paid_at_the_page_is_not_taken_again(desk: Desk, ana: Customer) -> None:
    link = linked(ana)
    due = amount_due(link.order)
    desk.pay(link.provider_session)  # its event has not come yet
    with pytest.raises(NotNow):
        take_at_till(link.order, taken_as="terminal", agreed=due)
    assert (fresh(link.order).payment_status, Payment.objects.count(), breaches()) == ("paid", 1, [])


def test_money_that_still_arrives_goes_back(desk: Desk, ana: Customer) -> None:
    """The provider does not answer when its page should end, and the shopper pays there, too."""
    link = linked(ana)
    desk.fault("server_error")
    cash = taken(link.order)
    assert desk.pay(link.provider_session) == "paid"
    deliver(desk)
    send_refunds()
    deliver(desk)
    assert [(r.payment_id, r.reason, r.state) for r in Refund.objects.all()] == [(link.pk, Refund.DOUBLE, "done")]
    assert (fresh(link.order).payment_status, cash.state, breaches()) == ("paid", "succeeded", [])


def test_nobody_is_asked_about_what_waits_at_the_till(ana: Customer) -> None:
    taken(order := ordered(ana), slip="0815")
    refund_order(order)
    assert Refund.objects.exclude(provider_ref="").get().state == "pending"
    with clock.at(clock.now() + dt.timedelta(minutes=11)):
        assert reconcile()["attempts"] == 0


def test_another_amount_than_agreed_is_not_taken(ana: Customer) -> None:
    order = ordered(ana)
    with pytest.raises(AmountChanged):
        take_at_till(order, taken_as="cash", agreed=Money("1.00", "EUR"))
    assert (fresh(order).status, Payment.objects.count()) == ("draft", 0)


def test_credit_pays_its_part_first(ana: Customer) -> None:
    grant_credit(ana, Money("5.00", "EUR"), reason="sorry")
    cart = goods.full_cart(ana, {goods.variant(ana.merchant): 1})
    use_credit(cart)
    hold_for_summary(cart)
    order = goods.draft(cart)
    hold_tenders(order)
    payment = taken(order)
    assert payment.amount == order.total - Money("5.00", "EUR")
    assert (fresh(order).payment_status, breaches()) == ("paid", [])
    refund_order(order)
    assert {(r.payment.tender, r.payment.taken_as, r.state) for r in Refund.objects.all()} == {
        ("", "cash", "pending"),
        ("store_credit", "", "done"),
    }
    assert breaches() == []


def test_what_goes_back_waits_at_the_till(ana: Customer) -> None:
    order = ordered(ana)
    taken(order)
    refund = refund_order(order)
    assert (send_refunds(), reconcile()["attempts"]) == (0, 0)  # nobody outside is asked
    assert (refund.state, fresh(order).payment_status, told(order)[-1]) == ("pending", "paid", "refund_at_till")
    by = factories.user()
    for _twice in range(2):
        assert (hand_back(refund, actor=by).state, fresh(order).payment_status) == ("done", "refunded")
    assert (told(order).count("refunded"), Refund.objects.get().actor, breaches()) == (1, by, [])


def test_a_part_goes_back_and_the_shopper_is_told_where(ana: Customer) -> None:
    order = ordered(ana, {goods.variant(ana.merchant): 2})
    taken(order)
    refund = refund_lines(order, lines={order.lines.get().pk: 1})
    waiting = order.events.get(kind="refund_at_till")
    (told_first,) = SPEAKERS["refund_at_till"](order, waiting.data, "en")
    assert "waits for you at the till" in told_first.text
    hand_back(refund)
    (told_then,) = SPEAKERS["refunded"](order, order.events.get(kind="refunded").data, "en")
    assert told_then.text.startswith("You have been handed €12.00 back")


def test_as_credit_it_is_there_at_once(ana: Customer) -> None:
    order = ordered(ana)
    taken(order)
    assert refund_order(order, to_credit=True).state == "done"
    assert Account.objects.get(kind="store_credit").balance == order.total
    assert breaches() == []


def test_an_order_called_off_gives_cash_back_by_hand(ana: Customer) -> None:
    order = ordered(ana)
    taken(order)
    cancel_order(order)
    refund = Refund.objects.get()
    assert (fresh(order).status, refund.state) == ("cancelled", "pending")
    hand_back(refund)
    assert (fresh(order).payment_status, breaches()) == ("refunded", [])


def test_a_refund_at_the_provider_is_not_handed_out(desk: Desk, ana: Customer) -> None:
    link = linked(ana)
    desk.pay(link.provider_session)
    deliver(desk)
    desk.fault("server_error")
    refund = refund_order(link.order)
    assert hand_back(refund).state == refund.state != "done"
    assert told(link.order).count("refunded") == 0


@pytest.mark.django_db(transaction=True)
def test_two_tills_take_once(ana: Customer) -> None:
    order = ordered(ana)
    due = amount_due(order)
    took = at_once(lambda: take_at_till(order, taken_as="cash", agreed=due), times=4, customer=ana)
    assert len(set(took)) == 1
    assert (Payment.objects.count(), told(order).count("paid"), breaches()) == (1, 1, [])


@pytest.mark.django_db(transaction=True)
def test_two_hands_give_back_once(ana: Customer) -> None:
    order = ordered(ana)
    taken(order)
    refund = refund_order(order)
    at_once(lambda: hand_back(refund), times=4, customer=ana)
    assert (told(order).count("refunded"), fresh(order).payment_status, breaches()) == (1, "refunded", [])


def test_money_comes_from_somewhere(ana: Customer) -> None:
    """Neither a provider's account nor a hand is a payment from nowhere; both are one too many."""
    order = ordered(ana)
    row = {"merchant": ana.merchant, "order": order, "attempt": 1, "amount": order.total}
    account = ana.merchant.paymentaccount_set.get()
    for wrong in ({}, {"taken_as": "cash", "account": account}, {"taken_as": "cash", "tender": "store_credit"}):
        with pytest.raises(IntegrityError, match="payment_comes_from_somewhere"), transaction.atomic():
            Payment.objects.create(**row, **wrong)


def at_once(act: Callable[[], Any], *, times: int, customer: Customer) -> list[Any]:
    found: list[Any] = []

    def run() -> None:
        with scope(merchant=customer.merchant):
            found.append(act().pk)
        connection.close()

    threads = [Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == times
    return found
