"""Being asked to take a chat, in a real browser: accept it, let it lapse, say why not; and how it looks."""

import datetime as dt
from typing import Any

import pytest
from django.db import transaction
from django_scopes import scope

from apps.conversations.actions import send_message
from apps.conversations.models import Conversation, Message
from apps.gateway.webchat_session import Visitor
from apps.gateway.webchat_thread import open_visit
from apps.merchants import clock
from apps.messaging.content import Text
from apps.routing.actions import hand_over, take_over
from apps.routing.models import Offer
from apps.routing.offers import run_due
from apps.routing.presence import switch

from .. import factories
from ..web import SIZES, serving, shoot, sign_in
from ..webchat.test_browser import serious
from .test_browser import browser, open_console  # noqa: F401 - a fixture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CONTEXT = {"cart": ["1 × Blue mug"], "cart_total": "€64.00"}
LOOKS = (
    ("en", "ltr", tuple(SIZES)),
    ("de", "ltr", ("phone", "portrait", "tablet")),
    ("zh-CN", "ltr", ("phone",)),
    ("en", "rtl", ("phone", "tablet")),
)
SAID = "Does the blue mug survive the dishwasher, and could it be here by Friday?"


def on(page: Any) -> None:
    page.locator('[data-switch][aria-checked="false"]').click()
    page.wait_for_selector('[data-switch][aria-checked="true"]')


def asks(shop: Any, thread: Conversation, *, seconds: int = 30) -> None:
    """The shopper has written and wants a person; whoever is asked has so long."""
    with scope(merchant=shop), transaction.atomic():
        fresh = Conversation.objects.select_related("channel_account", "identity").get(pk=thread.pk)
        message = send_message(fresh, Text(text=SAID), author="bot", fence=fresh.fence)
        Message.objects.filter(pk=message.pk).update(author="shopper", state="received")
        hand_over(fresh, reason="asked", context=CONTEXT)
        Offer.objects.filter(outcome="open").update(until=clock.now() + dt.timedelta(seconds=seconds))


def test_a_chat_is_accepted_from_the_card_with_the_keyboard(browser, shop, thread, session):  # noqa: F811
    with serving() as address:
        page = open_console(browser, address, session, "tablet")
        assert page.locator("[data-pips]").inner_text().split("\n")[0] == "0/4"
        on(page)
        asks(shop, thread)
        page.wait_for_selector("[data-incoming] .button.primary")
        assert page.locator("[data-incoming-live]").inner_text()[:14] == "Incoming chat:"
        assert "€64.00" in page.locator("[data-incoming]").inner_text()
        assert serious(page) == []
        page.keyboard.press("d")
        page.wait_for_selector("[data-incoming] .why")
        assert page.evaluate("document.activeElement.textContent") == "Busy with somebody else"
        page.keyboard.press("Escape")
        page.keyboard.press("a")
        page.wait_for_selector('[data-baton][data-holder="mine"]')
        page.wait_for_selector('#queue-mine[aria-selected="true"]')
        page.wait_for_selector("[data-pips]:has-text('1/4')")
        assert page.locator("[data-incoming]").is_hidden() is True
    with scope(merchant=shop):
        assert Offer.objects.get().outcome == "accepted"


def test_an_offer_that_lapses_goes_to_the_next(browser, shop, thread, session, jonas):  # noqa: F811
    mara = factories.staff(shop, display_name="Mara")
    with serving() as address:
        first = open_console(browser, address, session, "portrait")
        second = open_console(browser, address, sign_in(mara), "tablet")
        on(first)
        asks(shop, thread, seconds=3)
        first.wait_for_selector("[data-incoming] .button.primary")
        on(second)
        first.wait_for_selector("[data-incoming]", state="hidden")
        with scope(merchant=shop):
            while not run_due():
                first.wait_for_timeout(100)
        second.wait_for_selector("[data-incoming] .button.primary")
        first.wait_for_selector(".row .badge:has-text('Asks Mara now')")
        second.get_by_role("button", name="Decline").click()
        second.get_by_role("button", name="Not my topic").click()
        second.wait_for_selector("[data-incoming]", state="hidden")
        first.wait_for_selector(".row .badge:has-text('Asks Mara now')", state="detached")
        first.locator(".row").click()
        first.locator("[data-take]").click()
        first.wait_for_selector('[data-baton][data-holder="mine"]')
    with scope(merchant=shop):
        outcomes = list(Offer.objects.order_by("pk").values_list("user", "outcome", "reason"))
    assert outcomes == [(jonas.pk, "lapsed", ""), (mara.pk, "declined", "topic")]


def test_away_says_until_when_to_colleagues(browser, shop, thread, session):  # noqa: F811
    mara = factories.staff(shop, display_name="Mara")
    with scope(merchant=shop):
        switch(mara, shop.pk, state="away", note="back at two")
    with serving() as address:
        page = open_console(browser, address, session, "tablet")
        page.locator("[data-away]").click()
        page.locator("#away-note").fill("lunch")
        page.get_by_role("button", name="Confirm").click()
        page.wait_for_selector("[data-duty-says]:has-text('away · lunch')")
        page.locator("#queue-mine").press("ArrowLeft")
        assert page.evaluate("document.activeElement.id") == "queue-bot"
        page.keyboard.press("ArrowLeft")
        assert page.locator(".roster li").inner_text().split("\n")[:2] == ["Mara", "away · back at two"]
        page.reload()
        page.wait_for_selector("[data-duty-says]:has-text('away · lunch')")
        on(page)


def test_the_card_and_the_tabs_look_right_everywhere(browser, shop, account, thread, session, jonas):  # noqa: F811
    with scope(merchant=shop):
        switch(jonas, shop.pk, state="available")
        for name in ("anon:ben", "anon:cleo"):
            other = open_visit(account, Visitor(name), "en")
            asks(shop, other)
            take_over(other, jonas)
    with serving() as address:
        for locale, direction, sizes in LOOKS:
            for size in sizes:
                for tone in ("light", "dark"):
                    page = open_console(browser, address, session, size, locale=locale, color_scheme=tone)
                    page.evaluate("way => (document.documentElement.dir = way)", direction)
                    with scope(merchant=shop):
                        Offer.objects.filter(outcome="open").delete()
                    fresh = open_visit(account, Visitor(f"anon:{locale}{direction}{size}{tone}"), locale[:2])
                    asks(shop, fresh)
                    page.wait_for_selector("[data-incoming] .button.primary")
                    name = f"console-offer-{locale}-{direction}-{size}-{tone}"
                    page.wait_for_timeout(250)
                    shoot(page, name)
                    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth") is True
                    small = page.evaluate(
                        "[...document.querySelectorAll('[data-incoming] button, [data-duty] button, .queue-tabs button')]"
                        ".filter((b) => b.offsetParent && b.offsetHeight < 44).map((b) => b.textContent)"
                    )
                    assert small == []
                    if tone == "light":
                        page.keyboard.press("d")
                        shoot(page, f"{name}-why")
                        tall = "[...document.querySelectorAll('[data-incoming] button')].filter((b) => b.offsetHeight > 60)"
                        assert page.evaluate(f"{tall}.map((b) => b.textContent)") == []
                    if size == "phone":
                        assert serious(page) == []
                    page.context.close()
