"""The platforms' and the payment provider's side on loopback, for one run: takes every message, sells nothing twice."""

import hashlib
import hmac
import itertools
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl

from apps.merchants import clock

from .phones import PHONES

WEBHOOK_KEY = "whsec_transcripts"
API_KEY = "sk_test_transcripts"


class Outside:
    """`wires` is every call a channel made; `sessions` every hosted payment page by its id; `refunds` oldest first."""

    def __init__(self) -> None:
        self.wires: list[dict[str, Any]] = []
        self.sessions: dict[str, dict[str, Any]] = {}
        self.refunds: list[dict[str, Any]] = []
        self._numbers = itertools.count(1)
        outside = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                self._reply(outside.answer("POST", self.path, body))

            def do_GET(self) -> None:
                self._reply(outside.answer("GET", self.path, b""))

            def _reply(self, answer: dict[str, Any]) -> None:
                raw = json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, format: str, *args: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method: str, path: str, body: bytes) -> dict[str, Any]:
        if path.startswith("/v1/"):
            return self._stripe(method, path, body)
        kind, _, place = path.lstrip("/").partition("/")
        number = next(self._numbers)
        if method == "POST" and PHONES[kind].is_message(place):
            text = body.decode()
            sent = json.loads(text) if text.startswith("{") else dict(parse_qsl(text))
            self.wires.append({"path": f"/{place}", "body": sent})
        return PHONES[kind].answer(place, number)

    def base_of(self, kind: str) -> str:
        """The address of this kind's API here."""
        return f"{self.url}/{kind}"

    def _stripe(self, method: str, path: str, body: bytes) -> dict[str, Any]:
        place, _, query = path.partition("?")
        parts = place.strip("/").split("/")
        if parts[1:3] == ["checkout", "sessions"] and len(parts) == 3 and method == "POST":
            return self._open_session(parse_qs(body.decode()))
        if parts[1:3] == ["checkout", "sessions"]:
            session = self.sessions[parts[3]]
            if parts[-1] == "expire" and session["status"] == "open":
                session["status"] = "expired"
            return session
        if parts[1] == "payment_intents":
            return next(s["payment_intent"] for s in self.sessions.values() if s["payment_intent_id"] == parts[2])
        if parts[1] == "refunds" and method == "POST":
            return self._give_back(dict(parse_qsl(body.decode())))
        wanted = dict(parse_qsl(query)).get("payment_intent")
        data = (
            [refund for refund in self.refunds if refund["payment_intent"] == wanted] if parts[1] == "refunds" else []
        )
        return {"object": "list", "data": data, "has_more": False, "url": path}

    def _give_back(self, form: dict[str, str]) -> dict[str, Any]:
        """At once, and once for each name."""
        name = form["metadata[refund]"]
        known = next((refund for refund in self.refunds if refund["metadata"]["refund"] == name), None)
        if known is not None:
            return known
        session = next(s for s in self.sessions.values() if s["payment_intent_id"] == form["payment_intent"])
        refund = {
            "id": f"re_test_{next(self._numbers)}", "object": "refund", "amount": int(form["amount"]),
            "currency": session["currency"], "payment_intent": form["payment_intent"], "status": "succeeded",
            "created": int(clock.now().timestamp()), "metadata": {"refund": name},
        }  # fmt: skip
        self.refunds.append(refund)
        return refund

    def _open_session(self, form: dict[str, list[str]]) -> dict[str, Any]:
        number = next(self._numbers)
        places = {key.split("[")[1].rstrip("]") for key in form if key.startswith("line_items[")}
        amount = sum(
            int(form[f"line_items[{n}][price_data][unit_amount]"][0])
            * int(form.get(f"line_items[{n}][quantity]", ["1"])[0])
            for n in places
        )
        for rate in (key for key in form if key.endswith("[shipping_rate_data][fixed_amount][amount]")):
            amount += int(form[rate][0])
        metadata = {key[9:-1]: value[0] for key, value in form.items() if key.startswith("metadata[")}
        session = {
            "id": f"cs_test_{number}",
            "object": "checkout.session",
            "url": f"https://checkout.invalid/{number}",
            "status": "open",
            "payment_status": "unpaid",
            "amount_total": amount,
            "currency": form.get("currency", form.get("line_items[0][price_data][currency]", ["eur"]))[0],
            "expires_at": int(form.get("expires_at", [str(int(clock.now().timestamp()) + 1800)])[0]),
            "client_reference_id": form.get("client_reference_id", [None])[0],
            "metadata": metadata,
            "livemode": False,
            "payment_intent": None,
            "payment_intent_id": f"pi_test_{number}",
            "mode": "payment",
        }
        self.sessions[str(session["id"])] = session
        return session

    def pay(self) -> bytes:
        """The latest open page is paid; returns the event its provider would post."""
        session = next(s for s in reversed(self.sessions.values()) if s["status"] == "open")
        now = int(clock.now().timestamp())
        intent = {
            "id": session["payment_intent_id"], "object": "payment_intent", "status": "succeeded",
            "amount": session["amount_total"], "amount_received": session["amount_total"],
            "currency": session["currency"], "created": now, "livemode": False, "metadata": session["metadata"],
            "latest_charge": {"id": f"ch_{session['id']}", "object": "charge", "amount": session["amount_total"],
                              "amount_captured": session["amount_total"], "amount_refunded": 0, "paid": True,
                              "captured": True, "currency": session["currency"], "created": now, "disputed": False,
                              "status": "succeeded"},
        }  # fmt: skip
        session.update(status="complete", payment_status="paid", payment_intent=intent)
        event = {
            "id": f"evt_{session['id']}",
            "object": "event",
            "type": "checkout.session.completed",
            "created": now,
            "livemode": False,
            "data": {"object": {**session, "payment_intent": intent["id"]}},
        }
        return json.dumps(event).encode()


def stripe_signature(body: bytes, moment: int) -> str:
    signed = hmac.new(WEBHOOK_KEY.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={signed}"
