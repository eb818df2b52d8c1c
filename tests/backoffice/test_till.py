"""Money taken and handed back by hand, at the desk and by program."""

from typing import Any

import pytest
from django.test import Client
from django_scopes import scope

from apps.merchants.models import Merchant
from apps.orders.models import Order
from apps.payments.actions import refund_order, take_at_till
from apps.payments.models import Payment, Refund
from apps.payments.tenders import amount_due
from tests import factories
from tests.carts import goods
from tests.payments.story import ordered

from .conftest import Api


@pytest.fixture
def order(merchant: Merchant) -> Order:
    """A mug for 12.00 and 4.90 for the parcel, to be paid."""
    with scope(merchant=merchant):
        return ordered(factories.customer(merchant), {goods.variant(merchant): 1})


def page(order: Order, act: str = "till") -> str:
    return f"/admin/orders/order/{order.pk}/{act}/"


def state_of(order: Order) -> tuple[str, str]:
    with scope(merchant=order.merchant):
        order.refresh_from_db()
    return order.status, order.payment_status


def test_the_button_bears_what_is_to_be_taken(desk: Client, order: Order) -> None:
    shown = desk.get(page(order))
    assert shown.context["label"] == "Received: €16.90"
    said = {"taken_as": "terminal", "slip": "T-77", "agreed": shown.context["form"]["agreed"].value()}
    for _twice in range(2):
        answer = desk.post(page(order), said, follow=True)
    assert state_of(order) == ("placed", "paid")
    with scope(merchant=order.merchant):
        payment = Payment.objects.get()
    assert (payment.taken_as, payment.provider_payment) == ("terminal", "T-77")
    assert payment.taken_by_id == int(desk.session["_auth_user_id"])
    assert "Paid in the shop" not in answer.content.decode()  # nothing left to take


@pytest.mark.parametrize("wrong", [{"agreed": "1"}, {"agreed": "x"}, {"taken_as": "shells"}, {"agreed": ""}])
def test_what_was_not_shown_is_not_taken(desk: Client, order: Order, wrong: dict[str, str]) -> None:
    desk.post(page(order), {"taken_as": "cash", "agreed": "1690", **wrong}, follow=True)
    assert state_of(order) == ("draft", "none")


def test_a_refund_is_handed_back_once(desk: Client, order: Order) -> None:
    with scope(merchant=order.merchant):
        take_at_till(order, taken_as="cash", agreed=amount_due(order))
        refund = refund_order(order)
    first_page = desk.get("/admin/").content.decode()
    assert "refund to pay back by hand" in first_page
    chosen: dict[str, Any] = {"action": "handed_back", "_selected_action": [refund.pk]}
    for told in ("1 refund is paid back.", "0 refunds are paid back."):
        answer = desk.post("/admin/payments/refund/", chosen, follow=True)
        assert told in answer.content.decode()
    with scope(merchant=order.merchant):
        assert (Refund.objects.get().state, state_of(order)) == ("done", ("placed", "refunded"))


def test_a_program_takes_what_is_due(api: Api, order: Order) -> None:
    path = f"orders/{order.public_id}/paid_in_shop/"
    assert api.post(path, {"taken_as": "cash", "amount": 1600}).status_code == 409
    assert api.post(path, {"taken_as": "shells", "amount": 1690}).status_code == 400
    answer = api.post(path, {"taken_as": "cash", "amount": 1690})
    assert (answer.status_code, answer.json()["payment_status"], state_of(order)) == (200, "paid", ("placed", "paid"))


def test_somebody_elses_order_is_not_there(desk: Client, api: Api, other_merchant: Merchant) -> None:
    with scope(merchant=other_merchant):
        theirs = ordered(factories.customer(other_merchant), {goods.variant(other_merchant): 1})
    assert desk.post(page(theirs), {"taken_as": "cash", "agreed": "1690"}).status_code == 404
    assert api.post(f"orders/{theirs.public_id}/paid_in_shop/", {"taken_as": "cash", "amount": 1690}).status_code == 404
