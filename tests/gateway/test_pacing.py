"""How fast a thread and an account are written to, counted at the platform: what goes over the wire, not what is said."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scope

from apps.conversations.actions import send_message
from apps.conversations.deliver import look
from apps.conversations.models import Conversation, Message
from apps.gateway.loop import deliver_due
from apps.gateway.worker import deliver_one
from apps.merchants import clock
from apps.merchants.models import ChannelAccount, Merchant
from apps.messaging.content import Browse, Card, Text
from tests.conversations.people import greets
from tests.factories import channel_account

from .harness import Sink

pytestmark = pytest.mark.django_db
CARDS = tuple(
    Card(title=f"Mug {number}", image_url=f"https://shop.example/{number}.jpg", url="https://shop.example/")
    for number in range(5)
)
PAGE = Browse(text="Mugs", cards=CARDS)


def threads(account: ChannelAccount, count: int) -> list[Conversation]:
    return [greets(account, user=f"4917600000{number}") for number in range(count)]


def say(thread: Conversation, content: Text | Browse, times: int = 1) -> None:
    for _ in range(times):
        send_message(thread, content, author="bot")


def test_pages_of_cards_are_counted_by_their_parts(merchant: Merchant, account: ChannelAccount, sink: Sink) -> None:
    with scope(merchant=merchant):
        (thread,) = threads(account, 1)
        say(thread, PAGE, 12)
    with clock.at(clock.now()):
        deliver_due()
    each = len(sink.calls) // 3
    assert (each, len(sink.calls)) == (4, 12)


def test_an_account_sends_no_more_in_a_second_than_its_platform_takes(merchant: Merchant, sink: Sink) -> None:
    account = channel_account(merchant, "whatsapp", api_base=sink.url, per_second="3")
    other = channel_account(merchant, "whatsapp", api_base=sink.url, per_second="3")
    with scope(merchant=merchant):
        for thread in threads(account, 8):
            say(thread, Text(text="hello"))
        say(threads(other, 1)[0], Text(text="of another number"))
    now, seen = clock.now().replace(microsecond=0), []
    for second in range(4):
        with clock.at(now + dt.timedelta(seconds=second)):
            deliver_due()
        seen.append(len([call for call in sink.calls if call["text"]["body"] == "hello"]))
    assert (seen, len(sink.calls)) == ([3, 6, 8, 8], 9)


def test_a_full_second_at_one_account_holds_up_no_other(merchant: Merchant, sink: Sink) -> None:
    busy = channel_account(merchant, "whatsapp", api_base=sink.url, per_second="2")
    quiet = channel_account(merchant, "whatsapp", api_base=sink.url, per_second="2")
    with scope(merchant=merchant):
        for number in range(30):
            say(greets(busy, user=f"49176000000{number:02}"), Text(text="hello"))
        say(threads(quiet, 1)[0], Text(text="of another number"))
    now = clock.now().replace(microsecond=0)
    with clock.at(now):
        looks = [deliver_one() for _ in range(5)]
    with scope(merchant=merchant):
        put_off = Message.objects.filter(next_at=now + dt.timedelta(seconds=1)).count()
    assert [call["text"]["body"] for call in sink.calls] == ["hello", "hello", "of another number"]
    assert (looks, put_off) == ([1, 1, 1, 1, 0], 1)  # the rest stays as it is, nobody looked at it
    with clock.at(now + dt.timedelta(seconds=1)):
        while deliver_one():
            pass
    assert len(sink.calls) == 5


def test_messages_that_are_given_up_hold_up_no_other(merchant: Merchant, account: ChannelAccount, sink: Sink) -> None:
    with scope(merchant=merchant):
        for thread in threads(account, 9):
            say(thread, Text(text="hello"))
        late = clock.now() - dt.timedelta(minutes=1)
        first = Message.objects.filter(state="queued").order_by("pk").values_list("pk", flat=True)[:8]
        Message.objects.filter(pk__in=list(first)).update(expires_at=late)
    assert [deliver_one() for _ in range(3)] == [8, 1, 0]
    assert len(sink.calls) == 1


def test_parts_take_room_too(merchant: Merchant, sink: Sink) -> None:
    account = channel_account(merchant, "whatsapp", api_base=sink.url, per_second="5")
    with scope(merchant=merchant):
        for thread in threads(account, 3):
            say(thread, PAGE)
    now, seen = clock.now().replace(microsecond=0), []
    for second in range(2):
        with clock.at(now + dt.timedelta(seconds=second)):
            while deliver_one():
                pass
        seen.append(len(sink.calls))
    assert seen == [8, 12]  # there was still room when the second page began


def test_counting_costs_no_query(merchant: Merchant, account: ChannelAccount) -> None:
    with scope(merchant=merchant):
        say(threads(account, 1)[0], Text(text="hello"))
    with CaptureQueriesContext(connection) as queries:
        assert len(look(1).claims) == 1
    # The heads, the thread, its account (remembered after that), its first message with what it follows, its leaving.
    assert len([query for query in queries if "SAVEPOINT" not in query["sql"]]) == 5
