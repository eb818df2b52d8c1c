"""Figures in one interleaved run: ours, the usual way and the least that could work. Ratios count, not numbers."""

import asyncio
import hashlib
import hmac
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings

from apps.catalog.bench import bench_search
from apps.conversations.models import InboundEvent
from apps.orders.bench import bench_stock

from .bench_doors import SECRET
from .bench_turn import bench_account, turn

Figures = dict[str, Any]
ROUNDS, CONNECTIONS, WARM_UP = 5, 16, 200
DOORS = {
    "product": "chatshop.asgi:application",
    "bare": "apps.gateway.bench_doors:bare",
    "usual": "apps.gateway.bench_doors:usual",
}
HERTZ = os.sysconf("SC_CLK_TCK")


def inbound(*, n: int = 800, rounds: int = ROUNDS) -> Iterator[Figures]:
    """Acknowledgements of signed webhooks by Daphne: rate and server CPU of each door, then the ratios."""
    bench_account()
    rates: dict[str, list[float]] = {name: [] for name in DOORS}
    cpu: dict[str, list[float]] = {name: [] for name in DOORS}
    for number in range(rounds):
        for name, target in DOORS.items():
            figures = _one_door(target, n, prefix=f"bench.{number}.{name}")
            rates[name].append(figures["rate_per_s"])
            cpu[name].append(figures["cpu_us"])
            yield {"path": "inbound", "variant": name, "n": n, "round": number, **figures}
    yield {
        "path": "inbound",
        "variant": "ratios",
        "n": n * rounds,
        "cpu_product_to_bare_ratio": _ratio(cpu["product"], cpu["bare"]),
        "rate_product_to_usual_ratio": _ratio(rates["product"], rates["usual"]),
        "spread_bare_percent": round(100 * (max(cpu["bare"]) / min(cpu["bare"]) - 1), 1),
        "load_average": os.getloadavg()[0],
    }


BENCHES: dict[str, Callable[[], Iterator[Figures]]] = {
    "inbound": inbound,
    "turn": turn,
    "stock": bench_stock,
    "search": bench_search,
}


def _ratio(ours: list[float], theirs: list[float]) -> float:
    return round(statistics.median(a / b for a, b in zip(ours, theirs, strict=True)), 2)


# --- one door, served and loaded -----------------------------------------------------------------


def _one_door(target: str, n: int, *, prefix: str) -> Figures:
    port = 18_000 + os.getpid() % 1000
    server = subprocess.Popen(  # noqa: S603 - our own command line
        [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port), target],
        cwd=settings.BASE_DIR,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port)
        asyncio.run(_load(port, WARM_UP, prefix=f"{prefix}.warm"))
        before, began = _cpu_seconds(server.pid), time.perf_counter()
        answers = asyncio.run(_load(port, n, prefix=prefix))
        wall, cpu = time.perf_counter() - began, _cpu_seconds(server.pid) - before
    finally:
        server.terminate()
        server.wait(20)
    stored = InboundEvent.objects.filter(event_key__startswith=f"{prefix}.", event_key__regex=r"\.\d+$").count()
    if answers != n or stored < n:
        raise RuntimeError(f"{target}: {answers} of {n} acknowledged, {stored} stored: a loss is no figure")
    return {"rate_per_s": round(n / wall, 1), "cpu_us": round(1_000_000 * cpu / n, 1)}


def _wait_for(port: int) -> None:
    for _ in range(600):
        try:
            asyncio.run(_load(port, 1, prefix="bench.probe"))
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the server did not come up")


def _cpu_seconds(pid: int) -> float:
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / HERTZ


async def _load(port: int, n: int, *, prefix: str) -> int:
    """`n` webhooks over keep-alive connections, each waiting for its answer; returns how many got 200."""
    numbers = iter(range(n))

    async def client() -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        taken = 0
        for number in numbers:
            writer.write(_request(f"{prefix}.{number}", number))
            head = await reader.readuntil(b"\r\n\r\n")
            taken += head.startswith(b"HTTP/1.1 200")
            length = next(
                (int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if b"content-length" in line), 0
            )
            await reader.readexactly(length)
        writer.close()
        return taken

    return sum(await asyncio.gather(*(client() for _ in range(min(CONNECTIONS, n)))))


def _request(key: str, number: int) -> bytes:
    message = {
        "from": f"49170{number % 1000:06d}",
        "id": key,
        "timestamp": str(int(time.time())),
        "type": "text",
        "text": {"body": "hi"},
    }
    value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": "1"}, "messages": [message]}
    body = json.dumps(
        {"object": "x", "entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}]}
    ).encode()
    signature = hmac.new(SECRET, body, hashlib.sha256).hexdigest()
    head = (
        "POST /webhooks/whatsapp/bench/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"X-Hub-Signature-256: sha256={signature}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
