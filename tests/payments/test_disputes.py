"""Disputes: told in any order, answered once, and never paid back twice."""

import datetime as dt
import itertools
from functools import reduce
from threading import Thread

import pytest
from django.db import connection
from django_scopes import scope
from hypothesis import given
from hypothesis import strategies as st

from apps.carts.money import money
from apps.customers.models import Customer
from apps.merchants import clock
from apps.merchants.invariants import run_all
from apps.merchants.models import Merchant
from apps.orders.models import Order
from apps.payments.actions import (
    AnsweredOtherwise,
    DisputeOver,
    MoneyDisputed,
    OnlyAsked,
    accept_dispute,
    answer_dispute,
    cancel_order,
    refund_lines,
    refund_order,
    save_evidence,
    send_answers,
)
from apps.payments.actions.claims import later
from apps.payments.inbox import run_due
from apps.payments.models import Dispute, Payment, PaymentAccount
from apps.payments.provider import Claim, Stand
from tests import factories

from .desk import NAME, Desk
from .story import deliver, fresh, paid
from .test_fold_order import NOON

SAID = {"name": "Ana", "carrier": "DHL", "tracking_number": "00340", "explanation": "It was delivered."}


def claim(stand: Stand, *, moves: int, answers: int = 0, inquiry: bool = False) -> Claim:
    taken = {0: "0", 1: "20.00", 2: "0"}[moves]
    return Claim(
        "dp", "fraudulent", stand, inquiry, money("20.00", "EUR"), NOON, NOON, answers, moves, money(taken, "EUR"),
        money("15.00" if moves else "0", "EUR"),
    )  # fmt: skip


# An inquiry, answered in vain; the bank takes the money, it is answered again, and won.
TELLINGS = (
    claim(Stand.OPEN, moves=0, inquiry=True),
    claim(Stand.REVIEW, moves=0, answers=1, inquiry=True),
    claim(Stand.OPEN, moves=1),
    claim(Stand.REVIEW, moves=1, answers=1),
    claim(Stand.WON, moves=1, answers=1),
    claim(Stand.WON, moves=2, answers=1),
)


def test_in_every_order_the_tellings_of_a_dispute_come_to_the_last() -> None:
    assert {reduce(later, order) for order in itertools.permutations(TELLINGS)} == {TELLINGS[-1]}


@given(st.permutations(TELLINGS), st.lists(st.sampled_from(TELLINGS), max_size=12))
def test_repeats_change_nothing(order: list[Claim], repeats: list[Claim]) -> None:
    assert reduce(later, [*order, *repeats]) == TELLINGS[-1]


def stand(order: Order) -> tuple[str, str, str, str]:
    row = Dispute.objects.get()
    return fresh(order).payment_status, row.state, str(row.withheld), str(row.fee)


@pytest.mark.parametrize("turn", [0, 1, 2, 3])
def test_events_of_a_dispute_in_any_order_and_repeated_end_the_same(desk: Desk, ana: Customer, turn: int) -> None:
    payment = paid(desk, ana)
    ref = desk.dispute(payment.provider_payment)
    desk.decide_dispute(ref, won=True)
    events = [event for event in desk.new_events() if event["type"].startswith("charge.dispute.")]
    assert [event["type"].rpartition(".")[2] for event in events] == [
        "created",
        "funds_withdrawn",
        "closed",
        "funds_reinstated",
    ]
    for event in events[turn:] + events[:turn] + events[::-1]:
        assert desk.tell(event) == 200
        run_due()
    assert stand(payment.order) == ("paid", "won", "€0.00", "€15.00")


def test_late_news_do_not_open_a_decided_dispute_again(desk: Desk, ana: Customer) -> None:
    payment = paid(desk, ana)
    ref = desk.dispute(payment.provider_payment)
    deliver(desk)
    before = desk.every("dispute")[0]
    assert stand(payment.order) == ("disputed", "open", "€16.90", "€15.00")
    desk.lose_dispute(ref)
    deliver(desk)
    assert stand(payment.order) == ("lost", "lost", "€16.90", "€15.00")
    desk.change("dispute", ref, **before)
    for event in desk.events()[-3:]:
        desk.tell(event | {"id": f"{event['id']}x"})
    run_due()
    assert stand(payment.order) == ("lost", "lost", "€16.90", "€15.00")


def test_an_inquiry_takes_no_money_until_the_bank_does(desk: Desk, ana: Customer) -> None:
    payment = paid(desk, ana)
    ref = desk.dispute(payment.provider_payment, inquiry=True, reason="unrecognized")
    deliver(desk)
    assert stand(payment.order) == ("paid", "open", "€0.00", "€0.00")
    with pytest.raises(OnlyAsked):
        accept_dispute(Dispute.objects.get())
    answer_dispute(Dispute.objects.get(), SAID)
    send_answers()
    deliver(desk)
    assert stand(payment.order) == ("paid", "review", "€0.00", "€0.00")
    desk.escalate(ref)
    deliver(desk)
    assert stand(payment.order) == ("disputed", "open", "€16.90", "€15.00")
    assert Dispute.objects.get().is_to_answer
    answer_dispute(Dispute.objects.get(), SAID)
    send_answers()
    desk.decide_dispute(ref, won=True)
    deliver(desk)
    assert stand(payment.order) == ("paid", "won", "€0.00", "€15.00")
    assert [len(told) for told in (desk.every("dispute"), Dispute.objects.all())] == [1, 1]


def disputed(desk: Desk, ana: Customer, **how: bool) -> tuple[Payment, Dispute]:
    payment = paid(desk, ana)
    desk.dispute(payment.provider_payment, **how)
    deliver(desk)
    return payment, Dispute.objects.get()


def handed_in(desk: Desk) -> tuple[str, int, dict[str, str]]:
    found = desk.every("dispute")[0]
    return found["status"], found["evidence_details"]["submission_count"], found["evidence"]


def test_evidence_is_kept_as_a_draft_and_then_handed_in(desk: Desk, ana: Customer) -> None:
    payment, dispute = disputed(desk, ana)
    save_evidence(dispute, SAID | {"explanation": " Later. "}, sends_invoice=False)
    dispute.refresh_from_db()
    assert (dispute.evidence["explanation"], handed_in(desk)[:2]) == ("Later.", ("needs_response", 0))
    answer_dispute(dispute, SAID | {"conversation": "Ana: it is here"}, sends_invoice=False)
    send_answers()
    assert handed_in(desk) == (
        "under_review",
        1,
        {
            "customer_name": "Ana",
            "shipping_carrier": "DHL",
            "shipping_tracking_number": "00340",
            "uncategorized_text": "It was delivered.\n\nAna: it is here",
        },
    )
    assert stand(payment.order)[:2] == ("disputed", "review")
    with pytest.raises(AnsweredOtherwise):
        accept_dispute(dispute)
    with pytest.raises(AnsweredOtherwise):
        save_evidence(dispute, {})
    assert [found["name"] for found in run_all() if not found["ok"]] == []


def test_the_invoice_goes_along_as_a_file(desk: Desk, ana: Customer) -> None:
    shop = ana.merchant
    shop.legal_name, shop.postal_address, shop.tax_number, shop.issues_invoices = "Shop Ltd", "Road 1", "DE1", True
    shop.save()
    _payment, dispute = disputed(desk, ana)
    answer_dispute(dispute, SAID)
    send_answers()
    file = desk.every("file")[0]
    assert (file["purpose"], file["type"], file["filename"][:4]) == ("dispute_evidence", "pdf", "INV-")
    assert handed_in(desk)[2]["receipt"] == file["id"]


def test_a_lost_answer_is_handed_in_once(desk: Desk, ana: Customer) -> None:
    _payment, dispute = disputed(desk, ana)
    answer_dispute(dispute, SAID)
    desk.fault("lost", seconds=0)
    assert (send_answers(), send_answers(), Dispute.objects.get().done_at) == (1, 0, None)
    with clock.at(clock.now() + dt.timedelta(minutes=2)):
        assert send_answers() == 1
        assert send_answers() == 0
    assert (handed_in(desk)[:2], Dispute.objects.get().done_at is None) == (("under_review", 1), False)
    assert [event["type"] for event in desk.events()].count("charge.dispute.updated") == 1


def test_a_provider_that_is_away_for_days_is_told_every_hour(desk: Desk, ana: Customer) -> None:
    _payment, dispute = disputed(desk, ana)
    answer_dispute(dispute, SAID)
    Dispute.objects.update(attempts=100)
    desk.fault("lost", seconds=0)
    assert send_answers() == 1
    row = Dispute.objects.get()
    assert (row.attempts, row.done_at) == (101, None)
    assert dt.timedelta(minutes=59) < row.due_at - clock.now() <= dt.timedelta(hours=1)


def test_what_the_provider_refuses_can_be_answered_again(desk: Desk, ana: Customer) -> None:
    _payment, dispute = disputed(desk, ana)
    desk.change("dispute", dispute.provider_ref, status="under_review")
    answer_dispute(dispute, SAID)
    send_answers()
    desk.change("dispute", dispute.provider_ref, status="needs_response")
    row = Dispute.objects.get()
    assert (row.wish, row.is_to_answer, row.evidence["carrier"], bool(row.error)) == ("", True, "DHL", True)
    answer_dispute(row, SAID)
    send_answers()
    assert (handed_in(desk)[:2], Dispute.objects.get().error) == (("under_review", 1), "")


def test_accepted_it_is_lost_and_twice_is_once(desk: Desk, ana: Customer) -> None:
    payment, dispute = disputed(desk, ana)
    accept_dispute(dispute)
    accept_dispute(dispute)
    assert (send_answers(), stand(payment.order)) == (1, ("lost", "lost", "€16.90", "€15.00"))
    with pytest.raises(AnsweredOtherwise):
        answer_dispute(dispute, SAID)


def test_after_its_time_nothing_is_handed_in(desk: Desk, ana: Customer) -> None:
    _payment, dispute = disputed(desk, ana)
    with clock.at(clock.now() + dt.timedelta(days=8)), pytest.raises(DisputeOver):
        answer_dispute(dispute, SAID)
    assert Dispute.objects.get().wish == ""


def test_a_disputed_payment_is_not_paid_back_and_why_is_said(desk: Desk, ana: Customer) -> None:
    payment, dispute = disputed(desk, ana)
    order = payment.order
    lines = {line.pk: line.quantity for line in order.lines.all()}
    with pytest.raises(MoneyDisputed) as refused:
        refund_order(order)
    assert str(refused.value) == (
        f"The bank has taken this payment of order {order.number} back for its cardholder, so it cannot be paid back "
        "here: it would go back twice. Answer the dispute or accept it."
    )
    with pytest.raises(MoneyDisputed):
        refund_lines(order, lines=lines)
    desk.decide_dispute(dispute.provider_ref, won=True)
    deliver(desk)
    refund_order(order)
    run_due()
    assert fresh(order).payment_status == "refunded"


def test_calling_off_a_disputed_order_leaves_the_money_to_the_bank(desk: Desk, ana: Customer) -> None:
    payment, _dispute = disputed(desk, ana)
    cancel_order(payment.order)
    run_due()
    assert (fresh(payment.order).status, desk.every("refund")) == ("cancelled", [])


@pytest.mark.django_db(transaction=True)
def test_two_people_answer_at_once_and_it_is_handed_in_once(desk: Desk, merchant: Merchant) -> None:
    with scope(merchant=merchant):
        PaymentAccount.objects.create(merchant=merchant, provider="stripe", name=NAME, config=desk.config)
        _payment, dispute = disputed(desk, factories.customer(merchant))
    ended: list[str] = []

    def press(way: str) -> None:
        try:
            with scope(merchant=merchant):
                done = answer_dispute(dispute, SAID) if way == "answer" else accept_dispute(dispute)
                ended.append(done.wish)
        except AnsweredOtherwise:
            ended.append("refused")
        finally:
            connection.close()

    people = [Thread(target=press, args=(way,)) for way in ["answer", "accept"] * 3]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert sorted(ended) in (["accept"] * 3 + ["refused"] * 3, ["answer"] * 3 + ["refused"] * 3)
    made = [call for call in desk.calls if call.startswith("POST /v1/disputes/")]
    assert (len(made), handed_in(desk)[1] <= 1) == (1, True)


def test_the_check_would_see_a_dispute_that_the_books_do_not_know(desk: Desk, ana: Customer) -> None:
    _payment, dispute = disputed(desk, ana)
    Dispute.objects.filter(pk=dispute.pk).update(state="won")
    (breach,) = [found for found in run_all() if not found["ok"]]
    assert (breach["name"], breach["examples"]) == (
        "payments: disputes are as they were told",
        [f"dispute {dispute.provider_ref} is won, and the books say ['disputed']"],
    )
