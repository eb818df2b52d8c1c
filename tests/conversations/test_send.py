"""One place speaks, and it keeps count."""

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.conversations.actions import language_of, resolve_choice, send_message
from apps.conversations.deliver import look
from apps.conversations.models import Message
from apps.messaging.content import Ask, Choice, Text
from tests.factories import channel_account, staff

from .people import greets, says

pytestmark = pytest.mark.usefixtures("in_scope")


def test_messages_are_numbered_without_gaps(merchant: Any) -> None:
    account = channel_account(merchant, "whatsapp")
    conversation = says(account, "hi").conversation
    for word in ("one", "two"):
        send_message(conversation, Text(text=word), author="bot")
    says(account, "three")
    assert [(m.seq, m.author, m.text, m.state) for m in conversation.messages.order_by("seq")] == [
        (1, "shopper", "hi", "received"),
        (2, "bot", "one", "queued"),
        (3, "bot", "two", "queued"),
        (4, "shopper", "three", "received"),
    ]


def test_a_number_a_label_and_a_token_mean_the_same(merchant: Any) -> None:
    conversation = says(channel_account(merchant, "whatsapp"), "hi").conversation
    offer = Ask(text="Size?", choices=(Choice("S", {"do": "s"}), Choice("✅ Medium", {"do": "m"})))
    message = send_message(conversation, offer, author="bot")
    token = message.content["choices"][1]["token"]
    picked = [
        resolve_choice(conversation, token=token),
        resolve_choice(conversation, number=2),
        resolve_choice(conversation, label="medium!"),
    ]
    assert [choice.action for choice in picked] == [{"do": "m"}] * 3
    assert resolve_choice(conversation, number=3) is None
    assert len(token) == 12


def test_an_agent_pressing_twice_says_it_once_and_holds_the_baton(merchant: Any) -> None:
    conversation = says(channel_account(merchant, "whatsapp"), "hi").conversation
    person, client_id = staff(merchant), uuid.uuid4()
    sent = [
        send_message(conversation, Text(text="Hello"), author="agent", author_user=person, client_id=client_id)
        for _ in range(2)
    ]
    assert sent[0].pk == sent[1].pk
    conversation.refresh_from_db()
    assert (conversation.owner, conversation.owner_user, conversation.fence) == ("agent", person, 1)
    assert Message.objects.filter(author="agent").count() == 1


def test_sending_costs_a_fixed_number_of_queries(merchant: Any) -> None:
    conversation = says(channel_account(merchant, "whatsapp"), "hi").conversation
    with CaptureQueriesContext(
        connection,
    ) as queries:
        send_message(conversation, Text(text="Hello"), author="bot")
    statements = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert len(statements) == 1  # the thread is as it was seen, and consent came with what was heard


@pytest.mark.parametrize("content", [{"kind": "deleted"}, {}, {"kind": "text", "choices": [{"nonsense": 1}]}])
def test_what_nobody_can_read_fails_alone(merchant: Any, content: dict[str, Any]) -> None:
    account = channel_account(merchant, "whatsapp")
    first, second = (greets(account, user=user) for user in ("49176000001", "49176000002"))
    broken, sound = (send_message(thread, Text(text="Hello"), author="bot") for thread in (first, second))
    Message.objects.filter(pk=broken.pk).update(content=content)
    assert [claim.message.pk for claim in look(4).claims] == [sound.pk]
    broken.refresh_from_db()
    assert (broken.state, broken.error_class, broken.next_at) == ("failed", "bad_request", None)


def test_a_phone_set_to_a_language_the_shop_does_not_speak_hears_the_shops_own(merchant: Any) -> None:
    merchant.languages = ["de", "en"]
    merchant.save()
    account = channel_account(merchant, "telegram")
    conversation = says(account, "bonjour", language="fr").conversation
    assert (conversation.identity.customer.language, language_of(conversation)) == ("fr", "de")
    conversation.language = "en"
    assert language_of(conversation) == "en"
