"""Links and codes that lead into a thread: how they are carried there, and how many came by them.

The source rides behind the token ("abc-p" is a poster's): one opaque word fits every platform's link, and nothing else
has to be remembered of whoever follows it.
"""

import datetime as dt
from typing import Any

from django.db import connection

from apps.merchants import clock
from apps.merchants.storable import is_storable

from .models import Conversation, EntryArrival, EntryPoint, Source

LONGEST = 64  # characters that every platform takes along (Telegram's start parameter is the shortest)
MARKS = {
    Source.POSTER: "p",
    Source.AD: "a",
    Source.EMAIL: "e",
    Source.WIDGET: "w",
    Source.SNAPCHAT: "s",
    Source.GOOGLE: "g",
}
SOURCES = {mark: source for source, mark in MARKS.items()}
_COUNT = """
INSERT INTO conversations_entryvisit AS v (merchant_id, entry_id, day, source, count)
VALUES (%(merchant)s, %(entry)s, %(day)s, %(source)s, 1)
ON CONFLICT (entry_id, day, source) DO UPDATE SET count = v.count + 1
"""


def source_of(name: Any) -> Source:
    """As an address names it (`?from=poster`); whatever else it says is a plain link."""
    return Source(name) if name in Source.values else Source.LINK


def carried(token: str, source: str = Source.LINK) -> str:
    """What the shopper's first message brings along."""
    mark = MARKS.get(Source(source))
    return f"{token}-{mark}" if mark else token


def entry_by(word: str) -> tuple[EntryPoint | None, Source]:
    """The link of the merchant in scope that somebody came by, and where they found it. Any text may be asked for."""
    if not word or len(word) > LONGEST or not is_storable(word):
        return None, Source.LINK
    token, dash, mark = word.rpartition("-")
    names = [word, token] if dash and mark in SOURCES else [word]
    found = {entry.token: entry for entry in EntryPoint.objects.filter(token__in=names)}
    if word in found:  # a token may itself end like a mark
        return found[word], Source.LINK
    return found.get(token), SOURCES.get(mark, Source.LINK)


def entry_by_ad(ad: str) -> EntryPoint | None:
    """The link an advertisement belongs to, by its number at the platform: some tell that and no word of ours."""
    if not ad or len(ad) > LONGEST or not is_storable(ad):
        return None
    found: EntryPoint | None = EntryPoint.objects.filter(target__ads__contains=[ad]).order_by("-pk").first()
    return found


def count_visit(entry: EntryPoint, source: str) -> None:
    """The page of the link was opened once more."""
    day = dt.datetime.astimezone(clock.now(), entry.merchant.zone).date()
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNT, {"merchant": entry.merchant_id, "entry": entry.pk, "day": day, "source": str(Source(source))}
        )


def note_arrival(entry: EntryPoint, conversation: Conversation, source: str) -> None:
    """A shopper's first words in this thread came with the link."""
    EntryArrival.objects.create(
        merchant_id=entry.merchant_id, entry=entry, conversation=conversation, source=source, arrived_at=clock.now()
    )
