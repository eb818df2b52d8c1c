"""Where benches run: a database of their own, made by the migrations and dropped at the end, and a quick platform."""

import json
import os
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.db import connection


@contextmanager
def throwaway_database() -> Iterator[None]:
    """Everything inside, child processes too, works on a new database; nothing stays of it."""
    name, url = str(connection.settings_dict["NAME"]), os.environ.get("DATABASE_URL", "")
    place = f"chatshop_bench_{secrets.token_hex(4)}"
    pooled: Any = connection
    connection.close()
    pooled.close_pool()
    connection.settings_dict["TEST"]["NAME"] = place
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    if url:
        os.environ["DATABASE_URL"] = urlunsplit(urlsplit(url)._replace(path=f"/{place}"))
    try:
        yield
    finally:
        connection.close()
        pooled.close_pool()
        connection.creation.destroy_test_db(name, verbosity=0)
        pooled.close_pool()
        if url:
            os.environ["DATABASE_URL"] = url


class QuickPlatform:
    """A platform that accepts at once. `cpu_s` is what it has cost itself, to be left out of the figures."""

    def __init__(self) -> None:
        spent: dict[int, float] = {}

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["content-length"]))
                reply = json.dumps({"messages": [{"id": f"bench-{time.time_ns()}"}]}).encode()
                head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(reply)}\r\n\r\n"
                self.wfile.write(head.encode() + reply)
                spent[threading.get_ident()] = time.thread_time()

            def log_message(self, *args: Any) -> None:
                """Quiet."""

        self._spent = spent
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    @property
    def cpu_s(self) -> float:
        return sum(list(self._spent.values()))

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
