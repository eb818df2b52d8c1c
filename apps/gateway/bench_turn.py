"""Whole turns of the assistant (stored, understood, acted, the answer handed to a platform), beside bare rows."""

import itertools
import os
import secrets
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
from django.db import connection, transaction
from django_scopes import scope

from apps.bot.demo import seed_articles
from apps.catalog.demo import seed_catalog
from apps.merchants import clock
from apps.merchants.models import ChannelAccount, Merchant
from apps.messaging.events import ChannelEvent, EventKind

from .bench_place import QuickPlatform
from .inbox import store_events_sync
from .jobs import respond
from .memory import settle_down
from .turns import run_turn
from .worker import deliver_one

WALK = (
    "hi", "show me shirts", "blue shirt under 60", "the first one", "blue, M", "add it", "what is in my cart?", "menu",
    "backpack", "show more", "help", "my cart",
)  # fmt: skip
SECONDS, OPEN_RATE, OPEN_TURNS, ROUNDS = 5.0, 20, 1000, 3
SHOPPERS = 6  # at once, so that a worker finds the next turn waiting
BARE_SETUP = """
CREATE UNLOGGED TABLE bench_said (
    id bigserial PRIMARY KEY, key text UNIQUE, thread text NOT NULL, author text NOT NULL, body jsonb, state text)
"""
BARE_SAY = "INSERT INTO bench_said (key, thread, author, body, state) VALUES (%s, %s, %s, '{}', %s) RETURNING id"
BARE_DONE = "UPDATE bench_said SET state = 'accepted' WHERE id = %s"
Figures = dict[str, Any]


def bench_account(**config: str) -> ChannelAccount:
    """The account that benches use, with the demo's shelves behind it."""
    merchant, is_new = Merchant.objects.get_or_create(slug="bench", defaults={"name": "Bench", "languages": ["en"]})
    values = {"app_secret": "x", "verify_token": "x", "access_token": "x", "phone_number_id": "1", **config}
    with scope(merchant=merchant):
        if is_new:
            seed_catalog(merchant)
            seed_articles(merchant)
        return ChannelAccount.objects.create(merchant=merchant, kind="whatsapp", name="bench", config=values)


def turn() -> Iterator[Figures]:
    """Closed loop beside the bare rows, interleaved, then an open loop whose latency counts from the intended moment."""
    platform = QuickPlatform()
    with connection.cursor() as cursor:
        cursor.execute(BARE_SETUP)
    try:
        account = bench_account(api_base=platform.url)
        variants = {"product": _product(account, shoppers=SHOPPERS), "bare": _bare(platform.url, messages=SHOPPERS)}
        settle_down()
        for take in variants.values():
            for _ in range(2 * len(WALK)):
                take()
        cpu: dict[str, list[float]] = {name: [] for name in variants}
        for number in range(ROUNDS):
            for name, take in variants.items():
                figures = _closed(take, platform, SECONDS)
                cpu[name].append(figures["cpu_ms"])
                yield {"path": "turn", "variant": name, "round": number, **figures}
        yield {"path": "turn", "variant": "open_loop", "rate_per_s": OPEN_RATE, **_open(_product(account))}
        ratio = statistics.median(ours / bare for ours, bare in zip(cpu["product"], cpu["bare"], strict=True))
        yield {
            "path": "turn",
            "variant": "ratios",
            "n": ROUNDS,
            "cpu_product_to_bare_ratio": round(ratio, 2),
            "rate_per_core_per_s": round(1000 / statistics.median(cpu["product"]), 1),
            "load_average": os.getloadavg()[0],
        }
    finally:
        platform.close()


def _product(account: ChannelAccount, *, shoppers: int = 1) -> Callable[[], None]:
    """A message each of so many shoppers who walk through the shop side by side; each walk is new shoppers'."""
    rounds, run = itertools.count(), secrets.token_hex(3)

    def take() -> None:
        number = next(rounds)
        for shopper in range(shoppers):
            user = f"{run}-{number // len(WALK)}-{shopper}"
            text = WALK[number % len(WALK)]
            key = f"{run}.{number}.{shopper}"
            event = ChannelEvent(EventKind.MESSAGE, key, user, clock.now(), type="text", text=text, thread_key=user)
            store_events_sync(account.pk, [event])
        while run_turn(respond):
            pass
        while deliver_one():
            pass

    return take


def _bare(url: str, *, messages: int) -> Callable[[], None]:
    """The least that stores a message, stores an answer in the same transaction, hands it over and notes it."""
    numbers, client = itertools.count(), httpx2.Client()

    def take() -> None:
        for _ in range(messages):
            one()

    def one() -> None:
        number = next(numbers)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(BARE_SAY, [f"in-{number}", "t", "shopper", "received"])
            cursor.execute(BARE_SAY, [f"out-{number}", "t", "bot", "queued"])
            answer = cursor.fetchone()[0]
        client.post(url, json={"text": "Hello"})
        with connection.cursor() as cursor:
            cursor.execute(BARE_DONE, [answer])

    return take


def _closed(take: Callable[[], None], platform: QuickPlatform, seconds: float) -> Figures:
    """As many as go one after the other; CPU is this process's without the platform's."""
    times: list[float] = []
    began, cpu = time.perf_counter(), time.process_time() - platform.cpu_s
    while time.perf_counter() - began < seconds:
        started = time.perf_counter()
        take()
        times.append(1000 * (time.perf_counter() - started))
    wall, spent = time.perf_counter() - began, time.process_time() - platform.cpu_s - cpu
    turns = len(times) * SHOPPERS
    return {"n": turns, "cpu_ms": round(1000 * spent / turns, 2), "turns_per_s": round(turns / wall, 1)}


def _open(take: Callable[[], None]) -> Figures:
    times: list[float] = []
    began = time.perf_counter()
    for number in range(OPEN_TURNS):
        intended = began + number / OPEN_RATE
        time.sleep(max(0.0, intended - time.perf_counter()))
        take()
        times.append(1000 * (time.perf_counter() - intended))
    return {"n": len(times), **_latency(times), "load_average": os.getloadavg()[0]}


def _latency(times: list[float]) -> Figures:
    ordered = sorted(times)
    return {"p50_ms": round(statistics.median(ordered), 1), "p95_ms": round(ordered[int(len(ordered) * 0.95)], 1)}
