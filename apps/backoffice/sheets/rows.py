"""Kinds that are rows of one table, known by what stands in some of their columns."""

from collections.abc import Hashable, Iterator, Sequence
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from apps.catalog.row_files import Row

from .sheet import Column
from .taking import Take, TakenSheet, WrongColumn


class RowSheet(TakenSheet):
    """A row is checked as a form would check it, with one error for the first thing that is wrong."""

    model: ClassVar[type[Model]]
    most_rows = 2_000  # each is asked about at the database

    def rows(self) -> QuerySet[Any]:
        found: QuerySet[Any] = self.model._default_manager.all()
        return found

    def key(self, cells: dict[str, str]) -> Hashable:
        """What the row is known by. Raises `WrongColumn`."""
        raise NotImplementedError

    def known(self, take: Take, keys: set[Any]) -> dict[Hashable, Any]:
        """The rows there are, by their keys; a `WrongColumn` where it cannot be told which is meant."""
        raise NotImplementedError

    def fresh(self, take: Take, key: Any) -> Any:
        """A new row of this key. Raises `WrongColumn` where there cannot be one."""
        return self.model(merchant=take.merchant)

    def find(self, take: Take, rows: Sequence[Row]) -> Iterator[tuple[Row, Any]]:
        keys: dict[int, Any] = {}
        for line, cells in rows:
            try:
                key = self.key(cells)
            except WrongColumn as wrong:
                take.wrong(line, wrong.column, str(wrong))
                continue
            if take.is_first(line, self.needed[0] if self.needed else "", key):
                keys[line] = key
        known = self.known(take, set(keys.values()))
        for line, cells in rows:
            if line not in keys:
                continue
            try:
                row = self._row(take, keys[line], known)
            except WrongColumn as wrong:
                take.wrong(line, wrong.column, str(wrong))
                continue
            if self._is_fine(take, line, cells, row):
                yield (line, cells), row

    def _row(self, take: Take, key: Any, known: dict[Hashable, Any]) -> Any:
        found = known[key] if key in known else self.fresh(take, key)
        if isinstance(found, WrongColumn):
            raise found
        return found

    def _is_fine(self, take: Take, line: int, cells: dict[str, str], row: Any) -> bool:
        if row.pk is None:
            return not self._lacks(take, line, cells)
        return take.is_first(line, self.needed[0] if self.needed else "", ("row", row.pk))

    def _lacks(self, take: Take, line: int, cells: dict[str, str]) -> bool:
        """Whether a new row is without something it cannot be without."""
        missing = [one for one in self.columns(take.merchant) if one.is_needed and one.name not in cells]
        for column in missing:
            take.wrong(line, column.name, _("It is new: this column is missing."))
        return bool(missing)

    def save(self, take: Take, row: Any, values: dict[Column, Any]) -> None:
        for column, value in values.items():
            setattr(row, column.attribute, value)
        self.check(take, row)
        row.save()

    def check(self, take: Take, row: Any) -> None:
        """Raises `WrongColumn`."""
        relations = {field.name for field in row._meta.concrete_fields if field.is_relation}
        try:
            row.clean_fields(exclude=relations)
            row.clean()
            row.validate_constraints()
        except ValidationError as refused:
            raise self._told(take, refused) from refused

    def _told(self, take: Take, refused: ValidationError) -> WrongColumn:
        by_attribute = {column.attribute: column.name for column in self.columns(take.merchant)}
        if not hasattr(refused, "error_dict"):
            return WrongColumn("", " ".join(refused.messages))
        field, messages = next(iter(refused.message_dict.items()))
        return WrongColumn(by_attribute.get(field, ""), " ".join(messages))
