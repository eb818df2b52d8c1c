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


def part(
    account: ChannelAccount,
    number: int,
    *,
    ref: str = "7",
    who: str = "447700900001",
    total: int = 3,
    words: tuple[str, ...] = WORDS,
    sent: int = 0,
) -> int:
    """`sent` so many seconds from now, by the phone."""
    at = clock.now() + dt.timedelta(seconds=sent)
    fields = {
        "msisdn": who, "to": "18005551212", "messageId": f"{who}-{ref}-{number}-{words[0][:9]}", "type": "text",
        "text": words[number - 1], "message-timestamp": f"{at:%Y-%m-%d %H:%M:%S}",
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


OTHER = ("Where is my parcel?", " It was to come on Monday", " and did not.")


@pytest.mark.parametrize("order", [(0, 0, 0, 1, 1, 1), (0, 1, 0, 1, 0, 1), (1, 0, 0, 0, 1, 1)])
def test_a_phone_that_numbers_all_its_messages_alike_is_heard_whole(
    account: ChannelAccount, order: tuple[int, ...]
) -> None:
    """Two messages wait at once, such as while no worker runs."""
    count = [0, 0]
    for which in order:
        count[which] += 1
        part(account, count[which], words=(WORDS, OTHER)[which], sent=2 * which - 4)
    work()
    assert heard(account) == ["".join(WORDS), "".join(OTHER)]


def test_what_lacks_a_part_takes_none_of_a_later_message(account: ChannelAccount) -> None:
    part(account, 1)
    part(account, 2)
    work()
    with clock.at(clock.now() + dt.timedelta(seconds=20)):
        for number in (1, 2, 3):
            part(account, number, words=OTHER)
        work()
        assert heard(account) == ["".join(OTHER)]
        work(31)
    assert heard(account)[1:] == ["I would like two mugs and, if there is one, …"]


def test_parts_of_another_hour_are_not_put_together(account: ChannelAccount) -> None:
    part(account, 1)
    with clock.at(clock.now() + dt.timedelta(minutes=6)):
        for number in (2, 3):
            part(account, number, words=OTHER)
        work(31)
    assert heard(account) == ["I would like two mugs …", "… It was to come on Monday and did not."]


def test_totals_that_differ_are_two_messages(account: ChannelAccount) -> None:
    part(account, 1, total=2)
    part(account, 2)
    part(account, 2, total=2, words=("two", " of two"))
    work()
    assert heard(account) == ["I would like two mugs of two"]


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
