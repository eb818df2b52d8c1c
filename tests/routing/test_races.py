"""Several people reach for one shopper at the same moment, on real threads and connections."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django_scopes import scope

from apps.conversations.models import Conversation, ThreadEvent
from apps.merchants.models import Merchant
from apps.routing.actions import OfferOver, Taken, accept, claim, hand_back, hand_over
from apps.routing.invariants import one_offer_at_a_time
from apps.routing.models import Assignment, Offer
from apps.routing.offers import decline, run_due
from apps.routing.presence import switch

from .. import factories
from ..web import _django_db_helper  # noqa: F401 - committed rows for every test here
from .conftest import conversation_of

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 100


def at_once(shop: Merchant, *jobs: Callable[[], Any]) -> list[str]:
    """All of them in threads of their own; what each ended with: "has it", "told <whose it is>", "over" or "done"."""
    results = ["" for _ in jobs]
    gate = threading.Barrier(len(jobs))

    def run(place: int) -> None:
        try:
            gate.wait()
            with scope(merchant=shop):
                results[place] = "has it" if jobs[place]() else "done"
        except Taken as taken:
            results[place] = f"told {taken.holder.display_name if taken.holder else 'the assistant'}"
        except OfferOver:
            results[place] = "over"
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return results


def test_of_two_who_accept_at_once_one_has_it_and_the_other_is_told_who() -> None:
    """A shopper who waits on two channels is offered to two people."""
    shop = factories.merchant("demo")
    anna, ben = (factories.staff(shop, display_name=name) for name in ("Anna", "Ben"))
    with scope(merchant=shop):
        for _ in range(ROUNDS):
            here = conversation_of(shop)
            there = conversation_of(shop, customer=here.identity.customer)
            for person, thread in ((anna, here), (ben, there)):
                switch(person, shop.pk, state="available")
                hand_over(thread, reason="asked", context={})
            offers = {offer.user_id: offer for offer in open_offers()}
            assert set(offers) == {anna.pk, ben.pk}
            results = at_once(shop, lambda o=offers: accept(o[anna.pk], anna), lambda o=offers: accept(o[ben.pk], ben))
            holder = Conversation.objects.select_related("owner_user").get(pk=here.pk).owner_user
            won = results.index("has it")
            assert (holder, results[1 - won]) == ((anna, ben)[won], f"told {holder.display_name}")
            assert ThreadEvent.objects.filter(conversation=here, kind="taken").count() == 1
            hand_back(here, holder)
        assert Offer.objects.filter(outcome="accepted").count() == ROUNDS
        assert (one_offer_at_a_time(), list(open_offers())) == ([], [])


def test_accepting_twice_declining_claiming_and_the_clock_leave_one_holder() -> None:
    """The same person on two tablets, a colleague at the list, and the worker, all in one moment."""
    shop = factories.merchant("demo")
    anna, ben = (factories.staff(shop, display_name=name) for name in ("Anna", "Ben"))
    with scope(merchant=shop):
        thread = conversation_of(shop)
        for number in range(1, ROUNDS // 4 + 1):
            switch(anna, shop.pk, state="available")
            fresh = Conversation.objects.select_related("identity").get(pk=thread.pk)
            hand_over(fresh, reason="asked", context={})
            offer = open_offers().get()
            results = at_once(
                shop,
                lambda o=offer: accept(o, anna),
                lambda o=offer: accept(o, anna),
                lambda t=fresh: claim(t, ben, seen=None),
                lambda o=offer: decline(o, anna, reason="busy"),
                tick,
            )
            holder = Conversation.objects.select_related("owner_user").get(pk=thread.pk).owner_user
            assert (holder, results[2]) in ((ben, "has it"), (anna, "told Anna"))
            assert ("has it" in results[:2]) is (holder == anna)
            assert ThreadEvent.objects.filter(kind="taken").count() == number
            assert Assignment.objects.filter(outcome="taken").count() == 1
            hand_back(fresh, holder)
        assert (one_offer_at_a_time(), list(open_offers())) == ([], [])


def test_of_two_shoppers_handed_over_at_once_one_is_offered_to_the_only_person_there() -> None:
    """The first turn has not ended yet when the second looks for somebody."""
    shop = factories.merchant("demo")
    anna = factories.staff(shop, display_name="Anna")
    with scope(merchant=shop):
        switch(anna, shop.pk, state="available")
        first, second = conversation_of(shop), conversation_of(shop)
        with transaction.atomic():
            hand_over(first, reason="asked", context={})
            assert at_once(shop, lambda: hand_over(second, reason="asked", context={})) == ["has it"]
        assert [offer.assignment.conversation for offer in open_offers()] == [first]
        assert [row.outcome for row in Assignment.objects.filter(conversation=second)] == ["waiting"]


def open_offers() -> Any:
    offers = Offer.objects.select_related("assignment__conversation__identity")
    return offers.filter(outcome=Offer.Outcome.OPEN)


def tick() -> None:
    run_due()
