"""Collections, known by their short name in links, with what chooses their products."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.catalog.exporting import safe_cell
from apps.catalog.models import Collection, CollectionPick, CollectionRule, Product
from apps.catalog.rules import PRICES, RuleSpec, WrongRule, check_all, check_picks, checked
from apps.merchants.models import Merchant

from ..api.collections import set_picks
from .cells import Cell, Choice, Moment, Whole, Words, WrongCell, YesNo
from .goods import by_slug
from .rows import RowSheet
from .sheet import Column, in_languages
from .taking import Take, WrongColumn

HANDLES = Words(r"[-\w]{1,200}", "blue-mug, red-mug")
BY_HAND = {"on_top": CollectionPick.Kind.PINNED, "left_out": CollectionPick.Kind.LEFT_OUT}


@dataclass(frozen=True)
class Rules(Cell):
    """A rule in each line of the cell: "category=shirts", "price_to=40 EUR", "in_stock"."""

    empty: ClassVar[Any] = ()

    def write(self, value: Any, merchant: Merchant) -> str:
        lines = (f"{rule.field}={rule.value} {rule.currency}".rstrip(" =") for rule in value)
        return safe_cell("\n".join(lines))

    def read(self, text: str, merchant: Merchant) -> tuple[RuleSpec, ...]:
        return tuple(self._rule(line.strip(), merchant) for line in text.splitlines() if line.strip())

    def _rule(self, line: str, merchant: Merchant) -> RuleSpec:
        field, _equals, said = (part.strip() for part in line.partition("="))
        value, _space, currency = said.partition(" ") if field in PRICES else (said, "", "")
        try:
            return checked(field, value, currency, shop_currency=merchant.currency)
        except WrongRule as wrong:
            raise WrongCell(f"{line[:60]}: {wrong}") from wrong


class CollectionSheet(RowSheet):
    name = "collections"
    about = gettext_lazy(
        "A row for each collection, known by its slug. Under “rules” a rule in each line of the cell, such as"
        " category=shirts or price_to=40; under “on_top” and “left_out” the handles of products, with commas between."
    )
    model = Collection
    needed = ("slug",)

    def columns(self, merchant: Merchant) -> Sequence[Column]:
        return (
            Column("slug", is_key=True),
            *in_languages(merchant, "name", is_needed=True),
            *in_languages(merchant, "text"),
            Column("match", Choice(tuple(Collection.Match.values))),
            Column("sort", Choice(tuple(Collection.Sort.values), clears=True)),
            Column("position", Whole(most=32_767)),
            Column("shown_from", Moment()),
            Column("shown_until", Moment()),
            Column("is_in_menu", YesNo()),
            Column("is_active", YesNo()),
            Column("rules", Rules(), of=_rules),
            *(Column(name, HANDLES, of=_picked(kind)) for name, kind in BY_HAND.items()),
        )

    def rows(self) -> QuerySet[Collection]:
        found: QuerySet[Collection] = Collection.objects.prefetch_related("rules", "picks__product")
        return found

    def key(self, cells: dict[str, str]) -> Hashable:
        if not cells["slug"]:
            raise WrongColumn("slug", _("This cannot be empty."))
        return cells["slug"]

    def known(self, take: Take, keys: set[Any]) -> dict[Hashable, Any]:
        """Held until the file is in: rules and picks are compared with those kept."""
        list(Collection.objects.select_for_update().filter(slug__in=keys).order_by("pk").values_list("pk"))
        return {row.slug: row for row in self.rows().filter(slug__in=keys)}

    def fresh(self, take: Take, key: Any) -> Collection:
        return Collection(merchant=take.merchant, slug=key)

    def save(self, take: Take, row: Any, values: dict[Column, Any]) -> None:
        said = {column.name: value for column, value in values.items()}
        rules = list(said.get("rules", _rules(row)))
        slugs = {name: said.get(name, _picked(kind)(row)) for name, kind in BY_HAND.items()}
        picks = {name: by_slug(take, Product, name, chosen) for name, chosen in slugs.items()}
        self._check(rules, picks)
        super().save(take, row, {one: value for one, value in values.items() if one.name not in {"rules", *BY_HAND}})
        if "rules" in said:
            row.rules.all().delete()
            CollectionRule.objects.bulk_create(
                CollectionRule(
                    merchant=take.merchant, collection=row, field=one.field, value=one.value, currency=one.currency
                )
                for one in rules
            )
        if BY_HAND.keys() & said.keys():
            set_picks(row, {BY_HAND[name]: chosen for name, chosen in picks.items()})

    def _check(self, rules: list[RuleSpec], picks: dict[str, list[Product]]) -> None:
        if both := {one.slug for one in picks["on_top"]} & {one.slug for one in picks["left_out"]}:
            raise WrongColumn("left_out", _("“%s” cannot be on top and left out.") % min(both))
        try:
            check_picks(len(picks["on_top"]), len(picks["left_out"]))
            check_all(rules, has_pinned=bool(picks["on_top"]))
        except WrongRule as wrong:
            names = {"pinned": "on_top", "left_out": "left_out"}
            raise WrongColumn(names.get(wrong.at, "rules"), str(wrong)) from wrong


def _rules(row: Any) -> list[RuleSpec]:
    return [RuleSpec(rule.field, rule.value, rule.currency) for rule in row.rules.all()] if row.pk else []


def _picked(kind: str) -> Callable[[Any], list[str]]:
    return lambda row: [pick.product.slug for pick in row.picks.all() if pick.kind == kind] if row.pk else []
