"""One place per process where web chat sockets meet: each message is read and written out once, then handed round.

The channel layer's hints wake it; the database is what it reads. A silent layer costs at most one heartbeat.
"""

import asyncio
import json
from collections import OrderedDict
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from channels.db import database_sync_to_async
from django.core.serializers.json import DjangoJSONEncoder
from django_scopes import scope, scopes_disabled

from apps.conversations.models import Conversation, Message
from apps.conversations.quotes import quoted_by
from apps.conversations.showing import files_of
from apps.conversations.timeline import as_socket_message
from apps.merchants.bucket import Bucket

BEAT = 10.0  # seconds; the promise is 15
KEPT = 64  # written-out messages a room remembers
BATCH = 200
HANDS_KEPT = 40  # changes of hands a page is told of


class Socket(Protocol):
    sent_seq: int
    told_fence: int  # as of which change of hands it knows who answers

    async def say(self, text: str) -> None: ...


class Room:
    """The sockets of one conversation, and its latest messages as the text that goes out."""

    def __init__(self, conversation_id: int, merchant_id: int) -> None:
        self.conversation_id, self.merchant_id = conversation_id, merchant_id
        self.sockets: set[Socket] = set()
        self.written: OrderedDict[int, str] = OrderedDict()
        self.reads = 0  # how often the database was asked
        self.fence = 0  # grows whenever the thread changes hands
        self.hands = ""  # who answers, as of then, written out
        self.lock = asyncio.Lock()

    async def catch_up(self) -> None:
        """Bring every socket up to the newest message: one read for all of them, however many there are."""
        async with self.lock:
            while self.sockets:
                behind = min(socket.sent_seq for socket in self.sockets)
                if not self.written or next(iter(self.written)) > behind + 1:
                    self.written.clear()
                self.reads += 1
                news = await self._read(next(reversed(self.written), behind))
                self.written.update(news)
                for socket in tuple(self.sockets):
                    await self._hand(socket)
                while len(self.written) > KEPT:
                    self.written.popitem(last=False)
                if len(news) < BATCH:
                    return

    async def _hand(self, socket: Socket) -> None:
        if socket.told_fence != self.fence:
            socket.told_fence = self.fence
            await socket.say(self.hands)
        for seq, text in self.written.items():
            if seq > socket.sent_seq:
                socket.sent_seq = seq
                await socket.say(text)

    @database_sync_to_async
    def _read(self, after: int) -> list[tuple[int, str]]:
        with scopes_disabled():
            conversation = Conversation.objects.select_related("merchant", "owner_user").get(pk=self.conversation_id)
        with scope(merchant=conversation.merchant):
            if conversation.fence != self.fence:
                self.fence, self.hands = conversation.fence, json.dumps(hands_of(conversation), ensure_ascii=False)
            rows = conversation.messages.filter(seq__gt=after).select_related("author_user").order_by("seq")[:BATCH]
            return [(row.seq, written(row)) for row in rows]

    @database_sync_to_async
    def again(self, seq: int) -> str:
        """A message that has changed since it was written out, for whoever comes to have it next, too."""
        with scope(merchant=self.merchant_id):
            row = Message.objects.select_related("author_user", "conversation__identity")
            text = written(row.get(conversation_id=self.conversation_id, seq=seq))
        if seq in self.written:
            self.written[seq] = text
        return text


class Hub:
    """All rooms of this process; one beat for all of them."""

    def __init__(self) -> None:
        self.rooms: dict[str, Room] = {}
        self.visitors: dict[str, set[Socket]] = {}
        self.buckets: dict[str, Bucket] = {}
        self.waiting: set[Socket] = set()  # sockets whose shopper has not said anything yet
        self.beat: asyncio.Task[None] | None = None

    def enter(self, visitor: str, socket: Socket, *, burst: float, rate: float) -> Bucket:
        """Remember the socket as this visitor's; all of a visitor's sockets share one bucket."""
        self.visitors.setdefault(visitor, set()).add(socket)
        self.waiting.add(socket)
        if self.beat is None or self.beat.done():
            self.beat = asyncio.create_task(self._beat())
        return self.buckets.setdefault(visitor, Bucket(burst=burst, rate=rate))

    def join(self, conversation: Conversation, socket: Socket) -> Room:
        room = self.rooms.setdefault(conversation.public_id, Room(conversation.pk, conversation.merchant_id))
        room.sockets.add(socket)
        self.waiting.discard(socket)
        return room

    def leave(self, visitor: str, public_id: str, socket: Socket) -> None:
        self.waiting.discard(socket)
        mine = self.visitors.get(visitor, set())
        mine.discard(socket)
        if not mine:
            self.visitors.pop(visitor, None)
            self.buckets.pop(visitor, None)
        room = self.rooms.get(public_id)
        if room is not None:
            room.sockets.discard(socket)
            if not room.sockets:
                self.rooms.pop(public_id, None)
        if not self.visitors and self.beat is not None:
            self.beat.cancel()
            self.beat = None

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT)
            await self.beat_once()

    async def beat_once(self) -> None:
        """One query for all rooms' heads; who is behind catches up, everybody hears the head."""
        rooms = {room.conversation_id: room for room in self.rooms.values()}
        heads = await self._heads(list(rooms)) if rooms else {}
        for conversation_id, (head, fence) in heads.items():
            room = rooms[conversation_id]
            if room.fence != fence or any(socket.sent_seq < head for socket in room.sockets):
                await room.catch_up()
            text = json.dumps({"type": "heartbeat", "head_seq": head})
            for socket in tuple(room.sockets):
                await socket.say(text)
        for socket in tuple(self.waiting):
            await socket.say('{"type": "heartbeat", "head_seq": 0}')

    @database_sync_to_async
    def _heads(self, ids: list[int]) -> dict[int, tuple[int, int]]:
        """Per conversation the newest number, and its fence."""
        with scopes_disabled():
            rows = Conversation.objects.filter(pk__in=ids).values_list("pk", "last_seq", "fence")
            return {pk: (head, fence) for pk, head, fence in rows}


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """This process's hub (strictly: this event loop's)."""
    return _hubs.setdefault(asyncio.get_running_loop(), Hub())


def hands_of(conversation: Conversation) -> dict[str, Any]:
    """Who answers now, and who has joined when: `{"type": "hands", "person": "", "joined": [{"name", "at"}]}`.

    `person` is null while the assistant answers. Needs `owner_user` loaded.
    """
    owner = conversation.owner_user
    has_person = conversation.owner != Conversation.Owner.BOT
    return {
        "type": "hands",
        "person": (owner.shown_name if owner else "") if has_person else None,
        "joined": _joined(conversation) if conversation.fence else [],
    }


def _joined(conversation: Conversation) -> list[dict[str, str]]:
    """Everybody who took the thread, oldest first; taking what one has already is not joining."""
    changes = conversation.events.filter(kind__in=("taken", "returned")).select_related("actor").order_by("-pk")
    joined, before = [], None
    for change in reversed(changes[:HANDS_KEPT]):
        who = change.actor_id if change.kind == "taken" else None
        if change.kind == "taken" and (before is None or who != before[0]):
            name = change.actor.shown_name if change.actor else ""
            joined.append({"name": name, "at": change.created_at.isoformat()})
        before = None if change.kind == "returned" else (who,)
    return joined


def as_shown(message: Message) -> dict[str, Any]:
    """What a shopper's page knows of a message: with its files, the name of the person who wrote it, or the page's own id."""
    shown = as_socket_message(message)
    if shown["content"].get("kind") != "hidden":
        if files := files_of([message]).get(message.pk):
            shown["content"]["files"] = files
        if quote := quoted_by([message]).get(message.pk):
            shown["quote"] = quote
    if message.is_inbound:
        shown["client_id"] = message.external_id
    elif message.author_user is not None:
        shown["name"] = message.author_user.shown_name
    return shown


def written(message: Message) -> str:
    """A message as it goes down a shopper's socket."""
    return json.dumps(as_shown(message), cls=DjangoJSONEncoder, ensure_ascii=False)


def messages_between(conversation: Conversation, after: int, before: int, *, limit: int) -> list[Message]:
    """The newest `limit` messages with after < seq < before, oldest first, their writers included."""
    rows = conversation.messages.filter(seq__gt=after, seq__lt=before).select_related("author_user")
    return list(rows.order_by("-seq")[:limit])[::-1]
