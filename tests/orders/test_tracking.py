"""News of parcels: proven, stored once, told once each, never backwards; and what a merchant has to look after."""

import datetime as dt
import json
import unicodedata
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django_scopes import scope

from apps.conversations.models import Conversation
from apps.merchants import clock
from apps.merchants.doors import Malformed
from apps.merchants.inbox import MOST_ATTEMPTS, replay
from apps.merchants.models import Merchant
from apps.notifications import actions as notifications
from apps.orders.actions import deliver_order, ship_order
from apps.orders.carrier import Status, all_carriers
from apps.orders.models import CarrierAccount, CarrierEvent, Fulfilment, Order, TrackingEvent
from apps.orders.tracking import LARGEST, run_due, take_tracking
from apps.sandbox.easypost import event_of, signature
from tests.carts import goods
from tests.conversations.people import says
from tests.factories import channel_account
from tests.notifications.test_order_news import placed_order

SECRET = "geheim-é"  # one letter that Unicode can write in two ways
NUMBER = "00340434161094042557"


@pytest.fixture
def thread(in_scope: Merchant) -> Conversation:
    goods.vat(in_scope)
    CarrierAccount.objects.create(
        merchant=in_scope, provider="easypost", name="shop", config={"webhook_secret": SECRET, "mode": "test"}
    )
    return says(channel_account(in_scope, "telegram"), "hi").conversation


@pytest.fixture
def parcel(thread: Conversation) -> Fulfilment:
    return ship_order(placed_order(thread), carrier="DHL", tracking_number=NUMBER)


def body_of(status: str, *, number: str = NUMBER, **changes: Any) -> bytes:
    event = event_of(number=number, status=status, carrier="DHL", mode="test") | changes
    return json.dumps(event).encode()


def knock(body: bytes, *, secret: str = SECRET, account: str = "shop", provider: str = "easypost") -> int:
    return take_tracking(provider, account, {"x-hmac-signature": signature(secret, body)}, body)[0]


def hear(*statuses: str) -> None:
    for status in statuses:
        assert knock(body_of(status)) == 200
    run_due()


def stands(parcel: Fulfilment) -> tuple[str, str, str, bool]:
    parcel.refresh_from_db()
    return parcel.state, parcel.stage, parcel.trouble, parcel.needs_look


def told(order: Order) -> list[str]:
    return [kind for kind in order.events.values_list("kind", flat=True) if kind not in ("drafted", "placed", "paid")]


def test_each_stage_is_told_once_and_never_backwards(thread: Conversation, parcel: Fulfilment) -> None:
    hear("pre_transit", "in_transit", "in_transit", "out_for_delivery", "in_transit", "available_for_pickup")
    hear("out_for_delivery", "delivered", "delivered", "in_transit", "return_to_sender", "failure")
    assert stands(parcel) == ("delivered", "delivered", "", False)
    assert told(parcel.order) == ["shipped", "in_transit", "out_for_delivery", "pick_up", "delivered"]
    assert TrackingEvent.objects.count() == 12
    notifications.run_due()
    said = [m.content.get("text") for m in thread.messages.filter(author="system").order_by("seq")]
    number = parcel.order.number
    assert said[2:5] == [
        f"DHL has your parcel (order {number}); it is travelling to you.",
        f"Today is the day: DHL is bringing the parcel of order {number}.",
        f"The parcel of your order {number} is ready: pick it up at DHL.",
    ]


def test_delivered_counts_from_when_the_carrier_saw_it(parcel: Fulfilment) -> None:
    body = json.loads(body_of("delivered"))
    body["result"]["tracking_details"] = [
        {"status": "in_transit", "datetime": "2026-11-20T09:00:00Z"},
        {"status": "delivered", "datetime": "2026-11-21T11:30:00"},  # no zone: UTC
    ]
    assert knock(json.dumps(body).encode()) == 200
    run_due()
    parcel.refresh_from_db()
    assert parcel.delivered_at == dt.datetime(2026, 11, 21, 11, 30, tzinfo=dt.UTC)


def test_the_same_event_again_is_stored_once(parcel: Fulfilment) -> None:
    body = body_of("in_transit")
    assert [knock(body), knock(body), run_due(), knock(body), run_due()] == [200, 200, 1, 200, 0]
    assert (CarrierEvent.objects.count(), TrackingEvent.objects.count()) == (1, 1)
    event = CarrierEvent.objects.get()
    assert set(event.payload) == {"number", "carrier", "status", "text", "occurred_at"}
    with pytest.raises(IntegrityError, match="carrierevent_once"), transaction.atomic():
        CarrierEvent.objects.create(account_id=event.account_id, event_id=event.event_id, status="", payload={})


def test_trouble_is_a_task_and_calm_words_once(thread: Conversation, parcel: Fulfilment) -> None:
    hear("out_for_delivery", "failure", "failure")
    assert stands(parcel) == ("shipped", "out_for_delivery", "failure", True)
    Fulfilment.objects.update(needs_look=False)
    hear("return_to_sender")
    assert stands(parcel) == ("shipped", "out_for_delivery", "returning", True)
    assert told(parcel.order) == ["shipped", "out_for_delivery", "parcel_failed", "parcel_returning"]
    notifications.run_due()
    said = [m.content for m in thread.messages.filter(author="system").order_by("seq")][-2:]
    assert said[0]["text"] == (
        f"DHL could not deliver the parcel of your order {parcel.order.number}. We look into it and write to you here; "
        "you need not do anything."
    )
    assert [[choice["action"] for choice in content["choices"]] for content in said] == [[{"do": "human"}]] * 2
    deliver_order(parcel.order)  # it arrived all the same: nothing is left to do
    assert stands(parcel) == ("delivered", "delivered", "", False)
    with pytest.raises(IntegrityError, match="fulfilment_looked_at_for_trouble"), transaction.atomic():
        Fulfilment.objects.update(needs_look=True)


def test_what_is_not_proven_is_refused(thread: Conversation, parcel: Fulfilment) -> None:
    body = body_of("delivered")
    compact = json.dumps(json.loads(body), separators=(",", ":")).encode()
    signed = {"x-hmac-signature": signature(SECRET, body)}
    doors = [
        take_tracking("easypost", "shop", {}, body),
        take_tracking("easypost", "shop", {"x-hmac-signature": signature("another", body)}, body),
        take_tracking("easypost", "shop", {"x-hmac-signature": "hmac-sha256-hex=é"}, body),
        take_tracking("easypost", "shop", signed, compact),  # the same words, other bytes
        take_tracking("easypost", "shop", signed, body + b" "),
    ]
    assert [status for status, _ in doors] == [400] * 5
    assert [knock(body, account="nobody"), knock(body, provider="dhl"), knock(b"x" * (LARGEST + 1))] == [404, 404, 413]
    assert (knock(body, provider="manual"), knock(body_of("delivered", mode="production"))) == (404, 400)
    CarrierAccount.objects.update(config={})
    assert knock(body, secret="") == 503
    assert (CarrierEvent.objects.count(), stands(parcel)[0]) == (0, "shipped")


def test_a_secret_is_the_same_however_unicode_writes_it(parcel: Fulfilment) -> None:
    body = body_of("in_transit")
    assert [knock(body, secret=unicodedata.normalize(form, SECRET)) for form in ("NFC", "NFD")] == [200, 200]


@pytest.mark.parametrize(
    "body",
    [b"[]", b"null", b"{", b'"x"', b'{"description": "tracker.updated"}', b"\xff", b'{"description": []}' * 2]
    + [body_of("delivered", id=odd) for odd in ("", 7, None, "evt_\x00", "e" * 121)]
    + [body_of("delivered", result={"status": "delivered", "tracking_code": code}) for code in ("", None, "9" * 61)]
    + [body_of("delivered", result={"status": "delivered", "tracking_code": "1", "updated_at": "yesterday"})]
    + [body_of("delivered", result={"status": "x\ud800", "tracking_code": "1", "updated_at": "2026-11-20"})],
)
def test_what_nobody_can_read_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        all_carriers()["easypost"].parse_webhook(body)


def test_words_we_do_not_know_move_nothing(thread: Conversation, parcel: Fulfilment) -> None:
    hear("unknown", "error", "cancelled")
    body = json.loads(body_of("in_transit"))
    body["result"]["status"] = "teleported"
    assert knock(json.dumps(body).encode()) == 200
    assert knock(body_of("in_transit", description="batch.updated")) == 200  # no news of a parcel: nothing is kept
    run_due()
    assert (stands(parcel), told(parcel.order)) == (("shipped", "", "", False), ["shipped"])
    assert set(TrackingEvent.objects.values_list("status", flat=True)) == {Status.UNKNOWN.value}


def test_an_unknown_parcel_is_parked_and_found_later(thread: Conversation) -> None:
    assert knock(body_of("in_transit")) == 200
    now = clock.now()
    for hours in range(MOST_ATTEMPTS + 2):
        with clock.at(now + dt.timedelta(hours=3 * hours)):
            run_due()
    parked = CarrierEvent.objects.get()
    assert (parked.attempts, parked.dead_at is not None, parked.error) == (MOST_ATTEMPTS, True, f"no parcel {NUMBER}")
    parcel = ship_order(placed_order(thread), carrier="DHL", tracking_number=NUMBER)
    replay(parked)
    run_due()
    assert stands(parcel)[1] == "in_transit"


def test_a_number_is_looked_for_in_its_own_shop(
    thread: Conversation, parcel: Fulfilment, other_merchant: Merchant
) -> None:
    with scope(merchant=other_merchant):
        CarrierAccount.objects.create(
            merchant=other_merchant, provider="easypost", name="other", config={"webhook_secret": "s", "mode": "test"}
        )
    assert knock(body_of("delivered"), secret="s", account="other") == 200
    run_due()
    assert (stands(parcel)[0], CarrierEvent.objects.get().processed_at) == ("shipped", None)
