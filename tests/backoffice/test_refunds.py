"""Paying back at the desk and by program: the amount stands on the button, and is what goes back."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django_scopes import scope

from apps.merchants.models import Merchant
from apps.orders.actions import approve_return, ask_return, deliver_order, receive_return, ship_order
from apps.orders.models import Order
from apps.payments.actions import refund_return, send_refunds
from apps.payments.actions.returned import refunds_of
from apps.payments.models import GiftCard, PaymentAccount, Refund
from tests import factories
from tests.carts import goods
from tests.payments.desk import NAME, Desk
from tests.payments.story import deliver, paid

from .conftest import Api


@pytest.fixture
def stripe() -> Iterator[Desk]:
    played = Desk()
    yield played
    played.close()


@pytest.fixture
def order(merchant: Merchant, stripe: Desk) -> Order:
    """Two mugs and a lamp for 36.00, 4.90 for the parcel; paid."""
    with scope(merchant=merchant):
        PaymentAccount.objects.create(merchant=merchant, provider="stripe", name=NAME, config=stripe.config)
        wanted = {goods.variant(merchant): 2, goods.variant(merchant, "Desk lamp"): 1}
        return paid(stripe, factories.customer(merchant), wanted).order


def page(order: Order) -> str:
    return f"/admin/orders/order/{order.pk}/refund/"


def lines_of(order: Order) -> list[Any]:
    with scope(merchant=order.merchant):
        return list(order.lines.order_by("pk").select_related("variant"))


def refunds(order: Order) -> list[tuple[str, str, str]]:
    with scope(merchant=order.merchant):
        found = Refund.objects.order_by("pk").prefetch_related("lines__line")
        return [(str(r.amount), str(r.reason), ", ".join(map(str, r.lines.all()))) for r in found]


def said(answer: Any) -> dict[str, Any]:
    """The form as the browser would send it back."""
    form = answer.context["form"]
    return {name: form[name].value() or "" for name in form.fields if form[name].value() is not False}


def test_the_first_button_pays_back_everything(desk: Client, order: Order) -> None:
    shown = desk.get(page(order))
    assert (shown.context["label"], said(shown)["agreed"]) == ("Pay back €40.90", "4090")
    desk.post(page(order), said(shown))
    assert refunds(order) == [("€40.90", "", "2 × Blue mug, 1 × Desk lamp")]
    again = desk.get(page(order), follow=True)
    assert "There is nothing left to pay back." in again.content.decode()


def test_other_numbers_show_another_amount_first(desk: Client, order: Order) -> None:
    mug, lamp = lines_of(order)
    chosen = said(desk.get(page(order))) | {
        f"line_{mug.pk}": 1,
        f"line_{lamp.pk}": 0,
        "delivery": "0.90",
        "reason": "chip",
    }
    shown = desk.post(page(order), chosen)
    assert (shown.context["label"], refunds(order)) == ("Pay back €12.90", [])
    for _ in range(2):  # a double click
        desk.post(page(order), said(shown))
    assert refunds(order) == [("€12.90", "chip", "1 × Blue mug")]
    other = desk.post(page(order), chosen, follow=True).content.decode()  # somebody else, from the page before
    assert ("€12.90 has just been paid back" in other, len(refunds(order))) == (True, 1)


@pytest.mark.parametrize("odd", ["3", "-1", "1.5", "1e3", "NaN", "٣"])
def test_attack_35_odd_quantities_pay_nothing_back(desk: Client, order: Order, odd: str) -> None:
    mug, _ = lines_of(order)
    answer = desk.post(page(order), said(desk.get(page(order))) | {f"line_{mug.pk}": odd})
    assert (answer.status_code, refunds(order)) == (200, [])


def test_attack_34_the_amount_is_not_for_the_form_to_say(desk: Client, order: Order) -> None:
    for agreed in ("1", "999999", "", "x", "-4090"):
        answer = desk.post(page(order), said(desk.get(page(order))) | {"agreed": agreed})
        assert (answer.context["label"], refunds(order)) == ("Pay back €40.90", [])


@pytest.mark.django_db(transaction=True)  # the provider is asked once the promise is committed
def test_a_part_goes_back_by_program(api: Api, order: Order) -> None:
    mug, _ = lines_of(order)
    path = f"orders/{order.public_id}/refund/"
    body = {
        "lines": [{"variant": mug.variant.public_id, "quantity": 1}],
        "delivery": 490,
        "amount": 1690,
        "drop": True,
        "request": "R1",
    }
    assert api.post(path, body | {"amount": 1689}).status_code == 409
    answers = [api.post(path, body) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    (refund,) = answers[1].json()["refunds"]
    assert (refund["state"], refund["amount"], refund["delivery"], refund["lines"]) == (
        "done",
        {"minor": 1690, "currency": "EUR"},
        {"minor": 490, "currency": "EUR"},
        [
            {
                "variant": mug.variant.public_id,
                "quantity": 1,
                "amount": {"minor": 1200, "currency": "EUR"},
                "tax": {"minor": 0, "currency": "EUR"},
            }
        ],
    )
    told = answers[1].json()
    assert (told["payment_status"], [line["dropped"] for line in told["lines"]]) == ("partly_refunded", [1, 0])
    assert api.post(path, body | {"delivery": 0, "amount": 1200}).status_code == 409
    rest = api.post(path, {"reason": "all of it"}).json()
    assert (rest["payment_status"], [r["amount"]["minor"] for r in rest["refunds"]]) == ("refunded", [1690, 2400])
    assert api.post(path, body | {"request": "R2"}).status_code == 409


@pytest.mark.django_db(transaction=True)
def test_attack_43_a_programs_name_is_none_of_ours(api: Api, order: Order) -> None:
    """It begins like those the shop gives to what a return, or giving back everything, pays."""
    mug, _ = lines_of(order)
    with scope(merchant=order.merchant):
        ship_order(order, carrier="DHL", tracking_number="1")
        deliver_order(order)
        asked = approve_return(ask_return(order, lines={mug.pk: 1}))
    path, some = f"orders/{order.public_id}/refund/", [{"variant": mug.variant.public_id, "quantity": 1}]
    for name in (f"return:{asked.public_id}:1", "all:x", "whole:x", "x" * 80):
        body = {"delivery": 10, "request": name}
        assert [api.post(path, body).status_code for _ in range(2)] == [200, 200]
    with scope(merchant=order.merchant):
        assert (refunds_of(asked).count(), Refund.objects.count()) == (0, 4)
        assert refund_return(receive_return(asked)) is not None
        assert refunds_of(asked).count() == 1
    assert api.post(path, {"lines": some, "request": "x" * 81}).status_code == 400


def test_everything_by_the_name_of_a_part_is_a_conflict(api: Api, order: Order) -> None:
    path = f"orders/{order.public_id}/refund/"
    assert api.post(path, {"delivery": 490, "request": "R1"}).status_code == 200
    answer = api.post(path, {"request": "R1"})
    assert (answer.status_code, "give the refund of everything its own name" in answer.json()["detail"]) == (409, True)
    assert [amount for amount, _, _ in refunds(order)] == ["€4.90"]
    assert [api.post(path, {"request": "R2"}).status_code for _ in range(2)] == [200, 200]
    assert [amount for amount, _, _ in refunds(order)] == ["€4.90", "€36.00"]


def test_a_stranger_pays_nothing_back(stranger: Api, reader: Api, order: Order) -> None:
    path = f"orders/{order.public_id}/refund/"
    assert (stranger.post(path, {}).status_code, reader.post(path, {}).status_code, refunds(order)) == (404, 403, [])


def test_all_of_it_goes_back_only_where_that_is_what_was_expected(api: Api, order: Order) -> None:
    path = f"orders/{order.public_id}/refund/"
    refused = api.post(path, {"amount": 1})
    assert (refused.status_code, "40.90" in refused.json()["detail"]) == (409, True)
    assert api.post(path, {"drop": True}).status_code == 400
    assert refunds(order) == []
    for _ in range(2):
        assert api.post(path, {"amount": 4090}).status_code == 200
    assert [amount for amount, _, _ in refunds(order)] == ["€40.90"]
    assert api.post(path, {"amount": 1}).status_code == 409


def test_a_program_that_names_nothing_of_worth_is_told_what_to_name(api: Api, order: Order) -> None:
    answer = api.post(f"orders/{order.public_id}/refund/", {"delivery": 0})
    assert (answer.status_code, answer.json()["detail"]) == (
        409,
        f"order {order.number}: this comes to nothing; name lines that were paid for, more of the delivery, or neither of "
        "them to pay back everything",
    )
    assert refunds(order) == []


def test_attack_50_a_card_number_in_a_reason_is_not_kept(api: Api, desk: Client, order: Order) -> None:
    card = "4242 4242 4242 4242"
    answer = api.post(
        "gift-cards/", {"issued": {"minor": 500, "currency": "EUR"}, "note": f"paid with {card}", "key": "k-1"}
    )
    assert answer.status_code == 201, answer.json()
    assert api.post(f"orders/{order.public_id}/refund/", {"reason": card}).status_code == 200
    with scope(merchant=order.merchant):
        assert [refund.reason for refund in Refund.objects.all()] == ["•••• 4242"]
        assert [made.note for made in GiftCard.objects.all()] == ["paid with •••• 4242"]


def test_a_part_that_failed_goes_again_at_one_button(desk: Client, order: Order, stripe: Desk) -> None:
    desk.post(page(order), said(desk.get(page(order))))
    with scope(merchant=order.merchant):
        send_refunds()
        stripe.finish_refund(stripe.every("refund")[0]["id"], failed=True)
        deliver(stripe)
        failed = Refund.objects.get()
    there = f"/admin/payments/refund/{failed.pk}/"
    assert f"{there}again" in desk.get(f"{there}change/").content.decode()
    shown = desk.get(f"{there}again/")
    assert (shown.context["label"], len(refunds(order))) == ("Pay back €40.90", 1)
    for _ in range(2):  # a double click
        assert desk.post(f"{there}again/").status_code == 302
    assert refunds(order) == [("€40.90", "", "2 × Blue mug, 1 × Desk lamp")] * 2
    assert f"{there}again" not in desk.get(f"{there}change/").content.decode()
