"""A real server on the test database, and real browsers looking at it."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from urllib.request import urlopen

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from apps.conversations.actions import Received, send_message
from apps.gateway.turns import run_turn
from apps.messaging.content import Text

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # playwright's own loop runs in this thread; nothing here is async
ROOT = Path(__file__).resolve().parent.parent
ARTIFACTS = ROOT / ".artifacts"
SIZES = {"phone": (360, 740), "portrait": (820, 1180), "tablet": (1180, 820), "desk": (1440, 900)}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def browsing(path: str) -> Iterator[Browser]:
    """Chromium at this path; leaving it fails where a script of any page broke."""
    broken: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
        opened = browser.new_context

        def watched(**options: Any) -> BrowserContext:
            context = opened(**options)
            context.on("weberror", lambda found: broken.append(str(found.error)))
            return context

        browser.new_context = watched  # type: ignore[method-assign]
        browser.new_page = lambda **options: watched(**options).new_page()  # type: ignore[method-assign]
        yield browser
        browser.close()
    assert broken == []


@contextmanager
def serving(**extra: str) -> Iterator[str]:
    """Daphne on the test database; gives its address."""
    port = free_port()
    url = urlsplit(os.environ["DATABASE_URL"])
    database = urlunsplit(url._replace(path=f"/{connection.settings_dict['NAME']}"))
    address = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "DATABASE_URL": database,
        "PORT": str(port),
        "PUBLIC_URL": address,
        "DJANGO_SETTINGS_MODULE": "chatshop.settings",
        **extra,
    }
    command = [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "chatshop.asgi:application"]
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        _wait_for(f"{address}/healthz", server)
        yield address
    finally:
        server.kill()  # it would wait for open sockets
        server.wait()


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(900):
        if server.poll() is not None:
            raise RuntimeError((server.stderr.read() if server.stderr else b"").decode()[-2000:])
        try:
            with urlopen(url, timeout=2):  # noqa: S310 - our own server
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"{url} did not answer")


def sign_in(user: Any, **extra: Any) -> str:
    """A session of this person, as signing in makes it; returns the cookie's value."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.update(extra)
    session.create()
    key: str = session.session_key
    return key


def parrot(received: Received) -> None:
    """An assistant that repeats what it heard."""
    conversation = received.conversation
    if conversation is None:
        return
    for event in received.events:
        if event.text or event.label:
            send_message(
                conversation,
                Text(text=f"you said: {event.text or event.label}"),
                author="bot",
                fence=conversation.fence,
            )


@contextmanager
def working(respond: Any = parrot) -> Iterator[None]:
    """A worker's turns, in a thread of this process, while the block runs."""
    stop = threading.Event()

    def turn() -> None:
        try:
            while not stop.is_set():
                if not run_turn(respond):
                    stop.wait(0.02)
        finally:
            connection.close()

    thread = threading.Thread(target=turn, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(5)


def shoot(page: Any, name: str) -> None:
    """Keep what a person would see."""
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=str(ARTIFACTS / f"{name}.png"))


@pytest.fixture
def _django_db_helper(django_db_setup: Any, django_db_blocker: Any) -> Iterator[None]:
    """In place of pytest-django's: rows are committed, for other threads and processes, and wiped afterwards."""
    with django_db_blocker.unblock():
        yield
        wipe()


def wipe() -> None:
    """Empty the tables that have rows. Truncating all of them, as a flush does, costs seconds."""
    if not str(connection.settings_dict["NAME"]).startswith("test"):
        raise RuntimeError("this is not a test database")
    kept = ("django_migrations", "django_content_type", "auth_permission")
    tables = [name for name in connection.introspection.table_names() if name not in kept]
    with connection.cursor() as cursor:
        filled = []
        for name in tables:
            cursor.execute(f'SELECT EXISTS (SELECT 1 FROM "{name}")')  # noqa: S608 - names from the catalogue
            if cursor.fetchone()[0]:
                filled.append(f'"{name}"')
        if filled:
            cursor.execute(f"TRUNCATE {', '.join(filled)} CASCADE")
