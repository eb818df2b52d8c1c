"""How long the calls of one piece of work may take together, however many they are."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

LEAST = 0.001  # seconds: a socket takes none for "do not wait at all"

_until: ContextVar[float | None] = ContextVar("until", default=None)  # on the monotonic clock


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """What is called outside from in here is over after so many seconds, all calls together."""
    token = _until.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _until.reset(token)


def time_left() -> float:
    """Seconds until the deadline this work is under; without one, no end of them."""
    until = _until.get()
    return math.inf if until is None else until - time.monotonic()


def at_most(timeout: float | None) -> float | None:
    """The timeout of one wait, or what is left where that is less."""
    left = max(time_left(), LEAST)
    return timeout if left == math.inf else min(timeout or math.inf, left)
