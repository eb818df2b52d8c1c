"""Passing a chat on, in a real browser: by keyboard, with the note on the other's card; and how it looks."""

import datetime as dt
from typing import Any

import pytest
from django_scopes import scope

from apps.conversations.models import Conversation
from apps.merchants import clock
from apps.merchants.models import StaffRole
from apps.routing.actions import take_over
from apps.routing.models import Offer, Presence
from apps.routing.presence import switch

from .. import factories
from ..web import serving, shoot, sign_in
from ..webchat.test_browser import serious
from .test_browser import browser, open_console  # noqa: F401 - a fixture
from .test_offers_browser import asks

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LOOKS = (
    ("en", ("phone", "portrait", "tablet")),
    ("de", ("phone", "portrait", "tablet")),
    ("zh-CN", ("phone",)),
)


@pytest.fixture
def team(shop, jonas, thread) -> dict[str, Any]:
    """Jonas has a chat; Mara, Ole and Eva are on duty, and Fay is full."""
    with scope(merchant=shop):
        store = factories.location(shop, "Berlin Mitte", is_store=True)
        people = {
            "Mara": ("lead", {"location": store, "languages": ["de", "en"]}),
            "Ole": ("associate", {"skills": ["Returns"]}),
        }
        people |= {
            "Eva": ("expert", {"languages": ["fr"]}),
            "Fay Wilhelmine Oberkofler": ("associate", {"capacity": 1}),
        }
        made = {}
        for name, (role, fields) in people.items():
            made[name] = factories.staff(shop, role, display_name=name)
            StaffRole.objects.filter(user=made[name]).update(**fields)
            switch(made[name], shop.pk, state="available")
        from_elsewhere = factories.identity(thread.channel_account)
        full = {
            "owner": "agent",
            "owner_user": made["Fay Wilhelmine Oberkofler"],
            "channel_account": thread.channel_account,
        }
        Conversation.objects.create(merchant=shop, identity=from_elsewhere, thread_key="full", **full)
    asks(shop, thread)
    with scope(merchant=shop):
        Presence.objects.update(seen_at=clock.now() + dt.timedelta(hours=1))  # their consoles are open all the while
        take_over(thread, jonas)
    return made


def opened(page: Any) -> Any:
    """The dialog, over Jonas's chat."""
    page.locator(".row").first.click()
    page.wait_for_selector('[data-baton][data-holder="mine"]')
    page.locator("[data-transfer]").click()
    return page.locator("[data-transfer-ask]")


def test_a_chat_is_passed_on_by_keyboard_and_accepted_from_the_card(browser, shop, session, team, thread):  # noqa: F811
    with serving() as address:
        page = open_console(browser, address, session, "tablet")
        other = open_console(browser, address, sign_in(team["Mara"]), "tablet")
        page.wait_for_selector('#queue-mine[aria-selected="true"]')  # what is mine comes first
        dialog = opened(page)
        assert page.evaluate("document.activeElement.value") == ""  # the whole team
        assert dialog.locator(".pick b").all_inner_texts()[:4] == [
            "The whole team", "Store: Berlin Mitte", "Who knows: returns", "An expert",
        ]  # fmt: skip
        fay = dialog.locator(".pick", has_text="Fay")
        assert (fay.locator("input").is_disabled(), fay.locator(".visually-hidden").inner_text()) == (
            True,
            "1 of 1 chats",
        )
        assert serious(page) == []
        dialog.locator("input[value^='person:']").first.focus()
        page.keyboard.press("Space")
        dialog.get_by_label("Mara").check()
        page.locator("#transfer-note").fill("Wants size M by Friday")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.value") == "yes"
        page.keyboard.press("Enter")
        page.wait_for_selector("[data-baton]:has-text('You answer here · Asks Mara now')")
        page.wait_for_selector(".happened.note:has-text('Wants size M by Friday')")
        other.wait_for_selector(".incoming-note:has-text('From Jonas: Wants size M by Friday')")
        assert "From Jonas: Wants size M by Friday" in other.locator("[data-incoming-live]").inner_text()
        other.get_by_role("button", name="Decline").click()
        other.get_by_role("button", name="Busy with somebody else").click()
        page.wait_for_selector(".toast:has-text('Mara declined: Busy with somebody else. The chat stays where it is.')")
        assert page.locator("[data-transfer]").inner_text() == "Transfer"
        opened(page).get_by_label("Store: Berlin Mitte").check()
        page.get_by_role("dialog").get_by_role("button", name="Transfer").click()
        other.locator("[data-incoming] .button.primary").click()
        other.wait_for_selector('[data-baton][data-holder="mine"]')
        page.wait_for_selector("[data-baton]:has-text('Mara answers')")
        assert page.locator("[data-transfer]").is_hidden() is True
    with scope(merchant=shop):
        assert list(Offer.objects.order_by("pk").values_list("outcome", flat=True))[-2:] == ["declined", "accepted"]


def test_the_dialog_and_the_card_look_right_everywhere(browser, shop, session, team, thread, jonas):  # noqa: F811
    with serving() as address:
        for locale, sizes in LOOKS:
            for size in sizes:
                for tone in ("light", "dark"):
                    page = open_console(browser, address, session, size, locale=locale, color_scheme=tone)
                    dialog = opened(page)
                    name = f"console-transfer-{locale}-{size}-{tone}"
                    page.wait_for_timeout(250)
                    shoot(page, name)
                    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth") is True
                    small = "[...document.querySelectorAll('[data-transfer-ask] button, [data-transfer-ask] .pick')]"
                    assert page.evaluate(f"{small}.filter((b) => b.offsetParent && b.offsetHeight < 44).length") == 0
                    assert serious(page) == []
                    dialog.locator("button").first.click()
                    shoot(page, f"{name}-head")
                    page.context.close()
