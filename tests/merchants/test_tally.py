"""Counts in Valkey: had at once, or not at all."""

import socket
import time

import pytest
from django.conf import settings

from apps.merchants import tally
from apps.merchants.tally import REST, Tally


def test_it_counts_for_everybody() -> None:
    first, second = (Tally(str(settings.CACHES["default"]["LOCATION"])) for _ in range(2))
    assert [first.add("a", 1, kept=60), second.add("a", 5, kept=60), first.add("b", 2, kept=60)] == [1, 6, 2]
    assert tally.add("a", kept=60) == 7


@pytest.mark.parametrize("listens", [True, False], ids=["hangs", "away"])
def test_one_that_gives_no_answer_is_left_alone_for_a_while(listens: bool) -> None:
    now = 1000.0
    with socket.create_server(("127.0.0.1", 0)) as silent:
        theirs = Tally(f"redis://127.0.0.1:{silent.getsockname()[1]}/0", clock=lambda: now)
        if not listens:
            silent.close()
        began = time.monotonic()
        assert [theirs.add("a", 1, kept=60) for _ in range(20)] == [0] * 20
        assert time.monotonic() - began < 1
        if listens:
            silent.settimeout(0)
            assert len(_callers(silent)) == 1
            now += REST + 1
            assert (theirs.add("a", 1, kept=60), len(_callers(silent))) == (0, 1)  # asked again


def _callers(server: socket.socket) -> list[socket.socket]:
    found = []
    while True:
        try:
            found.append(server.accept()[0])
        except BlockingIOError:
            return found
