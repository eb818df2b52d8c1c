"""The picture of the segments as people see it: on a phone and a desk, light and dark, by keyboard alone."""

import random
from collections.abc import Iterator

import pytest
from django_scopes import scope
from playwright.sync_api import Browser, Page

from apps.insights.reckon import reckon_figures
from apps.merchants import clock
from apps.merchants.models import Merchant
from tests import factories
from tests.insights import books
from tests.insights.books import NOON

from ..web import browsing, serving, shoot, sign_in
from ..webchat.test_browser import serious

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PICTURE = "/admin/customers/customer/segments/"
VIEWS = [
    (width, scheme, language)
    for width in (360, 1280)
    for scheme in ("light", "dark")
    for language in ("en", "de", "zh-hans")
]


@pytest.fixture
def browser(needs_chromium: str) -> Iterator[Browser]:
    with browsing(needs_chromium) as found:
        yield found


def busy(shop: Merchant) -> None:
    """Sixty shoppers, most of whom bought once or twice."""
    chance = random.Random(7)
    with scope(merchant=shop), clock.at(NOON):
        for number in range(60):
            person = factories.customer(shop, f"Shopper {number}")
            for _ in range(chance.choice([1, 1, 1, 2, 2, 3, 4, 6, 9])):
                books.order(person, f"{chance.randint(15, 900)}.00", tax="0", days_ago=chance.randint(0, 300))
        reckon_figures()


def window(browser: Browser, address: str, session: str, width: int, scheme: str, language: str) -> Page:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, locale=language)
    cookies = {"sessionid": session, "django_language": language}
    context.add_cookies([{"name": name, "value": value, "url": address} for name, value in cookies.items()])
    return context.new_page()


def too_wide(page: Page) -> list[str]:
    """What is wider than its tile, and "page" where that is wider than the window."""
    found: list[str] = page.evaluate("""() => [
        ...[...document.querySelectorAll('.rf-tile > span')]
            .filter(each => each.offsetWidth && each.scrollWidth > each.parentElement.clientWidth + 1)
            .map(each => each.innerText),
        ...(document.documentElement.scrollWidth > innerWidth ? ['page'] : []),
    ]""")
    return found


def test_the_picture_fits_reads_and_leads_on(browser: Browser, merchant: Merchant) -> None:
    busy(merchant)
    session = sign_in(factories.staff(merchant, "manager"))
    with serving() as address:
        for width, scheme, language in VIEWS:
            page = window(browser, address, session, width, scheme, language)
            page.goto(f"{address}{PICTURE}")
            page.locator(".rf-tile").first.wait_for()
            shoot(page, f"segments-{width}-{scheme}-{language}")
            assert too_wide(page) == []
            assert [found for found in serious(page) if "rf-" in found] == []
            page.context.close()


def test_a_place_is_reached_and_opened_by_keyboard(browser: Browser, merchant: Merchant) -> None:
    busy(merchant)
    session = sign_in(factories.staff(merchant, "manager"))
    with serving() as address:
        page = window(browser, address, session, 360, "dark", "en")
        page.goto(f"{address}{PICTURE}")
        page.locator(".rf-tile").first.focus()
        page.keyboard.press("Tab")
        second = page.evaluate("document.activeElement.getAttribute('aria-label')")
        assert second.endswith("promising (recency 5 of 5, frequency 2 of 5)") is True
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        page.keyboard.press("Enter")
        page.wait_for_url("**recency=5&frequency=2")
        page.locator("#result_list tbody a").first.wait_for()
        shoot(page, "segments-list-360")
        page.locator("#result_list tbody a").first.click()
        page.get_by_text("Average order").wait_for()
        shoot(page, "segments-person-360")
