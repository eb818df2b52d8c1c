"""What a phone shows: every message in either direction, with a number that grows at each change."""

import json
import sqlite3
from typing import Any

from .store import Store

RANKS = {"sending": 0, "accepted": 1, "sent": 2, "delivered": 3, "read": 4, "failed": 5}


def add(
    store: Store, *, platform: str, account: str, shopper: str, direction: str, wire_id: str = "", state: str = "",
    body: dict[str, Any],
) -> int:  # fmt: skip
    """`direction` is in (shop to shopper), out (shopper to shop) or note (the platform speaks); inside `write()`."""
    return store.insert(
        "insert into bubbles (rev, at, platform, account, shopper, direction, wire_id, state, body)"
        " values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        store.next_rev(), store.now(), platform, account, shopper, direction, wire_id, state,
        json.dumps(body, ensure_ascii=False),
    )  # fmt: skip


def change(
    store: Store, bubble: int, *, state: str = "", body: dict[str, Any] | None = None, wire_id: str = ""
) -> None:
    """Set what is given; the phone notices. States only move forward."""
    row = store.one("select * from bubbles where id = ?", bubble)
    if row is None:
        return
    keep_state = not state or RANKS.get(state, 0) < RANKS.get(row["state"], 0)
    store.run(
        "update bubbles set rev = ?, state = ?, body = ?, wire_id = ? where id = ?",
        store.next_rev(), row["state"] if keep_state else state,
        row["body"] if body is None else json.dumps(body, ensure_ascii=False), wire_id or row["wire_id"], bubble,
    )  # fmt: skip


def by_wire_id(store: Store, *, platform: str, account: str, wire_id: str) -> sqlite3.Row | None:
    return store.one(
        "select * from bubbles where platform = ? and account = ? and wire_id = ? order by id desc limit 1",
        platform, account, wire_id,
    )  # fmt: skip


def by_id(store: Store, bubble: int) -> sqlite3.Row:
    """Raises `LookupError`."""
    row = store.one("select * from bubbles where id = ?", bubble)
    if row is None:
        raise LookupError(bubble)
    return row


def body_of(row: sqlite3.Row) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(row["body"])
    return found


def seen_by_shop(store: Store, *, platform: str, account: str, shopper: str, until: int = 0) -> None:
    """The shop says that it has read what this person sent, as far as the bubble `until`; inside `write()`."""
    rows = store.all(
        "select id from bubbles where platform = ? and account = ? and shopper = ? and direction = 'out'"
        " and state != 'read' and (? = 0 or id <= ?)",
        platform, account, shopper, until, until,
    )  # fmt: skip
    for row in rows:
        change(store, row["id"], state="read")


def unread(store: Store, *, platform: str, account: str, shopper: str) -> list[sqlite3.Row]:
    """What the shop sent that this person has not seen yet."""
    return store.all(
        "select * from bubbles where platform = ? and account = ? and shopper = ? and direction = 'in'"
        " and state in ('sent', 'delivered') order by id",
        platform, account, shopper,
    )  # fmt: skip


def after(store: Store, *, platform: str, account: str, shopper: str, rev: int, limit: int = 400) -> list[sqlite3.Row]:
    """Changed since `rev`, oldest first; from zero, the newest `limit`."""
    rows = store.all(
        "select * from bubbles where platform = ? and account = ? and shopper = ? and rev > ? order by id desc limit ?",
        platform, account, shopper, rev, limit,
    )  # fmt: skip
    return rows[::-1]
