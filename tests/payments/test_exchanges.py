"""Goods of another price instead: the difference is paid before anything moves, or goes back once all is done."""

from collections.abc import Iterator
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection
from django_scopes import scope

from apps.carts.money import money
from apps.catalog.models import PriceList, StockLevel, Variant
from apps.customers.models import Customer
from apps.ledger.models import Account
from apps.merchants import clock
from apps.merchants.invariants import run_all
from apps.orders import labelling
from apps.orders.actions import (
    NotCancellable,
    NotShippable,
    ReturnMoved,
    approve_return,
    deliver_order,
    expire_orders,
    receive_return,
    ship_order,
)
from apps.orders.models import Order, ReturnLabel, ReturnRequest
from apps.payments.actions import (
    AmountChanged,
    CannotExchange,
    ExchangeOpen,
    ask_exchange,
    cancel_order,
    cancel_return,
    decline_return,
    refund_lines,
    refund_order,
    refund_return,
    release_tenders,
    send_refunds,
    send_replacement,
    start_checkout,
    swap_for,
)
from apps.payments.models import Payment, Refund
from apps.payments.tenders import credit_of
from tests import factories
from tests.carts import goods
from tests.orders.courier import Courier, rules

from .desk import Desk
from .story import deliver, fresh, paid, told


@pytest.fixture
def courier() -> Iterator[Courier]:
    played = Courier()
    yield played
    played.close()


def euros(amount: str) -> Any:
    return money(amount, "EUR")


def breaches() -> list[str]:
    return [f"{finding['name']}: {finding['examples']}" for finding in run_all() if not finding["ok"]]


def arrived(desk: Desk, customer: Customer, *, quantity: int = 1) -> Order:
    """Mugs for 10.00 each, here since today."""
    goods.vat(customer.merchant)
    order = paid(desk, customer, {goods.variant(customer.merchant, price="10.00"): quantity}).order
    ship_order(order, carrier="DHL", tracking_number="1")
    return fresh(deliver_order(order))


def one(order: Order) -> dict[int, int]:
    return {order.lines.order_by("pk").values_list("pk", flat=True)[0]: 1}


def asked(order: Order, instead: Variant, **wishes: Any) -> ReturnRequest:
    return ask_exchange(order, lines=one(order), variant=instead, **wishes)


def half(request: ReturnRequest) -> Order:
    """The order of what the shopper gets instead."""
    request.refresh_from_db()
    assert request.exchange_order is not None
    return fresh(request.exchange_order)


def pay(desk: Desk, request: ReturnRequest) -> Payment:
    payment = start_checkout(half(request))
    assert desk.pay(payment.provider_session) == "paid"
    deliver(desk)
    return payment


def sent(request: ReturnRequest) -> ReturnRequest:
    return send_replacement(receive_return(approve_return(request)), carrier="UPS", tracking_number="2")


def shelf(variant: Variant) -> tuple[int, int, int]:
    level = StockLevel.objects.get(variant=variant)
    return level.on_hand, level.allocated, level.held


def refunds(order: Order) -> list[str]:
    ways = {(False, False): "back", (True, False): "credit", (False, True): "kept"}
    rows = Refund.objects.filter(payment__order=order).order_by("pk")
    return [f"{row.amount} {ways[row.to_credit, row.to_exchange]} {row.state}" for row in rows]


def ahead() -> str:
    """What goods that have still to come back have paid."""
    return str(Account.objects.get(kind="exchanges").balance)


def test_a_dearer_one_waits_for_its_difference(desk: Desk, ana: Customer) -> None:
    order, lamp = arrived(desk, ana), goods.variant(ana.merchant, "Lamp", price="25.50")
    request = asked(order, lamp, agreed=(euros("10.00"), euros("25.50")))
    assert (request.state, half(request).status, shelf(lamp), ahead()) == ("unpaid", "draft", (10, 0, 1), "-€10.00")
    with pytest.raises(ReturnMoved):
        approve_return(request)
    payment = pay(desk, request)
    assert (str(payment.amount), half(request).status, request.state) == ("€15.50", "placed", "requested")
    assert (shelf(lamp), breaches()) == ((10, 1, 0), [])
    done = sent(request)
    assert (done.state, half(done).fulfilment_status, shelf(lamp), ahead()) == (
        "replaced",
        "shipped",
        (9, 0, 0),
        "€0.00",
    )
    assert (refunds(order), refunds(half(done)), desk.every("refund"), breaches()) == (["€10.00 kept done"], [], [], [])


def test_what_is_said_twice_is_done_once(desk: Desk, ana: Customer) -> None:
    order, lamp = arrived(desk, ana), goods.variant(ana.merchant, "Lamp", price="25.50")
    first, second = (asked(order, lamp, request="turn:1") for _ in range(2))
    payment = pay(desk, first)
    for event in desk.events():
        desk.tell(event)
    deliver(desk)
    twice = [sent(first), send_replacement(first, carrier="UPS")]
    assert (first, twice[0]) == (second, twice[1])
    assert (Order.objects.count(), Payment.objects.filter(order=payment.order).count()) == (2, 2)
    assert (told(order).count("return_requested"), refunds(order), breaches()) == (1, ["€10.00 kept done"], [])


def test_a_cheaper_one_pays_the_rest_back_once_it_is_here(desk: Desk, ana: Customer) -> None:
    order, spoon = arrived(desk, ana, quantity=2), goods.variant(ana.merchant, "Spoon", price="4.00")
    request = asked(order, spoon, agreed=(euros("10.00"), euros("4.00")))
    assert (request.state, half(request).status, refunds(order), ahead()) == ("requested", "placed", [], "-€4.00")
    sent(request)
    send_refunds()
    assert (refunds(order), [each["amount"] for each in desk.every("refund")], ahead(), breaches()) == (
        ["€6.00 back done", "€4.00 kept done"],
        [600],
        "€0.00",
        [],
    )


def test_the_rest_becomes_credit_where_the_shopper_wants_it(desk: Desk, ana: Customer) -> None:
    order, spoon = arrived(desk, ana), goods.variant(ana.merchant, "Spoon", price="4.00")
    sent(asked(order, spoon, to_credit=True))
    assert (refunds(order), credit_of(ana, "EUR"), desk.every("refund"), breaches()) == (
        ["€6.00 credit done", "€4.00 kept done"],
        euros("6.00"),
        [],
        [],
    )


def test_what_nobody_pays_for_ends_and_all_is_as_it_was(desk: Desk, ana: Customer) -> None:
    order, lamp = arrived(desk, ana), goods.variant(ana.merchant, "Lamp", price="25.50")
    request = asked(order, lamp)
    Order.objects.filter(pk=half(request).pk).update(hold_until=clock.now())
    assert (expire_orders(), release_tenders(), half(request).status, request.state) == (1, 1, "expired", "cancelled")
    assert (shelf(lamp), ahead(), order.lines.get().spoken_for, breaches()) == ((10, 0, 0), "€0.00", 0, [])


def test_money_that_comes_after_its_end_goes_back(desk: Desk, ana: Customer) -> None:
    order, lamp = arrived(desk, ana), goods.variant(ana.merchant, "Lamp", price="25.50")
    request = asked(order, lamp)
    payment = start_checkout(half(request))
    Order.objects.filter(pk=half(request).pk).update(hold_until=clock.now())
    expire_orders()
    assert desk.pay(payment.provider_session) == "paid"
    deliver(desk)
    send_refunds()
    assert (half(request).status, request.state, ahead(), breaches()) == ("expired", "cancelled", "€0.00", [])
    assert refunds(half(request)) == ["€15.50 back done"]


@pytest.mark.parametrize("end", ["cancelled", "declined", "its order"])
def test_one_that_is_off_gives_the_difference_back(desk: Desk, ana: Customer, end: str) -> None:
    order, lamp = arrived(desk, ana), goods.variant(ana.merchant, "Lamp", price="25.50")
    request = asked(order, lamp)
    pay(desk, request)
    for _ in range(2):
        if end == "cancelled":
            cancel_return(request)
        elif end == "declined":
            decline_return(request, reason="It is worn.")
        else:
            cancel_order(half(request))
    send_refunds()
    state = "declined" if end == "declined" else "cancelled"
    assert (half(request).status, request.state, shelf(lamp)) == ("cancelled", state, (10, 0, 0))
    assert (len(desk.every("refund")), ahead(), credit_of(ana, "EUR"), breaches()) == (1, "€0.00", euros("0"), [])
    assert refunds(half(request)) == ["€15.50 back done", "€10.00 back done"]
    assert (order.lines.get().spoken_for, told(order).count(f"return_{state}")) == (0, 1)


def test_the_money_may_come_back_instead_once_the_goods_are_here(desk: Desk, ana: Customer) -> None:
    order, lamp = arrived(desk, ana), goods.variant(ana.merchant, "Lamp", price="25.50")
    request = asked(order, lamp)
    pay(desk, request)
    back = receive_return(approve_return(request))
    for _ in range(2):
        refund_return(back)
    send_refunds()
    assert (half(request).status, request.state, shelf(lamp), ahead()) == ("cancelled", "refunded", (10, 0, 0), "€0.00")
    assert (refunds(order), sorted(each["amount"] for each in desk.every("refund")), breaches()) == (
        ["€10.00 back done"],
        [1000, 1550],
        [],
    )


def test_half_an_exchange_is_not_sent_or_paid_back_alone(desk: Desk, ana: Customer) -> None:
    order, lamp = arrived(desk, ana), goods.variant(ana.merchant, "Lamp", price="25.50")
    request = asked(order, lamp)
    pay(desk, request)
    with pytest.raises(NotShippable):
        ship_order(half(request), carrier="DHL")
    with pytest.raises(ExchangeOpen):
        refund_order(half(request))
    with pytest.raises(ExchangeOpen):
        refund_lines(half(request), lines=one(half(request)))
    assert (half(request).fulfilment_status, refunds(half(request)), breaches()) == ("none", [], [])


def test_what_was_exchanged_can_come_back_for_all_it_cost(desk: Desk, ana: Customer) -> None:
    """What the provider brought goes back there; what the first goods paid becomes credit."""
    order, lamp = arrived(desk, ana), goods.variant(ana.merchant, "Lamp", price="25.50")
    request = asked(order, lamp)
    pay(desk, request)
    sent(request)
    refund_order(half(request))
    send_refunds()
    assert (refunds(half(request)), credit_of(ana, "EUR"), ahead(), breaches()) == (
        ["€15.50 back done", "€10.00 back done"],
        euros("10.00"),
        "€0.00",
        [],
    )


def test_another_price_than_agreed_is_asked_anew(desk: Desk, ana: Customer) -> None:
    order, lamp = arrived(desk, ana), goods.variant(ana.merchant, "Lamp", price="25.50")
    swap = swap_for(order, one(order), lamp)
    assert (swap.worth, swap.due, swap.back) == (euros("10.00"), euros("15.50"), euros("0"))
    with pytest.raises(AmountChanged):
        asked(order, lamp, agreed=(euros("10.00"), euros("20.00")))
    assert (Order.objects.count(), ReturnRequest.objects.count(), breaches()) == (1, 0, [])


@pytest.mark.django_db(transaction=True)
def test_two_who_end_and_pay_at_once_leave_no_half(desk: Desk, ana: Customer) -> None:
    order, lamp = arrived(desk, ana), goods.variant(ana.merchant, "Lamp", price="25.50")
    request = asked(order, lamp)
    payment = start_checkout(half(request))
    assert desk.pay(payment.provider_session) == "paid"
    start, events, wrong = Barrier(2), desk.new_events(), []

    def run(act: Any) -> None:
        try:
            with scope(merchant=ana.merchant):
                start.wait()
                act()
        except Exception as error:
            wrong.append(error)
        finally:
            connection.close()

    def told_of_it() -> None:
        for event in events:
            desk.tell(event)
        deliver(desk)

    both = [Thread(target=run, args=(act,)) for act in (lambda: cancel_return(request), told_of_it)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    send_refunds()
    release_tenders()
    assert (wrong, half(request).status, request.state, ahead(), shelf(lamp)) == (
        [],
        "cancelled",
        "cancelled",
        "€0.00",
        (10, 0, 0),
    )
    assert ([each["amount"] for each in desk.every("refund")], breaches()) == ([1550], [])


@pytest.mark.parametrize("comes_as", ["gift_card", "digital"])
def test_what_lies_in_no_parcel_is_not_sent_instead(desk: Desk, ana: Customer, comes_as: str) -> None:
    order = arrived(desk, ana)
    course = goods.variant(ana.merchant, "Course", price="25.50", stock=None, comes_as=comes_as)
    with pytest.raises(CannotExchange):
        swap_for(order, one(order), course)
    with pytest.raises(CannotExchange):
        asked(order, course)
    assert (Order.objects.count(), ReturnRequest.objects.count(), breaches()) == (1, 0, [])


def test_a_price_of_a_list_says_so_on_the_line(desk: Desk, ana: Customer) -> None:
    order, lamp = arrived(desk, ana), goods.variant(ana.merchant, "Lamp", price="25.50")
    assert half(asked(order, lamp, request="before")).lines.get().price_source == "list"
    cancel_return(ReturnRequest.objects.get())
    trade = PriceList.objects.create(merchant=ana.merchant, name="Trade", currency="EUR", percent=-20)
    line = half(asked(order, lamp)).lines.get()
    assert (line.unit_price, line.price_source) == (euros("20.40"), f"pricelist:{trade.public_id}")


@pytest.mark.parametrize("is_bought", [True, False])
def test_an_order_called_off_gives_the_label_of_its_exchange_back(
    desk: Desk, ana: Customer, courier: Courier, is_bought: bool
) -> None:
    rules(ana.merchant, courier)
    order, spoon = arrived(desk, ana), goods.variant(ana.merchant, "Spoon", price="4.00")
    request = approve_return(asked(order, spoon))
    if is_bought:
        labelling.run_due()
    cancel_order(half(request))
    assert ReturnLabel.objects.get().state == "voiding"
    ReturnLabel.objects.update(due_at=clock.now())
    labelling.run_due()
    given = [f"{request}-1"] if is_bought else []
    assert (ReturnLabel.objects.get().state, courier.bought(), courier.given_back()) == ("void", given, given)
    assert breaches() == []


def test_once_the_parcel_is_on_its_way_only_the_shop_calls_the_order_off(
    desk: Desk, ana: Customer, courier: Courier
) -> None:
    rules(ana.merchant, courier)
    order, spoon = arrived(desk, ana), goods.variant(ana.merchant, "Spoon", price="4.00")
    request = approve_return(asked(order, spoon))
    labelling.run_due()
    courier.says(ReturnLabel.objects.get().tracking_number, "in_transit")
    with pytest.raises(NotCancellable):
        cancel_order(half(request), reason="shopper")
    assert (half(request).status, request.state, ahead(), breaches()) == ("placed", "approved", "-€4.00", [])
    cancel_order(half(request), actor=factories.user())
    assert (half(request).status, request.state, ahead(), breaches()) == ("cancelled", "cancelled", "€0.00", [])
