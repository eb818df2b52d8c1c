"""The baton: after a take-over commits, the assistant begins no message."""

import random
import threading
import time
from typing import Any

import pytest
from django.db import connection
from django_scopes import scope

from apps.conversations.actions import hand_back, send_message, take_over
from apps.conversations.deliver import deliver, look
from apps.conversations.models import Conversation, InboundEvent, Message, ThreadEvent
from apps.merchants import clock
from apps.messaging.content import Text
from tests.factories import channel_account, staff
from tests.gateway.harness import Sink

from .people import greets

ROUNDS = 300
SENDERS = 2
WIRE_SECONDS = 0.02


@pytest.mark.fire
@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(600)
def test_no_send_begins_after_a_take_over(merchant: Any) -> None:
    """300 take-overs, each racing a reply that is being composed and delivered."""
    race(merchant, rounds=ROUNDS)


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(3600)
def test_no_send_begins_after_any_of_many_take_overs(merchant: Any) -> None:
    race(merchant, rounds=10 * ROUNDS)


def accept_slowly(body: dict[str, Any], number: int) -> tuple[int, dict[str, Any]]:
    """A platform some way off: a message is on the wire for a while."""
    time.sleep(WIRE_SECONDS)
    return 200, {"messages": [{"id": f"out-{number}"}]}


def race(merchant: Any, *, rounds: int) -> None:
    sink = Sink(accept_slowly)
    account = channel_account(merchant, "whatsapp", api_base=sink.url)
    person = staff(merchant)
    with scope(merchant=merchant):
        threads = [greets(account, user=f"4917{n:08d}") for n in range(rounds)]
    taken_at: dict[int, Any] = {}
    done = threading.Event()

    def deliver_on() -> None:
        while not done.is_set():
            claims = look(4).claims
            for claim in claims:
                deliver(claim)
            if not claims:
                time.sleep(0.001)
        connection.close()

    def answer() -> None:
        for thread in threads:
            with scope(merchant=merchant):
                send_message(fresh(thread), Text(text=f"reply {thread.pk}"), author="bot", fence=thread.fence)
        connection.close()

    def take() -> None:
        chance = random.Random(7)
        for thread in threads:
            with scope(merchant=merchant):
                wait_for_reply(thread, chance)
                take_over(fresh(thread), person)
                taken_at[thread.pk] = clock.now()  # after the commit
        connection.close()

    workers = [threading.Thread(target=deliver_on) for _ in range(SENDERS)]
    racers = [threading.Thread(target=answer), threading.Thread(target=take)]
    for thread in (*workers, *racers):
        thread.start()
    for thread in racers:
        thread.join()
    settle(merchant)
    done.set()
    for thread in workers:
        thread.join()
    sink.close()
    with scope(merchant=merchant):
        replies = list(Message.objects.filter(author="bot"))
        late = [
            row.pk for row in replies if row.send_started_at and row.send_started_at > taken_at[row.conversation_id]
        ]
        assert (len(replies), late) == (rounds, [])
        sent = {row.text for row in replies if row.state == "accepted"}
        assert sorted(sink.texts) == sorted(sent)  # what was not sent was not said
        assert {row.state for row in replies} <= {"accepted", "suppressed"}
        assert 0 < len(sent) < rounds  # it was a race
        on_wire = shown_as_on_wire()
        assert on_wire <= {(row.conversation_id, row.seq) for row in replies if row.state == "accepted"}
        assert on_wire  # some were leaving just then, and the thread says so
    print(f"take-overs: {rounds}, sent before {len(sent)}, of these on the wire {len(on_wire)}, begun after 0")


def fresh(thread: Conversation) -> Conversation:
    return Conversation.objects.select_related("identity__customer", "channel_account__merchant").get(pk=thread.pk)


def wait_for_reply(thread: Conversation, chance: random.Random) -> None:
    """Strike before, while or after the reply is queued, claimed and sent."""
    aim = chance.choice(["queued", "sending", "soon"])
    until = time.monotonic() + 0.02
    while time.monotonic() < until:
        states = set(Message.objects.filter(conversation=thread, author="bot").values_list("state", flat=True))
        if aim in states or (states and aim == "soon"):
            return
    return


def settle(merchant: Any) -> None:
    with scope(merchant=merchant):
        for _ in range(1200):
            if not Message.objects.filter(state__in=["queued", "retry", "sending"]).exists():
                return
            time.sleep(0.05)


def shown_as_on_wire() -> set[tuple[int, int]]:
    """(conversation, seq) of every message that the threads show as leaving while they were taken."""
    taken = ThreadEvent.objects.filter(kind="taken")
    return {(row.conversation_id, said["seq"]) for row in taken for said in row.data["on_wire"]}


@pytest.mark.django_db(transaction=True)
def test_what_was_on_the_wire_is_shown_as_such(merchant: Any) -> None:
    account = channel_account(merchant, "whatsapp")
    person = staff(merchant)
    with scope(merchant=merchant):
        conversation = greets(account)
        send_message(conversation, Text(text="leaving"), author="bot")
        send_message(conversation, Text(text="waiting"), author="bot")
    [claim] = look(5).claims
    with scope(merchant=merchant):
        [thread] = take_over(conversation, person)
        taken = ThreadEvent.objects.get(kind="taken")
        assert [row["seq"] for row in taken.data["on_wire"]] == [claim.message.seq]
        assert taken.data["called_back"] == [3]
        assert Message.objects.get(seq=3).state == "suppressed"
        assert (thread.owner, thread.owner_user, thread.fence) == ("agent", person, 1)


@pytest.mark.django_db
def test_a_reply_composed_before_the_take_over_is_not_sent(merchant: Any) -> None:
    with scope(merchant=merchant):
        conversation = greets(channel_account(merchant, "whatsapp"))
        take_over(conversation, staff(merchant))
        late = send_message(conversation, Text(text="too late"), author="bot", fence=0)
        assert (late.state, late.error_class) == ("suppressed", "fence")


@pytest.mark.django_db
def test_order_news_pass_while_a_person_has_the_thread(merchant: Any) -> None:
    with scope(merchant=merchant):
        conversation = greets(channel_account(merchant, "whatsapp"))
        take_over(conversation, staff(merchant))
        news = send_message(conversation, Text(text="Paid."), author="system", purpose="transactional")
        assert news.state == "queued"


@pytest.mark.django_db
def test_taking_one_thread_takes_all_of_the_customer(merchant: Any) -> None:
    person = staff(merchant)
    with scope(merchant=merchant):
        first = greets(channel_account(merchant, "whatsapp"))
        second = greets(channel_account(merchant, "telegram"), "hola", user="777")
        second.identity.customer = first.identity.customer
        second.identity.save()
        taken = take_over(first, person)
        assert [thread.pk for thread in taken] == [first.pk, second.pk]
        hand_back(first, person, note="done")
        first.refresh_from_db()
        second.refresh_from_db()
        assert [(row.owner, row.fence) for row in (first, second)] == [("bot", 2), ("bot", 2)]
        event_row = InboundEvent.objects.get()
        assert (event_row.payload["data"]["name"], event_row.payload["data"]["fence"]) == ("handed_back", 2)
