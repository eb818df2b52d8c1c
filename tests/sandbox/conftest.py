"""The outside world as its own process, and a shop that only writes down what it is told."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest
import stripe

from apps.gateway.keys import private_key
from tests.messaging.channels.rcs.example import TWILIO as RCS_TWILIO_EXAMPLE
from tests.messaging.channels.rcs.example import VONAGE as RCS_VONAGE_EXAMPLE
from tests.messaging.channels.sms.example import VONAGE as VONAGE_EXAMPLE
from tests.messaging.kinds import KINDS

ROOT = Path(__file__).resolve().parents[2]
WHATSAPP = {
    "title": "Demo Shop",
    "access_token": "wa-token",
    "app_secret": "wa-app-secret",
    "phone_number_id": "106540352242922",
    "number": "15550783881",
    "templates": {"order_update": "Your order {{1}} is {{2}}."},
}
MESSENGER = {
    "title": "Demo Shop",
    "access_token": "page-token",
    "app_secret": "page-secret",
    "page_id": "404217156637689",
    "app_id": "205552219930699",
    "username": "demoshop",
}
TELEGRAM = {
    "title": "Demo Shop",
    "bot_token": "110201543:AAtest",
    "secret_token": "tg-secret",
    "username": "demo_bot",
}
SMS = {
    "title": "Demo Shop",
    "account_sid": "AC" + "0" * 32,
    "auth_token": "twilio-token",
    "from_number": "+15005550006",
}
# A second number of the same shop, at the other carrier; it is told of its messages at the application's own address.
VONAGE: dict[str, Any] = {
    **{key: value for key, value in VONAGE_EXAMPLE.items() if key != "status_callback"},
    "title": "Demo Shop",
    "private_key": private_key(),
}
# The same agent by the two other carriers.
RCS_VONAGE: dict[str, Any] = {
    **{key: value for key, value in RCS_VONAGE_EXAMPLE.items() if key != "status_callback"},
    "title": "Demo Shop",
    "agent_id": "demoshop_vonage",
}
RCS_TWILIO: dict[str, Any] = {
    **{key: value for key, value in RCS_TWILIO_EXAMPLE.items() if key != "status_callback"},
    "title": "Demo Shop",
    "agent_id": "demoshop_twilio",
    "auth_token": SMS["auth_token"],
}
# What the oldest four are called here, many tests know; the others are as their own folders have them.
CONFIGS: dict[str, dict[str, Any]] = {
    **{kind: {"title": "Demo Shop", **told.ACCOUNT} for kind, told in KINDS.items()},
    "whatsapp": WHATSAPP,
    "messenger": MESSENGER,
    "telegram": TELEGRAM,
    "sms": SMS,
}
STRIPE = {"api_key": "sk_test_world", "webhook_secret": "whsec_world"}


@dataclass(frozen=True)
class Hook:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Shop:
    """Records every webhook; `answers` are the next statuses it gives (200 when empty)."""

    url: str = ""
    hooks: list[Hook] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def wait(self, count: int, *, path: str = "", seconds: float = 15) -> list[Hook]:
        """The hooks once there are `count` of them; fails after `seconds`."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with self.lock:
                found = [hook for hook in self.hooks if path in hook.path]
            if len(found) >= count:
                return found
            time.sleep(0.02)
        raise AssertionError(
            f"{len(self.hooks)} webhooks instead of {count}: {[hook.body[:200] for hook in self.hooks]}"
        )


def _handler(shop: Shop) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            with shop.lock:
                shop.hooks.append(Hook(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                status = shop.answers.pop(0) if shop.answers else 200
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler


@pytest.fixture(scope="session")
def _shop() -> Iterator[Shop]:
    shop = Shop()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(shop))
    shop.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield shop
    server.shutdown()
    server.server_close()


@dataclass
class World:
    """The referee, as a test talks to it."""

    url: str
    client: httpx2.Client

    def get(self, path: str, **query: Any) -> Any:
        answer = self.client.get(f"{self.url}/sandbox/api/{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def order(self, path: str, method: str = "POST", **values: Any) -> Any:
        answer = self.client.request(method, f"{self.url}/sandbox/api/{path}", json=values)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def whatsapp(
        self, message: dict[str, Any], *, token: str = str(WHATSAPP["access_token"]), **options: Any
    ) -> httpx2.Response:
        number = WHATSAPP["phone_number_id"]
        whole = {"messaging_product": "whatsapp", "to": "4917600000001", **message}
        headers = {"Authorization": f"Bearer {token}"}
        return self.client.post(
            f"{self.url}/sandbox/api/whatsapp/v23.0/{number}/messages", json=whole, headers=headers, **options
        )

    def messenger(self, message: dict[str, Any], **more: Any) -> httpx2.Response:
        whole = {"recipient": {"id": "1000000001"}, "messaging_type": "RESPONSE", "message": message, **more}
        headers = {"Authorization": f"Bearer {MESSENGER['access_token']}"}
        path = f"sandbox/api/messenger/v23.0/{MESSENGER['page_id']}/messages"
        return self.client.post(f"{self.url}/{path}", json=whole, headers=headers)

    def telegram(self, method: str, *, token: str = str(TELEGRAM["bot_token"]), **values: Any) -> httpx2.Response:
        return self.client.post(f"{self.url}/sandbox/api/telegram/bot{token}/{method}", json=values)

    def twilio(self, *, token: str = str(SMS["auth_token"]), **values: Any) -> httpx2.Response:
        whole = {"To": "+491760000001", "From": SMS["from_number"], **values}
        sid = str(SMS["account_sid"])
        path = f"2010-04-01/Accounts/{sid}/Messages.json"
        return self.client.post(
            f"{self.url}/sandbox/api/twilio/{path}",
            data={k: v for k, v in whole.items() if v is not None},
            auth=(sid, token),
        )

    def accepted(self, platform: str) -> list[dict[str, Any]]:
        return list(self.get("_log", platform=platform)["calls"])


@pytest.fixture(scope="session")
def _world(_shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    accounts = [
        *({"kind": kind, "name": "demo", "config": config} for kind, config in CONFIGS.items()),
        {"kind": "sms", "name": "vonage", "config": VONAGE},
        {"kind": "rcs", "name": "vonage", "config": RCS_VONAGE},
        {"kind": "rcs", "name": "twilio", "config": RCS_TWILIO},
        {"kind": "stripe", "name": "default", "config": STRIPE},
    ]
    (folder / "accounts.json").write_text(json.dumps(accounts))
    command = [sys.executable, "manage.py", "sandbox", "--port", "0", "--shop", _shop.url]
    command += ["--accounts", str(folder / "accounts.json"), "--store", str(folder / "world.sqlite3")]
    # An address nobody answers: the referee must never need the shop's own engines.
    environment = {
        **os.environ, "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1",
        "SECRET_KEY": "world", "PYTHONWARNINGS": "ignore",
    }  # fmt: skip
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert "answers at" in line, line
    url = line.split("answers at ")[1].split("/sandbox/")[0]
    with httpx2.Client(trust_env=False, timeout=30) as client:
        yield World(url, client)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0


@pytest.fixture
def shop(_shop: Shop) -> Shop:
    with _shop.lock:
        _shop.hooks.clear()
        _shop.answers.clear()
    return _shop


@pytest.fixture
def world(_world: World, shop: Shop) -> World:
    """A fresh outside world, strict about strangers only where a test says so."""
    _world.order("_reset")
    with shop.lock:
        shop.hooks.clear()
    return _world


@pytest.fixture
def stripe_client(world: World) -> stripe.StripeClient:
    """The true client of stripe-python, pointed at the loopback."""
    return stripe.StripeClient(
        STRIPE["api_key"],
        base_addresses=dict.fromkeys(("api", "files"), f"{world.url}/sandbox/api/stripe"),  # type: ignore[arg-type]
        max_network_retries=0,
    )
