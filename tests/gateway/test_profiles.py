"""A newcomer on Messenger is known by name and language where the app may ask; without an answer the turn is taken all the same."""

from typing import Any

import pytest
from pytest_django import Settings

from apps.conversations.models import Conversation
from apps.gateway.inbox import store_events_sync
from apps.gateway.turns import run_turn
from apps.merchants import clock
from apps.messaging.events import ChannelEvent, EventKind
from apps.messaging.reading import language_of
from tests.factories import channel_account
from tests.messaging.loopback import Platform, platform

pytestmark = pytest.mark.usefixtures("in_scope")
ANA = {"first_name": "Ana", "last_name": "García", "locale": "es_ES", "id": "7001"}


@pytest.fixture(autouse=True)
def reachable(settings: Settings) -> None:
    settings.PRIVATE_ADDRESSES = True


def writes(account: Any, user: str, text: str) -> None:
    key, now = f"{user}:{text}", clock.now()
    event = ChannelEvent(EventKind.MESSAGE, key, user, now, type="text", text=text, thread_key=user)
    store_events_sync(account.pk, [event])


def turns() -> list[int]:
    """How many events each turn had, until none is due."""
    taken = []
    while done := run_turn(lambda received: None):
        taken.append(done)
        assert len(taken) < 10
    return taken


def asked(played: Platform) -> list[str]:
    return [call["path"] for call in played.calls]


def known_as(user: str) -> tuple[str, str]:
    conversation = Conversation.objects.get(identity__external_id=user)
    return conversation.identity.display_name, conversation.identity.customer.language


def test_a_newcomer_is_asked_for_once_and_known_from_the_first_word(merchant: Any) -> None:
    with platform((200, ANA, {})) as played:
        account = channel_account(merchant, "messenger", api_base=played.base, profiles="yes")
        writes(account, "7001", "hola")
        assert turns() == [1, 1]
        writes(account, "7001", "una camisa")
        assert turns() == [1]
    assert asked(played) == ["/7001?fields=first_name,last_name,locale"]
    assert known_as("7001") == ("Ana García", "es")


@pytest.mark.parametrize("answer", ["cut", (400, {"error": {"code": 100, "error_subcode": 33}}, {}), (500, {}, {})])
def test_without_an_answer_the_turn_is_taken_all_the_same(merchant: Any, answer: Any) -> None:
    with platform(answer) as played:
        account = channel_account(merchant, "messenger", api_base=played.base, profiles="yes")
        writes(account, "7002", "hola")
        assert turns() == [1, 1]
    assert len(asked(played)) == 1
    assert known_as("7002") == ("", "")


def test_nobody_is_asked_for_without_leave(merchant: Any) -> None:
    with platform((200, ANA, {})) as played:
        account = channel_account(merchant, "messenger", api_base=played.base)
        writes(account, "7003", "hola")
        assert turns() == [1]
    assert asked(played) == []


def test_instagram_tells_a_name_and_no_language(merchant: Any) -> None:
    with platform((200, {"name": "", "username": "ana.g", "id": "7004"}, {})) as played:
        account = channel_account(merchant, "instagram", api_base=played.base, profiles="yes")
        writes(account, "7004", "hola")
        assert turns() == [1, 1]
    assert asked(played) == ["/7004?fields=name,username"]
    assert known_as("7004") == ("ana.g", "")


def test_line_tells_a_name_and_a_language(merchant: Any) -> None:
    with platform((200, {"displayName": "花子", "userId": "U1", "language": "zh-TW"}, {})) as played:
        account = channel_account(merchant, "line", api_base=played.base, profiles="yes")
        writes(account, "U1", "hola")
        assert turns() == [1, 1]
    assert asked(played)[0] == "/v2/bot/profile/U1"
    assert known_as("U1") == ("花子", "zh-hant")


def test_a_locale_is_read_as_the_shop_writes_languages() -> None:
    locales = ("de_DE", "zh_CN", "zh_TW", "zh-HK", "en", "")
    assert [language_of(locale) for locale in locales] == ["de", "zh-hans", "zh-hant", "zh-hant", "en", ""]
