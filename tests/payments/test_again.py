"""A refund in several parts of which one did not arrive: that part is asked for again, once, and the others stand."""

import pytest

from apps.carts.money import money
from apps.customers.models import Customer
from apps.merchants.invariants import run_all
from apps.orders.models import Order
from apps.payments.actions import (
    MoneyDisputed,
    NothingToRefund,
    issue_gift_card,
    refund_lines,
    refund_order,
    retry_refund,
    send_refunds,
    start_checkout,
    use_gift_card,
)
from apps.payments.actions.again import is_still_due
from apps.payments.actions.tender import hold_tenders
from apps.payments.models import GiftCard, Refund, RefundLine
from apps.payments.tenders import card_balance
from tests.carts import goods

from .desk import Desk
from .story import deliver, fresh


def split_order(desk: Desk, ana: Customer) -> Order:
    """16.90, of which a gift card has paid 10.00."""
    cart = goods.full_cart(ana, {goods.variant(ana.merchant): 1})
    use_gift_card(cart, issue_gift_card(ana.merchant, money("10.00", "EUR"))[0])
    order = goods.draft(cart)
    hold_tenders(order)
    desk.pay(start_checkout(order).provider_session)
    deliver(desk)
    return fresh(order)


def failed_part(desk: Desk, order: Order) -> Refund:
    """All goes back; the bank's part comes back to us."""
    refund_order(order)
    send_refunds()
    desk.finish_refund(desk.every("refund")[0]["id"], failed=True)
    deliver(desk)
    return Refund.objects.get(state="failed")


def states(order: Order) -> list[tuple[str, str, str]]:
    rows = Refund.objects.filter(payment__order=order).order_by("pk")
    return [(row.payment.tender or "bank", str(row.amount), row.state) for row in rows]


def breaches() -> list[str]:
    return [row["name"] for row in run_all() if not row["ok"]]


def test_only_the_failed_part_goes_again_and_only_once(desk: Desk, ana: Customer) -> None:
    order = split_order(desk, ana)
    failed = failed_part(desk, order)
    assert (states(order), fresh(order).payment_status) == (
        [("bank", "€6.90", "failed"), ("gift_card", "€10.00", "done")],
        "partly_refunded",
    )
    made = retry_refund(failed)
    assert retry_refund(failed).pk == made.pk
    send_refunds()
    deliver(desk)
    assert states(order)[1:] == [("gift_card", "€10.00", "done"), ("bank", "€6.90", "done")]
    assert (fresh(order).payment_status, str(card_balance(GiftCard.objects.get()))) == ("refunded", "€10.00")
    assert ([charge["amount_refunded"] for charge in desk.every("charge")], breaches()) == ([690], [])


def test_what_fails_again_can_be_tried_again(desk: Desk, ana: Customer) -> None:
    order = split_order(desk, ana)
    second = retry_refund(failed_part(desk, order))
    send_refunds()
    desk.finish_refund(desk.every("refund")[1]["id"], failed=True)
    deliver(desk)
    third = retry_refund(Refund.objects.get(pk=second.pk))
    send_refunds()
    deliver(desk)
    assert (Refund.objects.get(pk=third.pk).state, fresh(order).payment_status, breaches()) == ("done", "refunded", [])


def test_what_has_not_failed_is_not_paid_twice(desk: Desk, ana: Customer) -> None:
    order = split_order(desk, ana)
    refund_order(order)
    send_refunds()
    for refund in Refund.objects.all():
        with pytest.raises(NothingToRefund):
            retry_refund(refund)
    assert len(states(order)) == 2


def test_what_went_back_otherwise_since_does_not_go_again(desk: Desk, ana: Customer) -> None:
    order = split_order(desk, ana)
    failed = failed_part(desk, order)
    refund_order(order)
    send_refunds()
    deliver(desk)
    with pytest.raises(NothingToRefund, match="otherwise"):
        retry_refund(failed)
    assert (fresh(order).payment_status, breaches()) == ("refunded", [])


def test_money_in_a_dispute_does_not_go_back_as_well(desk: Desk, ana: Customer) -> None:
    order = split_order(desk, ana)
    failed = failed_part(desk, order)
    desk.dispute(failed.payment.provider_payment)
    deliver(desk)
    with pytest.raises(MoneyDisputed):
        retry_refund(failed)
    assert breaches() == []


def test_a_return_paid_back_otherwise_is_not_paid_again(desk: Desk, ana: Customer) -> None:
    """One of two pieces came back, its refund failed and was asked for again at the return: its old row is history."""
    cart = goods.full_cart(ana, {goods.variant(ana.merchant): 2})
    order = goods.draft(cart)
    desk.pay(start_checkout(order).provider_session)
    deliver(desk)
    mug = order.lines.get()
    refund_lines(order, lines={mug.pk: 1}, request="return:X:1")
    send_refunds()
    desk.finish_refund(desk.every("refund")[0]["id"], failed=True)
    deliver(desk)
    refund_lines(order, lines={mug.pk: 1}, request="return:X:2")
    failed = Refund.objects.get(state="failed")
    assert not is_still_due(failed, fresh(order))
    with pytest.raises(NothingToRefund, match="otherwise"):
        retry_refund(failed)
    assert len(states(order)) == 2


def test_what_postage_took_stays_taken(desk: Desk, ana: Customer) -> None:
    order = split_order(desk, ana)
    failed = failed_part(desk, order)
    RefundLine.objects.filter(refund=failed).update(withheld="1.000", withheld_tax="0.160")
    made = retry_refund(failed)
    assert [(str(line.withheld), str(line.withheld_tax)) for line in made.lines.all()] == [("1.000", "0.160")]


def test_goods_that_went_back_otherwise_are_not_paid_for_again(desk: Desk, ana: Customer) -> None:
    cart = goods.full_cart(ana, {goods.variant(ana.merchant): 2})
    order = goods.draft(cart)
    desk.pay(start_checkout(order).provider_session)
    deliver(desk)
    mug = order.lines.get()
    refund_lines(order, lines={mug.pk: 2}, request="a")
    send_refunds()
    desk.finish_refund(desk.every("refund")[0]["id"], failed=True)
    deliver(desk)
    refund_lines(order, lines={mug.pk: 1}, request="b")
    with pytest.raises(NothingToRefund, match="otherwise"):
        retry_refund(Refund.objects.get(state="failed"))
    assert breaches() == []
