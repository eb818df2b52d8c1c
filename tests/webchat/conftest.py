"""A shop with a web chat, and a browser's socket without the browser."""

import asyncio
import json
import os
import shutil
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django_scopes import scope

from apps.merchants.accounts import forget_accounts
from apps.merchants.models import ChannelAccount, Merchant
from chatshop.asgi import application

from .. import factories
from ..conftest import CHROMIUM_NAMES
from ..web import _django_db_helper  # noqa: F401 - committed rows for every test here

ORIGIN = "http://localhost"


class Page:
    """A shopper's page, spoken for by a test. `heard` keeps everything the server said."""

    def __init__(self, slug: str, *, origin: str | None = ORIGIN, address: str = "", by: str = "") -> None:
        """`address` is where the line comes from, `by` what the proxies in between have said of it."""
        headers = [(b"host", b"localhost")] + ([(b"origin", origin.encode())] if origin is not None else [])
        headers += [(b"x-forwarded-for", by.encode())] if by else []
        self.socket = WebsocketCommunicator(application, f"/ws/chat/{slug}/", headers=headers)
        self.socket.scope["client"] = (address, 50_000)
        self.heard: list[dict[str, Any]] = []
        self.session = ""

    async def opens(self) -> bool:
        connected, _ = await self.socket.connect(timeout=5)
        return bool(connected)

    async def hello(self, session: str | None = None, last_seq: int | None = 0, **more: Any) -> dict[str, Any]:
        await self.sends(type="hello", session=session, last_seq=last_seq, **more)
        ready = await self.hears("ready")
        self.session = ready["session"]
        return ready

    async def sends(self, **message: Any) -> None:
        await self.socket.send_to(text_data=json.dumps(message))

    async def says(self, text: str, client_id: str = "") -> str:
        client_id = client_id or str(uuid.uuid4())
        await self.sends(type="message.send", client_id=client_id, text=text)
        return client_id

    async def hears(self, kind: str, *, timeout: float = 5, **fields: Any) -> dict[str, Any]:
        """The next message of that type (and with those fields); everything before it is kept in `heard`."""
        deadline = asyncio.get_running_loop().time() + timeout
        while True:
            left = deadline - asyncio.get_running_loop().time()
            message = json.loads(await self.socket.receive_from(timeout=max(left, 0.01)))
            self.heard.append(message)
            if message["type"] == kind and all(message.get(key) == value for key, value in fields.items()):
                return dict(message)

    async def nothing(self, seconds: float = 0.2) -> bool:
        return bool(await self.socket.receive_nothing(timeout=seconds))

    async def leaves(self) -> None:
        """A wait that ran out has ended the socket already; what that test says is enough."""
        if not self.socket.future.done():
            await self.socket.disconnect()


@pytest.fixture
def account() -> ChannelAccount:
    forget_accounts()
    return factories.channel_account(factories.merchant("demo", name="Demo Shop"), "webchat")


@pytest.fixture
def shop(account: ChannelAccount) -> Merchant:
    return account.merchant


@pytest.fixture(scope="module")
def needs_chromium_module() -> str:
    """Where Chromium is; tests marked `browser` are skipped before they ask for it without one."""
    return next(path for name in CHROMIUM_NAMES if (path := os.environ.get("CHROMIUM") or shutil.which(name)))


@pytest.fixture
async def page(account: ChannelAccount) -> AsyncIterator[Page]:
    """A page that has said hello as a new visitor."""
    made = Page(account.merchant.slug)
    assert await made.opens() is True
    await made.hello()
    yield made
    await made.leaves()


def rows(merchant: Merchant, read: Any) -> Any:
    """`read()` in the merchant's scope."""
    with scope(merchant=merchant):
        return read()


arows = sync_to_async(rows)
