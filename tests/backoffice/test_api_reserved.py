"""Reserved money over the API: taken or let go once, never more than there is, never against what was expected."""

from typing import Any

import pytest
from django_scopes import scope, scopes_disabled

from apps.carts.money import money
from apps.merchants.invariants import run_all
from apps.orders.models import Order
from apps.payments.actions import refund_lines
from apps.payments.inbox import run_due
from apps.payments.models import Capture, Refund
from tests.payments.desk import Desk

from .conftest import Api
from .test_reserved import desk_of_stripe, order, stripe

__all__ = ["desk_of_stripe", "order", "stripe"]  # fixtures


def told(answer: Any) -> tuple[int, str, int, int]:
    """(status, payment status, reserved, captured)"""
    body = answer.json()
    (payment,) = body["payments"]
    return answer.status_code, body["payment_status"], payment["reserved"]["minor"], payment["captured"]["minor"]


def test_it_is_read_with_its_payment(api: Api, order: Order) -> None:
    assert told(api.get(f"orders/{order.public_id}/")) == (200, "authorised", 1690, 0)


def test_what_is_reserved_is_taken_once(api: Api, order: Order, stripe: Desk) -> None:
    at = f"orders/{order.public_id}"
    assert [api.post(f"{at}/capture/", {"amount": amount}).status_code for amount in (1691, 1689)] == [409, 409]
    with scope(merchant=order.merchant):
        assert Capture.objects.count() == 0
    assert api.post(f"{at}/capture/", {"amount": 1690}).status_code == 200
    run_due()
    assert told(api.post(f"{at}/capture/", {"amount": 1690})) == (200, "paid", 0, 1690)
    assert api.post(f"{at}/capture/", {"amount": 1600}).status_code == 409
    assert api.post(f"{at}/release/", {"amount": 1690}).status_code == 409
    run_due()
    with scope(merchant=order.merchant):
        assert [str(row.amount) for row in Capture.objects.all()] == ["€16.90"]
    assert stripe.every("payment_intent")[0]["amount_received"] == 1690


def test_what_is_reserved_is_let_go_once_and_the_order_stays(api: Api, order: Order, stripe: Desk) -> None:
    at = f"orders/{order.public_id}"
    assert api.post(f"{at}/release/", {"amount": 1600}).status_code == 409
    for _twice in range(2):
        assert api.post(f"{at}/release/", {"amount": 1690}).status_code == 200
        run_due()
    assert api.post(f"{at}/release/", {"amount": 1600}).status_code == 409
    assert api.post(f"{at}/capture/", {"amount": 1690}).status_code == 409
    answer = api.get(f"{at}/")
    assert (told(answer), answer.json()["status"]) == ((200, "none", 0, 0), "placed")
    with scope(merchant=order.merchant):
        assert Refund.objects.count() == 1
    assert stripe.every("payment_intent")[0]["status"] == "canceled"
    with scopes_disabled():
        assert [each["name"] for each in run_all() if not each["ok"]] == []


def test_what_was_let_go_before_is_not_taken(api: Api, order: Order, stripe: Desk) -> None:
    at = f"orders/{order.public_id}"
    with scope(merchant=order.merchant):
        refund_lines(order, lines={}, delivery=money("4.90", "EUR"))
    assert told(api.get(f"{at}/")) == (200, "authorised", 1200, 0)
    assert api.post(f"{at}/capture/", {"amount": 1690}).status_code == 409
    api.post(f"{at}/capture/", {"amount": 1200})
    run_due()
    assert told(api.post(f"{at}/capture/", {"amount": 1200})) == (200, "paid", 0, 1200)
    assert api.post(f"{at}/release/", {"amount": 490}).status_code == 409


def test_what_the_bank_refused_can_be_asked_for_again(api: Api, order: Order, stripe: Desk) -> None:
    at = f"orders/{order.public_id}"
    stripe.store.set_setting("stripe_capture_refuses", "The authorization has expired.")
    api.post(f"{at}/capture/", {"amount": 1690})
    run_due()
    answer = api.get(f"{at}/")
    assert (told(answer), answer.json()["events"][-1]["kind"]) == ((200, "authorised", 1690, 0), "capture_failed")
    stripe.store.set_setting("stripe_capture_refuses", "")
    api.post(f"{at}/capture/", {"amount": 1690})
    run_due()
    assert told(api.get(f"{at}/")) == (200, "paid", 0, 1690)


@pytest.mark.parametrize("act", ["capture", "release"])
@pytest.mark.parametrize(
    "body", [None, {}, {"amount": 0}, {"amount": -1}, {"amount": "1690"}, {"amount": 1690, "to": 1}]
)
def test_an_amount_is_said(api: Api, order: Order, act: str, body: Any) -> None:
    assert api.post(f"orders/{order.public_id}/{act}/", body).status_code == 400


@pytest.mark.parametrize("act", ["capture", "release"])
def test_neither_a_reader_nor_a_stranger_moves_it(
    api: Api, reader: Api, stranger: Api, order: Order, stripe: Desk, act: str
) -> None:
    at = f"orders/{order.public_id}/{act}/"
    assert reader.post(at, {"amount": 1690}).status_code == 403
    assert stranger.post(at, {"amount": 1690}).status_code == 404
    assert told(api.get(f"orders/{order.public_id}/")) == (200, "authorised", 1690, 0)
