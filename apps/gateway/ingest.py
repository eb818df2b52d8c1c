"""The front door: a platform's call is verified, read, stored with one statement and acknowledged; nothing else.

A small ASGI app beside Django, because Django's request stack costs several times as much as this work.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

import psycopg
import structlog
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.conf import settings
from django.db import DatabaseError

from apps.bot.bills import refusal_of
from apps.conversations.actions import mask_secrets
from apps.conversations.inbox import Row, row_for
from apps.merchants import clock
from apps.merchants.accounts import account_at, remembered
from apps.merchants.doors import QUERY
from apps.merchants.models import ChannelAccount
from apps.merchants.storable import is_storable, storable
from apps.messaging.channel import (
    Channel,
    Forged,
    Malformed,
    NotConfigured,
    WebhookReply,
    WebhookRequest,
    all_channels,
)
from apps.messaging.events import ChannelEvent, EventKind
from apps.orders.tracking import store_tracking
from apps.payments.inbox import store_webhook

from .inbox import store_rows
from .sightings import Sight, Sightings

logger = structlog.get_logger(__name__)

MAX_BODY = 3 * 1024 * 1024
MAX_KEPT = 20_000  # characters of a body nobody could parse
CHARSETS = ("", "utf-8", "utf8", "us-ascii")
WEBHOOKS, PAYMENTS, CARRIERS = "/webhooks/", "/payments/", "/carriers/"
PREFIX = (WEBHOOKS, PAYMENTS, CARRIERS)  # which paths come here instead of to Django

Keep = Callable[[str, str, Mapping[str, str], bytes], Awaitable[tuple[int, bytes]]]
INBOXES: dict[str, Keep] = {PAYMENTS: store_webhook, CARRIERS: store_tracking}  # which have inboxes of their own
Store = Callable[[int, Sequence[Row]], Awaitable[int]]
Ask = Callable[[ChannelAccount, ChannelEvent], Awaitable[str]]
# It may wait for an order that is being paid by another way: not on the thread that all other doors share.
ask_bill: Ask = database_sync_to_async(refusal_of, thread_sensitive=False)
AsgiApp = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


class TooLarge(Exception):
    """More bytes than any platform sends."""


class Unreadable(Exception):
    """A body in a wrapping we do not open (compressed, another charset)."""


class FrontDoor:
    """Takes `/webhooks/<kind>/<account>/`, `/payments/<provider>/<account>/webhook/` and the same of `/carriers/`.

    `store` puts rows into the inbox, `ask` says whether a bill may be paid, `sightings` remembers handshakes and forged
    calls (others where everything has to happen in one Django transaction).
    """

    def __init__(self, store: Store = store_rows, ask: Ask = ask_bill, sightings: Sightings | None = None) -> None:
        self.store = store
        self.ask = ask
        self.sightings = sightings or Sightings()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        try:
            reply = await self._reply(scope, receive)
        except TooLarge:
            reply = WebhookReply(413, b"too large")
        except Unreadable as error:
            reply = WebhookReply(400, str(error).encode())
        await respond(send, reply)

    async def _reply(self, scope: dict[str, Any], receive: Any) -> WebhookReply:
        if not is_storable(scope["path"]):
            return WebhookReply(404, b"nobody here")
        for under, keep in INBOXES.items():
            if scope["path"].startswith(under):
                return await take_call(scope, receive, under=under, keep=keep)
        return await self._answer(scope, receive)

    async def _answer(self, scope: dict[str, Any], receive: Any) -> WebhookReply:
        kind, name = address_of(scope["path"])
        channel = all_channels().get(kind)
        is_known, account = remembered(kind, name)
        if not is_known and channel is not None:
            account = await sync_to_async(account_at)(kind, name)
        if channel is None or account is None:
            return WebhookReply(404, b"nobody here")
        request = await read_request(scope, receive)
        try:
            if request.method == "GET":
                reply = channel.handshake(request, account.config)
                await self.sightings.note(account, Sight.HANDSHAKE)
                return reply
            if request.method != "POST":
                return WebhookReply(405, b"POST events, GET the handshake")
            channel.verify(request, account.config)
        except Forged:
            logger.warning("webhook.forged", kind=kind, account=name)
            await self.sightings.note(account, Sight.FORGED)
            return WebhookReply(403, b"forged")
        except NotConfigured:
            logger.error("webhook.not_configured", kind=kind, account=name)
            return WebhookReply(503, b"not configured")
        except Exception:  # a check that breaks is a check that failed
            logger.exception("webhook.unverifiable", kind=kind, account=name)
            return WebhookReply(403, b"forged")
        return await self._take(channel, account, request)

    async def _take(self, channel: Channel, account: ChannelAccount, request: WebhookRequest) -> WebhookReply:
        refuse_wrapped(request)
        events: list[ChannelEvent] = []
        try:
            events = channel.parse(request, account.config)
            rows = [row_for(event) for event in events]
        except Malformed:
            return WebhookReply(400, b"malformed")
        except Exception as error:  # genuine, but our reader broke: a platform would repeat it for days
            logger.exception("webhook.unparsed", kind=channel.kind, account=account.name)
            rows = [dead_letter(request, error)]
        try:
            await self.store(account.pk, rows)
        except (psycopg.Error, DatabaseError, TimeoutError):
            logger.exception("webhook.not_stored", kind=channel.kind, account=account.name)
            return WebhookReply(503, b"try again")
        asked = next((event for event in events if event.kind == EventKind.PRECHECKOUT), None)
        if asked is None:
            return channel.acknowledge(request, account.config)
        # The payer waits, and the platform for ten seconds: whoever repeats the question gets the answer anew.
        return channel.acknowledge(request, account.config, refusal=await self.ask(account, asked))


def address_of(path: str) -> tuple[str, str]:
    """("whatsapp", "shop") of `/webhooks/whatsapp/shop/`; two empty strings for any other shape."""
    parts = path.removeprefix(WEBHOOKS).rstrip("/").split("/")
    return (parts[0], parts[1]) if len(parts) == 2 else ("", "")


async def take_call(scope: dict[str, Any], receive: Any, *, under: str, keep: Keep) -> WebhookReply:
    """A payment provider's or carrier's call: its own inbox checks, stores and answers. Raises `TooLarge`."""
    parts = scope["path"].removeprefix(under).strip("/").split("/")
    if len(parts) != 3 or parts[2] != "webhook":
        return WebhookReply(404, b"nobody here")
    if scope["method"] != "POST":
        return WebhookReply(405, b"POST events")
    provider, account, _webhook = parts
    request = await read_request(scope, receive)
    headers = {**request.headers, QUERY: scope.get("query_string", b"").decode("latin-1")}
    try:
        status, body = await keep(provider, account, headers, request.body)
    except DatabaseError:
        logger.exception("webhook.not_stored", door=under, provider=provider, account=account)
        return WebhookReply(503, b"try again")
    return WebhookReply(status, body)


async def read_request(scope: dict[str, Any], receive: Any) -> WebhookRequest:
    """The call as bytes, under the address the platform knows. Raises `TooLarge`."""
    headers: dict[str, str] = {}
    for key, value in scope["headers"]:
        headers.setdefault(key.decode("latin-1").lower(), value.decode("latin-1"))
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length) > MAX_BODY:
        raise TooLarge
    chunks, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > MAX_BODY:
            raise TooLarge
        if not message.get("more_body"):
            break
    query = scope.get("query_string", b"").decode("latin-1")
    path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1").partition("?")[0]
    return WebhookRequest(
        method=scope["method"],
        url=f"{settings.PUBLIC_URL}{path}{'?' + query if query else ''}",
        headers=headers,
        query=dict(parse_qsl(query, keep_blank_values=True)),
        body=b"".join(chunks),
    )


def refuse_wrapped(request: WebhookRequest) -> None:
    """No platform compresses its calls or leaves UTF-8; whoever does is not read. Raises `Unreadable`."""
    if request.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise Unreadable("compressed bodies are not read")
    _, _, charset = request.headers.get("content-type", "").lower().partition("charset=")
    if charset.split(";")[0].strip(" \"'") not in CHARSETS:
        raise Unreadable("only UTF-8 is read")


def dead_letter(request: WebhookRequest, error: Exception) -> Row:
    """The call itself, kept for whoever mends the reader."""
    body = mask_secrets(storable(request.body.decode("utf-8", "replace")))[:MAX_KEPT]
    event = {"kind": "ignored", "body": body, "content_type": request.headers.get("content-type", "")}
    return Row(
        event_key=f"unparsed:{hashlib.sha256(request.body).hexdigest()}",
        thread_key="",
        payload=json.dumps(event),
        due_at=clock.now(),
        error=f"not parsed: {type(error).__name__}: {error}"[:500],
    )


async def respond(send: Any, reply: WebhookReply) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": reply.status,
            "headers": [
                (b"content-type", reply.content_type.encode()),
                (b"content-length", str(len(reply.body)).encode()),
                (b"x-content-type-options", b"nosniff"),
                (b"cache-control", b"no-store"),
            ],
        }
    )
    await send({"type": "http.response.body", "body": reply.body})
