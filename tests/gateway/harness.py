"""The front door and the worker in one process: signed webhooks go in, what the platform was told comes out."""

import asyncio
import hashlib
import hmac
import itertools
import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from asgiref.sync import async_to_sync, sync_to_async

from apps.bot.bills import refusal_of
from apps.conversations.actions import Received, send_message
from apps.gateway.inbox import store_rows_sync
from apps.gateway.ingest import FrontDoor
from apps.gateway.sightings import Sightings
from apps.merchants import clock
from apps.merchants.models import ChannelAccount
from apps.merchants.statements import one
from apps.messaging.content import Text

_numbers = itertools.count(1)


async def in_this_transaction(account_id: int, rows: Any) -> int:
    return await sync_to_async(store_rows_sync)(account_id, rows)


async def noted_in_this_transaction(statement: str, values: Any) -> Any:
    return await sync_to_async(one)(statement, values)


class Platform:
    """WhatsApp as seen from outside: signs what it posts to the front door."""

    def __init__(self, account: ChannelAccount, door: FrontDoor | None = None) -> None:
        self.account = account
        self.door = door or FrontDoor(
            store=in_this_transaction,
            ask=sync_to_async(refusal_of),
            sightings=Sightings(run=noted_in_this_transaction),
        )

    def message(self, text: str, *, user: str = "49176000001", key: str = "", at: int | None = None) -> dict[str, Any]:
        return {
            "from": user,
            "id": key or f"wamid.{next(_numbers)}",
            "timestamp": str(at or int(clock.now().timestamp())),
            "type": "text",
            "text": {"body": text},
        }

    def status(self, target: str, state: str, *, user: str = "49176000001", **fields: Any) -> dict[str, Any]:
        stamp = str(int(clock.now().timestamp()))
        return {"id": target, "status": state, "timestamp": stamp, "recipient_id": user, **fields}

    def envelope(self, *, messages: list[Any] | None = None, statuses: list[Any] | None = None) -> dict[str, Any]:
        value: dict[str, Any] = {
            "messaging_product": "whatsapp",
            "metadata": {"phone_number_id": self.account.config["phone_number_id"]},
        }
        if messages is not None:
            value["messages"] = messages
        if statuses is not None:
            value["statuses"] = statuses
        return {
            "object": "whatsapp_business_account",
            "entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}],
        }

    def sign(self, body: bytes) -> str:
        secret = self.account.config["app_secret"].encode()
        return "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()

    def says(self, text: str, **fields: Any) -> int:
        return self.posts(self.envelope(messages=[self.message(text, **fields)]))

    def reports(self, target: str, state: str, **fields: Any) -> int:
        return self.posts(self.envelope(statuses=[self.status(target, state, **fields)]))

    def posts(self, body: dict[str, Any] | bytes, **options: Any) -> int:
        """Post a signed body; returns the HTTP status."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.call(raw, headers={"x-hub-signature-256": self.sign(raw)}, **options)[0]

    def call(
        self,
        body: bytes = b"",
        *,
        method: str = "POST",
        headers: dict[str, str] | None = None,
        path: str = "",
        query: str = "",
    ) -> tuple[int, bytes]:
        """Any call to the door; returns (status, body)."""
        return async_to_sync(self.acall)(body, method=method, headers=headers, path=path, query=query)

    async def acall(
        self,
        body: bytes = b"",
        *,
        method: str = "POST",
        headers: dict[str, str] | None = None,
        path: str = "",
        query: str = "",
    ) -> tuple[int, bytes]:
        path = path or f"/webhooks/{self.account.kind}/{self.account.name}/"
        return await call_door(self.door, path, body, method=method, headers=headers, query=query)


async def call_door(
    door: Any,
    path: str,
    body: bytes = b"",
    *,
    method: str = "POST",
    headers: dict[str, str] | None = None,
    query: str = "",
) -> tuple[int, bytes]:
    """Call an ASGI application as a server would; returns (status, body)."""
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(k.encode(), v.encode()) for k, v in (headers or {}).items()],
    }
    sent: list[dict[str, Any]] = []
    pending = [
        {"type": "http.request", "body": body[i : i + 65536], "more_body": i + 65536 < len(body)}
        for i in range(0, max(len(body), 1), 65536)
    ]

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0)
        return pending.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await door(scope, receive, send)
    return sent[0]["status"], sent[1]["body"]


def parrot(received: Received) -> None:
    """An assistant that answers every message with its words."""
    conversation = received.conversation
    for event in received.events:
        if event.text and conversation is not None:
            send_message(
                conversation,
                Text(text=f"you said: {event.text}"),
                author="bot",
                fence=conversation.fence,
                turn_key=event.external_event_id,
            )


class Sink:
    """A platform's API on loopback: counts what it accepted. `answer` decides the reply to each call."""

    def __init__(self, answer: Callable[[dict[str, Any], int], tuple[int, dict[str, Any]]] | None = None) -> None:
        self.calls: list[dict[str, Any]] = []
        self.accepted: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        sink = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])) or b"{}")
                with sink._lock:
                    sink.calls.append(body)
                    number = len(sink.calls)
                status, reply = answer(body, number) if answer else (200, {"messages": [{"id": f"out-{number}"}]})
                if status == 0:  # taken, but the line breaks before the answer
                    sink.accepted.append(body)
                    self.close_connection = True
                    return
                if status == 200:
                    sink.accepted.append(body)
                raw = json.dumps(reply).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *args: Any) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    @property
    def texts(self) -> list[str]:
        """What shoppers have read, in order."""
        return [body["text"]["body"] for body in self.accepted if "text" in body]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
