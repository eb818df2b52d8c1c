"""Money back: once, never more than came, and always in the end."""

import datetime as dt
from threading import Thread

import pytest
from django.db import connection, transaction
from django_scopes import scope

from apps.catalog.models import StockLevel
from apps.customers.models import Customer
from apps.merchants import clock
from apps.merchants.invariants import run_all
from apps.merchants.models import Merchant
from apps.orders.actions import ship_order
from apps.payments.actions import NotCancellable, NothingToRefund, cancel_order, reconcile, refund_order, send_refunds
from apps.payments.models import PaymentAccount, Refund
from tests import factories
from tests.carts import goods

from .desk import NAME, Desk
from .story import deliver, fresh, linked, paid, told


def test_cancelling_gives_goods_and_money_back(desk: Desk, ana: Customer) -> None:
    mug = goods.variant(ana.merchant, stock=3)
    order = paid(desk, ana, {mug: 2}).order
    cancel_order(order, reason="wrong colour")
    cancel_order(order)
    assert send_refunds() == 1
    assert (fresh(order).status, order.payment_status) == ("cancelled", "refunded")
    assert [(str(r.amount.amount), r.state, r.reason) for r in Refund.objects.all()] == [
        ("28.900", "done", "wrong colour")
    ]
    assert list(StockLevel.objects.values_list("on_hand", "allocated", "held")) == [(3, 0, 0)]
    assert told(order) == ["drafted", "placed", "paid", "cancelled", "refunded"]
    deliver(desk)
    assert (told(order).count("refunded"), Refund.objects.count()) == (1, 1)


def test_cancelling_an_unpaid_draft_frees_its_goods(desk: Desk, ana: Customer) -> None:
    order = linked(ana).order
    cancel_order(order)
    assert (fresh(order).status, Refund.objects.count()) == ("cancelled", 0)
    assert list(StockLevel.objects.values_list("on_hand", "allocated", "held")) == [(10, 0, 0)]


def test_what_is_on_its_way_cannot_be_cancelled(desk: Desk, ana: Customer) -> None:
    order = paid(desk, ana).order
    ship_order(order, carrier="DHL", tracking_number="1")
    with pytest.raises(NotCancellable):
        cancel_order(order)
    assert (fresh(order).status, Refund.objects.count()) == ("placed", 0)


def test_nothing_to_refund(desk: Desk, ana: Customer) -> None:
    with pytest.raises(NothingToRefund):
        refund_order(linked(ana).order)


def test_a_refund_made_at_the_provider_is_ours_too(desk: Desk, ana: Customer) -> None:
    payment = paid(desk, ana)
    from_desk = {"payment_intent": payment.provider_payment, "amount": 490}
    desk.refund(from_desk)
    deliver(desk)
    assert fresh(payment.order).payment_status == "partly_refunded"
    assert [(str(r.amount.amount), r.reason) for r in Refund.objects.all()] == [("4.900", "made at the provider")]
    refund_order(payment.order)
    send_refunds()
    assert (fresh(payment.order).payment_status, [r["amount"] for r in desk.every("refund")]) == (
        "refunded",
        [490, 1200],
    )


def test_attack_43_a_lost_answer_refunds_once(desk: Desk, ana: Customer) -> None:
    order = paid(desk, ana).order
    desk.fault("lost", seconds=0)
    refund_order(order)
    assert (send_refunds(), Refund.objects.get().state) == (1, "unknown")
    for days in (0, 2):
        with clock.at(clock.now() + dt.timedelta(days=days, minutes=1)):
            send_refunds()
    assert (Refund.objects.get().state, len(desk.every("refund")), fresh(order).payment_status) == (
        "done",
        1,
        "refunded",
    )


def test_a_provider_that_is_away_for_days_is_asked_every_hour(desk: Desk, ana: Customer) -> None:
    with transaction.atomic():
        refund_order(paid(desk, ana).order)
    Refund.objects.update(attempts=100)
    desk.fault("lost", seconds=0)
    assert send_refunds() == 1
    refund = Refund.objects.get()
    assert refund.attempts == 101
    assert dt.timedelta(minutes=59) < refund.due_at - clock.now() <= dt.timedelta(hours=1)


def test_a_pending_refund_is_followed_to_its_end(desk: Desk, ana: Customer) -> None:
    order = paid(desk, ana).order
    desk.store.set_setting("stripe_refund_status", "pending")
    refund_order(order)
    send_refunds()
    assert (Refund.objects.get().state, fresh(order).payment_status) == ("pending", "paid")
    desk.finish_refund(desk.every("refund")[0]["id"])
    deliver(desk)
    assert (Refund.objects.get().state, fresh(order).payment_status) == ("done", "refunded")


def test_a_refund_that_comes_back_is_said(desk: Desk, ana: Customer) -> None:
    order = paid(desk, ana).order
    refund_order(order)
    send_refunds()
    desk.finish_refund(desk.every("refund")[0]["id"], failed=True)
    deliver(desk)
    assert (Refund.objects.get().state, fresh(order).payment_status) == ("failed", "paid")
    assert told(order) == ["drafted", "placed", "paid", "refunded", "refund_failed"]


def test_attack_43_nothing_goes_back_during_a_dispute(desk: Desk, ana: Customer) -> None:
    payment = paid(desk, ana)
    desk.dispute(payment.provider_payment)
    deliver(desk)
    with pytest.raises(NothingToRefund):
        refund_order(payment.order)


@pytest.mark.django_db(transaction=True)
def test_attack_43_two_people_refund_at_once(desk: Desk, merchant: Merchant) -> None:
    with scope(merchant=merchant):
        PaymentAccount.objects.create(merchant=merchant, provider="stripe", name=NAME, config=desk.config)
        order = paid(desk, factories.customer(merchant)).order
    seen: list[int] = []

    def press() -> None:
        try:
            with scope(merchant=merchant):
                seen.append(refund_order(order).pk)
        finally:
            connection.close()

    people = [Thread(target=press) for _ in range(6)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    with scope(merchant=merchant):
        assert (len(seen), len(set(seen)), Refund.objects.count(), len(desk.every("refund"))) == (6, 1, 1, 1)
        assert (Refund.objects.get().state, fresh(order).payment_status) == ("done", "refunded")


def test_the_books_are_true_after_all_of_it(desk: Desk, ana: Customer) -> None:
    linked(ana)
    paid(desk, factories.customer(ana.merchant, "Ben"))
    cancel_order(paid(desk, factories.customer(ana.merchant, "Cid")).order)
    assert [finding for finding in run_all() if not finding["ok"]] == []
    send_refunds()
    deliver(desk)
    reconcile()
    assert [finding for finding in run_all() if not finding["ok"]] == []
    Refund.objects.all().delete()
    broken = [finding["name"] for finding in run_all() if not finding["ok"]]
    assert broken == ["payments: every captured amount has an order or goes back"]
