"""From the platform's call to the platform's API and back, one message at a time."""

from typing import Any

import pytest
from django_scopes import scope

from apps.conversations.models import Conversation, InboundEvent, Message
from apps.gateway.loop import drain

from .harness import Platform, Sink, parrot

pytestmark = pytest.mark.django_db


def run(**options: Any) -> int:
    return drain(answer=parrot, jobs={}, **options)


def test_a_message_is_answered(platform: Platform, sink: Sink, merchant: Any) -> None:
    assert platform.says("hi") == 200
    run()
    assert sink.texts == ["you said: hi"]
    with scope(merchant=merchant):
        states = list(Message.objects.order_by("seq").values_list("seq", "author", "state", "external_id"))
    assert states == [(1, "shopper", "received", "wamid.1"), (2, "bot", "accepted", "out-1")] or states[1] == (
        2,
        "bot",
        "accepted",
        "out-1",
    )


def test_the_same_call_twice_is_one_message(platform: Platform, sink: Sink, merchant: Any) -> None:
    body = platform.envelope(messages=[platform.message("hi")])
    assert [platform.posts(body), platform.posts(body)] == [200, 200]
    run()
    assert sink.texts == ["you said: hi"]
    assert InboundEvent.objects.count() == 1


def test_statuses_only_go_forward(platform: Platform, sink: Sink, merchant: Any) -> None:
    platform.says("hi")
    run()
    for state in ("read", "delivered", "sent", "failed"):
        assert platform.reports("out-1", state) == 200
    run()
    with scope(merchant=merchant):
        assert Message.objects.get(author="bot").state == "read"


def test_failed_may_follow_accepted(platform: Platform, sink: Sink, merchant: Any) -> None:
    platform.says("hi")
    run()
    platform.reports("out-1", "failed", errors=[{"code": 131026, "title": "undeliverable"}])
    run()
    with scope(merchant=merchant):
        message = Message.objects.get(author="bot")
        assert (message.state, message.error_class) == ("failed", "unreachable")


def test_one_person_has_one_conversation(platform: Platform, sink: Sink, merchant: Any) -> None:
    for number in range(5):
        platform.says(f"message {number}")
    run()
    with scope(merchant=merchant):
        assert Conversation.objects.count() == 1
        assert list(Message.objects.order_by("seq").values_list("seq", flat=True)) == list(range(1, 11))
    assert sink.texts == [f"you said: message {number}" for number in range(5)]
