"""When one thread may get its next message, where a platform limits how fast a person is written to."""

import datetime as dt
from collections.abc import Iterable, Sequence

from .channel import Capability

REMEMBERED = 5  # so many bursts of earlier messages are looked at


def counted(begun: Iterable[tuple[dt.datetime, int]]) -> list[dt.datetime]:
    """Platforms count what goes over the wire: a message that took four calls (when it began, in how many parts) is four."""
    return [at for at, parts in begun for _ in range(max(parts, 1))]


def free_at(started: Sequence[dt.datetime], capability: Capability, now: dt.datetime) -> dt.datetime:
    """`burst` messages at once, then one more each `pace_seconds`: nobody waits longer than that for the next word.

    `started` says when the parts of the thread's earlier messages left, newest first; `REMEMBERED * burst` are enough. A
    message of several parts is not cut in two: what it had too many of is waited for afterwards.
    """
    over = enumerate(started[capability.burst - 1 :], start=1)
    return max([now, *(at + dt.timedelta(seconds=capability.pace_seconds * count) for count, at in over)])
