"""Which web chat visitors write from one place, known for as long as goods are held and by a name that leads nowhere."""

import time
from functools import lru_cache
from typing import Any

import redis
import structlog
from django.conf import settings
from django.utils.crypto import salted_hmac

logger = structlog.get_logger(__name__)

KEPT = 40 * 60  # seconds since somebody last wrote: what waits for its payment is held a little shorter
_PREFIX = "chatshop:place:"


def remember_place(account: int, visitor: str, address: str) -> None:
    """This visitor of a web chat (the id of its account) has just written from this network address; the address itself is kept nowhere."""
    place = salted_hmac("conversations.places", f"{account}:{address}", algorithm="sha256").hexdigest()[:32]
    now = time.time()
    try:
        with _valkey().pipeline(transaction=False) as line:
            line.set(f"{_PREFIX}of:{account}:{visitor}", place, ex=KEPT)
            line.zadd(f"{_PREFIX}{place}", {visitor: now})
            line.zremrangebyscore(f"{_PREFIX}{place}", "-inf", now - KEPT)
            line.expire(f"{_PREFIX}{place}", KEPT)
            line.execute()
    except redis.RedisError as error:  # the shop goes on without
        logger.warning("places.not_remembered", error=str(error))


def neighbours_of(account: int, visitor: str) -> set[str]:
    """The other visitors of that web chat who wrote from the same place a short while ago; none where the place is not known."""
    try:
        place = _valkey().get(f"{_PREFIX}of:{account}:{visitor}")
        if not place:
            return set()
        found = _valkey().zrangebyscore(f"{_PREFIX}{place}", time.time() - KEPT, "+inf")
    except redis.RedisError as error:
        logger.warning("places.not_known", error=str(error))
        return set()
    return set(found) - {visitor}


@lru_cache(maxsize=1)
def _valkey() -> Any:
    return redis.Redis.from_url(
        str(settings.CACHES["default"]["LOCATION"]), decode_responses=True, socket_timeout=1, socket_connect_timeout=1
    )
