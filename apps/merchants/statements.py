"""Our own SQL on the turn's path, without the cursors that Django and psycopg put around every statement.

They cost several times what the statement does (docs/decisions/0002). They stay where somebody listens to them: query
counts in tests, debug logs. Elsewhere a statement is prepared once per connection, and the server binds its values.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg import Cursor, pq
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.types.datetime import TimestamptzLoader
from psycopg.types.numeric import Int8Dumper

Parameters = Sequence[Any] | Mapping[str, Any] | None
MOST_PREPARED = 200  # statements, per connection
MOST_VALUES = 100  # in a statement that is prepared; a larger one is put together for the occasion
_numbers = count()
# What each connection has prepared: the pool lends one to many threads, one after the other.
_prepared: WeakKeyDictionary[Any, dict[tuple[str, tuple[int, ...]], bytes]] = WeakKeyDictionary()
_PLACE = re.compile(r"%(?:\((\w+)\))?([s%])")


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
    statements = getattr(ours, "our_statements", None)
    if statements is None or statements.connection is not ours.connection:
        statements = ours.our_statements = _Statements(ours.connection)
    try:
        return statements.run(sql, parameters)
    except psycopg.Error:
        with ours.wrap_database_errors:
            raise


def one(sql: str, parameters: Parameters = None) -> tuple[Any, ...] | None:
    """The first row of `fetch`."""
    return next(iter(fetch(sql, parameters)), None)


class _Statements:
    """Statements on one connection. One is prepared anew for other types of its values."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        cursor: Cursor[Any] = Cursor(connection)
        # Every whole number is one type: else 5 and 50,000 were two statements to prepare.
        cursor.adapters.register_dumper(int, Int8Dumper)
        cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
        self.connection = connection
        self._server = connection.pgconn
        self._values = Transformer(cursor)
        self._names = _prepared.setdefault(connection, {})

    def run(self, sql: str, parameters: Parameters) -> list[tuple[Any, ...]]:
        """All rows. Raises `psycopg.Error`."""
        shape = _shape(sql)
        if isinstance(parameters, Mapping):
            values: Sequence[Any] = [parameters[name] for name in shape.names]
        else:
            values = parameters or ()
        dumped = self._values.dump_sequence(values, [PyFormat.AUTO] * len(values))
        types, formats = self._values.types or (), self._values.formats
        if not self.connection.autocommit and self._server.transaction_status == pq.TransactionStatus.IDLE:
            self._checked(self._server.exec_(b"BEGIN"))
        if self.connection.prepare_threshold is None or len(values) > MOST_VALUES:
            result = self._checked(self._server.exec_params(shape.text, dumped, types, formats))
        else:
            result = self._by_name(sql, shape.text, dumped, types, formats)
        if not result.nfields:
            return []
        self._values.set_pgresult(result)
        return self._values.load_rows(0, result.ntuples, tuple)

    def _by_name(self, sql: str, text: bytes, dumped: Any, types: tuple[int, ...], formats: Any) -> Any:
        known = self._names.get((sql, types))
        if known is None:
            return self._checked(self._server.exec_prepared(self._prepare(sql, text, types), dumped, formats))
        is_alone = self._server.transaction_status == pq.TransactionStatus.IDLE
        try:
            return self._checked(self._server.exec_prepared(known, dumped, formats))
        except (psycopg.errors.FeatureNotSupported, psycopg.errors.InvalidSqlStatementName) as stale:
            # A column has another type since, or a pooler gave us another connection: all of it is prepared anew.
            self._names.clear()
            if not is_alone:
                raise psycopg.OperationalError(str(stale)) from stale
            return self._by_name(sql, text, dumped, types, formats)

    def _prepare(self, sql: str, text: bytes, types: tuple[int, ...]) -> bytes:
        if len(self._names) >= MOST_PREPARED:
            self._checked(self._server.exec_(b"DEALLOCATE ALL"))
            self._names.clear()
        name = b"ours_%d" % next(_numbers)  # never used twice, so nothing forgotten stands in the way
        self._checked(self._server.prepare(name, text, types))
        self._names[sql, types] = name
        return name

    def _checked(self, result: Any) -> Any:
        if result.status in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK):
            return result
        if self._server.status == pq.ConnStatus.BAD:
            raise psycopg.OperationalError(result.get_error_message("utf-8"))
        raise error_from_result(result, encoding="utf-8")


@dataclass(frozen=True, slots=True)
class _Shape:
    """A statement as the server wants it, `$1` instead of `%s`, and which value goes where if they have names."""

    text: bytes
    names: tuple[str, ...]


@lru_cache(maxsize=2000)
def _shape(sql: str) -> _Shape:
    names: list[str] = []
    places = count(1)

    def place(match: re.Match[str]) -> str:
        name, kind = match.groups()
        if kind == "%":
            return "%"
        if name is None:
            return f"${next(places)}"
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}"

    return _Shape(_PLACE.sub(place, sql).encode(), tuple(names))
