"""From one person to another, with a note: who is asked, who has the thread meanwhile, and what the giver is told."""

import datetime as dt
from typing import Any

import pytest

from apps.conversations.actions.baton import take_baton
from apps.conversations.models import Conversation, Message, Note, ThreadEvent
from apps.customers.actions import erase_customer
from apps.merchants import clock
from apps.routing.actions import OfferOver, Taken, accept, claim, follow_outside, hand_back, hand_over, take_over
from apps.routing.models import Assignment, Offer
from apps.routing.offers import ASKED_FOR, decline, run_due, withdraw_offers
from apps.routing.presence import switch
from apps.routing.transfers import NobodyThere, call_off, transfer

from .. import factories
from .conftest import MONDAY_NOON, conversation_of
from .test_offers import asked, asks, open_offer, person

LATER = MONDAY_NOON + ASKED_FOR


@pytest.fixture(autouse=True)
def noon() -> Any:
    with clock.at(MONDAY_NOON):
        yield


@pytest.fixture
def anna(shop):
    return person(shop, "Anna")


@pytest.fixture
def ben(shop):
    return person(shop, "Ben")


@pytest.fixture
def held(shop, anna):
    """A thread that Anna answers."""
    thread = conversation_of(shop)
    take_over(thread, anna)
    return fresh(thread)


def fresh(thread: Conversation) -> Conversation:
    return Conversation.objects.select_related("identity", "owner_user").get(pk=thread.pk)


def told(thread: Conversation) -> list[dict[str, Any]]:
    """What consoles read of it, without the console's own numbers."""
    rows = ThreadEvent.objects.filter(conversation=thread, kind="transfer").order_by("pk").select_related("actor")
    return [{"who": row.actor.display_name, **{k: v for k, v in row.data.items() if k != "client_id"}} for row in rows]


def test_until_somebody_accepts_the_giver_has_it_and_then_the_other(held, anna, ben):
    transfer(held, anna, person=ben.pk, note=" wants size M ")
    assert (fresh(held).owner_user, fresh(held).waiting_since, asked(held)) == (anna, None, [("Ben", "open")])
    (thread,) = accept(open_offer(held), ben)
    assert (thread.owner_user, thread.fence, asked(held)) == (ben, 2, [("Ben", "accepted")])
    accept(open_offer(held) or Offer.objects.get(), ben)  # twice is once
    assert list(Assignment.objects.values_list("outcome", "user", "given_by")) == [("taken", ben.pk, anna.pk)]
    assert told(held) == [{"who": "Anna", "outcome": "asked", "next": "Ben", "waits": False}]


def test_the_note_is_for_colleagues_and_goes_with_the_shopper(held, anna, ben):
    transfer(held, anna, person=ben.pk, note="Mia Canary is upset")
    assert (Note.objects.get().text, Note.objects.get().author) == ("Mia Canary is upset", anna)
    assert ThreadEvent.objects.get(kind="note").data == {"text": "Mia Canary is upset"}
    assert Message.objects.count() == 0
    erase_customer(held.identity.customer)
    kept = [*Assignment.objects.values(), *ThreadEvent.objects.values(), *Note.objects.values()]
    assert [row for row in kept if "Canary" in str(row)] == []


def test_a_declined_transfer_stays_with_the_giver_who_is_told(held, anna, ben):
    person_left_out = factories.staff(held.merchant, display_name="Olga")
    assert person_left_out is not None
    transfer(held, anna, person=ben.pk)
    decline(open_offer(held), ben, reason="topic")
    assert (fresh(held).owner_user, asked(held)) == (anna, [("Ben", "declined")])
    last = {"who": "Ben", "outcome": "declined", "reason": "topic", "next": "", "by": anna.pk, "waits": False}
    assert told(held)[-1] == last
    assert Assignment.objects.get().outcome == "taken"  # Anna's, as before
    hand_back(held, anna)
    assert Assignment.objects.get().outcome == "returned"


def test_a_lapsed_transfer_goes_to_the_next_of_the_group_and_then_stays(shop, held, anna, ben):
    person(shop, "Cleo", skills=["Returns"])
    person(shop, "Dora", skills=["returns"], at=LATER)
    transfer(held, anna, group="skill:returns")
    assert asked(held) == [("Cleo", "open")]
    with clock.at(LATER):
        assert run_due() == 1
        assert asked(held) == [("Cleo", "lapsed"), ("Dora", "open")]
    with clock.at(LATER + ASKED_FOR):
        assert (run_due(), run_due()) == (1, 0)
    outcomes = [(event["who"], event["outcome"], event["next"]) for event in told(held)]
    assert outcomes == [("Anna", "asked", "Cleo"), ("Cleo", "lapsed", "Dora"), ("Dora", "lapsed", "")]
    assert (fresh(held).owner_user, open_offer(held)) == (anna, None)


def test_who_switches_off_does_not_take_it(held, anna, ben):
    transfer(held, anna, person=ben.pk)
    switch(ben, held.merchant_id, state="off")
    withdraw_offers(ben)
    assert (told(held)[-1]["outcome"], fresh(held).owner_user) == ("withdrawn", anna)


@pytest.mark.parametrize("group", ["store", "skill:sizes", "role:expert", ""])
def test_only_those_it_is_meant_for_are_asked(shop, held, anna, group):
    store = factories.location(shop, "Store", is_store=True)
    group = f"store:{store.pk}" if group == "store" else group
    person(shop, "Sam", location=store)
    person(shop, "Sue", skills=["Sizes"])
    person(shop, "Eva", role="expert")
    transfer(held, anna, group=group)
    names = []
    while offer := open_offer(held):
        names.append(offer.user.display_name)
        decline(offer, offer.user, reason="busy")
    everybody = ["Sam", "Sue", "Eva"]
    assert names == {"skill:sizes": ["Sue"], "role:expert": ["Eva"], "": everybody}.get(group, ["Sam"])


def test_where_nobody_can_take_it_nothing_changes(shop, held, anna):
    away = factories.staff(shop, display_name="Olga")
    full = person(shop, "Fay", capacity=1)
    take_over(conversation_of(shop), full)
    for one in (away, full, anna):
        with pytest.raises(NobodyThere):
            transfer(held, anna, person=one.pk, note="unsaid")
    assert (fresh(held).owner_user, Note.objects.count(), told(held)) == (anna, 0, [])


def test_by_choice_it_waits_in_the_line_and_those_it_is_meant_for_come_first(held, anna, ben, shop):
    person(shop, "Cleo", languages=["de"])
    transfer(held, anna, person=ben.pk, note="VIP", waits=True)
    waiting = fresh(held)
    assert (waiting.owner, waiting.waiting_since, asked(held)) == ("bot", MONDAY_NOON, [("Ben", "open")])
    decline(open_offer(held), ben, reason="busy")
    assert asked(held) == [("Ben", "declined"), ("Cleo", "open")]
    assert told(held)[-1] == {
        "who": "Ben", "outcome": "declined", "reason": "busy", "next": "Cleo", "by": anna.pk, "waits": True,
    }  # fmt: skip
    decline(open_offer(held), open_offer(held).user, reason="busy")
    assert (open_offer(held), run_due()) == (None, 0)  # Anna gave it away: it is not offered back to her
    claim(fresh(held), anna, seen=None)  # but she may take it from the list
    assert fresh(held).owner_user == anna


def test_whoever_comes_later_is_asked_for_what_waits(held, anna, shop):
    transfer(held, anna, waits=True)
    assert asked(held) == []
    person(shop, "Ben")
    assert (run_due(), asked(held)) == (1, [("Ben", "open")])


def test_passing_on_again_calls_off_what_was_asked(held, anna, ben, shop):
    person(shop, "Cleo")
    cleo = person(shop, "Dora")
    transfer(held, anna, person=ben.pk)
    first = open_offer(held)
    transfer(held, anna, person=cleo.pk)
    assert asked(held) == [("Ben", "withdrawn"), ("Dora", "open")]
    with pytest.raises(OfferOver):
        accept(first, ben)
    assert fresh(held).owner_user == anna


def test_a_transfer_can_be_called_off_and_is_then_over(held, anna, ben):
    transfer(held, anna, person=ben.pk)
    offer = open_offer(held)
    assert (call_off(held, anna), call_off(held, anna)) == (True, False)
    with pytest.raises(OfferOver):
        accept(offer, ben)
    assert (fresh(held).owner_user, told(held)[-1]) == (anna, {"who": "Anna", "outcome": "called_off"})


def test_late_to_accept_is_told_what_is(held, anna, ben, shop):
    transfer(held, anna, person=ben.pk)
    offer = open_offer(held)
    with clock.at(LATER), pytest.raises(OfferOver):
        accept(offer, ben)
    cleo = person(shop, "Cleo")
    claim(fresh(held), cleo, seen=anna.pk)
    with pytest.raises(Taken) as late:
        accept(offer, ben)
    assert late.value.holder == cleo
    assert asked(held) == [("Ben", "withdrawn")]


def test_the_same_client_id_is_one_transfer(held, anna, ben):
    for _ in range(2):
        transfer(held, anna, person=ben.pk, note="once", client_id="7")
    assert (asked(held), Note.objects.count()) == ([("Ben", "open")], 1)


def test_only_who_has_the_thread_or_leads_passes_it_on(held, anna, ben, shop):
    cleo = person(shop, "Cleo")
    with pytest.raises(Taken) as told_who:
        transfer(held, ben, person=cleo.pk)
    assert told_who.value.holder == anna
    transfer(held, ben, person=cleo.pk, is_lead=True)
    assert (fresh(held).owner_user, asked(held)) == (anna, [("Cleo", "open")])
    with pytest.raises(Taken):
        call_off(held, cleo)
    decline(open_offer(held), cleo, reason="busy")
    assert (told(held)[-1]["by"], fresh(held).owner_user) == (ben.pk, anna)


def test_a_lead_gives_out_what_waits_and_it_keeps_its_place(shop, anna, ben):
    thread = asks(shop, at=MONDAY_NOON - dt.timedelta(minutes=5))
    lead = factories.staff(shop, "lead", display_name="Lea")
    with pytest.raises(Taken):
        transfer(thread, anna, person=ben.pk)
    transfer(thread, lead, person=ben.pk, is_lead=True)
    assert (fresh(thread).waiting_since, open_offer(thread).user) == (MONDAY_NOON - dt.timedelta(minutes=5), ben)


def test_all_channels_of_the_shopper_go_together(held, anna, ben, shop):
    other = conversation_of(shop, customer=held.identity.customer, owner="agent", owner_user=anna)
    transfer(held, anna, person=ben.pk)
    accept(open_offer(held), ben)
    assert (fresh(held).owner_user, fresh(other).owner_user) == (ben, ben)


def test_an_echo_of_ones_own_words_ends_no_transfer_an_answer_outside_does(held, anna, ben):
    transfer(held, anna, person=ben.pk)
    follow_outside(fresh(held))
    assert asked(held) == [("Ben", "open")]
    take_baton(fresh(held), None, owner=Conversation.Owner.EXPERT)
    follow_outside(fresh(held))
    assert (asked(held), Assignment.objects.get().outcome) == ([("Ben", "withdrawn")], "taken")


def test_giving_back_closes_offers_and_waits_of_all_channels(held, anna, ben, shop):
    other = conversation_of(shop, customer=held.identity.customer)
    hand_over(other, reason="asked", context={})
    transfer(held, anna, person=ben.pk)
    hand_back(held, anna)
    assert [fresh(thread).owner for thread in (held, other)] == ["bot", "bot"]
    assert (fresh(other).waiting_since, open_offer(held), open_offer(other)) == (None, None, None)
    assert set(Assignment.objects.values_list("outcome", flat=True)) == {"returned"}


def test_giving_back_what_the_assistant_has_takes_nobody_out_of_the_line(shop, anna):
    thread = asks(shop)
    hand_back(thread, anna)  # a click that came late
    assert (fresh(thread).waiting_since, asked(thread)) == (MONDAY_NOON, [("Anna", "open")])
