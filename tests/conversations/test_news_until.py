"""News of a platform that names no message, only the moment until when all were delivered or read."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.conversations.actions import receive, send_message
from apps.conversations.models import Conversation, Message, WirePart
from apps.merchants import clock
from apps.merchants.models import ChannelAccount
from apps.messaging.channel import WebhookRequest, channel_for
from apps.messaging.content import Text
from apps.messaging.events import EventKind
from tests.factories import channel_account
from tests.messaging.channels.instagram import example as INSTAGRAM

from .people import event, greets, status

pytestmark = pytest.mark.usefixtures("in_scope")
OWN = Path(INSTAGRAM.__file__).parent


@pytest.fixture
def account(merchant: Any) -> ChannelAccount:
    return channel_account(merchant, "messenger")


def sent(conversation: Conversation, state: str, *, ago: float) -> Message:
    """An answer whose call began so many seconds ago."""
    message = send_message(conversation, Text(text=state), author="bot")
    began = clock.now() - dt.timedelta(seconds=ago)
    Message.objects.filter(pk=message.pk).update(state=state, send_started_at=began, external_id=f"m_{message.pk}")
    return message


def until(receipt: str, *, ago: float = 0.0) -> Any:
    moment = clock.now() - dt.timedelta(seconds=ago)
    return status("", receipt, data={"until": moment.isoformat()})


def states(conversation: Conversation) -> list[str]:
    rows = conversation.messages.exclude(author="shopper").order_by("seq")
    return list(rows.values_list("state", flat=True))


def test_what_was_sent_before_is_delivered_and_then_read(account: ChannelAccount) -> None:
    conversation = greets(account)
    for state, ago in (("accepted", 30), ("accepted", 20), ("accepted", 5)):
        sent(conversation, state, ago=ago)
    receive(account, [until("delivered", ago=10)])
    assert states(conversation) == ["delivered", "delivered", "accepted"]
    receive(account, [until("read", ago=25)])
    assert states(conversation) == ["read", "delivered", "accepted"]
    receive(account, [until("delivered", ago=0)])  # late and out of order: nothing goes back
    assert states(conversation) == ["read", "delivered", "delivered"]


def test_what_failed_or_nobody_knows_of_stays_so(account: ChannelAccount) -> None:
    conversation = greets(account)
    for state in ("failed", "unknown", "queued", "suppressed"):
        sent(conversation, state, ago=30)
    receive(account, [until("read")])
    assert states(conversation) == ["failed", "unknown", "queued", "suppressed"]


def test_while_a_send_is_underway_the_news_come_again(account: ChannelAccount) -> None:
    conversation = greets(account)
    sent(conversation, "accepted", ago=30)
    message = sent(conversation, "sending", ago=1)
    news = until("read")
    assert receive(account, [news]).early == [news]
    assert states(conversation) == ["read", "sending"]
    Message.objects.filter(pk=message.pk).update(state="accepted")
    assert receive(account, [news]).early == []
    assert states(conversation) == ["read", "read"]


def test_it_is_about_this_shopper_at_this_account_only(account: ChannelAccount, merchant: Any) -> None:
    ana, ben = greets(account), greets(account, user="49176000002")
    elsewhere = channel_account(merchant, "messenger")
    there = greets(elsewhere)
    for conversation in (ana, ben, there):
        sent(conversation, "accepted", ago=30)
    receive(account, [until("read")])
    assert [states(one) for one in (ana, ben, there)] == [["read"], ["accepted"], ["accepted"]]
    receive(account, [status("", "read", user="nobody", data={"until": clock.now().isoformat()})])


def test_it_costs_the_same_after_a_long_talk(account: ChannelAccount) -> None:
    def cost(user: str, earlier: int) -> int:
        conversation = greets(account, user=user)
        Conversation.objects.filter(pk=conversation.pk).update(last_seq=conversation.last_seq + earlier)
        conversation.refresh_from_db()
        sent(conversation, "accepted", ago=30)
        with CaptureQueriesContext(connection) as queries:
            receive(account, [status("", "read", user=user, data={"until": clock.now().isoformat()})])
        assert states(conversation) == ["read"]
        return len(queries)

    assert cost("1", 0) == cost("2", 10_000)


def test_a_receipt_that_may_be_a_colleagues_names_no_message_of_ours(account: ChannelAccount) -> None:
    conversation = greets(account)
    message = sent(conversation, "unknown", ago=30)
    Message.objects.filter(pk=message.pk).update(external_id="")
    receive(account, [status("m_colleague", "delivered", data={"is_anyones": True})])
    message.refresh_from_db()
    assert (message.state, message.external_id) == ("unknown", "")


def test_the_echo_of_a_part_of_ours_is_no_colleague(account: ChannelAccount) -> None:
    conversation = greets(account)
    message = sent(conversation, "sending", ago=1)
    WirePart.objects.create(merchant_id=message.merchant_id, message=message, external_id="m_first", number=0)
    receive(account, [event(EventKind.ECHO, external_event_id="m_first", type="image")])
    conversation.refresh_from_db()
    assert conversation.owner == Conversation.Owner.BOT
    receive(account, [event(EventKind.ECHO, external_event_id="m_lena", type="text", text="Lena here")])
    conversation.refresh_from_db()
    assert conversation.owner == Conversation.Owner.AGENT


@pytest.mark.parametrize("state", ["sending", "unknown"])
@pytest.mark.parametrize(
    ("kind", "words"), [("text", "Which size?\n\n1. M\n2. L"), ("text", "1. M\n2. L"), ("image", "")]
)
def test_what_comes_back_of_ours_without_a_name_we_know_is_no_colleague(
    account: ChannelAccount, state: str, kind: str, words: str
) -> None:
    conversation = greets(account)
    message = sent(conversation, state, ago=12)
    Message.objects.filter(pk=message.pk).update(external_id="", text="Which size?\n\n1. M\n2. L")
    count, at = conversation.messages.count(), clock.now() - dt.timedelta(seconds=11)
    comes_back = {"type": kind, "text": words, "occurred_at": at, "data": {"is_anyones": True}}
    receive(account, [event(EventKind.ECHO, external_event_id="m_ours", **comes_back)])
    conversation.refresh_from_db()
    assert (conversation.owner, conversation.messages.count()) == (Conversation.Owner.BOT, count)


@pytest.mark.parametrize(("words", "ago"), [("M", 11), ("Which size?", 3600)])
def test_a_colleague_is_heard_though_a_message_of_ours_is_open(account: ChannelAccount, words: str, ago: int) -> None:
    conversation = greets(account)
    message = sent(conversation, "unknown", ago=12)
    Message.objects.filter(pk=message.pk).update(external_id="", text="Which size?\n\n1. M\n2. L")
    at = clock.now() - dt.timedelta(seconds=ago)
    receive(account, [event(EventKind.ECHO, external_event_id="m_lena", type="text", text=words, occurred_at=at)])
    conversation.refresh_from_db()
    assert conversation.owner == Conversation.Owner.AGENT


@pytest.mark.parametrize(
    ("app_id", "heard"),
    [("205552219930699", ("ignored", False)), ("", ("echo", True)), ("77", ("echo", False))],
)
def test_an_apps_echo_may_be_ours_where_nobody_told_us_which_app_is(app_id: str, heard: tuple[str, bool]) -> None:
    body = (OWN / "our_own_echo.json").read_bytes()
    request = WebhookRequest("POST", "", {}, {}, body)
    (found,) = channel_for("instagram").parse(request, {**INSTAGRAM.ACCOUNT, "app_id": app_id})
    assert (str(found.kind), found.data.get("is_anyones", False)) == heard
