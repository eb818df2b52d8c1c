"""Returns at the desk and by program: judged, received, paid back once, replaced; a stranger sees none."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django_scopes import scope

from apps.merchants.invariants import run_all
from apps.merchants.models import Merchant
from apps.orders.actions import ask_return, deliver_order, ship_order
from apps.orders.models import Order, ReturnRequest
from apps.payments.actions import send_refunds
from apps.payments.models import PaymentAccount, Refund
from tests import factories
from tests.carts import goods
from tests.payments.desk import NAME, Desk
from tests.payments.story import deliver, paid

from .conftest import Api
from .test_refunds import said


@pytest.fixture
def stripe() -> Iterator[Desk]:
    played = Desk()
    yield played
    played.close()


@pytest.fixture
def order(merchant: Merchant, stripe: Desk) -> Order:
    """Two mugs and a lamp for 36.00, 4.90 for the parcel; here."""
    with scope(merchant=merchant):
        PaymentAccount.objects.create(merchant=merchant, provider="stripe", name=NAME, config=stripe.config)
        wanted = {goods.variant(merchant): 2, goods.variant(merchant, "Desk lamp"): 1}
        order = paid(stripe, factories.customer(merchant), wanted).order
        ship_order(order, carrier="DHL", tracking_number="1")
        return deliver_order(order)


def asked(order: Order, mugs: int = 1, lamps: int = 0, **fields: Any) -> ReturnRequest:
    with scope(merchant=order.merchant):
        mug, lamp = order.lines.order_by("pk")
        return ask_return(order, lines={mug.pk: mugs, lamp.pk: lamps}, **fields)


def page(request: ReturnRequest, step: str = "change") -> str:
    return f"/admin/orders/returnrequest/{request.pk}/{step}/"


def stands(request: ReturnRequest) -> tuple[str, list[str]]:
    with scope(merchant=request.merchant):
        paid_back = [str(amount) for amount in (r.amount for r in Refund.objects.order_by("pk"))]
        return ReturnRequest.objects.get(pk=request.pk).state, paid_back


def offered(desk: Client, request: ReturnRequest) -> list[str]:
    """The steps the return's page has a button for."""
    shown = desk.get(page(request)).content.decode()
    steps = ("approve", "decline", "receive", "refund", "send", "cancel")
    return [step for step in steps if f'{page(request, step)}"' in shown]


def test_a_return_is_judged_received_and_paid_back_at_the_desk(desk: Client, order: Order) -> None:
    request = asked(order, mugs=2, note="too big", photos=["m1"])
    shown = desk.get("/admin/orders/returnrequest/").content.decode()
    assert (f"{request}" in shown, "2 × Blue mug" in shown) == (True, True)
    assert "too big" in desk.get(page(request)).content.decode()
    assert "return to judge" in desk.get("/admin/").content.decode()
    desk.post(page(request, "approve"), {"instructions": "Ring twice", "label_url": "https://dhl.example/1"})
    form = said(desk.get(page(request, "receive")))
    with scope(merchant=order.merchant):
        mug = order.lines.order_by("pk")[0]
        request.refresh_from_db()
    assert (form, request.instructions, request.label_url) == (
        {f"line_{mug.pk}": 2},
        "Ring twice",
        "https://dhl.example/1",
    )
    desk.post(page(request, "receive"), {f"line_{mug.pk}": 1})
    assert (stands(request)[0], "return to settle" in desk.get("/admin/").content.decode()) == ("received", True)
    first = desk.get(page(request, "refund"))
    assert (first.context["label"], said(first)["agreed"]) == ("Pay back €24.00", "2400")
    second = desk.post(page(request, "refund"), said(first) | {"delivery": "0.90"})
    assert (second.context["label"], stands(request)) == ("Pay back €24.90", ("received", []))
    for _ in range(2):  # a double click
        desk.post(page(request, "refund"), said(second))
    assert stands(request) == ("refunded", ["€24.90"])
    with scope(merchant=order.merchant):
        assert [finding for finding in run_all() if not finding["ok"]] == []


def test_the_delivery_stands_there_when_nothing_of_the_order_stays(desk: Client, order: Order) -> None:
    request = asked(order, mugs=2, lamps=1)
    desk.post(page(request, "approve"), {"instructions": ""})
    desk.post(page(request, "receive"), {"csrfmiddlewaretoken": "x"})
    assert desk.get(page(request, "refund")).context["label"] == "Pay back €40.90"


def test_declining_needs_a_reason_and_a_settled_one_is_left_alone(desk: Client, order: Order) -> None:
    request = asked(order)
    assert (desk.post(page(request, "decline"), {}).status_code, stands(request)) == (200, ("requested", []))
    desk.post(page(request, "decline"), {"reason": "It was worn"})
    for step in ("approve", "receive", "refund", "send", "cancel"):
        desk.post(page(request, step), {"carrier": "DHL", "agreed": "1200"})
    assert stands(request) == ("declined", [])


@pytest.mark.parametrize("odd", ["3", "-1", "1.5", "x"])
def test_attack_35_odd_quantities_are_not_received(desk: Client, order: Order, odd: str) -> None:
    request = asked(order)
    desk.post(page(request, "approve"), {"instructions": ""})
    with scope(merchant=order.merchant):
        mug = order.lines.order_by("pk")[0]
    desk.post(page(request, "receive"), {f"line_{mug.pk}": odd})
    assert stands(request) == ("approved", [])


def test_attack_34_the_amount_is_not_for_the_form_to_say(desk: Client, order: Order) -> None:
    request = asked(order, kind="claim")
    desk.post(page(request, "approve"), {"instructions": ""})
    for agreed in ("1", "999999", "", "x", "-1200"):
        answer = desk.post(page(request, "refund"), {"agreed": agreed, "delivery": ""})
        assert (answer.context["label"], stands(request)) == ("Pay back €12.00", ("approved", []))
    assert desk.post(page(request, "refund"), {"agreed": "1690", "delivery": "4.91"}).status_code == 302
    assert stands(request) == ("approved", [])


def test_a_claim_is_replaced_at_the_desk(desk: Client, order: Order) -> None:
    request = asked(order, kind="claim", wish="replacement")
    desk.post(page(request, "approve"), {"instructions": ""})
    assert offered(desk, request) == ["refund", "send", "cancel"]
    desk.post(page(request, "send"), {"carrier": "DHL", "tracking_number": "9"})
    assert (stands(request), offered(desk, request)) == (("replaced", []), [])
    desk.post(page(request, "refund"), {"agreed": "1200"})
    assert stands(request) == ("replaced", [])


def test_a_claim_for_a_replacement_is_paid_back_instead(desk: Client, order: Order) -> None:
    request = asked(order, kind="claim", wish="replacement")
    desk.post(page(request, "approve"), {"instructions": ""})
    desk.post(page(request, "refund"), said(desk.get(page(request, "refund"))))
    assert (stands(request), offered(desk, request)) == (("refunded", ["€12.00"]), [])


def test_money_no_bank_took_can_be_paid_back_again(desk: Client, order: Order, stripe: Desk) -> None:
    request = asked(order, kind="claim")
    desk.post(page(request, "approve"), {"instructions": ""})
    first = said(desk.get(page(request, "refund")))
    desk.post(page(request, "refund"), first)
    with scope(merchant=order.merchant):
        send_refunds()
        stripe.finish_refund(stripe.every("refund")[0]["id"], failed=True)
        deliver(stripe)
    assert offered(desk, request) == ["refund"]
    desk.post(page(request, "refund"), said(desk.get(page(request, "refund"))))
    assert (stands(request), offered(desk, request)) == (("refunded", ["€12.00", "€12.00"]), [])


@pytest.mark.django_db(transaction=True)  # the provider is asked once the promise is committed
def test_a_return_is_settled_by_program(api: Api, order: Order) -> None:
    request = asked(order, mugs=2, note="too big")
    (listed,) = api.get("returns/", state="requested").json()["results"]
    assert (listed["name"], listed["kind"], listed["note"], listed["lines"][0]["quantity"], listed["refunds"]) == (
        str(request),
        "return",
        "too big",
        2,
        [],
    )
    assert (api.get("returns/", state="odd").status_code, api.get("returns/", order="x").json()["results"]) == (400, [])
    path = f"returns/{request.public_id}/"
    assert api.post(f"{path}refund/").status_code == 409
    assert api.post(f"{path}decline/").status_code == 400
    assert api.post(f"{path}approve/", {"instructions": "Ring twice"}).json()["state"] == "approved"
    variant = listed["lines"][0]["variant"]
    assert api.post(f"{path}receive/", {"restock": [{"variant": variant, "quantity": 3}]}).status_code == 409
    assert api.post(f"{path}receive/", {"restock": []}).json()["lines"][0]["restocked"] == 0
    assert api.post(f"{path}refund/", {"delivery": 490, "amount": 2400}).status_code == 409
    for _ in range(2):
        answer = api.post(f"{path}refund/", {"delivery": 490, "amount": 2890}).json()
    assert (answer["state"], [(r["state"], r["amount"]["minor"]) for r in answer["refunds"]]) == (
        "refunded",
        [("done", 2890)],
    )
    assert api.post(f"{path}cancel/").status_code == 409
    assert api.get(path).json() == answer


def test_a_claim_is_replaced_and_a_return_called_off_by_program(api: Api, order: Order) -> None:
    claim, back = asked(order, kind="claim", wish="replacement"), asked(order, mugs=0, lamps=1)
    api.post(f"returns/{claim.public_id}/approve/")
    told = api.post(f"returns/{claim.public_id}/send/", {"carrier": "UPS", "tracking_number": "1Z"}).json()
    assert (told["state"], told["carrier"], told["tracking_number"]) == ("replaced", "UPS", "1Z")
    assert api.post(f"returns/{back.public_id}/cancel/").json()["state"] == "cancelled"
    assert api.post(f"returns/{back.public_id}/approve/", {"price": 1}).status_code == 400


def test_a_stranger_sees_and_judges_nothing(stranger: Api, reader: Api, order: Order) -> None:
    request = asked(order)
    path = f"returns/{request.public_id}/"
    assert (stranger.get("returns/").json()["results"], stranger.get(path).status_code) == ([], 404)
    for step in ("approve", "decline", "receive", "refund", "send", "cancel"):
        assert (
            stranger.post(path + step + "/", {"reason": "x"}).status_code,
            reader.post(path + step + "/").status_code,
        ) in ((404, 403),)
    assert stands(request) == ("requested", [])


def test_what_the_desk_of_another_shop_cannot_open(other_merchant: Merchant, order: Order) -> None:
    request = asked(order)
    client = Client()
    client.force_login(factories.staff(other_merchant, "manager"), backend="django.contrib.auth.backends.ModelBackend")
    for step in ("approve", "decline", "receive", "refund", "send", "cancel"):
        assert client.post(page(request, step), {"reason": "x", "carrier": "y"}).status_code == 404
    assert stands(request) == ("requested", [])


def test_goods_that_were_paid_back_without_coming_do_not_come(api: Api, order: Order) -> None:
    """A program opens what the thread would: money and goods are not both given back."""
    assert api.post(f"orders/{order.public_id}/refund/", {"request": "all"}).status_code == 200
    with scope(merchant=order.merchant):
        mug = order.lines.order_by("pk")[0].variant.public_id
    wanted = {"lines": [{"variant": mug, "quantity": 1}], "request": "after"}
    answers = [api.post(f"orders/{order.public_id}/returns/", {"kind": kind, **wanted}) for kind in ("return", "claim")]
    assert [answer.status_code for answer in answers] == [409, 409]
    with scope(merchant=order.merchant):
        assert order.returns.count() == 0
