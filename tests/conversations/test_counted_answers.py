"""Where a platform counts our answers, or wants to be told what they answer: a channel of this file's own, through the outbox."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from apps.conversations.actions import receive, send_message, window_closes_at
from apps.conversations.actions.again import requeue_message
from apps.conversations.actions.send import is_window_closed, replies_left
from apps.conversations.deliver import deliver, look
from apps.conversations.models import Conversation, Message
from apps.merchants import clock
from apps.merchants.models import ChannelAccount
from apps.messaging.channel import Capability, ErrorClass, Recipient, SendFailed, Sent, WireMessage, all_channels
from apps.messaging.content import Browse, Card, Choice, Content, Text
from apps.messaging.events import EventKind
from apps.messaging.rendering import split
from tests.factories import channel_account
from tests.messaging.thirteenth.toy import Toy

from .people import event, says, status

pytestmark = pytest.mark.usefixtures("in_scope")
COUNTED = Capability(text=1000, buttons=3, button_label=20, card_buttons=1, caption=500, window_hours=1, replies=3)
ONCE = Capability(text=1000, handle_seconds=50)
BRIEF = Capability(text=1000, window_hours=1, replies=3, brief_seconds=60, brief_replies=2)


class Counting(Toy):
    """At most three answers an hour to each message of the shopper's, and each names that message."""

    kind = "counting"
    capability = COUNTED

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.keys: list[str] = []
        self.failures: list[SendFailed] = []

    def parts(self, wire: WireMessage, config: Mapping[str, Any]) -> list[WireMessage]:
        most = int(config.get("most", 1000))
        return [replace(wire, text=part) for part in split(wire.text, lambda words: len(words) <= most)]

    def send(
        self, wire: WireMessage, to: Recipient, config: Mapping[str, Any], *, key: str, timeout: float = 10.0
    ) -> Sent:
        self.sent.append((wire.text, to.reply_to))
        self.keys.append(key)
        if self.failures:
            raise self.failures.pop()
        return Sent(f"id-{len(self.sent)}")


class Once(Counting):
    """An answer that names its message is for nothing, once and within fifty seconds; all others are pushed."""

    kind = "once"
    capability = ONCE


class Brief(Counting):
    """A tap lets less follow, and for a shorter time, than words do."""

    kind = "brief"
    capability = BRIEF


class Refusing(Counting):
    """What it sends can be said in other words, too."""

    kind = "refusing"

    def render(self, content: Content, *, language: str) -> list[WireMessage]:
        (wire,) = super().render(content, language=language)
        return [replace(wire, instead=WireMessage(body=wire.body, text=f"{wire.text}, simply"))]


@pytest.fixture
def counting() -> Iterator[Counting]:
    yield from _known(Counting())


@pytest.fixture
def once() -> Iterator[Once]:
    yield from _known(Once())


@pytest.fixture
def brief() -> Iterator[Brief]:
    yield from _known(Brief())


@pytest.fixture
def refusing() -> Iterator[Refusing]:
    yield from _known(Refusing())


def _known(channel: Any) -> Iterator[Any]:
    """Among all channels for the time of a test, as if its file lay in their folder."""
    all_channels()[channel.kind] = channel
    try:
        yield channel
    finally:
        del all_channels()[channel.kind]


def asks(account: ChannelAccount, handle: str, *, ago: float = 0.0) -> Conversation:
    at = clock.now() - dt.timedelta(seconds=ago)
    conversation = says(account, "hi", reply_handle=handle, occurred_at=at).conversation
    assert conversation is not None
    return conversation


def answer(conversation: Conversation, content: Any = None) -> str:
    """The state of a message that was said and sent."""
    send_message(conversation, content or Text(text="Hello"), author="bot")
    claims = look(1).claims
    if claims:
        deliver(claims[0])
    return str(Message.objects.order_by("-seq").values_list("state", flat=True).first())


SHELF = Browse(
    text="Look",
    cards=tuple(
        Card(title=f"Shirt {number}", image_url=f"https://shop.example/{number}.jpg", choices=(Choice("Choose"),))
        for number in range(1, 5)
    ),
)


def test_an_answer_names_the_latest_message(merchant: Any, counting: Counting) -> None:
    account = channel_account(merchant, "counting")
    answer(asks(account, "first"))
    answer(asks(account, "second"))
    assert [handle for _text, handle in counting.sent] == ["first", "second"]


def test_a_message_that_comes_late_is_not_the_one_to_answer(merchant: Any, counting: Counting) -> None:
    account = channel_account(merchant, "counting")
    asks(account, "newer")
    answer(asks(account, "older", ago=30))
    assert [handle for _text, handle in counting.sent] == ["newer"]


def test_no_more_answers_than_may_follow_until_the_shopper_writes_again(merchant: Any, counting: Counting) -> None:
    account = channel_account(merchant, "counting")
    conversation = asks(account, "first")
    assert [answer(conversation) for _ in range(4)] == ["accepted"] * 3 + ["suppressed"]
    assert (replies_left(conversation), is_window_closed(conversation)) == (0, True)
    assert Message.objects.order_by("-seq")[0].error_class == ErrorClass.WINDOW_CLOSED
    conversation = asks(account, "second")
    assert replies_left(conversation) == 3
    assert answer(conversation) == "accepted"


def test_an_hour_later_nothing_may_be_said(merchant: Any, counting: Counting) -> None:
    assert answer(asks(channel_account(merchant, "counting"), "first", ago=3601)) == "suppressed"
    assert counting.sent == []


def test_pictures_give_way_to_words_where_too_few_answers_are_left(merchant: Any, counting: Counting) -> None:
    account = channel_account(merchant, "counting")
    conversation = asks(account, "first")
    assert answer(conversation, SHELF) == "accepted"
    (words,) = [text for text, _handle in counting.sent]
    assert all(f"Shirt {number}" in words for number in range(1, 5))
    assert replies_left(conversation) == 2


def test_who_follows_us_may_be_greeted_although_nothing_was_said(merchant: Any, counting: Counting) -> None:
    account = channel_account(merchant, "counting")
    came = event(EventKind.CONVERSATION_STARTED, reply_handle="follow")
    conversation = receive(account, [came]).conversation
    assert conversation is not None
    conversation.refresh_from_db()
    assert (conversation.reply_handle, replies_left(conversation)) == ("follow", 3)
    assert answer(conversation) == "accepted"
    assert counting.sent[-1][1] == "follow"


def test_what_is_good_once_is_used_once(merchant: Any, once: Once) -> None:
    conversation = asks(channel_account(merchant, "once"), "token")
    assert [answer(conversation), answer(conversation)] == ["accepted", "accepted"]
    assert [handle for _text, handle in once.sent] == ["token", ""]


def test_a_second_attempt_goes_without_what_the_first_used_up(merchant: Any, once: Once) -> None:
    conversation = asks(channel_account(merchant, "once"), "token")
    once.failures.append(SendFailed(ErrorClass.RETRY, retry_after=0.0))
    assert answer(conversation) == "retry"
    Message.objects.filter(state="retry").update(next_at=None)
    (claim,) = look(1).claims
    assert deliver(claim) == "accepted"
    assert [handle for _text, handle in once.sent] == ["token", ""]


def test_what_is_too_old_is_not_used(merchant: Any, once: Once) -> None:
    assert answer(asks(channel_account(merchant, "once"), "token", ago=55)) == "accepted"
    assert once.sent == [("Hello", "")]


# --- the same send once more ----------------------------------------------------------------------
def tries_again() -> str:
    """The state of what waits for another attempt, after it."""
    Message.objects.filter(state="retry").update(next_at=None)
    (claim,) = look(1).claims
    return deliver(claim)


def test_a_second_attempt_names_what_the_first_named_though_more_was_said(merchant: Any, counting: Counting) -> None:
    account = channel_account(merchant, "counting")
    counting.failures.append(SendFailed(ErrorClass.RETRY))
    assert answer(asks(account, "first")) == "retry"
    conversation = asks(account, "second")
    assert tries_again() == "accepted"
    assert answer(conversation) == "accepted"
    assert [handle for _text, handle in counting.sent] == ["first", "first", "second"]
    assert len(set(counting.keys)) == 2


def test_what_can_no_longer_be_answered_shuts_nothing_that_was_opened_since(merchant: Any, counting: Counting) -> None:
    account = channel_account(merchant, "counting")
    counting.failures += [SendFailed(ErrorClass.WINDOW_CLOSED), SendFailed(ErrorClass.RETRY)]
    assert answer(asks(account, "first")) == "retry"
    conversation = asks(account, "second")
    assert tries_again() == "failed"
    conversation.refresh_from_db()
    assert answer(conversation) == "accepted"
    counting.failures.append(SendFailed(ErrorClass.WINDOW_CLOSED))
    assert answer(conversation) == "failed"
    conversation.refresh_from_db()
    assert conversation.last_inbound_at is None


def test_sent_again_by_a_person_it_is_another_message_and_an_automatic_attempt_the_same(
    merchant: Any, counting: Counting
) -> None:
    account = channel_account(merchant, "counting")
    counting.failures += [SendFailed(ErrorClass.AMBIGUOUS), SendFailed(ErrorClass.RETRY)]
    assert answer(asks(account, "first")) == "retry"
    assert tries_again() == "unknown"
    asks(account, "second")
    message = Message.objects.get(state="unknown")
    counting.failures.append(SendFailed(ErrorClass.RETRY))
    with clock.at(clock.now() + dt.timedelta(minutes=5)):
        requeue_message(message)
        (claim,) = look(1).claims
        assert deliver(claim) == "retry"
        assert tries_again() == "accepted"
    first, again = str(message.pk), f"{message.pk}.1"
    assert counting.keys == [f"{first}:0", f"{first}:0", f"{again}:0", f"{again}:0"]
    assert [handle for _text, handle in counting.sent] == ["first", "first", "second", "second"]


def test_news_of_a_message_sent_again_is_known_by_its_name(merchant: Any, counting: Counting) -> None:
    account = channel_account(merchant, "counting")
    counting.failures.append(SendFailed(ErrorClass.AMBIGUOUS))
    assert answer(asks(account, "first")) == "unknown"
    message = Message.objects.get(state="unknown")
    named = {"key": f"{message.pk}.1:0:instead"}
    receive(account, [status("theirs", "delivered", data={**named, "is_anyones": True})])
    message.refresh_from_db()
    assert (message.state, message.external_id) == ("delivered", "theirs")


def test_what_is_said_instead_is_another_message_than_the_one_refused(merchant: Any, refusing: Refusing) -> None:
    refusing.failures.append(SendFailed(ErrorClass.BAD_REQUEST))
    assert answer(asks(channel_account(merchant, "refusing"), "first")) == "accepted"
    assert refusing.sent == [("Hello", "first"), ("Hello, simply", "first")]
    pk = Message.objects.get(state="accepted").pk
    assert refusing.keys == [f"{pk}:0", f"{pk}:0:instead"]


def test_what_an_account_takes_in_parts_only_is_sent_in_parts(merchant: Any, counting: Counting) -> None:
    account = channel_account(merchant, "counting", most=8)
    conversation = asks(account, "first")
    assert answer(conversation, Text(text="Good day to you")) == "accepted"
    assert [text for text, _handle in counting.sent] == ["Good day", "to you"]
    assert replies_left(conversation) == 1


# --- taps that let less follow than words ---------------------------------------------------------
def taps(account: ChannelAccount) -> Conversation:
    conversation = receive(account, [event(EventKind.CHOICE, payload="menu", label="Menu")]).conversation
    assert conversation is not None
    return conversation


def test_after_a_tap_a_few_messages_may_follow_for_a_short_time(merchant: Any, brief: Brief) -> None:
    account = channel_account(merchant, "brief")
    began = clock.now()
    with clock.at(began):
        conversation = taps(account)
        assert window_closes_at(conversation) == began + dt.timedelta(seconds=60)
        assert [answer(conversation) for _ in range(3)] == ["accepted", "accepted", "suppressed"]
    with clock.at(began + dt.timedelta(seconds=30)):
        assert answer(taps(account)) == "accepted"
    with clock.at(began + dt.timedelta(seconds=91)):
        conversation.refresh_from_db()
        assert (is_window_closed(conversation), answer(conversation)) == (True, "suppressed")


def test_a_tap_takes_nothing_from_what_words_had_opened(merchant: Any, brief: Brief) -> None:
    account = channel_account(merchant, "brief")
    began = clock.now()
    with clock.at(began):
        assert answer(asks(account, "")) == "accepted"
    with clock.at(began + dt.timedelta(seconds=10)):
        conversation = taps(account)
        assert window_closes_at(conversation) == began + dt.timedelta(hours=1)
        assert replies_left(conversation) == 2
    with clock.at(began + dt.timedelta(minutes=10)):
        assert [answer(conversation) for _ in range(3)] == ["accepted", "accepted", "suppressed"]
    with clock.at(began + dt.timedelta(minutes=11)):
        conversation = taps(account)
        assert [answer(conversation) for _ in range(3)] == ["accepted", "accepted", "suppressed"]


def test_who_only_came_may_be_greeted_for_a_moment(merchant: Any, brief: Brief) -> None:
    account = channel_account(merchant, "brief")
    came = event(EventKind.CONVERSATION_STARTED, reply_handle="follow")
    conversation = receive(account, [came]).conversation
    assert conversation is not None
    assert (replies_left(conversation), is_window_closed(conversation)) == (2, False)
    with clock.at(came.occurred_at + dt.timedelta(seconds=61)):
        assert is_window_closed(conversation)
