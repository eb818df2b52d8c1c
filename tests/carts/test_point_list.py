"""A carrier's list comes in: under any headings, wrong rows named, and a second one tells what is new, changed and gone."""

import io
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest

from apps.carts.models import DeliveryMethod, PickupPoint
from apps.carts.point_import import PointReport, import_points
from apps.merchants.models import Merchant

from .test_points import point, way

HEAD = "id,name,address,postcode,city,country,latitude,longitude,opening hours"
KIOSK = "K1,Kiosk Mitte,Markt 1,10117,Berlin,DE,52.5170,13.3889,8–20"
BAKERY = "B7,Bakery Nord,Invalidenstr. 5,10115,Berlin,DE,52.5321,13.3849,6–18"


def csv(*rows: str) -> io.BytesIO:
    return io.BytesIO("\n".join(rows).encode())


def load(method: DeliveryMethod, *rows: str, promised: frozenset[str] = frozenset(), **options: Any) -> PointReport:
    return import_points(method, csv(*rows), promised=lambda: set(promised), **options)


def wrong(report: PointReport) -> list[tuple[int, str, str]]:
    return [(error.line, error.column, error.message) for error in report.errors]


def test_a_list_becomes_points(in_scope: Merchant) -> None:
    method = way(in_scope)
    report = load(method, HEAD, KIOSK, BAKERY)
    assert report == PointReport(rows=2, created=2, is_applied=True)
    kiosk = PickupPoint.objects.get(reference="K1")
    assert (str(kiosk), kiosk.country, kiosk.hours) == ("Kiosk Mitte, Markt 1, 10117 Berlin", "DE", "8–20")
    assert (kiosk.latitude, kiosk.longitude, kiosk.place, kiosk.is_active) == (52.517, 13.3889, "10117", True)


@pytest.mark.parametrize(
    ("head", "row"),
    [
        (
            "Paketshop-ID;Bezeichnung;Straße;Hausnummer;PLZ;Ort;Land;Breitengrad;Längengrad;Öffnungszeiten",
            "K1;Kiosk Mitte;Markt;1;10117;Berlin;Deutschland;52,517;13,3889;8–20",
        ),
        (
            "Código\tNombre\tDirección\tCódigo postal\tLocalidad\tPaís\tLatitud\tLongitud\tHorario",
            "K1\tKiosk Mitte\tMarkt 1\t10117\tBerlin\tAlemania\t52.517\t13.3889\t8–20",
        ),
        (
            "编号,名称,地址,邮编,城市,国家,纬度,经度,营业时间",
            "K1,Kiosk Mitte,Markt 1,10117,Berlin,德国,52.517,13.3889,8–20",
        ),
        (
            "\ufeffLOCATION_ID|Shop Name|address_line_1|Zip Code|Town|unknown|LAT|LNG|Opening Times",
            "K1|Kiosk Mitte|Markt 1|10117|Berlin|whatever|52.517|13.3889|8–20",
        ),
    ],
)
def test_headings_are_understood_as_carriers_write_them(in_scope: Merchant, head: str, row: str) -> None:
    assert wrong(load(way(in_scope), head, row)) == []
    kiosk = PickupPoint.objects.get()
    assert (str(kiosk), kiosk.country, kiosk.latitude) == ("Kiosk Mitte, Markt 1, 10117 Berlin", "DE", 52.517)


def test_every_wrong_row_is_named_and_nothing_is_written(in_scope: Merchant) -> None:
    method = way(in_scope)
    report = load(
        method,
        "ID,Name,Address,PLZ,City,Land,Lat,Lon",
        "K1,Kiosk,Markt 1,10117,Berlin,DE,52.5,13.4",
        "K2,,Markt 2,10117,Berlin,DE,,",
        "K3,Kiosk,Markt 3,10117,Berlin,Atlantis,,",
        "K4,Kiosk,Markt 4,10117,Berlin,DE,95,13.4",
        "K5,Kiosk,Markt 5,10117,Berlin,DE,52.5,",
        "K1,Kiosk,Markt 6,10117,Berlin,DE,,",
        "K6,Kiosk,Markt 7,10117,Berlin,DE,,,one,more",
        f"K7,Kiosk,{'x' * 161},10117,Berlin,DE,,",
        "",
        "K8,Kiosk,Markt 8,10117,Berlin,DE,0,0",
    )
    degrees = "Latitude and longitude are degrees, such as 52.52 and 13.405."
    assert wrong(report) == [
        (3, "Name", "This cannot be empty."),
        (4, "Land", "A country is two capital letters, such as DE."),
        (5, "Lat", degrees),
        (6, "Lat", degrees),
        (7, "ID", "It stands in line 2 already."),
        (8, "", "There are more cells than headings; is a quotation mark missing?"),
        (9, "Address", "At most 160 characters."),
    ]
    assert (report.rows, report.is_applied, PickupPoint.objects.count()) == (8, False, 0)
    assert wrong(load(method, "ID,Name,PLZ,City", "K1,Kiosk,1,Berlin")) == [
        (1, "street", "The column “street” is missing.")
    ]
    latin = import_points(method, io.BytesIO(f"{HEAD}\nK1,Café,".encode("latin-1")), promised=set)
    assert wrong(latin) == [(2, "", "The file is not UTF-8. Save it as “CSV UTF-8” and try again.")]


def test_a_second_list_tells_what_changed(in_scope: Merchant) -> None:
    method = way(in_scope)
    load(method, HEAD, KIOSK, BAKERY, "S1,Station,Gleis 1,10245,Berlin,DE,52.5,13.45,")
    by_hand = point(method, "10119")
    closed_by_hand = PickupPoint.objects.get(reference="B7")
    PickupPoint.objects.filter(pk=closed_by_hand.pk).update(is_active=False)
    kiosk = PickupPoint.objects.get(reference="K1")
    second = [HEAD, KIOSK.replace("8–20", "9–21"), BAKERY]
    look = load(method, *second, is_dry_run=True)
    assert look == PointReport(rows=2, updated=1, unchanged=1, closed=1)
    assert PickupPoint.objects.get(reference="S1").is_active
    assert load(method, *second) == PointReport(rows=2, updated=1, unchanged=1, closed=1, is_applied=True)
    kiosk.refresh_from_db()
    assert (kiosk.pk, kiosk.hours) == (PickupPoint.objects.get(reference="K1").pk, "9–21")
    is_open = dict(PickupPoint.objects.values_list("name", "is_active"))
    assert is_open == {"Kiosk Mitte": True, "Bakery Nord": False, "Station": False, by_hand.name: True}
    third = load(method, *second, "S1,Station,Gleis 1,10245,Berlin,DE,52.5,13.45,")
    assert third == PointReport(rows=3, unchanged=3, reopened=1, is_applied=True)
    assert PickupPoint.objects.get(reference="S1").is_active
    assert not PickupPoint.objects.get(reference="B7").is_active  # who closed it by hand opens it


def test_a_point_that_a_parcel_goes_to_stays_open(in_scope: Merchant) -> None:
    method = way(in_scope)
    load(method, HEAD, KIOSK, BAKERY)
    kiosk = PickupPoint.objects.get(reference="K1")
    report = load(method, HEAD, BAKERY, promised=frozenset({kiosk.public_id}))
    assert report == PointReport(rows=1, unchanged=1, awaited=1, is_applied=True)
    kiosk.refresh_from_db()
    assert kiosk.is_active
    assert load(method, HEAD, BAKERY).closed == 1


def test_a_list_of_nothing_closes_nothing(in_scope: Merchant) -> None:
    method = way(in_scope)
    load(method, HEAD, KIOSK)
    report = load(method, HEAD)
    assert (report.is_applied, wrong(report)) == (False, [(1, "", "The list names no point. Nothing was changed.")])
    assert PickupPoint.objects.get().is_active


def test_another_way_keeps_its_points(in_scope: Merchant) -> None:
    first, second = way(in_scope), way(in_scope)
    load(first, HEAD, KIOSK)
    assert load(second, HEAD, KIOSK, BAKERY).created == 2
    assert load(second, HEAD, BAKERY).closed == 1
    assert first.points.get().is_active


class Lines(io.RawIOBase):
    """A file that is never whole: a row is made when it is asked for."""

    def __init__(self, rows: int) -> None:
        self.rows = rows

    def __iter__(self) -> Iterator[bytes]:  # type: ignore[override]
        yield f"{HEAD}\n".encode()
        for row in range(self.rows):
            place = f"{47 + row % 700 / 100},{6 + row % 800 / 100}"
            yield f"P{row},Shop {row},Street {row},{10000 + row},Town,DE,{place},Mo–Fr 8–20\n".encode()


def test_ten_thousand_points_in_little_memory(in_scope: Merchant, django_assert_max_num_queries: Any) -> None:
    method = way(in_scope)
    tracemalloc.start()
    try:
        with django_assert_max_num_queries(100):
            report = import_points(method, Lines(10_000), promised=set)  # type: ignore[arg-type]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (report.created, report.errors) == (10_000, [])
    assert peak < 24 * 1024 * 1024
