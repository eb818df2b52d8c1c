"""A furnished shop and a shopper in it."""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django_scopes import scope

from apps.catalog.demo import seed_catalog
from apps.gateway.transcripts.player import load
from apps.merchants import clock
from apps.merchants.models import Merchant
from tests import factories

from .commerce import covered
from .dialogue import Shopper
from .shop import furnish

MONDAY_NOON = dt.datetime(2026, 3, 2, 11, 0, tzinfo=dt.UTC)

TRANSCRIPTS = Path(__file__).parent / "transcripts"
PLAYED = re.compile(r"test_the_shop_answers_as_written(?:_everywhere)?\[(\w+)-(\w+)/([^\]]+)\]$")

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
    """`arrive_at_demo("de")`: a fresh shopper before the demo shop's shelves, on Telegram, already greeted.

    `name` tells apart several of one language in the same test.
    """
    monkeypatch.setattr("apps.catalog.demo._pictures", lambda *_: None)
    with scope(merchant=merchant):
        factories.location(merchant)
        seed_catalog(merchant)
    account = factories.channel_account(merchant, "telegram")

    def on(language: str = "en", name: str = "") -> Shopper:
        shopper = Shopper(account, f"shopper-{language}{name}", language=language)
        shopper.says(HELLO[language])
        return shopper

    return on


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """How many transcripts of commerce were played, on how many channels and in how many languages; and how many others."""
    runs: dict[bool, list[tuple[str, ...]]] = defaultdict(list)
    about: dict[tuple[str, ...], bool] = {}
    for report in (*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")):
        if (played := PLAYED.search(report.nodeid)) and report.when == "call":
            kind, language, name = played.groups()
            if (language, name) not in about:
                about[language, name] = bool(covered(load(TRANSCRIPTS / language / f"{name}.yaml")))
            runs[about[language, name]].append((kind, language, name))
    for is_commerce in (True, False):
        if found := runs[is_commerce]:
            files, kinds, languages = ({run[1:] for run in found}, {run[0] for run in found}, {run[1] for run in found})
            terminalreporter.write_line(
                f"{'commerce' if is_commerce else 'other'} transcripts: {len(files)} files × {len(kinds)} channels × "
                f"{len(languages)} languages, {len(found)} runs"
            )
