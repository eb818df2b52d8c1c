"""A thread on LINE: who is answered for free, what a tap said, what was taken back, and who came back."""

import datetime as dt
import json
from typing import Any

import pytest

from apps.conversations.actions import receive, send_message
from apps.conversations.deliver import deliver, look
from apps.conversations.models import PendingChoice
from apps.customers.actions import may_receive
from apps.merchants import clock
from apps.messaging.content import Ask, Choice, Text
from apps.messaging.events import EventKind
from tests.factories import channel_account
from tests.messaging.channels.line.example import SHOPPER, TAKEN
from tests.messaging.loopback import Platform, platform

from .people import event, says

pytestmark = pytest.mark.usefixtures("in_scope")
NOW = dt.datetime(2026, 10, 1, 12, tzinfo=dt.UTC)


def told(there: Platform) -> list[tuple[str, dict[str, Any]]]:
    return [(call["path"].rsplit("/", 1)[-1], json.loads(call["body"])) for call in there.calls]


def deliver_all() -> None:
    while claims := look().claims:
        deliver(claims[0])


def test_the_first_answer_is_a_reply_and_the_next_a_push(merchant: Any) -> None:
    with platform(TAKEN) as there, clock.at(NOW):
        account = channel_account(merchant, "line", api_base=there.base)
        thread = says(account, "hi", user=SHOPPER, reply_handle="token-1").conversation
        for words in ("hello", "one more thing"):
            send_message(thread, Text(text=words), author="bot")
        deliver_all()
    (reply, first), (push, second) = told(there)
    assert (reply, first["replyToken"], first["messages"][0]["text"]) == ("reply", "token-1", "hello")
    assert (push, second["to"], second["messages"][0]["text"]) == ("push", SHOPPER, "one more thing")
    assert [message.state for message in thread.messages.filter(author="bot")] == ["accepted", "accepted"]


def test_an_answer_after_the_minute_is_a_push(merchant: Any) -> None:
    with platform(TAKEN) as there, clock.at(NOW):
        account = channel_account(merchant, "line", api_base=there.base)
        thread = says(account, "hi", user=SHOPPER, reply_handle="token-1").conversation
        with clock.at(NOW + dt.timedelta(seconds=51)):
            send_message(thread, Text(text="hello"), author="bot")
            deliver_all()
    assert [path for path, _ in told(there)] == ["push"]


def test_a_reply_that_may_have_arrived_is_not_said_again(merchant: Any) -> None:
    with platform("cut", TAKEN) as there, clock.at(NOW):
        account = channel_account(merchant, "line", api_base=there.base)
        thread = says(account, "hi", user=SHOPPER, reply_handle="token-1").conversation
        send_message(thread, Text(text="hello"), author="bot")
        deliver_all()
    assert [path for path, _ in told(there)] == ["reply"]
    assert thread.messages.get(author="bot").state == "unknown"


def test_a_tap_is_shown_by_what_stood_on_the_button(merchant: Any) -> None:
    account = channel_account(merchant, "line")
    thread = says(account, "hi", user=SHOPPER).conversation
    send_message(thread, Ask(text="Which?", choices=(Choice("Medium", {"do": "menu"}),)), author="bot")
    token = PendingChoice.objects.get(conversation=thread).token
    received = receive(account, [event(EventKind.CHOICE, user=SHOPPER, payload=token, via="button")])
    assert [(message.text, message.content["payload"]) for message in received.messages] == [("Medium", token)]
    assert [(heard.label, heard.payload) for heard in received.events] == [("Medium", token)]


def test_a_tap_on_somebody_elses_button_says_nothing(merchant: Any) -> None:
    account = channel_account(merchant, "line")
    other = says(account, "hi", user="U" + "1" * 32).conversation
    send_message(other, Ask(text="Which?", choices=(Choice("Medium", {"do": "menu"}),)), author="bot")
    token = PendingChoice.objects.get(conversation=other).token
    received = receive(account, [event(EventKind.CHOICE, user=SHOPPER, payload=token, via="button")])
    assert [message.text for message in received.messages] == [""]


@pytest.mark.parametrize(
    ("kind", "words", "text"), [(EventKind.MESSAGE_DELETED, "", ""), (EventKind.MESSAGE_EDITED, "new", "new")]
)
def test_what_is_taken_back_or_edited_is_found_by_the_messages_own_name(
    merchant: Any, kind: EventKind, words: str, text: str
) -> None:
    account = channel_account(merchant, "line")
    said = says(account, "my secret", user=SHOPPER, data={"message_id": "325708"}).messages[0]
    kept = says(account, "the rest", user=SHOPPER, data={"message_id": "325709"}).messages[0]
    receive(account, [event(kind, user=SHOPPER, target="325708", text=words)])
    said.refresh_from_db()
    kept.refresh_from_db()
    assert (said.text, kept.text) == (text, "the rest")
    assert ("secret" in json.dumps(said.content)) is (kind == EventKind.MESSAGE_EDITED)  # people see what it was before


def test_whoever_lets_the_shop_in_again_is_written_to_and_greeted(merchant: Any) -> None:
    account = channel_account(merchant, "line")
    says(account, "hi", user=SHOPPER)
    gone = receive(account, [event(EventKind.CONSENT, user=SHOPPER, granted=False, scope="all")])
    assert may_receive(gone.conversation.identity, "service") is False
    back = event(EventKind.CONVERSATION_STARTED, user=SHOPPER, granted=True, scope="service", reply_handle="token-2")
    received = receive(account, [back])
    identity = received.conversation.identity
    assert (may_receive(identity, "service"), may_receive(identity, "marketing")) == (True, False)
    assert [str(heard.kind) for heard in received.events] == ["conversation_started"]
    assert send_message(received.conversation, Text(text="hello"), author="bot").state == "queued"


def test_whoever_adds_the_shop_for_the_first_time_has_agreed_to_nothing(merchant: Any) -> None:
    account = channel_account(merchant, "line")
    received = receive(account, [event(EventKind.CONVERSATION_STARTED, user=SHOPPER)])
    assert [str(heard.kind) for heard in received.events] == ["conversation_started"]
    assert received.conversation.identity.consents.count() == 0
