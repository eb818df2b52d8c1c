"""What every carrier must do, whoever it is: a new file in `carriers/` and its part in the sandbox are held to all of it."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.conversations.models import Conversation
from apps.merchants.doors import QUERY, Malformed, NotConfigured, SignatureWrong
from apps.merchants.models import Merchant
from apps.orders.actions import ship_order
from apps.orders.carrier import (
    CarrierRefused,
    CarrierUnavailable,
    LabelWish,
    News,
    Status,
    all_carriers,
)
from apps.orders.models import CarrierAccount, CarrierEvent, Fulfilment, TrackingEvent
from apps.orders.tracking import run_due, take_tracking
from apps.sandbox import shippo
from tests.carts import goods
from tests.conversations.people import says
from tests.factories import channel_account
from tests.notifications.test_order_news import placed_order

from .courier import BOOKS, Courier, played, word_for

NUMBER = "00340434161094042557"
CARRIERS = sorted(name for name, carrier in all_carriers().items() if carrier.required_config)
HERE = {"name": "Shop", "street": "Lagerweg 1", "postcode": "10115", "city": "Berlin", "region": "", "country": "DE",
        "phone": ""}  # fmt: skip
THERE = HERE | {"name": "Ana", "street": "Musterstr. 1", "phone": "+4930123"}


def body_of(name: str, word: str, *, number: str = NUMBER, mode: str = "test") -> bytes:
    return json.dumps(played(name).event_of(number=number, status=word, carrier="DHL", mode=mode)).encode()


def headers_of(name: str, body: bytes, **changes: Any) -> dict[str, str]:
    query, seal = played(name).sealed(played(name).CONFIG | changes, body)
    return {QUERY: query, **seal}


def knock(name: str, body: bytes, headers: dict[str, str] | None = None) -> int:
    return take_tracking(name, "shop", headers_of(name, body) if headers is None else headers, body)[0]


@pytest.fixture(params=CARRIERS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def parcel(in_scope: Merchant, name: str) -> Fulfilment:
    goods.vat(in_scope)
    CarrierAccount.objects.create(merchant=in_scope, provider=name, name="shop", config=played(name).CONFIG)
    thread: Conversation = says(channel_account(in_scope, "telegram"), "hi").conversation
    return ship_order(placed_order(thread), carrier="DHL", tracking_number=NUMBER)


@pytest.fixture
def courier(name: str) -> Iterator[Courier]:
    shop = Courier(name)
    yield shop
    shop.close()


def test_the_sandbox_plays_them_all() -> None:
    assert sorted(BOOKS) == CARRIERS


def test_what_it_needs_is_said_in_a_sentence(name: str) -> None:
    carrier = all_carriers()[name]
    assert {*carrier.required_config, *carrier.secret_config} <= set(carrier.config_help)
    assert carrier.missing(played(name).CONFIG) == []
    assert carrier.label


def test_a_seal_is_of_these_bytes_and_this_secret(name: str) -> None:
    carrier, config = all_carriers()[name], played(name).CONFIG
    body = body_of(name, word_for(name, Status.DELIVERED))
    carrier.verify(headers_of(name, body), body, config)
    wrong = {key: f"not-{config[key]}" for key in carrier.secret_config}
    for headers, sent in (
        ({}, body),
        ({QUERY: ""}, body),
        (headers_of(name, body, **wrong), body),
        (dict.fromkeys(headers_of(name, body), "é"), body),
        (dict.fromkeys(headers_of(name, body), ""), body),
        (headers_of(name, body), body + b" "),
        (headers_of(name, body), json.dumps(json.loads(body), separators=(",", ":")).encode()),
    ):
        with pytest.raises(SignatureWrong):
            carrier.verify(headers, sent, config)
    for key in carrier.required_config:
        with pytest.raises(NotConfigured):
            carrier.verify(headers_of(name, body), body, config | {key: ""})


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_changed_byte_passes(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(CARRIERS))
    body = body_of(name, word_for(name, Status.IN_TRANSIT))
    at, byte = data.draw(st.integers(0, len(body) - 1)), data.draw(st.integers(0, 255))
    changed = body[:at] + bytes([byte]) + body[at + 1 :]
    headers, config = headers_of(name, body), played(name).CONFIG
    if changed == body:
        all_carriers()[name].verify(headers, changed, config)
    else:
        with pytest.raises(SignatureWrong):
            all_carriers()[name].verify(headers, changed, config)


ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=200), st.lists(st.none(), max_size=2),
    st.just({}), st.just("\x00"), st.just("\ud800"), st.just("9999-99-99T99:99:99Z"), st.just(10**400),
)  # fmt: skip


def places_in(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, each in inside for found in places_in(each, (*path, key)))]


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_whatever_stands_in_an_event_is_news_or_malformed(data: st.DataObject) -> None:
    """Any part of a genuine event replaced by anything, or left out."""
    name = data.draw(st.sampled_from(CARRIERS))
    event = json.loads(body_of(name, data.draw(st.sampled_from(sorted(played(name).STATUSES)))))
    for path in data.draw(st.lists(st.sampled_from(places_in(event)[1:]), min_size=1, max_size=3)):
        inside = event
        for key in path[:-1]:
            inside = inside[key] if isinstance(inside, dict) and key in inside else {}
        if isinstance(inside, dict) and path[-1] in inside:
            if data.draw(st.booleans()):
                del inside[path[-1]]
            else:
                inside[path[-1]] = data.draw(ODD)
    try:
        news = all_carriers()[name].parse_webhook(json.dumps(event).encode())
    except Malformed:
        return
    assert news is None or (isinstance(news, News) and 0 < len(news.id) <= 120 and 0 < len(news.number) <= 60)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b'"x"', b"\xff", b"[" * 100_000, b"{}" * 2, b"7"])
def test_what_nobody_can_read_is_malformed(name: str, body: bytes) -> None:
    with pytest.raises(Malformed):
        all_carriers()[name].parse_webhook(body)


def test_all_its_words_mean_something_to_us(name: str) -> None:
    """Each of ours but the ones nobody can be sure of is said by some word of theirs."""
    carrier = all_carriers()[name]
    found = [carrier.parse_webhook(body_of(name, word)) for word in played(name).STATUSES]
    assert {news.status for news in found if news} == set(Status)


def test_stages_are_told_once_and_never_go_back(name: str, parcel: Fulfilment) -> None:
    way = [
        "pre_transit",
        "in_transit",
        "out_for_delivery",
        "in_transit",
        "pick_up",
        "delivered",
        "in_transit",
        "failure",
    ]
    bodies = []
    for each in way:
        bodies.append(body_of(name, word_for(name, Status(each))))
        time.sleep(0.002)  # Shippo tells its moments by the millisecond
    for body in bodies:
        assert (knock(name, body), knock(name, body)) == (200, 200)  # and its echo
        run_due()
    for body in reversed(bodies):  # everything once more, the wrong way round
        assert knock(name, body) == 200
    run_due()
    parcel.refresh_from_db()
    assert (parcel.state, parcel.stage, parcel.trouble, parcel.needs_look) == ("delivered", "delivered", "", False)
    told = list(parcel.order.events.values_list("kind", flat=True))[-5:]
    assert told == ["shipped", "in_transit", "out_for_delivery", "pick_up", "delivered"]
    assert TrackingEvent.objects.count() == CarrierEvent.objects.count() == len(way)


def test_words_nobody_here_knows_are_kept_and_move_nothing(name: str, parcel: Fulfilment) -> None:
    word = word_for(name, Status.IN_TRANSIT)
    for strange in ("teleported", "TELEPORTED"):
        assert knock(name, body_of(name, word).replace(b'"%s"' % word.encode(), b'"%s"' % strange.encode())) == 200
    run_due()
    assert set(TrackingEvent.objects.values_list("status", "text")) == {
        ("unknown", "teleported"),
        ("unknown", "TELEPORTED"),
    }
    parcel.refresh_from_db()
    assert (parcel.state, parcel.stage) == ("shipped", "")


def test_news_of_the_other_mode_and_forged_ones_are_not_stored(name: str, parcel: Fulfilment) -> None:
    word = word_for(name, Status.DELIVERED)
    assert knock(name, body_of(name, word, mode="production")) == 400
    assert knock(name, body_of(name, word), {}) == 400
    CarrierAccount.objects.update(config={})
    assert knock(name, body_of(name, word)) == 503
    assert CarrierEvent.objects.count() == 0


def wish(**changes: Any) -> LabelWish:
    return LabelWish(**({"reference": "R-1", "shopper": THERE, "shop": HERE, "grams": 900} | changes))


def test_a_label_is_bought_once_and_given_back_once(courier: Courier) -> None:
    carrier, config = all_carriers()[courier.provider], courier.config
    shipment = carrier.prepare_label(wish(), config)
    carrier.void_label(shipment, config)  # nothing was bought: nothing to do
    label = carrier.buy_label(shipment, config)
    assert carrier.buy_label(shipment, config) == label
    assert (label.carrier, str(label.cost), courier.bought()) == ("DHL", "€4.19", ["R-1"])
    assert carrier.fetch_file(label.sheet_url, config)[:5] == b"%PDF-"
    assert carrier.fetch_file(label.code_url, config)[:4] == b"\x89PNG"
    for _ in range(2):
        carrier.void_label(shipment, config)
    assert courier.given_back() == ["R-1"]


def test_a_no_is_told_from_no_answer(courier: Courier) -> None:
    carrier, config = all_carriers()[courier.provider], courier.config
    secrets = dict.fromkeys(carrier.secret_config, "wrong")
    for refused, other in ((wish(grams=40_000), {}), (wish(shopper=THERE | {"city": ""}), {}), (wish(), secrets)):
        with pytest.raises(CarrierRefused):
            carrier.buy_label(carrier.prepare_label(refused, config | other), config)
    with pytest.raises(CarrierRefused):
        carrier.buy_label("0" * 32, config)
    for kind in ("rate_limit", "server_error", "lost"):
        courier.fault(kind, seconds=0)
        with pytest.raises(CarrierUnavailable):
            carrier.prepare_label(wish(), config)
    courier.is_down = True
    with pytest.raises(CarrierUnavailable):
        carrier.prepare_label(wish(), config)
    assert courier.bought() == []


def test_shippo_by_its_token_alone() -> None:
    """HMAC is switched on by Shippo on request; the token in the address is everybody's."""
    carrier, body = all_carriers()["shippo"], body_of("shippo", "DELIVERED")
    config = {"webhook_token": "a&b=é"}
    carrier.verify({QUERY: shippo.sealed(config, body)[0]}, body, config)
    for query in ("", "token=", "token=a", "other=a", "token"):
        with pytest.raises(SignatureWrong):
            carrier.verify({QUERY: query}, body, config)


def test_shippo_says_more_of_a_parcel_on_its_way() -> None:
    carrier = all_carriers()["shippo"]

    def status(word: str) -> Status:
        news = carrier.parse_webhook(body_of("shippo", word))
        assert news is not None
        return news.status

    said = {word: status(word) for word in shippo.STATUSES}
    on_its_way = {word.partition(":")[2] for word, meant in said.items() if meant is Status.IN_TRANSIT}
    assert sorted(on_its_way) == [
        "", "delayed", "delivery_attempted", "delivery_rescheduled", "delivery_scheduled", "notice_left",
        "package_accepted", "package_arrived", "package_departed", "package_forwarded", "package_held",
        "package_processed", "package_processing",
    ]  # fmt: skip
    assert (said["RETURNED:package_unclaimed"], said["FAILURE:package_lost"]) == (Status.RETURNING, Status.FAILURE)
    event = json.loads(body_of("shippo", "TRANSIT"))
    event["data"]["tracking_status"] = None
    assert carrier.parse_webhook(json.dumps(event).encode()) is None  # registered, and nobody has seen it
    assert carrier.parse_webhook(b'{"event": "transaction_updated", "data": {}}') is None


def test_shippo_sells_returns_of_the_us_as_scan_based() -> None:
    courier = Courier("shippo")
    carrier = all_carriers()["shippo"]
    home = HERE | {"country": "US", "region": "CA", "postcode": "94117"}
    shipment = carrier.prepare_label(
        wish(shop=home, shopper=home | {"name": "Ana"}), courier.config | {"box": "20 x 15 x 5"}
    )
    (made,) = courier.shipments()
    assert (made["extra"]["is_return"], made["address_from"]["name"], made["parcels"][0]["width"]) == (
        True,
        "Ana",
        "15",
    )
    assert carrier.buy_label(shipment, courier.config).carrier == "USPS"
    with pytest.raises(CarrierRefused, match="not a box: large"):
        carrier.prepare_label(wish(), courier.config | {"box": "large"})
    courier.close()


def test_shippo_says_why_it_sold_nothing() -> None:
    courier = Courier("shippo")
    carrier = all_carriers()["shippo"]
    courier.store.run("update accounts set config = json_set(config, '$.broke', 1)")
    shipment = carrier.prepare_label(wish(), courier.config)
    with pytest.raises(CarrierRefused, match=r"Insufficient funds\."):
        carrier.buy_label(shipment, courier.config)
    courier.store.run("update accounts set config = json_set(config, '$.broke', 0)")
    assert carrier.buy_label(shipment, courier.config).carrier == "DHL"  # an attempt that failed bought nothing
    courier.close()
