"""From hello to the order by RCS, through the front door and the worker, whoever carries it."""

from collections.abc import Iterator

import pytest
from django_scopes import scope
from pytest_django import Settings

from apps.conversations.models import Message
from apps.gateway.loop import drain
from apps.merchants.invariants import run_all
from apps.merchants.models import Merchant
from apps.orders.models import Order
from apps.sandbox import ledger
from tests.bot.shop import furnish
from tests.bot.test_story import ADDRESS, WORDS
from tests.factories import channel_account
from tests.messaging.channels.rcs.example import ACCOUNT, TWILIO, VONAGE

from .played import PlayedPhone

CARRIERS = {"google": ("rbm", ACCOUNT), "vonage": ("vonage", VONAGE), "twilio": ("twilio", TWILIO)}
PHONE = "+4915112345678"


@pytest.fixture(params=CARRIERS)
def phone(request: pytest.FixtureRequest, merchant: Merchant, settings: Settings) -> Iterator[PlayedPhone]:
    platform, config = CARRIERS[request.param]
    furnish(merchant)
    played = PlayedPhone(platform, PHONE)
    news = f"{settings.PUBLIC_URL}/webhooks/rcs/rcs-story/"
    own = {**config, "status_callback": news, "api_base": played.url}
    played.join(channel_account(merchant, "rcs", name="rcs-story", **own))
    yield played
    played.close()


def test_the_whole_story(phone: PlayedPhone, merchant: Merchant) -> None:
    hello, search, pick, add, checkout, name, skip, _yes, buy = WORDS["en"]
    for line in (hello, search, pick, add, checkout, name, ADDRESS, skip, skip, "1"):
        phone.says(line)
        drain()
    if phone.platform == "twilio":  # told in words: nothing to tap
        assert buy in phone.heard()
        phone.says("yes")
    else:
        phone.taps(buy)
    drain()
    with scope(merchant=merchant):
        order = Order.objects.get()
        answers = Message.objects.filter(author="bot")
    assert str(order.total.amount.normalize()) == "43.9"
    assert ledger.calls(phone.store, outcome="refused") == []
    shown = [bubble for bubble in phone.shown() if bubble["from"] == "shop"]
    assert len(shown) >= len(answers)
    phone.reads()
    drain()
    with scope(merchant=merchant):
        assert set(Message.objects.filter(author="bot").values_list("state", flat=True)) == {"read"}
    assert [row["name"] for row in run_all() if not row["ok"]] == []
