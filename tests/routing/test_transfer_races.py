"""A thread changes hands at the moment its holder writes, gives back, or thinks better of it."""

import uuid
from typing import Any

import pytest
from django_scopes import scope

from apps.console import desk
from apps.console.access import Seat
from apps.conversations.models import Conversation, Message, ThreadEvent
from apps.routing.actions import accept, claim, hand_back, take_over
from apps.routing.invariants import one_offer_at_a_time
from apps.routing.models import Assignment
from apps.routing.presence import switch
from apps.routing.transfers import call_off, transfer

from .. import factories
from ..web import _django_db_helper  # noqa: F401 - committed rows for every test here
from .conftest import conversation_of
from .test_races import ROUNDS, at_once, open_offers, tick

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def staged() -> Any:
    """A shop, a thread, its holder Anna, and Ben, to whom it goes."""
    shop = factories.merchant("demo")
    anna, ben = (factories.staff(shop, display_name=name) for name in ("Anna", "Ben"))
    with scope(merchant=shop):
        yield shop, conversation_of(shop), anna, ben


def as_it_is(thread: Conversation) -> Any:
    return Conversation.objects.select_related("identity", "owner_user").get(pk=thread.pk)


def test_whoever_lost_the_thread_begins_no_answer_in_it(staged: Any) -> None:
    """Anna writes while Ben accepts: what she begins is either before his, or is refused and names him."""
    shop, thread, anna, ben = staged
    seat = Seat(anna, shop, "associate")
    refused: list[tuple[str, str]] = []

    def writes(client_id: uuid.UUID) -> Message | None:
        try:
            return desk.answer(seat, thread.public_id, "How can I help?", client_id=client_id, seen=anna.pk)
        except desk.Refused as refusal:
            refused.append((refusal.code, refusal.detail))
            return None

    for _ in range(ROUNDS):
        switch(ben, shop.pk, state="available")
        take_over(as_it_is(thread), anna)
        transfer(as_it_is(thread), anna, person=ben.pk)
        offer, client_id = open_offers().get(), uuid.uuid4()
        wrote, got = at_once(shop, lambda key=client_id: writes(key), lambda o=offer: accept(o, ben))
        assert (got, as_it_is(thread).owner_user) == ("has it", ben)
        taken = ThreadEvent.objects.filter(kind="taken", actor=ben).latest("pk")
        begun = ThreadEvent.objects.filter(kind="message", pk__gt=taken.pk)
        assert (begun.count(), Message.objects.filter(client_id=client_id).count()) == (0, int(wrote == "has it"))
        hand_back(as_it_is(thread), ben)
    assert set(refused) == {("taken", "Ben was faster and answers now.")}  # it happened, or this is no race
    assert (one_offer_at_a_time(), list(open_offers())) == ([], [])


def test_accepting_claiming_giving_back_and_calling_off_leave_one_holder(staged: Any) -> None:
    shop, thread, anna, ben = staged
    cleo = factories.staff(shop, display_name="Cleo")
    for _ in range(ROUNDS // 4):
        switch(ben, shop.pk, state="available")
        take_over(as_it_is(thread), anna)
        transfer(as_it_is(thread), anna, person=ben.pk)
        offer, now = open_offers().get(), as_it_is(thread)
        results = at_once(
            shop,
            lambda o=offer: accept(o, ben),
            lambda t=now: claim(t, cleo, seen=anna.pk),
            lambda t=now: hand_back(t, anna),
            lambda t=now: call_off(t, anna),
            tick,
        )
        assert "" not in results
        held = as_it_is(thread)
        running = list(Assignment.objects.filter(outcome__in=["waiting", "taken"]).values_list("outcome", "user"))
        assert running in ([], [("taken", held.owner_user_id)])
        assert list(open_offers()) == []
        hand_back(held, held.owner_user or anna)
    assert one_offer_at_a_time() == []
