"""A shared tablet in a real browser: paired by its code, come to by PIN, locked; and how it looks."""

from collections.abc import Iterator
from typing import Any

import pytest
from django_scopes import scope
from playwright.sync_api import Browser, Page

from apps.accounts.pins import set_pin
from apps.merchants import tablets
from apps.merchants.models import Location, StaffRole, Tablet

from .. import factories
from ..web import SIZES, browsing, serving, shoot
from ..webchat.test_browser import serious

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PIN = "407193"


@pytest.fixture
def browser(needs_chromium: str) -> Iterator[Browser]:
    with browsing(needs_chromium) as found:
        yield found


@pytest.fixture
def tablet(shop: Any) -> Tablet:
    with scope(merchant=shop):
        store = Location.objects.create(merchant=shop, name="Berlin Mitte", is_store=True)
        for name, role in (("Lena", "lead"), ("Mara", "associate"), ("Otto", "associate")):
            person = factories.staff(shop, role, display_name=name)
            set_pin(person, PIN)
            StaffRole.objects.filter(user=person).update(location=store)
        return Tablet.objects.create(merchant=shop, name="Counter", location=store, locks_after=1)


def paired(browser: Browser, address: str, tablet: Tablet, size: str, **options: Any) -> Page:
    width, height = SIZES[size]
    page = browser.new_context(viewport={"width": width, "height": height}, **options).new_page()
    page.goto(f"{address}/console/tablet/pair/{tablets.new_pairing(tablet)}/")
    page.get_by_role("button", name="Pair this device").click()
    page.wait_for_url("**/console/tablet/")
    return page


def enters(page: Page, name: str, pin: str) -> None:
    page.get_by_role("link", name=name).click()
    for digit in pin:
        page.get_by_role("button", name=digit, exact=True).click()


def test_colleagues_change_places_by_pin(browser, shop, tablet):
    with serving() as address:
        page = paired(browser, address, tablet, "tablet")
        shoot(page, "tablet-faces")
        assert serious(page) == []
        enters(page, "Lena", "111111")
        page.get_by_role("alert").wait_for()
        shoot(page, "tablet-pin-wrong")
        assert serious(page) == []
        for digit in PIN:
            page.keyboard.press(digit)
        page.wait_for_selector('[data-line][data-state="open"]')
        shoot(page, "tablet-console")
        page.get_by_role("button", name="Lock").click()
        page.wait_for_url("**/console/tablet/")
        enters(page, "Mara", PIN)
        page.wait_for_selector('[data-line][data-state="open"]')
        assert "Mara" in page.locator(".who").inner_text()


def test_an_untouched_tablet_locks_itself(browser, shop, tablet):
    with serving() as address:
        page = paired(browser, address, tablet, "phone", color_scheme="dark")
        shoot(page, "tablet-faces-phone-dark")
        page.get_by_role("link", name="Mara").click()
        shoot(page, "tablet-pin-phone-dark")
        page.clock.install()
        page.locator("#pin").fill(PIN)
        page.wait_for_selector('[data-line][data-state="open"]')
        page.clock.run_for(45_000)
        page.get_by_role("button", name="Stay").wait_for()
        shoot(page, "tablet-locks-soon")
        page.get_by_role("button", name="Stay").click()
        page.clock.run_for(45_000)
        assert page.locator("[data-console]").is_visible()
        page.clock.run_for(20_000)
        page.wait_for_url("**/console/tablet/")
        assert page.get_by_role("heading", name="Who is here?").is_visible()


def test_signing_out_from_the_desk_closes_the_console(browser, shop, tablet):
    with serving() as address:
        page = paired(browser, address, tablet, "tablet")
        enters(page, "Otto", PIN)
        page.wait_for_selector('[data-line][data-state="open"]')
        tablets.leave(tablet)
        page.wait_for_url("**/console/tablet/", timeout=10_000)


def test_a_persons_own_page_sets_the_pin(browser, shop, jonas, session):
    with serving() as address:
        width, height = SIZES["portrait"]
        context = browser.new_context(viewport={"width": width, "height": height})
        context.add_cookies([{"name": "sessionid", "value": session, "url": address}])
        page = context.new_page()
        page.goto(f"{address}/console/")
        page.locator(".who").click()
        assert serious(page) == []
        page.get_by_label("Your password").fill("correct horse")
        page.get_by_label("PIN", exact=True).fill(PIN)
        page.get_by_label("The same PIN again").fill(PIN)
        page.get_by_role("button", name="Set the PIN").click()
        page.get_by_role("status").wait_for()
        shoot(page, "you")
        jonas.refresh_from_db()
        assert jonas.pin != ""
