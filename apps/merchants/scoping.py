"""Every row belongs to one merchant, and every query says whose rows it means.

django-scopes raises on most unscoped queries; our manager closes the doors it leaves open.
"""

from typing import Any

from django.db import models
from django_scopes import ScopedManager, get_scope
from django_scopes.manager import DisabledQuerySet
from djmoney.models.managers import money_manager


def _refuse(self: DisabledQuerySet, *args: Any, **kwargs: Any) -> Any:
    self.error()


# django-scopes lets these pass unscoped; a stranger could learn from them that a row exists.
for name in ("exists", "contains", "exclude", "in_bulk", "aexists", "distinct", "alias", "select_related", "explain"):
    setattr(DisabledQuerySet, name, _refuse)


_bases: dict[tuple[type[models.Model], type[Any], str | None, int], models.QuerySet[Any]] = {}
MOST_BASES = 5000


def _quick(manager: type[models.Manager[Any]]) -> type[models.Manager[Any]]:
    """The same manager, which builds the filter for a model and merchant once and then copies it."""

    class Manager(manager):  # type: ignore[misc, valid-type]
        def get_queryset(self) -> models.QuerySet[Any]:
            scope = getattr(self, "_override_scope", None) or get_scope()
            owner = scope.get("merchant")
            if not scope.get("_enabled", True) or not isinstance(owner, models.Model) or owner.pk is None:
                return super().get_queryset()
            key = (self.model, self._queryset_class, self._db, owner.pk)
            base: Any = _bases.get(key)
            if base is None:
                if len(_bases) >= MOST_BASES:
                    _bases.clear()
                base = _bases[key] = super().get_queryset()
            mine = base._chain()
            mine._hints = self._hints
            return mine

    return Manager


def scoped_manager(
    queryset: type[models.QuerySet[Any]] = models.QuerySet, *, path: str = "merchant", money: bool = False
) -> Any:
    """A manager that sees only the rows of the merchant in scope.

    `path` is the lookup from the model to its merchant ("order__merchant"). `money=True` on models with a
    MoneyField: django-money patches only default managers, and without it filters would ignore the currency.
    Raises `django_scopes.ScopeError` on use outside `scope(merchant=…)`.
    """
    manager = _quick(type(ScopedManager(_manager_class=models.Manager.from_queryset(queryset), merchant=path)))()
    return money_manager(manager) if money else manager
