"""The outside world as its own process: the referee of the reliability tests.

    manage.py sandbox --port 9100 --shop http://127.0.0.1:8000 --accounts accounts.json

accounts.json: [{"kind": "whatsapp", "name": "demo", "config": {…as for connect_channel…}}, …,
{"kind": "stripe", "name": "default", "config": {"api_key": …, "webhook_secret": …}}]. It needs SECRET_KEY but neither
the shop's database nor its broker. Point the accounts' `api_base` at http://127.0.0.1:<port>/sandbox/api/<platform>.
"""

import json
import signal
import socket
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application

from apps.sandbox import accounts, courier
from apps.sandbox.directory import open_store
from apps.sandbox.guard import PublicAddress, refuse_public
from apps.sandbox.store import Store, store_path

MIDDLEWARE = [
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "csp.middleware.CSPMiddleware",
]


class QuietHandler(WSGIRequestHandler):
    """Keeps connections, writes no line per request."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """The book (`_log`) is the record."""


class Server(ThreadedWSGIServer):
    request_queue_size = 256
    daemon_threads = True


class Command(BaseCommand):
    help = "Plays the platforms and Stripe on loopback, as a process and a store of its own."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=9100, help="0 takes a free one and prints it")
        parser.add_argument("--shop", default="", help="the shop's address; default PUBLIC_URL")
        parser.add_argument("--accounts", default="", help="JSON file with the accounts and their secrets")
        parser.add_argument("--store", default="", help="SQLite file; default DATA_DIR/sandbox-<port>.sqlite3, emptied")
        parser.add_argument("--keep", action="store_true", help="go on with what the store file holds")

    def handle(self, *args: Any, **options: Any) -> None:
        shop = options["shop"] or settings.PUBLIC_URL
        try:
            refuse_public(shop)
            refuse_public(f"http://{options['host']}")
        except PublicAddress as error:
            raise CommandError(str(error)) from error
        server = Server((options["host"], options["port"]), QuietHandler)
        port = server.socket.getsockname()[1]
        self._configure(shop, options["host"], port, options["store"])
        store = self._open(Path(store_path()), keep=options["keep"])
        for entry in self._accounts(options["accounts"]):
            accounts.register(store, entry["kind"], entry["name"], entry["config"])
        server.set_app(get_wsgi_application())
        self.stdout.write(f"The outside world answers at http://{options['host']}:{port}/sandbox/ (shop: {shop})")
        self.stdout.flush()
        self._serve(server, store)

    def _configure(self, shop: str, host: str, port: int, store: str) -> None:
        """Before the first request: own addresses, own middleware, no database."""
        settings.ROOT_URLCONF = "apps.sandbox.standalone_urls"
        settings.MIDDLEWARE = MIDDLEWARE
        settings.CHATSHOP_SANDBOX = True
        settings.PUBLIC_URL = shop.rstrip("/")
        settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, host]
        settings.SANDBOX_STANDALONE = True
        settings.SANDBOX_SHOP_URL = shop.rstrip("/")
        settings.SANDBOX_OWN_URL = f"http://{host}:{port}"
        settings.SANDBOX_STORE = store or str(Path(settings.DATA_DIR) / f"sandbox-{port}.sqlite3")

    def _open(self, path: Path, *, keep: bool) -> Store:
        if not keep:
            for suffix in ("", "-wal", "-shm"):
                Path(f"{path}{suffix}").unlink(missing_ok=True)
        return open_store()

    def _accounts(self, file: str) -> list[dict[str, Any]]:
        if not file:
            return []
        found = json.loads(Path(file).read_text())
        if not isinstance(found, list):
            raise CommandError(f"{file}: expected a list of accounts")
        return found

    def _serve(self, server: Server, store: Store) -> None:
        def stop(number: int, frame: Any) -> None:
            raise KeyboardInterrupt

        signal.signal(signal.SIGTERM, stop)
        server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.serve_forever(poll_interval=0.2)
        except KeyboardInterrupt:
            self.stdout.write("Stopping.")
        finally:
            server.server_close()
            courier.shut_down(store)
            store.close()
