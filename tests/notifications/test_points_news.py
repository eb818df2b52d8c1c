"""What a member hears of their points: each fact once, in their language, where they wrote last, and within consent."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django_scopes import scope

from apps.conversations.models import Conversation, Message
from apps.customers.actions import record_consent
from apps.loyalty.actions import (
    correct_points,
    earn_for_order,
    give_birthdays,
    redeem,
    settle_points,
    tell_birthday,
    warn_of_expiry,
)
from apps.loyalty.models import LoyaltyEvent, LoyaltyMembership, LoyaltyProgramme
from apps.merchants import clock
from apps.merchants.models import Merchant
from apps.messaging.content import from_json
from apps.messaging.models import Template
from apps.messaging.templates import render_outside_window
from apps.notifications.invariants import points_untold
from apps.notifications.loyalty_news import run_due, tell
from apps.notifications.models import Notice
from tests.conversations.people import says
from tests.factories import channel_account
from tests.loyalty import club
from tests.loyalty.club import START


@pytest.fixture
def thread(in_scope: Merchant) -> Conversation:
    with clock.at(START):
        return says(channel_account(in_scope, "telegram"), "hi").conversation


@pytest.fixture
def ana(thread: Conversation) -> LoyaltyMembership:
    with clock.at(START):
        club.programme(thread.merchant, birthday_bonus=25)
        return club.member(thread.merchant, customer=thread.identity.customer)


def said(conversation: Conversation) -> list[tuple[str, str]]:
    rows = conversation.messages.filter(author="system").order_by("seq")
    return [(message.content["text"], message.state) for message in rows]


def buy(member: LoyaltyMembership, amount: str) -> None:
    earn_for_order(member, reference=f"order:{amount}", amount=Decimal(amount), is_first=False)


EARNED = {
    "en": "You earned 24 points with your order; they can be spent from Apr 1, 2026.",
    "de": "Ihre Bestellung bringt 24 Punkte; sie sind ab 01.04.2026 einlösbar.",
    "es": "Tu pedido te da 24 puntos; se pueden usar desde el 1 abr 2026.",
    "zh-hans": "您的订单获得 24 积分，2026年4月1日 起可用。",
}


@pytest.mark.parametrize("language", EARNED)
def test_points_of_an_order_are_told_once_in_the_shoppers_language(
    thread: Conversation, ana: LoyaltyMembership, language: str
) -> None:
    Conversation.objects.update(language=language)
    with clock.at(START):
        buy(ana, "24")
        assert [run_due(), run_due()] == [1, 0]
    assert said(thread) == [(EARNED[language], "queued")]


def test_a_new_level_is_told_when_its_points_are_there(thread: Conversation, ana: LoyaltyMembership) -> None:
    silver = club.tier(thread.merchant, "Silver", 20)
    silver.name_de = "Silber"
    silver.save()
    Conversation.objects.update(language="de")
    with clock.at(START):
        buy(ana, "24")
        run_due()
    with clock.at(START + dt.timedelta(days=30)):
        settle_points()
        run_due()
    assert said(thread)[1:] == [
        ("24 Punkte sind jetzt einlösbar.", "queued"), ("Sie haben die Stufe Silber erreicht.", "queued"),
    ]  # fmt: skip


def test_a_birthday_is_an_offer_and_needs_the_consent_for_offers(thread: Conversation, ana: LoyaltyMembership) -> None:
    with clock.at(START):
        tell_birthday(ana, month=7, day=10)
    states = []
    for year in (2026, 2027):
        with clock.at(dt.datetime(year, 7, 10, 12, tzinfo=dt.UTC)):
            give_birthdays()
            run_due()
            print(
                "BD",
                list(thread.messages.values_list("text", "state", "error_class", "consent__granted")),
                LoyaltyEvent.objects.count(),
                list(Notice.objects.values()),
            )
            states.append(said(thread)[-1])
            record_consent(thread.identity, purpose="marketing", granted=True, source="chat")
    words = "Happy birthday! You earned 25 points."
    assert states == [(words, "suppressed"), (words, "queued")]


def test_attack_c1_after_stop_no_points_are_told(thread: Conversation, ana: LoyaltyMembership) -> None:
    record_consent(thread.identity, purpose="service", granted=False, source="keyword")
    with clock.at(START):
        buy(ana, "24")
        run_due()
    assert [state for _, state in said(thread)] == ["suppressed"]


def test_corrections_and_shops_without_points_are_silent(thread: Conversation, ana: LoyaltyMembership) -> None:
    correct_points(ana, points=10, reason="a present", source="c1")
    LoyaltyProgramme.objects.update(is_active=False)
    buy(ana, "24")
    assert (run_due(), said(thread), LoyaltyEvent.objects.count()) == (0, [], 0)


def test_a_fact_nobody_told_is_found(thread: Conversation, ana: LoyaltyMembership) -> None:
    with clock.at(START):
        buy(ana, "24")
    with clock.at(START + dt.timedelta(minutes=20)):
        event = LoyaltyEvent.objects.get()
        assert points_untold() == [f"loyalty event {event.pk} (earned) was not told"]
        run_due()
        assert points_untold() == []


@pytest.mark.django_db(transaction=True)
def test_eight_sweepers_at_once_tell_it_once(merchant: Any) -> None:
    with scope(merchant=merchant):
        conversation = says(channel_account(merchant, "telegram"), "hi").conversation
        club.programme(merchant)
        buy(club.member(merchant, customer=conversation.identity.customer), "24")
        event = LoyaltyEvent.objects.get()

    def sweep(_: int) -> bool:
        try:
            with scope(merchant=merchant):
                return tell(LoyaltyEvent.objects.select_related("merchant").get(pk=event.pk)) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(sweep, range(8)))
    with scope(merchant=merchant):
        assert (sum(told), Notice.objects.count(), Message.objects.filter(author="system").count()) == (1, 1, 1)


@pytest.mark.parametrize("is_approved", [True, False])
def test_when_the_window_is_closed_an_approved_wording_tells_the_points(in_scope: Merchant, is_approved: bool) -> None:
    account = channel_account(in_scope, "whatsapp")
    with clock.at(START - dt.timedelta(days=3)):
        thread = says(account, "hi").conversation
    if is_approved:
        Template.objects.create(
            merchant=in_scope, channel_account=account, purpose="points_earned", language="en", name="points",
            body="You earned {{1}} points, good from {{2}}.", state="approved",
        )  # fmt: skip
    with clock.at(START):
        club.programme(in_scope)
        buy(club.member(in_scope, customer=thread.identity.customer), "24")
        run_due()
    message = thread.messages.filter(author="system").get()
    assert (message.state, message.error_class) == (("queued", "") if is_approved else ("suppressed", "window_closed"))
    with clock.at(START):
        content = from_json(message.content)
        if is_approved:
            (wire,) = render_outside_window(account, content, language="en")
            parameters = wire.body["template"]["components"][0]["parameters"]
            assert [part["text"] for part in parameters] == ["24", "Apr 1, 2026"]


def test_without_consent_no_wording_goes_out_either(in_scope: Merchant) -> None:
    account = channel_account(in_scope, "whatsapp")
    with clock.at(START - dt.timedelta(days=3)):
        thread = says(account, "hi").conversation
        record_consent(thread.identity, purpose="service", granted=False, source="keyword")
    Template.objects.create(
        merchant=in_scope, channel_account=account, purpose="points_earned", language="en", name="points",
        body="You earned {{1}} points, good from {{2}}.", state="approved",
    )  # fmt: skip
    with clock.at(START):
        club.programme(in_scope)
        buy(club.member(in_scope, customer=thread.identity.customer), "24")
        run_due()
    assert [state for _, state in said(thread)] == ["suppressed"]


def test_points_that_expire_soon_are_told_once_in_time(thread: Conversation, ana: LoyaltyMembership) -> None:
    with clock.at(START):
        buy(ana, "24")
    with clock.at(START + dt.timedelta(days=10)):
        buy(ana, "6")
    warned = []
    for day in (30, 380, 385, 386, 400, 420):  # spendable after thirty days, for a year
        with clock.at(START + dt.timedelta(days=day)):
            settle_points()
            warned.append(warn_of_expiry())
            run_due()
    assert warned == [0, 0, 1, 0, 0, 0]
    assert said(thread)[-1] == ("30 of your points expire, the first on Apr 1, 2027.", "queued")


def test_nobody_is_warned_of_points_that_are_spent(thread: Conversation, ana: LoyaltyMembership) -> None:
    reward = club.reward(thread.merchant, 24)
    with clock.at(START):
        buy(ana, "24")
    with clock.at(START + dt.timedelta(days=40)):
        settle_points()
        redeem(ana, reward, reference="r1")
    with clock.at(START + dt.timedelta(days=390)):
        assert warn_of_expiry() == 0
    assert not LoyaltyEvent.objects.filter(kind="expiring").exists()
