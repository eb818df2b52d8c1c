"""How the pages know that a worker lives: it says so in the cache, and silence is the alarm."""

import time

from django.core.cache import cache

KEY = "worker-heartbeat"
KEPT_SECONDS = 60


def beat() -> None:
    """A worker calls this every few seconds."""
    cache.set(KEY, time.time(), KEPT_SECONDS)


def last_beat() -> float | None:
    """When any worker last spoke (seconds since the epoch), None when none did within a minute."""
    return cache.get(KEY)
