"""Promotions with what they are about; how often they were used is for the eye."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.carts.models import Promotion
from apps.catalog.models import Category, Collection, Product
from apps.loyalty.models import Tier
from apps.merchants.models import Merchant

from ..offers import LEAST_OF_A_SET
from .cells import Amount, Choice, Moment, Number, Text, Whole, Words, YesNo
from .goods import SLUGS, by_slug, slugs_of
from .named import NamedSheet
from .sheet import Column
from .taking import Take, WrongColumn

ABOUT: dict[str, Any] = {"products": Product, "categories": Category, "collections": Collection}
PIECES = Whole(most=999)
LEVELS = Words(r"[^,]{1,40}", "Gold, Silver", is_sorted=True)
LIMIT = Whole(most=1_000_000_000, clears=True)


def _levels_of(row: Promotion) -> list[str]:
    """The levels of the points it is for, by name; none is for everyone."""
    return sorted(tier.name for tier in row.tiers.all()) if row.pk else []


def _named(take: Take, names: Sequence[str]) -> list[Tier]:
    """Raises `WrongColumn` for a level there is not, or not only once."""
    tiers: list[Tier] = take.once(Tier, lambda: list(Tier.objects.all()))
    found = {name: [tier for tier in tiers if tier.name.casefold() == name.casefold()] for name in names}
    if wrong := next((name for name, rows in found.items() if len(rows) != 1), ""):
        raise WrongColumn("levels", _("There is no level “%s” of the points in this shop, or more than one.") % wrong)
    return [rows[0] for rows in found.values()]


class PromotionSheet(NamedSheet):
    name = "promotions"
    about = gettext_lazy(
        "A row for each promotion. With neither products nor categories nor collections it is about everything. A promotion"
        " that is not in the file stays; to end one, write no under “is_active”."
    )
    model = Promotion

    def columns(self, merchant: Merchant) -> Sequence[Column]:
        return (
            *self.identity(merchant),
            Column("kind", Choice(tuple(Promotion.Kind.values)), is_needed=True),
            Column("percent", Number()),
            Column("amount", Amount()),
            Column("buy_quantity", PIECES),
            Column("get_quantity", PIECES),
            *(Column(name, SLUGS, of=slugs_of(name)) for name in ABOUT),
            Column("levels", LEVELS, of=_levels_of),
            Column("min_subtotal", Amount()),
            Column("min_quantity", PIECES),
            Column("is_first_order_only", YesNo()),
            Column("channels", Words(r"[a-z_-]{2,20}", "whatsapp, webchat")),
            Column("countries", Words(r"[A-Z]{2}", "DE, AT", is_upper=True)),
            Column("currency", Text()),
            Column("customer_group", Text()),
            Column("starts_at", Moment()),
            Column("ends_at", Moment()),
            Column("is_automatic", YesNo()),
            Column("is_exclusive", YesNo()),
            Column("priority", Whole(least=-1000, most=1000)),
            Column("usage_limit", LIMIT),
            Column("limit_per_customer", LIMIT),
            Column("returns_use", YesNo()),
            Column("is_active", YesNo()),
            Column("used", Whole(), is_told=True, at="uses"),
        )

    def rows(self) -> QuerySet[Promotion]:
        found: QuerySet[Promotion] = Promotion.objects.prefetch_related(*ABOUT, "tiers")
        return found

    def save(self, take: Take, row: Any, values: dict[Column, Any]) -> None:
        about = {
            column.name: by_slug(take, ABOUT[column.name], column.name, slugs)
            for column, slugs in values.items()
            if column.name in ABOUT
        }
        levels = next((_named(take, names) for column, names in values.items() if column.name == "levels"), None)
        own = {column: value for column, value in values.items() if column.name not in (*ABOUT, "levels")}
        super().save(take, row, own)
        for name, chosen in about.items():
            getattr(row, name).set(chosen)
        if levels is not None:
            row.tiers.set(levels)
        self._check_set(row, about)

    def _check_set(self, row: Any, about: dict[str, list[Any]]) -> None:
        if row.kind != Promotion.Kind.SET:
            return
        if row.products.count() < LEAST_OF_A_SET:
            raise WrongColumn("products", _("A set is two products or more."))
        if row.categories.exists() or row.collections.exists():
            raise WrongColumn("products", _("A set is made of products: leave categories and collections empty."))
