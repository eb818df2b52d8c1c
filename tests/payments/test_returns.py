"""Sending back, claiming, exchanging: no piece twice, each step once, money only for what is due."""

import datetime as dt
from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django_scopes import scope

from apps.carts.money import money
from apps.catalog.models import StockLevel, StockMovement, Variant
from apps.catalog.stock import OutOfStock, count_stock
from apps.customers.actions import StillNeeded
from apps.customers.models import Customer
from apps.loyalty.actions import join, member_of
from apps.loyalty.models import LoyaltyProgramme
from apps.merchants import clock
from apps.merchants.invariants import run_all
from apps.merchants.models import Merchant
from apps.orders.actions import (
    NotReturnable,
    ReturnMoved,
    TooMany,
    approve_return,
    ask_return,
    cancel_return,
    decline_return,
    deliver_order,
    is_too_late,
    receive_return,
    returnable,
    send_replacement,
    ship_order,
)
from apps.orders.models import Order, OrderLine, ReturnLine, ReturnRequest
from apps.orders.privacy import erase_orders, export_orders
from apps.payments.actions import (
    AmountChanged,
    RefundKnown,
    money_for,
    refund_lines,
    refund_order,
    refund_return,
    send_refunds,
)
from apps.payments.models import PaymentAccount, Refund
from tests import factories
from tests.carts import goods

from .desk import NAME, Desk
from .story import fresh, paid, told


def euros(amount: str) -> Any:
    return money(amount, "EUR")


def arrived(desk: Desk, customer: Customer, *, mugs: int = 3) -> Order:
    """Mugs for 10.00 each and a lamp for 7.01, 4.90 for the parcel; here."""
    goods.vat(customer.merchant)
    mug = goods.variant(customer.merchant, price="10.00")
    lamp = goods.variant(customer.merchant, "Desk lamp", price="7.01")
    order = paid(desk, customer, {mug: mugs, lamp: 1}).order
    ship_order(order, carrier="DHL", tracking_number="1")
    return fresh(deliver_order(order))


def some(order: Order, **quantities: int) -> dict[int, int]:
    mug, lamp = order.lines.order_by("pk").values_list("pk", flat=True)
    return {{"mug": mug, "lamp": lamp}[name]: quantity for name, quantity in quantities.items()}


def asked(order: Order, **quantities: int) -> ReturnRequest:
    return ask_return(order, lines=some(order, **(quantities or {"mug": 1})))


def back(order: Order, **quantities: int) -> ReturnRequest:
    """Asked for, approved, here again."""
    return receive_return(approve_return(asked(order, **quantities)))


def again(request: ReturnRequest) -> ReturnRequest:
    return ReturnRequest.objects.get(pk=request.pk)


def shelves() -> list[tuple[int, int, int]]:
    return list(StockLevel.objects.order_by("pk").values_list("on_hand", "allocated", "held"))


def counters(order: Order) -> list[tuple[int, int, int, int]]:
    return list(order.lines.order_by("pk").values_list("shipped", "delivered", "spoken_for", "returned"))


def breaches() -> list[str]:
    return [finding["name"] for finding in run_all() if not finding["ok"]]


def test_a_return_from_wish_to_money(desk: Desk, ana: Customer) -> None:
    order = arrived(desk, ana)
    request = ask_return(order, lines=some(order, mug=2, lamp=0), reason="does_not_fit", note="too big")
    assert (str(request), request.goods, counters(order)) == (
        f"{order.number}/R1",
        "2 × Blue mug",
        [(3, 3, 2, 0), (1, 1, 0, 0)],
    )
    with pytest.raises(ReturnMoved):
        refund_return(request)
    approve_return(request)
    receive_return(request)
    assert (fresh(order).fulfilment_status, shelves(), counters(order)[0]) == (
        "partly_returned",
        [(9, 0, 0), (9, 0, 0)],
        (3, 3, 2, 2),
    )
    assert str(money_for(request)) == "€20.00"
    refund = refund_return(request, delivery=euros("4.90"), agreed=euros("24.90"))
    assert refund is not None
    send_refunds()
    refund.refresh_from_db()
    assert (str(refund.amount), refund.state, fresh(order).payment_status) == ("€24.90", "done", "partly_refunded")
    assert [row["amount"] for row in desk.every("refund")] == [2490]
    assert told(order)[-5:] == [
        "return_requested",
        "return_approved",
        "return_received",
        "return_refunded",
        "refunded",
    ]
    assert (again(request).state, refund_return(request), breaches()) == ("refunded", refund, [])


def test_all_that_came_back_is_a_returned_order(desk: Desk, ana: Customer) -> None:
    order = arrived(desk, ana)
    back(order, mug=3, lamp=1)
    assert (fresh(order).fulfilment_status, returnable(order, "return"), breaches()) == ("returned", [], [])


def test_no_piece_is_returned_twice(desk: Desk, ana: Customer) -> None:
    order = arrived(desk, ana)
    first = asked(order, mug=2)
    for lines in (some(order, mug=2), some(order, lamp=2), some(order, mug=-1), {10**9: 1}):
        with pytest.raises(TooMany):
            ask_return(order, lines=lines)
    with pytest.raises(NotReturnable):
        ask_return(order, lines=some(order, mug=0))
    cancel_return(first)
    cancel_return(first)
    assert [(str(left.line), left.quantity) for left in returnable(order, "return")] == [
        ("3 × Blue mug", 3),
        ("1 × Desk lamp", 1),
    ]
    declined = decline_return(asked(order, mug=3), reason="Worn")
    assert (declined.declined_because, counters(order)[0], breaches()) == ("Worn", (3, 3, 0, 0), [])


def test_only_what_arrived_may_come_back(desk: Desk, ana: Customer) -> None:
    goods.vat(ana.merchant)
    mug = goods.variant(ana.merchant)
    order = paid(desk, ana, {mug: 3}).order
    assert returnable(order, "return") == []
    line = order.lines.get()
    first = ship_order(order, carrier="DHL", tracking_number="1", lines={line.pk: 2})
    ship_order(order, carrier="DHL", tracking_number="2")
    assert returnable(order, "claim") == []
    deliver_order(order, parcel=first)
    (left,) = returnable(order, "return")
    assert (left.quantity, counters(order), breaches()) == (2, [(3, 2, 0, 0)], [])


def test_the_days_to_return_count_from_each_parcel(desk: Desk, ana: Customer) -> None:
    goods.vat(ana.merchant)
    mug = goods.variant(ana.merchant)
    start = clock.now()
    order = paid(desk, ana, {mug: 3}).order
    line = order.lines.get()
    first = ship_order(order, carrier="DHL", tracking_number="1", lines={line.pk: 2})
    deliver_order(order, parcel=first)
    with clock.at(start + dt.timedelta(days=10)):
        ship_order(order, carrier="DHL", tracking_number="2")
        deliver_order(order)
        assert [left.quantity for left in returnable(order, "return")] == [3]
    with clock.at(start + dt.timedelta(days=31)):
        (left,) = returnable(order, "return")
        assert (left.quantity, is_too_late(order)) == (1, False)
        assert left.until == (start + dt.timedelta(days=40)).astimezone(ana.merchant.zone).date()
        with pytest.raises(TooMany):
            ask_return(order, lines={line.pk: 2})
    with clock.at(start + dt.timedelta(days=42)):
        assert (returnable(order, "return"), is_too_late(order)) == ([], True)
        assert [left.quantity for left in returnable(order, "claim")] == [3]


def test_the_same_wish_twice_is_one(desk: Desk, ana: Customer) -> None:
    order = arrived(desk, ana)
    first = ask_return(order, lines=some(order, mug=1), request="turn:1:2")
    assert (ask_return(order, lines=some(order, mug=1), request="turn:1:2"), counters(order)[0]) == (
        first,
        (3, 3, 1, 0),
    )


def test_each_step_is_taken_once_and_in_its_time(desk: Desk, ana: Customer) -> None:
    order = arrived(desk, ana)
    request = asked(order)
    with pytest.raises(ReturnMoved):
        receive_return(request)
    for step in (approve_return, receive_return):
        step(request)
        step(request)
    for late in (approve_return, cancel_return):
        with pytest.raises(ReturnMoved):
            late(request)
    with pytest.raises(ReturnMoved):
        send_replacement(request, carrier="DHL")
    refund_return(request)
    with pytest.raises(ReturnMoved):
        decline_return(request, reason="no")
    assert ([kind for kind in told(order) if kind.startswith("return_")], shelves()[0], breaches()) == (
        ["return_requested", "return_approved", "return_received", "return_refunded"],
        (8, 0, 0),
        [],
    )


def test_what_cannot_be_sold_again_stays_out_of_the_stock(desk: Desk, ana: Customer) -> None:
    order = arrived(desk, ana)
    request = approve_return(asked(order, mug=2))
    with pytest.raises(TooMany):
        receive_return(request, restock=some(order, mug=3))
    receive_return(request, restock=some(order, mug=1))
    moved = StockMovement.objects.get(kind="returned")
    assert (moved.quantity, moved.reason, shelves()[0], breaches()) == (1, f"return {request}", (8, 0, 0), [])
    decline_return(request, reason="One is broken")
    assert (again(request).state, counters(order)[0], breaches()) == ("declined", (3, 3, 2, 2), [])


def test_the_amount_is_agreed_and_asked_once(desk: Desk, ana: Customer) -> None:
    request = back(arrived(desk, ana), mug=1)
    with pytest.raises(AmountChanged):
        refund_return(request, agreed=euros("9.99"))
    refund_return(request, agreed=euros("10.00"))
    with pytest.raises(RefundKnown):
        refund_return(request, delivery=euros("1.00"), agreed=euros("11.00"))
    assert Refund.objects.count() == 1


def test_money_that_went_back_already_does_not_go_back_again(desk: Desk, ana: Customer) -> None:
    order = arrived(desk, ana)
    request = back(order, mug=2)
    refund_lines(order, lines=some(order, mug=2))
    with pytest.raises(TooMany):
        refund_return(request)
    refund_order(order)
    assert (Refund.objects.count(), breaches()) == (2, [])


def test_what_the_bank_does_not_take_is_asked_for_again(desk: Desk, ana: Customer) -> None:
    request = back(arrived(desk, ana))
    first = refund_return(request)
    Refund.objects.update(state="failed", due_at=clock.now())
    second = refund_return(request)
    assert first is not None
    assert second is not None
    assert (second.pk != first.pk, refund_return(request), told(request.order).count("return_refunded")) == (
        True,
        second,
        1,
    )
    assert "payments: returns are paid back once" not in breaches()


def test_points_go_back_with_the_money(desk: Desk, ana: Customer) -> None:
    LoyaltyProgramme.objects.create(merchant=ana.merchant, is_active=True, points=1, per_amount=1)
    join(ana, terms="")
    order = arrived(desk, ana)
    before = member_of(ana)
    assert before is not None
    earned = before.balance + before.pending
    refund_return(back(order, mug=3), delivery=euros("4.90"))
    send_refunds()
    after = member_of(ana)
    assert after is not None
    assert (earned, after.balance + after.pending, breaches()) == (37, 6, [])


def test_a_claim_is_paid_back_without_anything_coming_back(desk: Desk, ana: Customer) -> None:
    order = arrived(desk, ana)
    claim = ask_return(order, lines=some(order, lamp=1), kind="claim", reason="damaged", photos=["wamid.1"])
    with pytest.raises(ReturnMoved):
        refund_return(claim)
    approve_return(claim)
    with pytest.raises(ReturnMoved):
        receive_return(claim)
    refund = refund_return(claim)
    assert refund is not None
    assert (str(refund.amount), fresh(order).fulfilment_status, shelves(), breaches()) == (
        "€7.01",
        "delivered",
        [(7, 0, 0), (9, 0, 0)],
        [],
    )


def test_a_claim_is_replaced_by_its_like(desk: Desk, ana: Customer) -> None:
    order = arrived(desk, ana)
    claim = ask_return(order, lines=some(order, lamp=1), kind="claim", wish="replacement", reason="missing")
    approve_return(claim)
    assert (shelves()[1], breaches()) == ((9, 1, 0), [])
    for _ in range(2):
        send_replacement(claim, carrier="DHL", tracking_number="7")
    assert (again(claim).state, shelves()[1], told(order)[-1], breaches()) == (
        "replaced",
        (8, 0, 0),
        "return_replaced",
        [],
    )
    with pytest.raises(ReturnMoved):
        refund_return(claim)


def exchange(order: Order, instead: Variant) -> ReturnRequest:
    mug = order.lines.order_by("pk").first()
    assert mug is not None
    return ask_return(
        order, lines={mug.pk: 1}, kind="exchange", wish="replacement", replacements={mug.pk: instead}, reason="other"
    )


def test_an_exchange_lays_the_other_aside_when_the_first_is_here(desk: Desk, ana: Customer) -> None:
    order = arrived(desk, ana)
    green = goods.variant(ana.merchant, "Green mug", price="10.00", stock=1)
    request = approve_return(exchange(order, green))
    assert shelves()[2] == (1, 0, 0)
    receive_return(request)
    assert (shelves()[0], shelves()[2], breaches()) == ((8, 0, 0), (1, 1, 0), [])
    send_replacement(request, carrier="DHL", tracking_number="9", tracking_url="https://dhl.example/9")
    assert (shelves()[2], again(request).state, breaches()) == ((0, 0, 0), "replaced", [])


def test_what_is_sold_out_meanwhile_is_paid_back_or_sent_later(desk: Desk, ana: Customer) -> None:
    order = arrived(desk, ana)
    green = goods.variant(ana.merchant, "Green mug", price="10.00", stock=1)
    first, second = exchange(order, green), exchange(order, green)
    for request in (first, second):
        receive_return(approve_return(request))
    assert order.events.get(kind="return_received", data__returned=second.pk).data["lacks"] is True
    with pytest.raises(OutOfStock):
        send_replacement(second, carrier="DHL")
    refund_return(second)
    count_stock(green, goods.warehouse(ana.merchant), 2)
    refund = refund_return(first)  # the shopper thinks better of it
    assert refund is not None
    assert (str(refund.amount), shelves()[2], again(first).state, breaches()) == ("€10.00", (2, 0, 0), "refunded", [])


def test_goods_nobody_counts_come_and_go_without_the_stock(desk: Desk, ana: Customer) -> None:
    goods.vat(ana.merchant)
    order = paid(desk, ana, {goods.variant(ana.merchant, stock=None): 1}).order
    ship_order(order, carrier="DHL", tracking_number="1")
    deliver_order(order)
    line = order.lines.get()
    request = ask_return(
        order, lines={line.pk: 1}, kind="exchange", wish="replacement", replacements={line.pk: line.variant}
    )
    send_replacement(receive_return(approve_return(request)), carrier="DHL")
    assert (again(request).state, shelves(), breaches()) == ("replaced", [], [])


def test_the_database_takes_no_piece_twice(desk: Desk, ana: Customer) -> None:
    order = arrived(desk, ana)
    request = asked(order)
    for counter in ({"spoken_for": 4}, {"returned": 2}, {"delivered": 4}, {"delivered": 0}):
        with pytest.raises(IntegrityError), transaction.atomic():
            OrderLine.objects.filter(order=order, quantity=3).update(**counter)
    line = request.lines.get().line
    for wrong in ({"quantity": 0}, {"restocked": 2}, {"is_reserved": True}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ReturnLine.objects.filter(request=request).update(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReturnLine.objects.create(merchant=ana.merchant, request=request, line=line, quantity=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReturnRequest.objects.filter(pk=request.pk).update(wish="replacement")
    with pytest.raises(IntegrityError), transaction.atomic():
        ReturnRequest.objects.create(merchant=ana.merchant, order=order, position=1, kind="return")


def test_planted_breaches_are_found(desk: Desk, ana: Customer) -> None:
    order = arrived(desk, ana)
    request = asked(order)
    assert breaches() == []
    lines = OrderLine.objects.filter(order=order, quantity=3)
    lines.update(spoken_for=2)
    assert breaches() == ["orders: returns are of their lines"]
    lines.update(spoken_for=1, delivered=2)
    assert breaches() == ["orders: parcels hold what was shipped"]
    lines.update(delivered=3)
    ReturnRequest.objects.filter(pk=request.pk).update(state="approved")
    assert breaches() == ["orders: returns have their story"]
    ReturnRequest.objects.filter(pk=request.pk).update(state="requested")
    approve_return(request)
    receive_return(request)
    ReturnLine.objects.filter(request=request).update(restocked=0)
    assert breaches() == ["orders: returned goods are in the books"]
    ReturnLine.objects.filter(request=request).update(restocked=1)
    refund = refund_return(request)
    assert (refund is not None, breaches()) == (True, [])
    Refund.objects.update(request="")
    assert breaches() == ["payments: returns are paid back once"]
    claim = ask_return(order, lines=some(order, lamp=1), kind="claim", wish="replacement")
    approve_return(claim)
    Refund.objects.update(request=f"return:{request.public_id}:1")
    ReturnLine.objects.filter(request=claim).update(is_reserved=False)
    assert breaches() == ["orders: returned goods are in the books"]


def test_a_return_is_told_on_request_and_loses_its_words_with_the_person(desk: Desk, ana: Customer) -> None:
    order = arrived(desk, ana)
    request = ask_return(order, lines=some(order, lamp=1), reason="damaged", note="my dog ate it", photos=["m1"])
    assert export_orders(ana)[0]["returns"] == [
        {
            "kind": "return",
            "state": "requested",
            "reason": "damaged",
            "note": "my dog ate it",
            "lines": [{"title": "Desk lamp", "quantity": 1}],
            "labels": [],
        }
    ]
    with pytest.raises(StillNeeded):
        erase_orders(ana)
    cancel_return(request)
    erase_orders(ana)
    assert (again(request).note, again(request).photos) == ("", [])


def at_once(merchant: Merchant, *acts: Callable[[], object]) -> list[object]:
    """Each in a thread and a connection of its own, let go together; what came of each."""
    came: list[object] = []
    start = Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        try:
            with scope(merchant=merchant):
                start.wait()
                came.append(act())
        except Exception as error:
            came.append(type(error).__name__)
        finally:
            connection.close()

    threads = [Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return came


@pytest.fixture
def shop(merchant: Merchant, desk: Desk) -> Merchant:
    with scope(merchant=merchant):
        PaymentAccount.objects.create(merchant=merchant, provider="stripe", name=NAME, config=desk.config)
    return merchant


@pytest.mark.django_db(transaction=True)
def test_twelve_workers_ask_for_the_same_piece_at_once(desk: Desk, shop: Merchant) -> None:
    with scope(merchant=shop):
        order = arrived(desk, factories.customer(shop))
        lamp = some(order, lamp=1)
    came = at_once(shop, *[lambda n=n: ask_return(order, lines=lamp, request=f"w{n}").position for n in range(12)])
    with scope(merchant=shop):
        assert (sorted(map(str, came)), counters(order)[1], breaches()) == (
            ["1", *["TooMany"] * 11],
            (1, 1, 1, 0),
            [],
        )


@pytest.mark.django_db(transaction=True)
def test_two_agents_pay_the_same_return_back_at_once(desk: Desk, shop: Merchant) -> None:
    with scope(merchant=shop):
        request = back(arrived(desk, factories.customer(shop)), mug=2)
    pay: Any = lambda: getattr(refund_return(request, agreed=euros("20.00")), "pk", None)  # noqa: E731
    came = at_once(shop, pay, pay)
    with scope(merchant=shop):
        send_refunds()
        assert (len(set(came)), [row["amount"] for row in desk.every("refund")]) == (1, [2000])
        assert (told(request.order).count("return_refunded"), told(request.order).count("refunded")) == (1, 1)
        assert breaches() == []


@pytest.mark.django_db(transaction=True)
def test_paying_back_and_replacing_at_once_does_one_of_them(desk: Desk, shop: Merchant) -> None:
    with scope(merchant=shop):
        order = arrived(desk, factories.customer(shop))
        claim = ask_return(order, lines=some(order, lamp=1), kind="claim", wish="replacement")
        approve_return(claim)
    at_once(shop, lambda: refund_return(claim), lambda: send_replacement(claim, carrier="DHL"))
    with scope(merchant=shop):
        state = again(claim).state
        assert (state in ("refunded", "replaced"), Refund.objects.count(), breaches()) == (
            True,
            int(state == "refunded"),
            [],
        )


@pytest.mark.django_db(transaction=True)
def test_mirrored_exchanges_do_not_lock_each_other_out(desk: Desk, shop: Merchant) -> None:
    with scope(merchant=shop):
        goods.vat(shop)
        blue, green = goods.variant(shop), goods.variant(shop, "Green mug")
        requests = []
        for mine, other in ((blue, green), (green, blue)) * 3:
            order = paid(desk, factories.customer(shop), {mine: 1}).order
            ship_order(order, carrier="DHL", tracking_number=order.number)
            deliver_order(order)
            line = order.lines.get()
            asked_for = ask_return(
                order, lines={line.pk: 1}, kind="exchange", wish="replacement", replacements={line.pk: other}
            )
            requests.append(approve_return(asked_for))
    came = at_once(shop, *[lambda r=request: receive_return(r).state for request in requests])
    with scope(merchant=shop):
        assert (came, shelves(), breaches()) == (["received"] * 6, [(10, 3, 0), (10, 3, 0)], [])


def test_a_stranger_sees_no_return(desk: Desk, ana: Customer, other_merchant: Merchant) -> None:
    asked(arrived(desk, ana))
    with scope(merchant=other_merchant):
        assert (ReturnRequest.objects.count(), ReturnLine.objects.count()) == (0, 0)
    assert OrderLine.objects.filter(spoken_for__gt=F("delivered")).count() == 0
