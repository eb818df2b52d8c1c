"""A family of processes: who dies comes back, and nobody is left behind."""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from chatshop.processes import Family, Process

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = [sys.executable, "-c", "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"]


def _until(true: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _is_gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


@pytest.fixture
def told() -> list[str]:
    return []


def test_who_dies_is_started_again(tmp_path: Path, told: list[str]) -> None:
    family = Family(tell=told.append)
    member = family.add(Process("sleeper", SLEEPER, tmp_path / "log", os.environ))
    assert member.child is not None
    first = member.child.pid
    os.kill(first, signal.SIGKILL)
    member.child.wait()

    def is_back() -> bool:
        family.tend()
        return member.child is not None and member.child.pid != first

    _until(is_back)
    family.stop()
    assert told == [f"sleeper ended with -9, starting it again (its log: {tmp_path / 'log'})"]


def test_who_keeps_dying_is_given_longer_and_longer_pauses(tmp_path: Path, told: list[str]) -> None:
    family = Family(tell=told.append)
    member = family.add(Process("broken", [sys.executable, "-c", "raise SystemExit(3)"], tmp_path / "log", os.environ))

    def has_died_three_times() -> bool:
        family.tend()
        return len(told) == 3

    _until(has_died_three_times)
    family.stop()
    assert member.pause == 2.0
    assert set(told) == {f"broken ended with 3, starting it again (its log: {tmp_path / 'log'})"}


def test_stop_ends_everybody_even_who_will_not(
    tmp_path: Path, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatshop.processes.STOP_SECONDS", 0.5)
    family = Family(tell=told.append)
    members = [family.add(Process(str(n), SLEEPER, tmp_path / "log", os.environ)) for n in range(2)]
    members.append(family.add(Process("stubborn", STUBBORN, tmp_path / "log", os.environ)))
    time.sleep(0.3)
    pids = [member.child.pid for member in members if member.child is not None]
    family.stop()
    assert [_is_gone(pid) for pid in pids] == [True, True, True]
