"""A waiting shopper is offered to one person at a time; what is not taken goes to the next."""

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from apps.conversations.actions.baton import give_back, take_baton
from apps.conversations.models import Conversation, ThreadEvent
from apps.merchants import clock
from apps.merchants.models import StaffRole
from apps.routing.actions import (
    OfferOver,
    Taken,
    accept,
    claim,
    follow_outside,
    hand_back,
    hand_over,
    take_over,
    withdraw,
)
from apps.routing.invariants import offers_lapse, one_offer_at_a_time
from apps.routing.models import Assignment, Offer, Presence
from apps.routing.offers import ASKED_FOR, decline, run_due, withdraw_offers
from apps.routing.presence import mark_present, people, switch

from .. import factories
from .conftest import MONDAY_NOON, conversation_of

LATER = MONDAY_NOON + ASKED_FOR
SUNDAY = MONDAY_NOON - dt.timedelta(days=1)


def person(shop: Any, name: str, *, role: str = "associate", at: dt.datetime = MONDAY_NOON, **fields: Any) -> Any:
    """Somebody whose console is open."""
    made = factories.staff(shop, role, display_name=name)
    StaffRole.objects.filter(user=made).update(**fields)
    with clock.at(at):
        mark_present(made, shop.pk)
    return made


def asks(shop: Any, *, at: dt.datetime = MONDAY_NOON, wanted: Any = None, reason: str = "asked", **fields: Any) -> Any:
    """A shopper asks for a person; returns the thread."""
    thread = conversation_of(shop, **fields)
    with clock.at(at):
        hand_over(thread, reason=reason, context={}, wanted=wanted and wanted.pk)
    return thread


def open_offer(thread: Conversation) -> Any:
    return Offer.objects.filter(assignment__conversation=thread, outcome="open").first()


def asked(thread: Conversation) -> list[tuple[str, str]]:
    """Who was asked for it, in order, and what became of that."""
    rows = Offer.objects.filter(assignment__conversation=thread).order_by("pk").select_related("user")
    return [(row.user.display_name, row.outcome) for row in rows]


def test_one_is_asked_for_half_a_minute_and_then_the_next(shop):
    person(shop, "Anna"), person(shop, "Ben")
    thread = asks(shop)
    offer = open_offer(thread)
    assert (offer.until - offer.made_at, offer.user.display_name) == (ASKED_FOR, "Anna")
    with clock.at(LATER - dt.timedelta(seconds=1)):
        assert run_due() == 0
    with clock.at(LATER):
        assert run_due() == 1
        assert run_due() == 0
    assert asked(thread) == [("Anna", "lapsed"), ("Ben", "open")]
    with clock.at(LATER + ASKED_FOR):
        assert (run_due(), run_due()) == (1, 0)
    assert asked(thread) == [("Anna", "lapsed"), ("Ben", "lapsed")]
    assert Assignment.objects.get().outcome == "waiting"
    assert list(ThreadEvent.objects.order_by("pk").values_list("kind", flat=True)) == ["waiting", "offer", "offer"]


def test_a_declined_offer_goes_on_with_the_reason_kept(shop):
    anna = person(shop, "Anna")
    person(shop, "Ben")
    thread = asks(shop)
    offer = open_offer(thread)
    with clock.at(MONDAY_NOON):
        decline(offer, anna, reason="topic")
        decline(offer, anna, reason="busy")  # too late for a second word
    offer.refresh_from_db()
    assert (offer.outcome, offer.reason, offer.ended_at) == ("declined", "topic", MONDAY_NOON)
    assert asked(thread) == [("Anna", "declined"), ("Ben", "open")]


def test_accepting_gives_the_thread_once(shop):
    anna, thread = person(shop, "Anna"), asks(shop)
    offer = open_offer(thread)
    with clock.at(MONDAY_NOON):
        accept(offer, anna)
        accept(offer, anna)
    thread.refresh_from_db()
    assert (thread.owner_user, thread.fence) == (anna, 1)
    assert (asked(thread), Assignment.objects.get().outcome) == ([("Anna", "accepted")], "taken")


def test_a_lapsed_offer_cannot_be_accepted_but_the_thread_is_still_to_be_had(shop):
    anna, thread = person(shop, "Anna"), asks(shop)
    offer = open_offer(thread)
    with clock.at(LATER):
        with pytest.raises(OfferOver):
            accept(offer, anna)
        claim(thread, anna, seen=None)
    thread.refresh_from_db()
    assert (thread.owner_user, asked(thread)) == (anna, [("Anna", "withdrawn")])


def test_whoever_is_late_is_told_who_has_it(shop):
    anna = person(shop, "Anna")
    ben = factories.staff(shop, display_name="Ben")
    thread = asks(shop)
    offer = open_offer(thread)
    with clock.at(MONDAY_NOON):
        claim(thread, ben, seen=None)
        claim(thread, ben, seen=None)
        with pytest.raises(Taken) as late:
            accept(offer, anna)
        assert late.value.holder == ben
        with pytest.raises(Taken):
            claim(thread, anna, seen=None)
        claim(thread, anna, seen=ben.pk)
    thread.refresh_from_db()
    assert (thread.owner_user, thread.fence) == (anna, 2)
    assert asked(thread) == [("Anna", "withdrawn")]


def test_taking_it_from_the_list_in_time_is_accepting(shop):
    anna, thread = person(shop, "Anna"), asks(shop)
    with clock.at(MONDAY_NOON):
        take_over(thread, anna)
    assert asked(thread) == [("Anna", "accepted")]


def test_nobody_is_asked_for_a_shopper_who_needs_nobody_any_more(shop):
    anna, thread = person(shop, "Anna"), asks(shop)
    offer = open_offer(thread)
    with clock.at(MONDAY_NOON):
        withdraw(thread)
        with pytest.raises(OfferOver):
            accept(offer, anna)
    assert asked(thread) == [("Anna", "withdrawn")]


@pytest.mark.parametrize("state", ["away", "off"])
def test_who_switches_off_stays_off_and_is_not_asked_any_more(shop, state):
    anna = person(shop, "Anna")
    person(shop, "Ben")
    thread = asks(shop)
    with clock.at(MONDAY_NOON):
        switch(anna, shop.pk, state=state, note="back at two")
        withdraw_offers(anna)
        mark_present(anna, shop.pk)  # the console beats on
    presence = Presence.objects.get(user=anna)
    assert (presence.state, presence.note) == (state, "back at two")
    assert asked(thread) == [("Anna", "withdrawn"), ("Ben", "open")]
    assert open_offer(asks(shop)) is None


def test_the_order_is_wanted_known_store_colleagues_experts(shop):
    store = factories.location(shop, "Store", is_store=True)
    person(shop, "Eva", role="expert")
    person(shop, "Olga", role="manager", location=store)
    person(shop, "Sam", location=store)
    known = person(shop, "Ken", role="expert")
    wanted = person(shop, "Wim", role="expert")
    before = conversation_of(shop)
    with clock.at(MONDAY_NOON):
        take_over(before, known)
        hand_back(before, known)
    thread = asks(shop, customer=before.identity.customer, wanted=wanted)
    order = []
    with clock.at(MONDAY_NOON):
        while offer := open_offer(thread):
            order.append((offer.user.display_name, offer.is_known))
            decline(offer, offer.user, reason="busy")
    assert order == [("Wim", False), ("Ken", True), ("Sam", False), ("Olga", False), ("Eva", False)]


def test_language_comes_before_place_and_skill_before_load(shop):
    store = factories.location(shop, "Store", is_store=True)
    person(shop, "Sam", location=store, languages=["en"])
    person(shop, "Eva", role="expert", languages=["de"])
    assert asked(asks(shop, language="de")) == [("Eva", "open")]
    person(shop, "Rita", languages=["fr"], skills=["Returns"])
    person(shop, "Paul", languages=["fr"], skills=["sizes"])
    assert asked(asks(shop, language="fr", reason="stuck:returns/reason")) == [("Rita", "open")]


def test_capacity_is_counted_from_the_threads_and_four_at_most_for_experts(shop):
    eva = person(shop, "Eva", role="expert", capacity=9)
    for _ in range(3):
        conversation_of(shop, owner="agent", owner_user=eva)
    assert [(row.held, row.most_chats) for row in people()] == [(3, 4)]
    thread = asks(shop)
    assert asked(thread) == [("Eva", "open")]
    with clock.at(MONDAY_NOON):
        accept(open_offer(thread), eva)
    assert [(row.held, row.most_chats) for row in people()] == [(4, 4)]
    full = asks(shop)
    assert asked(full) == []
    with clock.at(MONDAY_NOON):
        assert run_due() == 0
        hand_back(thread, eva)
        assert run_due() == 1  # room again: the one who waits is offered without anybody's doing
    assert asked(full) == [("Eva", "open")]


def test_two_channels_of_a_shopper_are_one_of_the_chats_held(shop):
    anna = person(shop, "Anna")
    first = conversation_of(shop, owner="agent", owner_user=anna)
    conversation_of(shop, owner="agent", owner_user=anna, customer=first.identity.customer)
    assert [row.held for row in people()] == [1]


def test_one_question_at_a_time_and_the_longest_wait_first(shop):
    anna = person(shop, "Anna")
    first, second, third = (asks(shop, at=MONDAY_NOON + dt.timedelta(seconds=n)) for n in range(3))
    assert [asked(thread) for thread in (first, second, third)] == [[("Anna", "open")], [], []]
    with clock.at(MONDAY_NOON + dt.timedelta(seconds=5)):
        decline(open_offer(first), anna, reason="busy")
        assert run_due() == 1
    assert [asked(thread) for thread in (second, third)] == [[("Anna", "open")], []]


def test_whom_nobody_can_be_asked_for_any_more_keeps_nobody_from_being_asked(shop):
    anna = person(shop, "Anna")
    old = asks(shop)
    with clock.at(MONDAY_NOON):
        decline(open_offer(old), anna, reason="topic")
    person(shop, "Ola", at=MONDAY_NOON - dt.timedelta(hours=1))  # gone since
    new = asks(shop, at=MONDAY_NOON + dt.timedelta(seconds=1))
    with clock.at(MONDAY_NOON + dt.timedelta(seconds=1)):
        decline(open_offer(new), anna, reason="topic")
        person(shop, "Ben", at=clock.now())
        assert run_due(limit=1) == 1
    assert (asked(old)[1:], asked(new)[1:]) == ([("Ben", "open")], [])


def test_own_shoppers_only_means_wanted_or_known(shop):
    anna = person(shop, "Anna")
    with clock.at(MONDAY_NOON):
        switch(anna, shop.pk, state="on_shift")
    stranger = asks(shop)
    with clock.at(MONDAY_NOON):
        assert (asked(stranger), run_due()) == ([], 0)
    assert asked(asks(shop, wanted=anna)) == [("Anna", "open")]


def test_after_hours_an_open_console_is_not_enough(shop):
    anna = person(shop, "Anna", at=SUNDAY)
    thread = asks(shop, at=SUNDAY)
    with clock.at(SUNDAY):
        assert (asked(thread), run_due()) == ([], 0)
        switch(anna, shop.pk, state="available")
        assert run_due() == 1
    assert asked(thread) == [("Anna", "open")]


def test_a_message_left_after_hours_is_offered_when_the_shop_opens(shop):
    anna = person(shop, "Anna", at=SUNDAY)
    thread = asks(shop, at=SUNDAY)
    with clock.at(MONDAY_NOON):
        mark_present(anna, shop.pk)
        assert run_due() == 1
    assert asked(thread) == [("Anna", "open")]


def test_another_merchants_people_are_not_asked(shop, other_merchant):
    from_elsewhere = factories.staff(other_merchant, display_name="Eve")
    Presence.objects.model._base_manager.create(
        merchant=other_merchant, user=from_elsewhere, seen_at=MONDAY_NOON, switched_at=MONDAY_NOON
    )
    thread = asks(shop)
    with clock.at(MONDAY_NOON):
        assert (asked(thread), run_due()) == ([], 0)


def test_who_waits_and_then_asks_for_somebody_by_name_is_offered_to_them(shop):
    person(shop, "Anna")
    wim = person(shop, "Wim", role="expert")
    thread = asks(shop)
    with clock.at(MONDAY_NOON):
        got = hand_over(thread, reason="by_name", context={}, wanted=wim.pk)
    assert (got.offered_to, asked(thread)) == (wim.pk, [("Anna", "withdrawn"), ("Wim", "open")])


def test_the_database_refuses_a_second_open_offer(shop):
    ben, thread = person(shop, "Anna") and factories.staff(shop), asks(shop)
    with pytest.raises(IntegrityError, match="offer_one_standing"), transaction.atomic():
        second_offer(thread, ben)
    assert one_offer_at_a_time() == []


def test_the_books_notice_a_second_open_offer(shop):
    thread = person(shop, "Anna") and asks(shop)
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX offer_one_standing")  # rolled back with the test
    second_offer(thread, factories.staff(shop))
    assert one_offer_at_a_time() == [f"assignment {Assignment.objects.get().pk} has 2 standing offers"]


def second_offer(thread: Conversation, user: Any) -> None:
    first = open_offer(thread)
    Offer.objects.create(
        merchant=first.merchant, assignment=first.assignment, user=user, made_at=first.made_at, until=first.until
    )


def test_the_books_notice_an_offer_that_does_not_lapse(shop):
    thread = person(shop, "Anna") and asks(shop)
    with clock.at(LATER + dt.timedelta(minutes=3)):
        assert len(offers_lapse()) == 1
        run_due()
        assert offers_lapse() == []
    assert asked(thread) == [("Anna", "lapsed")]


def answered_outside(thread: Conversation) -> None:
    with transaction.atomic():
        take_baton(thread, None, owner=Conversation.Owner.AGENT)


def given_back_outside(thread: Conversation) -> None:
    with transaction.atomic():
        give_back(thread)


def test_nobody_is_asked_for_a_shopper_whom_somebody_answers_outside(shop):
    anna = person(shop, "Anna")
    thread = asks(shop)
    offer = open_offer(thread)
    with clock.at(MONDAY_NOON):
        answered_outside(thread)
        with pytest.raises(Taken):
            accept(offer, anna)
    person(shop, "Ben", at=LATER)
    with clock.at(LATER):
        assert (run_due(), run_due()) == (1, 0)
    assert asked(thread) == [("Anna", "lapsed")]
    thread.refresh_from_db()
    assert (thread.owner, thread.owner_user, thread.fence) == ("agent", None, 1)


def test_given_back_outside_nobody_waits_any_more(shop):
    anna = person(shop, "Anna")
    thread = asks(shop)
    offer = open_offer(thread)
    with clock.at(MONDAY_NOON):
        answered_outside(thread)
        given_back_outside(thread)
        with pytest.raises(OfferOver):
            accept(offer, anna)
    person(shop, "Ben", at=LATER)
    with clock.at(LATER):
        assert (run_due(), run_due()) == (1, 0)
    assert asked(thread) == [("Anna", "lapsed")]


def test_who_asks_again_after_an_answer_outside_begins_anew(shop):
    """Who was asked before can be asked again, and an offer that still stood stands in nobody's way."""
    person(shop, "Anna")
    thread = asks(shop)
    with clock.at(MONDAY_NOON):
        answered_outside(thread)
        given_back_outside(thread)
        hand_over(thread, reason="stuck", context={})
    assert asked(thread) == [("Anna", "withdrawn"), ("Anna", "open")]
    askings = Assignment.objects.order_by("pk").values_list("reason", "outcome")
    assert list(askings) == [("asked", "returned"), ("stuck", "waiting")]


@pytest.mark.parametrize(("gives_back", "ended"), [(False, "taken"), (True, "returned")])
def test_an_answer_outside_ends_the_asking_at_once(shop, gives_back, ended):
    person(shop, "Anna")
    thread = asks(shop)
    with clock.at(MONDAY_NOON):
        follow_outside(thread)  # only an echo of our own words
        assert (asked(thread), Assignment.objects.get().outcome) == ([("Anna", "open")], "waiting")
        answered_outside(thread)
        if gives_back:
            given_back_outside(thread)
        follow_outside(thread)
    assert (asked(thread), Assignment.objects.get().outcome) == ([("Anna", "withdrawn")], ended)
