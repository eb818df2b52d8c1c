"""Our own SQL on the turn's path, without the cursor Django wraps around every statement.

The wrapper costs more than the statement. It stays where somebody listens to it: query counts in tests, debug logs.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

Parameters = Sequence[Any] | Mapping[str, Any] | None


def fetch(sql: str, parameters: Parameters = None) -> list[tuple[Any, ...]]:
    """Run one statement on Django's connection, in its transaction; all rows, none for a statement without.

    Raises `django.db.Error` as any query does. JSON columns come as text, as from Django's own cursor.
    """
    ours: Any = connections[DEFAULT_DB_ALIAS]
    if ours.execute_wrappers or ours.queries_logged or ours.connection is None:
        with ours.cursor() as cursor:
            cursor.execute(sql, parameters)
            return list(cursor.fetchall()) if cursor.description else []
    ours.validate_no_broken_transaction()
    with ours.wrap_database_errors:
        plain = ours.connection.execute(sql, parameters)
        return list(plain.fetchall()) if plain.pgresult.nfields else []


def one(sql: str, parameters: Parameters = None) -> tuple[Any, ...] | None:
    """The first row of `fetch`."""
    return next(iter(fetch(sql, parameters)), None)
