"""Bad days a platform can have, switched on per account and counted down.

kinds: rate_limit (params: retry_after seconds or none), server_error (status), lost (accepted, then no answer;
params: seconds), cut (accepted, half of the answer), error_in_200, error (code: the platform's own), late_failure
(accepted, then a failed status with `code`), slow (seconds before the answer).
"""

import json
import random
from dataclasses import dataclass
from typing import Any

from .store import Store

KINDS = ("rate_limit", "server_error", "lost", "cut", "error_in_200", "error", "late_failure", "slow")


@dataclass(frozen=True, slots=True)
class Fault:
    kind: str
    params: dict[str, Any]

    def number(self, name: str, default: float) -> float:
        return float(self.params.get(name, default))


def set_fault(
    store: Store, *, platform: str, kind: str, account: str = "", times: int = 1, params: dict[str, Any] | None = None
) -> int:
    """The next `times` calls (-1: all) have this fault; `share` in params (0–1) hits only some. Raises `ValueError`."""
    if kind not in KINDS:
        raise ValueError(f"no such fault: {kind}; there are {', '.join(KINDS)}")
    return store.insert(
        "insert into faults (platform, account, kind, remaining, params) values (?, ?, ?, ?, ?)",
        platform, account, kind, times, json.dumps(params or {}),
    )  # fmt: skip


def take_fault(store: Store, *, platform: str, account: str) -> Fault | None:
    """The fault of this call, counted down; call it inside `write()`."""
    rows = store.all(
        "select * from faults where platform in (?, '') and account in (?, '') and remaining != 0 order by id",
        platform, account,
    )  # fmt: skip
    for row in rows:
        params = json.loads(row["params"])
        if random.random() >= float(params.get("share", 1)):  # noqa: S311 - weather, not secrets
            continue
        if row["remaining"] > 0:
            store.run("update faults set remaining = remaining - 1 where id = ?", row["id"])
        return Fault(row["kind"], params)
    return None


def all_faults(store: Store) -> list[dict[str, Any]]:
    return [
        {**dict(row), "params": json.loads(row["params"])}
        for row in store.all("select * from faults where remaining != 0 order by id")
    ]


def clear_faults(store: Store, *, platform: str = "", fault_id: int = 0) -> None:
    """All of a platform's faults, one of them, or every one."""
    if fault_id:
        store.run("delete from faults where id = ?", fault_id)
    elif platform:
        store.run("delete from faults where platform = ?", platform)
    else:
        store.run("delete from faults")
