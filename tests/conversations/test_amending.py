"""What shoppers do to what was said: seen by whoever answers, gone when it is taken back; and answers to one message."""

import json
from typing import Any

import pytest
from django.db import transaction
from django_scopes import scope

from apps.console.desk import history
from apps.conversations.actions import send_message
from apps.conversations.actions.amend import amend
from apps.conversations.actions.receive import open_conversation
from apps.conversations.deliver import deliver, look
from apps.conversations.models import Conversation, Message
from apps.conversations.privacy import export_threads
from apps.conversations.quotes import quote_of, quoted_by
from apps.gateway.webchat_hub import as_shown
from apps.merchants import clock
from apps.messaging.content import Text
from apps.messaging.events import ChannelEvent, EventKind
from tests import factories
from tests.messaging.loopback import platform

pytestmark = pytest.mark.usefixtures("in_scope")
State = Message.State


def talk(merchant: Any, kind: str = "telegram", **config: Any) -> Conversation:
    account = factories.channel_account(merchant, kind, **config)
    with transaction.atomic():
        return open_conversation(account, factories.identity(account, external_id="77"), thread_key="77")


def heard(thread: Conversation, text: str, name: str = "41", **fields: Any) -> Message:
    thread.refresh_from_db()
    told = {"content": {"kind": "text", "text": text}, "text": text, "external_id": name} | fields
    said = Message.objects.create(
        merchant_id=thread.merchant_id, conversation=thread, seq=thread.last_seq + 1, author="shopper",
        state="received", occurred_at=clock.now(), **told,
    )  # fmt: skip
    Conversation.objects.filter(pk=thread.pk).update(last_seq=said.seq, last_inbound_at=clock.now())
    thread.refresh_from_db()
    return said


def happens(thread: Conversation, kind: EventKind, target: str, text: str = "") -> None:
    with transaction.atomic():
        assert amend(thread, ChannelEvent(kind, f"{kind}:{text}", "77", clock.now(), target=target, text=text))


def shown(thread: Conversation) -> list[dict[str, Any]]:
    return list(history(thread.public_id)["messages"])


def test_earlier_wordings_are_kept_for_whoever_answers_and_go_with_the_message(merchant: Any) -> None:
    thread = talk(merchant)
    said = heard(thread, "two blue mugs")
    for words in ("three blue mugs", "three blue mugs", "four blue mugs"):
        happens(thread, EventKind.MESSAGE_EDITED, "41", words)
    (message,) = shown(thread)
    assert (message["text"], message["content"]["is_edited"]) == ("four blue mugs", True)
    assert [each["text"] for each in message["content"]["earlier"]] == ["two blue mugs", "three blue mugs"]
    (exported,) = export_threads(thread.identity.customer)
    assert [each["text"] for each in exported["messages"][0]["earlier"]] == ["two blue mugs", "three blue mugs"]
    said.refresh_from_db()
    assert "earlier" not in as_shown(said)["content"]
    happens(thread, EventKind.MESSAGE_DELETED, "41")
    happens(thread, EventKind.MESSAGE_EDITED, "41", "five")
    happens(thread, EventKind.REACTION, "41", "👍")
    assert shown(thread)[0]["content"] == {"kind": "deleted"}


def test_a_reaction_stands_at_its_message_until_it_is_taken_away(merchant: Any) -> None:
    thread = talk(merchant)
    heard(thread, "hi")
    ours = send_message(thread, Text(text="hello"), author="bot")
    Message.objects.filter(pk=ours.pk).update(external_id="42")
    happens(thread, EventKind.REACTION, "42", "❤️")
    assert [message["content"].get("reaction") for message in shown(thread)] == [None, "❤️"]
    happens(thread, EventKind.REACTION, "42", "")
    assert shown(thread)[1]["content"]["reaction"] == ""


def test_what_answers_what_is_told_as_it_stands_now(merchant: Any, django_assert_num_queries: Any) -> None:
    thread = talk(merchant)
    heard(thread, "is the blue one there?")
    quote = quote_of(thread, 1)
    ours = send_message(thread, Text(text="yes", quote=quote), author="agent", author_user=None)
    Message.objects.filter(pk=ours.pk).update(external_id="42")
    heard(thread, "thanks", "43", reply_to="42")
    told = [message.get("quote") for message in shown(thread)]
    assert told == [
        None,
        {"seq": 1, "author": "shopper", "text": "is the blue one there?", "kind": "text"},
        {"seq": 2, "author": "agent", "text": "yes", "kind": "text"},
    ]
    happens(thread, EventKind.MESSAGE_DELETED, "41")
    assert shown(thread)[1]["quote"] == {"seq": 1, "author": "shopper", "text": "", "kind": "deleted"}
    ours.refresh_from_db()
    assert ours.content["quote"] == {"seq": 1}  # nothing of it is left in ours
    assert quote_of(thread, 1) is None
    plain = heard(thread, "bye", "44")
    with django_assert_num_queries(0):
        assert quoted_by([plain]) == {}


def test_a_message_of_another_thread_is_never_quoted(merchant: Any) -> None:
    thread = talk(merchant)
    heard(thread, "private")
    stranger = factories.merchant("stranger")
    with scope(merchant=stranger):
        other = talk(stranger)
        heard(other, "x", "50", reply_to="41")
        assert shown(other)[0].get("quote") is None
        assert quote_of(other, 9) is None


def test_the_platform_is_told_or_the_words_go_along(merchant: Any) -> None:
    with platform((200, {"ok": True, "result": {"message_id": 90}}, {})) as there:
        thread = talk(merchant, "telegram", api_base=there.base)
        heard(
            thread, "is it there?", "u1", content={"kind": "text", "text": "is it there?", "data": {"message_id": "41"}}
        )
        send_message(thread, Text(text="yes", quote=quote_of(thread, 1)), author="agent", author_user=None)
        (claim,) = look().claims
        assert deliver(claim) == State.ACCEPTED
    assert json.loads(there.calls[0]["body"])["reply_parameters"]["message_id"] == 41
    assert json.loads(there.calls[0]["body"])["text"] == "yes"
