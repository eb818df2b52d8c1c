"""Nearest by place and by postcode: exact beside the formula, and as cheap among ten thousand as among ten."""

import math
import random
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from apps.carts.models import DeliveryMethod, PickupPoint
from apps.carts.points import NEAREST, open_points, points_around, points_near
from apps.carts.spoken import distance_in_words
from apps.merchants.globe import Spot, _box, metres, nearest
from apps.merchants.models import Location, Merchant

from .test_points import point, way

BERLIN, MUNICH = Spot(52.5200, 13.4050), Spot(48.1374, 11.5755)


def scatter(method: DeliveryMethod, many: int, **fields: Any) -> None:
    chance = random.Random(7)
    facts = {"merchant": method.merchant, "method": method, "street": "Markt 1", "city": "Ort", "country": "DE"}
    PickupPoint.objects.bulk_create(
        PickupPoint(
            name=f"P{n}", postcode=f"{chance.randrange(1000, 99999):05}", **(facts | _somewhere(chance) | fields)
        )
        for n in range(many)
    )


def _somewhere(chance: random.Random) -> dict[str, float]:
    return {"latitude": chance.uniform(47.3, 55.0), "longitude": chance.uniform(5.9, 15.0)}


def test_the_formula_is_the_haversine() -> None:
    assert round(metres(BERLIN, MUNICH) / 1000) == 504
    assert round(metres(Spot(0, 179.9), Spot(0, -179.9))) == round(metres(Spot(0, 0), Spot(0, 0.2)))
    assert round(metres(Spot(90, 0), Spot(-90, 0))) == round(math.pi * 6_371_008.8)


@pytest.mark.parametrize("here", [BERLIN, Spot(0.0, 179.99), Spot(0.0, -179.99), Spot(89.99, 10.0), Spot(-33.9, 151.2)])
def test_the_nearest_are_those_the_formula_finds(in_scope: Merchant, here: Spot) -> None:
    method = way(in_scope)
    scatter(method, 60)
    for north, east in ((0.01, 0.01), (-0.02, 0.03), (0.1, -0.3), (0.0, 0.0)):
        spot = (min(here.latitude + north, 90.0), (here.longitude + east + 180) % 360 - 180)
        point(method, "10115", name=f"near {north} {east}", latitude=spot[0], longitude=spot[1])
    everywhere = sorted(method.points.all(), key=lambda one: metres(here, Spot(one.latitude, one.longitude)))
    found = points_around(method, country="DE", here=here, limit=8)
    assert [one.pk for one in found] == [one.pk for one in everywhere[:8]]
    assert (
        [round(one.metres, 3) for one in found]
        == [  # type: ignore[attr-defined]
            round(metres(here, Spot(one.latitude, one.longitude)), 3) for one in everywhere[:8]
        ]
    )


def test_only_open_points_of_the_way_and_country_count(in_scope: Merchant) -> None:
    method, other = way(in_scope), way(in_scope)
    at = {"latitude": BERLIN.latitude, "longitude": BERLIN.longitude}
    point(method, "1", **at, is_active=False)
    point(method, "2", **at, country="AT")
    point(other, "3", **at)
    point(method, "4")  # nobody knows where
    mine = point(method, "5", **at)
    assert [one.pk for one in points_around(method, country="de", here=BERLIN)] == [mine.pk]


def test_pages_follow_each_other(in_scope: Merchant) -> None:
    method = way(in_scope)
    scatter(method, 30)
    whole = points_around(method, country="DE", here=BERLIN, limit=15)
    pages = [points_around(method, country="DE", here=BERLIN, skip=skip) for skip in (0, 5, 10)]
    assert [one.pk for page in pages for one in page] == [one.pk for one in whole]
    by_code = points_near(method, country="DE", postcode="10115", limit=15)
    pages = [points_near(method, country="DE", postcode="10115", skip=skip) for skip in (0, 5, 10)]
    assert [one.pk for page in pages for one in page] == [one.pk for one in by_code]


def test_of_equal_postcodes_the_one_nearer_to_the_wanted_goes_first(in_scope: Merchant) -> None:
    method = way(in_scope)
    point(method, "10115", latitude=52.53, longitude=13.38)
    far = point(method, "10118", name="A far one", latitude=52.60, longitude=13.38)
    near = point(method, "10118", name="B near one", latitude=52.54, longitude=13.38)
    unknown = point(method, "10118", name="A third one")
    found = points_near(method, country="DE", postcode="10115")
    assert [one.pk for one in found[1:]] == [near.pk, far.pk, unknown.pk]


@pytest.mark.parametrize("wanted", ["10115", "00001", "99999", "1", "SW1A 1AA", ""])
def test_the_window_of_postcodes_holds_the_nearest(in_scope: Merchant, wanted: str) -> None:
    """Looking at neighbours alone finds what sorting all would."""
    method = way(in_scope)
    scatter(method, 300, latitude=None, longitude=None)
    shared = [_shared(wanted.replace(" ", ""), one.postcode) for one in method.points.all()]
    found = points_near(method, country="DE", postcode=wanted, limit=10)
    told = [_shared(wanted.replace(" ", ""), one.postcode) for one in found]
    assert told == sorted(shared, reverse=True)[:10]


def _shared(wanted: str, there: str) -> int:
    return next(
        (at for at, (a, b) in enumerate(zip(wanted, there, strict=False)) if a != b), min(len(wanted), len(there))
    )


def test_ten_thousand_points_cost_what_ten_cost(in_scope: Merchant, django_assert_num_queries: Any) -> None:
    method = way(in_scope)
    at = {"latitude": BERLIN.latitude, "longitude": BERLIN.longitude}
    for number in range(NEAREST + 1):
        point(method, f"1011{number}", name=f"Kiosk {number}", **at)
    for many in (0, 10_000):
        scatter(method, many)
        with django_assert_num_queries(1):
            points_around(method, country="DE", here=BERLIN, limit=NEAREST)
        with django_assert_num_queries(3):
            points_near(method, country="DE", postcode="10115")


def test_both_ways_of_looking_have_their_index(in_scope: Merchant) -> None:
    """Among rows of its own: on an empty table one index is as good as another."""
    method = way(in_scope)
    scatter(method, 3_000)
    near = open_points(method, "DE").filter(latitude__isnull=False)
    after = open_points(method, "DE").filter(place__gte="10115")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE carts_pickuppoint")
    plans = [near.filter(_box(BERLIN, 5_000)).explain(), after.order_by("place", "name", "pk")[:40].explain()]
    assert ["pickuppoint_by_place" in plans[0], "pickuppoint_by_postcode" in plans[1]] == [True, True]
    assert ["latitude >=" in _condition(plans[0]), "place" in _condition(plans[1])] == [True, True]


def _condition(plan: str) -> str:
    return next(line for line in plan.splitlines() if "Index Cond" in line)


degrees = st.tuples(st.integers(-9000, 9000), st.integers(-18000, 18000))
spots = degrees.map(lambda found: Spot(found[0] / 100, found[1] / 100))


@given(spots, spots, spots)
def test_a_distance_is_one(here: Spot, there: Spot, beyond: Spot) -> None:
    assert metres(here, here) == 0
    assert metres(here, there) == pytest.approx(metres(there, here), abs=1e-3)
    assert metres(here, beyond) <= metres(here, there) + metres(there, beyond) + 1


@pytest.mark.parametrize("latitude", [float("nan"), 90.1, "52", None, True])
def test_what_is_no_place(latitude: Any) -> None:
    assert Spot.of(latitude, 13.4) is None


@pytest.mark.parametrize(
    ("far", "language", "country", "told"),
    [
        (3, "en", "DE", "10 m"), (846, "en", "DE", "850 m"), (994, "en", "DE", "990 m"), (996, "en", "DE", "1 km"),
        (1234, "en", "DE", "1.2 km"), (1234, "de", "DE", "1,2 km"), (1234, "es", "ES", "1,2 km"), (1234, "zh-hans", "DE", "1.2公里"),
        (846, "zh-hans", "CN", "850米"), (12_700, "en", "FR", "13 km"), (846, "en", "US", "0.5 mi"), (846, "en", "GB", "0.5 mi"),
        (20, "en", "US", "0.1 mi"), (20_000, "en", "US", "12 mi"), (504_000, "de", "DE", "504 km"),
    ],
)  # fmt: skip
def test_distances_are_told_as_people_say_them(far: float, language: str, country: str, told: str) -> None:
    assert distance_in_words(far, language, country=country) == told


def test_fewer_than_asked_for_are_all_there_are(in_scope: Merchant) -> None:
    method = way(in_scope)
    scatter(method, 3)
    assert len(nearest(method.points.all(), BERLIN, limit=10)) == 3


@pytest.mark.parametrize("half", [{"latitude": 52.5}, {"longitude": 13.4}, {"latitude": 91.0, "longitude": 13.4}])
def test_half_a_place_is_none_says_the_database(in_scope: Merchant, half: dict[str, float]) -> None:
    with pytest.raises(IntegrityError, match="pickuppoint_on_the_globe"), transaction.atomic():
        point(way(in_scope), "10115", **half)
    with pytest.raises(IntegrityError, match="location_on_the_globe"), transaction.atomic():
        Location.objects.create(merchant=in_scope, name="Store", **half)


def test_a_carrier_s_number_is_one_point_says_the_database(in_scope: Merchant) -> None:
    method = way(in_scope)
    point(method, "10115", reference="K1")
    point(way(in_scope), "10115", reference="K1")
    with pytest.raises(IntegrityError, match="pickuppoint_reference_once"), transaction.atomic():
        point(method, "10117", reference="K1")
