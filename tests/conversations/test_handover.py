"""Control of a thread goes to a platform's own desk or another app there, and comes back: told by the platform's calls."""

import json
from pathlib import Path

import pytest

from apps.conversations.actions import receive, send_message, take_over
from apps.conversations.models import Conversation, InboundEvent, Message
from apps.merchants.models import ChannelAccount, Merchant
from apps.messaging.channel import WebhookRequest, channel_for
from apps.messaging.content import Text
from apps.messaging.events import ChannelEvent
from tests.factories import channel_account, user

from .people import event, greets

pytestmark = pytest.mark.usefixtures("in_scope")
RECORDED = Path(__file__).parents[1] / "messaging" / "channels"
ANA = "1423587017700273"
INBOX = "263902037430900"  # the page's own, where people of the shop answer


@pytest.fixture
def account(merchant: Merchant) -> ChannelAccount:
    return channel_account(merchant, "messenger")


def passed(account: ChannelAccount, name: str, **told: str) -> ChannelEvent:
    """The recorded call, with another name of what happened and another owner."""
    body = json.loads((RECORDED / "messenger" / "thread_passed.json").read_text())
    item = body["entry"][0]["messaging"][0]
    item[name] = {**item.pop("pass_thread_control"), **told}
    return heard(account, json.dumps(body))


def told(account: ChannelAccount, name: str) -> ChannelEvent:
    """The recorded call of WeChat, with another name of what happened."""
    body = (RECORDED / "wechat" / "colleague_joined.xml").read_text()
    return heard(account, body.replace("kf_create_session", name))


def heard(account: ChannelAccount, body: str) -> ChannelEvent:
    (found,) = channel_for(account.kind).parse(WebhookRequest("POST", "", {}, {}, body.encode()), account.config)
    return found


def owner(thread: Conversation) -> tuple[str, int]:
    thread.refresh_from_db()
    return thread.owner, thread.fence


def recaps() -> int:
    return InboundEvent.objects.filter(payload__data__name="handed_back").count()


@pytest.mark.parametrize("name", ["pass_thread_control", "take_thread_control"])
def test_another_app_has_the_thread_and_the_assistant_is_called_back(account: ChannelAccount, name: str) -> None:
    thread = greets(account, user=ANA)
    waiting = send_message(thread, Text(text="hello"), author="bot")
    receive(account, [passed(account, name, new_owner_app_id=INBOX)])
    waiting.refresh_from_db()
    assert (owner(thread), thread.owner_user) == (("agent", 1), None)
    assert (waiting.state, waiting.error_class) == (Message.State.SUPPRESSED, "fence")
    received = receive(account, [event(user=ANA, text="are you there?")])
    assert received.conversation.owner == "agent"


def test_taken_where_only_who_had_it_is_named_is_no_giving_back(account: ChannelAccount) -> None:
    thread = greets(account, user=ANA)
    receive(account, [passed(account, "take_thread_control", new_owner_app_id="", previous_owner_app_id="1")])
    assert owner(thread) == ("agent", 1)


def test_where_our_own_app_is_not_known_a_pass_is_to_us(merchant: Merchant) -> None:
    nameless = channel_account(merchant, "messenger")
    nameless.config.pop("app_id")
    thread = greets(nameless, user=ANA)
    hands = []
    for name in ("take_thread_control", "pass_thread_control"):
        receive(nameless, [passed(nameless, name, new_owner_app_id=INBOX)])
        hands.append(owner(thread))
    assert hands == [("agent", 1), ("bot", 2)]


def test_told_twice_it_is_taken_once(account: ChannelAccount) -> None:
    thread = greets(account, user=ANA)
    for _ in range(2):
        receive(account, [passed(account, "take_thread_control", new_owner_app_id=INBOX)])
    assert owner(thread) == ("agent", 1)
    assert [row.kind for row in thread.events.filter(kind="taken")] == ["taken"]


@pytest.mark.parametrize("us", ["205552219930699", ""])
def test_given_back_to_us_or_to_nobody_the_assistant_answers_again(account: ChannelAccount, us: str) -> None:
    thread = greets(account, user=ANA)
    receive(account, [passed(account, "pass_thread_control", new_owner_app_id=INBOX)])
    received = receive(account, [passed(account, "pass_thread_control", new_owner_app_id=us)])
    assert (owner(thread), received.conversation.owner, recaps()) == (("bot", 2), "bot", 1)


def test_what_was_not_taken_is_not_given_back(account: ChannelAccount) -> None:
    thread = greets(account, user=ANA)
    receive(account, [passed(account, "pass_thread_control", new_owner_app_id="205552219930699")])
    assert (owner(thread), recaps()) == (("bot", 0), 0)


def test_who_has_the_thread_at_our_console_keeps_it(account: ChannelAccount) -> None:
    thread, mia = greets(account, user=ANA), user("mia")
    take_over(thread, mia)
    receive(account, [passed(account, "take_thread_control", new_owner_app_id=INBOX)])
    receive(account, [passed(account, "pass_thread_control", new_owner_app_id="205552219930699")])
    assert (owner(thread), thread.owner_user, recaps()) == (("agent", 1), mia, 0)


@pytest.mark.parametrize("name", ["request_thread_control", "app_roles"])
def test_what_is_only_asked_for_changes_nothing(account: ChannelAccount, name: str) -> None:
    thread = greets(account, user=ANA)
    receive(account, [passed(account, name, new_owner_app_id=INBOX)])
    assert owner(thread) == ("bot", 0)


def test_a_colleague_at_the_desk_of_wechat(merchant: Merchant) -> None:
    desk, who = channel_account(merchant, "wechat"), "oIHn4sq2k0rG1wZ7dQXb1pJq9xYc"
    thread = greets(desk, user=who)
    hands = []
    for name in ("kf_create_session", "kf_switch_session", "kf_close_session"):
        receive(desk, [told(desk, name)])
        hands.append(owner(thread))
    assert (hands, recaps()) == ([("agent", 1), ("agent", 1), ("bot", 2)], 1)
