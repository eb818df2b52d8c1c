"""Returns as a file: a row for each of the goods, in a few queries, of one shop alone."""

from typing import Any

import pytest
from django.test import Client
from django.urls import NoReverseMatch
from django_scopes import scope

from apps.merchants.models import Merchant
from apps.orders.actions import approve_return
from apps.orders.models import Order
from tests import factories
from tests.backoffice.test_returns import asked

from .paper import exported, place, signed_in

RETURNS = "orders.returnrequest"


def test_what_came_back_is_taken_away_in_a_few_queries(
    desk: Client,
    order: Order,
    django_assert_max_num_queries: Any,
) -> None:
    request = asked(order, 1, 1, reason="damaged", note="=It broke")
    with scope(merchant=order.merchant):
        approve_return(request)
    with django_assert_max_num_queries(12):
        first, second = exported(desk, RETURNS)
    assert [first["quantity"], second["quantity"]] == ["1", "1"]
    assert (first["return"], first["order"]) == (f"{order.number}/R1", order.number)
    assert (first["kind"], first["state"], first["reason"], first["note"]) == (
        "return", "approved", "damaged", "'=It broke",
    )  # fmt: skip
    assert (second["title"], second["received_at"], first["decided_at"] != "") == ("Desk lamp", "", True)


def test_nobody_else_has_them_and_nobody_brings_them(
    desk: Client,
    order: Order,
    merchant: Merchant,
    other_merchant: Merchant,
) -> None:
    asked(order)
    assert exported(signed_in(factories.staff(other_merchant, "manager")), RETURNS) == []
    assert signed_in(factories.staff(merchant, "associate")).get(place(RETURNS, "export")).status_code == 302
    with pytest.raises(NoReverseMatch):
        place(RETURNS, "import")
