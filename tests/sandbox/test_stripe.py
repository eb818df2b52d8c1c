"""Stripe on loopback, through the true client of stripe-python: what it takes, keeps, refuses and tells."""

import io
import threading
import time
from typing import Any

import pytest
import stripe

from .conftest import STRIPE, Hook, Shop, World

HALF_HOUR = 1800


def _params(**changes: Any) -> dict[str, Any]:
    line = {"price_data": {"currency": "eur", "unit_amount": 1250, "product_data": {"name": "Blue mug"}}, "quantity": 2}
    return {
        "mode": "payment",
        "line_items": [line],
        "success_url": "http://127.0.0.1:9/done?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://127.0.0.1:9/cart",
        "client_reference_id": "K7QM-2XPD",
        "metadata": {"order": "K7QM-2XPD"},
        "payment_intent_data": {"metadata": {"order": "K7QM-2XPD"}},
        "expires_at": int(time.time()) + HALF_HOUR,
        **changes,
    }


def _create(client: stripe.StripeClient, key: str = "", **changes: Any) -> Any:
    options: Any = {"idempotency_key": key} if key else {}
    return client.v1.checkout.sessions.create(_params(**changes), options)


def _pay(world: World, session: Any, card: str = "success") -> Any:
    return world.order("_stripe", do="pay", session=session.id, card=card)


def _events(hooks: list[Hook]) -> list[Any]:
    """Each verified by Stripe's own library."""
    return [
        stripe.Webhook.construct_event(hook.body, hook.headers["stripe-signature"], STRIPE["webhook_secret"])
        for hook in hooks
    ]


def test_a_session_is_made_paid_and_told(world: World, shop: Shop, stripe_client: stripe.StripeClient) -> None:
    session = _create(stripe_client)
    assert (session.amount_total, session.currency, session.status, session.payment_status) == (
        2500,
        "eur",
        "open",
        "unpaid",
    )
    assert (session.payment_intent, session.url) == (None, f"{world.url}/sandbox/stripe/pay/{session.id}/")
    assert _pay(world, session)["url"] == f"http://127.0.0.1:9/done?session={session.id}"
    events = _events(shop.wait(4, path="/payments/stripe/default/webhook/"))
    assert {event.type for event in events} == {
        "payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed",
    }  # fmt: skip
    assert {event.api_version for event in events} == {stripe.api_version}
    again = stripe_client.v1.checkout.sessions.retrieve(
        session.id, {"expand": ["payment_intent.latest_charge", "line_items"]}
    )
    assert (again.status, again.payment_status, again.payment_intent.status) == ("complete", "paid", "succeeded")
    assert (again.payment_intent.amount_received, again.payment_intent.latest_charge.amount_captured) == (2500, 2500)
    assert again.payment_intent.metadata["order"] == "K7QM-2XPD"
    assert again.line_items.data[0].description == "Blue mug"


def test_paying_twice_charges_once(world: World, stripe_client: stripe.StripeClient) -> None:
    session = _create(stripe_client)
    threads = [threading.Thread(target=_pay, args=(world, session)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [charge.amount for charge in stripe_client.v1.charges.list().data] == [2500]


def test_declines_leave_the_session_open(world: World, shop: Shop, stripe_client: stripe.StripeClient) -> None:
    session = _create(stripe_client)
    assert _pay(world, session, "declined") == {"outcome": "declined", "message": "Your card was declined.", "url": ""}
    failed = next(event for event in _events(shop.wait(3)) if event.type == "payment_intent.payment_failed")
    assert failed.data.object.last_payment_error.code == "card_declined"
    assert stripe_client.v1.checkout.sessions.retrieve(session.id).status == "open"
    assert _pay(world, session)["outcome"] == "paid"


def test_a_bank_debit_takes_its_time(world: World, shop: Shop, stripe_client: stripe.StripeClient) -> None:
    world.order("_settings", bank_seconds=0.5)
    good, bad = _create(stripe_client), _create(stripe_client)
    assert [_pay(world, good, "bank_success")["outcome"], _pay(world, bad, "bank_failure")["outcome"]] == [
        "processing",
        "processing",
    ]
    unpaid = stripe_client.v1.checkout.sessions.retrieve(good.id)
    assert (unpaid.status, unpaid.payment_status) == ("complete", "unpaid")
    types = [event.type for event in _events(shop.wait(11))]
    assert (
        types.count("checkout.session.async_payment_succeeded"),
        types.count("checkout.session.async_payment_failed"),
    ) == (1, 1)
    assert stripe_client.v1.checkout.sessions.retrieve(good.id).payment_status == "paid"
    assert stripe_client.v1.checkout.sessions.retrieve(bad.id).payment_status == "unpaid"


@pytest.mark.parametrize(
    ("seconds", "is_fine"), [(HALF_HOUR, True), (HALF_HOUR - 60, False), (86400, True), (86460, False)]
)
def test_sessions_live_half_an_hour_to_a_day(stripe_client: stripe.StripeClient, seconds: int, is_fine: bool) -> None:
    expires_at = int(time.time()) + seconds
    if is_fine:
        assert _create(stripe_client, expires_at=expires_at).expires_at == expires_at
        return
    with pytest.raises(stripe.InvalidRequestError) as refused:
        _create(stripe_client, expires_at=expires_at)
    assert (refused.value.http_status, refused.value.param) == (400, "expires_at")


def test_a_session_expires_by_order_and_by_time(world: World, shop: Shop, stripe_client: stripe.StripeClient) -> None:
    ended, forgotten = _create(stripe_client), _create(stripe_client)
    assert stripe_client.v1.checkout.sessions.expire(ended.id).status == "expired"
    with pytest.raises(stripe.InvalidRequestError):
        stripe_client.v1.checkout.sessions.expire(ended.id)
    world.order("_settings", clock_offset=HALF_HOUR + 1)
    assert [event.type for event in _events(shop.wait(2))] == ["checkout.session.expired"] * 2
    assert stripe_client.v1.checkout.sessions.retrieve(forgotten.id).status == "expired"
    assert _pay(world, forgotten)["outcome"] == "closed"
    assert [one.id for one in stripe_client.v1.checkout.sessions.list({"status": "expired"}).data] == [
        forgotten.id,
        ended.id,
    ]


def test_the_same_key_is_the_same_session_and_other_params_are_an_error(stripe_client: stripe.StripeClient) -> None:
    params = _params()
    first = stripe_client.v1.checkout.sessions.create(params, {"idempotency_key": "order:1"})
    again = stripe_client.v1.checkout.sessions.create(params, {"idempotency_key": "order:1"})
    assert again.id == first.id
    with pytest.raises(stripe.IdempotencyError) as refused:
        stripe_client.v1.checkout.sessions.create(
            params | {"client_reference_id": "other"}, {"idempotency_key": "order:1"}
        )
    assert refused.value.http_status == 400
    assert len(stripe_client.v1.checkout.sessions.list().data) == 1


def test_a_lost_answer_is_the_same_object_on_the_next_try(world: World, stripe_client: stripe.StripeClient) -> None:
    world.order("_faults", platform="stripe", kind="cut")
    params: Any = _params()
    with pytest.raises(stripe.APIError):
        stripe_client.v1.checkout.sessions.create(params, {"idempotency_key": "order:2"})
    session = stripe_client.v1.checkout.sessions.create(params, {"idempotency_key": "order:2"})
    assert [one.id for one in stripe_client.v1.checkout.sessions.list().data] == [session.id]


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"payment_method_types": ["card"]}, "payment_method_types"),
        ({"sucess_url": "http://x.test/"}, "sucess_url"),
        ({"line_items": [{"price_data": {"currency": "eur", "unit_amont": 5, "product_data": {"name": "x"}}}]}, "line_items[0][price_data][unit_amont]"),
        ({"line_items": [{"price_data": {"unit_amount": 500, "product_data": {"name": "x"}}}]}, "line_items[0][price_data][currency]"),
        ({"mode": "gift"}, "mode"),
        ({"metadata": {"k" * 41: "v"}}, "metadata"),
        ({"client_reference_id": "x" * 201}, "client_reference_id"),
        ({"success_url": "nowhere"}, "success_url"),
    ],
)  # fmt: skip
def test_mistakes_are_refused_by_name(stripe_client: stripe.StripeClient, changes: dict[str, Any], param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        _create(stripe_client, **changes)
    assert (refused.value.http_status, refused.value.param) == (400, param)


def test_too_little_and_unknown_keys(world: World, stripe_client: stripe.StripeClient) -> None:
    line = {"price_data": {"currency": "eur", "unit_amount": 49, "product_data": {"name": "x"}}, "quantity": 1}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        _create(stripe_client, line_items=[line])
    assert refused.value.code == "amount_too_small"
    with pytest.raises(stripe.InvalidRequestError) as unknown:
        stripe_client.v1.payment_intents.retrieve("pi_nobody")
    assert (unknown.value.http_status, unknown.value.code) == (404, "resource_missing")
    stranger = stripe.StripeClient("sk_test_wrong", base_addresses={"api": f"{world.url}/sandbox/api/stripe"})
    with pytest.raises(stripe.AuthenticationError):
        _create(stranger)


def test_refunds_never_exceed_what_was_paid(world: World, shop: Shop, stripe_client: stripe.StripeClient) -> None:
    session = _create(stripe_client)
    _pay(world, session)
    intent = stripe_client.v1.checkout.sessions.retrieve(session.id).payment_intent
    with pytest.raises(stripe.InvalidRequestError) as refused:
        stripe_client.v1.refunds.create({"payment_intent": intent, "amount": 2501})
    assert (refused.value.http_status, refused.value.param) == (400, "amount")
    part = stripe_client.v1.refunds.create({"payment_intent": intent, "amount": 1000}, {"idempotency_key": "refund:1"})
    same = stripe_client.v1.refunds.create({"payment_intent": intent, "amount": 1000}, {"idempotency_key": "refund:1"})
    assert (part.status, part.amount, same.id) == ("succeeded", 1000, part.id)
    rest = stripe_client.v1.refunds.create({"payment_intent": intent, "reason": "requested_by_customer"})
    assert rest.amount == 1500
    with pytest.raises(stripe.InvalidRequestError) as again:
        stripe_client.v1.refunds.create({"payment_intent": intent})
    assert again.value.code == "charge_already_refunded"
    charge = stripe_client.v1.charges.list({"payment_intent": intent}).data[0]
    assert (charge.amount_refunded, charge.refunded) == (2500, True)
    types = [event.type for event in _events(shop.wait(8))]
    assert (types.count("refund.created"), types.count("charge.refunded")) == (2, 2)


def test_a_dispute_is_opened_answered_and_won(world: World, shop: Shop, stripe_client: stripe.StripeClient) -> None:
    session = _create(stripe_client)
    _pay(world, session)
    intent = stripe_client.v1.checkout.sessions.retrieve(session.id).payment_intent
    opened = world.order("_stripe", do="dispute", payment_intent=intent)
    assert stripe_client.v1.disputes.retrieve(opened["id"]).status == "needs_response"
    answered = stripe_client.v1.disputes.update(
        opened["id"], {"evidence": {"uncategorized_text": "winning_evidence"}, "submit": True}
    )
    assert answered.status == "won"
    types = [event.type for event in _events(shop.wait(9))]
    assert [kind for kind in types if "dispute" in kind and kind.endswith(("created", "closed"))] == [
        "charge.dispute.created", "charge.dispute.closed",
    ]  # fmt: skip


def _disputed(world: World, stripe_client: stripe.StripeClient, **how: Any) -> tuple[str, str]:
    """The payment and its dispute."""
    session = _create(stripe_client)
    _pay(world, session)
    intent = str(stripe_client.v1.checkout.sessions.retrieve(session.id).payment_intent)
    return intent, world.order("_stripe", do="dispute", payment_intent=intent, **how)["id"]


def test_what_the_bank_has_taken_is_not_refunded(world: World, stripe_client: stripe.StripeClient) -> None:
    intent, dispute = _disputed(world, stripe_client, reason="fraudulent")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        stripe_client.v1.refunds.create({"payment_intent": intent})
    assert refused.value.code == "charge_disputed"
    found = stripe_client.v1.disputes.retrieve(dispute)
    assert (found.reason, [(row.amount, row.fee) for row in found.balance_transactions]) == (
        "fraudulent",
        [(-2500, 1500)],
    )
    world.order("_stripe", do="decide_dispute", dispute=dispute, won=True)
    assert stripe_client.v1.refunds.create({"payment_intent": intent}).status == "succeeded"


def test_a_dispute_is_over_what_did_not_go_back(world: World, stripe_client: stripe.StripeClient) -> None:
    session = _create(stripe_client)
    _pay(world, session)
    intent = str(stripe_client.v1.checkout.sessions.retrieve(session.id).payment_intent)
    stripe_client.v1.refunds.create({"payment_intent": intent, "amount": 1000})
    assert world.order("_stripe", do="dispute", payment_intent=intent)["amount"] == 1500
    other = _create(stripe_client)
    _pay(world, other)
    intent = str(stripe_client.v1.checkout.sessions.retrieve(other.id).payment_intent)
    stripe_client.v1.refunds.create({"payment_intent": intent})
    with pytest.raises(AssertionError, match="nothing left of this charge"):
        world.order("_stripe", do="dispute", payment_intent=intent)


def test_evidence_is_handed_in_once_and_in_time(world: World, stripe_client: stripe.StripeClient) -> None:
    _, dispute = _disputed(world, stripe_client)
    api = stripe_client.v1.disputes
    draft = api.update(dispute, {"evidence": {"customer_name": "Ana"}, "submit": False})
    assert (draft.status, draft.evidence_details.has_evidence) == ("needs_response", True)
    with pytest.raises(stripe.InvalidRequestError):
        api.update(dispute, {"evidence": {"receipt": "file_nobody"}})
    with pytest.raises(stripe.InvalidRequestError):
        api.update(dispute, {"evidence": {"uncategorized_text": "x" * 20_001}})
    assert api.update(dispute, {"submit": True}).status == "under_review"
    for again in (lambda: api.update(dispute, {"submit": True}), lambda: api.close(dispute)):
        with pytest.raises(stripe.InvalidRequestError):
            again()
    _, late = _disputed(world, stripe_client)
    world.order("_settings", clock_offset=8 * 86400)
    with pytest.raises(stripe.InvalidRequestError):
        api.update(late, {"submit": True})
    assert api.close(late).status == "lost"


def test_an_inquiry_takes_nothing_until_the_bank_does(world: World, stripe_client: stripe.StripeClient) -> None:
    _, dispute = _disputed(world, stripe_client, inquiry=True)
    found = stripe_client.v1.disputes.retrieve(dispute)
    assert (found.status, found.balance_transactions, found.is_charge_refundable) == (
        "warning_needs_response",
        [],
        True,
    )
    with pytest.raises(stripe.InvalidRequestError):
        stripe_client.v1.disputes.close(dispute)
    taken = world.order("_stripe", do="escalate_dispute", dispute=dispute)
    assert (taken["status"], len(taken["balance_transactions"])) == ("needs_response", 1)


def test_files_are_pdfs_and_the_same_key_is_the_same_file(stripe_client: stripe.StripeClient) -> None:
    def send(content: bytes, key: str) -> stripe.File:
        file: Any = io.BytesIO(content)
        file.name = "invoice.pdf"
        params: Any = {"purpose": "dispute_evidence", "file": file}
        return stripe_client.v1.files.create(params, {"idempotency_key": key})

    first, again = send(b"%PDF-1.7\r\n\x00\xff", "file:1"), send(b"%PDF-1.7\r\n\x00\xff", "file:1")
    assert (first.filename, first.type, first.size, again.id) == ("invoice.pdf", "pdf", 12, first.id)
    with pytest.raises(stripe.IdempotencyError):
        send(b"%PDF-1.7 other", "file:1")
    with pytest.raises(stripe.InvalidRequestError):
        send(b"<html>", "file:2")


def test_webhook_weather(world: World, shop: Shop, stripe_client: stripe.StripeClient) -> None:
    world.order("_stripe", do="weather", duplicate=2, reorder=True)
    _pay(world, _create(stripe_client))
    events = _events(shop.wait(12))
    ids = [event.id for event in events]
    assert sorted(ids.count(one) for one in set(ids)) == [3, 3, 3, 3]
    kinds = list(dict.fromkeys(event.type for event in events if event.type != "payment_intent.created"))
    assert kinds == ["checkout.session.completed", "payment_intent.succeeded", "charge.succeeded"]


def test_dropped_events_can_still_be_listed_and_redelivered(
    world: World, shop: Shop, stripe_client: stripe.StripeClient
) -> None:
    world.order("_stripe", do="weather", drop=True)
    _pay(world, _create(stripe_client))
    time.sleep(0.5)
    assert shop.hooks == []
    listed = stripe_client.v1.events.list({"type": "checkout.session.completed"}).data
    assert len(listed) == 1
    world.order("_stripe", do="resend", event=listed[0].id, times=2)
    assert [event.id for event in _events(shop.wait(2))] == [listed[0].id] * 2


def test_the_first_attempt_lost_comes_again_later(world: World, shop: Shop, stripe_client: stripe.StripeClient) -> None:
    world.order("_stripe", do="weather", redeliver_after=1)
    _pay(world, _create(stripe_client))
    assert shop.hooks == []
    assert len(_events(shop.wait(4))) == 4


def test_a_shop_that_fails_is_told_again(world: World, shop: Shop, stripe_client: stripe.StripeClient) -> None:
    shop.answers.extend([500])
    stripe_client.v1.checkout.sessions.expire(_create(stripe_client).id)
    first, second = _events(shop.wait(2))
    assert (first.id, first.type) == (second.id, "checkout.session.expired")


def test_a_pending_refund_may_fail_later(world: World, shop: Shop, stripe_client: stripe.StripeClient) -> None:
    world.order("_settings", stripe_refund_status="pending")
    session = _create(stripe_client)
    _pay(world, session)
    intent = stripe_client.v1.checkout.sessions.retrieve(session.id).payment_intent
    refund = stripe_client.v1.refunds.create({"payment_intent": intent})
    assert refund.status == "pending"
    world.order("_stripe", do="finish_refund", refund=refund.id, failed=True)
    assert stripe_client.v1.refunds.retrieve(refund.id).status == "failed"
    assert stripe_client.v1.charges.list({"payment_intent": intent}).data[0].amount_refunded == 0
