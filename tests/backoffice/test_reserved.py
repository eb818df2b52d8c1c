"""Reserved money at the desk: the buttons bear their amount, and the first page says what runs out or is missing."""

import datetime as dt
from decimal import Decimal

import pytest
from django.test import Client
from django_scopes import scope, scopes_disabled

from apps.backoffice.dashboard import figures, sales_by_day
from apps.carts.models import Cart
from apps.carts.money import money
from apps.insights.models import CustomerFigures
from apps.insights.reckon import reckon_figures
from apps.merchants import clock
from apps.merchants.invariants import run_all
from apps.merchants.models import Goodwill, Merchant
from apps.orders.models import Order
from apps.payments.actions import hold_tenders, issue_gift_card, reconcile, start_checkout, use_gift_card
from apps.payments.inbox import run_due
from apps.payments.models import Capture, GiftCard, Payment, PaymentAccount, Refund
from apps.payments.tenders import card_balance
from tests import factories
from tests.carts import goods
from tests.payments.conftest import desk as desk_of_stripe  # noqa: F401 (under its other name)
from tests.payments.desk import NAME, Desk
from tests.payments.story import deliver, linked
from tests.payments.test_capture import run_out


@pytest.fixture
def stripe(desk_of_stripe: Desk) -> Desk:  # noqa: F811
    return desk_of_stripe


@pytest.fixture
def order(merchant: Merchant, stripe: Desk) -> Order:
    """A mug for 16.90 with its parcel, reserved."""
    with scope(merchant=merchant):
        PaymentAccount.objects.create(
            merchant=merchant, provider="stripe", name=NAME, config=stripe.config, captures_on_shipping=True
        )
        payment = linked(factories.customer(merchant))
        stripe.pay(payment.provider_session)
        deliver(stripe)
        return Order.objects.get(pk=payment.order_id)


def page(order: Order, act: str) -> str:
    return f"/admin/orders/order/{order.pk}/{act}/"


def state_of(order: Order) -> tuple[str, str]:
    run_due()
    with scope(merchant=order.merchant):
        order.refresh_from_db()
    return order.status, order.payment_status


@pytest.mark.parametrize(
    ("act", "label", "payment"), [("take", "Take €16.90", "paid"), ("let-go", "Let go of €16.90", "none")]
)
def test_what_was_shown_is_taken_or_let_go_once(
    desk: Client, order: Order, stripe: Desk, act: str, label: str, payment: str
) -> None:
    shown = desk.get(page(order, act))
    assert shown.context["label"] == label
    desk.post(page(order, act), {"agreed": "1600"}, follow=True)
    assert state_of(order) == ("placed", "authorised")
    for _twice in range(2):
        desk.post(page(order, act), {"agreed": "1690"}, follow=True)
    assert state_of(order) == ("placed", payment)
    with scope(merchant=order.merchant):
        assert Capture.objects.count() == 1
    there = desk.get(f"/admin/orders/order/{order.pk}/change/").content.decode()
    assert "Take the money" not in there


def beside_a_card(merchant: Merchant, stripe: Desk) -> tuple[Order, GiftCard]:
    """A mug for 16.90 with its parcel: 10.00 of it by a gift card, the rest reserved."""
    with scope(merchant=merchant):
        PaymentAccount.objects.create(
            merchant=merchant, provider="stripe", name=NAME, config=stripe.config, captures_on_shipping=True
        )
        ana = factories.customer(merchant)
        card, _ = issue_gift_card(merchant, money("10.00", "EUR"))
        cart = goods.full_cart(ana, {goods.variant(merchant): 1})
        use_gift_card(cart, card)
        order = goods.draft(Cart.objects.get(pk=cart.pk))
        hold_tenders(order)
        stripe.pay(start_checkout(order).provider_session)
        deliver(stripe)
    return order, card


def test_what_a_gift_card_paid_stays_when_the_reserved_rest_is_let_go(
    desk: Client, merchant: Merchant, stripe: Desk
) -> None:
    order, card = beside_a_card(merchant, stripe)
    assert state_of(order) == ("placed", "authorised")
    assert desk.get(page(order, "let-go")).context["label"] == "Let go of €6.90"
    for _twice in range(2):
        desk.post(page(order, "let-go"), {"agreed": "690"}, follow=True)
    assert state_of(order) == ("placed", "partly_paid")
    with scope(merchant=merchant):
        assert (sold(merchant), worth()) == (
            ("€16.90", "1", "€16.90"),
            [Decimal("5.10")],
        )  # a gift is no loss of the sale
        refund = Refund.objects.get()
        assert (refund.amount, refund.is_release, card_balance(card)) == (money("6.90", "EUR"), True, money(0, "EUR"))
        assert Goodwill.objects.get().amount == refund.amount.amount
    with scopes_disabled():
        assert [found["name"] for found in run_all() if not found["ok"]] == []
    assert stripe.every("payment_intent")[0]["status"] == "canceled"


def test_what_runs_out_and_what_is_missing_is_a_task(desk: Client, order: Order, stripe: Desk) -> None:
    first_page = desk.get("/admin/").content.decode()
    assert ("runs out" in first_page, "could not be taken" in first_page) == (False, False)
    with scope(merchant=order.merchant):
        Payment.objects.update(capture_before=clock.now() + dt.timedelta(days=1))
    assert "reserved payment runs out within two days" in desk.get("/admin/").content.decode()
    assert order.number in desk.get("/admin/payments/payment/?reserved=ending").content.decode()
    stripe.store.set_setting("stripe_capture_refuses", "The authorization has expired.")
    desk.post(page(order, "take"), {"agreed": "1690"}, follow=True)
    assert state_of(order) == ("placed", "authorised")
    assert "reserved payment could not be taken" in desk.get("/admin/").content.decode()
    with scope(merchant=order.merchant):
        payment = Payment.objects.get()
    assert order.number in desk.get("/admin/payments/payment/?reserved=missing").content.decode()
    assert (
        "The authorization has expired." in desk.get(f"/admin/payments/payment/{payment.pk}/change/").content.decode()
    )


def test_somebody_elses_order_is_not_there(desk: Client, order: Order, other_merchant: Merchant) -> None:
    with scope(merchant=other_merchant):
        stranger = factories.customer(other_merchant)
        PaymentAccount.objects.create(merchant=other_merchant, provider="stripe", name="other", config={})
    assert stranger.merchant_id != order.merchant_id
    anonymous = Client()
    for act in ("take", "let-go"):
        assert anonymous.post(page(order, act), {"agreed": "1690"}).status_code == 302
    assert state_of(order) == ("placed", "authorised")


def sold(merchant: Merchant) -> tuple[str, str, str]:
    """What the first page of the desk tells of today: the amount, the orders, and the bar of the day."""
    amount, orders, _chats = figures(merchant)
    return amount["value"], orders["value"], sales_by_day(merchant)[-1]["amount"]


def worth() -> list[Decimal]:
    """What each customer comes to."""
    reckon_figures()
    return list(CustomerFigures.objects.values_list("value", flat=True))


def test_what_ran_out_beside_a_gift_card_is_no_sale(merchant: Merchant, stripe: Desk) -> None:
    order, _card = beside_a_card(merchant, stripe)
    with scope(merchant=merchant):
        assert (sold(merchant), len(worth())) == (("€16.90", "1", "€16.90"), 1)
        run_out(stripe)
        Payment.objects.filter(gift_card=None).update(
            created_at=clock.now() - dt.timedelta(days=8), checked_at=clock.now() - dt.timedelta(days=1)
        )
        reconcile()
    assert state_of(order) == ("placed", "partly_paid")
    with scope(merchant=merchant):
        assert (sold(merchant), worth()) == (("€0.00", "0", "€0.00"), [])


def test_what_ran_out_whole_is_no_sale_on_the_first_page_either(order: Order, stripe: Desk) -> None:
    with scope(merchant=order.merchant):
        assert sold(order.merchant) == ("€16.90", "1", "€16.90")
        run_out(stripe)
        Payment.objects.update(
            created_at=clock.now() - dt.timedelta(days=8), checked_at=clock.now() - dt.timedelta(days=1)
        )
        reconcile()
        assert sold(order.merchant) == ("€0.00", "0", "€0.00")
