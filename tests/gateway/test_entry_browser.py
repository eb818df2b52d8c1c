"""Links and going on elsewhere as people see them: on a phone and on a desktop, by day and by night, in long words."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse
from django_scopes import scope
from playwright.sync_api import Browser, Page

from apps.bot.turn import take_turn
from apps.catalog.models import Variant
from apps.conversations.entries import note_arrival
from apps.conversations.models import Conversation, EntryPoint, EntryVisit, Source
from apps.customers.actions import issue_continuation, issue_store_code
from apps.merchants import clock
from apps.merchants.models import ChannelAccount, Merchant
from apps.messaging.channel import all_channels
from apps.messaging.events import EventKind
from tests import factories
from tests.bot.dialogue import Shopper
from tests.bot.shop import furnish

from ..web import _django_db_helper, browsing, serving, shoot, sign_in, working  # noqa: F401 - committed rows for every test here

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WIDTHS = {360: 740, 1280: 900}
SCHEMES = ("light", "dark")


@pytest.fixture
def browser(needs_chromium: str) -> Iterator[Browser]:
    with browsing(needs_chromium) as found:
        yield found


@pytest.fixture
def shop(merchant: Merchant) -> Merchant:
    furnish(merchant)
    for kind in sorted(all_channels()):
        factories.channel_account(merchant, kind)
    return merchant


@pytest.fixture
def entry(shop: Merchant) -> EntryPoint:
    with scope(merchant=shop):
        return EntryPoint.objects.create(merchant=shop, title="Sommerschlussverkauf im Schaufenster", target={})


def looks(browser: Browser, address: str, *, session: str = "", language: str = "de") -> Iterator[tuple[Page, str]]:
    """The page at each width, by day and by night, with a name for its picture; nothing may stick out sideways."""
    for width, height in WIDTHS.items():
        for scheme in SCHEMES:
            touch: dict[str, Any] = {"has_touch": True, "is_mobile": True} if width < 700 else {}
            context = browser.new_context(
                viewport={"width": width, "height": height}, color_scheme=scheme, locale=language, **touch
            )
            if session:
                context.add_cookies([{"name": "sessionid", "value": session, "url": address}])
            page = context.new_page()
            yield page, f"{width}-{scheme}"
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            context.close()


def test_the_page_of_a_link(browser: Browser, entry: EntryPoint) -> None:
    with serving() as address:
        for page, name in looks(browser, address):
            page.goto(f"{address}/go/{entry.token}?from=poster")
            codes = page.locator(".door-qr")
            is_desktop = name.startswith("1280")
            assert [codes.nth(n).is_visible() for n in range(codes.count())] == [is_desktop] * codes.count()
            assert page.locator(".entry-qr").is_visible() is False  # for a narrow window of a computer
            if is_desktop:  # a code that is cut off is read by nobody
                box, code = (page.locator(each).first.bounding_box() for each in (".door-qr", ".door-qr svg"))
                assert (code["width"] <= box["width"], code["height"] <= box["height"]) == (True, True)
            shoot(page, f"entry-{name}")


def test_the_page_to_go_on(browser: Browser, shop: Merchant) -> None:
    with scope(merchant=shop):
        ana = factories.identity(ChannelAccount.objects.get(kind="whatsapp"))
        token = issue_continuation(ana).token
    with serving() as address:
        for page, name in looks(browser, address):
            page.goto(f"{address}/continue/{token}")
            assert page.get_by_role("link", name="Telegram").is_visible()
            assert page.get_by_role("link", name="WhatsApp").count() == 0  # they come from there
            shoot(page, f"continue-{name}")
            page.goto(f"{address}/continue/{'A' * 22}")
            shoot(page, f"continue-gone-{name}")


def test_the_desks_page_to_spread_a_link(browser: Browser, entry: EntryPoint, shop: Merchant) -> None:
    with scope(merchant=shop):
        EntryVisit.objects.create(merchant=shop, entry=entry, day=clock.now().date(), source="poster", count=1234)
        EntryVisit.objects.create(merchant=shop, entry=entry, day=clock.now().date(), source="google", count=56)
        shopper = factories.identity(ChannelAccount.objects.get(kind="telegram"))
        thread = Conversation.objects.create(
            merchant=shop, identity=shopper, channel_account=shopper.channel_account, thread_key="t"
        )
        note_arrival(entry, thread, Source.POSTER)
    session = sign_in(factories.staff(shop, "manager"))
    path = reverse("admin:conversations_entrypoint_share", args=[entry.pk])
    with serving() as address:
        for page, name in looks(browser, address, session=session):
            page.goto(f"{address}{path}")
            said = page.locator(".entry-facts").inner_text()
            assert "1.234" in said or "1,234" in said
            assert page.locator(".entry-files a").count() >= 3
            shoot(page, f"entry-share-{name}")
            page.locator(".entry-texts").last.scroll_into_view_if_needed()
            page.mouse.wheel(0, 700)
            shoot(page, f"entry-share-channels-{name}")


def test_one_person_on_two_channels_at_the_console(browser: Browser, shop: Merchant) -> None:
    with scope(merchant=shop):
        here = Shopper(ChannelAccount.objects.get(kind="whatsapp"), "491761234567", language="en")
        there = Shopper(ChannelAccount.objects.get(kind="telegram"), "77001", language="en")
        assert Variant.objects.exists()
    for line in ("hello", "glass mug", "add the first one"):
        here.says(line)
    with scope(merchant=shop):
        token = issue_continuation(here.conversation.identity).token
    there.sends(EventKind.REFERRAL, data={"ref": f"continue_{token}"})
    there.taps("Yes, go on here")
    here.waits()
    there.says("show cart")
    with scope(merchant=shop):
        codes = [issue_store_code(there.conversation.identity) for _ in range(2)]
    codes += _more_codes(shop, there, 2)
    session = sign_in(factories.staff(shop, display_name="Jonas"))
    with serving() as address:
        for page, name in looks(browser, address, session=session, language="en"):
            page.goto(f"{address}/console/")
            page.wait_for_selector('[data-line][data-state="open"]')
            page.fill("#store-code", codes.pop())
            page.keyboard.press("Enter")
            page.wait_for_selector(".channel-badge")
            page.wait_for_selector(".cart-lines", state="attached")
            shoot(page, f"store-code-cart-{name}")
            if name.startswith("360"):
                page.locator("[data-side-close]").click()
            badges = page.locator(".channel-badge")
            assert {badges.nth(n).inner_text() for n in range(badges.count())} == {"WhatsApp", "Telegram"}
            assert badges.count() == page.locator(".said-by").count()
            shoot(page, f"two-channels-{name}")


def _more_codes(shop: Merchant, shopper: Shopper, count: int) -> list[str]:
    """At most three of one person are good at once; others come from their other channel."""
    with scope(merchant=shop):
        others = shopper.conversation.identity.customer.identities.exclude(pk=shopper.conversation.identity.pk)
        return [issue_store_code(others.get()) for _ in range(count)]


def test_the_summary_in_the_web_chat_says_where_it_comes_from(browser: Browser, shop: Merchant) -> None:
    with scope(merchant=shop):
        here = Shopper(ChannelAccount.objects.get(kind="whatsapp"), "491761234567", language="en")
    for line in ("hello", "glass mug", "add the first one"):
        here.says(line)
    with serving() as address, working(take_turn):
        for page, name in looks(browser, address, language="en"):
            with scope(merchant=shop):
                token = issue_continuation(here.conversation.identity).token
            page.goto(f"{address}/continue/{token}?on=webchat")
            page.get_by_role("button", name="Yes, go on here").click()
            page.wait_for_selector(".said-on")
            assert page.locator(".said-on").all_inner_texts() == ["Said on WhatsApp"]
            shoot(page, f"said-on-{name}")
