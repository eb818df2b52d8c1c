"""Telegram played by the sandbox, joined to the front door of this process: what it is told, it shows on a phone."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from apps.merchants.models import ChannelAccount
from apps.sandbox import accounts, courier, people
from apps.sandbox.accounts import Account
from apps.sandbox.phones.telegram import PAY
from apps.sandbox.platforms.telegram import Telegram
from apps.sandbox.screens import thread
from apps.sandbox.store import Store
from apps.sandbox.wire import Call

from .harness import Platform

CHAT = "427770117"


class Answer:
    """What an HTTP client of the courier gives back."""

    def __init__(self, status: int, content: bytes) -> None:
        self.status_code, self.content, self.text = status, content, content.decode()


class Phone:
    """One person's Telegram. `carry` brings what waits to the shop, in order, as the courier would."""

    def __init__(self) -> None:
        self.store = Store(":memory:")
        self.asked: list[dict[str, Any]] = []  # what the shop answered to webhooks
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def join(self, account: ChannelAccount) -> None:
        """This account's bot is on it."""
        accounts.register(self.store, "telegram", account.name, dict(account.config))
        self.account = Account("telegram", account.name, config=dict(account.config))
        self.platform = Platform(account)

    def says(self, text: str) -> None:
        people.says(self.store, self.account, shopper=CHAT, text=text, name="Ada", language="en")
        self.carry()

    def pays(self) -> None:
        """Presses the newest invoice's button; the card is good, if the shop says yes."""
        invoice = [shown for shown in self.shown() if any(key["value"] == PAY for key in keys_of(shown))][-1]
        people.taps(self.store, self.account, shopper=CHAT, bubble=invoice["id"], value=PAY)
        self.carry()

    def shown(self) -> list[dict[str, Any]]:
        """The thread as the phone draws it."""
        messages: list[dict[str, Any]] = thread(self.store, self.account, shopper=CHAT)["messages"]
        return messages

    def read(self) -> list[str]:
        """The words of all that came, oldest first."""
        return ["".join(run["t"] for run in shown.get("text", ())) for shown in self.shown() if shown["from"] != "me"]

    def carry(self, *, times: int = 1) -> None:
        while (row := courier.claim(self.store)) is not None:
            for _ in range(times):
                courier.carry(self.store, row, self)  # type: ignore[arg-type]

    def post(self, url: str, *, content: bytes, headers: dict[str, str], timeout: float) -> Answer:
        """The courier's client: straight through the front door."""
        return Answer(*self.platform.call(content, headers=headers))

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.store.close()


def keys_of(shown: dict[str, Any]) -> list[dict[str, Any]]:
    """The buttons under a message."""
    return [{"value": "", **key} for line in shown.get("rows", ()) for key in line]


def _handler(phone: Phone) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = Telegram().handle(
                phone.store, Call("telegram", "POST", urlsplit(self.path).path, headers, {}, body)
            )
            raw = answer.payload()
            self.send_response(answer.status)
            self.send_header("content-type", answer.content_type)
            self.send_header("content-length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *args: Any) -> None:
            """Quiet."""

    return Handler
