"""A typed number picks of a menu of any length; what is called by a number is meant by it."""

import datetime as dt
from typing import Any

import pytest

from apps.bot.choices import picked
from apps.bot.hearing import by_place
from apps.bot.reading import Reading
from apps.bot.state import State
from apps.bot.talk import Talk
from apps.bot.tape import Asking, Player
from apps.messaging.content import Ask, Browse, Card, Choice, numbered

SHOWN = {"action": {"do": "show", "product": 1}, "label": "", "expired": False}
PERSON = {"action": {"do": "human"}, "label": "A person", "expired": False}


def talk_with(facts: list[list[Any]]) -> Talk:
    """Where the offers are as recorded."""
    return Talk(
        state=State(), shop=Asking(Player(facts)), language="en", channel="sms", now=dt.datetime.now(dt.UTC),
        merchant={"name": "Shop", "assistant": "Mia"}, key="",
    )  # fmt: skip


def flow_of(text: str, facts: list[list[Any]]) -> str:
    """The flow that the message leads to."""
    command = picked(talk_with(facts), text)
    return str(command.args["flow"]) if command else ""


@pytest.mark.parametrize("count", [1, 8, 9, 12, 40])
def test_every_choice_has_a_number_and_none_is_taken(count: int) -> None:
    content = Ask(text="?", choices=tuple(Choice(str(n)) for n in range(count)))
    numbers = [number for number, _ in numbered(content)]
    assert len(set(numbers)) == count
    assert not {0, 9} & set(numbers)  # back, a person


def test_numbers_go_on_from_the_cards_to_what_stands_below() -> None:
    cards = tuple(Card(title=str(n), choices=(Choice(f"card {n}"), Choice("further"))) for n in range(8))
    content = Browse(cards=cards, choices=(Choice("More"),))
    assert [(number, choice.label) for number, choice in numbered(content)][-2:] == [(8, "card 7"), (10, "More")]


def test_a_number_beyond_eight_picks() -> None:
    facts: list[list[Any]] = [["choose", {"label": "11"}, None], ["choose", {"number": 11}, SHOWN]]
    assert flow_of("11", facts) == "product"


def test_a_size_called_ten_is_no_place_in_a_menu() -> None:
    assert flow_of("10", [["choose", {"label": "10"}, SHOWN], ["choose", {"number": 10}, PERSON]]) == "product"


def test_one_digit_is_the_place_in_the_menu() -> None:
    assert flow_of("2", [["choose", {"number": 2}, SHOWN]]) == "product"


def test_the_ninth_one_is_the_one_that_is_numbered_ten() -> None:
    talk = talk_with([["choose", {"number": 10}, SHOWN]])
    command = by_place(talk, Reading(text="第9个", slots={"ordinal": 9}))
    assert command is not None
    assert command.args["flow"] == "product"
