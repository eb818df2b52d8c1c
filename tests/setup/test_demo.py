"""One command runs the whole shop, and leaves nothing behind."""

import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..demo import Demo, demo_running

READY_SECONDS = 240

pytestmark = [pytest.mark.fire, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with demo_running() as running:
        yield running


def _until_ready(demo: Demo) -> dict[str, str]:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        status, body = demo.get("/readyz")
        if status == 200 or time.monotonic() > deadline:
            return json.loads(body)
        time.sleep(0.5)


def test_everything_is_up(demo: Demo) -> None:
    assert demo.get("/healthz") == (200, '{"status": "ok"}')
    assert _until_ready(demo) == {"status": "ok", "database": "ok", "broker": "ok", "worker": "ok"}


@pytest.mark.parametrize(
    "path", ["/chat/demo/", "/sandbox/", "/accounts/login/", "/api/docs/", "/api/schema/", "/widget.js"]
)
def test_its_pages_open(demo: Demo, path: str) -> None:
    assert demo.get(path)[0] == 200


def test_a_command_typed_beside_it_finds_its_engines(demo: Demo) -> None:
    done = demo.manage("check_invariants", "--json")
    assert (done.returncode, [each for each in json.loads(done.stdout) if not each["ok"]]) == (0, [])


def test_a_second_demo_in_the_same_folder_is_refused_with_a_sentence(demo: Demo) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        other = probe.getsockname()[1]
    done = demo.manage("demo", "--port", str(other))
    assert done.returncode == 1
    assert done.stderr.strip() == f"chatshop demo: {demo.folder} is in use: is the demo already running?"


def test_a_taken_port_is_said(demo: Demo, tmp_path: Path) -> None:
    done = demo.manage("demo", "--port", str(demo.port))
    assert done.returncode == 1
    assert done.stderr.startswith(f"chatshop demo: port {demo.port} is taken")


def test_a_killed_worker_comes_back(demo: Demo) -> None:
    first = demo.pid_of("run_worker")
    os.kill(first, signal.SIGKILL)
    demo.wait_until("worker ended with -9")
    deadline = time.monotonic() + 60
    while not any("run_worker" in command for pid, command in demo.family().items() if pid != first):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert _until_ready(demo)["status"] == "ok"


def test_zz_sigterm_stops_every_child(demo: Demo) -> None:
    """The last one: afterwards there is no demo."""
    assert len(demo.family()) >= 5
    demo.child.send_signal(signal.SIGTERM)
    assert demo.child.wait(60) == 0
    assert demo.family() == {}
    assert not (demo.folder / "pg" / "postmaster.pid").exists()
