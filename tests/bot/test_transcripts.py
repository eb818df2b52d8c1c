"""Every transcript, through the front door: all languages on one channel, all channels in one language; soak plays all.

A run is rolled back, so one furnished shop serves this whole file, and a run is played once however many tests ask.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import override_settings

from apps.gateway.transcripts.phones import PHONES
from apps.gateway.transcripts.player import CHANNELS, Report, channels_of, load, play_file
from apps.merchants.models import Merchant
from tests import factories
from tests.judges.platforms import GAPS, Unavailable, judge
from tests.payments.desk import Desk

from .bank import SandboxBank
from .commerce import TOPICS, covered
from .shop import furnish

pytestmark = pytest.mark.django_db
FOLDER = Path(__file__).parent / "transcripts"
LANGUAGES = ("en", "de", "es", "zh")
CLASSES = (
    "happy", "correction", "cancellation", "digression", "ambiguity", "typo", "invalid", "repeat", "human",
)  # fmt: skip
OF_EACH = 3  # transcripts of a class in a language
SHIPPED = 20  # of all of them, paid and shipped
LONG = 6  # turns such a one takes at least
ONLY = os.environ.get("TRANSCRIPTS", "")  # a part of the file names, while writing one
Play = Callable[[Path, str], Report]


def files_of(language: str) -> list[Path]:
    return sorted(path for path in (FOLDER / language).glob("*.yaml") if ONLY in str(path))


ALL_FILES = [path for language in LANGUAGES for path in files_of(language)]
OTHERS = [kind for kind in CHANNELS if kind != "webchat"]
STORY = "happy_hello_to_parcel"  # from the first word to the parcel: played on every channel there is


def in_ci(place: int, path: Path) -> list[str]:
    """Where an English transcript is played besides the web chat: each on one other channel, the story on all."""
    return OTHERS if path.stem == STORY else [OTHERS[place % len(OTHERS)]]


IN_CI = [(path, "webchat") for path in ALL_FILES] + [
    (path, kind) for place, path in enumerate(files_of("en")) for kind in in_ci(place, path)
]
# Neither a language nor a number is told: a lone first word there is heard in the shop's own language.
UNTOLD = tuple(kind for kind, phone in PHONES.items() if not phone.tells_language)


def channels_for(path: Path) -> tuple[str, ...]:
    """Where the shop can know from the first word on in which language a transcript is written."""
    is_own = path.parent.name == LANGUAGES[0]
    return tuple(kind for kind in CHANNELS if is_own or kind not in UNTOLD)


BEYOND_CI = [(path, kind) for path in ALL_FILES for kind in channels_for(path) if (path, kind) not in set(IN_CI)]


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def names(runs: list[tuple[Path, str]]) -> list[str]:
    return [f"{kind}-{name_of(path)}" for path, kind in runs]


@pytest.fixture(scope="module")
def furnished(django_db_setup: None, django_db_blocker: Any) -> Iterator[Merchant]:
    # Meta fetches a product's picture itself, so its specification refuses a link to a loopback address.
    public = override_settings(PUBLIC_URL="https://shop.example")
    with public, django_db_blocker.unblock(), transaction.atomic():
        shop = factories.merchant("demo", name="Demo Shop")
        furnish(shop)
        yield shop
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def play(furnished: Merchant) -> Play:
    played: dict[tuple[Path, str], Report] = {}

    def once(path: Path, kind: str) -> Report:
        if (path, kind) not in played:
            desk = Desk() if "bank" in load(path) else None
            try:
                bank = SandboxBank(desk) if desk else None
                played[path, kind] = play_file(path, channel=kind, merchant=furnished, bank=bank)
            finally:
                if desk:
                    desk.close()
        return played[path, kind]

    return once


@pytest.mark.parametrize(("path", "kind"), IN_CI, ids=names(IN_CI))
def test_the_shop_answers_as_written(path: Path, kind: str, play: Play) -> None:
    assert play(path, kind).problems == []


@pytest.mark.soak
@pytest.mark.parametrize(("path", "kind"), BEYOND_CI, ids=names(BEYOND_CI))
def test_the_shop_answers_as_written_everywhere(path: Path, kind: str, play: Play) -> None:
    assert play(path, kind).problems == []


@pytest.mark.parametrize("path", files_of("en"), ids=name_of)
def test_every_channel_ends_with_the_same_orders_stock_and_payments(path: Path, play: Play) -> None:
    first, *others = (play(path, kind).end for where, kind in IN_CI if where == path)
    assert others
    assert others == [first] * len(others)


@pytest.mark.soak
@pytest.mark.parametrize("path", ALL_FILES, ids=name_of)
def test_every_channel_ends_alike_in_every_language(path: Path, play: Play) -> None:
    first, *others = (play(path, kind).end for kind in channels_for(path))
    assert others == [first] * (len(channels_for(path)) - 1)


def held_against(kind: str, runs: list[tuple[Path, str]], play: Play, capsys: pytest.CaptureFixture[str]) -> None:
    """Every call of these runs on this kind, judged by what others wrote; says how many were taken."""
    wires = [wire for path, on in runs if on == kind for wire in play(path, kind).wires]
    try:
        verdicts = judge(kind, [{**wire, "is_form": kind == "sms"} for wire in wires])
    except Unavailable as missing:
        if os.environ.get("STRICT") == "1":
            pytest.fail(str(missing), pytrace=False)
        pytest.skip(f"NOT JUDGED: {missing}")
    with capsys.disabled():
        print(f"\n{verdicts.told(kind)}")
    assert wires
    assert verdicts.refused == []
    assert set(verdicts.gaps) <= {gap.name for gap in GAPS[kind]}
    assert sum(verdicts.accepted.values()) + sum(verdicts.gaps.values()) == len(wires)


@pytest.mark.parametrize("kind", sorted(GAPS))
def test_the_platform_takes_every_message_sent(kind: str, play: Play, capsys: pytest.CaptureFixture[str]) -> None:
    held_against(kind, IN_CI, play, capsys)


@pytest.mark.soak
@pytest.mark.parametrize("kind", sorted(GAPS))
def test_the_platform_takes_every_message_of_all(kind: str, play: Play, capsys: pytest.CaptureFixture[str]) -> None:
    held_against(kind, [*IN_CI, *BEYOND_CI], play, capsys)


def test_who_has_no_outside_judge_is_known() -> None:
    """Their limits are tables of our own, each figure with its source: tests/sandbox and tests/messaging."""
    assert set(CHANNELS) - set(GAPS) == {"webchat", "messenger", "instagram", "qq", "apple", "rcs"}


def class_of(path: Path) -> str:
    return path.stem.partition("_")[0]


def is_shipped(script: dict[str, Any]) -> bool:
    orders = script["end"].get("orders", [])
    return any(
        order.get("payment") == "paid" and order.get("fulfilment") in ("shipped", "delivered") for order in orders
    )


def turns_of(script: dict[str, Any]) -> int:
    return sum("shopper" in step or "tap" in step for step in script["steps"])


@pytest.mark.skipif(bool(ONLY), reason="some transcripts only")
def test_there_are_enough_of_every_class_in_every_language() -> None:
    count = Counter((path.parent.name, class_of(path)) for path in FOLDER.glob("*/*.yaml"))
    wanted = {(language, name) for language in LANGUAGES for name in CLASSES}
    assert set(count) == wanted
    assert {key: found for key, found in count.items() if found < OF_EACH} == {}


@pytest.mark.skipif(bool(ONLY), reason="some transcripts only")
def test_enough_of_them_end_paid_and_shipped() -> None:
    scripts = [load(path) for path in ALL_FILES]
    assert sum(is_shipped(script) and turns_of(script) >= LONG for script in scripts) >= SHIPPED


@pytest.mark.skipif(bool(ONLY), reason="some transcripts only")
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_topic_of_commerce_is_played_in_every_language_from_plain_words(language: str) -> None:
    told = [covered(load(path)) for path in files_of(language)]
    assert sorted(set(TOPICS) - set().union(*told)) == []


def test_every_transcript_is_for_every_channel_and_expects_something_of_every_turn() -> None:
    scripts = {name_of(path): load(path) for path in ALL_FILES}
    assert [name for name, script in scripts.items() if channels_of(script) != list(CHANNELS)] == []
    mute = [
        f"{name}: {step}"
        for name, script in scripts.items()
        for step in script["steps"]
        if ("shopper" in step or "tap" in step) and not step.get("expect")
    ]
    assert mute == []
