"""What becomes of an answer and of order news on a bad day, on every kind of channel: the outbox and a platform that counts.

A fault comes once. The clock then runs on until nothing waits, with nobody looking after it.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pytest

from apps.conversations.actions import receive, send_message
from apps.conversations.deliver import deliver, look, requeue_unknown
from apps.conversations.models import AccountTrouble, Conversation, Message
from apps.merchants import clock
from apps.merchants.models import ChannelAccount
from apps.messaging.channel import ErrorClass, WebhookRequest, channel_for
from apps.messaging.content import OrderUpdate, Text
from apps.messaging.recorded import recorded
from tests.factories import channel_account

from .faults import FAULTS, IN_200, NOT_REACHED, Cell, cells, never
from .kinds import HELD
from .loopback import Platform, platform
from .suite import subject

pytestmark = pytest.mark.usefixtures("thirteenth", "in_scope")
MOMENTS = (0, 5, 30, 130, 140, 300, 600)  # seconds after the first attempt at which a worker looks
NEWS = OrderUpdate(text="Your order is on its way.", order_number="K7QM-2XPD", state="shipped")
AGAIN = (ErrorClass.RETRY, ErrorClass.RETRY_AFTER, ErrorClass.AUTH)


@dataclass(frozen=True, slots=True)
class End:
    """The states a message went through, one an attempt, and how many calls the platform got."""

    states: tuple[str, ...]
    calls: int


def expected(cell: Cell, *, is_news: bool) -> End:
    """The table of outcomes. What may have been taken is said again only where it stands as `unknown`, and is news."""
    arrives = 0 if cell.answer == NOT_REACHED else 1
    if cell.meaning is None:
        return End(("accepted",), 1)
    if cell.fault in getattr(HELD[cell.kind], "ASKS_AGAIN", ()):
        return End(("accepted",), 2)
    if cell.meaning is ErrorClass.AMBIGUOUS:
        return End(("unknown", "accepted"), 2) if is_news else End(("unknown",), 1)
    if cell.meaning in AGAIN:
        return End(("retry", "accepted"), arrives + 1)
    return End(("failed",), 1)


@pytest.fixture
def account(merchant: Any, request: pytest.FixtureRequest) -> ChannelAccount:
    kind = request.getfixturevalue("cell").kind
    return channel_account(merchant, kind, name="demo", **HELD[kind].ACCOUNT)


def begin(account: ChannelAccount) -> tuple[Conversation, dt.datetime]:
    """The shopper has just said what stands in the kind's first recorded call; and when that was."""
    headers, body = recorded(subject(account.kind).body)
    events = channel_for(account.kind).parse(WebhookRequest("POST", "", headers, {}, body), account.config)
    when = max(event.occurred_at for event in events)
    with clock.at(when):
        conversation = receive(account, events).conversation
    assert conversation is not None
    return conversation, when


def says(conversation: Conversation, *, is_news: bool) -> Message:
    if is_news:
        return send_message(conversation, NEWS, author="system", purpose=Message.Purpose.TRANSACTIONAL)
    return send_message(conversation, Text(text="Good day."), author="bot")


def connect(account: ChannelAccount, base: str) -> None:
    account.config = {**account.config, "api_base": base}
    account.save()


def attempts(
    account: ChannelAccount, there: Platform, began: dt.datetime, *, is_late: bool
) -> tuple[list[str], list[bool]]:
    """What each attempt came to, and whether the account then stood in trouble, while time passes. A platform that is late
    is there from the second moment on."""
    states, troubles = [], []
    connect(account, "http://127.0.0.1:9" if is_late else there.base)
    for seconds in MOMENTS:
        with clock.at(began + dt.timedelta(seconds=seconds)):
            requeue_unknown()
            while claims := look(4).claims:
                for claim in claims:
                    states.append(deliver(claim))
                    troubles.append(AccountTrouble.objects.exists())
        connect(account, there.base)
    return states, troubles


@pytest.mark.parametrize("is_news", [False, True], ids=["answer", "news"])
@pytest.mark.parametrize("cell", cells(), ids=str)
def test_a_bad_day_ends_as_the_table_says(account: ChannelAccount, cell: Cell, is_news: bool) -> None:
    conversation, when = begin(account)
    began = when + dt.timedelta(seconds=1)
    is_late = cell.answer == NOT_REACHED
    with platform(*([] if is_late else [cell.answer]), HELD[cell.kind].TAKEN) as there:
        with clock.at(began):
            message = says(conversation, is_news=is_news)
        states, troubles = attempts(account, there, began, is_late=is_late)
    end = expected(cell, is_news=is_news)
    assert End(tuple(states), len(there.calls)) == end
    message.refresh_from_db()
    assert message.state == end.states[-1]
    assert troubles == [cell.meaning is ErrorClass.AUTH and state == "retry" for state in end.states]
    if cell.meaning is ErrorClass.OPTED_OUT:
        conversation.identity.refresh_from_db()
        assert conversation.identity.blocked_at is not None


def test_every_fault_has_an_outcome_at_every_kind_or_a_reason() -> None:
    held = {(cell.kind, cell.fault) for cell in cells()}
    excused = never()
    assert held & set(excused) == set()
    assert {(kind, fault) for kind in HELD for fault in FAULTS} - held - set(excused) == set()
    assert {fault for _kind, fault in excused} <= set(FAULTS)
    assert [key for key, reason in excused.items() if len(reason.split()) < 4] == []


def test_the_reasons_agree_with_what_the_channels_say_of_themselves() -> None:
    excused = never()
    for kind in HELD:
        has_no_window = channel_for(kind).capability.window_hours is None
        assert ((kind, "window closed") in excused) is has_no_window, kind
    assert {kind for kind, fault in excused if fault == "opted out"} == {"line", "rcs"}
    assert {kind for kind in HELD if (kind, IN_200) not in excused} == {"qq", "telegram", "toy", "viber", "wechat"}
