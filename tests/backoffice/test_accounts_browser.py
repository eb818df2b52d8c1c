"""An account's page and a wording's page as people see them: on a phone and a desk, light and dark, asking a platform."""

from collections.abc import Iterator
from typing import Any

import pytest
from django_scopes import scope
from playwright.sync_api import Browser, Page, expect

from apps.conversations.models import AccountHealth, AccountTrouble
from apps.merchants import clock
from apps.merchants.models import ChannelAccount, Merchant
from apps.messaging.models import Template
from tests import factories
from tests.messaging.loopback import platform

from ..web import browsing, serving, shoot, sign_in
from ..webchat.test_browser import serious
from .test_segments_browser import window

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
VIEWS = [
    (360, "light", "en"),
    (360, "dark", "de"),
    (1280, "light", "de"),
    (1280, "dark", "zh-hans"),
    (1280, "light", "es"),
]
PHONE = {
    "id": "106540352242922",
    "verified_name": "Demo Shop",
    "display_phone_number": "+1 555-078-3881",
    "quality_rating": "YELLOW",
    "webhook_configuration": {"application": "https://old.example/webhooks/whatsapp/main/"},
}


@pytest.fixture
def browser(needs_chromium: str) -> Iterator[Browser]:
    with browsing(needs_chromium) as found:
        yield found


def too_wide(page: Page) -> list[str]:
    found: list[str] = page.evaluate("""[
        ...[...document.querySelectorAll('.account-panel :not(input, tr, tbody)')]
            .filter(each => each.offsetWidth && each.scrollWidth > each.parentElement.clientWidth + 1)
            .map(each => each.className || each.tagName),
        ...(document.documentElement.scrollWidth > innerWidth ? ['page'] : []),
    ]""")
    return found


def whatsapp(merchant: Merchant, **config: Any) -> ChannelAccount:
    account = factories.channel_account(merchant, "whatsapp", name="main", **config)
    account.title = "Shop number"
    account.save()
    return account


def refused(account: ChannelAccount) -> None:
    """Our key was refused, and somebody tries forged calls."""
    AccountTrouble.objects.create(
        merchant=account.merchant,
        channel_account=account,
        detail="Error validating access token: the session has expired.",
        since=clock.now(),
    )
    AccountHealth.objects.create(
        merchant=account.merchant,
        channel_account=account,
        handshake_at=clock.now(),
        forged_at=clock.now(),
        forged_calls=12,
    )


def looked_at(page: Page, name: str) -> None:
    """Fits, reads, and is kept as a picture."""
    page.locator(".account-panel").first.wait_for()
    page.evaluate("document.fonts.ready")
    shoot(page, name)
    assert too_wide(page) == [], name
    assert [found for found in serious(page) if "account-" in found or "wording-" in found] == [], name


def test_an_account_says_how_it_does_and_what_to_do(browser: Browser, merchant: Merchant) -> None:
    with scope(merchant=merchant):
        account = whatsapp(merchant, business_account_id="102290129340398")
        refused(account)
    session = sign_in(factories.staff(merchant, "manager"))
    with serving() as address:
        for width, scheme, language in VIEWS:
            page = window(browser, address, session, width, scheme, language)
            page.goto(f"{address}/admin/merchants/channelaccount/{account.pk}/change/")
            looked_at(page, f"account-{width}-{scheme}-{language}")
            page.goto(f"{address}/admin/merchants/channelaccount/")
            page.locator("#result_list").wait_for()
            shoot(page, f"accounts-{width}-{scheme}-{language}")
            page.goto(f"{address}/admin/merchants/channelaccount/add/?kind=telegram")
            looked_at(page, f"account-new-{width}-{scheme}-{language}")
            page.context.close()


def test_the_platform_is_asked_without_leaving_the_page(browser: Browser, merchant: Merchant) -> None:
    session = sign_in(factories.staff(merchant, "manager"))
    with platform((200, PHONE, {})) as there, serving(PRIVATE_ADDRESSES="1") as address:
        with scope(merchant=merchant):
            account = whatsapp(
                merchant, business_account_id="102290129340398", number="15550783881", api_base=there.base
            )
        page = window(browser, address, session, 1280, "light", "en")
        page.goto(f"{address}/admin/merchants/channelaccount/{account.pk}/change/?check")
        expect(page.locator(".account-said")).to_contain_text("It knows this account as “Demo Shop”.")
        expect(page.locator(".account-said")).to_contain_text("https://old.example/webhooks/whatsapp/main/")
        expect(page.locator(".account-said")).to_contain_text("rates this number YELLOW")
        assert page.url.endswith("/change/")
        looked_at(page, "account-checked-1280")
        assert len(there.calls) == 1
        page.get_by_role("button", name="Check now").click()
        page.wait_for_function("document.activeElement.textContent === 'Check now'")
        assert len(there.calls) == 2
        page.get_by_role("button", name="Copy").click()
        expect(page.get_by_role("button", name="Copied")).to_be_visible()


def test_the_address_follows_the_name(browser: Browser, merchant: Merchant) -> None:
    session = sign_in(factories.staff(merchant, "manager"))
    with serving() as address:
        page = window(browser, address, session, 360, "light", "en")
        page.goto(f"{address}/admin/merchants/channelaccount/add/?kind=whatsapp")
        page.locator("#id_name").fill("berlin")
        expect(page.locator("#webhook-address")).to_have_value(f"{address}/webhooks/whatsapp/berlin/")


def test_a_wording_is_seen_while_it_is_written(browser: Browser, merchant: Merchant) -> None:
    with scope(merchant=merchant):
        account = whatsapp(merchant, business_account_id="102290129340398")
        made = Template.objects.create(
            merchant=merchant,
            channel_account=account,
            purpose="order_shipped",
            language="de",
            name="order_shipped",
            body="Ihre Bestellung {{1}} ist mit {{2}} unterwegs. Sie kommt bald.",
            state=Template.State.APPROVED,
        )
    session = sign_in(factories.staff(merchant, "manager"))
    with serving() as address:
        for width, scheme, language in VIEWS:
            page = window(browser, address, session, width, scheme, language)
            page.goto(f"{address}/admin/messaging/template/{made.pk}/change/")
            expect(page.locator("#wording-preview")).to_have_text(
                "Ihre Bestellung K7QM-2XPD ist mit DHL unterwegs. Sie kommt bald."
            )
            looked_at(page, f"wording-{width}-{scheme}-{language}")
            page.goto(f"{address}/admin/messaging/template/")
            looked_at(page, f"wordings-{width}-{scheme}-{language}")
            page.context.close()
        page = window(browser, address, session, 1280, "light", "en")
        page.goto(f"{address}/admin/messaging/template/add/")
        page.locator("#id_purpose").select_option("points_earned")
        page.locator("#id_body").fill("You earned {{1}} points, <b>yours</b> from {{2}} on.")
        expect(page.locator("#wording-preview")).to_have_text("You earned 120 points, <b>yours</b> from 3 March on.")
        expect(page.locator("#wording-values")).to_contain_text("how many points")
        looked_at(page, "wording-new-1280")
