"""`ws /ws/console/`: staff. Lossless: messages are numbered per conversation, events per merchant, and whoever has a
gap asks again; a hint that never came is noticed by the next heartbeat."""

import asyncio
import json
import uuid
from collections.abc import Callable
from typing import Any

from channels.auth import AuthMiddleware
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.sessions import CookieMiddleware, SessionMiddleware
from django.urls import path
from django.utils import translation
from django_scopes import scope

from apps.conversations.client_ids import client_id_of
from apps.conversations.models import ThreadEvent
from apps.merchants import clock, tablets
from apps.merchants.bucket import Bucket
from apps.merchants.middleware import StorableCookies
from apps.merchants.storable import is_storable
from apps.routing.presence import mark_present

from . import beside, cart, desk, duty
from .access import Seat, seat_of_session
from .desk import Refused
from .feed import Feed, feed_of, written

BEAT = 4.0  # seconds between two looks at access and heads; the promises are 5 and 15
MAX_FRAME = 65_536
OPEN_THREADS = 300
SIGNED_OUT, FLOOD, TOO_BIG, NOT_UNDERSTOOD = 4401, 4429, 4009, 4003


class ConsoleConsumer(AsyncWebsocketConsumer):
    seat: Seat | None = None
    feed: Feed
    cursor: int | None = None
    language = "en"
    beat: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        await self.accept()
        self.seat = await self._look_up()
        if self.seat is None:
            await self.close(SIGNED_OUT)
            return
        self.known: set[str] = set()
        self.bucket = Bucket(burst=40, rate=8)
        self.handing = asyncio.Lock()
        self.feed = feed_of(self.seat.merchant)
        await self.channel_layer.group_add(f"console.{self.seat.merchant.pk}", self.channel_name)
        self.beat = asyncio.create_task(self._beat())

    async def disconnect(self, code: int) -> None:
        if self.beat:
            self.beat.cancel()
        if self.seat:
            await self.channel_layer.group_discard(f"console.{self.seat.merchant.pk}", self.channel_name)

    async def tell(self, message: dict[str, Any]) -> None:
        await self.send(text_data=written(message))

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if text_data is None or len(text_data) > MAX_FRAME:
            await self.close(NOT_UNDERSTOOD if text_data is None else TOO_BIG)
            return
        client_id: uuid.UUID | None = None
        try:
            message = _read(text_data)
            client_id = client_id_of(message.get("client_id"))
            if not is_storable(message):
                raise Refused("bad_text", "Text is valid Unicode without NUL characters.")
            handler = self.HANDLERS.get(str(message.get("type")))
            if handler is None:
                raise Refused("unknown_type", "This kind of message is not known here.")
            if not self.bucket.take():
                if self.bucket.refused > 200:
                    await self.close(FLOOD)
                raise Refused("slow_down", "That was very fast. Please try again in a moment.")
            await handler(self, message, client_id)
        except Refused as refusal:
            await self.tell({"type": "error", "code": refusal.code, "detail": refusal.detail, "client_id": client_id})

    # --- what the page says ----------------------------------------------------------------------

    async def on_hello(self, message: dict[str, Any], client_id: uuid.UUID | None) -> None:
        """The list as it is now, then what the threads this console has open lack."""
        assert self.seat is not None  # noqa: S101 - connect() closed the line otherwise
        language = message.get("language")
        if isinstance(language, str) and translation.check_for_language(language):
            self.language = language
        threads = message.get("threads")
        known = (
            {str(key): value for key, value in threads.items() if _is_seq(value)} if isinstance(threads, dict) else {}
        )
        known = dict(list(known.items())[:OPEN_THREADS])
        cursor = await self.feed.start()
        rows, head, lacking, team = await self._work(
            lambda: (desk.queue(), _head(), desk.missing(known), duty.team(self._seat.merchant)["people"])
        )
        async with self.handing:
            self.known = set(known)
            self.cursor = cursor
            user = {"id": self.seat.user.pk, "name": self.seat.user.shown_name, "role": self.seat.role}
            ready = {"list_seq": head, "user": user, "list": rows, "team": team, "now": clock.now()}
            await self.tell({"type": "ready", **ready})
            for lacked in lacking:
                await self.tell(lacked)
        await self._catch_up()

    async def on_open(self, message: dict[str, Any], client_id: uuid.UUID | None) -> None:
        page = await self._work(lambda: desk.history(message.get("thread")))
        if len(self.known) < OPEN_THREADS:
            self.known.add(page["thread"])
        await self.tell(page)

    async def on_older(self, message: dict[str, Any], client_id: uuid.UUID | None) -> None:
        before = message.get("before_seq")
        if not _is_seq(before):
            raise Refused("bad_number", "before_seq is the number of a message.")
        page = await self._work(lambda: desk.history(message.get("thread"), before=before))
        await self.tell({**page, "is_older": True})

    async def on_send(self, message: dict[str, Any], client_id: uuid.UUID | None) -> None:
        key = _needed(client_id)
        sent = await self._work(
            lambda: desk.answer(
                self._seat, message.get("thread"), message.get("text"), client_id=key, quote=message.get("quote")
            )
        )
        await self.tell({"type": "accepted", "client_id": key, "thread": message.get("thread"), "seq": sent.seq})

    async def on_card(self, message: dict[str, Any], client_id: uuid.UUID | None) -> None:
        key = _needed(client_id)
        product = message.get("product")
        sent = await self._work(lambda: desk.send_card(self._seat, message.get("thread"), product, client_id=key))
        await self.tell({"type": "accepted", "client_id": key, "thread": message.get("thread"), "seq": sent.seq})

    async def on_cart(self, message: dict[str, Any], client_id: uuid.UUID | None) -> None:
        key, thread = _needed(client_id), message.get("thread")
        wanted = (message.get("variant"), message.get("quantity"), message.get("seen"))
        sent = await self._work(lambda: cart.set_in_cart(self._seat, thread, *wanted, client_id=key))
        await self.tell({"type": "accepted", "client_id": key, "thread": thread, "seq": sent.seq})

    async def on_take(self, message: dict[str, Any], client_id: uuid.UUID | None) -> None:
        thread = message.get("thread")
        if "seen" in message:
            await self._work(lambda: duty.claim_thread(self._seat, thread, message["seen"]))
        else:
            await self._work(lambda: desk.take(self._seat, thread))
        await self.tell({"type": "accepted", "client_id": client_id, "thread": thread})

    async def on_presence(self, message: dict[str, Any], client_id: uuid.UUID | None) -> None:
        team = await self._work(lambda: duty.set_presence(self._seat, message.get("state"), message.get("note")))
        await self.tell({**team, "client_id": client_id})

    async def on_accept(self, message: dict[str, Any], client_id: uuid.UUID | None) -> None:
        thread = await self._work(lambda: duty.accept_offer(self._seat, message.get("offer")))
        await self.tell({"type": "accepted", "client_id": client_id, "thread": thread})

    async def on_decline(self, message: dict[str, Any], client_id: uuid.UUID | None) -> None:
        wanted = (message.get("offer"), message.get("reason"))
        thread = await self._work(lambda: duty.decline_offer(self._seat, *wanted))
        await self.tell({"type": "accepted", "client_id": client_id, "thread": thread})

    async def on_hand_back(self, message: dict[str, Any], client_id: uuid.UUID | None) -> None:
        await self._work(lambda: desk.give_back(self._seat, message.get("thread"), message.get("note")))
        await self.tell({"type": "accepted", "client_id": client_id, "thread": message.get("thread")})

    async def on_note(self, message: dict[str, Any], client_id: uuid.UUID | None) -> None:
        key = _needed(client_id)
        await self._work(lambda: desk.add_note(self._seat, message.get("thread"), message.get("text"), client_id=key))
        await self.tell({"type": "accepted", "client_id": key, "thread": message.get("thread")})

    async def on_store_code(self, message: dict[str, Any], client_id: uuid.UUID | None) -> None:
        rows = await self._work(lambda: beside.open_by_code(self._seat, message.get("code")))
        await self.tell({"type": "opened", "client_id": client_id, "rows": rows})

    async def on_touch(self, message: dict[str, Any], client_id: uuid.UUID | None) -> None:
        number = self.scope["session"].get(tablets.SESSION_KEY)
        if number is not None:
            await self._work(lambda: tablets.touch(number, self._seat.user.pk))

    async def on_typing(self, message: dict[str, Any], client_id: uuid.UUID | None) -> None:
        thread = await self._work(lambda: desk.thread_of(message.get("thread")))
        if thread.owner_user_id == self._seat.user.pk:
            await self.channel_layer.group_send(
                f"chat.{thread.public_id}", {"type": "thread.typing", "author": "agent"}
            )

    HANDLERS = {
        "hello": on_hello,
        "open": on_open,
        "older": on_older,
        "message.send": on_send,
        "card.send": on_card,
        "cart.set": on_cart,
        "take": on_take,
        "presence.set": on_presence,
        "offer.accept": on_accept,
        "offer.decline": on_decline,
        "hand_back": on_hand_back,
        "note.add": on_note,
        "store.code": on_store_code,
        "touch": on_touch,
        "typing": on_typing,
    }

    # --- what the layer hints, and what is found without it ---------------------------------------

    async def list_hint(self, event: dict[str, Any]) -> None:
        await self.feed.hinted(event["id"])
        await self._catch_up()

    async def typing_hint(self, event: dict[str, Any]) -> None:
        await self.tell({"type": "typing", "thread": event["thread"]})

    async def _catch_up(self) -> None:
        async with self.handing:
            if self.cursor is None:
                return
            news = self.feed.after(self.cursor)
            self.cursor = self.feed.end
            if news is None:
                await self.tell({"type": "reload"})
                return
            for text in news:
                await self.send(text_data=text)

    async def _beat(self) -> None:
        """Is this person still allowed here, and has anything passed us by?"""
        while True:
            await asyncio.sleep(BEAT)
            seat = await self._look_up()
            if seat is None or seat.merchant.pk != self._seat.merchant.pk:
                await self.close(SIGNED_OUT)
                return
            self.seat = seat
            await self.feed.start()
            await self._catch_up()
            head, heads = await self._work(lambda: (_head(), desk.heads(self.known)))
            await self.tell({"type": "heartbeat", "list_seq": head, "heads": heads, "now": clock.now()})

    # --- the database ----------------------------------------------------------------------------

    @property
    def _seat(self) -> Seat:
        assert self.seat is not None  # noqa: S101 - connect() closed the line otherwise
        return self.seat

    @database_sync_to_async
    def _look_up(self) -> Seat | None:
        session = self.scope.get("session")
        seat = seat_of_session(getattr(session, "session_key", None))
        if seat is not None:
            with scope(merchant=seat.merchant):
                mark_present(seat.user, seat.merchant.pk)
        return seat

    async def _work(self, job: Callable[[], Any]) -> Any:
        return await database_sync_to_async(self._in_scope)(job)

    def _in_scope(self, job: Callable[[], Any]) -> Any:
        with scope(merchant=self._seat.merchant), translation.override(self.language):
            return job()


def _head() -> int:
    return ThreadEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def _read(text: str) -> dict[str, Any]:
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Refused("not_json", "Messages are JSON objects.") from error
    if not isinstance(message, dict):
        raise Refused("not_json", "Messages are JSON objects.")
    return message


def _needed(client_id: uuid.UUID | None) -> uuid.UUID:
    if client_id is None:
        raise Refused("client_id_missing", "Every send carries a client_id (a UUID).")
    return client_id


def _is_seq(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31


signed_in = CookieMiddleware(StorableCookies(SessionMiddleware(AuthMiddleware(ConsoleConsumer.as_asgi()))))
websocket_urlpatterns = [path("ws/console/", signed_in)]
