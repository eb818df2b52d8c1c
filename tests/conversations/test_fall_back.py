"""Order news that RCS cannot bring go once by SMS: to the same number, of the same person, as far as they allow it."""

from typing import Any

import pytest
from django_scopes import scope

from apps.conversations.actions import send_message
from apps.conversations.actions.receive import open_conversation
from apps.conversations.actions.statuses import apply_status
from apps.conversations.deliver import deliver, look
from apps.conversations.models import Conversation, Message
from apps.customers.actions import identify, record_consent
from apps.merchants import clock
from apps.merchants.models import ChannelAccount, Merchant
from apps.messaging.content import OrderUpdate
from apps.messaging.events import ChannelEvent, EventKind
from tests.factories import channel_account, identity
from tests.messaging.channels.rcs.example import NAME
from tests.messaging.loopback import Platform, platform

pytestmark = pytest.mark.django_db
NUMBER = "+4915112345678"
GONE = (404, {"error": {"code": 404, "status": "NOT_FOUND", "message": "no RCS"}}, {})
TAKEN = (200, {"name": NAME}, {})
NEWS = OrderUpdate(text="Your order is on its way.", order_number="K7QM-2XPD", state="shipped")


@pytest.fixture
def sms(merchant: Merchant) -> ChannelAccount:
    return channel_account(merchant, "sms", api_base="http://127.0.0.1:9")


def thread(account: ChannelAccount, customer: Any = None, number: str = NUMBER) -> Conversation:
    with scope(merchant=account.merchant):
        known = identity(account, number, customer=customer, phone=number)
        return open_conversation(account, known, thread_key=number)


def say(merchant: Merchant, there: Platform, *, purpose: str = "transactional", customer: Any = None) -> Conversation:
    """News in an RCS thread, delivered as far as that goes."""
    account = channel_account(merchant, "rcs", api_base=there.base)
    mine = thread(account, customer)
    with scope(merchant=merchant):
        send_message(mine, NEWS, author="system", purpose=purpose)
    for claim in look(1).claims:
        deliver(claim)
    return mine


def texts(conversation: Conversation) -> list[tuple[str, str]]:
    with scope(merchant=conversation.merchant):
        return list(conversation.messages.order_by("seq").values_list("text", "state"))


def test_news_go_by_sms_where_the_number_has_no_rcs(merchant: Merchant, sms: ChannelAccount) -> None:
    other = thread(sms)
    with platform(GONE) as there:
        mine = say(merchant, there, customer=other.identity.customer)
    assert texts(mine) == [("Your order is on its way.", "failed")]
    assert texts(other) == [("Your order is on its way.", "queued")]


def test_news_called_back_later_go_by_sms_once(merchant: Merchant, sms: ChannelAccount) -> None:
    other = thread(sms)
    with platform(TAKEN) as there:
        mine = say(merchant, there, customer=other.identity.customer)
    assert texts(other) == []
    event = ChannelEvent(
        EventKind.STATUS,
        "e1",
        NUMBER,
        clock.now(),
        target=NAME.rpartition("/")[2],
        receipt="failed",
        error_class="unreachable",
    )
    with scope(merchant=merchant):
        account = ChannelAccount.objects.get(kind="rcs")
        for _ in range(3):
            apply_status(account, event)
        Message.objects.filter(conversation=mine).update(state="accepted")  # sent again by hand, and failed again
        apply_status(account, event)
    assert texts(other) == [("Your order is on its way.", "queued")]


def test_a_number_known_as_somebody_elses_gets_nothing(merchant: Merchant, sms: ChannelAccount) -> None:
    """The same digits on another channel are not the same person before they have said so."""
    other = thread(sms)
    with platform(GONE) as there:
        mine = say(merchant, there)
    assert mine.identity.customer_id != other.identity.customer_id
    assert texts(other) == []


def test_another_number_of_the_same_person_gets_nothing(merchant: Merchant, sms: ChannelAccount) -> None:
    other = thread(sms, number="+4915199999999")
    with platform(GONE) as there:
        say(merchant, there, customer=other.identity.customer)
    assert texts(other) == []


def test_who_said_stop_by_sms_is_not_written_to_there(merchant: Merchant, sms: ChannelAccount) -> None:
    other = thread(sms)
    with scope(merchant=merchant):
        record_consent(other.identity, purpose="service", granted=False, source="platform", wording="STOP")
    with platform(GONE) as there:
        say(merchant, there, customer=other.identity.customer)
    assert [state for _, state in texts(other)] == ["suppressed"]


@pytest.mark.parametrize("purpose", ["reply", "campaign"])
def test_nothing_but_order_news_falls_back(merchant: Merchant, sms: ChannelAccount, purpose: str) -> None:
    other = thread(sms)
    with scope(merchant=merchant):
        record_consent(other.identity, purpose="marketing", granted=True, source="platform", wording="yes")
    with platform(GONE) as there:
        say(merchant, there, purpose=purpose, customer=other.identity.customer)
    assert texts(other) == []


def test_an_account_that_is_closed_is_not_used(merchant: Merchant, sms: ChannelAccount) -> None:
    other = thread(sms)
    with scope(merchant=merchant):
        ChannelAccount.objects.filter(pk=sms.pk).update(is_active=False)
    with platform(GONE) as there:
        say(merchant, there, customer=other.identity.customer)
    assert texts(other) == []


def test_rcs_and_sms_of_one_number_are_two_people_until_they_say_otherwise(
    merchant: Merchant, sms: ChannelAccount
) -> None:
    rcs = channel_account(merchant, "rcs")
    with scope(merchant=merchant):
        first = identify(sms, NUMBER, phone=NUMBER, aliases={"phone": NUMBER})
        second = identify(rcs, NUMBER, phone=NUMBER, aliases={"phone": NUMBER})
    assert first.customer_id != second.customer_id
