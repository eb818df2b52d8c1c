from collections.abc import Iterator
from typing import Any

import pytest

from apps.merchants.models import ChannelAccount
from tests.factories import channel_account

from .harness import Platform, Sink


@pytest.fixture
def sink() -> Iterator[Sink]:
    """WhatsApp's API, on loopback."""
    running = Sink()
    yield running
    running.close()


@pytest.fixture
def account(merchant: Any, sink: Sink) -> ChannelAccount:
    return channel_account(merchant, "whatsapp", api_base=sink.url)


@pytest.fixture
def platform(account: ChannelAccount) -> Platform:
    return Platform(account)
