"""The worker: threads that take turns, deliver and run jobs; PostgreSQL wakes them, a one-second poll is the net.

Any number of these may run on any machines. Killed at any point, another one goes on from what was committed.
"""

import signal
import threading
from collections.abc import Callable, Sequence
from functools import partial
from types import FrameType
from typing import Any

import psycopg
import structlog
from django.db import Error as DatabaseError
from django.db import connection

from apps.conversations.deliver import deliver, look, requeue_unknown

from .heartbeat import beat
from .jobs import JOBS, respond
from .memory import settle_down
from .pool import connection_parameters
from .turns import COUNT, Respond, run_turn

logger = structlog.get_logger(__name__)

POLL_SECONDS = 1.0
BEAT_SECONDS = 2.0
AFTER_ERROR_SECONDS = 0.5
STOP_SECONDS = 25.0
CHANNEL = "chatshop_work"
BATCH = 20  # of a job at a time
TURN_THREADS, DELIVERY_THREADS = 2, 4


class Attempts:
    """Counts attempts on a connection of its own, committed before the turn: what kills the process is still counted."""

    def __init__(self) -> None:
        self._connection: psycopg.Connection | None = None

    def __call__(self, ids: Sequence[int]) -> None:
        if self._connection is None or self._connection.closed:
            options = "-c synchronous_commit=off -c lock_timeout=2000"
            self._connection = psycopg.connect(**connection_parameters() | {"autocommit": True, "options": options})
        self._connection.execute(COUNT, [list(ids)])

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()


def make_room(threads: int) -> None:
    """So many threads keep a connection each; this one gives back its own. Whoever found none would wait for ever."""
    connection.close()
    pool: Any = connection
    if pool.pool is not None and pool.pool.max_size < threads:
        pool.pool.resize(pool.pool.min_size, threads)


class Worker:
    """`run` blocks until `stop`; `answer` is who responds in a turn, `jobs` what else is due from time to time."""

    def __init__(
        self,
        *,
        answer: Respond = respond,
        jobs: dict[str, Callable[[int], int]] | None = None,
        turn_threads: int = TURN_THREADS,
        delivery_threads: int = DELIVERY_THREADS,
    ) -> None:
        self.answer = answer
        self.jobs = JOBS if jobs is None else jobs
        self.turn_threads, self.delivery_threads = turn_threads, delivery_threads
        self.stopping = threading.Event()
        self.bells: list[tuple[str, threading.Event]] = []

    def run(self) -> None:
        threads = self._threads()
        make_room(len(threads))
        settle_down()
        for thread in threads:
            thread.start()
        logger.info("worker.started", threads=len(threads))
        self._listen()
        for thread in threads:
            thread.join(STOP_SECONDS)
        logger.info("worker.stopped")

    def stop(self, signum: int = 0, frame: FrameType | None = None) -> None:
        """Finish what is under way, begin nothing new. Fit for a signal handler."""
        self.stopping.set()
        for _, bell in self.bells:
            bell.set()

    def handle_signals(self) -> None:
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self.stop)

    # --- threads ---------------------------------------------------------------------------------

    def _threads(self) -> list[threading.Thread]:
        found = [self._thread("inbox", f"turns-{n}", self._turns()) for n in range(self.turn_threads)]
        found += [self._thread("outbox", f"delivery-{n}", deliver_one) for n in range(self.delivery_threads)]
        found += [self._thread(name, f"job-{name}", partial(run, BATCH)) for name, run in self.jobs.items()]
        return [*found, self._thread("upkeep", "upkeep", requeue_unknown)]

    def _turns(self) -> Callable[[], int]:
        attempts = Attempts()
        return lambda: run_turn(self.answer, count=attempts)

    def _thread(self, queue: str, name: str, work: Callable[[], int]) -> threading.Thread:
        bell = threading.Event()
        self.bells.append((queue, bell))
        return threading.Thread(target=self._loop, args=(name, bell, work), name=name, daemon=True)

    def _loop(self, name: str, bell: threading.Event, work: Callable[[], int]) -> None:
        """Work while there is any; then sleep until the bell or the next poll."""
        while not self.stopping.is_set():
            bell.clear()
            try:
                while not self.stopping.is_set() and work():
                    pass
            except (DatabaseError, psycopg.Error):
                logger.warning("worker.database", thread=name, exc_info=True)
                connection.close()
                self.stopping.wait(AFTER_ERROR_SECONDS)
                continue
            except Exception:
                logger.exception("worker.crashed", thread=name)
                self.stopping.wait(AFTER_ERROR_SECONDS)
            bell.wait(POLL_SECONDS)
        connection.close()

    # --- wake-up ---------------------------------------------------------------------------------

    def _listen(self) -> None:
        """Ring the bells that NOTIFY names, beat, and survive a database that goes away."""
        while not self.stopping.is_set():
            try:
                with psycopg.connect(**connection_parameters(), autocommit=True) as listener:
                    listener.execute(f"LISTEN {CHANNEL}")
                    self._ring_all()
                    while not self.stopping.is_set():
                        self._beat()
                        for notice in listener.notifies(timeout=BEAT_SECONDS):
                            self._ring(notice.payload)
                            if self.stopping.is_set():
                                break
            except (psycopg.Error, OSError):
                logger.warning("worker.deaf", exc_info=True)
                self.stopping.wait(AFTER_ERROR_SECONDS)

    def _beat(self) -> None:
        try:
            beat()
        except Exception:  # a cache that is away must not stop the work
            logger.warning("worker.unheard", exc_info=True)

    def _ring(self, queue: str) -> None:
        for name, bell in self.bells:
            if name == queue:
                bell.set()

    def _ring_all(self) -> None:
        for _, bell in self.bells:
            bell.set()


def deliver_one() -> int:
    """Send the message that waited longest. 0 when nothing is due: one that was put off or given up is work as well."""
    found = look(1)
    for claim in found.claims:
        deliver(claim)
    return found.decided
