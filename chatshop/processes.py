"""Keeping a handful of processes alive: started in order, started again when one dies, stopped together."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

PR_SET_PDEATHSIG = 1
LONGEST_PAUSE = 30.0
STEADY_SECONDS = 30.0  # who lived so long starts again without a pause
STOP_SECONDS = 10.0

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent(how: signal.Signals) -> Callable[[], None] | None:
    """For Popen's preexec_fn: on Linux the kernel sends the child `how` when we die, however we die."""
    if _libc is None:
        return None
    return lambda: _libc.prctl(PR_SET_PDEATHSIG, int(how)) and None


@dataclass
class Process:
    """One command to keep alive. `child` is None until it is started."""

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str]
    child: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0.0
    restart_at: float = 0.0
    pause: float = 0.0
    output: BinaryIO | None = None

    def start(self) -> None:
        self.output = self.output or self.log.open("ab")
        self.started_at = time.monotonic()
        self.child = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=self.output,
            stderr=self.output,
            env=dict(self.environment),
            start_new_session=True,  # Ctrl-C in the terminal reaches us alone; we stop the children in order
            preexec_fn=die_with_parent(signal.SIGTERM),
        )

    def signal_group(self, how: signal.Signals) -> None:
        if self.child is not None and self.child.poll() is None:
            os.killpg(self.child.pid, how)


@dataclass
class Family:
    """The processes of one run. `tell` gets one line per thing worth knowing."""

    tell: Callable[[str], None]
    members: list[Process] = field(default_factory=list)
    watches: list[Callable[[], None]] = field(default_factory=list)  # looked at with every `tend`, before the members
    is_stopping: bool = False

    def add(self, process: Process) -> Process:
        self.members.append(process)
        process.start()
        return process

    def tend(self) -> None:
        """One look at everybody: whoever died is started again, after a pause that doubles while it keeps dying."""
        for watch in self.watches:
            watch()
        now = time.monotonic()
        for member in self.members:
            if member.child is None:
                if now >= member.restart_at:
                    member.start()
            elif (code := member.child.poll()) is not None:
                lived = now - member.started_at
                member.pause = 0.0 if lived > STEADY_SECONDS else min(max(0.5, member.pause * 2), LONGEST_PAUSE)
                member.restart_at = now + member.pause
                member.child = None
                self.tell(f"{member.name} ended with {code}, starting it again (its log: {member.log})")

    def run(self) -> None:
        """Tends until `stop_soon`."""
        while not self.is_stopping:
            self.tend()
            time.sleep(0.2)

    def stop_soon(self, *_signal_and_frame: object) -> None:
        """For signal handlers: `run` returns within a moment."""
        self.is_stopping = True

    def stop(self) -> None:
        """Everybody is asked, then made, to end; the last started first. No child outlives this."""
        for member in reversed(self.members):
            member.signal_group(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for member in reversed(self.members):
            if member.child is None:
                continue
            try:
                member.child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                member.signal_group(signal.SIGKILL)
                member.child.wait()
        for member in self.members:
            if member.output is not None:
                member.output.close()
        self.members.clear()
