"""A shared contact answers the question for a number; unasked, it is asked whose it is."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.bot.flows import contact
from apps.customers.models import Customer
from apps.messaging.content import Request
from apps.messaging.events import EventKind

from .dialogue import Shopper

pytestmark = pytest.mark.django_db
Arrive = Callable[..., Shopper]


def shares(shopper: Shopper, phone: str, *, is_own: bool) -> list[Any]:
    card = {"name": "Ana", "phone": phone, "is_own": is_own}
    return shopper.sends(EventKind.MESSAGE, type="contact", data={"contacts": [card]})


def customer_of(shopper: Shopper) -> Customer:
    return Customer.objects.get(pk=shopper.conversation.identity.customer_id)


def asked_for_a_number(arrive: Arrive) -> Shopper:
    bob = arrive("telegram")
    for said in ("add the glass mug", "checkout", "Bob Miller", "Lindenstr. 12, 10969 Berlin"):
        bob.says(said)
    (asked,) = bob.answers
    assert isinstance(asked, Request)
    assert asked.what == "phone"
    return bob


def test_their_own_number_answers_and_is_vouched_for(arrive: Arrive, in_scope: Any) -> None:
    bob = asked_for_a_number(arrive)
    (asked,) = shares(bob, "4917612345678", is_own=True)
    assert isinstance(asked, Request)
    assert asked.what == "email"
    known = customer_of(bob)
    assert str(known.phone) == "+4917612345678"
    assert known.phone_verified_at is not None
    bob.taps("Skip")
    bob.says("standard")
    assert "+4917612345678" in bob.text  # of the summary
    assert customer_of(bob).phone_verified_at is not None


def test_the_number_of_somebody_else_answers_as_well_and_nobody_vouches_for_it(arrive: Arrive, in_scope: Any) -> None:
    bob = asked_for_a_number(arrive)
    shares(bob, "+49 176 12345678", is_own=False)
    bob.taps("Skip")
    bob.says("standard")
    assert "+4917612345678" in bob.text  # of the summary
    assert customer_of(bob).phone_verified_at is None


def test_unasked_it_is_asked_whose_it_is(ana: Shopper, in_scope: Any) -> None:
    shares(ana, "+49 176 12345678", is_own=False)
    assert contact.WHOSE.in_("en", phone="+4917612345678") in ana.text
    assert str(customer_of(ana).phone) == ""
    ana.taps("Yes, it is mine")
    assert contact.NOTED_NUMBER.in_("en", phone="+4917612345678") in ana.text
    known = customer_of(ana)
    assert (str(known.phone), known.phone_verified_at) == ("+4917612345678", None)


def test_a_contact_without_a_number_is_answered(ana: Shopper) -> None:
    shares(ana, "", is_own=False)
    assert contact.NO_NUMBER.msgid in ana.text


def test_a_number_typed_later_is_not_the_one_that_was_vouched_for(ana: Shopper, in_scope: Any) -> None:
    shares(ana, "4917612345678", is_own=True)
    assert customer_of(ana).phone_verified_at is not None
    shares(ana, "+49 30 7654321", is_own=False)
    ana.taps("Yes, it is mine")
    assert customer_of(ana).phone_verified_at is None
