"""A bill in the thread: asked about before it is paid, paid once however often it is told, and the link stays as good."""

import datetime as dt
from threading import Thread
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django_scopes import scope
from djmoney.money import Money

from apps.catalog.models import StockLevel
from apps.customers.models import Customer
from apps.merchants import clock
from apps.merchants.invariants import run_all
from apps.merchants.models import ChannelAccount
from apps.notifications.order_words import SPEAKERS
from apps.orders.models import Order
from apps.payments.actions import (
    BillRefused,
    BillUnknown,
    ask_bill,
    book_bill,
    cancel_order,
    end_stale_links,
    hand_back,
    make_bill,
    start_checkout,
    take_at_till,
)
from apps.payments.models import Bill, Payment, Refund
from tests import factories
from tests.carts import goods

from .desk import Desk
from .story import deliver, fresh, linked, told

DUE = Money("16.90", "EUR")


def breaches() -> list[dict[str, object]]:
    return [finding for finding in run_all() if not finding["ok"]]


@pytest.fixture
def bot(ana: Customer) -> ChannelAccount:
    """The shop's Telegram."""
    return factories.channel_account(ana.merchant, "telegram")


def billed(customer: Customer, bot: ChannelAccount, **more: Any) -> Bill:
    """A bill beside a live link over 16.90."""
    return make_bill(linked(customer, **more), bot)


def asked(bill: Bill, bot: ChannelAccount, amount: Money | None = DUE) -> str:
    """ "" for a yes, else why not."""
    try:
        ask_bill(bill.public_id, account=bot, amount=amount)
    except BillRefused as refused:
        return str(refused.why)
    return ""


def paid(bill: Bill, bot: ChannelAccount, *, charge: str = "tg-1", amount: Money | None = DUE) -> Payment:
    return book_bill(
        bill.public_id,
        account=bot,
        amount=amount,
        platform_charge=charge,
        provider_charge=f"ch-{charge}",
        at=clock.now(),
    )


def test_a_bill_is_paid_once_however_often_it_is_told(desk: Desk, ana: Customer, bot: ChannelAccount) -> None:
    mug = goods.variant(ana.merchant, stock=3)
    bill = billed(ana, bot, variants={mug: 1})
    assert asked(bill, bot) == ""
    payment = paid(bill, bot)
    assert [paid(bill, bot), paid(bill, bot)] == [payment, payment]
    order = fresh(bill.attempt.order)
    assert (order.status, order.payment_status, told(order)) == ("placed", "paid", ["drafted", "placed", "paid"])
    assert (payment.taken_as, payment.state, payment.amount) == ("telegram", "succeeded", DUE)
    assert (payment.platform_charge, payment.provider_payment) == ("tg-1", "ch-tg-1")
    assert list(StockLevel.objects.values_list("on_hand", "allocated", "held")) == [(3, 1, 0)]
    assert breaches() == []


def test_the_link_beside_it_takes_nothing_more(desk: Desk, ana: Customer, bot: ChannelAccount) -> None:
    bill = billed(ana, bot)
    paid(bill, bot)
    assert end_stale_links() == 1
    bill.attempt.refresh_from_db()
    assert (bill.attempt.state, desk.pay(bill.attempt.provider_session)) == ("expired", "closed")
    assert (asked(bill, bot), breaches()) == ("paid", [])


def test_paid_by_the_link_the_bill_is_refused(desk: Desk, ana: Customer, bot: ChannelAccount) -> None:
    bill = billed(ana, bot)
    desk.pay(bill.attempt.provider_session)
    deliver(desk)
    assert asked(bill, bot) == "paid"


def test_what_comes_on_top_goes_back_by_hand(desk: Desk, ana: Customer, bot: ChannelAccount) -> None:
    bill = billed(ana, bot)
    assert asked(bill, bot) == ""
    desk.pay(bill.attempt.provider_session)  # at the same moment
    deliver(desk)
    second = paid(bill, bot)
    (refund,) = second.refunds.all()
    order = fresh(bill.attempt.order)
    assert (refund.amount, refund.reason, refund.state) == (DUE, Refund.DOUBLE, "pending")
    assert (order.payment_status, told(order)[-1]) == ("overpaid", "refund_at_till")
    (word,) = SPEAKERS["refund_at_till"](order, order.events.get(kind="refund_at_till").data, "en")
    assert "You paid right here in the chat" in word.text
    assert hand_back(refund).state == "done"
    (word,) = SPEAKERS["refunded"](order, order.events.get(kind="refunded").data, "en")
    assert word.text.startswith(f"We have sent €16.90 back for order {order.number}.")
    assert (fresh(order).payment_status, order.status, breaches()) == ("paid", "placed", [])


def test_two_charges_of_one_bill_are_two_payments_and_one_goes_back(
    desk: Desk, ana: Customer, bot: ChannelAccount
) -> None:
    bill = billed(ana, bot)
    paid(bill, bot)
    again = paid(bill, bot, charge="tg-2")
    assert list(again.refunds.values_list("reason", flat=True)) == [Refund.DOUBLE]
    assert (told(bill.attempt.order).count("paid"), breaches()) == (1, [])


def _newer(bill: Bill, bot: ChannelAccount) -> None:
    make_bill(bill.attempt, bot)


def _renewed(bill: Bill, bot: ChannelAccount) -> None:
    """The link ran out soon, and a new one was asked for."""
    Payment.objects.filter(pk=bill.attempt_id).update(expires_at=clock.now() + dt.timedelta(seconds=30))
    assert start_checkout(bill.attempt.order).pk != bill.attempt_id


def _called_off(bill: Bill, bot: ChannelAccount) -> None:
    cancel_order(bill.attempt.order)


def _at_the_till(bill: Bill, bot: ChannelAccount) -> None:
    take_at_till(bill.attempt.order, taken_as="cash", agreed=DUE)


def _hold_over(bill: Bill, bot: ChannelAccount) -> None:
    Order.objects.filter(pk=bill.attempt.order_id).update(hold_until=clock.now() - dt.timedelta(seconds=1))


def _underway(bill: Bill, bot: ChannelAccount) -> None:
    Payment.objects.filter(pk=bill.attempt_id).update(state="processing")


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        (_newer, "old"),
        (_renewed, "old"),
        (_called_off, "ended"),
        (_at_the_till, "paid"),
        (_hold_over, "ended"),
        (_underway, "underway"),
    ],
)
def test_a_bill_that_is_no_longer_good_is_refused(
    happens: Any, why: str, desk: Desk, ana: Customer, bot: ChannelAccount
) -> None:
    bill = billed(ana, bot)
    assert asked(bill, bot) == ""
    happens(bill, bot)
    assert asked(bill, bot) == why


def test_a_bill_that_ran_out_is_refused(desk: Desk, ana: Customer, bot: ChannelAccount) -> None:
    bill = billed(ana, bot)
    with clock.at(clock.now() + dt.timedelta(minutes=36)):
        assert asked(bill, bot) == "old"


@pytest.mark.parametrize("amount", [Money("16.89", "EUR"), Money("16.90", "USD"), Money("169.00", "EUR"), None])
def test_another_amount_is_refused_before_and_looked_at_after(
    amount: Money | None, desk: Desk, ana: Customer, bot: ChannelAccount
) -> None:
    bill = billed(ana, bot)
    assert asked(bill, bot, amount) == "changed"
    payment = paid(bill, bot, amount=amount)
    assert (payment.state, fresh(bill.attempt.order).status, breaches()) == ("review", "draft", [])
    assert told(bill.attempt.order)[-1] == "review"


def test_a_yes_keeps_the_goods_until_the_money_comes(desk: Desk, ana: Customer, bot: ChannelAccount) -> None:
    bill = billed(ana, bot)
    with clock.at(clock.now() + dt.timedelta(minutes=33)):
        assert asked(bill, bot) == ""
        assert fresh(bill.attempt.order).hold_until == clock.now() + dt.timedelta(minutes=5)


def test_nobody_elses_bill(desk: Desk, ana: Customer, bot: ChannelAccount) -> None:
    bill, other = billed(ana, bot), factories.channel_account(ana.merchant, "telegram", name="other")
    assert asked(bill, other) == "unknown"
    with pytest.raises(BillUnknown):
        paid(bill, other)
    with pytest.raises(BillUnknown):
        paid(bill, bot, charge="")
    assert fresh(bill.attempt.order).status == "draft"


def test_money_for_an_order_that_was_called_off_goes_back(desk: Desk, ana: Customer, bot: ChannelAccount) -> None:
    bill = billed(ana, bot)
    cancel_order(bill.attempt.order)
    payment = paid(bill, bot)
    assert list(payment.refunds.values_list("reason", flat=True)) == [Refund.CALLED_OFF]
    assert (fresh(bill.attempt.order).status, breaches()) == ("cancelled", [])


@pytest.mark.django_db(transaction=True)
def test_told_by_four_at_once_it_is_one_payment(desk: Desk, ana: Customer, bot: ChannelAccount) -> None:
    bill = billed(ana, bot)

    def tell() -> None:
        with scope(merchant=ana.merchant):
            paid(bill, bot)
        connection.close()

    threads = [Thread(target=tell) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Payment.objects.exclude(bill=None).count() == 1
    assert breaches() == []


def test_the_database_knows_a_charge_once(desk: Desk, ana: Customer, bot: ChannelAccount) -> None:
    payment = paid(billed(ana, bot), bot)
    twin = {"taken_as": "telegram", "bill": payment.bill, "platform_charge": "tg-1"}
    for wrong in (twin, {**twin, "platform_charge": ""}, {"taken_as": "cash", "platform_charge": "tg-9"}, {**twin, "bill": None}):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            Payment.objects.create(
                merchant=ana.merchant, order=payment.order, attempt=9, amount=DUE, state="succeeded", **wrong
            )


def test_money_for_another_bill_is_seen(desk: Desk, ana: Customer, bot: ChannelAccount) -> None:
    payment = paid(billed(ana, bot), bot)
    Bill.objects.filter(pk=payment.bill_id).update(amount=Money("1.00", "EUR"))
    assert [row["name"] for row in breaches()] == ["payments: bills in the thread are paid as they say"]
