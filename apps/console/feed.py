"""What happened at a merchant, once per process: read when hinted, written out once, handed to every open console."""

import asyncio
import json
import time
from collections import deque
from typing import Any
from weakref import WeakKeyDictionary

from channels.db import database_sync_to_async
from django.core.serializers.json import DjangoJSONEncoder
from django_scopes import scope

from apps.conversations.models import ThreadEvent
from apps.merchants.models import Merchant

from .duty import team
from .serializers import packets

OVERLAP = 200  # event ids become visible out of order: look back so far for latecomers
KEPT = 2000
BATCH = 500
TEAM_SECONDS = 4.0  # between two looks at who is here; a change of hands is looked at once
HANDS = frozenset({"taken", "returned"})


class Feed:
    """An append-only log of written-out packets. A console's `cursor` is a position in it, not an event id."""

    def __init__(self, merchant: Merchant) -> None:
        self.merchant = merchant
        self.lock = asyncio.Lock()
        self.log: deque[str] = deque(maxlen=KEPT)
        self.end = 0  # position after the newest packet
        self.seen: set[int] = set()
        self.newest: int | None = None
        self.team = ""  # as last told
        self.team_at = 0.0

    async def start(self) -> int:
        """Where a console that is about to read the whole list begins to listen."""
        async with self.lock:
            await self._refresh()
            return self.end

    async def hinted(self, event_id: int) -> None:
        """Read the news, unless another console of this process already has."""
        async with self.lock:
            if event_id not in self.seen:
                await self._refresh()

    def after(self, cursor: int) -> list[str] | None:
        """The packets from that position; `None` if they are no longer all here: read the list again."""
        missing = self.end - cursor
        if missing > len(self.log):
            return None
        return list(self.log)[len(self.log) - missing :] if missing else []

    async def _refresh(self) -> None:
        known, newest = self.seen, self.newest
        found, hands, texts = await self._read(known, newest)
        if hands or time.monotonic() - self.team_at > TEAM_SECONDS:
            texts += await self._team_news()
        self.newest = max([newest or 0, *found])
        self.seen = {event_id for event_id in known | found if event_id > self.newest - OVERLAP * 2}
        self.log.extend(texts)
        self.end += len(texts)

    @database_sync_to_async
    def _read(self, known: set[int], newest: int | None) -> tuple[set[int], bool, list[str]]:
        """The ids of the news, whether a thread changed hands in them, and the packets."""
        with scope(merchant=self.merchant):
            if newest is None:  # nobody listens yet: what is there now is in the list they will read
                ids = set(ThreadEvent.objects.order_by("-pk").values_list("pk", flat=True)[:OVERLAP])
                return ids, False, []
            fresh = ThreadEvent.objects.filter(pk__gt=newest - OVERLAP).exclude(pk__in=known)
            events = list(fresh.select_related("conversation", "actor").order_by("pk")[:BATCH])
            written = [json.dumps(packet, cls=DjangoJSONEncoder, ensure_ascii=False) for packet in packets(events)]
            return {event.pk for event in events}, any(event.kind in HANDS for event in events), written

    async def _team_news(self) -> list[str]:
        """Who takes chats and how many they have, if that has changed since it was last told."""
        self.team_at, told = time.monotonic(), self.team
        self.team = await self._read_team()
        return [self.team] if self.team != told else []

    @database_sync_to_async
    def _read_team(self) -> str:
        with scope(merchant=self.merchant):
            return written(team(self.merchant))


_feeds: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[int, Feed]] = WeakKeyDictionary()


def feed_of(merchant: Merchant) -> Feed:
    """This process's feed of that merchant (strictly: this event loop's)."""
    feeds: dict[int, Feed] = _feeds.setdefault(asyncio.get_running_loop(), {})
    return feeds.setdefault(merchant.pk, Feed(merchant))


def written(message: dict[str, Any]) -> str:
    return json.dumps(message, cls=DjangoJSONEncoder, ensure_ascii=False)
