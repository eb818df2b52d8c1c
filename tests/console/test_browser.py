"""The console in a real browser: take over, answer, show a product, give back; and how it looks."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django_scopes import scope
from moneyed import Money
from playwright.sync_api import Browser

from apps.catalog.models import Price, Product, Variant
from apps.conversations.actions import send_message
from apps.conversations.models import Conversation, Message
from apps.messaging.content import Text
from apps.routing.actions import hand_over

from ..web import SIZES, browsing, serving, shoot, working
from ..webchat.test_browser import serious

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def browser(needs_chromium: str) -> Iterator[Browser]:
    with browsing(needs_chromium) as found:
        yield found


def open_console(browser: Browser, address: str, session: str, size: str, **options: Any) -> Any:
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, **options)
    context.add_cookies([{"name": "sessionid", "value": session, "url": address}])
    page = context.new_page()
    page.goto(f"{address}/console/")
    page.wait_for_selector('[data-line][data-state="open"]')
    return page


@pytest.fixture
def waiting(shop: Any, thread: Conversation) -> Conversation:
    with scope(merchant=shop):
        product = Product.objects.create(merchant=shop, title="Blue mug", slug="blue-mug")
        variant = Variant.objects.create(merchant=shop, product=product, sku="MUG", is_tracked=False)
        Price.objects.create(merchant=shop, variant=variant, amount=Money("12.00", "EUR"))
        send_message(thread, Text(text="Hello, I am Mia"), author="bot", fence=thread.fence)
        hand_over(thread, reason="asked", context={})
    return thread


def test_an_associate_takes_answers_shows_a_product_and_gives_back(browser, shop, waiting, session):
    with serving() as address, working():
        page = open_console(browser, address, session, "tablet")
        page.wait_for_selector(".group.unassigned")
        assert page.title().startswith("(1) ") is True
        page.keyboard.press("j")
        page.wait_for_selector(".said-by.bot")
        assert page.locator("[data-baton]").inner_text() == "The assistant answers"
        page.locator("[data-take]").click()
        page.wait_for_selector('[data-baton][data-holder="mine"]')
        page.keyboard.press("Escape")
        page.locator("[data-field]").fill("How can I help?")
        page.keyboard.press("Enter")
        page.wait_for_selector(".said-by.agent .said:has-text('How can I help?')")
        page.locator("#tab-catalogue").click()
        page.get_by_role("button", name="Send card: Blue mug").click()
        page.wait_for_selector(".said-by.agent .mini-cards b:has-text('Blue mug')")
        page.locator("label.mode", has_text="Internal note").click()
        page.locator("[data-field]").fill("Likes blue")
        page.keyboard.press("Enter")
        page.wait_for_selector(".happened.note")
        page.locator("[data-field]").fill("half an ans")
        shoot(page, "console-thread")
        assert serious(page) == []
        page.reload()
        page.wait_for_selector(".said-by.agent")
        assert page.input_value("[data-field]") == "half an ans"
        page.locator("[data-hand-back]").click()
        page.locator("#ask-note").fill("wants a mug")
        page.locator("[data-ask] .primary").click()
        page.wait_for_selector(".toast")
        shoot(page, "console-undo")
        page.get_by_role("button", name="Undo").click()
        assert page.locator(".toast").count() == 0
        page.locator("[data-hand-back]").click()
        page.locator("[data-ask] .primary").click()
        page.wait_for_selector('[data-baton][data-holder="bot"]', timeout=15000)
    with scope(merchant=shop):
        said = list(Message.objects.filter(author="agent").order_by("seq").values_list("content__kind", flat=True))
        assert said == ["text", "show_product"]
        assert Conversation.objects.get().owner == "bot"


def test_an_associate_fills_the_cart_beside_the_thread(browser, shop, waiting, session):
    with serving() as address, working():
        page = open_console(browser, address, session, "tablet")
        page.wait_for_selector(".group.unassigned")
        page.keyboard.press("j")
        page.wait_for_selector(".said-by.bot")
        page.locator("#tab-catalogue").click()
        page.get_by_role("button", name="Add to cart: Blue mug").click()
        page.wait_for_selector(".said-by.agent .said:has-text('into your cart')")
        page.locator("#tab-customer").click()
        one_more = page.get_by_role("button", name="One more: Blue mug")
        one_more.focus()
        page.keyboard.press("Enter")
        page.wait_for_selector(".steps b:has-text('2')")
        assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "One more: Blue mug"
        page.locator(".cart-log summary").click()
        assert page.locator(".cart-log li").count() == 2
        shoot(page, "console-cart")
        assert serious(page) == []
        page.get_by_role("button", name="Take out: Blue mug").click()
        page.wait_for_selector(".said-by.agent .said:has-text('out of your cart')")
    with scope(merchant=shop):
        assert Message.objects.filter(author="agent").count() == 3


def test_products_that_could_not_be_loaded_are_asked_for_again(browser, shop, waiting, session):
    with serving() as address:
        page = open_console(browser, address, session, "tablet")
        page.keyboard.press("j")
        page.route("**/console/catalogue/**", lambda route: route.abort())
        page.locator("#tab-catalogue").click()
        page.get_by_text("The products could not be loaded.").wait_for()
        page.unroute("**/console/catalogue/**")
        page.get_by_role("button", name="Try again").click()
        page.get_by_role("button", name="Send card: Blue mug").wait_for()
        assert page.get_by_text("The products could not be loaded.").count() == 0


def test_the_console_looks_right_everywhere(browser, shop, waiting, session):
    with serving() as address:
        for locale in ("en", "de", "zh-CN"):
            for size in SIZES:
                for tone in ("light", "dark"):
                    page = open_console(browser, address, session, size, locale=locale, color_scheme=tone)
                    name = f"console-{locale}-{size}-{tone}"
                    page.wait_for_selector(".row")
                    shoot(page, f"{name}-list")
                    page.locator(".row").first.click()
                    page.wait_for_selector(".said-by.bot")
                    page.wait_for_timeout(300)
                    shoot(page, f"{name}-thread")
                    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth") is True
                    if size == "phone":
                        assert serious(page) == []
                    page.context.close()


def test_a_signed_out_browser_is_sent_to_sign_in(browser, shop):
    with serving() as address:
        page = browser.new_page()
        page.goto(f"{address}/console/")
        assert re.sub(r"^http://[^/]*", "", page.url) == "/accounts/login/?next=/console/"
