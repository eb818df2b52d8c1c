"""With a guard of the talk taken away, the check that watches over it must turn red; with it, all stays clean.

The guards: the inbox key, the lease, the fence, the conversation lock; the shop's two are in test_guards_shop.py.
"""

import threading
from collections import Counter
from typing import Any

import pytest
from django.db import connection
from django_scopes import scope

from apps.conversations.actions import receive, send_message, take_over
from apps.conversations.deliver import deliver, look
from apps.conversations.models import Conversation, Message
from apps.gateway import turns
from apps.gateway.loop import deliver_due, drain
from apps.merchants import clock
from apps.merchants.invariants import run_all
from apps.messaging.content import Text
from tests.conversations.people import event
from tests.factories import staff

from .harness import Platform, Sink, parrot

FORGET_CLAIMS = """
CREATE FUNCTION forget_claims() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = 'sending' THEN NEW.state := OLD.state; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER forget_claims BEFORE UPDATE ON conversations_message
    FOR EACH ROW EXECUTE FUNCTION forget_claims();
"""
FREEZE_FENCE = """
CREATE FUNCTION freeze_fence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.fence := OLD.fence;
    NEW.owner := OLD.owner;
    RETURN NEW;
END $$;
CREATE TRIGGER freeze_fence BEFORE UPDATE ON conversations_conversation
    FOR EACH ROW EXECUTE FUNCTION freeze_fence();
"""


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def broken() -> set[str]:
    """The names of this app's invariants that do not hold."""
    return {row["name"] for row in run_all() if row["name"].startswith("conversations.") and not row["ok"]}


def read_twice(sink: Sink) -> list[str]:
    return [text for text, times in Counter(sink.texts).items() if times > 1]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("is_guarded", "found"), [(True, set()), (False, {"conversations.said once", "conversations.stored once"})]
)
def test_guard_inbox_key_is_needed(platform: Platform, is_guarded: bool, found: set[str]) -> None:
    if not is_guarded:
        execute("ALTER TABLE conversations_inboundevent DROP CONSTRAINT inboundevent_once")
    body = platform.envelope(messages=[platform.message("hi", key="wamid.same")])
    for _ in range(2):
        platform.posts(body)
    drain(answer=parrot, jobs={})
    assert broken() == found


@pytest.mark.django_db
@pytest.mark.parametrize(("is_guarded", "found"), [(True, []), (False, ["hello"])])
def test_guard_lease_is_needed(merchant: Any, account: Any, sink: Sink, is_guarded: bool, found: list[str]) -> None:
    with scope(merchant=merchant):
        conversation = receive(account, [event(text="hi")]).conversation
        send_message(conversation, Text(text="hello"), author="bot")
    if not is_guarded:
        execute(FORGET_CLAIMS)
    claims = [*look(1).claims, *look(1).claims]  # two senders looking at once
    for claim in claims:
        deliver(claim)
    assert read_twice(sink) == found


@pytest.mark.django_db
@pytest.mark.parametrize(("is_guarded", "late"), [(True, 0), (False, 1)])
def test_guard_fence_is_needed(merchant: Any, account: Any, sink: Sink, is_guarded: bool, late: int) -> None:
    if not is_guarded:
        execute(FREEZE_FENCE)
    with scope(merchant=merchant):
        conversation = receive(account, [event(text="hi")]).conversation
        composed_under = conversation.fence
        take_over(conversation, staff(merchant))
        taken_at = clock.now()
        send_message(conversation, Text(text="too late"), author="bot", fence=composed_under)
    deliver_due()
    with scope(merchant=merchant):
        assert Message.objects.filter(author="bot", send_started_at__gt=taken_at).count() == late


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("is_guarded", "found"), [(True, set()), (False, {"conversations.said once"})])
def test_guard_conversation_lock_is_needed(
    platform: Platform, merchant: Any, monkeypatch: Any, is_guarded: bool, found: set[str]
) -> None:
    if not is_guarded:
        monkeypatch.setattr(turns, "CLAIM", turns.CLAIM.replace("FOR NO KEY UPDATE OF t SKIP LOCKED", ""))
    with scope(merchant=merchant):
        receive(platform.account, [event(text="first")])  # the conversation is there already
    platform.says("hi", key="wamid.contended")
    both_read = threading.Barrier(2)
    plain = turns._waiting

    def read_together(account_id: int, thread_key: str) -> Any:
        rows = plain(account_id, thread_key)
        if not is_guarded:
            both_read.wait(10)
        return rows

    monkeypatch.setattr(turns, "_waiting", read_together)

    def work() -> None:
        turns.run_turn(parrot)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert broken() == found
    with scope(merchant=merchant):
        assert Conversation.objects.count() == 1
