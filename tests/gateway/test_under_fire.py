"""Killed at any moment, the shop loses nothing and does nothing twice. The sandbox, never killed, is the referee."""

import collections
import http.client
import json
import random
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django_scopes import scope

from apps.bot.models import Turn
from apps.conversations.models import Conversation, InboundEvent, Message
from apps.merchants.invariants import run_all
from apps.merchants.models import ChannelAccount, Merchant
from apps.messaging.channel import channel_for
from apps.messaging.content import from_json
from tests.bot.shop import furnish
from tests.factories import channel_account

from .fleet import Fleet, Referee

SPREAD = 40  # positions an event may be away from its place
SENDERS = 6
LANGUAGES = ("en", "de", "es", "zh-hans")
# What shoppers write; all of it means something to the assistant, in one language or another.
SAYINGS = (
    "hi", "blue shirts", "mugs under 20 euros", "the first one", "more", "my cart", "how much is shipping?",
    "desk lamp", "add it to my cart", "back", "what is your return policy?", "Hemden", "tazas", "杯子", "help",
)  # fmt: skip

pytestmark = [pytest.mark.django_db(transaction=True)]


@dataclass(frozen=True, slots=True)
class Size:
    events: int
    shoppers: int
    kills: int
    web_kills: int


SHORT = Size(events=500, shoppers=60, kills=10, web_kills=3)
FULL = Size(events=1000, shoppers=60, kills=20, web_kills=6)
LONG = Size(events=5000, shoppers=200, kills=100, web_kills=30)


@dataclass(slots=True)
class Run:
    """One bad day: who is there, and how far it has come."""

    size: Size
    fleet: Fleet
    referee: Referee
    account: ChannelAccount
    bodies: list[dict[str, Any]]
    waiting: collections.deque[dict[str, Any]] = field(default_factory=collections.deque)
    killed: list[str] = field(default_factory=list)
    failures: list[BaseException] = field(default_factory=list)

    @property
    def sent(self) -> int:
        return len(self.bodies) - len(self.waiting)


Stage = tuple[Fleet, Referee, ChannelAccount]


@pytest.fixture
def stage(merchant: Merchant, tmp_path: Path) -> Iterator[Stage]:
    """A furnished shop on Telegram, two workers, and the referee as Telegram."""
    furnish(merchant)
    fleet = Fleet(tmp_path)
    account = channel_account(merchant, "telegram")
    referee = Referee(tmp_path, fleet.url, [account])
    try:
        with scope(merchant=merchant):
            account.config = {**account.config, "api_base": f"{referee.url}/sandbox/api/telegram"}
            account.save()
        fleet.start()
        yield fleet, referee, account
    finally:
        fleet.stop()
        referee.close()


def saying(number: int) -> str:
    return SAYINGS[(number * 7 + number // len(SAYINGS)) % len(SAYINGS)]


def update(number: int, size: Size) -> dict[str, Any]:
    """Telegram's n-th update: one of the shoppers says something."""
    user = 1000 + number % size.shoppers
    chat = {"id": user, "type": "private", "first_name": f"Shopper {user}"}
    message = {"message_id": number, "date": int(time.time()), "chat": chat, "from": {**chat, "is_bot": False}}
    return {"update_id": 10_000 + number, "message": {**message, "text": saying(number)}}


def shuffled(size: Size, chance: random.Random) -> list[dict[str, Any]]:
    """Every event once to three times, near its place but not in it."""
    updates = [update(number, size) for number in range(size.events)]
    sendings = [number for number in range(size.events) for _ in range(chance.randint(1, 3))]
    places = [(index + chance.gauss(0, SPREAD), number) for index, number in enumerate(sendings)]
    return [updates[number] for _, number in sorted(places)]


def post_until_taken(url: str, secret: str, body: dict[str, Any]) -> None:
    """What a platform does: send, and send again until somebody says 200. Platforms go on for hours; so long the test."""
    headers = {"content-type": "application/json", "x-telegram-bot-api-secret-token": secret}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)  # noqa: S310
    until = time.monotonic() + 900
    while True:
        try:
            with urllib.request.urlopen(request, timeout=10):  # noqa: S310
                return
        except (OSError, http.client.HTTPException):
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def send_all(run: Run) -> None:
    """Everything, evenly between the kills: nobody is killed in an empty house."""
    url, secret = f"{run.fleet.url}/webhooks/telegram/{run.account.name}/", run.account.config["secret_token"]

    def send() -> None:
        try:
            while True:
                while run.sent > len(run.bodies) * (len(run.killed) + 1) // run.size.kills and not run.failures:
                    time.sleep(0.02)
                post_until_taken(url, secret, run.waiting.popleft())
        except IndexError:
            return
        except OSError as error:
            run.failures.append(error)

    senders = [threading.Thread(target=send) for _ in range(SENDERS)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()


def handled() -> int:
    return InboundEvent.objects.filter(processed_at__isnull=False).count()


def kill_on(run: Run, chance: random.Random) -> None:
    """The kills, spread over the whole sending and the whole work; who is killed was up."""
    victims = [f"worker-{number % 2}" for number in range(run.size.kills - run.size.web_kills)]
    for number in range(run.size.web_kills):
        victims.insert(number * run.size.kills // run.size.web_kills, "web")
    try:
        for number, victim in enumerate(victims):
            share = number / run.size.kills
            while run.sent < len(run.bodies) * share or handled() < run.size.events * share / 2:
                if run.failures:
                    return
                time.sleep(0.05)
            run.fleet.wait_for(victim)
            time.sleep(chance.uniform(0.0, 0.5))
            run.fleet.kill(victim)
            run.killed.append(victim)
    except BaseException as error:
        run.failures.append(error)
    finally:
        connection.close()


def wait_until_settled(seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(
                """SELECT (SELECT count(*) FROM conversations_inboundevent WHERE processed_at IS NULL AND dead_at IS NULL
                             AND payload->>'kind' <> 'internal'),
                          (SELECT count(*) FROM conversations_message WHERE state IN ('queued', 'retry', 'sending'))"""
            )
            left = cursor.fetchone()
        if left == (0, 0):
            return
        time.sleep(0.5)
    raise TimeoutError(f"work is left: {left[0]} events, {left[1]} messages")


def rage(run: Run, *, settle: float) -> None:
    """Send and kill at once, then let the shop come to rest."""
    run.waiting.extend(run.bodies)
    killer = threading.Thread(target=kill_on, args=(run, random.Random(20)))
    killer.start()
    send_all(run)
    killer.join()
    assert run.failures == []
    wait_until_settled(settle)
    run.fleet.stop()


# --- what must be true afterwards ---------------------------------------------------------------------------


def heard_once(run: Run) -> None:
    """Everything said stands in one thread, once, and the assistant took each of it into one turn, once."""
    numbers = range(run.size.events)
    wanted = collections.Counter((str(1000 + number % run.size.shoppers), saying(number)) for number in numbers)
    stored = Message.objects.filter(author="shopper").values_list("external_id", flat=True)
    dead = InboundEvent.objects.filter(dead_at__isnull=False)
    assert list(dead.values_list("payload__kind", "attempts", "error")) == []
    assert (len(stored), len(set(stored))) == (run.size.events, run.size.events)
    acted_on: collections.Counter[tuple[str, str]] = collections.Counter()
    turns = Turn.objects.values_list("conversation__identity__external_id", "inputs")
    for who, asked in turns:
        for item in asked["inputs"]:
            acted_on.update((who, line) for line in item.get("text", "").split("\n") if item["kind"] == "text")
    assert acted_on == wanted
    assert Conversation.objects.count() == run.size.shoppers


def answered_once() -> None:
    """The answers of each turn were written down once: as many messages as the turn said contents."""
    said = collections.Counter(Message.objects.filter(author="bot").values_list("turn_key", flat=True))
    wanted = {f"turn:{row.conversation_id}:{row.number}": len(row.outputs) for row in Turn.objects.all() if row.outputs}
    assert said == wanted


def wire_texts(message: Message) -> list[set[str]]:
    """The words of each call to the platform that this message means, in whatever language the thread was then."""
    content, channel = from_json(message.content), channel_for("telegram")
    tellings = [channel.render(content, language=code) for code in LANGUAGES]
    return [{words_of(wire.body) for wire in wires} for wires in zip(*tellings, strict=True)]


def words_of(body: dict[str, Any]) -> str:
    return str(body.get("text") or body.get("caption") or "")


def delivered_once_or_unknown(run: Run) -> dict[str, int]:
    """What the referee took is what we noted, once; beyond that only what we ourselves call unknown."""
    replies = list(Message.objects.filter(author="bot").select_related("conversation__identity"))
    assert {row.state for row in replies} <= {"accepted", "unknown"}
    book = {row["wire_id"]: row for row in run.referee.accepted("telegram")}
    noted = [row.external_id for row in replies if row.state == "accepted"]
    noted += [part.external_id for row in replies for part in row.wire_parts.exclude(external_id=row.external_id)]
    assert len(noted) == len(set(noted))
    assert set(noted) <= set(book)
    unnoted = [row for wire_id, row in book.items() if wire_id not in set(noted)]
    unknown = [row for row in replies if row.state == "unknown"]
    ours = [(row.conversation.identity.external_id, words) for row in unknown for words in wire_texts(row)]
    for row in unnoted:
        meant = next((one for one in ours if one[0] == row["recipient"] and words_of(row["body"]) in one[1]), None)
        assert meant is not None, f"told twice: {row}"
        ours.remove(meant)
    return {"replies": len(replies), "accepted": len(book), "unknown": len(unknown), "unnoted": len(unnoted)}


def judge(run: Run, merchant: Merchant) -> dict[str, int]:
    assert len(run.killed) == run.size.kills
    with scope(merchant=merchant):
        heard_once(run)
        answered_once()
        figures = delivered_once_or_unknown(run)
    assert [finding for finding in run_all() if not finding["ok"]] == []
    return {"events": run.size.events, "deliveries": len(run.bodies), "kills": len(run.killed), **figures}


def survive(size: Size, merchant: Merchant, stage: Stage, *, seed: int, settle: float) -> None:
    """A bad day of this size, judged; prints its figures."""
    began = time.monotonic()
    fleet, referee, account = stage
    run = Run(size, fleet, referee, account, bodies=shuffled(size, random.Random(seed)))
    rage(run, settle=settle)
    print("under fire:", judge(run, merchant), f"{time.monotonic() - began:.0f} s")


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_ten_kills_lose_nothing_and_repeat_nothing(merchant: Merchant, stage: Stage) -> None:
    survive(SHORT, merchant, stage, seed=7, settle=400)


@pytest.mark.fire
@pytest.mark.timeout(900)
def test_twenty_kills_lose_nothing_and_repeat_nothing(merchant: Merchant, stage: Stage) -> None:
    survive(FULL, merchant, stage, seed=7, settle=400)


@pytest.mark.soak
@pytest.mark.timeout(5400)
def test_a_hundred_kills_lose_nothing_and_repeat_nothing(merchant: Merchant, stage: Stage) -> None:
    survive(LONG, merchant, stage, seed=8, settle=2400)
