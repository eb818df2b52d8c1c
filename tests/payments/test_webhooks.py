"""The provider's door: what gets in, what does not, and what an event may and may not make us do."""

import datetime as dt
import json
import time
from itertools import permutations
from threading import Thread
from typing import Any

import pytest
from django.db import connection
from django.db.models import Count
from django.test import override_settings
from django_scopes import scope, scopes_disabled

from apps.carts.money import money
from apps.customers.models import Customer
from apps.merchants import clock
from apps.merchants.inbox import kept_name, replay
from apps.merchants.models import Merchant
from apps.orders.models import Order
from apps.payments.accounts import ENVIRONMENT
from apps.payments.actions import check_payment, reconcile
from apps.payments.fold import fold, payment_status
from apps.payments.inbox import LARGEST, run_due, store_webhook, take_webhook
from apps.payments.models import Payment, PaymentAccount, PaymentEvent, Refund, WebhookEvent
from apps.payments.privacy import erase_events
from apps.payments.provider import Fact, Kind
from apps.sandbox.stripe_api import customers, objects
from tests import factories
from tests.carts import goods

from .desk import NAME, SECRET, Desk, sign
from .story import deliver, fresh, linked, paid, told


@pytest.fixture
def bought(desk: Desk, ana: Customer) -> Payment:
    """Paid at the provider; nothing of it has reached us."""
    payment = linked(ana)
    assert desk.pay(payment.provider_session) == "paid"
    return payment


def completed(desk: Desk) -> dict[str, Any]:
    return next(event for event in desk.events() if event["type"] == "checkout.session.completed")


def knock(body: bytes, signature: str | None, *, account: str = NAME) -> int:
    headers = {} if signature is None else {"stripe-signature": signature}
    return take_webhook(account, headers, body)[0]


def nothing_changed(payment: Payment) -> bool:
    run_due()
    payment.refresh_from_db()
    order = fresh(payment.order)
    return (payment.state, order.status, WebhookEvent.objects.count()) == ("open", "draft", 0)


def test_attack_01_no_signature(desk: Desk, bought: Payment) -> None:
    body = json.dumps(completed(desk)).encode()
    strange = [
        None,
        "",
        "t=,v1=",
        "nonsense",
        "t=1,v1=\u00fc",
        f"{sign(body)}\u00fc",
        sign(body).replace("v1=", "v1=\u00ff"),
    ]
    assert [knock(body, header) for header in strange] == [400] * len(strange)
    assert nothing_changed(bought)


def test_attack_02_wrong_secret_tampered_or_rewritten(desk: Desk, bought: Payment) -> None:
    event = completed(desk)
    body = json.dumps(event, indent=2).encode()
    good = sign(body)
    tries = [
        knock(body, sign(body, secret="whsec_other")),
        knock(body.replace(b'"complete"', b'"complate"'), good),
        knock(json.dumps(json.loads(body)).encode(), good),
        knock(body, good.replace("v1=", "v0=")),
    ]
    assert tries == [400] * 4
    assert nothing_changed(bought)
    assert knock(body, good) == 200


def test_attack_03_old_and_future_signatures(desk: Desk, bought: Payment) -> None:
    body = json.dumps(completed(desk)).encode()
    now = time.time()
    assert [
        knock(body, sign(body, at=now - 310)),
        knock(body, sign(body, at=now + 310)),
        knock(body, sign(body, at=now + 3600)),
    ] == [400] * 3
    assert nothing_changed(bought)
    assert [knock(body, sign(body, at=now - 280)), knock(body, sign(body, at=now + 280))] == [200, 200]


def test_two_events_whose_long_names_begin_alike_are_two(desk: Desk, bought: Payment) -> None:
    event = completed(desk)
    names = [f"evt_{'x' * 300}{end}" for end in ("a", "b", "a")]
    for name in names:
        body = json.dumps({**event, "id": name}).encode()
        assert knock(body, sign(body)) == 200
    kept = set(WebhookEvent.objects.values_list("event_id", flat=True))
    assert (kept, {len(name) for name in kept}) == ({kept_name(name) for name in names}, {255})
    assert (len(kept), kept_name("evt_1"), kept_name("e" * 255)) == (2, "evt_1", "e" * 255)


def test_asking_for_events_knows_those_with_long_names(desk: Desk, bought: Payment) -> None:
    for event in desk.events():
        event["id"] = f"{event['id']}{'x' * 300}"
        objects.save(desk.store, desk.account, event)
    fresh_ones = len(desk.events()) // 2
    counts = [reconcile()["events"] for _ in range(2)]
    assert (counts[0] >= fresh_ones > 0, counts[1]) == (True, 0)


def test_attack_04_genuine_event_again(desk: Desk, bought: Payment) -> None:
    event = completed(desk)
    assert [desk.tell(event), desk.tell(event)] == [200, 200]
    run_due()
    assert desk.tell(event) == 200
    run_due()
    order = fresh(bought.order)
    assert (order.status, told(order)) == ("placed", ["drafted", "placed", "paid"])
    assert (WebhookEvent.objects.count(), PaymentEvent.objects.filter(kind="captured").count()) == (1, 1)


@pytest.mark.parametrize("secret", ["", None])
def test_attack_05_missing_secret_accepts_nobody(desk: Desk, bought: Payment, secret: str | None) -> None:
    account = PaymentAccount.objects.get(name=NAME)
    account.config = account.config | {"webhook_secret": secret}
    account.save()
    body = json.dumps(completed(desk)).encode()
    assert [
        knock(body, sign(body)),
        knock(body, sign(body, secret="")),
        knock(body, sign(body, secret="None")),
        knock(body, None),
    ] == [503] * 4
    with override_settings(STRIPE_API_KEY="", STRIPE_WEBHOOK_SECRET=""):
        assert knock(body, sign(body, secret=""), account="default") == 503
    assert nothing_changed(bought)


def test_attack_06_another_account_or_mode(desk: Desk, bought: Payment) -> None:
    event = completed(desk)
    assert desk.tell(event | {"livemode": True}) == 400
    assert desk.tell(event | {"account": "acct_somebody"}) == 400
    account = PaymentAccount.objects.get(name=NAME)
    live = PaymentAccount.objects.create(
        merchant=account.merchant, name="live", config=account.config | {"api_key": "sk_live_desk"}
    )
    assert desk.tell(event, account=live.name) == 400
    assert desk.tell(event, account="nobody") == 404
    assert nothing_changed(bought)


def test_attack_06_another_shops_account_cannot_pay_our_order(
    desk: Desk, bought: Payment, other_merchant: Merchant
) -> None:
    with scope(merchant=other_merchant):
        PaymentAccount.objects.create(merchant=other_merchant, name="theirs", config=desk.config)
    assert desk.tell(completed(desk), account="theirs") == 200
    run_due()
    bought.refresh_from_db()
    assert (bought.state, fresh(bought.order).status) == ("open", "draft")


@pytest.mark.parametrize(
    "lie",
    [
        {"amount_total": 100},
        {"currency": "jpy"},
        {"client_reference_id": "AAAA-BBBB"},
        {"metadata": {"payment": "other"}},
    ],
)
def test_attack_07_wrong_amount_currency_or_order_goes_to_review(
    desk: Desk, bought: Payment, lie: dict[str, Any]
) -> None:
    desk.change("checkout.session", bought.provider_session, **lie)
    deliver(desk)
    bought.refresh_from_db()
    order = fresh(bought.order)
    assert (bought.state, order.status, order.payment_status) == ("review", "draft", "none")
    assert told(order) == ["drafted", "review"]


@pytest.mark.parametrize("is_told_before", [True, False])
def test_attack_07_what_came_in_another_currency_goes_back_at_the_providers_desk(
    desk: Desk, bought: Payment, *, is_told_before: bool
) -> None:
    intent = desk.session(bought.provider_session)["payment_intent"]
    for kind, name in (
        ("checkout.session", bought.provider_session),
        ("payment_intent", intent),
        ("charge", desk.every("charge")[-1]["id"]),
    ):
        desk.change(kind, name, currency="usd")
    if is_told_before:
        deliver(desk)
    desk.refund({"payment_intent": intent})
    deliver(desk)
    bought.refresh_from_db()
    assert (bought.state, fresh(bought.order).status, Refund.objects.count()) == ("review", "draft", 0)
    assert told(bought.order) == ["drafted", "review"]
    kinds = set(PaymentEvent.objects.values_list("kind", "amount_currency"))
    assert kinds == {("captured", "USD"), ("refunded", "USD"), ("mismatch", "EUR")}


def test_attack_07_one_euro_captured(desk: Desk, bought: Payment) -> None:
    desk.change("payment_intent", desk.session(bought.provider_session)["payment_intent"], amount_received=100)
    deliver(desk)
    bought.refresh_from_db()
    assert (bought.state, fresh(bought.order).status) == ("review", "draft")


def test_attack_07_a_stray_page_under_our_name(desk: Desk, bought: Payment, ana: Customer) -> None:
    """A page somebody else made in the same account names our payment: looked at, never taken for payment."""
    other = linked(factories.customer(ana.merchant, "Ben"))
    desk.change("checkout.session", bought.provider_session, metadata={"payment": other.public_id, "order": "x"})
    event = completed(desk)
    event["data"]["object"]["metadata"] = {"payment": other.public_id}
    Payment.objects.filter(pk=bought.pk).update(provider_session="cs_gone", provider_payment="")
    assert desk.tell(event) == 200
    run_due()
    other.refresh_from_db()
    assert (other.state, fresh(other.order).status) == ("review", "draft")


def test_attack_08_not_paid_yet_is_not_paid(desk: Desk, ana: Customer) -> None:
    payment = linked(ana)
    desk.pay(payment.provider_session, card="bank_success")
    kinds = [event["type"] for event in desk.events()]
    assert kinds == ["payment_intent.created", "payment_intent.processing", "checkout.session.completed"]
    deliver(desk)
    payment.refresh_from_db()
    order = fresh(payment.order)
    assert (payment.state, order.status, order.payment_status, told(order)) == (
        "processing",
        "draft",
        "pending",
        ["drafted"],
    )


def test_attack_08_an_event_that_says_paid_is_not_believed(desk: Desk, ana: Customer) -> None:
    payment = linked(ana)
    session = desk.session(payment.provider_session) | {"payment_status": "paid", "status": "complete"}
    event = {
        "id": "evt_liar", "object": "event", "type": "checkout.session.completed", "created": int(time.time()),
        "livemode": False, "data": {"object": session},
    }  # fmt: skip
    assert desk.tell(event) == 200
    run_due()
    payment.refresh_from_db()
    assert (payment.state, fresh(payment.order).status) == ("open", "draft")


def test_attack_13_genuine_but_unreadable(desk: Desk, bought: Payment) -> None:
    bodies = [
        b"", b"[]", b"null", b"{}", b'{"id":"e","type":"t","created":NaN,"data":{"object":{}}}',
        b'{"id":"e","type":"t","created":1e400,"data":{"object":{}}}', b"[" * 100_000, b"\xff\xfe", b'{"id":1,"data":[]}',
    ]  # fmt: skip
    assert [knock(body, sign(body)) for body in bodies] == [400] * len(bodies)
    large = b" " * (LARGEST + 1)
    assert knock(large, sign(large)) == 413


def test_attack_13_genuine_with_letters_no_database_holds_is_kept_without_them(desk: Desk, bought: Payment) -> None:
    event = completed(desk)
    event["data"]["object"]["customer_details"] = {"name": "Ana\ud800 \x00", "\udfff": ["HUGE", "\ud800"]}
    body = json.dumps(event).replace('"HUGE"', "1e400").encode()
    assert knock(body, sign(body)) == 200
    run_due()
    stored = WebhookEvent.objects.get()
    details = stored.payload["data"]["object"]["customer_details"]
    assert (details, stored.error) == ({"name": "Ana\ufffd \ufffd", "\ufffd": [None, "\ufffd"]}, "")
    assert fresh(bought.order).status == "placed"


def test_events_of_other_businesses_and_unknown_kinds_are_kept_and_left_alone(desk: Desk, ana: Customer) -> None:
    thing = {"object": "checkout.session", "id": "cs_else", "metadata": {}}
    base = {"object": "event", "created": int(time.time()), "livemode": False}
    desk.tell(base | {"id": "evt_1", "type": "checkout.session.completed", "data": {"object": thing}})
    desk.tell(base | {"id": "evt_2", "type": "a.new.thing", "data": {"object": {"object": "thing", "id": "x"}}})
    assert run_due() == 2
    assert WebhookEvent.objects.filter(processed_at__isnull=False, error="").count() == 2


def test_an_event_for_a_payment_we_do_not_know_is_parked_then_dead_then_replayed(desk: Desk, ana: Customer) -> None:
    thing = {"object": "checkout.session", "id": "cs_else", "metadata": {"payment": "gone"}}
    desk.tell(
        {
            "id": "evt_1",
            "object": "event",
            "type": "checkout.session.completed",
            "created": 1,
            "livemode": False,
            "data": {"object": thing},
        }
    )
    moment = clock.now()
    for _ in range(12):
        moment += dt.timedelta(hours=3)
        with clock.at(moment):
            run_due()
    event = WebhookEvent.objects.get()
    assert (event.attempts, event.error, event.dead_at is None) == (10, "Unknown: no payment gone", False)
    replay(event)
    with clock.at(moment):
        assert run_due() == 1


def test_what_was_never_told_is_found_by_reconciliation(desk: Desk, bought: Payment) -> None:
    assert reconcile() == {"events": 4, "attempts": 0, "errors": 0}
    run_due()
    assert fresh(bought.order).status == "placed"
    assert reconcile() == {"events": 0, "attempts": 0, "errors": 0}


@pytest.fixture
def shared(desk: Desk, bought: Payment, settings: Any) -> list[Payment]:
    """Another merchant's row and the environment have the very account the payment was made with."""
    settings.STRIPE_API_KEY = desk.config["api_key"]
    settings.STRIPE_WEBHOOK_SECRET = desk.config["webhook_secret"]
    settings.STRIPE_API_BASE = desk.config["api_base"]
    other = factories.merchant()
    with scope(merchant=other):
        PaymentAccount.objects.create(merchant=other, provider="stripe", name="other", config=desk.config)
        payment = linked(factories.customer(other))
    assert desk.pay(payment.provider_session) == "paid"
    third = factories.merchant()
    with scope(merchant=third):
        environments = linked(factories.customer(third))
    assert desk.pay(environments.provider_session) == "paid"
    return [bought, payment, environments]


def test_an_account_behind_several_doors_is_asked_once_and_its_events_are_kept_once(
    desk: Desk, shared: list[Payment]
) -> None:
    desk.calls.clear()
    assert reconcile() == {"events": 12, "attempts": 0, "errors": 0}
    rows = WebhookEvent.objects.order_by("account_id").values_list("account_id").annotate(n=Count("pk"))
    assert list(rows) == sorted([(ENVIRONMENT, 4), (shared[0].account_id, 4), (shared[1].account_id, 4)])
    assert len([call for call in desk.calls if call.startswith("GET /v1/events")]) == 1
    run_due()
    with scopes_disabled():
        statuses = {Order.objects.get(pk=payment.order_id).status for payment in shared}
    assert (statuses, WebhookEvent.objects.filter(processed_at=None).count()) == ({"placed"}, 0)
    assert reconcile() == {"events": 0, "attempts": 0, "errors": 0}


def test_what_the_webhook_told_is_not_fetched_again_behind_another_door(desk: Desk, shared: list[Payment]) -> None:
    doors = [NAME] * 4 + ["other"] * 4 + ["default"] * 4
    assert [desk.tell(event, account=door) for event, door in zip(desk.events(), doors, strict=True)] == [200] * 12
    assert reconcile() == {"events": 0, "attempts": 0, "errors": 0}


def test_events_about_nothing_of_ours_are_kept_once(desk: Desk, shared: list[Payment]) -> None:
    with desk.store.write():
        for event in desk.events():
            strange = {"id": "x", "object": "customer"}
            objects.save(desk.store, desk.account, event | {"data": {"object": strange}})
    assert reconcile() == {"events": 12, "attempts": 0, "errors": 0}
    assert reconcile() == {"events": 0, "attempts": 0, "errors": 0}
    assert WebhookEvent.objects.count() == 12


def test_text_no_database_holds_does_not_stop_reconciliation(desk: Desk, bought: Payment) -> None:
    with desk.store.write():
        for event in desk.events():
            objects.save(desk.store, desk.account, event | {"note": "a\x00b", "k\x00": {"deep": ["\x00"]}})
    assert reconcile()["events"] == 4
    run_due()
    assert [event.payload["note"] for event in WebhookEvent.objects.all()] == ["a\ufffdb"] * 4
    assert fresh(bought.order).status == "placed"


def test_an_attempt_nobody_told_us_about_is_asked_for(desk: Desk, bought: Payment) -> None:
    with desk.store.write():
        desk.store.run("delete from objects where kind = 'event'")
    with clock.at(clock.now() + dt.timedelta(minutes=11)):
        assert reconcile() == {"events": 0, "attempts": 1, "errors": 0}
    assert fresh(bought.order).status == "placed"


def test_the_environments_account_is_the_default_door(desk: Desk, in_scope: Merchant) -> None:
    config = desk.config
    with override_settings(
        STRIPE_API_KEY=config["api_key"], STRIPE_WEBHOOK_SECRET=SECRET, STRIPE_API_BASE=config["api_base"]
    ):
        payment = linked(factories.customer(in_scope))
        desk.pay(payment.provider_session)
        assert [desk.tell(event, account="default") for event in desk.events()] == [200] * 4
        run_due()
    assert set(WebhookEvent.objects.values_list("account_id", flat=True)) == {ENVIRONMENT}
    assert fresh(payment.order).status == "placed"


AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
EURO = money(10, "EUR")
STORY = (
    Fact(Kind.PROCESSING, money(0, "EUR"), "pi_1", AT),
    Fact(Kind.FAILED, money(0, "EUR"), "pi_1", AT),
    Fact(Kind.EXPIRED, money(0, "EUR"), "cs_1", AT),
    Fact(Kind.CAPTURED, EURO, "pi_1", AT),
    Fact(Kind.REFUNDED, money(4, "EUR"), "re_1", AT),
    Fact(Kind.REFUND_FAILED, money(4, "EUR"), "re_1", AT),
)


def test_every_order_of_events_comes_to_the_same() -> None:
    ends = set()
    for story in permutations(STORY):
        folded = fold([*story, *story[:3]], currency="EUR")
        ends.add((folded.state, folded.captured, folded.refunded, payment_status([folded], total=EURO)))
    assert ends == {("succeeded", EURO, money(0, "EUR"), "paid")}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ([], "none"),
        (STORY[:1], "pending"),
        (STORY[:2], "none"),
        (STORY[3:4], "paid"),
        (STORY[3:5], "partly_refunded"),
        ([STORY[3], Fact(Kind.REFUNDED, EURO, "re_2", AT)], "refunded"),
        ([Fact(Kind.CAPTURED, money(3, "EUR"), "pi", AT)], "partly_paid"),
        ([Fact(Kind.CAPTURED, money(30, "EUR"), "pi", AT)], "overpaid"),
        ([STORY[3], Fact(Kind.DISPUTED, EURO, "dp", AT)], "disputed"),
        ([STORY[3], Fact(Kind.DISPUTED, EURO, "dp", AT), Fact(Kind.DISPUTE_WON, EURO, "dp", AT)], "paid"),
        ([STORY[3], Fact(Kind.DISPUTE_LOST, EURO, "dp", AT)], "lost"),
        ([STORY[3], Fact(Kind.MISMATCH, EURO, "cs", AT)], "none"),
    ],
)
def test_payment_status_is_a_fold(facts: list[Fact], expected: str) -> None:
    assert payment_status([fold(facts, currency="EUR")], total=EURO) == expected


def test_disputes_are_followed(desk: Desk, ana: Customer) -> None:
    payment = paid(desk, ana)
    dispute = desk.dispute(payment.provider_payment)
    deliver(desk)
    assert fresh(payment.order).payment_status == "disputed"
    desk.lose_dispute(dispute)
    deliver(desk)
    assert (fresh(payment.order).payment_status, payment.order.status) == ("lost", "placed")


@pytest.mark.django_db(transaction=True)
async def test_the_async_door(desk: Desk, merchant: Merchant) -> None:
    assert await store_webhook("stripe", "nobody", {}, b"") == (404, b"nobody here")


@pytest.mark.django_db(transaction=True)
def test_attack_41_webhook_return_page_and_reconciliation_at_once(desk: Desk, merchant: Merchant) -> None:
    """Each event twelve times, shuffled, racing the return page and the reconciliation: paid once."""
    with scope(merchant=merchant):
        PaymentAccount.objects.create(merchant=merchant, provider="stripe", name=NAME, config=desk.config)
        mug = goods.variant(merchant, stock=2)
        payment = linked(factories.customer(merchant), {mug: 1})
    desk.pay(payment.provider_session)
    events = [event for _ in range(12) for event in reversed(desk.events())]
    errors: list[BaseException] = []

    def run(*steps: Any) -> None:
        try:
            for step in steps:
                with scope(merchant=merchant):
                    step()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    workers = [
        Thread(target=run, args=[lambda event=event: desk.tell(event) for event in events[start::4]])
        for start in range(4)
    ]
    workers += [Thread(target=run, args=[run_due] * 12) for _ in range(3)]
    workers += [Thread(target=run, args=[lambda: check_payment(payment)] * 6) for _ in range(2)]
    workers += [Thread(target=run, args=[reconcile] * 3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    run_due(limit=100)
    assert errors == []
    with scope(merchant=merchant):
        order = Order.objects.get(pk=payment.order_id)
        assert (order.status, order.payment_status, told(order)) == ("placed", "paid", ["drafted", "placed", "paid"])
        assert list(PaymentEvent.objects.values_list("kind", flat=True)) == ["captured"]
        assert list(mug.stock_levels.values_list("on_hand", "allocated", "held")) == [(2, 1, 0)]
        assert WebhookEvent.objects.filter(processed_at__isnull=True).count() == 0


def test_events_of_a_forgotten_person_keep_what_they_point_to_only(desk: Desk, bought: Payment) -> None:
    known, said = completed(desk), {"customer_details": {"email": "canary@example.org"}}
    event = known | {"data": {"object": known["data"]["object"] | said}}
    stranger = event | {"id": "evt_other", "data": {"object": {"object": "thing", "payment_intent": "x", **said}}}
    desk.tell(event)
    desk.tell(stranger)
    with scope(merchant=bought.merchant):
        erase_events(bought.order.customer)
    kept, left = WebhookEvent.objects.order_by("pk")
    assert ("canary" in str(kept.payload), "canary" in str(left.payload)) == (False, True)
    assert (kept.event_id, kept.kind, kept.payload["type"]) == (event["id"], event["type"], event["type"])
    run_due()
    assert fresh(bought.order).status == "placed"  # it had not been looked into yet, and still could be


@pytest.mark.parametrize("is_told", [False, True], ids=["fetched", "told"])
def test_of_an_event_that_names_no_payment_only_the_pointers_are_stored(
    desk: Desk, ana: Customer, is_told: bool
) -> None:
    with desk.store.write():
        customers.create(desk.store, desk.account, {"name": "Canary", "email": "canary@example.org"})
    event = desk.events()[-1]
    if is_told:
        assert desk.tell(event) == 200
    else:
        reconcile()
    stored = WebhookEvent.objects.get(event_id=event["id"])
    assert ("canary" in str(stored.payload).lower(), stored.payload["type"]) == (False, "customer.created")
    run_due()
    stored.refresh_from_db()
    assert (stored.processed_at is None, stored.error) == (False, "")
