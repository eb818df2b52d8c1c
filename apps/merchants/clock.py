"""The one clock. Pacing, coalescing, holds and timers ask it; transcripts and tests set it."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

EARLIEST, LATEST = 1900, 3000  # years
_fixed: ContextVar[dt.datetime | None] = ContextVar("fixed_now", default=None)


def now() -> dt.datetime:
    """The present moment, aware, UTC; a virtual one inside `at`."""
    return _fixed.get() or dt.datetime.now(dt.UTC)


def is_a_day_of_ours(moment: dt.datetime | dt.date) -> bool:
    """Programs write "no date" as the year 1 or 9999, which no zone but UTC can hold."""
    return EARLIEST <= moment.year < LATEST


@contextmanager
def at(moment: dt.datetime) -> Iterator[None]:
    """Everything inside happens at `moment`."""
    token = _fixed.set(moment)
    try:
        yield
    finally:
        _fixed.reset(token)
