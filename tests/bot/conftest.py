"""A furnished shop and a shopper in it."""

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
from django_scopes import scope

from apps.catalog.demo import seed_catalog
from apps.merchants import clock
from apps.merchants.models import Merchant
from tests import factories

from .dialogue import Shopper
from .shop import furnish

MONDAY_NOON = dt.datetime(2026, 3, 2, 11, 0, tzinfo=dt.UTC)


HELLO = {"en": "hi", "de": "Hallo", "es": "Hola", "zh-hans": "你好"}


@pytest.fixture
def noon() -> Iterator[dt.datetime]:
    """A Monday on which people are there."""
    with clock.at(MONDAY_NOON):
        yield MONDAY_NOON


@pytest.fixture
def shop(merchant: Merchant, noon: dt.datetime) -> Merchant:
    furnish(merchant)
    return merchant


@pytest.fixture
def arrive(shop: Merchant) -> Callable[..., Shopper]:
    """`arrive("sms", language="de")`: a fresh shopper on that channel."""

    def on(kind: str = "webchat", external_id: str = "shopper-1", *, language: str = "en") -> Shopper:
        return Shopper(factories.channel_account(shop, kind), external_id, language=language)

    return on


@pytest.fixture
def ana(arrive: Callable[..., Shopper]) -> Shopper:
    """English, on WhatsApp, already greeted."""
    shopper = arrive("whatsapp", "4917612345678")
    shopper.says("hello")
    return shopper


@pytest.fixture
def arrive_at_demo(merchant: Merchant, noon: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Shopper]:
    """`arrive_at_demo("de")`: a fresh shopper before the demo shop's shelves, on Telegram, already greeted."""
    monkeypatch.setattr("apps.catalog.demo._pictures", lambda *_: None)
    with scope(merchant=merchant):
        factories.location(merchant)
        seed_catalog(merchant)
    account = factories.channel_account(merchant, "telegram")

    def on(language: str = "en") -> Shopper:
        shopper = Shopper(account, f"shopper-{language}", language=language)
        shopper.says(HELLO[language])
        return shopper

    return on
