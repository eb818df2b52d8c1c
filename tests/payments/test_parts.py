"""Paying back a part: lines and delivery to the minor unit, once whoever asks, never more than is there."""

import datetime as dt
from decimal import Decimal
from threading import Thread
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django_scopes import scope

from apps.carts.money import money
from apps.catalog.models import StockLevel
from apps.customers.models import Customer
from apps.merchants import clock
from apps.merchants.invariants import run_all
from apps.merchants.models import Merchant
from apps.orders.actions import TooMany, ship_order
from apps.orders.models import Order
from apps.payments.actions import (
    AmountChanged,
    MoneyDisputed,
    MoreThanLeft,
    NameOfPart,
    NothingToRefund,
    RefundKnown,
    reconcile,
    refund_lines,
    refund_order,
    send_refunds,
)
from apps.payments.models import PaymentAccount, Refund, RefundLine
from apps.payments.privacy import export_payments
from apps.payments.shares import TooMuch, delivery_left, units_left
from tests import factories
from tests.carts import goods

from .desk import NAME, Desk
from .story import deliver, fresh, paid, told


def euros(amount: str) -> Any:
    return money(amount, "EUR")


def of_three(desk: Desk, customer: Customer) -> Order:
    """Three mugs for 10.00 each and a lamp for 7.01, 4.90 for the parcel; 19 % inside."""
    goods.vat(customer.merchant)
    mug = goods.variant(customer.merchant, price="10.00")
    lamp = goods.variant(customer.merchant, "Desk lamp", price="7.01")
    return paid(desk, customer, {mug: 3, lamp: 1}).order


def some(order: Order, **quantities: int) -> dict[int, int]:
    mug, lamp = order.lines.order_by("pk").values_list("pk", flat=True)
    return {{"mug": mug, "lamp": lamp}[name]: quantity for name, quantity in quantities.items()}


def breaches() -> list[str]:
    return [finding["name"] for finding in run_all() if not finding["ok"]]


def test_lines_and_delivery_go_back_with_their_tax(desk: Desk, ana: Customer) -> None:
    order = of_three(desk, ana)
    refund = refund_lines(order, lines=some(order, mug=2, lamp=0), delivery=euros("4.90"), reason="scratched")
    send_refunds()
    refund.refresh_from_db()
    assert (str(refund.amount), refund.state, refund.delivery, refund.delivery_tax, refund.tax) == (
        "€24.90",
        "done",
        Decimal("4.90"),
        Decimal("0.78"),
        Decimal("3.97"),
    )
    assert list(refund.lines.values_list("quantity", "amount", "tax")) == [(2, Decimal("20.00"), Decimal("3.19"))]
    assert (fresh(order).payment_status, [r["amount"] for r in desk.every("refund")]) == ("partly_refunded", [2490])
    event = order.events.get(kind="refunded")
    assert (event.data["goods"], event.data["delivery"]) == (["2 × Blue mug"], True)
    assert [(str(line), left) for line, left in units_left(order)] == [("3 × Blue mug", 1), ("1 × Desk lamp", 1)]
    assert (str(delivery_left(order)), breaches()) == ("€0.00", [])
    assert export_payments(ana)[0]["refunds"] == [
        {"amount": "24.900", "state": "done", "lines": [{"title": "Blue mug", "quantity": 2, "amount": "20.000"}]}
    ]


def test_thirds_add_up_and_the_last_takes_the_remainder(desk: Desk, ana: Customer) -> None:
    goods.vat(ana.merchant, is_inclusive=False)
    order = paid(desk, ana, {goods.variant(ana.merchant, price="3.33"): 3}).order
    line = order.lines.get()
    assert str(line.line_total + line.tax_amount) == "€11.89"
    for _ in range(3):
        refund_lines(order, lines={line.pk: 1})
    refund_lines(order, lines={}, delivery=euros("5.83"))
    assert list(RefundLine.objects.order_by("pk").values_list("amount", "tax")) == [
        (Decimal("3.96"), Decimal("0.63")),
        (Decimal("3.97"), Decimal("0.64")),
        (Decimal("3.96"), Decimal("0.63")),
    ]
    send_refunds()
    assert (fresh(order).payment_status, sum(r.amount.amount for r in Refund.objects.all())) == (
        "refunded",
        order.total.amount,
    )
    with pytest.raises(TooMany):
        refund_lines(order, lines={line.pk: 1})
    with pytest.raises(NothingToRefund):
        refund_lines(order, lines={})


def test_the_rest_goes_back_in_full_and_names_its_lines(desk: Desk, ana: Customer) -> None:
    order = of_three(desk, ana)
    refund_lines(order, lines=some(order, mug=1))
    rest = refund_order(order)
    assert (str(rest.amount), rest.delivery, list(rest.lines.values_list("quantity", flat=True))) == (
        "€31.91",
        Decimal("4.90"),
        [2, 1],
    )
    assert (refund_order(order), units_left(order), breaches()) == (rest, [], [])


def test_money_given_back_at_the_providers_desk_is_not_given_back_again(desk: Desk, ana: Customer) -> None:
    order = of_three(desk, ana)
    desk.refund({"payment_intent": order.payments.get().provider_payment, "amount": 1000})
    deliver(desk)
    refund = refund_lines(order, lines=some(order, mug=3, lamp=1), delivery=euros("4.90"))
    send_refunds()
    assert (str(refund.amount), fresh(order).payment_status, breaches()) == ("€31.91", "refunded", [])


def test_what_is_not_sent_any_more_is_for_sale_again(desk: Desk, ana: Customer) -> None:
    order = of_three(desk, ana)
    ship_order(order, carrier="DHL", tracking_number="1", lines=some(order, mug=2))
    refund_lines(order, lines=some(order, mug=2, lamp=1), drop=True)
    assert (fresh(order).fulfilment_status, list(order.lines.values_list("shipped", "dropped"))) == (
        "shipped",
        [(2, 1), (0, 1)],
    )
    assert list(StockLevel.objects.order_by("pk").values_list("on_hand", "allocated", "held")) == [
        (8, 0, 0),
        (10, 0, 0),
    ]
    assert breaches() == []


def test_an_order_of_which_nothing_is_left_is_called_off(desk: Desk, ana: Customer) -> None:
    order = of_three(desk, ana)
    refund_lines(order, lines=some(order, mug=3), drop=True)
    refund_lines(order, lines=some(order, lamp=1), delivery=euros("4.90"), drop=True)
    send_refunds()
    assert (fresh(order).status, order.payment_status, told(order)[3:]) == (
        "cancelled",
        "refunded",
        ["dropped", "dropped", "cancelled", "refunded", "refunded"],
    )
    assert breaches() == []


def test_goods_may_be_given_back_and_sent_all_the_same(desk: Desk, ana: Customer) -> None:
    order = of_three(desk, ana)
    refund_lines(order, lines=some(order, lamp=1))
    ship_order(order, carrier="DHL", tracking_number="1")
    assert (fresh(order).fulfilment_status, breaches()) == ("shipped", [])


def test_attack_43_more_than_there_is_is_refused(desk: Desk, ana: Customer) -> None:
    order = of_three(desk, ana)
    for lines in (some(order, mug=4), some(order, mug=-1), {10**9: 1}):
        with pytest.raises(TooMany):
            refund_lines(order, lines=lines)
    for delivery in ("4.91", "-1"):
        with pytest.raises(TooMuch):
            refund_lines(order, lines={}, delivery=euros(delivery))
    with pytest.raises(AmountChanged) as changed:
        refund_lines(order, lines=some(order, mug=1), agreed=euros("9.99"))
    assert (str(changed.value.amount), Refund.objects.count(), desk.every("refund")) == ("€10.00", 0, [])


def test_attack_43_what_is_disputed_stays_where_it_is(desk: Desk, ana: Customer) -> None:
    order = of_three(desk, ana)
    dispute = desk.dispute(order.payments.get().provider_payment)
    deliver(desk)
    with pytest.raises(MoneyDisputed):
        refund_lines(order, lines=some(order, lamp=1))
    assert Refund.objects.count() == 0
    desk.lose_dispute(dispute)
    deliver(desk)
    with pytest.raises(MoreThanLeft):
        refund_lines(order, lines=some(order, lamp=1))
    assert (fresh(order).payment_status, Refund.objects.count(), breaches()) == ("lost", 0, [])


def test_attack_43_a_refund_that_came_back_can_be_made_again(desk: Desk, ana: Customer) -> None:
    order = of_three(desk, ana)
    refund_lines(order, lines=some(order, mug=3), request="a")
    send_refunds()
    desk.finish_refund(desk.every("refund")[0]["id"], failed=True)
    deliver(desk)
    assert (fresh(order).payment_status, Refund.objects.get().state) == ("paid", "failed")
    refund_lines(order, lines=some(order, mug=3), request="b")
    send_refunds()
    deliver(desk)
    assert (fresh(order).payment_status, [r.state for r in Refund.objects.order_by("pk")]) == (
        "partly_refunded",
        ["failed", "done"],
    )
    assert (told(order)[3:], breaches()) == (["refunded", "refund_failed", "refunded"], [])


def test_attack_43_everything_is_not_asked_for_by_the_name_of_a_part(desk: Desk, ana: Customer) -> None:
    order = of_three(desk, ana)
    refund_lines(order, lines=some(order, mug=1), request="a")
    for agreed in (None, euros("31.91"), euros("10.00")):
        with pytest.raises(NameOfPart, match=r"a refund of .*10\.00"):
            refund_order(order, request="a", agreed=agreed)
    rest = refund_order(order, request="b")
    assert (rest.amount, refund_order(order, request="b"), Refund.objects.count()) == (euros("31.91"), rest, 2)
    with pytest.raises(RefundKnown):
        refund_lines(order, lines=some(order, mug=1), request="b")


@pytest.mark.parametrize("asked_by", ["worker", "webhook", "reconciliation"])
def test_attack_43_equal_amounts_are_told_apart(desk: Desk, ana: Customer, asked_by: str) -> None:
    """One answer was lost and two others of the same amount came: each is known by its own name."""
    order = of_three(desk, ana)
    desk.fault("lost", seconds=0)
    lost = refund_lines(order, lines=some(order, mug=1), request="lost")
    send_refunds()
    lost.refresh_from_db()
    assert lost.state == "unknown"
    desk.refund({"payment_intent": order.payments.get().provider_payment, "amount": 1000})
    other = refund_lines(order, lines=some(order, mug=1), request="other")
    send_refunds()
    with clock.at(clock.now() + dt.timedelta(minutes=30)):
        {"worker": send_refunds, "webhook": lambda: deliver(desk), "reconciliation": reconcile}[asked_by]()
        reconcile()
        send_refunds()
        deliver(desk)
    states = {refund.request or refund.reason: refund.state for refund in Refund.objects.all()}
    assert states == {"lost": "done", "other": "done", "made at the provider": "done"}
    lost.refresh_from_db()
    other.refresh_from_db()
    keys = {refund["id"]: refund["metadata"].get("refund", "") for refund in desk.every("refund")}
    assert [keys[lost.provider_ref][-1 - len(str(lost.pk)) :], len(keys)] == [f":{lost.pk}", 3]
    assert (fresh(order).payment_status, breaches()) == ("partly_refunded", [])


def test_a_lost_answer_of_a_slow_refund_is_not_asked_for_again(desk: Desk, ana: Customer) -> None:
    order = of_three(desk, ana)
    desk.store.set_setting("stripe_refund_status", "pending")
    desk.fault("lost", seconds=0)
    refund = refund_lines(order, lines=some(order, mug=1))
    send_refunds()
    for days in (1, 2, 3):
        with clock.at(clock.now() + dt.timedelta(days=days)):
            send_refunds()
    refund.refresh_from_db()
    (made,) = desk.every("refund")
    assert (refund.state, refund.provider_ref, fresh(order).payment_status) == ("pending", made["id"], "paid")
    desk.finish_refund(made["id"])
    deliver(desk)
    refund.refresh_from_db()
    assert (refund.state, fresh(order).payment_status) == ("done", "partly_refunded")


@pytest.mark.django_db(transaction=True)
def test_attack_43_two_agents_with_the_same_page_pay_back_once(desk: Desk, merchant: Merchant) -> None:
    """Six press the button of the same page, two that of another one: one refund of each, none too many."""
    with scope(merchant=merchant):
        PaymentAccount.objects.create(merchant=merchant, provider="stripe", name=NAME, config=desk.config)
        order = of_three(desk, factories.customer(merchant))
        chosen = some(order, mug=1)
    seen: list[int] = []

    def press(request: str) -> None:
        try:
            with scope(merchant=merchant):
                seen.append(refund_lines(order, lines=chosen, request=request).pk)
        finally:
            connection.close()

    people = [Thread(target=press, args=[request]) for request in ["a"] * 6 + ["b"] * 2]
    for person in people:
        person.start()
    for person in people:
        person.join()
    with scope(merchant=merchant):
        assert (len(seen), len(set(seen)), Refund.objects.count(), len(desk.every("refund"))) == (8, 2, 2, 2)
        with pytest.raises(RefundKnown):
            refund_lines(order, lines=some(order, lamp=1), request="a")
        assert (fresh(order).payment_status, breaches()) == ("partly_refunded", [])


def test_the_database_keeps_parts_within_the_whole(desk: Desk, ana: Customer) -> None:
    order = of_three(desk, ana)
    refund = refund_lines(order, lines=some(order, mug=1), request="a")
    for wrong in ({"delivery": "10.01"}, {"delivery": "-1"}, {"tax": "10.01"}, {"delivery_tax": "9"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Refund.objects.filter(pk=refund.pk).update(**wrong)
    part = {"merchant": ana.merchant, "refund": refund, "amount": 1}
    for wrong in ({"quantity": 0, "amount": 0, "tax": 0}, {"quantity": 1, "tax": 2}):
        with pytest.raises(IntegrityError), transaction.atomic():
            RefundLine.objects.create(line=order.lines.last(), **(part | wrong))
    with pytest.raises(IntegrityError), transaction.atomic():
        Refund.objects.create(merchant=ana.merchant, payment=refund.payment, amount=refund.amount, request="a")


def test_planted_breaches_are_found(desk: Desk, ana: Customer) -> None:
    order = of_three(desk, ana)
    refund = refund_lines(order, lines=some(order, mug=1))
    assert breaches() == []
    RefundLine.objects.update(quantity=4)
    assert breaches() == ["payments: refunds are their parts"]
    RefundLine.objects.update(quantity=1, amount="10.01")
    assert breaches() == ["payments: refunds are their parts"]
    RefundLine.objects.update(amount="10.00")
    Refund.objects.filter(pk=refund.pk).update(tax="1.61")
    assert breaches() == ["payments: refunds are their parts"]
    Refund.objects.filter(pk=refund.pk).update(tax="1.60", amount="50")
    assert breaches() == ["payments: never more back than came"]
