"""Who is free is said twice: in SQL for all shops at once, and in Python for one thread. Over random states they agree."""

import datetime as dt
import random
from typing import Any

import pytest
from django.db import transaction

from apps.conversations.models import Conversation
from apps.merchants import clock
from apps.merchants.models import StaffRole
from apps.merchants.statements import fetch
from apps.routing.models import Assignment, Offer, Presence
from apps.routing.offers import FREE
from apps.routing.presence import SEEN_WITHIN, SHIFT, TAKING, on_duty, people, people_here
from apps.routing.responders import Wish, choose_responder, has_room

from .. import factories
from .conftest import MONDAY_NOON, conversation_of

SUNDAY = MONDAY_NOON - dt.timedelta(days=1)
ROUNDS = 40


def by_sql() -> set[int]:
    now = clock.now()
    times = {"now": now, "seen": now - SEEN_WITHIN, "switched": now - SHIFT}
    rows = fetch(FREE, {**times, "limit": 1000, "experts": StaffRole.MOST_FOR_EXPERTS})
    return {conversation for _merchant, conversation, _asked_at in rows}


def by_python(shop: Any) -> set[int]:
    """For each who is free for a stranger, the longest wait they were not asked for and nobody is asked for now."""
    stranger = Wish("en")
    found = set()
    for person in on_duty(people_here(), shop):
        if not has_room(person, stranger):
            continue
        waits = Assignment.objects.filter(outcome="waiting", conversation__owner="bot")
        waits = waits.exclude(conversation__waiting_since=None).exclude(given_by=person.user_id)
        waits = waits.exclude(offers__outcome="open")
        waits = waits.exclude(pk__in=Offer.objects.filter(user=person.user_id).values("assignment"))
        first = waits.order_by("asked_at").first()
        found |= {first.conversation_id} if first else set()
    return found


def some_state(shop: Any, chance: random.Random) -> None:
    now = clock.now()
    everybody = []
    for _ in range(chance.randrange(1, 5)):
        person = factories.staff(shop, chance.choice(["associate", "expert", "lead"]))
        StaffRole.objects.filter(user=person).update(capacity=chance.choice([1, 2, 9]), is_active=chance.random() > 0.1)
        Presence.objects.create(
            merchant=shop,
            user=person,
            state=chance.choice(Presence.State.values),
            seen_at=now - chance.choice([dt.timedelta(0), dt.timedelta(0), SEEN_WITHIN, SEEN_WITHIN * 2]),
            switched_at=chance.choice([None, now, now, now - SHIFT, now - SHIFT * 2]),
        )
        for _ in range(chance.choice([0, 0, 1, 2, 5])):
            conversation_of(shop, owner="agent", owner_user=person)
        everybody.append(person)
    for number in range(chance.randrange(4)):
        since = now - dt.timedelta(minutes=chance.randrange(60), seconds=number)
        has_bot = chance.random() > 0.2
        waits = {"waiting_since": since} if has_bot else {"owner": "agent", "owner_user": chance.choice(everybody)}
        asking = Assignment.objects.create(
            merchant=shop,
            conversation=conversation_of(shop, **waits),
            reason="asked",
            asked_at=since,
            given_by=chance.choice([None, None, *everybody]),
        )
        for person in everybody:
            if chance.random() < 0.2:
                times = {"made_at": now, "until": now + dt.timedelta(seconds=30)}
                is_open = chance.random() < 0.3 and not asking.offers.filter(outcome="open").exists()
                outcome = "open" if is_open else "declined"
                Offer.objects.create(merchant=shop, assignment=asking, user=person, outcome=outcome, **times)


@pytest.mark.parametrize("moment", [MONDAY_NOON, SUNDAY])
def test_the_two_rules_of_who_is_free_agree_over_random_states(shop, moment):
    found = 0
    for seed in range(ROUNDS):
        with clock.at(moment), transaction.atomic():
            some_state(shop, random.Random(seed))
            said = by_sql()
            assert said == by_python(shop), f"seed {seed}"
            for pk in said:  # every row of it can be offered
                asking = Assignment.objects.get(conversation=pk)
                assert choose_responder(Conversation.objects.get(pk=pk), asking=asking) is not None, f"seed {seed}"
            transaction.set_rollback(True)  # an empty shop for the next
        found += len(said)
    assert found > 2  # the states are such that it happens


def test_the_switch_that_takes_chats_is_the_one_that_is_asked(shop):
    """Each state is either among those who are here, or calls off what somebody is asked."""
    for state in Presence.State.values:
        person = factories.staff(shop)
        now = clock.now()
        Presence.objects.create(merchant=shop, user=person, state=state, seen_at=now, switched_at=now)
    assert {row.state for row in people_here()} == set(TAKING)
    assert {row.state for row in people()} - set(TAKING) == {"away", "off"}
