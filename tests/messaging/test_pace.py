"""A burst goes out at once; after it every further word waits its few seconds, and no longer."""

import datetime as dt

from apps.messaging.channel import channel_for
from apps.messaging.pace import REMEMBERED, counted, free_at

NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
WHATSAPP = channel_for("whatsapp").capability


def sent(count: int) -> list[float]:
    """When each of `count` messages leaves, in seconds, if all of them wait from the first moment on."""
    left: list[dt.datetime] = []
    for _ in range(count):
        now = left[-1] if left else NOON
        left.append(free_at(left[::-1][: REMEMBERED * WHATSAPP.burst], WHATSAPP, now))
    return [(at - NOON).total_seconds() for at in left]


def test_a_burst_at_once_and_then_one_each_six_seconds() -> None:
    burst = WHATSAPP.burst
    assert sent(burst + 4) == [0.0] * burst + [6.0, 12.0, 18.0, 24.0]


def test_a_long_queue_goes_on_at_the_same_pace_for_as_long_as_is_remembered() -> None:
    gaps = {later - earlier for earlier, later in zip(sent(50)[11:], sent(50)[12:], strict=False)}
    assert gaps == {6.0}


def test_silence_fills_the_burst_again() -> None:
    before = [NOON] * WHATSAPP.burst
    quiet = NOON + dt.timedelta(seconds=WHATSAPP.pace_seconds * WHATSAPP.burst)
    assert free_at(before, WHATSAPP, quiet) == quiet
    assert free_at(before, WHATSAPP, NOON) == NOON + dt.timedelta(seconds=6)


def wires(parts: int, seconds: int) -> int:
    """How many calls go out within so many seconds, where every message takes `parts` of them."""
    begun: list[tuple[dt.datetime, int]] = []
    while True:
        now = begun[0][0] if begun else NOON
        at = free_at(counted(begun[: REMEMBERED * WHATSAPP.burst]), WHATSAPP, now)
        if at > NOON + dt.timedelta(seconds=seconds):
            return sum(count for _, count in begun)
        begun.insert(0, (at, parts))


def test_what_goes_over_the_wire_is_counted_and_not_the_messages() -> None:
    assert [wires(parts, 0) for parts in (1, 2, 4, 5, 10)] == [12, 12, 12, 15, 20]


def test_whatever_the_messages_are_made_of_the_pace_over_a_minute_is_the_same() -> None:
    assert [wires(parts, 60) for parts in (1, 2, 4)] == [22, 22, 24]
