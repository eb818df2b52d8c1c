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


@pytest.fixture
def with_a_mug(arrive_at_demo: Any) -> Shopper:
    shopper: Shopper = arrive_at_demo("en")
    for line in ("stoneware mug", "the first one", "add it", "blue"):
        shopper.says(line)
    assert "is in your cart" in shopper.text
    return shopper


@pytest.mark.parametrize("said", ["make it -5", "make it 1.5", "only 2,5"])
def test_a_number_that_counts_no_pieces_is_named_so(with_a_mug: Shopper, said: str) -> None:
    with_a_mug.says(said)
    assert "whole pieces" in with_a_mug.text
    with_a_mug.says("show cart")
    assert "1 × Stoneware mug" in with_a_mug.text


def test_more_than_an_order_takes_is_refused_and_says_so(with_a_mug: Shopper) -> None:
    with_a_mug.says("make it 100000")
    assert "At most 99" in with_a_mug.text
    with_a_mug.says("set it to 3")
    assert "now 3 in your cart" in with_a_mug.text


@pytest.mark.parametrize("said", ["empty my cart", "remove the mug"])
def test_an_empty_cart_has_no_checkout_to_go_on_with(with_a_mug: Shopper, said: str) -> None:
    with_a_mug.says("checkout")
    with_a_mug.says(said)
    assert "Continue" not in with_a_mug.labels


def test_a_code_with_a_group_too_few_is_no_order(arrive_at_demo: Any) -> None:
    shopper = arrive_at_demo("en")
    shopper.says("I have a gift card ABCD-EFGH-JKLM-NPQR")
    assert "code of your gift card" in shopper.text
    shopper.says("ABCD-EFGH-JKLM-NPQR")
    assert "all five groups" in shopper.text


@pytest.mark.parametrize("said", ["order 1001", "Order #1001", "K7QM-2XPD?"])
def test_an_order_by_its_number_alone(arrive_at_demo: Any, said: str) -> None:
    shopper = arrive_at_demo("en")
    shopper.says(said)
    assert "is not among them" in shopper.text


def test_an_e_mail_address_is_no_wish_for_goods(arrive_at_demo: Any) -> None:
    shopper = arrive_at_demo("en")
    shopper.says("me@x.example")
    assert "€" not in shopper.text
    shopper.says("human")
    shopper.says("me@x.example")
    assert "passed that on" in shopper.text


@pytest.mark.parametrize("said", ["what info do you need", "why do you need my name?", "which name do you mean"])
def test_a_question_is_nobodys_name(at_the_name: Shopper, said: str) -> None:
    at_the_name.says(said)
    assert "first and last name" in at_the_name.text


def test_an_address_given_too_early_is_not_asked_for_again(at_the_name: Shopper) -> None:
    at_the_name.says("Lindenstr. 12, 10969 Berlin")
    assert "first and last name" in at_the_name.text
    at_the_name.says("Rob Miller")
    assert "phone number" in at_the_name.text


def test_what_was_said_wrong_is_put_right_in_one_message(at_the_name: Shopper) -> None:
    for line in ("Bob Miller", "Lindenstr. 12, 10969 Berlin", "no phone", "no email", "the cheapest"):
        at_the_name.says(line)
    assert "To: Bob Miller, Lindenstr. 12" in at_the_name.text
    at_the_name.says("wrong name, it's Rob Miller")
    assert "To: Rob Miller, Lindenstr. 12" in at_the_name.text
    at_the_name.says("Hauptstr. 1, 10827 Berlin")
    at_the_name.says("the fastest")
    assert "To: Rob Miller, Hauptstr. 1" in at_the_name.text
    at_the_name.says("my name is wrong")
    assert "What name" in at_the_name.text
    at_the_name.says("Karl-Marx-Allee Berg")  # hyphens make no code of it
    assert "gift card" not in at_the_name.text
    at_the_name.says("wait no cancel")
    assert "dropped" in at_the_name.text


@pytest.mark.parametrize(
    "said", ["Please, I need it by December 12, 2026 at the latest", "Rechnungsadresse: Musterstr. 5, 10115 Berlin"]
)
def test_a_date_and_another_address_are_no_place_to_send_to(at_the_name: Shopper, said: str) -> None:
    for line in ("Bob Miller", "Lindenstr. 12, 10969 Berlin", "no phone", "no email", "the cheapest", said, "checkout"):
        at_the_name.says(line)
    if "How shall it come" in at_the_name.text:
        at_the_name.says("the cheapest")
    assert "To: Bob Miller, Lindenstr. 12" in at_the_name.text


@pytest.mark.parametrize("said", ["add -3 glass mugs", "add 2.5 glass mugs", "add ½ glass mug", "add 0 glass mugs"])
def test_goods_by_a_number_that_counts_none_are_not_added_as_one(ana: Shopper, said: str) -> None:
    ana.says(said)
    assert ana.text == 'Only whole pieces go into a cart: 1, 2, 3 and so on. Tell me for example "make it 2".'
    ana.says("show cart")
    assert "empty" in ana.text


def test_goods_by_a_number_that_counts_pieces_are_added(ana: Shopper) -> None:
    ana.says("add 3 glass mugs")
    assert "3 × Glass mug is in your cart" in ana.text
