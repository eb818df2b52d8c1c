"""WhatsApp names a shopper by number, by user id, or by both: one person, one thread, whichever comes first."""

import json
from pathlib import Path
from typing import Any

import pytest

from apps.conversations.actions import receive, send_message
from apps.conversations.models import Conversation, InboundEvent, Message
from apps.customers.actions import erase_customer, may_receive
from apps.customers.models import Customer, Identity
from apps.merchants import clock
from apps.merchants.models import ChannelAccount, Merchant
from apps.messaging.channel import WebhookRequest, channel_for
from apps.messaging.content import Text
from apps.messaging.events import ChannelEvent, EventKind
from tests.factories import channel_account

from .people import event

pytestmark = pytest.mark.usefixtures("in_scope")
RECORDED = Path(__file__).parents[1] / "messaging" / "channels" / "whatsapp"
USER_IDS = ("user_id", "from_user_id", "recipient_user_id", "to_user_id")


@pytest.fixture
def account(merchant: Merchant) -> ChannelAccount:
    return channel_account(merchant, "whatsapp")


def without_user_ids(part: Any) -> Any:
    if isinstance(part, dict):
        return {key: without_user_ids(value) for key, value in part.items() if key not in USER_IDS}
    return [without_user_ids(item) for item in part] if isinstance(part, list) else part


def recorded(account: ChannelAccount, name: str, *, by_number: bool = False, **changed: str) -> list[ChannelEvent]:
    """The events of a recorded call, as Meta sent it or with the number alone; `changed` are other ids for its own."""
    body = json.loads((RECORDED / f"{name}.json").read_text())
    text = json.dumps(without_user_ids(body) if by_number else body)
    for now, then in (("user_id", "ES.90017"), ("message_id", "wamid.t1")):
        text = text.replace(then, changed.get(now, then))
    return channel_for("whatsapp").parse(WebhookRequest("POST", "", {}, {}, text.encode()), account.config)


def people() -> list[int]:
    return [Customer.objects.count(), Identity.objects.count(), Conversation.objects.count()]


@pytest.mark.parametrize("by_number_first", [True, False])
def test_by_number_and_by_user_id_is_one_person(account: ChannelAccount, by_number_first: bool) -> None:
    first = receive(account, recorded(account, "text", by_number=by_number_first))
    then = receive(account, recorded(account, "text", by_number=not by_number_first, message_id="wamid.t2"))
    assert (then.conversation, people()) == (first.conversation, [1, 1, 1])
    assert list(Message.objects.values_list("seq", "author")) == [(1, "shopper"), (2, "shopper")]


@pytest.mark.parametrize("by_number_first", [True, False])
@pytest.mark.parametrize("by_number", [True, False])
def test_a_stop_is_heard_under_either_name(account: ChannelAccount, by_number_first: bool, by_number: bool) -> None:
    receive(account, recorded(account, "text", by_number=by_number_first))
    receive(account, recorded(account, "marketing_stopped", by_number=by_number))
    assert (people(), may_receive(Identity.objects.get(), "marketing")) == ([1, 1, 1], False)
    assert Identity.objects.get().consents.count() == 1


def test_a_person_of_the_shop_who_types_in_the_phone_app_takes_this_thread(account: ChannelAccount) -> None:
    thread = receive(account, recorded(account, "text")).conversation
    receive(account, recorded(account, "typed_in_phone_app"))
    assert (people(), Conversation.objects.get().owner) == ([1, 1, 1], "agent")
    assert list(thread.messages.values_list("author", flat=True)) == ["shopper", "agent"]


def test_news_by_user_id_of_a_message_without_an_id_reaches_who_is_filed_by_number(account: ChannelAccount) -> None:
    thread = receive(account, recorded(account, "text", by_number=True)).conversation
    message = send_message(thread, Text(text="hello"), author="bot")
    Message.objects.filter(pk=message.pk).update(state="unknown")
    (news,) = recorded(account, "failed_status")
    assert {"user_id", "wa_id"} <= set(news.aliases)
    receive(account, [news])
    message.refresh_from_db()
    assert (message.external_id, message.state) == (news.target, "failed")


def test_attack_25_a_number_given_to_somebody_else_is_somebody_else(account: ChannelAccount) -> None:
    receive(account, recorded(account, "text", by_number=True))
    receive(account, recorded(account, "text", message_id="wamid.t2"))
    receive(account, recorded(account, "text", message_id="wamid.t3", user_id="ES.90018"))
    assert people() == [2, 2, 2]


def arrives(account: ChannelAccount, *events: ChannelEvent) -> Conversation:
    """Through the inbox and into the thread, as the worker does it."""
    for each in events:
        InboundEvent.objects.create(
            channel_account_id=account.pk,
            event_key=each.external_event_id,
            thread_key=each.thread_key,
            payload=each.to_json(),
            processed_at=clock.now(),
        )
    thread = receive(account, list(events)).conversation
    assert thread is not None
    return Conversation.objects.select_related("identity__customer").get(pk=thread.pk)


def test_who_changes_the_id_keeps_the_thread_and_both_keys_are_forgotten(account: ChannelAccount) -> None:
    before = arrives(account, event(user="ES.1", text="canary", aliases={"user_id": "ES.1", "wa_id": "34600111222"}))
    new = {"user_id": "ES.2", "wa_id": "34600999888", "phone": "34600999888"}
    change = event(EventKind.IDENTITY_CHANGED, user="ES.1", data={"new": new}, aliases={"wa_id": "34600111222"})
    arrives(account, change)
    assert (people(), Identity.objects.get().aliases["wa_id"]) == ([1, 1, 1], "34600999888")
    after = arrives(account, event(user="ES.2", text="canary again"))
    assert (after, before.thread_key, after.thread_key, people()) == (before, "ES.1", "ES.2", [1, 1, 1])
    arrives(account, event(user="34600111222", text="a stranger", aliases={"wa_id": "34600111222"}))
    assert people() == [2, 2, 2]
    erase_customer(after.identity.customer)
    left = [row.payload.get("text") for row in InboundEvent.objects.order_by("pk")]
    assert left == [None, None, None, "a stranger"]
