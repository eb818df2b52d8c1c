"""Waiting has an end: a silent shopper is reminded once (N6), one who waits for a person is not left alone (N7)."""

import datetime as dt
from collections.abc import Iterator

import pytest
from django_scopes import scope

from apps.bot.models import Session
from apps.catalog.models import StockLevel
from apps.conversations.models import InboundEvent
from apps.merchants import clock
from apps.notifications.actions import run_due
from apps.orders.actions import expire_orders
from apps.orders.models import Order
from apps.routing.actions import hand_back, take_over
from tests import factories

from .conftest import MONDAY_NOON
from .dialogue import Shopper

REMINDED = "Your order is not finished yet. I have kept everything; shall we go on?"
SORRY = "I am sorry it takes so long. Leave your message here and a colleague answers in this chat, or go on with me."
HOUR, MINUTE, SECOND = dt.timedelta(hours=1), dt.timedelta(minutes=1), dt.timedelta(seconds=1)


@pytest.fixture
def asked(ana: Shopper) -> Shopper:
    """In the middle of an order: the address is asked for."""
    for line in ("glass mug", "add the first one", "checkout", "Mia Evans"):
        ana.says(line)
    assert texts(ana) == ["Where shall it go? Street and number, postcode and town, please."]
    return ana


@pytest.fixture
def later() -> Iterator[None]:
    """Five minutes on: what follows did not happen in the same moment."""
    with clock.at(MONDAY_NOON + 5 * MINUTE):
        yield


def texts(shopper: Shopper) -> list[str]:
    return [content.text for content in shopper.answers]


def waiting_timers(shopper: Shopper) -> list[str]:
    with scope(merchant=shopper.account.merchant):
        rows = InboundEvent.objects.filter(channel_account_id=shopper.account.pk, processed_at=None).order_by("pk")
        return [row.payload["data"]["name"] for row in rows]


# --- N6: every wait has a timer -------------------------------------------------------------------
def test_three_hours_of_silence_are_one_reminder(asked: Shopper) -> None:
    assert asked.waits(3 * HOUR - SECOND) == []
    asked.waits(3 * HOUR)
    assert (texts(asked), asked.labels) == ([REMINDED], ["Continue", "Menu", "A person"])
    assert waiting_timers(asked) == []
    assert asked.waits(48 * HOUR) == []


def test_going_on_after_it_asks_where_it_stopped_and_keeps_the_answers(asked: Shopper) -> None:
    asked.waits(3 * HOUR)
    asked.taps("Continue")
    assert texts(asked) == ["Where shall it go? Street and number, postcode and town, please."]
    asked.says("Lindenstr. 12, 10969 Berlin")
    assert texts(asked)[0].startswith("A phone number for the courier?")


def test_an_answer_to_the_question_itself_after_it_is_not_lost(asked: Shopper) -> None:
    """The frame is parked: what comes next is read as anything said, and the order can be taken up by its name."""
    asked.waits(3 * HOUR)
    asked.says("my cart")
    assert "Glass mug" in asked.text
    asked.says("checkout")
    assert texts(asked) == ["Where shall it go? Street and number, postcode and town, please."]


def test_who_wrote_in_between_is_reminded_counting_from_then(asked: Shopper, later: None) -> None:
    asked.says("what are your opening hours?")
    assert asked.waits(3 * HOUR - SECOND) == []
    asked.waits(3 * HOUR)
    assert texts(asked) == [REMINDED]


def test_who_stopped_is_not_reminded(asked: Shopper) -> None:
    asked.says("cancel")
    assert asked.waits(4 * HOUR) == []


def test_nobody_is_reminded_while_a_person_answers(asked: Shopper) -> None:
    with scope(merchant=asked.account.merchant):
        take_over(asked.conversation, factories.staff(asked.account.merchant))
    assert asked.waits(4 * HOUR) == []
    with scope(merchant=asked.account.merchant):
        hand_back(asked.conversation, factories.staff(asked.account.merchant))
    assert asked.waits(4 * HOUR)[0].text.startswith("I am back")  # the recap, and no reminder with it
    assert REMINDED not in texts(asked)


def test_looking_around_is_worth_no_reminder(ana: Shopper) -> None:
    ana.says("glass mug")
    assert (waiting_timers(ana), ana.waits(4 * HOUR)) == ([], [])


def test_an_order_nobody_pays_ends_once_and_its_goods_are_free(asked: Shopper) -> None:
    for line in ("Lindenstr. 12, 10969 Berlin", "skip", "skip", "1", "yes"):
        asked.says(line)
    merchant = asked.account.merchant
    with scope(merchant=merchant):
        assert (Order.objects.get().status, StockLevel.objects.get(held__gt=0).held) == ("draft", 1)
    with clock.at(MONDAY_NOON + 15 * MINUTE - SECOND):
        assert expire_orders() == 0
    with clock.at(MONDAY_NOON + 15 * MINUTE), scope(merchant=merchant):
        assert (expire_orders(), expire_orders()) == (1, 0)
        assert (Order.objects.get().status, StockLevel.objects.filter(held__gt=0).count()) == ("expired", 0)
        assert (run_due(), run_due()) == (1, 0)
        said = asked.conversation.messages.filter(author="system").get()
    assert said.content["text"].endswith("has run out and nothing was charged. Your cart is as you left it.")
    asked.says("my cart")
    assert "Glass mug" in asked.text


# --- N7: a queue wait always has a clock ----------------------------------------------------------
def test_who_asks_for_a_person_hears_how_many_are_before(ana: Shopper, arrive) -> None:
    first = Shopper(ana.account, "4917612345679", language="en")
    first.says("human")
    assert texts(first)[0].endswith("You need not explain again: they see what we wrote.")
    with clock.at(MONDAY_NOON + SECOND):
        ana.says("human")
    assert texts(ana) == ["I am fetching a colleague; 1 person is before you. They see what we wrote."]


def test_after_three_minutes_something_else_is_offered_once(ana: Shopper) -> None:
    ana.says("human")
    assert ana.waits(3 * MINUTE - SECOND) == []
    ana.waits(3 * MINUTE)
    assert (texts(ana), ana.labels) == ([SORRY], ["Browse products", "Menu"])
    assert ana.waits(2 * HOUR) == []


def test_asking_again_does_not_make_it_come_twice(ana: Shopper) -> None:
    ana.says("human")
    ana.says("human")
    ana.waits(3 * MINUTE)
    assert texts(ana).count(SORRY) == 1


def test_a_message_left_then_reaches_the_colleague(ana: Shopper) -> None:
    ana.says("human")
    ana.waits(3 * MINUTE)
    ana.says("I would like to have the mug wrapped as a present for my mother")
    assert texts(ana) == ["Thank you, I have passed that on. A colleague reads it first thing."]


def test_nothing_is_said_when_somebody_came(ana: Shopper) -> None:
    ana.says("human")
    with scope(merchant=ana.account.merchant):
        take_over(ana.conversation, factories.staff(ana.account.merchant))
    assert ana.waits(HOUR) == []


def test_nothing_is_said_when_the_talk_was_given_back(ana: Shopper) -> None:
    ana.says("human")
    with scope(merchant=ana.account.merchant):
        person = factories.staff(ana.account.merchant)
        take_over(ana.conversation, person)
        hand_back(ana.conversation, person)
    ana.waits(HOUR)
    assert SORRY not in texts(ana)


def test_out_of_hours_the_wait_has_its_end_from_the_start(ana: Shopper) -> None:
    with clock.at(MONDAY_NOON + 10 * HOUR):
        ana.says("human")
        assert texts(ana)[0].startswith("My colleagues are back ")
        assert waiting_timers(ana) == []


def test_the_patience_left_survives_a_restart_of_the_process(asked: Shopper) -> None:
    """Timers are rows: what a process forgets, the next one finds."""
    with scope(merchant=asked.account.merchant):
        assert Session.objects.get().state["stack"][-1]["step"] == "address"
    assert waiting_timers(asked)[-1:] == ["reminder"]
