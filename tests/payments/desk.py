"""Stripe on loopback, played by the sandbox: real HTTP, the real SDK, and events signed as Stripe signs them."""

import hashlib
import hmac
import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from apps.payments.inbox import take_webhook
from apps.sandbox import accounts, faults
from apps.sandbox.accounts import Account
from apps.sandbox.store import Store
from apps.sandbox.stripe_api import disputes, intents, objects, refunds, sessions
from apps.sandbox.stripe_api.api import Stripe
from apps.sandbox.wire import Call

KEY, SECRET, NAME = "sk_test_desk", "whsec_desk", "desk"


class Desk:
    """The provider's side of a test: pay there, look what was made, let events out."""

    def __init__(self) -> None:
        self.store = Store(":memory:")
        accounts.register(self.store, "stripe", NAME, {"api_key": KEY, "webhook_secret": SECRET})
        self.account = Account("stripe", NAME, config={"api_key": KEY, "webhook_secret": SECRET})
        self.sent: set[str] = set()
        self.calls: list[str] = []  # what was asked of it: "GET /v1/events"
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def config(self) -> dict[str, Any]:
        return {"api_key": KEY, "webhook_secret": SECRET, "api_base": f"http://127.0.0.1:{self.server.server_port}"}

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.store.close()

    def pay(self, session_id: str, card: str = "success", *, keep: bool = False) -> str:
        """The shopper presses the button, with the box ticked or not; returns paid, declined, processing or closed."""
        return str(sessions.pay(self.store, self.account, session_id, card=card, keep=keep)["outcome"])

    def answer_bank(self, intent_id: str, *, passed: bool = True) -> None:
        """The shopper answers at their bank's page."""
        intents.answer_bank(self.store, self.account, intent_id, passed=passed)

    def bank_decides(self, session_id: str) -> None:
        with self.store.write():
            sessions.settle_bank(self.store, self.account, self.session(session_id))

    def dispute(self, intent_id: str, *, reason: str = "product_not_received", inquiry: bool = False) -> str:
        """The cardholder complains to the bank."""
        return str(disputes.raise_on(self.store, self.account, intent_id, reason=reason, inquiry=inquiry)["id"])

    def escalate(self, dispute_id: str) -> None:
        disputes.escalate(self.store, self.account, dispute_id)

    def decide_dispute(self, dispute_id: str, *, won: bool) -> None:
        """The bank makes up its mind."""
        disputes.decide(self.store, self.account, dispute_id, won=won)

    def lose_dispute(self, dispute_id: str) -> None:
        self.decide_dispute(dispute_id, won=False)

    def refund(self, values: dict[str, Any]) -> None:
        """Somebody gives money back at the provider's own desk."""
        with self.store.write():
            refunds.create(self.store, self.account, values)

    def finish_refund(self, refund_id: str, *, failed: bool = False) -> None:
        refunds.finish(self.store, self.account, refund_id, failed=failed)

    def session(self, session_id: str) -> dict[str, Any]:
        return objects.get(self.store, self.account, "checkout.session", session_id)

    def change(self, kind: str, wanted: str, **values: Any) -> None:
        """Make the provider's own record say something else."""
        with self.store.write():
            objects.save(self.store, self.account, objects.get(self.store, self.account, kind, wanted) | values)

    def every(self, kind: str) -> list[dict[str, Any]]:
        """Oldest first."""
        return objects.every(self.store, self.account, kind)[::-1]

    def fault(self, kind: str, **parameters: Any) -> None:
        """The next call goes wrong: see the sandbox's faults."""
        faults.set_fault(self.store, platform="stripe", account=NAME, kind=kind, params=parameters)

    def events(self) -> list[dict[str, Any]]:
        """Everything that happened, oldest first, as it would be sent."""
        return self.every("event")

    def new_events(self) -> list[dict[str, Any]]:
        fresh = [event for event in self.events() if event["id"] not in self.sent]
        self.sent |= {event["id"] for event in fresh}
        return fresh

    def tell(self, event: dict[str, Any], *, account: str = NAME) -> int:
        """Deliver it signed; the status we answered."""
        body = json.dumps(event).encode()
        return take_webhook(account, {"stripe-signature": sign(body)}, body)[0]


def sign(body: bytes, *, secret: str = SECRET, at: float | None = None) -> str:
    moment = int(time.time() if at is None else at)
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


def _handler(desk: Desk) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer()

        def do_POST(self) -> None:
            self.answer()

        def do_DELETE(self) -> None:
            self.answer()

        def log_message(self, *args: Any) -> None:
            """Quiet."""

        def answer(self) -> None:
            parts = urlsplit(self.path)
            desk.calls.append(f"{self.command} {parts.path}")
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            call = Call("stripe", self.command, parts.path, headers, dict(parse_qsl(parts.query)), body)
            answer = Stripe().handle(desk.store, call)
            time.sleep(answer.hold)
            if answer.is_lost:
                self.close_connection = True
                self.connection.close()
                return
            payload = answer.payload()
            self.send_response(answer.status)
            for name, value in {"content-type": answer.content_type, **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

    return Handler
