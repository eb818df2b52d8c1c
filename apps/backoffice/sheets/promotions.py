"""Promotions with what they are about; how often they were used is for the eye."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.carts.models import Promotion
from apps.catalog.models import Category, Collection, Product
from apps.merchants.models import Merchant

from ..offers import LEAST_OF_A_SET
from .cells import Amount, Choice, Moment, Number, Text, Whole, Words, YesNo
from .goods import SLUGS, by_slug, slugs_of
from .named import NamedSheet
from .sheet import Column
from .taking import Take, WrongColumn

ABOUT: dict[str, Any] = {"products": Product, "categories": Category, "collections": Collection}
PIECES = Whole(most=999)
LIMIT = Whole(most=1_000_000_000, clears=True)


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
        found: QuerySet[Promotion] = Promotion.objects.prefetch_related(*ABOUT)
        return found

    def save(self, take: Take, row: Any, values: dict[Column, Any]) -> None:
        about = {
            column.name: by_slug(take, ABOUT[column.name], column.name, slugs)
            for column, slugs in values.items()
            if column.name in ABOUT
        }
        super().save(take, row, {column: value for column, value in values.items() if column.name not in ABOUT})
        for name, chosen in about.items():
            getattr(row, name).set(chosen)
        self._check_set(row, about)

    def _check_set(self, row: Any, about: dict[str, list[Any]]) -> None:
        if row.kind != Promotion.Kind.SET:
            return
        if row.products.count() < LEAST_OF_A_SET:
            raise WrongColumn("products", _("A set is two products or more."))
        if row.categories.exists() or row.collections.exists():
            raise WrongColumn("products", _("A set is made of products: leave categories and collections empty."))
