"""The people with the phones, and what each platform remembers of them."""

import sqlite3
from dataclasses import dataclass

from .store import Store

PAIR_BURST = 45.0
PAIR_REFILL_SECONDS = 6.0


@dataclass(frozen=True, slots=True)
class Profile:
    """A person a visitor can play; the same person has another name tag on every platform."""

    key: str
    name: str
    language: str
    phone: str
    telegram_id: int
    note: str
    hello: tuple[str, ...]


PROFILES = (
    Profile("emma", "Emma Walsh", "en", "+447700900101", 427770101, "writes English", ("hi", "blue shirt under 60", "human")),
    Profile("jonas", "Jonas Keller", "de", "+4915550100102", 427770102, "schreibt Deutsch", ("Hallo", "blaues Hemd unter 60", "Mensch")),
    Profile("ana", "Ana García", "es", "+34600100103", 427770103, "escribe español", ("hola", "camisa azul por menos de 60", "persona")),
    Profile("mei", "林美", "zh-hans", "+8613800100104", 427770104, "写中文", ("你好", "60以下的蓝色衬衫", "人工")),
    Profile("sam", "Sam Okafor", "en", "+12025550105", 427770105, "types in a hurry", ("yo", "bleu shrit under 60", "agent")),
)  # fmt: skip
PROFILE_BY_KEY = {profile.key: profile for profile in PROFILES}


def know(
    store: Store, *, platform: str, account: str, external_id: str, name: str = "", language: str = ""
) -> sqlite3.Row:
    """What the platform knows of this person, made on first sight."""
    store.run(
        "insert or ignore into shoppers (platform, account, external_id, name, language) values (?, ?, ?, ?, ?)",
        platform, account, external_id, name or external_id, language or "en",
    )  # fmt: skip
    found = find(store, platform=platform, account=account, external_id=external_id)
    if found is None:
        raise LookupError(external_id)
    return found


def find(store: Store, *, platform: str, account: str, external_id: str) -> sqlite3.Row | None:
    return store.one(
        "select * from shoppers where platform = ? and account = ? and external_id = ?", platform, account, external_id
    )


def wrote(store: Store, *, platform: str, account: str, external_id: str, name: str = "", language: str = "") -> None:
    """They sent something: whatever window the platform keeps is open again."""
    know(store, platform=platform, account=account, external_id=external_id, name=name, language=language)
    store.run(
        "update shoppers set last_inbound_at = ?, name = coalesce(nullif(?, ''), name) where platform = ? and account = ? and external_id = ?",
        store.now(), name, platform, account, external_id,
    )  # fmt: skip


def set_opted_out(store: Store, *, platform: str, account: str, external_id: str, opted_out: bool) -> None:
    know(store, platform=platform, account=account, external_id=external_id)
    store.run(
        "update shoppers set opted_out = ? where platform = ? and account = ? and external_id = ?",
        int(opted_out), platform, account, external_id,
    )  # fmt: skip


def take_token(
    store: Store, row: sqlite3.Row, *, burst: float = PAIR_BURST, refill: float = PAIR_REFILL_SECONDS
) -> bool:
    """Whether one more message to this person is allowed now: a bucket of `burst`, one more each `refill` seconds."""
    now = store.now()
    left = burst if row["tokens"] < 0 else min(burst, row["tokens"] + (now - row["tokens_at"]) / refill)
    if left < 1:
        return False
    store.run(
        "update shoppers set tokens = ?, tokens_at = ? where platform = ? and account = ? and external_id = ?",
        left - 1, now, row["platform"], row["account"], row["external_id"],
    )  # fmt: skip
    return True
