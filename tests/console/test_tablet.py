"""Shared tablets: paired once, come to by PIN, locked by the server's clock, signed out from elsewhere."""

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django_scopes import scope, scopes_disabled

from apps.accounts.pins import REST, Tried, is_easy, set_pin, sign_out_everywhere, try_pin
from apps.console.access import seat_of_session
from apps.merchants import clock, tablets
from apps.merchants.models import Location, StaffRole, Tablet

from .. import factories

pytestmark = pytest.mark.django_db
PIN = "407193"


@pytest.fixture
def shop() -> Any:
    return factories.merchant()


@pytest.fixture
def store(shop: Any) -> Location:
    with scope(merchant=shop):
        return Location.objects.create(merchant=shop, name="Mitte", is_store=True)


@pytest.fixture
def lena(shop: Any) -> Any:
    person = factories.staff(shop, "manager", display_name="Lena", email="lena@example.org")
    set_pin(person, PIN)
    return person


@pytest.fixture
def tablet(shop: Any, store: Location) -> Tablet:
    with scope(merchant=shop):
        return Tablet.objects.create(merchant=shop, name="Counter", location=store)


@pytest.fixture
def device(tablet: Tablet, client: Client) -> Client:
    """A browser that was paired."""
    code = tablets.new_pairing(tablet)
    client.post("/console/tablet/pair/", {"code": code, "agreed": "yes"})
    return client


def comes(device: Client, who: Any, pin: str = PIN) -> Any:
    return device.post("/console/tablet/", {"who": who.pk, "pin": pin})


def seat(device: Client) -> Any:
    cookie = device.cookies.get("sessionid")
    return seat_of_session(cookie.value if cookie else None)


# --- pairing -----------------------------------------------------------------------------------------


def test_a_code_pairs_one_device_and_no_second(tablet, client):
    code = tablets.new_pairing(tablet)
    shown = client.get(f"/console/tablet/pair/{code}/").content.decode()
    assert ("Counter" in shown, client.cookies.get("tablet")) == (True, None)  # looking pairs nothing
    first = client.post("/console/tablet/pair/", {"code": code.lower().replace("-", " "), "agreed": "yes"})
    cookie = first.cookies["tablet"]
    assert (first.url, cookie["httponly"], cookie["samesite"]) == ("/console/tablet/", True, "Lax")
    second = Client().post("/console/tablet/pair/", {"code": code, "agreed": "yes"})
    assert (second.status_code, "tablet" in second.cookies) == (404, False)


def test_a_code_is_good_for_ten_minutes(tablet, client):
    code = tablets.new_pairing(tablet)
    with clock.at(clock.now() + dt.timedelta(minutes=10, seconds=1)):
        assert client.post("/console/tablet/pair/", {"code": code, "agreed": "yes"}).status_code == 404
    assert client.get("/console/tablet/pair/0000-0000/").status_code == 404


def test_pairing_anew_ends_the_device_that_was(tablet, device, lena):
    comes(device, lena)
    assert seat(device) is not None
    tablets.new_pairing(tablet)
    assert (seat(device), device.get("/console/").status_code) == (None, 302)
    assert "Pair this tablet" in device.get("/console/tablet/").content.decode()


def test_neither_key_nor_code_lie_in_the_database(tablet, client):
    code = tablets.new_pairing(tablet)
    client.post("/console/tablet/pair/", {"code": code, "agreed": "yes"})
    with scopes_disabled():
        row = str(Tablet.objects.filter(pk=tablet.pk).values().get())
    assert (client.cookies["tablet"].value in row, code.replace("-", "") in row) == (False, False)


def test_nobody_sits_at_a_tablet_that_is_not_paired(tablet, lena):
    with scopes_disabled(), pytest.raises(IntegrityError), transaction.atomic():
        Tablet.objects.filter(pk=tablet.pk).update(user=lena)


# --- who is here -------------------------------------------------------------------------------------


def test_it_shows_colleagues_of_its_store_who_have_a_pin(shop, store, tablet, device, lena):
    with scope(merchant=shop):
        elsewhere = Location.objects.create(merchant=shop, name="Kreuzberg", is_store=True)
    names = {"Mara": store, "Otto": elsewhere, "Noah": None}
    for name, place in names.items():
        person = factories.staff(shop, display_name=name)
        if name != "Noah":
            set_pin(person, PIN)
        with scope(merchant=shop):
            StaffRole.objects.filter(user=person).update(location=place)
    set_pin(factories.staff(factories.merchant(), display_name="Stranger"), PIN)
    shown = device.get("/console/tablet/").content.decode()
    assert [name for name in ("Lena", "Mara", "Otto", "Noah", "Stranger") if name in shown] == ["Lena", "Mara"]


def test_a_pin_opens_the_console_and_nothing_else(device, lena):
    assert comes(device, lena).url == "/console/"
    assert seat(device).user == lena
    page = device.get("/console/").content.decode()
    assert ("data-lock" in page, "Shop desk" in page) == (True, False)
    way, _ = device.get("/admin/", follow=True).redirect_chain[-1]
    assert way.startswith("/accounts/login/") is True
    assert device.get("/accounts/password/change/").url.startswith("/accounts/login/")
    assert device.get("/console/").status_code == 200  # it was not signed out by asking


def test_the_password_opens_the_desk_on_a_tablet_too_and_locks_there(device, lena):
    comes(device, lena)
    device.post("/accounts/login/", {"login": lena.email, "password": "correct horse"})
    start = clock.now()
    for minute in (0, 4, 8):  # a page of the desk is a touch
        with clock.at(start + dt.timedelta(minutes=minute)):
            assert device.get("/admin/").status_code == 200
    with clock.at(start + dt.timedelta(minutes=12)):
        assert device.get("/console/").status_code == 200  # the console asks by itself: that is none
    with clock.at(start + dt.timedelta(minutes=14)):
        assert device.get("/admin/").status_code == 302


def test_a_wrong_pin_gets_a_reason_and_a_strangers_number_the_faces(shop, device, lena):
    answer = comes(device, lena, "111111")
    assert (answer.status_code, "That is not the PIN" in answer.content.decode()) == (403, True)
    stranger = factories.staff(factories.merchant())
    set_pin(stranger, PIN)
    assert comes(device, stranger).url == "/console/tablet/"
    assert device.post("/console/tablet/", {"who": "x", "pin": PIN}).url == "/console/tablet/"
    assert seat(device) is None


def test_the_next_colleague_ends_the_session_of_the_one_before(shop, device, lena):
    comes(device, lena)
    old = device.cookies["sessionid"].value
    mara = factories.staff(shop, display_name="Mara")
    set_pin(mara, PIN)
    comes(device, mara)
    assert (seat_of_session(old), seat(device).user) == (None, mara)


# --- it locks ----------------------------------------------------------------------------------------


def test_it_locks_by_the_servers_clock_and_a_touch_keeps_it_open(tablet, device, lena):
    comes(device, lena)
    start = clock.now()
    with clock.at(start + dt.timedelta(minutes=4)):
        tablets.touch(tablet.pk, lena.pk)
    with clock.at(start + dt.timedelta(minutes=8)):
        assert seat(device) is not None
    with clock.at(start + dt.timedelta(minutes=9, seconds=1)):
        tablets.touch(tablet.pk, lena.pk)  # too late: what is locked stays so
        assert (seat(device), device.get("/console/").url) == (None, "/console/tablet/")


def test_a_touch_writes_at_most_every_fifteen_seconds(tablet, device, lena, django_assert_num_queries):
    start = clock.now()
    with clock.at(start):
        comes(device, lena)
    for seconds, queries, written in ((14, 1, 0), (15, 2, 15), (29, 1, 15)):
        with clock.at(start + dt.timedelta(seconds=seconds)), django_assert_num_queries(queries):
            tablets.touch(tablet.pk, lena.pk)
        with scopes_disabled():
            touched_at = Tablet.objects.get(pk=tablet.pk).touched_at
        assert touched_at == start + dt.timedelta(seconds=written)


def test_locking_ends_the_session_and_leaves_the_tablet_paired(tablet, device, lena):
    comes(device, lena)
    assert device.post("/console/tablet/lock/").url == "/console/tablet/"
    assert (seat(device), "Lena" in device.get("/console/tablet/").content.decode()) == (None, True)
    with scopes_disabled():
        assert Tablet.objects.get(pk=tablet.pk).user is None


def test_a_colleague_who_left_is_not_let_in_and_not_kept(shop, device, lena):
    comes(device, lena)
    with scope(merchant=shop):
        StaffRole.objects.filter(user=lena).update(is_active=False)
    assert (seat(device), comes(device, lena).url) == (None, "/console/tablet/")


def test_signed_out_everywhere_is_everywhere(shop, device, lena, client):
    comes(device, lena)
    phone = Client()
    phone.force_login(lena)
    assert (seat(device) is None, seat(phone) is None) == (False, False)
    phone.post("/console/you/everywhere/")
    assert (seat(device), seat(phone)) == (None, None)
    again = Client()
    lena.refresh_from_db()
    again.force_login(lena)
    assert seat(again).user == lena


# --- PINs --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pin", ["000000", "123456", "987654", "12345", "1234567", "12345a", "٤٠٧١٩٣", ""])
def test_easy_pins_and_no_pins_are_refused(pin, lena):
    with pytest.raises(ValueError):
        set_pin(lena, pin)
    assert is_easy(PIN) is False


def test_ten_wrong_ones_and_the_pin_is_void(lena):
    now = clock.now()
    told = [try_pin(lena.pk, "555555", now=now) for _ in range(6)]
    assert told == [Tried.WRONG] * 4 + [Tried.RESTS] * 2
    assert try_pin(lena.pk, PIN, now=now) == Tried.RESTS  # not even looked at
    later = now + REST
    told = [try_pin(lena.pk, "555555", now=later) for _ in range(5)]
    assert told == [Tried.WRONG] * 4 + [Tried.NONE]
    assert try_pin(lena.pk, PIN, now=later + REST) == Tried.NONE


def test_a_right_one_forgets_the_wrong_ones(lena):
    now = clock.now()
    for _ in range(3):
        told = [try_pin(lena.pk, "555555", now=now) for _ in range(4)] + [try_pin(lena.pk, PIN, now=now)]
        assert told == [Tried.WRONG] * 4 + [Tried.RIGHT]


def test_a_pin_is_chosen_with_the_password(lena, client):
    client.force_login(lena)
    before = lena.pin
    wrong = [
        {"password": "no", "pin": "739105", "again": "739105"},
        {"password": "correct horse", "pin": "739105", "again": "739106"},
        {"password": "correct horse", "pin": "123456", "again": "123456"},
        {"password": "correct horse", "pin": "12", "again": "12"},
    ]
    assert [client.post("/console/you/", said).status_code for said in wrong] == [400] * 4
    lena.refresh_from_db()
    assert lena.pin == before
    assert (
        client.post("/console/you/", {"password": "correct horse", "pin": "739105", "again": "739105"}).status_code
        == 302
    )
    assert try_pin(lena.pk, "739105", now=clock.now()) == Tried.RIGHT


def test_sign_outs_change_nothing_until_the_first(lena):
    before = lena.get_session_auth_hash()
    lena.refresh_from_db()
    assert lena.get_session_auth_hash() == before
    sign_out_everywhere(lena)
    once = lena.get_session_auth_hash()
    sign_out_everywhere(lena)
    assert len({before, once, lena.get_session_auth_hash()}) == 3


# --- the desk ----------------------------------------------------------------------------------------


def test_a_manager_makes_a_tablet_and_its_code_at_the_desk(shop, store, lena, client):
    client.force_login(lena)
    made = client.post("/admin/merchants/tablet/add/", {"name": "Shoes", "location": store.pk, "locks_after": 3})
    with scope(merchant=shop):
        tablet = Tablet.objects.get(name="Shoes")
    assert made.url == f"/admin/merchants/tablet/{tablet.pk}/change/"
    shown = client.post(f"/admin/merchants/tablet/{tablet.pk}/code/").content.decode()
    code = shown.split('id="pairing-code" dir="ltr">')[1].split("<")[0]
    assert ("data:image/svg+xml" in shown, tablets.waiting_for(code)) == (True, tablet)
    device = Client()
    device.post("/console/tablet/pair/", {"code": code, "agreed": "yes"})
    comes(device, lena)
    ticked = {"action": "sign_out", "_selected_action": tablet.pk}
    client.post("/admin/merchants/tablet/", ticked)
    assert (seat(device), "Lena" in device.get("/console/tablet/").content.decode()) == (None, True)
    client.post("/admin/merchants/tablet/", {**ticked, "action": "end_pairing"})
    assert tablets.tablet_of(device.cookies["tablet"].value) is None


def test_another_shops_manager_gets_no_code(tablet, client):
    client.force_login(factories.staff(factories.merchant(), "admin"))
    assert client.post(f"/admin/merchants/tablet/{tablet.pk}/code/").status_code == 404


def test_minutes_have_limits(tablet):
    tablet.locks_after = 0
    with scopes_disabled(), pytest.raises(ValidationError):
        tablet.full_clean()
