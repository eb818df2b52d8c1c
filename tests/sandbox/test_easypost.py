"""The carrier on loopback: signed events, in order per parcel, again until they are taken."""

from typing import Any

import httpx2
import pytest

from apps.orders.carrier import Status, all_carriers

from .conftest import Shop, World

SECRET = "parcel-secret"
DOOR = "/carriers/easypost/shop/webhook/"


@pytest.fixture
def told(world: World, shop: Shop) -> World:
    config = {"webhook_secret": SECRET, "webhook_url": shop.url + DOOR}
    world.order("_accounts", kind="easypost", name="shop", config=config)
    return world


def test_the_carriers_words_arrive_signed_and_in_order(told: World, shop: Shop) -> None:
    shop.answers.append(503)  # the first is lost and comes again, before what follows it
    for status in ("in_transit", "available_for_pickup", "delivered"):
        assert told.order("_parcel", number="JJD1", status=status)["event"].startswith("evt_")
    hooks = shop.wait(4, path=DOOR)
    carrier = all_carriers()["easypost"]
    for hook in hooks:
        carrier.verify(hook.headers, hook.body, {"webhook_secret": SECRET})
    news = [carrier.parse_webhook(hook.body) for hook in hooks]
    assert [(each.number, each.status, each.is_test) for each in news if each] == [
        ("JJD1", Status.IN_TRANSIT, True),
        ("JJD1", Status.IN_TRANSIT, True),
        ("JJD1", Status.PICK_UP, True),
        ("JJD1", Status.DELIVERED, True),
    ]


def test_what_is_no_order_is_refused(told: World) -> None:
    def status(**values: str) -> int:
        answer: httpx2.Response = told.client.post(f"{told.url}/sandbox/api/_parcel", json=values)
        return answer.status_code

    assert [status(number="JJD1", status="lost"), status(number="JJD1"), status(status="failure")] == [400, 400, 400]


KEY = "EZTK_world"
HOME = {"name": "Ana", "street1": "Musterstr. 1", "city": "Berlin", "zip": "10115", "country": "DE"}
SHIPMENT = {"is_return": True, "from_address": HOME | {"name": "Shop"}, "to_address": HOME, "parcel": {"weight": 20}}


def test_labels_are_sold_and_taken_back_as_they_do_it(told: World) -> None:
    told.order("_accounts", kind="easypost", name="shop", config={"api_key": KEY, "webhook_secret": SECRET})

    def call(path: str, body: object = None, *, key: str = KEY) -> tuple[int, dict[str, Any]]:
        method = "GET" if body is None else "POST"
        answer = told.client.request(
            method, f"{told.url}/sandbox/api/easypost/v2/shipments{path}", json=body, auth=(key, "")
        )
        return answer.status_code, answer.json()

    def refused(path: str, body: object = None, *, key: str = KEY) -> tuple[int, str]:
        status, answer = call(path, body, key=key)
        return status, answer["error"]["code"]

    nameless = SHIPMENT | {"to_address": HOME | {"name": ""}}
    assert refused("", {"shipment": SHIPMENT}, key="other") == (401, "APIKEY.INACTIVE")
    assert refused("", {"shipment": nameless}) == (422, "SHIPMENT.INVALID_PARAMS")
    assert refused("", {"shipment": SHIPMENT | {"parcel": {"weight": 0}}}) == (422, "PARCEL.INVALID_PARAMS")
    status, made = call("", {"shipment": SHIPMENT})
    path = f"/{made['id']}"
    assert (status, made["from_address"]["name"], made["postage_label"]) == (201, "Ana", None)
    assert refused(f"{path}/refund", {}) == (422, "SHIPMENT.REFUND.UNAVAILABLE")
    assert refused(f"{path}/forms", {"form": {"type": "label_qr_code"}}) == (422, "FORM.UNAVAILABLE")
    assert refused(f"{path}/buy", {"rate": {"id": "rate_0"}}) == (422, "SHIPMENT.RATE.INVALID")
    rate = {"rate": {"id": made["rates"][0]["id"]}}
    _, bought = call(f"{path}/buy", rate)
    assert refused(f"{path}/buy", rate) == (422, "SHIPMENT.POSTAGE.EXISTS")
    told.order("_parcel", number=bought["tracking_code"], status="in_transit")
    assert call(f"{path}/refund", {})[1]["refund_status"] == "rejected"  # it is used
