"""Whose turn it is hears so once, in their thread and language, as far as they allow it; else the next one does."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django_scopes import scope

from apps.catalog.models import StockAlert, Variant
from apps.catalog.stock import receive_stock
from apps.catalog.waitlist import wait_for
from apps.conversations.models import Conversation, Message
from apps.customers.actions import erase_customer, record_consent
from apps.gateway.jobs import notices
from apps.merchants import clock
from apps.merchants.models import Merchant
from apps.notifications.models import Notice
from apps.notifications.turns import run_due, tell_turn
from tests import factories
from tests.catalog.factories import make_location, make_merchant, make_variant
from tests.conversations.people import greets

START = dt.datetime(2026, 11, 16, 9, tzinfo=dt.UTC)


@pytest.fixture
def mug(in_scope: Merchant) -> Variant:
    return make_variant(in_scope, title="Mug", stock=0)


@pytest.fixture
def threads(in_scope: Merchant) -> list[Conversation]:
    account = factories.channel_account(in_scope, "telegram")
    return [greets(account, user=f"shopper-{name}") for name in ("ana", "bea")]


def waiting(thread: Conversation, variant: Variant) -> StockAlert:
    return wait_for(thread.identity.customer, variant)


def told(thread: Conversation) -> list[str]:
    return [message.content["text"] for message in thread.messages.filter(author="system").order_by("seq")]


def arrive(variant: Variant, pieces: int = 1) -> None:
    receive_stock(variant, make_location(variant.merchant), pieces)


def test_the_first_in_line_is_told_once_with_the_hour_on_the_shops_clock(
    mug: Variant, threads: list[Conversation]
) -> None:
    for thread in threads:
        waiting(thread, mug)
    with clock.at(START):
        arrive(mug)
        assert [notices(20), notices(20)] == [1, 0]
    assert [told(thread) for thread in threads] == [
        ["Mug is back, and it is your turn: one is kept for you until 10:30\u202fAM."],
        [],
    ]
    (said,) = threads[0].messages.filter(author="system")
    assert [choice["action"]["do"] for choice in said.content["choices"]] == ["take_turn", "leave_line"]


def test_in_their_own_language(mug: Variant, threads: list[Conversation]) -> None:
    Conversation.objects.update(language="de")
    waiting(threads[0], mug)
    with clock.at(START):
        arrive(mug)
        run_due()
    assert told(threads[0]) == [
        "Mug ist wieder da, und Sie sind an der Reihe: Eins ist bis 10:30 für Sie zurückgelegt."
    ]


def test_when_the_turn_passes_the_next_one_is_told(mug: Variant, threads: list[Conversation]) -> None:
    for thread in threads:
        waiting(thread, mug)
    with clock.at(START):
        arrive(mug)
        notices(20)
    with clock.at(START + dt.timedelta(minutes=31)):
        while notices(20):
            pass
    assert [len(told(thread)) for thread in threads] == [1, 1]


@pytest.mark.parametrize("why", ["said stop", "was forgotten", "window closed"])
def test_who_may_not_be_told_does_not_keep_the_others_waiting(
    mug: Variant, in_scope: Merchant, threads: list[Conversation], why: str
) -> None:
    first, second = threads
    if why == "window closed":
        first = greets(factories.channel_account(in_scope, "whatsapp"), user="4917611111111")
        Conversation.objects.filter(pk=first.pk).update(last_inbound_at=clock.now() - dt.timedelta(days=3))
    waiting(first, mug)
    waiting(second, mug)
    if why == "said stop":
        record_consent(
            first.identity, purpose="service", granted=False, source="chat", wording="stop", event_key="stop-1"
        )
    arrive(mug)
    if why == "was forgotten":
        erase_customer(first.identity.customer)
    while notices(20):
        pass
    assert len(told(second)) == 1
    assert first.messages.filter(author="system").exclude(state=Message.State.SUPPRESSED).count() == 0


def test_a_turn_taken_before_it_was_told_needs_no_words(mug: Variant, threads: list[Conversation]) -> None:
    alert = waiting(threads[0], mug)
    arrive(mug)
    StockAlert.objects.filter(pk=alert.pk).update(state="taken")
    assert (run_due(), told(threads[0])) == (0, [])
    StockAlert.objects.filter(pk=alert.pk).update(state="offered")


@pytest.mark.django_db(transaction=True)
def test_two_workers_tell_it_once() -> None:
    merchant = make_merchant()
    with scope(merchant=merchant):
        thread = greets(factories.channel_account(merchant, "telegram"))
        mug = make_variant(merchant, title="Mug", stock=0)
        waiting(thread, mug)
        arrive(mug)
        alert = StockAlert.objects.select_related("merchant").get()

    def attempt(_: int) -> Any:
        with scope(merchant=merchant):
            found = tell_turn(alert)
        connection.close()
        return found

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(attempt, range(4)))
    with scope(merchant=merchant):
        assert (sum(result is not None for result in results), len(told(thread)), Notice.objects.count()) == (1, 1, 1)
