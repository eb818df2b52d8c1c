"""How much an account sends in a second over all its threads, where its platform limits that.

Counted in the cache, in wire messages, second by second; no row is read or written for it. A cache that is away stops
nothing: the platform says by itself when it is too much.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import structlog
from django.core.cache import cache

from apps.merchants import clock
from apps.messaging.channel import Capability

logger = structlog.get_logger(__name__)

SECOND = dt.timedelta(seconds=1)
KEPT_SECONDS = 5


def per_second(capability: Capability, config: Mapping[str, Any]) -> int:
    """0 where nothing limits it; an account may be allowed more than the platform's usual."""
    allowed = str(config.get("per_second") or "")
    return int(allowed) if capability.per_second and allowed.isdecimal() and int(allowed) else capability.per_second


def take_room(account_id: int, most: int, now: dt.datetime) -> dt.datetime:
    """`now`, and one more counted, where this second has room; else when the next one begins."""
    if not most or _count(account_id, now) <= most:
        return now
    return now.replace(microsecond=0) + SECOND


def note_part(account_id: int, most: int) -> None:
    """A further part of what goes out anyway: whoever comes next finds so much less room."""
    if most:
        _count(account_id, clock.now())


def _count(account_id: int, now: dt.datetime) -> int:
    """The how-manieth of this second this is, for all workers; 0 where nobody can tell."""
    key = f"sent:{account_id}:{int(now.timestamp())}"
    try:
        cache.add(key, 0, KEPT_SECONDS)
        return int(cache.incr(key))
    except Exception:  # whatever the cache's driver raises
        logger.warning("pace.uncounted", account=account_id, exc_info=True)
        return 0
