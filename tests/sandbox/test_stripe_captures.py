"""Reserved money on loopback, through the true client of stripe-python: reserved, captured once, let go, run out."""

from typing import Any

import pytest
import stripe

from .conftest import Shop, World
from .test_stripe_cards import _intent, _kept, _session

MANUAL: dict[str, Any] = {"payment_intent_data": {"capture_method": "manual"}}


def _reserved(world: World, client: stripe.StripeClient) -> tuple[str, str]:
    """(session, intent) of 25.00 reserved at the page."""
    session = _session(client, **MANUAL)
    world.order("_stripe", do="pay", session=session.id)
    again = client.v1.checkout.sessions.retrieve(session.id)
    return session.id, str(again.payment_intent)


def _look(client: stripe.StripeClient, intent: str) -> Any:
    return client.v1.payment_intents.retrieve(intent, {"expand": ["latest_charge"]})


def test_a_page_only_reserves(world: World, shop: Shop, stripe_client: stripe.StripeClient) -> None:
    session, intent = _reserved(world, stripe_client)
    page, found = stripe_client.v1.checkout.sessions.retrieve(session), _look(stripe_client, intent)
    assert (page.status, page.payment_status) == ("complete", "unpaid")
    assert (found.status, found.amount_capturable, found.amount_received) == ("requires_capture", 2500, 0)
    charge = found.latest_charge
    assert (charge.paid, charge.captured, charge.amount_captured) == (True, False, 0)
    assert charge.payment_method_details.card.capture_before - charge.created == 7 * 86400
    with pytest.raises(stripe.InvalidRequestError):
        stripe_client.v1.refunds.create({"payment_intent": intent})


def test_a_part_is_captured_once_and_the_rest_let_go(world: World, stripe_client: stripe.StripeClient) -> None:
    session, intent = _reserved(world, stripe_client)
    intents = stripe_client.v1.payment_intents
    for params in ({"amount_to_capture": 2501}, {"amount_to_capture": 0}, {"final_capture": False}):
        with pytest.raises(stripe.InvalidRequestError):
            intents.capture(intent, params)  # type: ignore[arg-type]
    first = intents.capture(intent, {"amount_to_capture": 1700}, {"idempotency_key": "one"})
    again = intents.capture(intent, {"amount_to_capture": 1700}, {"idempotency_key": "one"})
    assert [(each.status, each.amount, each.amount_received) for each in (first, again)] == [
        ("succeeded", 2500, 1700)
    ] * 2
    with pytest.raises(stripe.InvalidRequestError) as refused:
        intents.capture(intent)
    assert refused.value.code == "payment_intent_unexpected_state"
    charge = _look(stripe_client, intent).latest_charge
    assert (charge.captured, charge.amount_captured, charge.amount_refunded) == (True, 1700, 800)
    assert stripe_client.v1.checkout.sessions.retrieve(session).payment_status == "paid"
    with pytest.raises(stripe.InvalidRequestError):
        stripe_client.v1.refunds.create({"payment_intent": intent, "amount": 1701})
    assert stripe_client.v1.refunds.create({"payment_intent": intent}).amount == 1700


def test_only_what_was_taken_is_disputed(world: World, stripe_client: stripe.StripeClient) -> None:
    _, intent = _reserved(world, stripe_client)
    with pytest.raises(AssertionError, match="nothing left of this charge"):
        world.order("_stripe", do="dispute", payment_intent=intent)
    stripe_client.v1.payment_intents.capture(intent, {"amount_to_capture": 1700})
    assert world.order("_stripe", do="dispute", payment_intent=intent)["amount"] == 1700


def test_what_is_let_go_cannot_be_captured(world: World, stripe_client: stripe.StripeClient) -> None:
    _, intent = _reserved(world, stripe_client)
    gone = stripe_client.v1.payment_intents.cancel(intent)
    assert (gone.status, gone.amount_capturable) == ("canceled", 0)
    with pytest.raises(stripe.InvalidRequestError):
        stripe_client.v1.payment_intents.capture(intent)


def test_a_kept_card_is_only_reserved_too(world: World, stripe_client: stripe.StripeClient) -> None:
    customer, card = _kept(world, stripe_client)
    made = _intent(stripe_client, customer, card, capture_method="manual")
    done = stripe_client.v1.payment_intents.confirm(made.id, {"off_session": True})
    assert (done.status, done.amount_capturable) == ("requires_capture", 2390)
    assert stripe_client.v1.payment_intents.capture(made.id).amount_received == 2390
