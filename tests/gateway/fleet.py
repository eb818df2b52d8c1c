"""The shop as processes of its own on the test database, and a referee nobody kills who plays the outside world."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from django.db import connections

from apps.merchants.models import ChannelAccount

ROOT = Path(__file__).resolve().parents[2]
MANAGE = [sys.executable, str(ROOT / "manage.py")]


def database_url() -> str:
    """Where the tests' own database is, as a URL: the engine everybody uses, and the name that tests have there."""
    url = urllib.parse.urlsplit(os.environ["DATABASE_URL"])
    return urllib.parse.urlunsplit(url._replace(path=f"/{connections['default'].settings_dict['NAME']}"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(**changes: str) -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": database_url(),
        "DATABASE_POOL": "10",
        "PYTHONPATH": str(ROOT),
        "CHATSHOP_TESTS_STARTED": "1",
        **changes,
    }


def answers(url: str) -> bool:
    """Whether anybody is there, whatever they say."""
    try:
        with urllib.request.urlopen(url, timeout=2):  # noqa: S310
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def wait_until_answers(url: str, process: subprocess.Popen[bytes], log: Path, seconds: float = 240) -> None:
    """Raises `TimeoutError` with the end of its log when the process ends or never answers."""
    until = time.monotonic() + seconds
    while not answers(url):
        if time.monotonic() > until or process.poll() is not None:
            raise TimeoutError(f"nobody answers at {url}: {log.read_text()[-2000:]}")
        time.sleep(0.1)


def end(process: subprocess.Popen[bytes]) -> None:
    """Ask it to stop; after a while, make it."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


class Fleet:
    """`web` is Daphne with the product's own application, `worker-N` the product's own worker."""

    def __init__(self, folder: Path, *, workers: int = 2) -> None:
        self.port = free_port()
        self.folder = folder
        self.environment = environment(PUBLIC_URL=self.url)
        web = [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(self.port), "chatshop.asgi:application"]
        self.commands = {"web": web, **{f"worker-{n}": [*MANAGE, "run_worker"] for n in range(workers)}}
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        for name in self.commands:
            self._start(name)
        for name in self.commands:
            self.wait_for(name)

    def kill(self, name: str) -> None:
        """As the machine would: at once, in the middle of anything; then a supervisor starts it again."""
        process = self.running[name]
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self._start(name)

    def wait_for(self, name: str, seconds: float = 240) -> None:
        """Until it works again: the web answers, the worker says that it has begun."""
        if name == "web":
            url = f"{self.url}/webhooks/nobody/home/"
            wait_until_answers(url, self.running[name], self._log(name), seconds)
            return
        until = time.monotonic() + seconds
        while b"worker.started" not in self._log(name).read_bytes():
            if time.monotonic() > until or self.running[name].poll() is not None:
                raise TimeoutError(f"{name} did not come up: {self._log(name).read_text()[-2000:]}")
            time.sleep(0.1)

    def stop(self) -> None:
        for process in self.running.values():
            end(process)

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def _start(self, name: str) -> None:
        """Each life has a log of its own; the ones before are kept beside it."""
        log = self._log(name)
        if log.exists():
            log.rename(log.with_suffix(f".{self.running[name].pid}"))
        with log.open("wb") as out:
            self.running[name] = subprocess.Popen(
                self.commands[name], env=self.environment, cwd=ROOT, stdout=out, stderr=out, start_new_session=True
            )


class Referee:
    """The sandbox as a process and a book of its own: what it accepted is what shoppers really got."""

    def __init__(self, folder: Path, shop_url: str, accounts: list[ChannelAccount]) -> None:
        self.port = free_port()
        self.folder = folder
        known = [{"kind": row.kind, "name": row.name, "config": row.config} for row in accounts]
        (self.folder / "accounts.json").write_text(json.dumps(known))
        command = [*MANAGE, "sandbox", "--port", str(self.port), "--shop", shop_url]
        command += ["--accounts", str(self.folder / "accounts.json"), "--store", str(self.folder / "book.sqlite3")]
        with (self.folder / "referee.log").open("wb") as out:
            self.process = subprocess.Popen(
                command, env=environment(DATABASE_URL="postgresql://nobody@127.0.0.1:9/nothing"), cwd=ROOT,
                stdout=out, stderr=out, start_new_session=True,
            )  # fmt: skip
        wait_until_answers(f"{self.url}/sandbox/api/_counters", self.process, self.folder / "referee.log")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, what: str, **values: Any) -> Any:
        query = urllib.parse.urlencode(values)
        with urllib.request.urlopen(f"{self.url}/sandbox/api/{what}?{query}", timeout=60) as answer:  # noqa: S310
            return json.loads(answer.read())

    def accepted(self, platform: str) -> list[dict[str, Any]]:
        """Every call it took, in order: {id, recipient, wire_id, body, …}."""
        found: list[dict[str, Any]] = []
        while page := self.ask("_log", platform=platform, after=found[-1]["id"] if found else 0)["calls"]:
            found += page
        return found

    def close(self) -> None:
        end(self.process)
