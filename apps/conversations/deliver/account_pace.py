"""How much an account sends in a second over all its threads, where its platform limits that.

Counted in wire messages, second by second; no row is read or written for it. A tally that is away stops nothing: the
platform says by itself when it is too much.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from apps.merchants import clock, tally
from apps.messaging.channel import Capability

SECOND = dt.timedelta(seconds=1)
KEPT_SECONDS = 5
_full: dict[int, dt.datetime] = {}  # accounts without room, as far as this process met them, and until when


def per_second(capability: Capability, config: Mapping[str, Any]) -> int:
    """0 where nothing limits it; an account may be allowed more than the platform's usual."""
    allowed = str(config.get("per_second") or "")
    return int(allowed) if capability.per_second and allowed.isdecimal() and int(allowed) else capability.per_second


def take_room(account_id: int, most: int, now: dt.datetime) -> dt.datetime:
    """`now`, and one more counted, where this second has room; else when the next one begins."""
    if not most or _count(account_id, now) <= most:
        return now
    _full[account_id] = now.replace(microsecond=0) + SECOND
    return _full[account_id]


def note_part(account_id: int, most: int) -> None:
    """A further part of what goes out anyway: whoever comes next finds so much less room."""
    if most:
        _count(account_id, clock.now())


def without_room(now: dt.datetime) -> list[int]:
    """The accounts that were found full in this second: nothing of theirs needs to be looked at before the next."""
    for account_id, until in list(_full.items()):
        if not now < until <= now + SECOND:
            _full.pop(account_id, None)
    return sorted(_full)


def _count(account_id: int, now: dt.datetime) -> int:
    """The how-manieth of this second this is, for all workers; 0 where nobody can tell."""
    return tally.add(f"sent:{account_id}:{int(now.timestamp())}", kept=KEPT_SECONDS)
