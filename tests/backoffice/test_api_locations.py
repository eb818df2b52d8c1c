"""Stores and warehouses over the API, what is picked up there, and the stock that lies there."""

from typing import Any

import pytest
from django_scopes import scope

from apps.carts.places import Place
from apps.merchants.models import Location, Merchant

from .conftest import Api

STORE = {
    "name": "Mitte", "address": "Torstr. 1\n10119 Berlin", "postcode": "10119", "region": "", "is_store": True,
    "hours": "Mon–Fri 8–20", "latitude": 52.53, "longitude": 13.4, "is_pickup": True, "ships": False, "position": 3,
}  # fmt: skip


def test_a_store_is_added_told_changed_and_taken_away(api: Api, merchant: Merchant) -> None:
    made = api.post("locations/", STORE)
    assert (made.status_code, made.json()) == (201, {"id": made.json()["id"], **STORE})
    path = f"locations/{made.json()['id']}/"
    assert api.get(path).json() == made.json()
    assert api.patch(path, {"postcode": "10115", "latitude": None, "longitude": None}).json()["postcode"] == "10115"
    with scope(merchant=merchant):
        kept = Location.objects.get(name="Mitte")
        assert Place.at(kept, country="DE") == Place("DE", "", "10115")
    assert api.get("locations/").json()["results"][0]["latitude"] is None
    assert (api.delete(path).status_code, api.get(path).status_code) == (204, 404)


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [
        ({"name": ""}, "#/name"),
        ({"name": "x", "latitude": 52.5}, "#/non_field_errors"),
        ({"name": "x", "latitude": 91, "longitude": 0}, "#/latitude"),
        ({"name": "x", "latitude": "NaN", "longitude": 0}, "#/latitude"),
        ({"name": "x", "latitude": True, "longitude": 0}, "#/latitude"),
        ({"name": "x", "position": 40_000}, "#/position"),
        ({"name": "x", "merchant": 1}, "#/merchant"),
    ],
)
def test_what_is_no_place_is_refused(api: Api, merchant: Merchant, sent: Any, pointer: str) -> None:
    refused = api.post("locations/", sent)
    assert (refused.status_code, [each["pointer"] for each in refused.json()["errors"]]) == (400, [pointer])
    with scope(merchant=merchant):
        assert not Location.objects.exists()


def test_where_something_lies_or_is_picked_up_stays(api: Api, variant: Any) -> None:
    home = api.get("locations/").json()["results"][0]
    assert api.get(f"variants/{variant.public_id}/").json()["stock"][0]["location_id"] == home["id"]
    refused = api.delete(f"locations/{home['id']}/")
    assert (refused.status_code, refused.json()["detail"]) == (
        409,
        "Stock lies there, or something is picked up there.",
    )
    store = api.post("locations/", STORE).json()["id"]
    assert api.post("delivery-methods/", _way(store)).status_code == 201
    assert api.delete(f"locations/{store}/").status_code == 409


def _way(store: Any) -> dict[str, Any]:
    return {"name": "Pick-up", "price": {"minor": 0, "currency": "EUR"}, "pickup_at": store}


def test_a_way_of_delivery_is_picked_up_at_a_store_of_the_shop(api: Api, stranger: Api) -> None:
    store, theirs = (each.post("locations/", STORE).json()["id"] for each in (api, stranger))
    made = api.post("delivery-methods/", _way(store)).json()
    assert made["pickup_at"] == store
    path = f"delivery-methods/{made['id']}/"
    assert api.patch(path, {"pickup_at": theirs}).status_code == 400
    refused = api.patch(path, {"to_point": True})
    assert (refused.status_code, refused.json()["detail"]) == (409, "It is picked up in a store already.")
    assert api.patch(path, {"pickup_at": None, "to_point": True}).json()["pickup_at"] is None
    assert api.post("delivery-methods/", _way("nowhere")).status_code == 400


def test_stock_is_counted_at_a_location_by_its_id(api: Api, variant: Any) -> None:
    store = api.post("locations/", STORE).json()["id"]
    path = f"variants/{variant.public_id}/stock/"
    told = api.post(path, {"location": store, "change": 4, "reason": "delivery"}).json()
    assert {level["location"]: level["on_hand"] for level in told["stock"]}["Mitte"] == 4
    assert api.post(path, {"location": "Mitte", "change": -1, "reason": "broken"}).status_code == 200
    assert api.post(path, {"location": "nowhere", "change": 1, "reason": "x"}).status_code == 400


def test_a_list_asks_as_much_for_many_as_for_one(
    api: Api, merchant: Merchant, django_assert_max_num_queries: Any
) -> None:
    for number in range(5):
        store = api.post("locations/", {**STORE, "name": f"Store {number}"}).json()["id"]
        api.post("delivery-methods/", {**_way(store), "name": f"Way {number}"})
    with django_assert_max_num_queries(8):
        assert len(api.get("delivery-methods/").json()["results"]) == 5
    with django_assert_max_num_queries(6):
        assert len(api.get("locations/").json()["results"]) == 5


def test_a_reader_only_reads_and_a_stranger_sees_nothing(api: Api, reader: Api, stranger: Api) -> None:
    path = f"locations/{api.post('locations/', STORE).json()['id']}/"
    assert (reader.get(path).status_code, reader.patch(path, {"name": "y"}).status_code) == (200, 403)
    assert (reader.post("locations/", STORE).status_code, reader.delete(path).status_code) == (403, 403)
    assert (stranger.get(path).status_code, stranger.patch(path, {"name": "y"}).status_code) == (404, 404)
    assert (stranger.delete(path).status_code, stranger.get("locations/").json()["results"]) == (404, [])
