"""EasyPost on loopback, played by the sandbox: real HTTP, and news signed as they sign it."""

import json
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from apps.merchants.models import Merchant
from apps.orders.models import CarrierAccount, ReturnRules
from apps.orders.tracking import run_due, take_tracking
from apps.sandbox import accounts, faults
from apps.sandbox.accounts import Account
from apps.sandbox.easypost import event_of, signature
from apps.sandbox.platforms.easypost import KIND, EasyPost, scanned
from apps.sandbox.store import Store
from apps.sandbox.wire import Call

KEY, SECRET, NAME = "EZTK_courier", "courier-secret", "courier"


class Courier:
    """The carrier's side of a test: what was bought, what goes wrong, where a parcel is."""

    def __init__(self) -> None:
        self.store = Store(":memory:")
        self.is_down = False
        self.meanwhile: dict[str, Callable[[], None]] = {}  # what else happens, once, as a path that ends so is asked
        self.calls: list[str] = []  # what was asked of it: "POST /v2/shipments"
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        base = f"http://127.0.0.1:{self.server.server_port}"
        self.config = {"api_key": KEY, "webhook_secret": SECRET, "mode": "test", "api_base": base}
        accounts.register(self.store, "easypost", NAME, {**self.config, "files_base": f"{base}/files"})
        Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.store.close()

    def shipments(self) -> list[dict[str, Any]]:
        """Oldest first."""
        rows = self.store.all("select data from objects where kind = ? order by seq", KIND)
        return [json.loads(row["data"]) for row in rows]

    def bought(self) -> list[str]:
        """The references of what was paid for."""
        return [made["reference"] for made in self.shipments() if made["postage_label"]]

    def given_back(self) -> list[str]:
        return [made["reference"] for made in self.shipments() if made["refund_status"] == "submitted"]

    def fault(self, kind: str, *, times: int = 1, **parameters: Any) -> None:
        """The next writing calls go wrong: see the sandbox's faults."""
        faults.set_fault(self.store, platform="easypost", account=NAME, kind=kind, times=times, params=parameters)

    def says(self, number: str, status: str) -> int:
        """News of a parcel at our door, worked off; the status we answered."""
        with self.store.write():
            scanned(self.store, Account("easypost", NAME), number)
        body = json.dumps(event_of(number=number, status=status, carrier="DHL", mode="test")).encode()
        answered = take_tracking("easypost", NAME, {"x-hmac-signature": signature(SECRET, body)}, body)[0]
        run_due()
        return answered


def rules(merchant: Merchant, courier: Courier | None = None, **changes: Any) -> ReturnRules:
    """Where parcels go back to; with a courier its labels are bought."""
    account = None
    if courier is not None:
        account = CarrierAccount.objects.create(
            merchant=merchant, provider="easypost", name=NAME, config=courier.config
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
            answer = EasyPost().handle(
                courier.store, Call("easypost", self.command, self.path.lstrip("/"), headers, {}, body)
            )
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
