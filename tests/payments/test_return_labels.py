"""Labels of returns: bought once whatever goes wrong, given back when not used, paid for as agreed, read by nobody else."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from threading import Barrier, Thread
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django_scopes import scope
from hypothesis import given
from hypothesis import strategies as st

from apps.carts.money import money
from apps.customers.models import Customer
from apps.merchants import clock
from apps.merchants.invariants import run_all
from apps.merchants.models import Merchant
from apps.orders import labelling
from apps.orders.actions import (
    ReturnMoved,
    TooMany,
    approve_return,
    ask_return,
    cancel_return,
    deliver_order,
    label_again,
    receive_return,
    ship_order,
)
from apps.orders.actions.cancel import lock_return
from apps.orders.documents.label_links import code_url, sheet_url
from apps.orders.models import Order, OrderLine, ReturnLabel, ReturnRequest
from apps.orders.privacy import erase_orders
from apps.orders.unused_labels import drop_labels
from apps.payments.actions import money_for, refund_lines, refund_order, refund_return, send_refunds
from apps.payments.models import RefundLine
from apps.payments.shares import Share, Shares, less
from tests import factories
from tests.carts import goods
from tests.orders.courier import BOOKS, Courier, rules

from .desk import Desk
from .story import fresh, paid, told

State = ReturnLabel.State


@pytest.fixture(params=sorted(BOOKS))
def courier(request: pytest.FixtureRequest) -> Iterator[Courier]:
    played = Courier(request.param)
    yield played
    played.close()


def euros(amount: str) -> Any:
    return money(amount, "EUR")


def arrived(desk: Desk, customer: Customer) -> Order:
    """Three mugs for 10.00 each and a lamp for 7.01, 4.90 for the parcel; here."""
    goods.vat(customer.merchant)
    return arrived_again(desk, customer)


def arrived_again(desk: Desk, customer: Customer) -> Order:
    mug = goods.variant(customer.merchant, price="10.00", weight_grams=400)
    lamp = goods.variant(customer.merchant, "Desk lamp", price="7.01")
    order = paid(desk, customer, {mug: 3, lamp: 1}).order
    ship_order(order, carrier="DHL", tracking_number="1")
    return fresh(deliver_order(order))


def asked(order: Order, *, mugs: int = 1, lamps: int = 0, **fields: Any) -> ReturnRequest:
    mug, lamp = order.lines.order_by("pk").values_list("pk", flat=True)
    return ask_return(order, lines={mug: mugs, lamp: lamps}, **{"reason": "changed_mind", **fields})


def only(request: ReturnRequest) -> ReturnLabel:
    return ReturnLabel.objects.select_related("request__order__merchant").get(request=request)


def later(**time: Any) -> Any:
    return clock.at(clock.now() + dt.timedelta(**time))


def breaches() -> list[str]:
    return [one for found in run_all() for one in found["examples"]]


def test_a_label_is_bought_kept_and_told(desk: Desk, ana: Customer, courier: Courier) -> None:
    rules(ana.merchant, courier)
    request = approve_return(asked(arrived(desk, ana), mugs=2, lamps=1))
    assert (only(request).state, courier.calls) == (State.WANTED, [])  # nobody outside is asked under the lock
    assert labelling.run_due() == 1
    label = only(request)
    (shipment,) = courier.shipments()
    sender, taker = (shipment[side] for side in courier.books.sides)
    assert (label.state, label.carrier, label.cost, bytes(label.sheet)[:5], bytes(label.code)[:4]) == (
        State.READY,
        "DHL",
        euros("4.19"),
        b"%PDF-",
        b"\x89PNG",
    )
    assert (label.tracking_number[:8], sender["name"], taker["street1"]) == ("00340434", "Ana Example", "Lagerweg 1")
    weight = shipment.get("parcel") or shipment["parcels"][0]
    assert weight["weight"] in (45.9, "1300")  # two mugs of 400 g, a lamp of unknown weight counted as 500 g
    assert (labelling.run_due(), courier.bought(), told(request.order)[-2:]) == (
        0,
        [f"{request}-1"],
        ["return_approved", "return_label"],
    )
    assert breaches() == []


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_a_lost_answer_buys_nothing_twice(desk: Desk, ana: Customer, courier: Courier, lost: int) -> None:
    """Making the shipment, buying it, asking for its code: each answer may be lost after it was done."""
    rules(ana.merchant, courier)
    request = approve_return(asked(arrived(desk, ana)))
    lost = min(lost, courier.books.writes)
    if lost > 1:
        courier.fault("slow", times=lost - 1, seconds=0)
    courier.fault("lost", seconds=0)
    labelling.run_due()
    assert only(request).state == State.WANTED
    with later(minutes=5):
        labelling.run_due()
        assert (only(request).state, courier.bought()) == (State.READY, [f"{request}-1"])
        assert breaches() == []


@pytest.mark.django_db(transaction=True)
def test_two_workers_buy_one_label(merchant: Merchant, courier: Courier) -> None:
    with scope(merchant=merchant):
        label = wanted(merchant, courier)
    barrier, done = Barrier(2), []

    def work() -> None:
        try:
            barrier.wait()
            done.append(labelling.run_due())
        finally:
            connection.close()

    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with scope(merchant=merchant):
        assert (sorted(done), only(label.request).state, len(courier.shipments())) == ([0, 1], State.READY, 1)


def wanted(merchant: Merchant, courier: Courier) -> ReturnLabel:
    """Of a return as if it had been approved."""
    account = rules(merchant, courier).account
    goods.vat(merchant)
    order = goods.draft(goods.full_cart(factories.customer(merchant), {goods.variant(merchant): 1}))
    request = ReturnRequest.objects.create(
        merchant=merchant, order=order, position=1, kind="return", state=ReturnRequest.State.APPROVED
    )
    request.lines.create(merchant=merchant, line=order.lines.get(), quantity=1)
    return ReturnLabel.objects.create(merchant=merchant, request=request, account=account)


def test_one_live_label_per_return_says_the_database(desk: Desk, ana: Customer) -> None:
    rules(ana.merchant)
    label = only(approve_return(asked(arrived(desk, ana))))
    with pytest.raises(IntegrityError, match="returnlabel_one_live"), transaction.atomic():
        ReturnLabel.objects.create(
            merchant=ana.merchant, request=label.request, position=2, account=None, state=State.READY
        )


def test_calling_off_gives_the_label_back(desk: Desk, ana: Customer, courier: Courier) -> None:
    rules(ana.merchant, courier)
    request = approve_return(asked(arrived(desk, ana)))
    labelling.run_due()
    cancel_return(request)
    assert only(request).state == State.VOIDING
    labelling.run_due()
    with later(minutes=5):
        labelling.run_due()
    assert (only(request).state, courier.given_back()) == (State.VOID, [f"{request}-1"])
    assert breaches() == []


def test_called_off_while_it_was_being_bought(desk: Desk, ana: Customer, courier: Courier) -> None:
    """The purchase went through and nobody heard of it: it is found and given back."""
    rules(ana.merchant, courier)
    request = approve_return(asked(arrived(desk, ana)))
    courier.fault("slow", seconds=0)
    courier.fault("lost", seconds=0)
    labelling.run_due()
    cancel_return(request)
    with later(minutes=5):
        labelling.run_due()
    assert (only(request).state, courier.bought(), courier.given_back()) == (
        State.VOID,
        [f"{request}-1"],
        [f"{request}-1"],
    )


@pytest.mark.django_db(transaction=True)
def test_given_up_in_the_middle_of_its_purchase_keeps_no_sheet(merchant: Merchant, courier: Courier) -> None:
    with scope(merchant=merchant):
        label = wanted(merchant, courier)

    def give_up() -> None:
        try:
            with scope(merchant=merchant), transaction.atomic():
                drop_labels(lock_return(label.request))
        finally:
            connection.close()

    courier.meanwhile[courier.books.buying] = give_up
    assert labelling.run_due() == 1
    with scope(merchant=merchant):
        kept = only(label.request)
        assert (kept.state, bytes(kept.sheet), bytes(kept.code)) == (State.VOIDING, b"", b"")
        assert (labelling.run_due(), only(label.request).state, courier.given_back()) == (1, State.VOID, [str(label)])


def test_one_label_that_nobody_can_buy_does_not_stop_the_others(desk: Desk, ana: Customer, courier: Courier) -> None:
    """The first order keeps its address in a shape nobody reads."""
    rules(ana.merchant, courier)
    order = arrived(desk, ana)
    first, second = approve_return(asked(order)), approve_return(asked(arrived_again(desk, ana)))
    Order.objects.filter(pk=order.pk).update(shipping_address=[])
    assert labelling.run_due() == 2
    assert (only(first).state, only(first).attempts, only(second).state) == (State.WANTED, 1, State.READY)


def test_what_is_here_needs_no_label(desk: Desk, ana: Customer, courier: Courier) -> None:
    rules(ana.merchant, courier)
    request = approve_return(asked(arrived(desk, ana)))
    courier.is_down = True
    labelling.run_due()
    receive_return(request)
    courier.is_down = False
    with later(minutes=5):
        labelling.run_due()
    assert (only(request).state, courier.bought(), breaches()) == (State.VOID, [], [])


def test_a_no_is_told_and_may_be_tried_again(desk: Desk, ana: Customer, courier: Courier) -> None:
    rules(ana.merchant, courier)
    request = approve_return(asked(arrived(desk, ana)))
    courier.fault("error", code="SHIPMENT.INVALID_PARAMS")
    labelling.run_due()
    assert (only(request).state, told(request.order)[-1]) == (State.FAILED, "return_label_failed")
    assert "SHIPMENT.INVALID_PARAMS" in only(request).error
    again = label_again(request)
    labelling.run_due()
    assert again is not None
    assert list(ReturnLabel.objects.values_list("state", flat=True)) == [State.FAILED, State.READY]


def test_a_carrier_that_never_answers_is_given_up_and_looked_at_once_more(
    desk: Desk, ana: Customer, courier: Courier
) -> None:
    rules(ana.merchant, courier)
    request = approve_return(asked(arrived(desk, ana)))
    courier.fault("slow", seconds=0)
    courier.fault("lost", seconds=0)  # it was bought, and nobody heard of it
    labelling.run_due()
    courier.is_down = True
    for _ in range(labelling.MOST_ATTEMPTS):
        ReturnLabel.objects.update(due_at=clock.now())
        labelling.run_due()
    assert (only(request).state, told(request.order)[-1]) == (State.VOIDING, "return_label_failed")
    courier.is_down = False
    with later(hours=2):
        labelling.run_due()
    assert (only(request).state, courier.bought(), courier.given_back()) == (
        State.VOID,
        [f"{request}-1"],
        [f"{request}-1"],
    )


def test_an_old_label_is_replaced_when_it_is_asked_for(desk: Desk, ana: Customer, courier: Courier) -> None:
    rules(ana.merchant, courier, label_days=14)
    request = approve_return(asked(arrived(desk, ana)))
    labelling.run_due()
    with later(days=13):
        kept = label_again(request)
    with later(days=15):
        fresh_one = label_again(request)
        labelling.run_due()
        labelling.run_due()
    assert kept is not None
    assert fresh_one is not None
    assert (kept.position, fresh_one.position) == (1, 2)
    assert list(ReturnLabel.objects.values_list("state", flat=True)) == [State.VOID, State.READY]


def test_the_parcels_way_moves_the_return(desk: Desk, ana: Customer, courier: Courier) -> None:
    rules(ana.merchant, courier)
    request = approve_return(asked(arrived(desk, ana)))
    labelling.run_due()
    number = only(request).tracking_number
    for status in ("pre_transit", "in_transit", "in_transit", "delivered", "in_transit", "delivered"):
        assert courier.says(number, status) == 200
    request.refresh_from_db()
    assert (request.state, request.way) == ("approved", "arrived")  # that it is here is for the desk to say
    assert told(request.order)[-3:] == ["return_label", "return_underway", "return_arrived"]
    with pytest.raises(ReturnMoved):
        cancel_return(request, by_shopper=True)
    assert (label_again(request), receive_return(request).state) == (None, "received")
    assert breaches() == []


def test_a_used_label_is_not_taken_back(desk: Desk, ana: Customer, courier: Courier) -> None:
    rules(ana.merchant, courier)
    request = approve_return(asked(arrived(desk, ana)))
    labelling.run_due()
    courier.says(only(request).tracking_number, "in_transit")
    cancel_return(request)
    with later(minutes=5):
        labelling.run_due()
    assert (only(request).state, only(request).error[:16], courier.given_back()) == (State.VOID, "not given back: ", [])


def test_at_once_means_nobody_is_asked(desk: Desk, ana: Customer) -> None:
    rules(ana.merchant, at_once=True)
    order = arrived(desk, ana)
    request = asked(order)
    claim = asked(order, kind="claim", reason="damaged")
    assert (request.state, claim.state, only(request).state) == ("approved", "requested", State.READY)
    assert told(order)[-4:] == ["return_requested", "return_approved", "return_label", "return_requested"]


def test_postage_stays_as_it_was_agreed(desk: Desk, ana: Customer, courier: Courier) -> None:
    shop = rules(ana.merchant, courier, payer="mind", postage=euros("4.00"))
    order = arrived(desk, ana)
    request = approve_return(asked(order, mugs=2, lamps=1))
    type(shop).objects.update(postage=Decimal("9.00"))  # what is agreed stays agreed
    assert money_for(request) == euros("27.01")  # no label yet, nothing to pay for it
    labelling.run_due()
    receive_return(request)
    assert money_for(request) == euros("23.01")
    refund = refund_return(request, agreed=euros("23.01"))
    assert refund is not None
    assert refund.amount == euros("23.01")
    rows = RefundLine.objects.order_by("pk").values_list("amount", "tax", "withheld", "withheld_tax")
    assert [tuple(map(str, row)) for row in rows] == [
        ("17.040", "2.720", "2.960", "0.470"),
        ("5.970", "0.950", "1.040", "0.170"),
    ]
    assert breaches() == []
    rest = refund_lines(
        order, lines={order.lines.order_by("pk")[0].pk: 1}
    )  # its third: the postage does not come with it
    assert rest.amount == euros("10.00")
    assert refund_order(order).amount == euros("8.90")  # the delivery and what had stayed
    send_refunds()
    assert breaches() == []


def cheap(desk: Desk, customer: Customer, courier: Courier, postage: str) -> tuple[Order, dict[str, int]]:
    """Two badges for 1.00 each and a mug for 10.00 are here; a label costs `postage`. And the lines by title."""
    goods.vat(customer.merchant)
    rules(customer.merchant, courier, payer="mind", postage=euros(postage))
    badge = goods.variant(customer.merchant, "Badge", price="1.00")
    mug = goods.variant(customer.merchant, "Mug", price="10.00")
    order = paid(desk, customer, {badge: 2, mug: 1}).order
    ship_order(order, carrier="DHL", tracking_number="1")
    return fresh(deliver_order(order)), dict(order.lines.values_list("title", "pk"))


def back(order: Order, lines: dict[int, int]) -> ReturnRequest:
    request = approve_return(ask_return(order, lines=lines, reason="changed_mind"))
    labelling.run_due()
    return receive_return(request)


@pytest.mark.parametrize("pieces", [1, 2])
def test_pieces_whose_postage_was_all_they_had_are_settled(
    desk: Desk, ana: Customer, courier: Courier, pieces: int
) -> None:
    order, line = cheap(desk, ana, courier, "4.00")
    assert refund_return(back(order, {line["Badge"]: pieces})) is None
    with pytest.raises(TooMany):
        refund_lines(order, lines={line["Badge"]: 3 - pieces})
    if pieces == 1:
        assert refund_lines(order, lines={line["Badge"]: 1}).amount == euros("1.00")
    assert refund_lines(order, lines={line["Mug"]: 1}).amount == euros("10.00")
    assert breaches() == []


def test_what_is_eaten_beside_something_is_written_with_it(desk: Desk, ana: Customer, courier: Courier) -> None:
    order, line = cheap(desk, ana, courier, "11.99")
    refund = refund_return(back(order, {line["Badge"]: 2, line["Mug"]: 1}))
    assert refund is not None
    assert refund.amount == euros("0.01")
    rows = refund.lines.order_by("amount").reverse().values_list("quantity", "amount", "withheld")
    assert [(quantity, *map(str, rest)) for quantity, *rest in rows] == [(1, "0.010", "9.990"), (2, "0.000", "2.000")]
    with pytest.raises(TooMany):
        refund_lines(order, lines={line["Badge"]: 1})
    assert breaches() == []


@pytest.mark.parametrize(
    ("kind", "reason", "wish"), [("return", "faulty", "money"), ("exchange", "does_not_fit", "replacement")]
)
def test_the_shop_bears_its_own_faults_and_exchanges(
    desk: Desk, ana: Customer, courier: Courier, kind: str, reason: str, wish: str
) -> None:
    rules(ana.merchant, courier, payer="mind", postage=euros("4.00"))
    assert asked(arrived(desk, ana), kind=kind, reason=reason, wish=wish).postage == 0


def test_postage_without_a_carrier_says_the_database(in_scope: Merchant) -> None:
    with pytest.raises(IntegrityError, match="returnrules_mind_costs"), transaction.atomic():
        rules(in_scope, payer="mind", postage=euros("4.00"))


@given(
    amounts=st.lists(st.integers(0, 50_000), min_size=1, max_size=6),
    percents=st.lists(st.integers(0, 100), min_size=6, max_size=6),
    stays=st.integers(0, 200_000),
)
def test_what_stays_and_what_goes_are_the_whole(amounts: list[int], percents: list[int], stays: int) -> None:
    def cents(amount: int) -> Any:
        return money(Decimal(amount) / 100, "EUR")

    rows = [
        Share(OrderLine(), 1, cents(amount), cents(amount * percent // 200))
        for amount, percent in zip(amounts, percents, strict=False)
    ]
    whole = Shares(tuple(rows), cents(490), cents(78))
    left = less(whole, cents(stays))
    assert sum(share.withheld for share in left.lines) == min(Decimal(stays), Decimal(sum(amounts))) / 100
    for before, after in zip(rows, left.lines, strict=True):
        assert after.amount.amount + after.withheld == before.amount.amount
        assert after.tax.amount + after.withheld_tax == before.tax.amount
        assert 0 <= after.tax.amount <= after.amount.amount
        assert 0 <= after.withheld_tax <= after.withheld
    assert (left.delivery, left.delivery_tax) == (whole.delivery, whole.delivery_tax)


def path_of(url: str) -> str:
    return "/" + url.split("/", 3)[3]


def test_only_its_shopper_reads_a_label(desk: Desk, ana: Customer, courier: Courier, client: Client) -> None:
    rules(ana.merchant, courier)
    request = approve_return(asked(arrived(desk, ana)))
    labelling.run_due()
    label = only(request)
    mine = path_of(sheet_url(label))
    answer = client.get(mine)
    assert (answer.status_code, answer["Content-Type"], answer.content[:5]) == (200, "application/pdf", b"%PDF-")
    assert "no-store" in answer["Cache-Control"]
    assert client.get(path_of(code_url(label))).content[:4] == b"\x89PNG"
    assert client.post(mine).status_code == 405
    token = mine.split("/")[2]
    forged = mine.replace(token, token[:-1] + ("a" if token[-1] != "a" else "b"))
    assert client.get(forged).status_code == 404
    other = factories.customer(ana.merchant)
    Order.objects.filter(pk=request.order_id).update(customer=other)  # a link lying in the thread of whoever had it
    assert client.get(mine).status_code == 404
    Order.objects.filter(pk=request.order_id).update(customer=ana)
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=8)):
        assert client.get(mine).status_code == 410
    cancel_return(request)
    assert client.get(mine).status_code == 410


def test_our_own_slip_is_drawn_in_every_language(desk: Desk, ana: Customer, client: Client) -> None:
    rules(ana.merchant)
    order = arrived(desk, ana)
    label = only(approve_return(asked(order), instructions="Ring twice · 请按两次铃"))
    sizes = set()
    for language in ("en", "de", "es", "zh-hans"):
        Order.objects.filter(pk=order.pk).update(language=language)
        sheet = client.get(path_of(sheet_url(label))).content
        assert sheet[:5] == b"%PDF-"
        sizes.add(len(sheet))
    assert len(sizes) == 4
    assert client.get(path_of(code_url(label))).content[:4] == b"\x89PNG"


def test_a_forgotten_person_is_on_no_label(desk: Desk, ana: Customer, courier: Courier) -> None:
    rules(ana.merchant, courier)
    request = approve_return(asked(arrived(desk, ana)))
    labelling.run_due()
    receive_return(request)
    refund_return(request)
    erase_orders(ana)
    assert (bytes(only(request).sheet), bytes(only(request).code)) == (b"", b"")


@pytest.mark.parametrize(
    ("break_it", "breach"),
    [
        (lambda label: ReturnRequest.objects.update(state="cancelled"), "is for a return that is not on"),
        (
            lambda label: [ReturnLabel.objects.update(state="wanted"), ReturnRequest.objects.update(state="received")],
            "is for a return that is not on",
        ),
        (lambda label: ReturnLabel.objects.update(sheet=b""), "is ready and empty"),
    ],
)
def test_planted_breaches_are_found(desk: Desk, ana: Customer, courier: Courier, break_it: Any, breach: str) -> None:
    rules(ana.merchant, courier)
    label = only(approve_return(asked(arrived(desk, ana))))
    labelling.run_due()
    break_it(label)
    assert any(breach in one for one in breaches())


def test_money_kept_for_no_label_is_found(desk: Desk, ana: Customer) -> None:
    order = arrived(desk, ana)
    refund_lines(order, lines={order.lines.order_by("pk")[0].pk: 1})
    RefundLine.objects.update(withheld=1)
    assert any("a label nobody agreed to" in one for one in breaches())
