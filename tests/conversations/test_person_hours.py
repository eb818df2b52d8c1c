"""Meta lets people answer for a week where the app may; the assistant and the shop's news have their day."""

import datetime as dt
import json
from typing import Any

import pytest
from pytest_django import Settings

from apps.console.serializers import rows_of
from apps.conversations.actions import send_message, window_closes_at
from apps.conversations.deliver import deliver, look
from apps.conversations.models import Conversation
from apps.merchants import clock
from apps.messaging.content import Text
from tests.factories import channel_account, staff
from tests.messaging.loopback import Platform, platform

from .people import greets

pytestmark = pytest.mark.usefixtures("in_scope")
HOUR = 3600
KINDS = ("messenger", "instagram")


@pytest.fixture(autouse=True)
def reachable(settings: Settings) -> None:
    settings.PRIVATE_ADDRESSES = True


def says(conversation: Conversation, author: str, *, after: float) -> tuple[str, str]:
    """(state, why not) of what `author` says so many seconds after the shopper's word."""
    person = staff(conversation.merchant) if author in ("agent", "expert") else None
    with clock.at(clock.now() + dt.timedelta(seconds=after)):
        message = send_message(conversation, Text(text="It is here now."), author=author, author_user=person)
        for claim in look(1).claims:
            deliver(claim)
    message.refresh_from_db()
    return str(message.state), message.error_class


def sent_as(played: Platform) -> list[dict[str, Any]]:
    bodies = [json.loads(call["body"]) for call in played.calls]
    return [{key: body[key] for key in ("messaging_type", "tag") if key in body} for body in bodies]


@pytest.mark.parametrize("kind", KINDS)
def test_a_person_answers_after_a_day_and_says_so_and_not_after_a_week(merchant: Any, kind: str) -> None:
    with platform((200, {"message_id": "m_1"}, {})) as played:
        account = channel_account(merchant, kind, api_base=played.base, human_agent="yes")
        conversation = greets(account)
        assert says(conversation, "agent", after=23 * HOUR) == ("accepted", "")
        assert says(conversation, "agent", after=25 * HOUR) == ("accepted", "")
        assert says(conversation, "expert", after=167 * HOUR) == ("accepted", "")
        assert says(conversation, "agent", after=169 * HOUR) == ("suppressed", "window_closed")
    late = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    assert sent_as(played) == [{"messaging_type": "RESPONSE"}, late, late]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("author", ["bot", "system"])
def test_nobody_else_does(merchant: Any, kind: str, author: str) -> None:
    with platform((200, {"message_id": "m_1"}, {})) as played:
        account = channel_account(merchant, kind, api_base=played.base, human_agent="yes")
        conversation = greets(account)
        assert says(conversation, author, after=25 * HOUR) == ("suppressed", "window_closed")
        assert says(conversation, author, after=23 * HOUR) == ("accepted", "")
    assert sent_as(played) == [{"messaging_type": "RESPONSE"}]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("setting", [{}, {"human_agent": ""}, {"human_agent": "no"}])
def test_without_leave_people_have_a_day_as_well(merchant: Any, kind: str, setting: dict[str, str]) -> None:
    conversation = greets(channel_account(merchant, kind, **setting))
    assert says(conversation, "agent", after=25 * HOUR) == ("suppressed", "window_closed")


def test_the_console_counts_down_to_the_end_of_the_longer_window(merchant: Any) -> None:
    conversation = greets(channel_account(merchant, "instagram", human_agent="yes"))
    assert conversation.last_inbound_at is not None
    week, day = (conversation.last_inbound_at + dt.timedelta(days=days) for days in (7, 1))
    assert window_closes_at(conversation) == day
    (row,) = rows_of(Conversation.objects.all())
    assert dt.datetime.fromisoformat(row["window_closes_at"]) == week
