"""A shop with staff, and a console's socket without the browser."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django_scopes import scope

from apps.conversations.models import Conversation
from apps.gateway.webchat_session import Visitor
from apps.gateway.webchat_thread import open_visit
from apps.merchants.models import ChannelAccount, Merchant
from chatshop.asgi import application

from .. import factories
from ..web import _django_db_helper, sign_in  # noqa: F401 - committed rows for every test here

ORIGIN = "http://localhost"


class Desk:
    """A console, spoken for by a test. It keeps what a console keeps: rows, and messages by thread and number."""

    def __init__(self, session: str, *, origin: str | None = ORIGIN) -> None:
        headers = [(b"host", b"localhost"), (b"cookie", f"sessionid={session}".encode())]
        self.headers = headers + ([(b"origin", origin.encode())] if origin is not None else [])
        self.rows: dict[str, dict[str, Any]] = {}
        self.threads: dict[str, dict[int, dict[str, Any]]] = {}
        self.list_seq = 0
        self.ready: dict[str, Any] = {}
        self.duplicates = 0

    async def opens(self) -> bool:
        self.socket = WebsocketCommunicator(application, "/ws/console/", headers=self.headers)
        connected, _ = await self.socket.connect(timeout=5)
        return bool(connected)

    async def hello(self) -> dict[str, Any]:
        threads = {thread: max(messages, default=0) for thread, messages in self.threads.items()}
        await self.sends(type="hello", threads=threads, list_seq=self.list_seq or None)
        return await self.hears("ready")

    async def sends(self, **message: Any) -> str:
        message.setdefault("client_id", str(uuid.uuid4()))
        await self.socket.send_to(text_data=json.dumps(message))
        return str(message["client_id"])

    def keep(self, message: dict[str, Any]) -> None:
        self.list_seq = max(self.list_seq, message.get("list_seq") or 0)
        if message["type"] == "ready":
            self.ready = message
            self.rows = {row["id"]: row for row in message["list"]}
        if message.get("row"):
            self.rows[message["row"]["id"]] = message["row"]
        if message["type"] == "history":
            known = self.threads.setdefault(message["thread"], {})
            known.update({row["seq"]: row for row in message["messages"]})
        if message["type"] == "message" and message["thread"] in self.threads:
            self.threads[message["thread"]][message["seq"]] = message

    async def hears(self, kind: str, *, timeout: float = 6, **fields: Any) -> dict[str, Any]:
        deadline = asyncio.get_running_loop().time() + timeout
        while True:
            left = deadline - asyncio.get_running_loop().time()
            message = json.loads(await self.socket.receive_from(timeout=max(left, 0.01)))
            self.keep(message)
            if message["type"] == kind and all(message.get(key) == value for key, value in fields.items()):
                return dict(message)

    async def listens(self, seconds: float) -> None:
        """Hear everything for a while."""
        deadline = asyncio.get_running_loop().time() + seconds
        while (left := deadline - asyncio.get_running_loop().time()) > 0:
            if await self.socket.receive_nothing(timeout=min(left, 0.3), interval=0.02):
                continue
            self.keep(json.loads(await self.socket.receive_from(timeout=1)))

    async def leaves(self) -> None:
        await self.socket.disconnect()


@pytest.fixture
def account() -> ChannelAccount:
    return factories.channel_account(factories.merchant("demo", name="Demo Shop"), "webchat")


@pytest.fixture
def shop(account: ChannelAccount) -> Merchant:
    return account.merchant


@pytest.fixture
def jonas(shop: Merchant) -> Any:
    return factories.staff(shop, display_name="Jonas")


@pytest.fixture
def session(jonas: Any) -> str:
    return sign_in(jonas)


@asynccontextmanager
async def at_the_desk(session: str) -> AsyncIterator[Desk]:
    """A console that is open and knows what there is."""
    made = Desk(session)
    assert await made.opens() is True
    await made.hello()
    yield made
    await made.leaves()


@pytest.fixture
async def desk(session: str) -> AsyncIterator[Desk]:
    async with at_the_desk(session) as made:
        yield made


@pytest.fixture
def thread(account: ChannelAccount) -> Conversation:
    """A shopper's conversation without words yet."""
    return open_visit(account, Visitor("anon:ana"), "en")


def in_shop(merchant: Merchant, read: Any) -> Any:
    with scope(merchant=merchant):
        return read()


ain_shop = sync_to_async(in_shop)
