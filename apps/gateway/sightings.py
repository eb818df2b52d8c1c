"""What the door sees beside genuine calls: handshakes and forged calls, written down at most once a minute each; a burst
of forged ones once more, so that one that ends at once is known too.

A genuine call leaves its events in the inbox and costs nothing here. A flood of forged ones costs a number in memory.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import psycopg
import structlog

from apps.conversations.health import BURST
from apps.merchants import clock
from apps.merchants.models import ChannelAccount

from . import pool

logger = structlog.get_logger(__name__)
EVERY = 60.0  # seconds between two writes about the same thing of the same account, in this process

Run = Callable[[str, dict[str, Any]], Awaitable[Any]]

# Forged calls are counted as long as one follows another within a day.
NOTE = """
INSERT INTO conversations_accounthealth (merchant_id, channel_account_id, handshake_at, forged_at, forged_calls)
VALUES (%(merchant)s, %(account)s, %(handshake_at)s, %(forged_at)s, %(forged)s)
ON CONFLICT (channel_account_id) DO UPDATE SET
    handshake_at = COALESCE(EXCLUDED.handshake_at, conversations_accounthealth.handshake_at),
    forged_at = COALESCE(EXCLUDED.forged_at, conversations_accounthealth.forged_at),
    forged_calls = LEAST(2000000000, EXCLUDED.forged_calls + CASE
        WHEN EXCLUDED.forged_at IS NOT NULL
            AND conversations_accounthealth.forged_at < EXCLUDED.forged_at - interval '1 day'
        THEN 0 ELSE conversations_accounthealth.forged_calls END)
RETURNING id
"""


class Sight(StrEnum):
    HANDSHAKE = "handshake"
    FORGED = "forged"


@dataclass
class Sightings:
    """Of this process. `run` writes."""

    run: Run = pool.run
    written_at: dict[tuple[int, Sight], float] = field(default_factory=dict)
    unwritten: dict[tuple[int, Sight], int] = field(default_factory=dict)
    in_burst: set[tuple[int, Sight]] = field(default_factory=set)  # written down in this minute already

    async def note(self, account: ChannelAccount, sight: Sight) -> None:
        """Count it, and write it down unless the same was written a moment ago. Never raises: the caller has an answer to
        give."""
        key = (account.pk, sight)
        self.unwritten[key] = self.unwritten.get(key, 0) + 1
        now = time.monotonic()
        if key in self.written_at and now - self.written_at[key] < EVERY:
            if self.unwritten[key] < BURST or key in self.in_burst:
                return
            self.in_burst.add(key)
        else:
            self.in_burst.discard(key)
            self.written_at[key] = now
        count = self.unwritten.pop(key)
        try:
            await self.run(NOTE, _values(account, sight, count))
        except (psycopg.Error, TimeoutError):
            self.unwritten[key] = self.unwritten.get(key, 0) + count
            logger.exception("sighting.not_written", account=account.pk, sight=str(sight))


def _values(account: ChannelAccount, sight: Sight, count: int) -> dict[str, Any]:
    now = clock.now()
    return {
        "merchant": account.merchant_id,
        "account": account.pk,
        "handshake_at": now if sight is Sight.HANDSHAKE else None,
        "forged_at": now if sight is Sight.FORGED else None,
        "forged": count if sight is Sight.FORGED else 0,
    }
