"""Kept cards on loopback, through the true client of stripe-python: attached by consent, charged, asked about, gone."""

import time
from typing import Any

import pytest
import stripe

from .conftest import Shop, World

KEEP = {"payment_method_save": "enabled"}


def _session(client: stripe.StripeClient, **changes: Any) -> Any:
    line = {"price_data": {"currency": "eur", "unit_amount": 1250, "product_data": {"name": "Blue mug"}}, "quantity": 2}
    return client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "line_items": [line],
            "success_url": "http://127.0.0.1:9/done",
            "expires_at": int(time.time()) + 1800,
            **changes,
        }  # type: ignore[arg-type]
    )


def _kept(world: World, client: stripe.StripeClient, card: str = "success") -> tuple[str, str]:
    """(customer, card) after the box was ticked."""
    customer = client.v1.customers.create({"metadata": {"payer": "p"}})
    session = _session(client, customer=customer.id, saved_payment_method_options=KEEP)
    world.order("_stripe", do="pay", session=session.id, card=card, keep=True)
    again = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    return customer.id, str(again.payment_intent.payment_method)


def _intent(client: stripe.StripeClient, customer: str, card: str, key: str = "", **changes: Any) -> Any:
    params: Any = {"amount": 2390, "currency": "eur", "customer": customer, "payment_method": card, **changes}
    return client.v1.payment_intents.create(params, {"idempotency_key": key} if key else {})


def test_only_a_ticked_box_keeps_the_card(world: World, stripe_client: stripe.StripeClient) -> None:
    customer, card = _kept(world, stripe_client)
    method = stripe_client.v1.payment_methods.retrieve(card)
    assert (method.customer, method.allow_redisplay, method.card.brand, method.card.last4) == (
        customer,
        "always",
        "visa",
        "4242",
    )
    session = _session(stripe_client, customer=customer, saved_payment_method_options=KEEP)
    world.order("_stripe", do="pay", session=session.id)
    again = stripe_client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.payment_method"]})
    assert again.payment_intent.payment_method.customer is None


def test_a_kept_card_is_charged_without_the_shopper(
    world: World, shop: Shop, stripe_client: stripe.StripeClient
) -> None:
    customer, card = _kept(world, stripe_client)
    made = _intent(stripe_client, customer, card, "one")
    assert made.status == "requires_confirmation"
    done = stripe_client.v1.payment_intents.confirm(made.id, {"off_session": True}, {"idempotency_key": "two"})
    again = stripe_client.v1.payment_intents.confirm(made.id, {"off_session": True}, {"idempotency_key": "two"})
    assert (done.status, done.amount_received, again.latest_charge) == ("succeeded", 2390, done.latest_charge)
    for act in ("confirm", "cancel"):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            getattr(stripe_client.v1.payment_intents, act)(made.id)
        assert refused.value.code == "payment_intent_unexpected_state"


def test_a_bank_that_asks_says_no_without_the_shopper_and_yes_with_them(
    world: World, stripe_client: stripe.StripeClient
) -> None:
    customer, card = _kept(world, stripe_client, "asks_bank")
    made = _intent(stripe_client, customer, card)
    intents = stripe_client.v1.payment_intents
    for _ in range(2):
        with pytest.raises(stripe.CardError) as refused:
            intents.confirm(made.id, {"off_session": True}, {"idempotency_key": "quietly"})
        assert (refused.value.http_status, refused.value.code) == (402, "authentication_required")
    assert intents.retrieve(made.id).status == "requires_payment_method"
    asked = intents.confirm(made.id, {"payment_method": card, "return_url": "http://127.0.0.1:9/back?x=1"})
    assert (asked.status, asked.next_action.type) == ("requires_action", "redirect_to_url")
    assert asked.next_action.redirect_to_url.url == f"{world.url}/sandbox/stripe/authenticate/{made.id}/"
    back = world.order("_stripe", do="answer_bank", payment_intent=made.id, passed=True)["url"]
    assert back == f"http://127.0.0.1:9/back?x=1&payment_intent={made.id}&redirect_status=succeeded"
    assert intents.retrieve(made.id).status == "succeeded"
    assert (
        len([charge for charge in stripe_client.v1.charges.list().data if charge.paid and charge.amount == 2390]) == 1
    )


def test_the_bank_page_may_be_answered_with_no(world: World, stripe_client: stripe.StripeClient) -> None:
    customer, card = _kept(world, stripe_client, "asks_bank")
    made = _intent(stripe_client, customer, card)
    stripe_client.v1.payment_intents.confirm(made.id, {"return_url": "http://127.0.0.1:9/back"})
    world.order("_stripe", do="answer_bank", payment_intent=made.id, passed=False)
    failed = stripe_client.v1.payment_intents.retrieve(made.id)
    assert (failed.status, failed.last_payment_error.code) == (
        "requires_payment_method",
        "payment_intent_authentication_failure",
    )


def test_a_declined_card_and_one_that_was_cancelled(world: World, stripe_client: stripe.StripeClient) -> None:
    customer, card = _kept(world, stripe_client, "declined_later")
    with pytest.raises(stripe.CardError) as refused:
        _intent(stripe_client, customer, card, confirm=True, off_session=True)
    assert (refused.value.code, refused.value.json_body["error"]["payment_intent"]["status"]) == (
        "card_declined",
        "requires_payment_method",
    )
    made = _intent(stripe_client, customer, card)
    assert stripe_client.v1.payment_intents.cancel(made.id).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError):
        stripe_client.v1.payment_intents.confirm(made.id)


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"amount": 49}, "amount"),
        ({"off_session": True}, "off_session"),
        ({"customer": "cus_nobody"}, "customer"),
        ({"payment_method": "pm_nothing"}, "payment_method"),
        ({"card_number": "4242424242424242"}, "card_number"),
    ],
)
def test_intents_are_refused_by_name(
    world: World, stripe_client: stripe.StripeClient, changes: dict[str, Any], param: str
) -> None:
    customer, card = _kept(world, stripe_client)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        _intent(stripe_client, **{"customer": customer, "card": card} | changes)
    assert refused.value.param == param


def test_a_card_of_somebody_else_a_detached_one_and_a_deleted_customer_pay_nothing(
    world: World, stripe_client: stripe.StripeClient
) -> None:
    customer, card = _kept(world, stripe_client)
    other, others_card = _kept(world, stripe_client)
    with pytest.raises(stripe.InvalidRequestError, match="does not have a payment method"):
        _intent(stripe_client, other, card)
    made = _intent(stripe_client, customer, card)
    assert stripe_client.v1.payment_methods.detach(card).customer is None
    for act in (
        lambda: stripe_client.v1.payment_methods.detach(card),
        lambda: _intent(stripe_client, customer, card),
        lambda: stripe_client.v1.payment_intents.confirm(made.id, {"off_session": True}),
    ):
        with pytest.raises(stripe.InvalidRequestError):
            act()
    assert stripe_client.v1.customers.delete(other).deleted is True
    assert stripe_client.v1.payment_methods.retrieve(others_card).customer is None
    for act in (
        lambda: stripe_client.v1.customers.delete(other),
        lambda: _session(stripe_client, customer=other),
        lambda: _session(stripe_client, saved_payment_method_options=KEEP),
        lambda: _session(stripe_client, customer=customer, customer_email="ana@example.org"),
    ):
        with pytest.raises(stripe.InvalidRequestError):
            act()
