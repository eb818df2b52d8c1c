"""The sandbox's embedder on loopback, for a test: real HTTP, real vectors, and what it was asked."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import sleep
from typing import Any

from apps.sandbox import accounts, faults
from apps.sandbox.platforms.embedder import MODEL, Embedder
from apps.sandbox.store import Store
from apps.sandbox.wire import Call

KEY = "embedder-key"


class Service:
    """`asked` is every text it got, `heads` the headers it came with."""

    def __init__(self) -> None:
        self.store = Store(":memory:")
        accounts.register(self.store, "embedder", "test", {"api_key": KEY})
        self.bodies: list[dict[str, Any]] = []
        self.heads: list[dict[str, str]] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/v1"

    @property
    def asked(self) -> list[str]:
        return [text for body in self.bodies for text in body["input"]]

    def switch_on(self, settings: Any) -> None:
        settings.EMBEDDER_URL, settings.EMBEDDER_KEY, settings.EMBEDDER_MODEL = self.url, KEY, MODEL
        settings.PRIVATE_ADDRESSES = True

    def fault(self, kind: str, **params: Any) -> None:
        with self.store.write():
            faults.set_fault(self.store, platform="embedder", kind=kind, params=params)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.store.close()


def _handler(service: Service) -> type[BaseHTTPRequestHandler]:
    played = Embedder()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            heads = {name.lower(): value for name, value in self.headers.items()}
            service.bodies.append(json.loads(body))
            service.heads.append(heads)
            answer = played.handle(service.store, Call("embedder", "POST", self.path.lstrip("/"), heads, {}, body))
            sleep(answer.hold)
            raw = answer.payload()
            self.send_response(answer.status)
            self.send_header("content-type", answer.content_type)
            self.send_header("content-length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *args: Any) -> None:
            """Quiet."""

    return Handler
