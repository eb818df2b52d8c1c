"""Whoever cannot or will not answer a question of the checkout is not asked for ever: a person's turn comes."""

from typing import Any

import pytest

from .dialogue import Shopper

pytestmark = pytest.mark.django_db


@pytest.fixture
def at_the_name(ana: Shopper) -> Shopper:
    for line in ("glass mug", "the first one", "add it", "checkout"):
        ana.says(line)
    assert "What name" in ana.text
    return ana


@pytest.mark.parametrize("again", ["skip", "none", "💩", "???"])
def test_a_name_that_does_not_come_leads_to_a_person(at_the_name: Shopper, again: str) -> None:
    told = []
    for _ in range(3):
        at_the_name.says(again)
        told.append(at_the_name.text)
    assert "first and last name" in told[0]
    assert "A person" in at_the_name.labels or "colleague" in told[-1] or "person" in told[-1]
    assert len(set(told)) == 3


def test_going_on_without_an_answer_counts_as_none(at_the_name: Shopper) -> None:
    """ "1" still means the "Continue" of before, where the question offers nothing of its own."""
    at_the_name.says("show cart")
    told = []
    for _ in range(5):
        at_the_name.says("continue")
        told.append(at_the_name.text)
    assert any("person" in text.casefold() or "colleague" in text.casefold() for text in told)


@pytest.mark.parametrize(
    ("said", "added"),
    [
        (("I want to buy a gift card", "50", "add it"), "1 × Gift card · €50 "),
        (("I want to buy a 50 euro gift card", "add it"), "1 × Gift card · €50 "),
        (("I want to buy a gift card", "add it", "50"), "1 × Gift card · €50 "),
        (("I want to buy a gift card", "100", "add it"), "1 × Gift card · €100 "),
        (("I want to buy a gift card", "add it", "100"), "1 × Gift card · €100 "),
    ],
)
def test_an_amount_is_no_number_of_gift_cards(arrive_at_demo: Any, said: tuple[str, ...], added: str) -> None:
    shopper = arrive_at_demo("en")
    for line in said:
        shopper.says(line)
    assert f"Done: {added}is in your cart" in shopper.text
