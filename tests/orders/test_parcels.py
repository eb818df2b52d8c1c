"""An order in several parcels: what is in which, what is still to come, each told and each sent once."""

from threading import Thread

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django_scopes import scope

from apps.catalog.models import StockLevel, StockMovement
from apps.customers.models import Customer
from apps.merchants import clock
from apps.merchants.invariants import run_all
from apps.merchants.models import Merchant
from apps.orders.actions import (
    NotDeliverable,
    NotShippable,
    ParcelKnown,
    TooMany,
    deliver_order,
    order_timeline,
    parcels_of,
    record_tracking,
    ship_order,
)
from apps.orders.models import Fulfilment, FulfilmentLine, Order, OrderLine
from apps.orders.privacy import export_orders
from tests import factories
from tests.carts import goods

from .test_orders import kinds, placed


@pytest.fixture
def ana(in_scope: Merchant) -> Customer:
    goods.vat(in_scope)
    return factories.customer(in_scope)


MISPLACED = ["orders: goods are where the order says", "orders: parcels hold what was shipped"]


def of_three(customer: Customer) -> Order:
    """Two mugs and a lamp, paid."""
    mug, lamp = goods.variant(customer.merchant, stock=5), goods.variant(customer.merchant, "Desk lamp", stock=2)
    return placed(customer, {mug: 2, lamp: 1})


def some(order: Order, **quantities: int) -> dict[int, int]:
    """`mug=1, lamp=1` by the order's lines."""
    mug, lamp = order.lines.order_by("pk").values_list("pk", flat=True)
    return {{"mug": mug, "lamp": lamp}[name]: quantity for name, quantity in quantities.items()}


def shelves() -> list[tuple[int, int, int]]:
    return list(StockLevel.objects.order_by("pk").values_list("on_hand", "allocated", "held"))


def breaches() -> list[str]:
    return [finding["name"] for finding in run_all() if not finding["ok"]]


def test_two_parcels(ana: Customer) -> None:
    order = of_three(ana)
    first = ship_order(order, carrier="DHL", tracking_number="1", lines=some(order, mug=2, lamp=0))
    order.refresh_from_db()
    assert (order.fulfilment_status, shelves()) == ("partial", [(3, 0, 0), (2, 1, 0)])
    assert [str(g) for g in parcels_of(order).to_come] == ["1 × Desk lamp"]
    deliver_order(order, parcel=first)
    order.refresh_from_db()
    assert order.fulfilment_status == "partial"
    second = ship_order(order, carrier="UPS", tracking_number="2")
    order.refresh_from_db()
    assert (order.fulfilment_status, second.position, second.goods, shelves()) == (
        "shipped",
        2,
        "1 × Desk lamp",
        [(3, 0, 0), (1, 0, 0)],
    )
    deliver_order(order)
    order.refresh_from_db()
    events = [(e.kind, e.data.get("left")) for e in order.events.filter(kind__in=["shipped", "delivered"])]
    assert (order.fulfilment_status, events) == (
        "delivered",
        [("shipped", 1), ("delivered", 1), ("shipped", 0), ("delivered", 0)],
    )
    moved = StockMovement.objects.filter(kind="shipped").order_by("pk").values_list("quantity", "reason")
    assert list(moved) == [(-2, f"parcel {order.number}/1"), (-1, f"parcel {order.number}/2")]
    assert breaches() == []


def test_a_line_goes_in_pieces(ana: Customer) -> None:
    order = of_three(ana)
    for number in (1, 2):
        ship_order(order, carrier="DHL", tracking_number=str(number), lines=some(order, mug=1))
    with pytest.raises(TooMany) as refused:
        ship_order(order, carrier="DHL", tracking_number="3", lines=some(order, mug=1, lamp=1))
    assert (refused.value.left, order.fulfilments.count()) == (0, 2)
    with pytest.raises(TooMany):
        ship_order(order, carrier="DHL", tracking_number="3", lines=some(order, lamp=-1))
    with pytest.raises(NotShippable):
        ship_order(order, carrier="DHL", tracking_number="3", lines=some(order, lamp=0))
    assert breaches() == []


def test_nobody_ships_the_goods_of_another_order(ana: Customer) -> None:
    order, other = placed(ana), of_three(factories.customer(ana.merchant, "Ben"))
    with pytest.raises(TooMany):
        ship_order(order, carrier="DHL", tracking_number="1", lines={other.lines.first().pk: 1})
    with pytest.raises(NotDeliverable):
        deliver_order(order)


def test_a_parcel_is_known_by_its_number_and_by_its_place(ana: Customer) -> None:
    order = of_three(ana)
    first = ship_order(order, carrier="DHL", tracking_number="", lines=some(order, mug=1), position=1)
    assert ship_order(order, carrier="DHL", tracking_number="", lines=some(order, mug=1, lamp=0), position=1) == first
    with pytest.raises(ParcelKnown):
        ship_order(order, carrier="DHL", tracking_number="", lines=some(order, lamp=1), position=1)
    second = ship_order(order, carrier="DHL", tracking_number="7", lines=some(order, lamp=1), position=2)
    assert ship_order(order, carrier="DHL", tracking_number="7") == second
    third = ship_order(order, carrier="DHL", tracking_number="")
    assert (third.position, third.goods, kinds(order).count("shipped")) == (3, "1 × Blue mug", 3)
    assert ship_order(order, carrier="DHL", tracking_number="") == third


def test_a_carrier_delivers_its_own_parcel_only(ana: Customer) -> None:
    order = of_three(ana)
    first = ship_order(order, carrier="DHL", tracking_number="1", lines=some(order, mug=2))
    ship_order(order, carrier="UPS", tracking_number="2")
    for event_id in ("a", "a", "b"):
        record_tracking(first, carrier="DHL", event_id=event_id, status="delivered", occurred_at=clock.now())
    order.refresh_from_db()
    assert (order.fulfilment_status, kinds(order).count("delivered")) == ("shipped", 1)
    assert list(order.fulfilments.values_list("state", flat=True)) == ["delivered", "shipped"]


def test_the_timeline_waits_for_the_last_parcel(ana: Customer) -> None:
    order = of_three(ana)
    first = ship_order(order, carrier="DHL", tracking_number="1", lines=some(order, mug=2))
    deliver_order(order, parcel=first)
    order.refresh_from_db()
    assert [(s.label, s.is_done) for s in order_timeline(order)][2:] == [("Partly shipped", True), ("Delivered", False)]
    ship_order(order, carrier="UPS", tracking_number="2")
    deliver_order(order)
    order.refresh_from_db()
    steps = order_timeline(order)[2:]
    assert [(s.label, s.detail, s.is_done) for s in steps] == [("Shipped", "UPS 2", True), ("Delivered", "", True)]


def test_the_export_tells_what_was_in_each_parcel(ana: Customer) -> None:
    order = of_three(ana)
    ship_order(order, carrier="DHL", tracking_number="1", lines=some(order, mug=2))
    assert export_orders(ana)[0]["parcels"] == [
        {"carrier": "DHL", "tracking_number": "1", "lines": [{"title": "Blue mug", "quantity": 2}]}
    ]


def test_the_database_ships_nothing_twice(ana: Customer) -> None:
    order = of_three(ana)
    ship_order(order, carrier="DHL", tracking_number="1")
    with pytest.raises(IntegrityError), transaction.atomic():
        OrderLine.objects.filter(order=order).update(shipped=F("shipped") + 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        OrderLine.objects.filter(order=order).update(returned=3)
    with pytest.raises(IntegrityError), transaction.atomic():
        Fulfilment.objects.create(merchant=ana.merchant, order=order, carrier="x", shipped_at=clock.now())


def test_planted_breaches_are_found(ana: Customer) -> None:
    order = of_three(ana)
    parcel = ship_order(order, carrier="DHL", tracking_number="1", lines=some(order, mug=1))
    assert breaches() == []
    OrderLine.objects.filter(order=order, quantity=1).update(shipped=1)
    assert breaches() == MISPLACED
    OrderLine.objects.filter(order=order, quantity=1).update(shipped=0)
    Order.objects.filter(pk=order.pk).update(fulfilment_status="delivered")
    assert breaches() == ["orders: fulfilment is what the goods say"]
    Order.objects.filter(pk=order.pk).update(fulfilment_status="partial")
    other = placed(factories.customer(ana.merchant, "Ben"))
    FulfilmentLine.objects.create(merchant=ana.merchant, fulfilment=parcel, line=other.lines.get(), quantity=1)
    OrderLine.objects.filter(order=other).update(shipped=1)
    Order.objects.filter(pk=other.pk).update(fulfilment_status="delivered")
    assert breaches() == MISPLACED


@pytest.mark.django_db(transaction=True)
def test_six_people_press_ship_at_once(merchant: Merchant) -> None:
    with scope(merchant=merchant):
        order = of_three(factories.customer(merchant))
        chosen = some(order, mug=1)
    seen: list[int] = []

    def press() -> None:
        try:
            with scope(merchant=merchant):
                seen.append(ship_order(order, carrier="DHL", tracking_number="", lines=chosen, position=1).pk)
        finally:
            connection.close()

    people = [Thread(target=press) for _ in range(6)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    with scope(merchant=merchant):
        assert (len(seen), len(set(seen)), Fulfilment.objects.count(), shelves()) == (6, 1, 1, [(4, 1, 0), (2, 1, 0)])
        assert breaches() == []
