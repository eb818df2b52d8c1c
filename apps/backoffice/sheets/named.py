"""Kinds that are known by the id that the export wrote, or, where somebody wrote the row by hand, by their name."""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from apps.merchants.models import Merchant

from ..api.catalog import attribute
from .rows import RowSheet
from .sheet import Column, in_languages
from .taking import Take, WrongColumn


class NamedSheet(RowSheet):
    """An empty id is that of the one row of this name; where there is none, the row is new."""

    needed = ("name",)

    def identity(self, merchant: Merchant) -> Sequence[Column]:
        """The columns by which it is known. The name may change where the id stands."""
        return Column("id", is_key=True, at="public_id"), *in_languages(merchant, "name", is_needed=True)

    def key(self, cells: dict[str, str]) -> Hashable:
        if cells.get("id"):
            return "id", cells["id"]
        if not cells["name"]:
            raise WrongColumn("name", _("This cannot be empty."))
        return "name", cells["name"].casefold()

    def known(self, take: Take, keys: set[Any]) -> dict[Hashable, Any]:
        named: dict[str, list[int]] = take.once("names", lambda: self._names(take.merchant))
        wanted = {pk for how, said in keys if how == "name" for pk in named.get(said, ())}
        by_pk = {row.pk: row for row in self.rows().filter(pk__in=wanted)}
        by_id = {("id", row.public_id): row for row in self.rows().filter(public_id__in=[said for _how, said in keys])}
        return by_id | {
            ("name", said): by_pk[named[said][0]] if len(named[said]) == 1 else self._several()
            for how, said in keys
            if how == "name" and said in named
        }

    def _names(self, merchant: Merchant) -> dict[str, list[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        column = attribute("name", merchant.default_language)
        for name, pk in self.model._default_manager.values_list(column, "pk"):
            found[(name or "").casefold()].append(pk)
        return dict(found)

    def _several(self) -> WrongColumn:
        return WrongColumn("id", _("Several are called so: write the id, as the export has it."))

    def fresh(self, take: Take, key: Any) -> Any:
        how, said = key
        if how == "id":
            raise WrongColumn("id", _("There is none with the id “%s”. Leave it empty for a new one.") % said[:40])
        return super().fresh(take, key)

    def save(self, take: Take, row: Any, values: dict[Column, Any]) -> None:
        """English, where other languages fall back to, has the same name until it is given one."""
        if row.pk is None and not any(column.attribute == "name_en" for column in values):
            row.name_en = next((value for column, value in values.items() if column.name == "name"), "")
        super().save(take, row, values)
