"""Stoplight Prism: a platform's own OpenAPI file as a server on loopback that refuses what the file refuses."""

import atexit
import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent / "prism"
BINARY = HERE / "node_modules" / ".bin" / "prism"
USER_AGENT = "chatshop/0.1.0"


class Unavailable(Exception):
    """What this judge needs is not on this machine; the sentence says how to get it."""


def install() -> None:
    """Prism from the pinned lock, once. Raises `Unavailable`."""
    if BINARY.exists():
        return
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise Unavailable("needs Node 18 or newer with npm (https://nodejs.org), for Prism")
    done = subprocess.run(
        [npm, "ci", "--no-audit", "--no-fund"], cwd=HERE, capture_output=True, timeout=240, check=False
    )
    if done.returncode or not BINARY.exists():
        raise Unavailable(f"`npm ci` in {HERE.name}/ failed: {done.stderr.decode()[-300:]}")


class Prism:
    """One specification, served. Stopped at the end of the process."""

    def __init__(self, spec: Path) -> None:
        install()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [
            "node",
            str(BINARY.resolve()),
            "mock",
            "-h",
            "127.0.0.1",
            "-p",
            str(self.port),
            "--errors",
            str(spec),
        ]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        atexit.register(self.stop)
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise Unavailable("Prism stopped at once")
            with socket.socket() as probe:
                probe.settimeout(0.5)
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.2)
        raise Unavailable("Prism did not start within 90 s")

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=10)

    def complaints(self, path: str, body: dict[str, Any], *, is_form: bool) -> list[str]:
        """Why the platform's file refuses this call; empty if it does not."""
        if is_form:
            data, kind, auth = (
                urllib.parse.urlencode(body).encode(),
                "application/x-www-form-urlencoded",
                "Basic QUM6eA==",
            )
        else:
            data, kind, auth = json.dumps(body).encode(), "application/json", "Bearer x"
        headers = {"Content-Type": kind, "Authorization": auth, "User-Agent": USER_AGENT}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/{path}", data, headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                return [] if answer.status < 300 else [f"HTTP {answer.status}"]
        except urllib.error.HTTPError as error:
            return _reasons(error)


def _reasons(error: urllib.error.HTTPError) -> list[str]:
    """The deepest first: where a body may be one of many, the branch that nearly fitted says what is wrong."""
    told = json.loads(error.read() or b"{}")
    found = sorted(told.get("validation", []), key=lambda item: -len(item["location"]))
    reasons = [f"{'.'.join(item['location'])}: {item['message']}" for item in found]
    return reasons or [f"HTTP {error.code}: {told.get('title', '')}"]
