"""Any channel as the sandbox plays it, joined to the front door of this process: what its phone says, the shop hears."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from apps.merchants.models import ChannelAccount
from apps.sandbox import accounts, courier, people
from apps.sandbox.accounts import Account
from apps.sandbox.directory import PLATFORMS
from apps.sandbox.screens import thread
from apps.sandbox.store import Store
from apps.sandbox.wire import Call

from .harness import Platform
from .telegram import Answer, keys_of


class PlayedPhone:
    """One person's phone on one platform. `carry` brings what waits to the shop, in order, as the courier would."""

    def __init__(self, platform: str, shopper: str) -> None:
        self.store, self.platform, self.shopper = Store(":memory:"), platform, shopper
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def join(self, account: ChannelAccount) -> None:
        accounts.register(self.store, account.kind, account.name, dict(account.config))
        self.account = Account(account.kind, account.name, config=dict(account.config))
        self.door = Platform(account)

    def says(self, text: str) -> None:
        people.says(self.store, self.account, shopper=self.shopper, text=text, name="Ana", language="en")
        self.carry()

    def sends(self, sort: str) -> None:
        people.sends(self.store, self.account, shopper=self.shopper, sort=sort, name="Ana", language="en")
        self.carry()

    def taps(self, label: str) -> None:
        """The newest key of that label."""
        found = [(shown, key) for shown in self.shown() for key in keys_of(shown) if key["label"] == label]
        shown, key = found[-1]
        people.taps(self.store, self.account, shopper=self.shopper, bubble=shown["id"], value=key["value"])
        self.carry()

    def reads(self) -> None:
        people.reads(self.store, self.account, shopper=self.shopper)
        with self.store.write():  # nobody waits here for what is told a moment later
            self.store.run("update deliveries set due_at = 0 where state = 'due'")
        self.carry()

    def shown(self) -> list[dict[str, Any]]:
        """The thread as the phone draws it."""
        return list(thread(self.store, self.account, shopper=self.shopper)["messages"])

    def heard(self) -> str:
        """The words of the newest message of the shop."""
        ours = [shown for shown in self.shown() if shown["from"] == "shop"]
        return "".join(run["t"] for run in ours[-1].get("text", ())) if ours else ""

    def carry(self) -> None:
        while (row := courier.claim(self.store)) is not None:
            courier.carry(self.store, row, self)  # type: ignore[arg-type]

    def post(self, url: str, *, content: bytes, headers: dict[str, str], timeout: float) -> Answer:
        """The courier's client: straight through the front door."""
        return Answer(*self.door.call(content, headers=headers, query=urlsplit(url).query))

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.store.close()


def _handler(phone: PlayedPhone) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("content-length", 0))))

        def do_GET(self) -> None:
            self._answer(b"")

        def _answer(self, body: bytes) -> None:
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            query = dict(parse_qsl(parts.query))
            call = Call(phone.platform, self.command, parts.path.lstrip("/"), headers, query, body)
            answer = PLATFORMS[phone.platform].handle(phone.store, call)
            raw = answer.payload()
            self.send_response(answer.status)
            self.send_header("content-type", answer.content_type)
            self.send_header("content-length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *args: Any) -> None:
            """Quiet."""

    return Handler
