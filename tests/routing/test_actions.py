"""From the assistant to a person and back."""

import datetime as dt

import pytest

from apps.conversations.actions import record_event
from apps.conversations.models import Conversation, Note, ThreadEvent
from apps.customers.actions import erase_customer
from apps.merchants import clock
from apps.merchants.hours import is_open, next_opening
from apps.merchants.models import StaffRole
from apps.routing.actions import Handover, hand_back, hand_over, take_over
from apps.routing.models import Assignment
from apps.routing.presence import mark_present
from apps.routing.responders import Responder, choose_responder

from .. import factories
from .conftest import MONDAY_NOON, conversation_of


@pytest.mark.parametrize(
    ("moment", "is_open_then", "opens"),
    [
        ("2026-03-02T07:59+00:00", False, "2026-03-02T09:00+01:00"),
        ("2026-03-02T08:00+00:00", True, "2026-03-03T09:00+01:00"),
        ("2026-03-02T16:59+00:00", True, "2026-03-03T09:00+01:00"),
        ("2026-03-02T17:00+00:00", False, "2026-03-03T09:00+01:00"),
        ("2026-03-07T11:00+00:00", False, "2026-03-09T09:00+01:00"),
        ("2026-03-27T18:00+00:00", False, "2026-03-30T09:00+02:00"),  # the clocks change on the Sunday
    ],
)
def test_opening_hours_are_the_shops_own_time(shop, moment, is_open_then, opens):
    at = dt.datetime.fromisoformat(moment)
    assert is_open(shop, at) is is_open_then
    assert next_opening(shop, at) == dt.datetime.fromisoformat(opens)


def test_a_shop_without_hours_never_opens(merchant):
    assert is_open(merchant, MONDAY_NOON) is False
    assert next_opening(merchant, MONDAY_NOON) is None


def test_asking_for_a_person_waits_in_line_once(shop):
    first, second = conversation_of(shop), conversation_of(shop)
    with clock.at(MONDAY_NOON):
        assert hand_over(first, reason="asked", context={}) == Handover("waiting", None, 1)
    with clock.at(MONDAY_NOON + dt.timedelta(minutes=1)):
        assert hand_over(second, reason="stuck", context={}) == Handover("waiting", None, 2)
        assert hand_over(first, reason="asked", context={}) == Handover("waiting", None, 1)
    assert Conversation.objects.get(pk=first.pk).waiting_since == MONDAY_NOON
    assert Assignment.objects.count() == 2
    assert list(ThreadEvent.objects.values_list("kind", flat=True)) == ["waiting", "waiting"]


def test_out_of_hours_says_when_somebody_comes(shop):
    saturday = dt.datetime(2026, 3, 7, 11, 0, tzinfo=dt.UTC)
    with clock.at(saturday):
        found = hand_over(conversation_of(shop), reason="asked", context={})
    assert (found.state, found.opens_at) == ("after_hours", dt.datetime.fromisoformat("2026-03-09T09:00+01:00"))
    assert Assignment.objects.get().is_after_hours is True


def test_taking_and_giving_back_close_the_asking(shop):
    person, conversation = factories.staff(shop), conversation_of(shop)
    with clock.at(MONDAY_NOON):
        hand_over(conversation, reason="asked", context={"tried": ["search"]})
        take_over(conversation, person)
    taken = Assignment.objects.get()
    assert (taken.outcome, taken.user, taken.taken_at) == ("taken", person, MONDAY_NOON)
    returned = hand_back(conversation, person, note="done")
    assert (returned.owner, returned.waiting_since) == ("bot", None)
    assert Assignment.objects.get().outcome == "returned"
    hand_over(returned, reason="again", context={})
    assert list(Assignment.objects.order_by("pk").values_list("outcome", flat=True)) == ["returned", "waiting"]


def test_the_one_who_speaks_the_language_and_has_least_to_do_is_asked_first(shop):
    anna, ben, cleo = (factories.staff(shop, display_name=name) for name in ("Anna", "Ben", "Cleo"))
    StaffRole.objects.filter(user=ben).update(languages=["de"])
    StaffRole.objects.filter(user=cleo).update(languages=["es"])
    conversation = conversation_of(shop, language="de")
    assert choose_responder(conversation) is None
    conversation_of(shop, owner="agent", owner_user=anna)
    with clock.at(MONDAY_NOON):
        for person in (anna, ben, cleo):
            mark_present(person, shop.pk)
        assert choose_responder(conversation) == Responder(ben, is_known=False)
    with clock.at(MONDAY_NOON + dt.timedelta(minutes=1)):
        assert choose_responder(conversation) is None


def test_a_thread_a_person_holds_is_not_put_back_in_line(shop):
    person, conversation = factories.staff(shop), conversation_of(shop)
    take_over(conversation, person)
    hand_over(Conversation.objects.get(pk=conversation.pk), reason="asked", context={})
    assert (Conversation.objects.get().waiting_since, Assignment.objects.count()) == (None, 0)


def test_what_staff_wrote_of_a_person_goes_when_they_are_forgotten(shop):
    person = factories.staff(shop)
    other = conversation_of(shop)
    talk = conversation_of(shop)
    for each in (talk, other):
        hand_over(each, reason="asked", context={"said": "Mia Canary wants a person"})
        take_over(each, person)
        record_event(each, "note", actor=person, data={"text": "Mia Canary is upset"})
        hand_back(each, person, note="Mia Canary is fine again")
        Note.objects.create(merchant=shop, conversation=each, author=person, text="Mia Canary")
    assert (naming(talk), naming(other)) == (4, 4)
    erase_customer(talk.identity.customer)
    assert (naming(talk), naming(other)) == (0, 4)
    assert Assignment.objects.get(conversation=talk).reason == "asked"


def naming(talk):
    rows = [*talk.assignments.values(), *talk.events.values(), *Note.objects.filter(conversation=talk).values()]
    return sum("Mia Canary" in str(row) for row in rows)
