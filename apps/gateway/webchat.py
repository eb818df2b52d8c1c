"""`ws /ws/chat/<merchant>/`: the shopper's browser. What arrives becomes an inbox event; what is said comes from the
database, hurried along by hints. Nothing here decides anything."""

import asyncio
import json
import re
import uuid
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.core.serializers.json import DjangoJSONEncoder
from django.urls import path
from django.utils.translation import gettext, override
from django_scopes import scope

from apps.conversations.client_ids import client_id_of
from apps.conversations.models import Conversation
from apps.conversations.places import remember_place
from apps.merchants import clock
from apps.merchants.accounts import web_chat_of
from apps.merchants.bucket import Bucket
from apps.merchants.globe import Spot
from apps.merchants.models import ChannelAccount, Merchant
from apps.merchants.storable import storable
from apps.messaging.events import ChannelEvent, EventKind

from .addresses import Addresses, address_of, is_of_the_world
from .inbox import store_events_sync
from .webchat_hub import Room, hub, messages_between, written
from .webchat_session import IdentityRefused, Visitor, identified, issue_token, new_visitor, visitor_of
from .webchat_thread import ensure_conversation, find_conversation, record_receipt

MAX_FRAME = 32_768  # characters in one socket message
MAX_TEXT = 4_000
HELLO_WAIT = 10  # seconds a silent socket may stay
SOCKETS_PER_VISITOR = 10
BURST, RATE = 12, 1.0  # messages at once, and per second after that
# Of all the visitors of one address together and per process: a busy store's Wi-Fi, but no flood.
CROWD = Addresses(burst=150, rate=8.0)
PATIENCE = 40  # refused sends in a row before the line is cut
FIRST_PAGE = 20
PAYLOAD = re.compile(r"[\w:.\-]{1,64}\Z")

# Of all codes a server may say only 1000 and 3000 to 4999.
GONE, FLOOD, TOO_MANY, TOO_BIG, NO_HELLO, NOT_UNDERSTOOD = 4404, 4429, 4430, 4009, 4408, 4003


class Refused(Exception):
    """What the shopper's page sent cannot be used; said to them, the line stays open."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


class WebChatConsumer(AsyncWebsocketConsumer):
    account: ChannelAccount
    merchant: Merchant
    visitor: Visitor | None = None
    conversation: Conversation | None = None
    room: Room | None = None
    bucket: Bucket
    crowd: Bucket
    address = ""
    language = ""
    sent_seq = 0
    told_fence = 0
    timer: asyncio.TimerHandle | None = None

    async def connect(self) -> None:
        await self.accept()  # before anything that may take long: browsers and servers give a handshake five seconds
        found = await database_sync_to_async(web_chat_of)(self.scope["url_route"]["kwargs"]["merchant"])
        if found is None:
            await self.close(GONE)
            return
        self.account, self.merchant = found, found.merchant
        self.timer = asyncio.get_running_loop().call_later(
            HELLO_WAIT, lambda: asyncio.ensure_future(self.close(NO_HELLO))
        )

    async def disconnect(self, code: int) -> None:
        if self.timer:
            self.timer.cancel()
        if self.visitor:
            public_id = self.conversation.public_id if self.conversation else ""
            hub().leave(self.visitor.external_id, public_id, self)
        if self.conversation:
            await self.channel_layer.group_discard(f"chat.{self.conversation.public_id}", self.channel_name)

    async def say(self, text: str) -> None:
        await self.send(text_data=text)

    async def tell(self, **message: Any) -> None:
        await self.send(text_data=json.dumps(message, cls=DjangoJSONEncoder, ensure_ascii=False))

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if text_data is None or len(text_data) > MAX_FRAME:
            await self.close(NOT_UNDERSTOOD if text_data is None else TOO_BIG)
            return
        client_id: uuid.UUID | None = None
        try:
            message = _read(text_data)
            client_id = client_id_of(message.get("client_id"))
            handler = self.HANDLERS.get(str(message.get("type")))
            if handler is None:
                raise Refused("unknown_type", "This kind of message is not known here.")
            if self.visitor is None and handler is not WebChatConsumer.on_hello:
                raise Refused("hello_first", "Say hello before anything else.")
            await handler(self, message, client_id)
        except Refused as refusal:
            await self.tell(type="error", code=refusal.code, detail=refusal.detail, client_id=client_id)

    # --- what the page says ----------------------------------------------------------------------

    async def on_hello(self, message: dict[str, Any], client_id: uuid.UUID | None) -> None:
        """Who is there and what they have; again at any time, after a gap was noticed."""
        self.language = _language(message.get("language"), self.merchant)
        if self.visitor is None:
            await self._recognise(message)
            if self.visitor is None:
                return  # refused; the line is closing
        last_seq = _seq(message.get("last_seq"))
        head = 0
        if self.conversation is None:
            self.conversation = await find_conversation(self.account, self.visitor)
        if self.conversation is not None:
            head = await self._join(self.conversation, last_seq)
        page_only = message.get("last_seq") is None and head > FIRST_PAGE
        await self.tell(
            type="ready",
            session=issue_token(self.account, self.visitor),
            head_seq=head,
            has_more=page_only,
            is_new=self.visitor.is_new,
        )
        if self.room is not None:
            self.told_fence = 0
            self.sent_seq = max(head - FIRST_PAGE, 0) if page_only else min(last_seq, head)
            await self.room.catch_up()
        await self._arrive(message)

    async def _recognise(self, message: dict[str, Any]) -> None:
        visitor = visitor_of(self.account, message.get("session"))
        if message.get("identify"):
            try:
                visitor = identified(self.account, message["identify"])
            except IdentityRefused:
                await self.tell(
                    type="error", code="identity_refused", detail="The signature does not fit.", client_id=None
                )
                if visitor is None or visitor.external_id.startswith("user:"):
                    visitor = None
        visitor = visitor or new_visitor()
        if len(hub().visitors.get(visitor.external_id, ())) >= SOCKETS_PER_VISITOR:
            await self.close(TOO_MANY)
            return
        if self.timer:
            self.timer.cancel()
        self.visitor = visitor
        self.bucket = hub().enter(visitor.external_id, self, burst=BURST, rate=RATE)
        self.address = address_of(self.scope)
        self.crowd = CROWD.bucket(self.address)

    async def _join(self, conversation: Conversation, last_seq: int) -> int:
        """Listen first, then read the head: what is said in between is heard. Returns the head."""
        if self.room is None:
            self.sent_seq = last_seq if last_seq else 2**31  # nothing is handed out before `ready`
            await self.channel_layer.group_add(f"chat.{conversation.public_id}", self.channel_name)
            self.room = hub().join(conversation, self)
        head = await _head_of(conversation)
        self.sent_seq = max(self.sent_seq, head)
        return head

    async def _arrive(self, message: dict[str, Any]) -> None:
        """A link or QR code brought them here: the token, not what it claims, goes into the inbox."""
        entry = message.get("entry")
        if not isinstance(entry, str) or not PAYLOAD.match(entry) or self.visitor is None:
            return
        day = clock.now().date().isoformat()
        await self._store(EventKind.REFERRAL, f"ref:{self.visitor.external_id}:{entry}:{day}", data={"ref": entry})

    async def on_send(self, message: dict[str, Any], client_id: uuid.UUID | None) -> None:
        text = message.get("text")
        if not isinstance(text, str) or not text.strip():
            raise Refused("empty", self._words("There is nothing to send yet."))
        if len(text) > MAX_TEXT:
            raise Refused("too_long", self._words("This is too long. Please send it in several messages."))
        await self._take(client_id)
        await self._store(EventKind.MESSAGE, str(client_id), type="text", text=text.strip())
        await self._accepted(client_id)

    async def on_choice(self, message: dict[str, Any], client_id: uuid.UUID | None) -> None:
        payload, label = message.get("payload"), message.get("label", "")
        if not isinstance(payload, str) or not PAYLOAD.match(payload):
            raise Refused("unknown_choice", self._words("This choice is not on offer any more."))
        label = label[:200] if isinstance(label, str) else ""
        await self._take(client_id)
        await self._store(EventKind.CHOICE, str(client_id), payload=payload, label=label, via="button")
        await self._accepted(client_id)

    async def on_location(self, message: dict[str, Any], client_id: uuid.UUID | None) -> None:
        """Where the shopper is, as their browser knows it and they allowed it."""
        spot = Spot.of(message.get("latitude"), message.get("longitude"))
        if spot is None:
            raise Refused("no_place", self._words("This place cannot be read. Please write your postcode."))
        await self._take(client_id)
        data = {"latitude": spot.latitude, "longitude": spot.longitude}
        await self._store(EventKind.MESSAGE, str(client_id), type="location", data=data)
        await self._accepted(client_id)

    async def _take(self, client_id: uuid.UUID | None) -> None:
        if client_id is None:
            raise Refused("client_id_missing", "Every send carries a client_id (a UUID).")
        if self.bucket.take() and self.crowd.take():
            return
        if self.bucket.refused > PATIENCE:
            await self.close(FLOOD)
        raise Refused("slow_down", self._words("That was very fast. Please try again in a moment."))

    async def _accepted(self, client_id: uuid.UUID | None) -> None:
        await self.tell(type="accepted", client_id=client_id)
        if self.conversation is not None:
            await _head_of(self.conversation)  # a person may have taken over since: then nothing is being made
            if self.conversation.owner == Conversation.Owner.BOT:
                await self.tell(type="typing", author="bot")

    async def on_receipt(self, message: dict[str, Any], client_id: uuid.UUID | None) -> None:
        state = message.get("state")
        if self.conversation is None or state not in ("delivered", "read"):
            return
        await database_sync_to_async(record_receipt)(self.conversation, _seq(message.get("seq")), state)

    async def on_typing(self, message: dict[str, Any], client_id: uuid.UUID | None) -> None:
        if self.conversation is not None and self.bucket.level >= 1:
            await self.channel_layer.group_send(
                f"console.{self.merchant.pk}", {"type": "typing.hint", "thread": self.conversation.public_id}
            )

    async def on_history(self, message: dict[str, Any], client_id: uuid.UUID | None) -> None:
        before = _seq(message.get("before_seq"))
        texts = await self._older(self.conversation, before) if self.conversation is not None and before > 1 else []
        more = "true" if texts and before - len(texts) > 1 else "false"
        await self.say(f'{{"type": "history", "messages": [{", ".join(texts)}], "has_more": {more}}}')

    HANDLERS = {
        "hello": on_hello,
        "message.send": on_send,
        "choice.send": on_choice,
        "location.send": on_location,
        "receipt": on_receipt,
        "typing": on_typing,
        "history": on_history,
    }

    # --- what the layer hints --------------------------------------------------------------------

    async def thread_hint(self, event: dict[str, Any]) -> None:
        if self.room is not None and event["seq"] > self.sent_seq:
            await self.room.catch_up()

    async def thread_file(self, event: dict[str, Any]) -> None:
        """What became of a file: its message as it is now, though the page has it already."""
        if self.room is not None and event["seq"] <= self.sent_seq:
            await self.say(await self.room.again(event["seq"]))

    async def thread_hands(self, event: dict[str, Any]) -> None:
        """The thread has changed hands without a word."""
        if self.room is not None:
            await self.room.catch_up()

    async def thread_typing(self, event: dict[str, Any]) -> None:
        await self.tell(type="typing", author=event.get("author", "agent"))

    # --- the database ----------------------------------------------------------------------------

    async def _store(self, kind: EventKind, key: str, **fields: Any) -> None:
        assert self.visitor is not None  # noqa: S101 - receive() lets nobody through without
        if self.conversation is None:
            self.conversation = await ensure_conversation(self.account, self.visitor, self.language)
            await self._join(self.conversation, 0)
            self.sent_seq = 0
        event = ChannelEvent(
            kind=kind,
            external_event_id=key,
            external_user_id=self.visitor.external_id,
            thread_key=self.visitor.external_id,
            occurred_at=clock.now(),
            language=self.language,
            profile_name=self.visitor.name,
            **fields,
        )
        await database_sync_to_async(keep_event)(self.account.pk, event, self.address)

    @database_sync_to_async
    def _older(self, conversation: Conversation, before: int) -> list[str]:
        with scope(merchant=self.merchant):
            return [written(row) for row in messages_between(conversation, 0, before, limit=FIRST_PAGE)]

    def _words(self, english: str) -> str:
        with override(self.language or self.merchant.default_language):
            return gettext(english)


def keep_event(account_id: int, event: ChannelEvent, address: str) -> bool:
    """Into the inbox; whether it is new there. Where it came from is known before anybody answers it."""
    if is_of_the_world(address):
        remember_place(account_id, event.external_user_id, address)
    return bool(store_events_sync(account_id, [event]))


@database_sync_to_async
def _head_of(conversation: Conversation) -> int:
    with scope(merchant=conversation.merchant_id):
        row = Conversation.objects.only("last_seq", "owner").get(pk=conversation.pk)
    conversation.owner = row.owner
    return row.last_seq


def _read(text: str) -> dict[str, Any]:
    try:
        message = storable(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise Refused("not_json", "Messages are JSON objects.") from error
    if not isinstance(message, dict):
        raise Refused("not_json", "Messages are JSON objects.")
    return message


def _seq(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31 else 0


def _language(value: Any, merchant: Merchant) -> str:
    return value if isinstance(value, str) and value in merchant.languages else merchant.default_language


websocket_urlpatterns = [path("ws/chat/<slug:merchant>/", WebChatConsumer.as_asgi())]
