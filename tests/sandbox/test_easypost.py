"""The carrier on loopback: signed events, in order per parcel, again until they are taken."""

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
