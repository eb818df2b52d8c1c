"""A shopper and the shop by SMS over Vonage: through the front door and back, over loopback HTTP, each call judged."""

import datetime as dt
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django_scopes import scope

from apps.carts.models import CartLine
from apps.conversations.models import Message
from apps.gateway.loop import drain
from apps.merchants import clock
from apps.merchants.models import Merchant
from tests.bot.shop import furnish
from tests.factories import channel_account
from tests.gateway.harness import Platform, call_door
from tests.judges.vonage import judged

from .conftest import VONAGE, Shop, World

pytestmark = pytest.mark.django_db
ANA = "+447700900001"


class Talk:
    """What Vonage calls the shop with goes through its door; what the shop answers goes to Vonage."""

    def __init__(self, merchant: Merchant, world: World, shop: Shop, **config: Any) -> None:
        self.world, self.shop, self.heard = world, shop, 0
        world.order("_accounts", kind="sms", name="vonage", config={**VONAGE, **config})
        told = {"api_base": f"{world.url}/sandbox/api/vonage", "status_callback": f"{shop.url}/webhooks/sms/vonage/"}
        account = channel_account(merchant, "sms", name="vonage", **{**VONAGE, **config, **told})
        self.door = Platform(account).door

    def comes_in(self, count: int) -> None:
        """The next `count` calls of Vonage, and what follows from them; a long answer is paced, a second an SMS."""
        for hook in self.shop.wait(self.heard + count)[self.heard :]:
            status, _body = async_to_sync(call_door)(self.door, hook.path, hook.body, headers=hook.headers)
            assert status == 200
            self.heard += 1
        began = clock.now()
        for seconds in range(5):
            with clock.at(began + dt.timedelta(seconds=seconds)):
                drain()

    def says(self, text: str, *, calls: int = 1) -> list[str]:
        """The first line of each SMS that comes back."""
        before = len(self.sent)
        self.world.order("_say", kind="sms", account="vonage", shopper=ANA, text=text)
        self.comes_in(calls)
        return [row["body"]["text"].splitlines()[0] for row in self.sent[before:]]

    @property
    def sent(self) -> list[dict[str, Any]]:
        return self.world.accepted("vonage")


@pytest.fixture
def talk(merchant: Merchant, world: World, shop: Shop) -> Iterator[Callable[..., Talk]]:
    furnish(merchant)
    world.order("_settings", receipts=[])
    yield partial(Talk, merchant, world, shop)
    world.order("_accounts", kind="sms", name="vonage", config=VONAGE)


def test_from_hello_to_a_full_cart(talk: Callable[..., Talk], merchant: Merchant) -> None:
    ana = talk()
    (hello,) = ana.says("hello")
    assert hello.startswith("Hello, I am Mia, the digital assistant of Demo Shop.")
    assert ana.says("glass mug") == ["Here is what I found:"]
    assert ana.says("1") == ["Glass mug"]
    assert ana.says("add it") == ["Done: 1 x Glass mug is in your cart, €9.50 altogether."]
    assert ana.says("2") == ["Your cart"]
    with scope(merchant=merchant):
        assert [(line.variant.product.title, line.quantity) for line in CartLine.objects.all()] == [("Glass mug", 1)]
        sent = Message.objects.filter(author="bot").order_by("pk")
        assert [message.state for message in sent] == ["accepted"] * 5
        assert [row["wire_id"] for row in ana.sent] == [message.external_id for message in sent]
    assert [judged(row["body"]) for row in ana.sent] == [[]] * 5


def test_news_of_an_answer_come_home(talk: Callable[..., Talk], merchant: Merchant, world: World) -> None:
    ana = talk()
    world.order("_settings", receipts=["sent", "delivered"])
    ana.says("hello")
    ana.comes_in(2)
    with scope(merchant=merchant):
        assert Message.objects.get(author="bot").state == "delivered"


def test_a_long_message_by_the_older_api_is_heard_as_one(talk: Callable[..., Talk], merchant: Merchant) -> None:
    ana = talk(signature_method="md5hash")
    words = "Hello! I would like a glass mug & nothing else = one mug, please. " * 4
    assert len(ana.says(words, calls=2)) == 1
    with scope(merchant=merchant):
        assert list(Message.objects.filter(author="shopper").values_list("text", flat=True)) == [words.strip()]
