"""What was really accepted, what was refused and why: the referee's book."""

import json
from typing import Any

from .store import Store

OUTCOMES = ("accepted", "refused", "fault", "info")


def record(
    store: Store, *, platform: str, account: str, recipient: str = "", method: str, outcome: str, status: int,
    code: str = "", wire_id: str = "", body: Any = None,
) -> int:  # fmt: skip
    return store.insert(
        "insert into calls (at, platform, account, recipient, method, outcome, status, code, wire_id, body)"
        " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        store.now(), platform, account, recipient, method, outcome, status, str(code), wire_id,
        json.dumps(body, ensure_ascii=False, default=str),
    )  # fmt: skip


def calls(
    store: Store, *, platform: str = "", account: str = "", recipient: str = "", outcome: str = "accepted",
    after: int = 0, limit: int = 1000,
) -> list[dict[str, Any]]:  # fmt: skip
    """Rows of the book in order; `outcome="all"` for everything. Reading changes nothing."""
    rows = store.all(
        "select * from calls where id > ? and (? = '' or platform = ?) and (? = '' or account = ?)"
        " and (? = '' or recipient = ?) and (? = 'all' or outcome = ?) order by id limit ?",
        after, platform, platform, account, account, recipient, recipient, outcome, outcome, limit,
    )  # fmt: skip
    return [{**dict(row), "body": json.loads(row["body"])} for row in rows]


def counters(store: Store) -> dict[str, dict[str, int]]:
    """`{"whatsapp": {"accepted": 3, "refused": 1, …}, …}`"""
    counted: dict[str, dict[str, int]] = {}
    for row in store.all("select platform, outcome, count(*) n from calls group by platform, outcome order by 1, 2"):
        counted.setdefault(row["platform"], {})[row["outcome"]] = row["n"]
    return counted
