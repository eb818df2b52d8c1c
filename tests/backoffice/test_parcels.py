"""Splitting an order at the desk and by program."""

from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django_scopes import scope

from apps.merchants.models import Merchant
from apps.orders.actions.cancel import lock_order
from apps.orders.actions.place import place_paid
from apps.orders.models import Fulfilment, Order
from tests import factories
from tests.carts import goods

from .conftest import Api


@pytest.fixture
def order(merchant: Merchant) -> Order:
    """Two mugs and a lamp, paid and to be sent."""
    with scope(merchant=merchant):
        mug, lamp = goods.variant(merchant), goods.variant(merchant, "Desk lamp")
        draft = goods.draft(goods.full_cart(factories.customer(merchant), {mug: 2, lamp: 1}))
        with transaction.atomic():
            place_paid(lock_order(draft))
        return Order.objects.get()


def lines_of(order: Order) -> list[Any]:
    with scope(merchant=order.merchant):
        return list(order.lines.order_by("pk").select_related("variant"))


def parcels(order: Order) -> list[tuple[int, str, str]]:
    with scope(merchant=order.merchant):
        return [(p.position, p.state, p.goods) for p in Fulfilment.objects.order_by("position")]


def test_a_part_is_shipped_at_the_desk(desk: Client, order: Order) -> None:
    mug, lamp = lines_of(order)
    shown = desk.get(f"/admin/orders/order/{order.pk}/ship/").content.decode()
    assert [word in shown for word in ("Blue mug (of 2)", "Desk lamp (of 1)")] == [True, True]
    body = {"carrier": "DHL", "position": 1, f"line_{mug.pk}": 1, f"line_{lamp.pk}": ""}
    for _ in range(2):  # a double click
        desk.post(f"/admin/orders/order/{order.pk}/ship/", body)
    assert parcels(order) == [(1, "shipped", "1 × Blue mug")]
    refused = desk.post(f"/admin/orders/order/{order.pk}/ship/", body | {f"line_{mug.pk}": 3})
    assert (refused.status_code, len(parcels(order))) == (200, 1)
    taken = desk.post(f"/admin/orders/order/{order.pk}/ship/", body | {f"line_{lamp.pk}": 1}, follow=True)
    assert ("parcel 1 again" in taken.content.decode(), len(parcels(order))) == (True, 1)
    desk.post(f"/admin/orders/order/{order.pk}/ship/", {"carrier": "UPS", "position": 2})
    assert parcels(order)[1] == (2, "shipped", "1 × Blue mug, 1 × Desk lamp")


def test_one_of_two_parcels_has_arrived(desk: Client, order: Order) -> None:
    mug, lamp = lines_of(order)
    for position, line in enumerate((mug, lamp), start=1):
        quantities = {f"line_{other.pk}": 0 for other in (mug, lamp)} | {f"line_{line.pk}": line.quantity}
        desk.post(f"/admin/orders/order/{order.pk}/ship/", {"carrier": "DHL", "position": position} | quantities)
    with scope(merchant=order.merchant):
        first = Fulfilment.objects.get(position=1)
    desk.post(f"/admin/orders/order/{order.pk}/deliver/", {"parcels": [first.pk]})
    assert [state for _, state, _ in parcels(order)] == ["delivered", "shipped"]
    desk.post(f"/admin/orders/order/{order.pk}/deliver/", {"is": "pressed"})
    order.refresh_from_db()
    assert order.fulfilment_status == "delivered"


def test_what_is_still_to_be_sent_stays_on_the_first_page(desk: Client, order: Order) -> None:
    mug, _ = lines_of(order)
    desk.post(f"/admin/orders/order/{order.pk}/ship/", {"carrier": "DHL", f"line_{mug.pk}": 1})
    first = desk.get("/admin/")
    (task,) = [task for task in first.context["tasks"] if task["label"] == "order to ship"]
    assert (task["count"], [shown.pk for shown in first.context["to_ship"]]) == (1, [order.pk])
    listed = desk.get(task["url"])
    assert [row.pk for row in listed.context["cl"].result_list] == [order.pk]


def test_a_part_is_shipped_by_program(api: Api, order: Order) -> None:
    mug, _ = lines_of(order)
    path = f"orders/{order.public_id}/ship/"
    body = {"carrier": "DHL", "position": 1, "lines": [{"variant": mug.variant.public_id, "quantity": 2}]}
    answers = [api.post(path, body) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    told = answers[1].json()
    assert (told["fulfilment_status"], [line["shipped"] for line in told["lines"]]) == ("partial", [2, 0])
    assert [(p["position"], p["lines"]) for p in told["fulfilments"]] == [
        (1, [{"variant": mug.variant.public_id, "quantity": 2}])
    ]
    assert api.post(f"orders/{order.public_id}/deliver/", {"position": 2}).status_code == 404
    assert api.post(f"orders/{order.public_id}/deliver/", {"position": 1}).json()["fulfilment_status"] == "partial"
    api.post(path, {"carrier": "UPS", "tracking_number": "9"})
    assert api.post(f"orders/{order.public_id}/deliver/", {}).json()["fulfilment_status"] == "delivered"
    assert [goods for _, _, goods in parcels(order)] == ["2 × Blue mug", "1 × Desk lamp"]


@pytest.mark.parametrize("quantity", [0, -1, 1.5, 10**9, "1", True, None])
def test_attack_35_odd_quantities_ship_nothing(api: Api, order: Order, quantity: Any) -> None:
    mug, _ = lines_of(order)
    lines = [{"variant": mug.variant.public_id, "quantity": quantity}]
    answer = api.post(f"orders/{order.public_id}/ship/", {"carrier": "DHL", "lines": lines})
    assert (answer.status_code, parcels(order)) == (400, [])


def test_more_than_there_is_and_what_is_not_there_ship_nothing(api: Api, order: Order) -> None:
    mug, _ = lines_of(order)
    for variant, quantity in ((mug.variant.public_id, 3), ("nobody", 1)):
        lines = [{"variant": variant, "quantity": quantity}]
        answer = api.post(f"orders/{order.public_id}/ship/", {"carrier": "DHL", "lines": lines})
        assert (answer.status_code, parcels(order)) == (409, [])
