"""When one thread may get its next message, where a platform limits how fast a person is written to."""

import datetime as dt
from collections.abc import Sequence

from .channel import Capability

REMEMBERED = 5  # so many bursts of earlier messages are looked at


def free_at(started: Sequence[dt.datetime], capability: Capability, now: dt.datetime) -> dt.datetime:
    """`burst` messages at once, then one more each `pace_seconds`: nobody waits longer than that for the next word.

    `started` says when the thread's earlier messages left, newest first; `REMEMBERED * burst` of them are enough.
    """
    over = enumerate(started[capability.burst - 1 :], start=1)
    return max([now, *(at + dt.timedelta(seconds=capability.pace_seconds * count) for count, at in over)])
