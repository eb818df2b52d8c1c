"""What people say where it was not expected: answered, and the talk goes on."""

import pytest
from django.db import transaction
from django_scopes import scope

from apps.conversations.models import Rating
from apps.notifications.actions import run_due
from apps.orders.actions import deliver_order, ship_order
from apps.orders.actions.cancel import lock_order
from apps.orders.actions.place import place_paid
from apps.orders.models import Order
from tests.carts import offers

from .dialogue import Shopper

ORDERED = ("glass mug", "add the first one", "checkout", "Mia Evans")
ASKED = ["what delivery options are there?", "how do you deliver?"]


@pytest.mark.parametrize("asked", ASKED)
def test_ways_of_delivery_are_named_before_there_is_an_address(ana: Shopper, asked: str) -> None:
    for line in ORDERED:
        ana.says(line)
    ana.says(asked)
    assert "This is how we deliver to Germany:\nStandard · €4.90 · " in ana.text
    assert ana.text.endswith("where shall it go?")
    ana.says("Lindenstr. 12, 10969 Berlin")
    assert "phone number" in ana.text


@pytest.mark.parametrize("asked", ASKED)
def test_ways_of_delivery_are_named_while_looking_around(ana: Shopper, asked: str) -> None:
    ana.says("hello")
    ana.says(asked)
    assert "This is how we deliver to Germany:" in ana.text
    assert "Express · €9.90 · " in ana.text


def test_a_change_of_delivery_still_is_one_where_the_ways_are_named(ana: Shopper) -> None:
    for line in (*ORDERED, "Lindenstr. 12, 10969 Berlin", "skip", "skip", "standard"):
        ana.says(line)
    ana.says("change delivery")
    assert "How shall it come?" in ana.text or "how shall it come?" in ana.text
    ana.says("express")
    assert "€19.40" in ana.text


def test_what_was_not_asked_yet_is_not_jumped_to(ana: Shopper) -> None:
    for line in ORDERED:
        ana.says(line)
    ana.says("change e-mail")
    assert ana.text.endswith("where shall it go?")


def test_one_thing_fewer_is_no_code_taken_out(ana: Shopper) -> None:
    with scope(merchant=ana.account.merchant):
        offers.code(ana.account.merchant)
    for line in ("glass mug", "add two of the first one", "WELCOME10"):
        ana.says(line)
    ana.says("remove one glass mug")
    assert "Glass mug: now 1 in your cart." in ana.text
    ana.says("remove one mug")
    assert "I have taken Glass mug out." in ana.text
    ana.says("remove the code")
    assert "WELCOME10" in ana.text


def test_stars_with_a_few_words(ana: Shopper) -> None:
    for line in (*ORDERED, "Lindenstr. 12, 10969 Berlin", "skip", "skip", "1", "yes"):
        ana.says(line)
    ana.waits()
    with scope(merchant=ana.account.merchant):
        with transaction.atomic():
            place_paid(lock_order(Order.objects.get()))
        ship_order(Order.objects.get(), carrier="DHL", tracking_number="1")
        deliver_order(Order.objects.get())
        run_due()
    ana.waits()
    ana.says("5 lovely mug")
    assert "that helps us" in ana.text
    with scope(merchant=ana.account.merchant):
        assert [(rating.score, rating.comment) for rating in Rating.objects.all()] == [(5, "lovely mug")]
