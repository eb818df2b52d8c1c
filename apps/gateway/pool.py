"""The front door's own database connections: asynchronous, autocommit, opened with the first webhook.

The server has no start-up hook, so the pool opens lazily under a lock, once per event loop.
"""

import asyncio
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connections
from psycopg import AsyncConnection, OperationalError
from psycopg_pool import AsyncConnectionPool

LOCK_TIMEOUT_MS = 500
STATEMENT_TIMEOUT_MS = 5000
SIZE = 8

_pools: WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncConnectionPool[Any]] = WeakKeyDictionary()
_locks: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


def connection_parameters(options: str = "") -> dict[str, Any]:
    """What psycopg needs to reach the default database, as Django would; `options` are added server settings."""
    default = connections["default"]
    skipped = ("pool", "cursor_factory", "context", "prepare_threshold")
    found = {key: value for key, value in default.get_connection_params().items() if key not in skipped}
    return {**found, "options": f"{found.get('options', '')} {options}".strip()}


def _prepared() -> int | None:
    """The one statement of the door is prepared at its second use, unless the operator's pooler cannot have that."""
    default: Any = connections["default"]
    return None if default.settings_dict["OPTIONS"].get("prepare_threshold") is None else 1


async def pool() -> AsyncConnectionPool[Any]:
    """This event loop's pool, open."""
    loop = asyncio.get_running_loop()
    if loop in _pools:
        return _pools[loop]
    async with _locks.setdefault(loop, asyncio.Lock()):
        if loop not in _pools:
            options = f"-c lock_timeout={LOCK_TIMEOUT_MS} -c statement_timeout={STATEMENT_TIMEOUT_MS}"
            opened: AsyncConnectionPool[Any] = AsyncConnectionPool(
                kwargs={**connection_parameters(options), "autocommit": True, "prepare_threshold": _prepared()},
                connection_class=AsyncConnection,
                min_size=1,
                max_size=SIZE,
                timeout=5,
                open=False,
            )
            await opened.open()
            _pools[loop] = opened
    return _pools[loop]


async def close_pool() -> None:
    """Give the connections back; for tests and for an orderly end."""
    opened = _pools.pop(asyncio.get_running_loop(), None)
    if opened is not None:
        await opened.close()


async def run(statement: str, parameters: dict[str, Any]) -> Any:
    """One statement, its first row. Repeated once when the connection turns out to be broken. Raises psycopg errors."""
    try:
        return await _run(statement, parameters)
    except OperationalError:
        return await _run(statement, parameters)


async def _run(statement: str, parameters: dict[str, Any]) -> Any:
    opened = await pool()
    async with opened.connection() as connection:
        cursor = await connection.execute(statement, parameters)
        return await cursor.fetchone()
