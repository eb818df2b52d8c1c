"""Forms that a platform draws fill what is being asked; what nobody asked for goes to a person."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from apps.bot.flows import linked
from apps.bot.forms import NO_ANSWERS, RECEIVED
from apps.customers.models import Address
from apps.messaging.answers import answers_in
from apps.messaging.content import Request
from apps.messaging.events import EventKind
from apps.routing.models import Assignment

from .dialogue import Shopper

pytestmark = pytest.mark.django_db
Arrive = Callable[..., Shopper]
ADDRESS = {
    "name": "Ana Lopez", "phone_number": "+49 30 1234567", "address": "Lindenstr.", "house_number": "12",
    "in_pin_code": "10969", "landmark_area": "Kreuzberg", "city": "Berlin",
}  # fmt: skip


def sends_form(shopper: Shopper, told: dict[str, Any]) -> str:
    shopper.sends(EventKind.FORM_SUBMIT, text="Sent", data={"answers": answers_in(json.dumps(told))})
    return shopper.text


def test_an_address_answers_all_it_can_of_the_checkout(ana: Shopper, in_scope: Any) -> None:
    ana.says("add the glass mug")
    ana.says("checkout")
    said = sends_form(ana, {"saved_address_id": "a", "values": ADDRESS})
    assert said.startswith(RECEIVED.msgid)
    (asked,) = ana.answers
    assert isinstance(asked, Request)
    assert asked.what == "email"
    kept = Address.objects.get(customer=ana.conversation.identity.customer)
    assert (kept.name, kept.line1, kept.line2) == ("Ana Lopez", "Lindenstr. 12", "Kreuzberg")
    assert (kept.postcode, kept.city, kept.country) == ("10969", "Berlin", "DE")
    ana.taps("Skip")
    ana.says("standard")
    assert "+49301234567" in ana.text  # of the summary


def test_another_address_is_a_correction_of_the_one_that_was_given(ana: Shopper, in_scope: Any) -> None:
    for said in ("add the glass mug", "checkout", "Bob Miller", "Torstr. 1, 10119 Berlin"):
        ana.says(said)
    sends_form(ana, {"values": ADDRESS})
    kept = Address.objects.get(customer=ana.conversation.identity.customer, is_default=True)
    assert kept.line1 == "Lindenstr. 12"


def test_what_nobody_asked_for_is_handed_over_with_the_answers(ana: Shopper, in_scope: Any) -> None:
    said = sends_form(ana, {"flow_token": "t", "Topic": "Repair", "When": ["Mon", "Tue"]})
    assert "fetching a colleague" in said
    assigned = Assignment.objects.get(conversation=ana.conversation)
    assert (assigned.reason, assigned.context["wish"]) == ("form", "Topic: Repair; When: Mon, Tue")


def test_an_empty_form_is_answered(ana: Shopper) -> None:
    assert sends_form(ana, {}).startswith(NO_ANSWERS.msgid)


def test_an_account_that_was_linked_is_answered_with_the_way_that_works(ana: Shopper) -> None:
    ana.sends(EventKind.ACCOUNT_LINKED, data={"status": "ok", "nonce": "n"})
    assert linked.NOT_BY_ACCOUNT.msgid in ana.text
    ana.taps("Link a channel")
