"""Questions every turn asks: an ORM query is compiled once in a process and then only filled in.

Django builds a query anew each time, which costs several times what PostgreSQL needs to answer it. What stands here
is the same query with the same models coming out; only the building is saved.
"""

import datetime as dt
from collections.abc import Callable, Hashable, Sequence
from decimal import Decimal
from inspect import getattr_static
from typing import Any, Generic, TypeVar

from django.db import connection, models
from django.db.models import query as querying
from django.db.models.base import ModelState
from django.db.models.fields.related_descriptors import ForeignKeyDeferredAttribute
from django.db.models.query_utils import DeferredAttribute
from django.db.models.signals import post_init, pre_init
from django.db.transaction import TransactionManagementError
from django_scopes import get_scope, scope
from django_scopes.exceptions import ScopeError

from .models import Merchant
from .statements import fetch

M = TypeVar("M", bound=models.Model)
_FIRST = 2_000_000_000  # stand-ins for numbers: large, yet small enough for every whole-number column
_OWNER = _FIRST - 1  # stands in for the merchant in scope
PLAIN = (DeferredAttribute, ForeignKeyDeferredAttribute)  # columns whose value is just kept
_DAY_ZERO = dt.datetime(1900, 1, 1, tzinfo=dt.UTC)


class Prepared(Generic[M]):
    """`Prepared(build, name=type, …)`: `build` gets a stand-in per name and returns the query set.

    Types are `int`, `str`, `Decimal` and `datetime`. A stand-in has to arrive in the query as it is: no arithmetic on it, and
    lists as several names. The query is asked for the merchant in scope, as any other; what it locks it locks inside a
    transaction only. `prefetch_related` is not for here.
    """

    def __init__(self, build: Callable[..., "models.QuerySet[M]"], **types: type) -> None:
        self._build = build
        self._stand_ins = {name: _stand_in(kind, place) for place, (name, kind) in enumerate(types.items())}
        self._ready: _Ready[M] | None = None

    def __call__(self, **values: Any) -> list[M]:
        """The rows. Raises `ScopeError` without a merchant in scope, `KeyError` when a value is missing."""
        ready = self._ready or self._prepare()
        return [ready.instance(row) for row in self._rows(ready, values)]

    def ids(self, **values: Any) -> list[int]:
        """The first column, for a query of `values_list("pk", flat=True)`."""
        return [row[0] for row in self._rows(self._ready or self._prepare(), values)]

    def _rows(self, ready: "_Ready[M]", values: dict[str, Any]) -> list[tuple[Any, ...]]:
        if ready.is_locking and not connection.in_atomic_block:
            raise TransactionManagementError("a query that locks needs a transaction")
        owner = _owner()
        return fetch(ready.sql, [owner if name is _OWNER else _value(name, values) for name in ready.names])

    def first(self, **values: Any) -> M | None:
        """The first row, if there is one; the query itself should ask for no more."""
        return next(iter(self(**values)), None)

    def _prepare(self) -> "_Ready[M]":
        with scope(merchant=Merchant(pk=_OWNER)):
            compiler = self._build(**self._stand_ins).query.get_compiler(using=connection.alias)
        sql, params = compiler.as_sql()
        named: dict[Any, Any] = {stand_in: name for name, stand_in in self._stand_ins.items()} | {_OWNER: _OWNER}
        names = [named.get(param) if isinstance(param, Hashable) else None for param in params]
        missing = set(self._stand_ins) - set(names)
        if missing:
            raise ValueError(f"not in the query: {', '.join(sorted(missing))}")
        constants = [_Constant(param) for param in params]
        self._ready = _Ready(sql, [name or constant for name, constant in zip(names, constants, strict=True)], compiler)
        return self._ready


class _Constant:
    """A parameter that is the same each time."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


class _Ready(Generic[M]):
    """What compiling gave: the statement, whose value goes where, and how a row becomes a model."""

    def __init__(self, sql: str, names: list[Any], compiler: Any) -> None:
        self.sql, self.names = sql, names
        self.is_locking: bool = compiler.query.select_for_update
        info = compiler.klass_info
        if info is None:  # columns, not models
            return
        self._from_db = _maker(info["model"])
        fields = info["select_fields"]
        self._start, self._end = fields[0], fields[-1] + 1
        self._columns = [column[0].target.attname for column in compiler.select[self._start : self._end]]
        populators: Any = querying  # not in the stubs
        self._related = populators.get_related_populators(info, compiler.select, connection.alias)
        self._annotations: list[tuple[str, int]] = list(compiler.annotation_col_map.items())
        expressions = [column[0] for column in compiler.select]
        self._converters: list[tuple[int, Any, Any]] = [
            (place, converters, expression)
            for place, (converters, expression) in compiler.get_converters(expressions).items()
        ]

    def instance(self, row: Sequence[Any]) -> M:
        values = list(row)
        for place, converters, expression in self._converters:
            for convert in converters:
                values[place] = convert(values[place], expression, connection)
        found: M = self._from_db(connection.alias, self._columns, values[self._start : self._end])
        for related in self._related:
            related.populate(values, found)
        for name, place in self._annotations:
            setattr(found, name, values[place])
        return found


def _maker(model: type[models.Model]) -> Callable[..., Any]:
    """`model.from_db`, or the same in a third of the time for a model whose columns are nothing but values."""
    listening = pre_init.has_listeners(model) or post_init.has_listeners(model)
    is_plain = all(type(getattr_static(model, field.attname)) in PLAIN for field in model._meta.concrete_fields)
    if listening or not is_plain or "from_db" in model.__dict__ or model.__init__ is not models.Model.__init__:
        return model.from_db

    def make(db: str, names: Sequence[str], values: Sequence[Any]) -> Any:
        made = model.__new__(model)
        made._state = ModelState()
        made._state.adding, made._state.db = False, db
        made.__dict__.update(zip(names, values, strict=True))
        return made

    return make


def _stand_in(kind: type, place: int) -> Any:
    if kind is int:
        return _FIRST + place
    if kind is str:
        return f"\N{WHITE SQUARE}{place}"
    if kind is Decimal:
        return Decimal(_FIRST + place)
    if kind is dt.datetime:
        return _DAY_ZERO + dt.timedelta(seconds=place)
    raise TypeError(f"no stand-in for {kind.__name__}")


def _value(name: Any, values: dict[str, Any]) -> Any:
    return name.value if isinstance(name, _Constant) else values[name]


def _owner() -> int:
    merchant = get_scope().get("merchant")
    owner = getattr(merchant, "pk", merchant)
    if not isinstance(owner, int):
        raise ScopeError("no merchant in scope")
    return owner
