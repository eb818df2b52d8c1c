"""Ways of delivery at the desk and over the API; parcels in trouble are a list to work through."""

from decimal import Decimal
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import translation
from django_scopes import scope

from apps.backoffice.delivering import price_line
from apps.carts.models import DeliveryMethod, DeliveryStep, PickupPoint
from apps.merchants.models import Merchant
from apps.orders.actions import ship_order
from apps.orders.actions.cancel import lock_order
from apps.orders.actions.place import place_paid
from apps.orders.models import CarrierAccount, CarrierEvent, Fulfilment, Order
from tests import factories
from tests.carts import goods
from tests.carts.test_delivery import table

from .conftest import Api

EUR = {"currency": "EUR"}
WAY = {
    "name": "Parcel",
    "price": {"minor": 490, **EUR},
    "free_from": {"minor": 6000, **EUR},
    "countries": ["DE"],
    "postcodes": ["10"],
    "max_grams": 31_500,
    "cutoff_hour": 15,
    "closed_days": ["2026-12-25"],
    "steps": [
        {"up_to_grams": 10_000, "price": {"minor": 790, **EUR}},
        {"up_to_grams": 2_000, "price": {"minor": 490, **EUR}},
        {"from_amount": {"minor": 3000, **EUR}, "price": {"minor": 290, **EUR}},
    ],
}


def bought(merchant: Merchant) -> Order:
    order = lock_order(goods.draft(goods.full_cart(factories.customer(merchant), {goods.variant(merchant): 1})))
    place_paid(order)
    return order


def test_the_prices_are_one_line(in_scope: Merchant) -> None:
    way = table(goods.parcel(in_scope, free_from="60.00"), (10_000, "0", "7.90"), (2_000, "0", "4.90"))
    flat = goods.parcel(in_scope, free_from=None, max_grams=500)
    dear = table(goods.parcel(in_scope, price="6", free_from=None), (None, "30", "3"), (800, "30", "1"))
    shop = goods.parcel(in_scope, price="0", free_from=None)
    assert [price_line(method) for method in (way, flat, dear, shop)] == [
        "up to 2 kg €4.90, up to 10 kg €7.90, free from €60.00",
        "€4.90, at most 500 g",
        "€6.00, from €30.00 up to 800 g €1.00, from €30.00 €3.00",
        "free of charge",
    ]
    with translation.override("de"):
        assert price_line(way) == "bis 2 kg 4,90\xa0€, bis 10 kg 7,90\xa0€, kostenlos ab 60,00\xa0€"


def test_steps_are_written_beside_their_way(desk: Client, merchant: Merchant) -> None:
    form: dict[str, Any] = {
        "name_en": "Parcel", "price_0": "4.90", "price_1": "EUR", "free_from_0": "", "free_from_1": "EUR",
        "countries": ["DE", "AT"], "regions": "", "postcodes": "10, 12", "max_grams": "", "cutoff_hour": "14",
        "closed_days": "2026-12-25, 2026-12-26", "days_min": "1", "days_max": "2", "position": "0", "is_active": "on",
        "steps-TOTAL_FORMS": "2", "steps-INITIAL_FORMS": "0", "points-TOTAL_FORMS": "0", "points-INITIAL_FORMS": "0",
        "steps-0-up_to_grams": "2000", "steps-0-from_amount": "0", "steps-0-price": "4.90",
        "steps-1-up_to_grams": "", "steps-1-from_amount": "30", "steps-1-price": "2.90",
    }  # fmt: skip
    answer = desk.post(reverse("admin:carts_deliverymethod_add"), form)
    assert answer.status_code == 302, answer.content.decode()
    with scope(merchant=merchant):
        way = DeliveryMethod.objects.get()
        rows = [(step.up_to_grams, step.from_amount, step.price) for step in way.steps.all()]
    assert rows == [(2000, 0, Decimal("4.90")), (None, 30, Decimal("2.90"))]
    assert (way.postcodes, way.cutoff_hour, len(way.closed_days)) == (["10", "12"], 14, 2)
    assert sorted(way.countries) == ["AT", "DE"]
    shown = desk.get(reverse("admin:carts_deliverymethod_changelist")).content.decode()
    assert "up to 2 kg €4.90, from €30.00 €2.90" in shown
    twice = form | {"steps-1-up_to_grams": "2000", "steps-1-from_amount": "0"}
    assert desk.post(reverse("admin:carts_deliverymethod_add"), twice).status_code == 200


def test_pick_up_points_are_written_beside_their_way(desk: Client, merchant: Merchant) -> None:
    form: dict[str, Any] = {
        "name_en": "Pick-up", "price_0": "2.90", "price_1": "EUR", "free_from_0": "", "free_from_1": "EUR", "to_point": "on",
        "regions": "", "postcodes": "", "max_grams": "", "cutoff_hour": "", "closed_days": "", "days_min": "1",
        "days_max": "2", "position": "0", "is_active": "on", "steps-TOTAL_FORMS": "0", "steps-INITIAL_FORMS": "0",
        "points-TOTAL_FORMS": "1", "points-INITIAL_FORMS": "0", "points-0-name": "Kiosk", "points-0-street": "Markt 1",
        "points-0-postcode": "10117", "points-0-city": "Berlin", "points-0-country": "DE", "points-0-hours": "8–20",
        "points-0-is_active": "on",
    }  # fmt: skip
    answer = desk.post(reverse("admin:carts_deliverymethod_add"), form)
    assert answer.status_code == 302, answer.content.decode()
    with scope(merchant=merchant):
        (point,) = PickupPoint.objects.all()
        store = factories.location(merchant, is_pickup=True)
    assert (str(point), point.method.to_point) == ("Kiosk, Markt 1, 10117 Berlin", True)
    both = desk.post(reverse("admin:carts_deliverymethod_add"), form | {"pickup_at": str(store.pk)})
    assert "Either a store of yours or pick-up points, not both." in both.content.decode()


def test_programs_read_and_write_ways_with_their_steps(api: Api, merchant: Merchant) -> None:
    made = api.post("delivery-methods/", WAY)
    assert made.status_code == 201, made.content
    body = made.json()
    assert body["price_line"] == (
        "up to 2 kg €4.90, up to 10 kg €7.90, from €30.00 €2.90, free from €60.00, at most 31.5 kg"
    )
    assert body["steps"][0] == {"up_to_grams": 2000, "from_amount": {"minor": 0, **EUR}, "price": {"minor": 490, **EUR}}
    path = f"delivery-methods/{body['id']}/"
    assert (api.get(path).json(), api.get("delivery-methods/").json()["results"]) == (body, [body])
    changed = api.patch(path, {"is_active": False})
    assert (changed.status_code, changed.json()) == (200, body | {"is_active": False})
    emptied = api.patch(path, {"steps": [], "regions": ["Berlin"]}).json()
    assert (emptied["steps"], emptied["regions"], emptied["price_line"]) == (
        [],
        ["Berlin"],
        "€4.90, free from €60.00, at most 31.5 kg",
    )


def test_what_does_not_fit_is_refused_whole(api: Api, reader: Api, stranger: Api, merchant: Merchant) -> None:
    made = api.post("delivery-methods/", WAY).json()
    path = f"delivery-methods/{made['id']}/"
    twice = [{"up_to_grams": 5, "price": {"minor": 1, **EUR}}] * 2
    dollars = [{"price": {"minor": 1, "currency": "USD"}}]
    answers = [
        api.patch(path, {"name": "Other", "steps": twice}),
        api.patch(path, {"steps": dollars}),
        api.patch(path, {"price": {"minor": 1, "currency": "USD"}}),
        api.patch(path, {"steps": [{"up_to_grams": 0, "price": {"minor": 1, **EUR}}]}),
        api.patch(path, {"steps": [{"up_to_grams": 1, "price": {"minor": -1, **EUR}}]}),
        api.patch(path, {"steps": {}}),
        api.patch(path, {"days_min": 9}),
        api.patch(path, {"cutoff_hour": 24}),
        api.patch(path, {"colour": "red"}),
        reader.patch(path, {"name": "Other"}),
        stranger.get(path),
        api.get(f"delivery-methods/{10**30}/"),
    ]
    assert [answer.status_code for answer in answers] == [409, 400, 400, 400, 400, 400, 409, 400, 400, 403, 404, 404]
    assert (api.get(path).json(), stranger.get("delivery-methods/").json()["results"]) == (made, [])
    with scope(merchant=merchant):
        assert DeliveryStep.objects.count() == 3


def test_parcels_in_trouble_are_a_list_to_work_through(desk: Client, merchant: Merchant) -> None:
    with scope(merchant=merchant):
        parcel = ship_order(bought(merchant), carrier="DHL", tracking_number="JJD1")
        Fulfilment.objects.update(trouble="failure", needs_look=True)
    listed = reverse("admin:orders_fulfilment_changelist") + "?needs_look__exact=1"
    assert "JJD1" in desk.get(listed).content.decode()
    ticked = {"action": "looked_after", "_selected_action": [parcel.pk]}
    assert "1 parcel is done." in desk.post(listed, ticked, follow=True).content.decode()
    assert "JJD1" not in desk.get(listed).content.decode()
    assert desk.get(reverse("admin:orders_fulfilment_change", args=[parcel.pk])).status_code == 200


def test_news_nobody_could_use_is_tried_again(desk: Client, merchant: Merchant, other_merchant: Merchant) -> None:
    with scope(merchant=merchant):
        mine = CarrierAccount.objects.create(merchant=merchant, provider="easypost", name="mine")
    with scope(merchant=other_merchant):
        theirs = CarrierAccount.objects.create(merchant=other_merchant, provider="easypost", name="theirs")
    for account, number in ((mine, "MINE1"), (theirs, "THEIRS1")):
        CarrierEvent.objects.create(
            account_id=account.pk,
            event_id=number,
            status="failure",
            payload={"number": number},
            dead_at="2026-11-01T00:00Z",
        )
    listed = reverse("admin:orders_carrierevent_changelist")
    shown = desk.get(listed).content.decode()
    assert ("MINE1" in shown, "THEIRS1" in shown) == (True, False)
    event = CarrierEvent.objects.get(event_id="MINE1")
    desk.post(listed, {"action": "replay", "_selected_action": [event.pk]})
    event.refresh_from_db()
    assert (event.dead_at, event.attempts) == (None, 0)
