"""Counts that all processes share, kept in Valkey for a while. Nobody waits for them: where it is away or slow, it is left alone.

A count that cannot be had is 0, so whoever asks goes on without.
"""

import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import redis
import structlog
from django.conf import settings
from django.core.cache import cache
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = structlog.get_logger(__name__)

PATIENCE = 0.1  # seconds for connecting, and again for an answer: somebody may hold a lock meanwhile
REST = 30.0  # seconds without asking after it did not answer


class Tally:
    """Counts at one address, and remembers when that last gave no answer."""

    def __init__(self, address: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        # The driver would by itself wait for five seconds, and then try again.
        self._valkey: Any = redis.Redis.from_url(
            address, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=Retry(NoBackoff(), 0)
        )
        self._clock, self._rests_until = clock, 0.0

    def add(self, name: str, by: int, *, kept: int) -> int:
        """The count with `by` more, forgotten after `kept` seconds; 0 where nobody can tell."""
        if self._clock() < self._rests_until:
            return 0
        key = cache.make_key(name)
        try:
            with self._valkey.pipeline(transaction=False) as line:
                line.incrby(key, by)
                line.expire(key, kept)
                return int(line.execute()[0])
        except redis.RedisError as error:
            self._rests_until = self._clock() + REST
            logger.warning("tally.resting", error=str(error))
            return 0


def add(name: str, by: int = 1, *, kept: int) -> int:
    """`Tally.add` at the address of the cache."""
    return _tally().add(name, by, kept=kept)


@lru_cache(maxsize=1)
def _tally() -> Tally:
    return Tally(str(settings.CACHES["default"]["LOCATION"]))
