"""A platform on loopback that records what it gets and answers what the test says, also badly."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .kinds import KINDS

LENT = {path: body for told in KINDS.values() for path, body in getattr(told, "LENT", {}).items()}


@dataclass
class Platform:
    """`answers` are used up in order, the last one stays: (status, body, headers), with the seconds it takes as a fourth,
    "cut" or "hang".

    Where a kind is lent its tokens, they are had for the asking, and asking is none of the calls.
    """

    port: int = 0
    answers: list[Any] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)
    lends: bool = True

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def next_answer(self) -> Any:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def _handler(platform: Platform) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            if platform.lends and self.path in LENT:
                answer = (200, LENT[self.path], {})
            else:
                platform.calls.append({"path": self.path, "headers": headers, "body": body})
                answer = platform.next_answer()
            if answer == "hang":
                time.sleep(1.5)
            if answer in ("hang", "cut"):
                self.close_connection = True
                self.connection.close()
                return
            status, content, more, *seconds = answer
            time.sleep(sum(seconds))
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            for name, value in more.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = _answer

        def log_message(self, *args: Any) -> None:
            """Quiet."""

        def handle(self) -> None:
            try:
                super().handle()
            except (OSError, ValueError):
                self.close_connection = True

        def finish(self) -> None:
            try:
                super().finish()
            except (OSError, ValueError):
                self.close_connection = True

    return Handler


@contextmanager
def platform(*answers: Any, lends: bool = True) -> Iterator[Platform]:
    found = Platform(answers=list(answers), lends=lends)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(found))
    server.daemon_threads = True
    found.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
