"""A shop with hours, and shoppers who write to it."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django_scopes import scope

from apps.conversations.models import Conversation
from apps.merchants.models import Merchant, OpeningHours

from .. import factories

MONDAY_NOON = dt.datetime(2026, 3, 2, 11, 0, tzinfo=dt.UTC)  # 12:00 in Berlin


@pytest.fixture
def shop(merchant: Merchant) -> Iterator[Merchant]:
    with scope(merchant=merchant):
        for weekday in range(5):
            OpeningHours.objects.create(merchant=merchant, weekday=weekday)
        yield merchant


def conversation_of(shop: Merchant, *, customer: Any = None, **fields: Any) -> Conversation:
    account = factories.channel_account(shop, "webchat", name=f"chat-{Conversation.objects.count()}")
    identity = factories.identity(account, customer=customer)
    made: Conversation = Conversation.objects.create(
        merchant=shop, identity=identity, channel_account=account, **fields
    )
    return made
