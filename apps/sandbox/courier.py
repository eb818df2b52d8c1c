"""Carries signed webhooks to the shop: in order per lane, again until it answers 2xx or the platform gives up."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx2
import structlog

from . import bubbles
from .store import Store

log = structlog.get_logger(__name__)
WORKERS = 4
CLAIM_SECONDS = 60.0
TIMEOUT = 15.0
TICK_SECONDS = 0.5
IDLE_SECONDS = 0.1
META_RETRIES = (1.0, 3.0, 10.0, 30.0, 120.0, 600.0)
TELEGRAM_RETRIES = (1.0, 2.0, 4.0, 8.0, 16.0, 60.0, 300.0)
TWILIO_RETRIES = (0.5,)  # one more try, on failure to connect only
STRIPE_RETRIES = (1.0, 2.0, 4.0, 8.0, 30.0, 120.0, 600.0)
NEXT_DUE = """
select * from deliveries d where state = 'due' and due_at <= ? and (lane = '' or not exists (
  select 1 from deliveries e where e.lane = d.lane and e.id < d.id and e.state in ('due', 'busy')))
order by due_at, id limit 1"""
SIGN_LATE = "x-sandbox-stripe-secret"  # never leaves: each attempt is signed at its own time, as Stripe does
Tick = Callable[[Store], None]
Hear = Callable[[Store, str, bytes], None]
# By platform: what it does with the shop's answer to a webhook, given the account's name; only where it reads them.
HEARERS: dict[str, Hear] = {}


def stripe_signature(secret: str, body: bytes) -> str:
    """Stripe-Signature for now: t and v1 over "t.body"."""
    moment = str(int(time.time()))
    digest = hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


def post(
    store: Store, *, source: str, url: str, headers: dict[str, str], body: bytes, lane: str = "", delay: float = 0.0,
    retries: tuple[float, ...] = META_RETRIES, bubble: int = 0,
) -> int:  # fmt: skip
    """Queue one webhook; `source` is kind/account for the operator's eyes. `bubble` shows on the phone how it went."""
    number = store.insert(
        "insert into deliveries (lane, source, url, headers, body, due_at, retries, bubble) values (?, ?, ?, ?, ?, ?, ?, ?)",
        lane, source, url, json.dumps(headers), body, time.time() + delay, json.dumps(retries), bubble,
    )  # fmt: skip
    store.wake.set()
    return number


def claim(store: Store) -> Any:
    """The next webhook to carry, or None. A claim that is never finished falls back after a minute."""
    if (
        store.one("select 1 from deliveries where state = 'busy' or (state = 'due' and due_at <= ?)", time.time())
        is None
    ):
        return None
    with store.write():
        store.run(
            "update deliveries set state = 'due' where state = 'busy' and claimed_at < ?", time.time() - CLAIM_SECONDS
        )
        row = store.one(NEXT_DUE, time.time())
        if row is not None:
            store.run("update deliveries set state = 'busy', claimed_at = ? where id = ?", time.time(), row["id"])
        return row


def carry(store: Store, row: Any, client: httpx2.Client) -> None:
    """One attempt, and what follows from its answer."""
    status, detail, said = 0, "", b""
    headers, body = json.loads(row["headers"]), bytes(row["body"])
    if SIGN_LATE in headers:
        headers["stripe-signature"] = stripe_signature(headers.pop(SIGN_LATE), body)
    try:
        answer = client.post(row["url"], content=body, headers=headers, timeout=TIMEOUT)
        status, detail, said = answer.status_code, answer.text[:300], answer.content
    except httpx2.HTTPError as error:
        detail = repr(error)[:300]
    retries = json.loads(row["retries"])
    attempts = row["attempts"] + 1
    is_done = 200 <= status < 300
    # A carrier that retries only lost connections (one retry in the list) takes any answer as the last word.
    may_retry = not is_done and attempts <= len(retries) and not (len(retries) == 1 and status)
    state = "done" if is_done else "due" if may_retry else "dead"
    due_at = time.time() + retries[attempts - 1] if may_retry else row["due_at"]
    with store.write():
        store.run(
            "update deliveries set state = ?, attempts = ?, status = ?, detail = ?, due_at = ? where id = ?",
            state, attempts, status, detail, due_at, row["id"],
        )  # fmt: skip
        if row["bubble"] and state != "due":
            bubbles.change(store, row["bubble"], state="delivered" if is_done else "failed")
        platform, _, account = row["source"].partition("/")
        if is_done and said and platform in HEARERS:
            HEARERS[platform](store, account, said)


class Courier:
    """A few threads that carry, and one tick for what happens by time alone."""

    def __init__(self, store: Store, ticks: tuple[Tick, ...] = ()) -> None:
        self.store = store
        self.ticks = ticks
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self._work, name=f"courier-{n}", daemon=True) for n in range(WORKERS)]
        self.threads.append(threading.Thread(target=self._tick, name="courier-tick", daemon=True))

    def start(self) -> "Courier":
        for thread in self.threads:
            thread.start()
        return self

    def stop(self) -> None:
        self.stopping.set()
        self.store.wake.set()
        for thread in self.threads:
            thread.join(timeout=5)

    def _work(self) -> None:
        # The shop is on this machine: a proxy set in the environment has no business here.
        with httpx2.Client(trust_env=False) as client:
            while not self.stopping.is_set():
                row = self._claim()
                if row is None:
                    self.store.wake.wait(IDLE_SECONDS)
                    self.store.wake.clear()
                    continue
                carry(self.store, row, client)

    def _claim(self) -> Any:
        try:
            return claim(self.store)
        except Exception:
            log.exception("sandbox_courier_claim_failed")
            self.stopping.wait(TICK_SECONDS)
            return None

    def _tick(self) -> None:
        while not self.stopping.wait(TICK_SECONDS):
            for tick in self.ticks:
                try:
                    tick(self.store)
                except Exception:
                    log.exception("sandbox_tick_failed", tick=tick.__name__)


_couriers: dict[int, Courier] = {}
_starting = threading.Lock()


def ensure_running(store: Store, ticks: tuple[Tick, ...] = ()) -> Courier:
    """The courier of this store, started on first need."""
    with _starting:
        if id(store) not in _couriers:
            _couriers[id(store)] = Courier(store, ticks).start()
        return _couriers[id(store)]


def shut_down(store: Store) -> None:
    """Stop carrying for this store; what is queued stays queued."""
    with _starting:
        running = _couriers.pop(id(store), None)
    if running is not None:
        running.stop()


def deliveries(store: Store, *, limit: int = 50) -> list[dict[str, Any]]:
    """The newest webhooks and how they went, for the operator."""
    rows = store.all(
        "select id, source, url, attempts, state, status, detail, due_at, body from deliveries order by id desc limit ?",
        limit,
    )
    return [{**dict(row), "body": bytes(row["body"]).decode(errors="replace")} for row in rows]
