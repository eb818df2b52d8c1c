"""Exchanges for goods of another price, and money back as store credit, at the desk and by program."""

from typing import Any

from django.test import Client
from django_scopes import scope

from apps.carts.money import money
from apps.catalog.models import Variant
from apps.merchants.invariants import run_all
from apps.orders.models import Order, ReturnRequest
from apps.payments.actions import ask_exchange, start_checkout
from apps.payments.models import Refund
from apps.payments.tenders import credit_of
from tests.carts import goods
from tests.payments.desk import Desk
from tests.payments.story import deliver

from .conftest import Api
from .test_refunds import said
from .test_returns import asked, offered, order, page, stands, stripe

__all__ = ["order", "stripe"]


def dearer(order: Order) -> Variant:
    with scope(merchant=order.merchant):
        return goods.variant(order.merchant, "Teapot", price="30.00")


def body(order: Order, instead: Variant, **changes: Any) -> dict[str, Any]:
    with scope(merchant=order.merchant):
        mug = order.lines.order_by("pk")[0].variant.public_id
    return {
        "variant": mug, "instead": instead.public_id, "worth": 1200, "price": 3000, "request": "crm:1", **changes,
    }  # fmt: skip


def breaches(order: Order) -> list[Any]:
    with scope(merchant=order.merchant):
        return [finding for finding in run_all() if not finding["ok"]]


def test_an_exchange_by_program_waits_for_its_difference(api: Api, order: Order, stripe: Desk) -> None:
    teapot, path = dearer(order), f"orders/{order.public_id}/exchange/"
    assert api.post(path, body(order, teapot, price=2500)).status_code == 409
    first, second = (api.post(path, body(order, teapot)) for _ in range(2))
    made = first.json()
    assert (first.status_code, second.json()["id"], made["state"], made["kind"]) == (
        200,
        made["id"],
        "unpaid",
        "exchange",
    )
    assert made["pay_url"].endswith(f"/pay/{made['exchange_order']}/")
    assert api.post(f"returns/{made['id']}/approve/", {}).status_code == 409
    with scope(merchant=order.merchant):
        payment = start_checkout(Order.objects.get(public_id=made["exchange_order"]))
        assert (str(payment.amount), stripe.pay(payment.provider_session)) == ("€18.00", "paid")
        deliver(stripe)
    steps = [("approve", {}), ("receive", {}), ("send", {"carrier": "DHL"}), ("send", {"carrier": "DHL"})]
    states = [api.post(f"returns/{made['id']}/{step}/", said).json()["state"] for step, said in steps]
    assert (states, breaches(order)) == (["approved", "received", "replaced", "replaced"], [])
    refunds = api.get(f"orders/{order.public_id}/").json()["refunds"]
    assert [(made["amount"]["minor"], made["to_exchange"]) for made in refunds] == [(1200, True)]


def test_the_desk_sees_the_difference_and_calls_it_off(desk: Client, order: Order) -> None:
    teapot = dearer(order)
    with scope(merchant=order.merchant):
        mug = order.lines.order_by("pk")[0]
        request = ask_exchange(order, lines={mug.pk: 1}, variant=teapot)
    shown = desk.get(page(request)).content.decode()
    assert ("€18.00 is awaited" in shown, offered(desk, request)) == (True, ["cancel"])
    desk.post(page(request, "cancel"), {"csrfmiddlewaretoken": "x"})
    assert (stands(request), breaches(order), offered(desk, request)) == (("cancelled", []), [], [])


def test_an_exchange_that_is_here_can_be_paid_back_instead(desk: Client, order: Order, stripe: Desk) -> None:
    """The shopper paid the difference and sent the mug; the shop would rather give the money back than another one."""
    with scope(merchant=order.merchant):
        request = ask_exchange(order, lines={order.lines.order_by("pk")[0].pk: 1}, variant=dearer(order))
        payment = start_checkout(request.exchange_order)
        stripe.pay(payment.provider_session)
        deliver(stripe)
    seen = [offered(desk, request)]
    for step in ("approve", "receive"):
        desk.post(page(request, step), {"instructions": ""})
        seen.append(offered(desk, request))
    assert seen == [["approve", "decline", "cancel"], ["receive", "cancel"], ["decline", "refund", "send"]]
    shown = desk.get(page(request, "refund"))
    assert shown.context["label"] == "Pay back €12.00"
    desk.post(page(request, "refund"), said(shown))
    assert (stands(request)[0], offered(desk, request), breaches(order)) == ("refunded", [], [])


def test_a_return_becomes_credit_as_the_shopper_wished(desk: Client, order: Order, stripe: Desk) -> None:
    request = asked(order, to_credit=True)
    desk.post(page(request, "approve"), {"instructions": ""})
    desk.post(page(request, "receive"), {"csrfmiddlewaretoken": "x"})
    form = said(desk.get(page(request, "refund")))
    assert form["to_credit"] is True
    for _ in range(2):
        desk.post(page(request, "refund"), form | {"to_credit": "on"})
    with scope(merchant=order.merchant):
        assert (stands(request), credit_of(order.customer, "EUR"), stripe.every("refund")) == (
            ("refunded", ["€12.00"]),
            money("12.00", "EUR"),
            [],
        )
    assert breaches(order) == []


def test_a_refund_by_program_becomes_credit_and_is_never_more_than_was_paid(
    api: Api, order: Order, stripe: Desk
) -> None:
    path = f"orders/{order.public_id}/refund/"
    with scope(merchant=order.merchant):
        mug = order.lines.order_by("pk")[0].variant.public_id
    part = {"lines": [{"variant": mug, "quantity": 1}], "to_credit": True, "reason": "late", "request": "crm:2"}
    assert [api.post(path, part).status_code for _ in range(2)] == [200, 200]
    assert api.post(path, {"to_credit": True}).status_code == 200
    assert api.post(path, part | {"request": "crm:3"}).status_code == 409
    with scope(merchant=order.merchant):
        made = [(str(each.amount), each.to_credit, each.reason) for each in Refund.objects.order_by("pk")]
        assert (made, credit_of(order.customer, "EUR")) == (
            [("€12.00", True, "late"), ("€28.90", True, "")],
            money("40.90", "EUR"),
        )
        assert (ReturnRequest.objects.count(), stripe.every("refund")) == (0, [])
    assert breaches(order) == []
