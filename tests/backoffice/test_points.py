"""A carrier's list at the desk and over the API: looked at first, then done; what a parcel goes to stays."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django_scopes import scope

from apps.carts.actions import set_delivery
from apps.carts.models import DeliveryMethod, PickupPoint
from apps.merchants.models import Merchant
from apps.orders.actions import deliver_order, ship_order
from apps.orders.actions.cancel import lock_order
from apps.orders.actions.place import place_paid
from apps.orders.promised import promised_points
from tests import factories
from tests.carts import goods
from tests.carts.test_point_list import BAKERY, HEAD, KIOSK
from tests.carts.test_points import point, way

from .conftest import Api

TWO = f"{HEAD}\n{KIOSK}\n{BAKERY}\n".encode()
ONE = f"{HEAD}\n{BAKERY}\n".encode()


@pytest.fixture
def method(merchant: Merchant) -> DeliveryMethod:
    with scope(merchant=merchant):
        return way(merchant)


def place(method: DeliveryMethod) -> str:
    return reverse("admin:carts_deliverymethod_import_points", args=[method.pk])


def look(desk: Client, method: DeliveryMethod, content: bytes) -> Any:
    return desk.post(place(method), {"file": SimpleUploadedFile("points.csv", content)})


def rows(answer: Any) -> list[tuple[str, str]]:
    found = re.findall(r'scope="row">([^<]+)</th><td[^>]*>([^<]+)</td>', answer.content.decode())
    return [(what, number) for what, number in found]


def names(merchant: Merchant) -> dict[str, bool]:
    with scope(merchant=merchant):
        return dict(PickupPoint.objects.values_list("name", "is_active"))


def test_a_list_is_looked_at_then_done(desk: Client, merchant: Merchant, method: DeliveryMethod) -> None:
    preview = look(desk, method, TWO)
    assert (rows(preview), names(merchant)) == ([("new", "2")], {})
    token = re.search(r'name="kept" value="([^"]+)"', preview.content.decode())
    assert token is not None
    desk.post(place(method), {"kept": token[1]})
    assert names(merchant) == {"Kiosk Mitte": True, "Bakery Nord": True}
    assert rows(look(desk, method, ONE)) == [("closed", "1"), ("unchanged", "1")]
    bad = look(desk, method, TWO.replace(b"Berlin", b"")).content.decode()
    assert ["2 rows need another look" in bad, 'name="kept"' in bad] == [True, False]
    listed = desk.get(reverse("admin:carts_pickuppoint_changelist"), {"q": "K1"}).content.decode()
    assert ["Kiosk Mitte" in listed, "Bakery Nord" in listed] == [True, False]


def test_only_ways_to_points_take_a_list(desk: Client, merchant: Merchant) -> None:
    with scope(merchant=merchant):
        home = goods.parcel(merchant)
    assert desk.get(place(home)).status_code == 404
    page = desk.get(reverse("admin:carts_deliverymethod_change", args=[home.pk])).content.decode()
    assert "Import pick-up points" not in page


def test_thousands_of_points_do_not_stand_on_the_page_of_their_way(desk: Client, method: DeliveryMethod) -> None:
    address = reverse("admin:carts_deliverymethod_change", args=[method.pk])
    with scope(merchant=method.merchant):
        point(method, "10115")
    assert "points-TOTAL_FORMS" in desk.get(address).content.decode()
    with scope(merchant=method.merchant):
        facts = {"merchant": method.merchant, "method": method, "street": "Markt 1", "city": "Berlin", "country": "DE"}
        PickupPoint.objects.bulk_create(PickupPoint(name=f"P{n}", postcode=str(10000 + n), **facts) for n in range(200))
    page = desk.get(address).content.decode()
    assert ["points-TOTAL_FORMS" in page, "Import pick-up points" in page] == [False, True]


def test_a_point_on_an_order_stays_until_the_parcel_is_there(in_scope: Merchant) -> None:
    goods.vat(in_scope)
    method = way(in_scope)
    kiosk = point(method, "10117")
    cart = goods.full_cart(factories.customer(in_scope), {goods.variant(in_scope): 1}, method=method)
    order = lock_order(goods.draft(set_delivery(cart, point=kiosk)))
    assert promised_points() == {kiosk.public_id}
    place_paid(order)
    ship_order(order, carrier="DHL", tracking_number="7")
    assert promised_points() == {kiosk.public_id}
    deliver_order(order)
    assert promised_points() == set()


def send(api: Api, method: DeliveryMethod, content: bytes, query: str = "") -> Any:
    address = f"/api/v1/delivery-methods/{method.pk}/points/import/{query}"
    return api.client.post(address, {"file": SimpleUploadedFile("points.csv", content)}, headers=api.headers)


def test_a_program_brings_a_list(
    api: Api, reader: Api, stranger: Api, merchant: Merchant, method: DeliveryMethod
) -> None:
    nothing = dict.fromkeys(("updated", "unchanged", "reopened", "closed", "awaited", "unplaced"), 0)
    told = {"rows": 2, "created": 2, **nothing, "is_applied": False, "errors": []}
    assert (send(api, method, TWO, "?dry_run=1").json(), names(merchant)) == (told, {})
    assert send(api, method, TWO).json() == told | {"is_applied": True}
    assert send(api, method, ONE).json()["closed"] == 1
    refused = send(api, method, TWO.replace(b"10117", b""))
    assert (refused.status_code, refused.json()["is_applied"], refused.json()["errors"]) == (
        422, False, [{"line": 2, "column": "postcode", "message": "This cannot be empty."}],
    )  # fmt: skip
    assert [send(reader, method, TWO).status_code, send(stranger, method, TWO).status_code] == [403, 404]
    listed = api.get(f"delivery-methods/{method.pk}/points/").json()["results"]
    assert [(row["reference"], row["is_active"], row["latitude"]) for row in listed] == [
        ("B7", True, 52.5321), ("K1", False, 52.517),
    ]  # fmt: skip
    assert stranger.get(f"delivery-methods/{method.pk}/points/").status_code == 404
    with scope(merchant=merchant):
        home = goods.parcel(merchant)
    assert send(api, home, TWO).status_code == 409
    assert api.patch(f"delivery-methods/{home.pk}/", {"to_point": True}).json()["to_point"] is True
