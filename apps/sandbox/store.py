"""The outside world's own memory: one SQLite file, never the shop's database.

Every step that must hold together runs in `write()`; threads share one connection behind a lock, processes
share the file. `now()` is the outside world's clock: real time plus an offset a test may set.
"""

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings

SCHEMA = """
create table if not exists settings (name text primary key, value text not null);
create table if not exists accounts (kind text, name text, config text not null, primary key (kind, name));
create table if not exists calls (
  id integer primary key autoincrement, at real not null, platform text not null, account text not null,
  recipient text not null, method text not null, outcome text not null, status integer not null,
  code text not null, wire_id text not null, body text not null);
create index if not exists calls_by_recipient on calls (platform, account, recipient, id);
create table if not exists shoppers (
  platform text, account text, external_id text, name text not null, language text not null,
  last_inbound_at real, opted_out integer not null default 0, tokens real not null default -1, tokens_at real not null default 0,
  primary key (platform, account, external_id));
create table if not exists bubbles (
  id integer primary key autoincrement, rev integer not null, at real not null, platform text not null,
  account text not null, shopper text not null, direction text not null, wire_id text not null, state text not null,
  body text not null);
create index if not exists bubbles_by_rev on bubbles (rev);
create index if not exists bubbles_by_wire on bubbles (platform, account, wire_id);
create table if not exists faults (
  id integer primary key autoincrement, platform text not null, account text not null, kind text not null,
  remaining integer not null, params text not null);
create table if not exists deliveries (
  id integer primary key autoincrement, lane text not null, source text not null, url text not null,
  headers text not null, body blob not null, due_at real not null, attempts integer not null default 0,
  state text not null default 'due', status integer not null default 0, detail text not null default '',
  claimed_at real not null default 0, bubble integer not null default 0, retries text not null default '[]');
create index if not exists deliveries_due on deliveries (state, due_at);
create index if not exists deliveries_lane on deliveries (lane, state, id);
create table if not exists objects (
  seq integer primary key autoincrement, id text unique not null, account text not null, kind text not null,
  created real not null, data text not null);
create index if not exists objects_by_kind on objects (account, kind, seq);
create table if not exists idempotency (
  account text, key text, fingerprint text not null, status integer not null, response text not null,
  primary key (account, key));
"""
TABLES = ("calls", "shoppers", "bubbles", "faults", "deliveries", "objects", "idempotency")


class Store:
    """All the tables, one connection, one lock."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.lock = threading.RLock()
        self.depth = 0
        self.wake = threading.Event()
        self.connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=30)
        self.connection.row_factory = sqlite3.Row
        self.connection.execute("pragma journal_mode=wal")
        self.connection.execute("pragma synchronous=normal")
        self.connection.executescript(SCHEMA)

    @contextmanager
    def write(self) -> Iterator[None]:
        """Everything inside happens together or not at all; may be nested."""
        with self.lock:
            outermost = self.depth == 0
            if outermost:
                self.connection.execute("begin immediate")
            self.depth += 1
            try:
                yield
            except BaseException:
                self.depth -= 1
                if outermost:
                    self.connection.execute("rollback")
                raise
            self.depth -= 1
            if outermost:
                self.connection.execute("commit")

    def all(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        with self.lock:
            return self.connection.execute(sql, values).fetchall()

    def one(self, sql: str, *values: Any) -> sqlite3.Row | None:
        with self.lock:
            found: sqlite3.Row | None = self.connection.execute(sql, values).fetchone()
            return found

    def run(self, sql: str, *values: Any) -> sqlite3.Cursor:
        with self.lock:
            return self.connection.execute(sql, values)

    def insert(self, sql: str, *values: Any) -> int:
        """The new row's number."""
        row = self.run(sql, *values).lastrowid
        if row is None:
            raise LookupError("nothing was inserted")
        return row

    def now(self) -> float:
        """Seconds since 1970 in the outside world."""
        return time.time() + float(self.setting("clock_offset", 0))

    def setting(self, name: str, default: Any) -> Any:
        row = self.one("select value from settings where name = ?", name)
        return default if row is None else json.loads(row["value"])

    def set_setting(self, name: str, value: Any) -> None:
        self.run("insert or replace into settings (name, value) values (?, ?)", name, json.dumps(value))

    def next_rev(self) -> int:
        """A number for the next change a phone should notice; call it inside `write()`."""
        rev = int(self.setting("rev", 0)) + 1
        self.set_setting("rev", rev)
        return rev

    def reset(self) -> None:
        """Forget everything but the registered accounts and the change counter, so that open phones notice."""
        with self.write():
            for table in TABLES:
                self.run(f"delete from {table}")  # noqa: S608 - fixed names
            era = int(self.setting("era", 0)) + 1
            self.run("delete from settings where name != 'rev'")
            self.set_setting("era", era)
            self.next_rev()

    def close(self) -> None:
        with self.lock:
            self.connection.close()


_stores: dict[str, Store] = {}
_opening = threading.Lock()


def store_path() -> str:
    return str(getattr(settings, "SANDBOX_STORE", "") or Path(settings.DATA_DIR) / "sandbox.sqlite3")


def get_store() -> Store:
    """The store of this process, opened on first use."""
    path = store_path()
    with _opening:
        if path not in _stores:
            if path != ":memory:":
                Path(path).parent.mkdir(parents=True, exist_ok=True)
            _stores[path] = Store(path)
        return _stores[path]
