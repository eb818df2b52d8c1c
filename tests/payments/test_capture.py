"""Money that is reserved with the order and taken when a parcel leaves: once, in part, not at all, and too late."""

import contextlib
import datetime as dt
from threading import Thread

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.test import Client
from django_scopes import scope, scopes_disabled

from apps.carts.money import money
from apps.catalog.models import Variant
from apps.customers.models import Customer
from apps.insights.models import CustomerFigures
from apps.insights.reckon import reckon_figures
from apps.merchants import clock
from apps.merchants.invariants import run_all
from apps.merchants.models import Merchant
from apps.orders.actions import ship_order
from apps.payments.actions import (
    AmountChanged,
    NothingReserved,
    NotTaken,
    cancel_order,
    left_to_refund,
    reconcile,
    refund_lines,
    refund_order,
    reserved_of,
    start_checkout,
    take_reserved,
)
from apps.payments.inbox import run_due
from apps.payments.models import Capture, Payment, PaymentAccount, Refund
from apps.sandbox.stripe_api import captures
from tests import factories
from tests.carts import goods
from tests.loyalty import club
from tests.loyalty.club import shown

from .desk import NAME, Desk
from .story import deliver, fresh, linked, told


@pytest.fixture
def eve(ana: Customer) -> Customer:
    """A shopper of a shop that takes the money when goods leave."""
    PaymentAccount.objects.update(captures_on_shipping=True)
    return ana


def true() -> bool:
    """The books are in order."""
    return [found for found in run_all() if not found["ok"]] == []


def reserved(desk: Desk, customer: Customer, variants: dict[Variant, int] | None = None) -> Payment:
    """Reserved at the hosted page and confirmed by its events."""
    payment = linked(customer, variants)
    assert desk.pay(payment.provider_session) == "paid"
    deliver(desk)
    payment.refresh_from_db()
    return payment


def taken(desk: Desk) -> list[int]:
    """What was really taken of each charge, in minor units, less what was given back after that."""
    return [
        charge["amount"] - charge["amount_refunded"] if charge["captured"] else 0 for charge in desk.every("charge")
    ]


def two_mugs_and_a_lamp(customer: Customer) -> dict[Variant, int]:
    return {goods.variant(customer.merchant, "Mug"): 2, goods.variant(customer.merchant, "Lamp", price="30.00"): 1}


def test_the_order_is_placed_with_the_money_only_reserved(desk: Desk, eve: Customer) -> None:
    payment = reserved(desk, eve)
    order = fresh(payment.order)
    assert (payment.state, order.status, order.payment_status) == ("authorised", "placed", "authorised")
    assert (payment.authorised, payment.captured) == (order.total.amount, 0)
    assert dt.timedelta(days=6) < payment.capture_before - clock.now() <= dt.timedelta(days=7)
    assert told(order) == ["drafted", "placed", "authorised"]
    assert (reserved_of(order), taken(desk), true()) == (order.total, [0], True)


def test_the_first_parcel_takes_it_once(desk: Desk, eve: Customer) -> None:
    payment = reserved(desk, eve)
    ship_order(payment.order, carrier="DHL", tracking_number="1")
    for _turn in range(3):
        run_due()
        deliver(desk)
    order = fresh(payment.order)
    payment.refresh_from_db()
    assert (payment.state, payment.captured, order.payment_status) == ("succeeded", order.total.amount, "paid")
    assert told(order) == ["drafted", "placed", "authorised", "shipped", "paid", "captured"]
    assert [(each.state, each.amount) for each in Capture.objects.all()] == [("done", order.total)]
    assert (taken(desk), reserved_of(order), true()) == ([1690], money(0, "EUR"), True)


def test_the_first_of_two_parcels_takes_all_that_was_not_let_go(desk: Desk, eve: Customer) -> None:
    payment = reserved(desk, eve, two_mugs_and_a_lamp(eve))
    order = payment.order
    mugs, lamp = order.lines.order_by("pk")
    back = refund_lines(order, lines={mugs.pk: 1}, drop=True)
    assert (back.is_release, back.state, back.amount) == (True, "done", money("12.00", "EUR"))
    assert (taken(desk), fresh(order).payment_status) == ([0], "authorised")
    ship_order(order, carrier="DHL", lines={lamp.pk: 1})
    run_due()
    deliver(desk)
    payment.refresh_from_db()
    left = order.total - back.amount
    assert (payment.captured, taken(desk)) == (left.amount, [int(left.amount * 100)])
    assert (fresh(order).payment_status, left_to_refund(order)) == ("paid", left)
    ship_order(order, carrier="DHL")
    run_due()
    deliver(desk)
    assert (Capture.objects.count(), Refund.objects.count(), fresh(order).payment_status) == (1, 1, "paid")
    assert told(order) == [
        "drafted", "placed", "authorised", "dropped", "released", "shipped", "paid", "captured", "shipped",
    ]  # fmt: skip
    assert true()


def test_after_it_was_taken_money_goes_back_as_always(desk: Desk, eve: Customer) -> None:
    payment = reserved(desk, eve, two_mugs_and_a_lamp(eve))
    mugs, lamp = payment.order.lines.order_by("pk")
    refund_lines(payment.order, lines={mugs.pk: 1}, drop=True)
    ship_order(payment.order, carrier="DHL")
    run_due()
    back = refund_lines(payment.order, lines={lamp.pk: 1})
    run_due()
    deliver(desk)
    back.refresh_from_db()
    assert (back.is_release, back.state, back.amount) == (False, "done", money("30.00", "EUR"))
    assert fresh(payment.order).payment_status == "partly_refunded"
    refund_order(payment.order)
    run_due()
    deliver(desk)
    assert (fresh(payment.order).payment_status, taken(desk), true()) == ("refunded", [0], True)


def test_a_cancelled_order_lets_it_go(desk: Desk, eve: Customer) -> None:
    payment = reserved(desk, eve)
    cancel_order(payment.order)
    run_due()
    deliver(desk)
    order = fresh(payment.order)
    payment.refresh_from_db()
    assert (payment.state, order.status, order.payment_status) == ("released", "cancelled", "none")
    assert told(order) == ["drafted", "placed", "authorised", "cancelled", "released"]
    assert (desk.every("payment_intent")[0]["status"], taken(desk), true()) == ("canceled", [0], True)


def test_a_person_takes_it_before_and_only_what_they_saw(desk: Desk, eve: Customer) -> None:
    payment = reserved(desk, eve)
    with pytest.raises(AmountChanged):
        take_reserved(payment.order, agreed=money("1.00", "EUR"))
    first = take_reserved(payment.order, agreed=payment.amount)
    assert take_reserved(payment.order) == first
    run_due()
    assert taken(desk) == [1690]
    with pytest.raises(NothingReserved):
        take_reserved(payment.order)
    deliver(desk)
    assert (fresh(payment.order).payment_status, true()) == ("paid", True)


def test_a_lost_answer_is_looked_up_and_not_taken_twice(desk: Desk, eve: Customer) -> None:
    payment = reserved(desk, eve)
    take_reserved(payment.order)
    desk.fault("lost", seconds=0)
    run_due()
    assert (Capture.objects.get().state, taken(desk)) == ("unknown", [1690])
    Capture.objects.update(due_at=clock.now())
    run_due()
    assert Capture.objects.get().state == "done"
    assert len([call for call in desk.calls if call.endswith("/capture")]) == 1
    assert (taken(desk), fresh(payment.order).payment_status, true()) == ([1690], "paid", True)


def test_while_the_provider_is_silent_it_is_asked_again_under_the_same_name(desk: Desk, eve: Customer) -> None:
    payment = reserved(desk, eve)
    take_reserved(payment.order)
    desk.fault("server_error", times=1)
    run_due()
    assert (Capture.objects.get().state, taken(desk)) == ("unknown", [0])
    Capture.objects.update(due_at=clock.now())
    run_due()
    assert (taken(desk), fresh(payment.order).payment_status, true()) == ([1690], "paid", True)


def test_a_capture_that_is_refused_is_told_to_the_shop(desk: Desk, eve: Customer) -> None:
    payment = reserved(desk, eve)
    desk.store.set_setting("stripe_capture_refuses", "The authorization has expired.")
    ship_order(payment.order, carrier="DHL")
    run_due()
    order = fresh(payment.order)
    assert (told(order)[-1], order.payment_status) == ("capture_failed", "authorised")
    run_due()
    assert [each.state for each in Capture.objects.all()] == ["failed"]
    assert true()
    desk.store.set_setting("stripe_capture_refuses", "")
    take_reserved(order)
    run_due()
    assert [each.state for each in Capture.objects.order_by("pk")] == ["failed", "done"]
    assert (fresh(order).payment_status, taken(desk), true()) == ("paid", [1690], True)


def test_what_was_to_go_back_of_money_that_was_refused_is_let_go(desk: Desk, eve: Customer) -> None:
    payment = reserved(desk, eve, two_mugs_and_a_lamp(eve))
    mugs, _ = payment.order.lines.order_by("pk")
    take_reserved(payment.order)
    back = refund_lines(payment.order, lines={mugs.pk: 1}, drop=True)
    desk.store.set_setting("stripe_capture_refuses", "The bank does not want to.")
    run_due()
    back.refresh_from_db()
    assert (back.is_release, back.state, reserved_of(payment.order)) == (True, "done", payment.amount - back.amount)
    desk.store.set_setting("stripe_capture_refuses", "")
    take_reserved(payment.order)
    run_due()
    deliver(desk)
    left = int((payment.amount - back.amount).amount * 100)
    assert (taken(desk), fresh(payment.order).payment_status, true()) == ([left], "paid", True)


def test_the_invoice_comes_with_the_money_and_is_credited_for_what_was_let_go(desk: Desk, eve: Customer) -> None:
    payment = reserved(desk, eve, two_mugs_and_a_lamp(eve))
    order = payment.order
    mugs, _ = order.lines.order_by("pk")
    refund_lines(order, lines={mugs.pk: 1}, drop=True)
    assert order.documents.count() == 0
    ship_order(order, carrier="DHL")
    run_due()
    written = [(each.kind, each.gross) for each in order.documents.order_by("pk")]
    assert written == [("invoice", order.total), ("credit_note", money("12.00", "EUR"))]
    assert true()


def run_out(desk: Desk) -> None:
    """Its seven days are over."""
    charge = desk.every("charge")[-1]
    details = charge["payment_method_details"]
    details["card"]["capture_before"] = 1
    desk.change("charge", charge["id"], payment_method_details=details)


def test_what_has_run_out_is_told_to_the_shop(desk: Desk, eve: Customer) -> None:
    payment = reserved(desk, eve)
    run_out(desk)
    Payment.objects.update(created_at=clock.now() - dt.timedelta(days=8), checked_at=clock.now() - dt.timedelta(days=1))
    reconcile()
    order = fresh(payment.order)
    payment.refresh_from_db()
    assert (payment.state, order.status, order.payment_status) == ("released", "placed", "none")
    assert told(order) == ["drafted", "placed", "authorised", "capture_failed"]
    with pytest.raises(NothingReserved):
        take_reserved(order)
    ship_order(order, carrier="DHL")
    run_due()
    deliver(desk)
    assert (taken(desk), told(order).count("capture_failed"), true()) == ([0], 1, True)


def test_what_has_run_out_leaves_no_points_no_thanks_and_no_customer_s_worth(
    desk: Desk, eve: Customer, client: Client
) -> None:
    club.programme(eve.merchant, first_order_bonus=50)
    member = club.member(eve.merchant, customer=eve)
    payment = reserved(desk, eve)
    reckon_figures()
    assert (shown(member), CustomerFigures.objects.count()) == ((0, 62, 62), 1)
    run_out(desk)
    Payment.objects.update(created_at=clock.now() - dt.timedelta(days=8), checked_at=clock.now() - dt.timedelta(days=1))
    reconcile()
    reckon_figures()
    assert (shown(member), CustomerFigures.objects.count(), true()) == ((0, 0, 0), 0, True)
    page = client.get(f"/pay/{payment.order.public_id}/").content.decode()
    assert ("No longer reserved" in page, "thank you" in page) == (True, False)


def test_what_runs_out_while_it_is_taken_is_told_once(desk: Desk, eve: Customer) -> None:
    payment = reserved(desk, eve)
    run_out(desk)
    ship_order(payment.order, carrier="DHL")
    run_due()
    deliver(desk)
    run_due()
    order = fresh(payment.order)
    assert (told(order)[3:], order.payment_status) == (["shipped", "capture_failed"], "none")
    assert ([each.state for each in Capture.objects.all()], true()) == (["failed"], True)


def test_a_second_reservation_is_let_go(desk: Desk, eve: Customer) -> None:
    """Paid at the old page after it was replaced: the second is no second payment."""
    first = linked(eve)
    Payment.objects.filter(pk=first.pk).update(state="expired")
    second = start_checkout(first.order)
    assert (desk.pay(first.provider_session), desk.pay(second.provider_session)) == ("paid", "paid")
    deliver(desk)
    run_due()
    deliver(desk)
    states = sorted(Payment.objects.values_list("state", flat=True))
    assert (states, fresh(first.order).payment_status, true()) == (["authorised", "released"], "authorised", True)
    ship_order(first.order, carrier="DHL")
    run_due()
    deliver(desk)
    assert (sorted(taken(desk)), fresh(first.order).payment_status, true()) == ([0, 1690], "paid", True)


def test_reserved_money_does_not_become_credit(desk: Desk, eve: Customer) -> None:
    payment = reserved(desk, eve)
    with pytest.raises(NotTaken):
        refund_order(payment.order, to_credit=True)
    assert (Refund.objects.count(), reserved_of(payment.order)) == (0, payment.amount)


def test_a_refund_while_it_is_taken_waits_and_then_goes_back(desk: Desk, eve: Customer) -> None:
    payment = reserved(desk, eve)
    take_reserved(payment.order)
    back = refund_order(payment.order)
    assert (back.is_release, back.state) == (False, "pending")
    run_due()
    Refund.objects.update(due_at=clock.now())
    run_due()
    deliver(desk)
    assert (fresh(payment.order).payment_status, taken(desk), true()) == ("refunded", [0], True)


def test_what_is_handed_over_in_the_chat_is_paid_at_once(desk: Desk, eve: Customer) -> None:
    variant = goods.variant(eve.merchant)
    variant.product.comes_as = "digital"
    variant.product.save()
    payment = linked(eve, {variant: 1})
    assert payment.captures_on_shipping is False


def test_taken_at_the_providers_own_desk_it_counts_too(desk: Desk, eve: Customer) -> None:
    payment = reserved(desk, eve)
    with desk.store.write():
        captures.capture(desk.store, desk.account, payment.provider_payment, {"amount_to_capture": "1000"})
    deliver(desk)
    order = fresh(payment.order)
    assert (order.payment_status, left_to_refund(order), true()) == ("partly_paid", money("10.00", "EUR"), True)


def test_the_database_keeps_it_within(desk: Desk, eve: Customer) -> None:
    payment = reserved(desk, eve)
    mine = Payment.objects.filter(pk=payment.pk)
    for wrong in ({"captured": F("authorised") + 1}, {"refunded": 1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            mine.update(**wrong)
    take_reserved(payment.order)
    run_due()
    with pytest.raises(IntegrityError), transaction.atomic():
        mine.update(refunded=F("captured") + 1)
    capture = Capture.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Capture.objects.create(merchant=eve.merchant, payment=payment, amount=capture.amount)
    assert true()
    mine.update(captured=1)
    assert not true()


def test_without_the_setting_nothing_is_reserved(desk: Desk, ana: Customer) -> None:
    payment = reserved(desk, ana)
    assert (payment.state, payment.captures_on_shipping, payment.authorised) == ("succeeded", False, payment.captured)


@pytest.mark.django_db(transaction=True)
def test_two_people_and_two_workers_take_it_once(merchant: Merchant, desk: Desk) -> None:
    """Each in a transaction of their own: one capture, one call, and asked at once."""
    with scope(merchant=merchant):
        PaymentAccount.objects.create(
            merchant=merchant, provider="stripe", name=NAME, config=desk.config, captures_on_shipping=True
        )
        payment = reserved(desk, factories.customer(merchant))
        ship_order(payment.order, carrier="DHL")
    seen: list[object] = []

    def press() -> None:
        with scope(merchant=merchant), contextlib.suppress(NothingReserved):
            seen.append(take_reserved(payment.order, agreed=payment.amount).pk)
        connection.close()

    def work() -> None:
        run_due()
        connection.close()

    threads = [Thread(target=act) for act in (press, work, press, work)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while run_due():
        pass
    deliver(desk)
    with scope(merchant=merchant):
        assert [(each.state, each.amount) for each in Capture.objects.all()] == [("done", payment.amount)]
        assert (fresh(payment.order).payment_status, told(payment.order).count("captured")) == ("paid", 1)
    with scopes_disabled():
        assert true()
    assert (taken(desk), len([call for call in desk.calls if call.endswith("/capture")])) == ([1690], 1)
