"""Two machines talking: the assistant falls silent, and a person is asked as for anybody who waits."""

import sys
from typing import Any

import pytest
from django_scopes import scope

from apps.conversations.models import Conversation, Message, ThreadEvent
from apps.gateway.turns import run_turn
from apps.routing.actions import take_over
from apps.routing.models import Assignment, Offer
from apps.routing.presence import switch
from tests import factories

from .harness import Platform, parrot


def test_a_loop_is_offered_to_a_person_once(platform: Platform, merchant: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["apps.conversations.actions.receive"], "LOOP_MESSAGES", 4)
    with scope(merchant=merchant):
        anna = factories.staff(merchant, display_name="Anna")
        switch(anna, merchant.pk, state="available")
    for number in range(5):
        platform.says(f"I am out of the office {number}")
        run_turn(parrot)
    with scope(merchant=merchant):
        thread, asking = Conversation.objects.get(), Assignment.objects.get()
        assert (asking.reason, asking.outcome, asking.asked_at) == ("loop", "waiting", thread.waiting_since)
        assert (Offer.objects.get().user, ThreadEvent.objects.filter(kind="loop").count()) == (anna, 1)
        assert Message.objects.filter(author="bot").count() == 2  # silent from the third on
        take_over(thread, anna)
    platform.says("I am out of the office still")
    run_turn(parrot)
    with scope(merchant=merchant):
        assert (Conversation.objects.get().waiting_since, Assignment.objects.get().outcome) == (None, "taken")
