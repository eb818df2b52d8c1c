"""A running `manage.py demo`, as a visitor starts it, in a folder and on a port of its own."""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOT_INHERITED = (
    "DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "SALT_KEY",
    "TEST_DATABASE",
    "DJANGO_SETTINGS_MODULE",
    "PORT",
)


class Demo:
    """A running `manage.py demo` in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if name not in NOT_INHERITED and not name.startswith(("CHATSHOP_", "STRIPE_"))
        }
        self.environment["DATA_DIR"] = str(folder)
        self.folder = folder
        self.lines: list[str] = []
        self.child = subprocess.Popen(
            [sys.executable, "manage.py", "demo", "--port", str(self.port)],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def wait_until(self, words: str) -> str:
        """Reads what it tells until a line has these words."""
        assert self.child.stdout is not None
        for line in self.child.stdout:
            self.lines.append(line)
            if words in line:
                return line
        raise AssertionError("".join(self.lines))

    def get(self, path: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")

    def manage(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Another command, as a person would type it beside the running demo."""
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)

    def family(self) -> dict[int, str]:
        """Every process of this demo that still runs: pid → command line."""
        found = {}
        mark = f"DATA_DIR={self.folder}".encode()
        for each in Path("/proc").iterdir():
            if not each.name.isdigit() or int(each.name) == os.getpid():
                continue
            try:
                is_ours = (
                    mark in (each / "environ").read_bytes()
                    or str(self.folder).encode() in (each / "cmdline").read_bytes()
                )
                state = (each / "stat").read_text().rsplit(")", 1)[1].split()[0]
                if is_ours and state != "Z":
                    found[int(each.name)] = (each / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
        return found

    def pid_of(self, words: str) -> int:
        return next(pid for pid, command in sorted(self.family().items()) if words in command)


@contextmanager
def demo_running() -> Iterator[Demo]:
    """Not below pytest's own folder: every start of pytest shuts that to others, and PostgreSQL may run as nobody."""
    folder = Path(tempfile.mkdtemp(prefix="chatshop-demo-"))
    running = Demo(folder)
    try:
        running.wait_until("ready after")
        yield running
    finally:
        if running.child.poll() is None:
            running.child.send_signal(signal.SIGTERM)
            running.child.wait(60)
        shutil.rmtree(folder, ignore_errors=True)
