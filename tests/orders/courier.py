"""A carrier on loopback, played by the sandbox: real HTTP, and news signed as they sign it."""

import importlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl

from apps.merchants.doors import QUERY
from apps.merchants.models import Merchant
from apps.orders.carrier import Status, all_carriers
from apps.orders.models import CarrierAccount, ReturnRules
from apps.orders.tracking import run_due, take_tracking
from apps.sandbox import accounts, faults
from apps.sandbox.accounts import Account
from apps.sandbox.directory import PLATFORMS
from apps.sandbox.store import Store
from apps.sandbox.wire import Call

NAME = "courier"


@dataclass(frozen=True, slots=True)
class Books:
    """How a carrier's books are read: what was sold, under which reference of ours, what was given back."""

    sold: str
    reference: str
    is_bought: Callable[[dict[str, Any]], bool]
    is_back: Callable[[dict[str, Any]], bool]
    sides: tuple[str, str]  # of a shipment: who sends it, who gets it
    buying: str  # how the path of a purchase ends
    writes: int  # calls that change something until a label is here


BOOKS = {
    "easypost": Books(
        sold="easypost.shipment", reference="reference", is_bought=lambda made: bool(made["postage_label"]),
        is_back=lambda made: made["refund_status"] == "submitted", sides=("from_address", "to_address"), buying="/buy",
        writes=3,
    ),
    "shippo": Books(
        sold="shippo.transaction", reference="metadata", is_bought=lambda made: bool(made["label_url"]),
        is_back=lambda made: made["status"] == "REFUNDPENDING", sides=("address_from", "address_to"),
        buying="/transactions/", writes=2,
    ),
}  # fmt: skip


def played(provider: str) -> Any:
    """The sandbox's module for a carrier: CONFIG, STATUSES, sealed, event_of, scanned."""
    return importlib.import_module(f"apps.sandbox.{provider}")


def word_for(provider: str, status: Status) -> str:
    """One of the carrier's words that means this."""
    carrier, world = all_carriers()[provider], played(provider)

    def meaning(word: str) -> Status | None:
        event = world.event_of(number="1", status=word, carrier="DHL", mode="test")
        news = carrier.parse_webhook(json.dumps(event).encode())
        return news.status if news else None

    return next(word for word in sorted(world.STATUSES, key=lambda each: (len(each), each)) if meaning(word) is status)


class Courier:
    """The carrier's side of a test: what was bought, what goes wrong, where a parcel is."""

    def __init__(self, provider: str = "easypost") -> None:
        self.provider, self.world, self.books = provider, played(provider), BOOKS[provider]
        self.store = Store(":memory:")
        self.is_down = False
        self.meanwhile: dict[str, Callable[[], None]] = {}  # what else happens, once, as a path that ends so is asked
        self.calls: list[str] = []  # what was asked of it: "POST /v2/shipments"
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        base = f"http://127.0.0.1:{self.server.server_port}"
        self.config = {**self.world.CONFIG, "api_base": base}
        accounts.register(self.store, provider, NAME, {**self.config, "files_base": f"{base}/files"})
        Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.store.close()

    def shipments(self) -> list[dict[str, Any]]:
        """Oldest first."""
        return self._all(f"{self.provider}.shipment")

    def _all(self, kind: str) -> list[dict[str, Any]]:
        rows = self.store.all("select data from objects where kind = ? order by seq", kind)
        return [json.loads(row["data"]) for row in rows]

    def bought(self) -> list[str]:
        """The references of what was paid for."""
        return [made[self.books.reference] for made in self._all(self.books.sold) if self.books.is_bought(made)]

    def given_back(self) -> list[str]:
        return [made[self.books.reference] for made in self._all(self.books.sold) if self.books.is_back(made)]

    def fault(self, kind: str, *, times: int = 1, **parameters: Any) -> None:
        """The next writing calls go wrong: see the sandbox's faults."""
        faults.set_fault(self.store, platform=self.provider, account=NAME, kind=kind, times=times, params=parameters)

    def says(self, number: str, status: Status | str) -> int:
        """News of a parcel at our door, worked off; the status we answered."""
        with self.store.write():
            self.world.scanned(self.store, Account(self.provider, NAME), number)
        word = word_for(self.provider, Status(status))
        body = json.dumps(self.world.event_of(number=number, status=word, carrier="DHL", mode="test")).encode()
        query, seal = self.world.sealed(self.config, body)
        answered = take_tracking(self.provider, NAME, {QUERY: query, **seal}, body)[0]
        run_due()
        return answered


def rules(merchant: Merchant, courier: Courier | None = None, **changes: Any) -> ReturnRules:
    """Where parcels go back to; with a courier its labels are bought."""
    account = None
    if courier is not None:
        account = CarrierAccount.objects.create(
            merchant=merchant, provider=courier.provider, name=NAME, config=courier.config
        )
    facts = {"name": "Demo Shop", "street": "Lagerweg 1", "postcode": "10115", "city": "Berlin", "country": "DE"}
    return ReturnRules.objects.create(merchant=merchant, account=account, **(facts | changes))


def _handler(courier: Courier) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer()

        def do_POST(self) -> None:
            self.answer()

        def log_message(self, *args: Any) -> None:
            """Quiet."""

        def answer(self) -> None:
            if courier.is_down:
                self.connection.close()
                return
            courier.calls.append(f"{self.command} {self.path}")
            for end in [end for end in courier.meanwhile if self.path.endswith(end)]:
                courier.meanwhile.pop(end)()
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            path, _, query = self.path.lstrip("/").partition("?")
            call = Call(courier.provider, self.command, path, headers, dict(parse_qsl(query)), body)
            answer = PLATFORMS[courier.provider].handle(courier.store, call)
            time.sleep(answer.hold)
            if answer.is_lost:
                self.close_connection = True
                self.connection.close()
                return
            payload = answer.payload()
            self.send_response(answer.status)
            self.send_header("content-type", answer.content_type)
            self.send_header("content-length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

    return Handler
