"""Every page a shopper or an associate meets, as the demo serves it: nothing a screen reader or weak eyes trip over."""

from typing import Any

import pytest
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from .people import WebShopper, new_page, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.fire, pytest.mark.timeout(300)]
# The standard has autocomplete="webauthn" for passkeys; this axe was written before it.
NEWER_THAN_AXE = ("autocomplete-valid", "username webauthn")


def serious(page: Page) -> list[str]:
    found: dict[str, Any] = Axe().run(page)
    return [
        f"{page.url} {one['id']}: {one['nodes'][0]['html'][:120]}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
        and not (one["id"] == NEWER_THAN_AXE[0] and NEWER_THAN_AXE[1] in one["nodes"][0]["html"])
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_or_critical(browser: Browser, address: str, errors: list[str], scheme: str) -> None:
    page = new_page(browser, errors, width=360, height=740, color_scheme=scheme)
    found = []
    shopper = WebShopper(page, f"axe-{scheme}")
    shopper.opens(address, "en")
    shopper.says("blue shirt")
    shopper.hears("Oxford shirt")
    found += serious(page)
    for path in ("/sandbox/", "/sandbox/panel/", "/accounts/login/"):
        page.goto(f"{address}{path}")
        page.locator("h1").first.wait_for()
        found += serious(page)
    desk = new_page(browser, errors, width=1180, height=820, color_scheme=scheme)
    sign_in(desk, address, "/console/", "lead@demo.example")
    desk.locator(".queue .row").first.click()
    desk.locator("[data-timeline] li").first.wait_for()
    found += serious(desk)
    assert (found, errors) == ([], [])
