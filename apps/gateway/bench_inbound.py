"""The front door by kind of channel: CPU beside the least that could work, latency at a fixed rate, nothing lost or double.

Every webhook is signed by the phone that transcripts use for its kind, and a fifth of them comes twice. The bare door does
the same verification and inserts one row (`bench_doors`).
"""

import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection
from django_scopes import scope

from apps.conversations.models import InboundEvent
from apps.merchants.models import ChannelAccount, Merchant

from .bench_doors import ACCOUNT, DOORS
from .transcripts.phones import PHONES, Phone

Figures = dict[str, Any]
ROUNDS, CLOSED, WARM_UP, CONNECTIONS = 3, 900, 200, 16
OPEN_RATE, OPEN_CALLS = 320, 3_200  # a second, and in all
EACH = 900  # messages of one shopper
TWICE = 5  # every fifth call comes once more
STORED, TIMES = 5_000, 10
HERTZ = os.sysconf("SC_CLK_TCK")
KINDS = tuple(sorted(set(PHONES) - {"webchat"}))
COPY = """
INSERT INTO conversations_inboundevent (channel_account_id, event_key, thread_key, payload, received_at, due_at, attempts)
SELECT %(account)s, 'stored.' || %(run)s || '.' || number, 'thread-' || number %% 500, '{"kind": "ignored"}', now(),
       now() + interval '1 day', 0
FROM generate_series(1, %(count)s) number
"""


@dataclass(frozen=True, slots=True)
class Call:
    """One webhook as bytes on the wire."""

    wire: bytes


def inbound() -> Iterator[Figures]:
    """Per kind: rounds of the closed loop for each door in turn, the open loop of the product, the ratio; then how flat it is."""
    for kind in KINDS:
        account = bench_account(kind)
        cpu: dict[str, list[float]] = {name: [] for name in DOORS}
        for number in range(ROUNDS):
            for name, target in DOORS.items():
                figures = _closed(account, target, run=f"{number}.{name}")
                cpu[name].append(figures["cpu_us"])
                yield {"path": "inbound", "kind": kind, "variant": name, "round": number, **figures}
        yield {"path": "inbound", "kind": kind, "variant": "open_loop", **_open(account)}
        ratios = [ours / bare for ours, bare in zip(cpu["product"], cpu["bare"], strict=True)]
        yield {
            "path": "inbound",
            "kind": kind,
            "variant": "ratios",
            "n": CLOSED * ROUNDS,
            "cpu_product_to_bare_ratio": round(statistics.median(ratios), 2),
            "load_average": os.getloadavg()[0],
        }
    yield from _flat(bench_account("whatsapp"))


def bench_account(kind: str) -> ChannelAccount:
    """The kind's account under the name `bench`, with the secrets its phone knows."""
    merchant, _ = Merchant.objects.get_or_create(slug="bench", defaults={"name": "Bench", "languages": ["en"]})
    with scope(merchant=merchant):
        return ChannelAccount.objects.get_or_create(
            merchant=merchant, kind=kind, name="bench", defaults={"config": dict(PHONES[kind].config)}
        )[0]


# --- what is sent -------------------------------------------------------------------------------------------
def calls(account: ChannelAccount, count: int, *, first: int = 0) -> list[Call]:
    """So many webhooks of as many shoppers, numbered from `first` on; no two tell the same."""
    return [_call(account, first + number) for number in range(count)]


def _call(account: ChannelAccount, number: int) -> Call:
    made: list[Call] = []

    def write(body: bytes, headers: dict[str, str], *, query: str = "") -> None:
        path = f"{phone.path}{'?' + query if query else ''}"
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        made.append(
            Call(f"POST {path} HTTP/1.1\r\nHost: bench\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        )

    shopper, message = divmod(number, EACH)
    name = PHONES[account.kind].name_of(shopper, language="en")
    phone: Phone = PHONES[account.kind](account, name, language="en")
    phone.skip(message)
    phone.posts = write  # type: ignore[method-assign]
    phone.says(f"blue shirt {number}")
    return made[0]


def again(sent: Sequence[Call]) -> list[Call]:
    """With every fifth once more, some calls later."""
    mixed = list(sent)
    for place in range(len(sent) - 1, 0, -TWICE):
        mixed.insert(min(place + 7, len(mixed)), sent[place])
    return mixed


# --- one door, served and loaded ----------------------------------------------------------------------------
class Served:
    """Daphne with one door, for the time of the block."""

    def __init__(self, target: str) -> None:
        self.port = 18_000 + os.getpid() % 1000
        command = [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(self.port), target]
        quiet = subprocess.DEVNULL
        self.process = subprocess.Popen(command, cwd=settings.BASE_DIR, stdout=quiet, stderr=quiet)  # noqa: S603 - our own

    def __enter__(self) -> "Served":
        for _ in range(600):
            try:
                asyncio.run(self._knock())
            except OSError:
                time.sleep(0.1)
            else:
                return self
        raise TimeoutError("the server did not come up")

    async def _knock(self) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.close()

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(20)

    @property
    def cpu_s(self) -> float:
        with open(f"/proc/{self.process.pid}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / HERTZ


async def post(port: int, sent: Sequence[Call], *, rate: float = 0.0) -> list[float]:
    """Milliseconds to each answer over keep-alive connections; at `rate` a second from the moment it was meant to leave.

    Raises `RuntimeError` on an answer that is not 200."""
    began, places, times = time.perf_counter() + 0.05, iter(range(len(sent))), [0.0] * len(sent)

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for place in places:
            meant = began + place / rate if rate else time.perf_counter()
            if rate and (wait := meant - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            writer.write(sent[place].wire)
            head = await reader.readuntil(b"\r\n\r\n")
            lines = head.lower().split(b"\r\n")
            await reader.readexactly(next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0))
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"answered {head[:30]!r}")
            times[place] = 1000 * (time.perf_counter() - meant)
        writer.close()

    await asyncio.gather(*(client() for _ in range(CONNECTIONS * (4 if rate else 1))))
    return times


def _closed(account: ChannelAccount, target: str, *, run: str) -> Figures:
    with Served(target) as server:
        asyncio.run(post(server.port, calls(account, WARM_UP, first=_fresh(WARM_UP))))
        first = _fresh(CLOSED)
        sent = calls(account, CLOSED, first=first)
        before, began, stored = server.cpu_s, time.perf_counter(), _stored(account, target)
        times = asyncio.run(post(server.port, sent))
        wall, cpu = time.perf_counter() - began, server.cpu_s - before
    if (kept := _stored(account, target) - stored) != CLOSED:
        raise RuntimeError(f"{account.kind} {run}: {kept} of {CLOSED} stored: a loss is no figure")
    return {
        "n": CLOSED,
        "rate_per_s": round(CLOSED / wall, 1),
        "cpu_us": round(1_000_000 * cpu / CLOSED, 1),
        **_latency(times),
    }


def _open(account: ChannelAccount) -> Figures:
    """At a fixed rate with duplicates; every webhook is in the inbox once."""
    with Served(DOORS["product"]) as server:
        asyncio.run(post(server.port, calls(account, WARM_UP, first=_fresh(WARM_UP))))
        sent = calls(account, OPEN_CALLS, first=_fresh(OPEN_CALLS))
        stored = _stored(account, DOORS["product"])
        times = asyncio.run(post(server.port, again(sent), rate=OPEN_RATE))
    kept = _stored(account, DOORS["product"]) - stored
    if kept != len(sent):
        raise RuntimeError(f"{account.kind}: {kept} of {len(sent)} stored: lost or double is no figure")
    doubles = len(times) - len(sent)
    return {"n": len(times), "rate_per_s": OPEN_RATE, "duplicates": doubles, "lost": 0, "double": 0, **_latency(times)}


def _flat(account: ChannelAccount) -> Iterator[Figures]:
    """CPU of the product's door with rows waiting in the inbox, and with ten times as many."""
    cost: dict[int, list[float]] = {}
    for stored in (STORED, STORED * TIMES):
        _fill(account, stored)
        for number in range(ROUNDS):
            figures = _closed(account, DOORS["product"], run=f"flat.{stored}.{number}")
            cost.setdefault(stored, []).append(figures["cpu_us"])
            yield {"path": "inbound", "kind": account.kind, "variant": f"backlog_{stored}", "round": number, **figures}
    few, many = (statistics.median(cost[stored]) for stored in (STORED, STORED * TIMES))
    yield {
        "path": "inbound",
        "kind": account.kind,
        "variant": "ten_times_the_backlog",
        "cpu_growth_ratio": round(many / few, 2),
    }


def _fill(account: ChannelAccount, count: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(COPY, {"account": account.pk, "run": f"{count}", "count": count})
        cursor.execute("ANALYZE conversations_inboundevent")


_given = 0


def _fresh(count: int) -> int:
    """The first of so many numbers that no call had yet."""
    global _given
    _given += count
    return _given - count


def _stored(account: ChannelAccount, target: str) -> int:
    mine = ACCOUNT if target == DOORS["bare"] else account.pk
    return InboundEvent.objects.filter(channel_account_id=mine).count()


def _latency(times: list[float]) -> Figures:
    ordered = sorted(times)
    return {
        "p50_ms": round(statistics.median(ordered), 2),
        "p99_ms": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))], 2),
    }
