"""A long SMS that comes in parts is one message, whatever the order, the process and the repeats."""

import datetime as dt
import itertools
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from asgiref.sync import async_to_sync
from django_scopes import scope

from apps.conversations.models import InboundEvent, Message
from apps.gateway.loop import drain
from apps.merchants import clock
from apps.merchants.models import ChannelAccount
from tests.factories import channel_account
from tests.messaging.channels.sms.example import VONAGE
from tests.messaging.channels.sms.sign_vonage import signed_form

from .harness import Platform, call_door, parrot

pytestmark = pytest.mark.django_db
WORDS = ("I would like two mugs", " and, if there is one,", " a blue shirt in M.")


@pytest.fixture
def account(merchant: Any) -> ChannelAccount:
    return channel_account(merchant, "sms", **VONAGE, api_base="http://127.0.0.1:9")


def part(account: ChannelAccount, number: int, *, ref: str = "7", who: str = "447700900001", total: int = 3) -> int:
    fields = {
        "msisdn": who, "to": "18005551212", "messageId": f"{who}-{ref}-{number}", "type": "text",
        "text": WORDS[number - 1], "message-timestamp": f"{clock.now():%Y-%m-%d %H:%M:%S}",
        "concat": "true", "concat-ref": ref, "concat-part": str(number), "concat-total": str(total),
    }  # fmt: skip
    request = signed_form(urlencode(fields).encode(), VONAGE, stamp=int(clock.now().timestamp()))
    door = Platform(account).door
    path = f"/webhooks/sms/{account.name}/"
    return async_to_sync(call_door)(door, path, request.body, headers=request.headers)[0]


def work(seconds: float = 1.0) -> None:
    with clock.at(clock.now() + dt.timedelta(seconds=seconds)):
        drain(answer=parrot, jobs={})


def heard(account: ChannelAccount) -> list[str]:
    with scope(merchant=account.merchant):
        return list(Message.objects.filter(author="shopper").order_by("pk").values_list("text", flat=True))


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with clock.at(dt.datetime(2026, 10, 1, 12, tzinfo=dt.UTC)):
        yield


@pytest.mark.parametrize("order", list(itertools.permutations((1, 2, 3))))
def test_parts_in_any_order_are_one_message(account: ChannelAccount, order: tuple[int, ...]) -> None:
    for number in order:
        assert part(account, number) == 200
        work()  # each heard by a turn of its own
    assert heard(account) == ["".join(WORDS)]
    assert InboundEvent.objects.filter(processed_at=None).count() == 0


def test_parts_heard_together_are_one_message(account: ChannelAccount) -> None:
    for number in (3, 1, 2):
        part(account, number)
    work()
    assert heard(account) == ["".join(WORDS)]


def test_repeated_parts_change_nothing(account: ChannelAccount) -> None:
    for number in (1, 1, 2, 2, 3, 3):
        part(account, number)
    work()
    for number in (1, 2, 3):
        part(account, number)
    work(60)
    assert heard(account) == ["".join(WORDS)]


def test_two_people_and_two_messages_are_not_mixed(account: ChannelAccount) -> None:
    for number in (1, 2, 3):
        part(account, number)
        part(account, number, who="447700900002")
        part(account, number, ref="8")
    work()
    assert heard(account) == ["".join(WORDS)] * 3


def test_what_never_comes_is_not_waited_for_forever_and_what_came_is_not_lost(account: ChannelAccount) -> None:
    part(account, 1)
    part(account, 3)
    work()
    work(29)
    assert heard(account) == []
    work(31)
    assert heard(account) == ["I would like two mugs … a blue shirt in M."]
    with clock.at(clock.now() + dt.timedelta(minutes=5)):
        part(account, 2)
        work(31)
    assert heard(account)[1:] == ["… and, if there is one, …"]


def test_a_turn_that_breaks_takes_no_part_with_it(account: ChannelAccount) -> None:
    def broken(received: Any) -> None:
        raise RuntimeError("a bug")

    for number in (2, 3):
        part(account, number)
    work()
    part(account, 1)
    with clock.at(clock.now() + dt.timedelta(seconds=1)):
        drain(answer=broken, jobs={})
    assert heard(account) == []
    work(20)
    assert heard(account) == ["".join(WORDS)]
    assert InboundEvent.objects.filter(processed_at=None).count() == 0
