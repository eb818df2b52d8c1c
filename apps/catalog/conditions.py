"""What is asked of products in more than one place, in the database's terms."""

import datetime as dt
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchVectorExact, SearchVectorField
from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, QuerySet, Subquery

from .models import Category, Price, Product, StockHold, StockLevel
from .models.goods import ONLY_NAMES
from .prices import Ids, amount_now


class WordQuery(SearchQuery):
    """A tsquery literal taken as it is: PostgreSQL's parser would read our words its own way."""

    template = "%(expressions)s::tsquery"

    def __init__(self, literal: str) -> None:
        super().__init__(literal, search_type="raw")

    def as_sql(self, compiler: Any, connection: Any, function: Any = None, template: Any = None) -> Any:  # type: ignore[override]
        return super().as_sql(compiler, connection, function, self.template)


def called(literal: str) -> Any:
    """For queries over `Product`: those of whose names alone this holds: their titles, brands, SKUs."""
    names = Func(F("search_vector"), template=ONLY_NAMES, output_field=SearchVectorField())
    return SearchVectorExact(names, WordQuery(literal))


def cheapest(currency: str, now: dt.datetime, *, product: int | None = None, lists: str = "") -> Subquery:
    """For queries over `Product`: what its (or another's) cheapest variant costs at that moment, as on the card.

    With `lists` as on the card of a shopper for whom these count.
    """
    prices = Price.objects.filter(
        variant__product=OuterRef("pk") if product is None else product,
        variant__is_active=True,
        amount_currency=currency,
    )
    return Subquery(prices.annotate(costs=amount_now(currency, now, lists)).order_by("costs").values("costs")[:1])


def free_levels(now: dt.datetime) -> QuerySet[StockLevel]:
    """For queries over `Variant`: its shelves from which something may be sold at that moment."""
    lapsed = StockHold.objects.filter(level=OuterRef("pk"), state=StockHold.State.ACTIVE, expires_at__lte=now)
    return StockLevel.objects.filter(Q(on_hand__gt=F("allocated") + F("held")) | Exists(lapsed), variant=OuterRef("pk"))


def in_category(slug: str) -> Q:
    """For queries over `Product`: what lies in this category or one right below it."""
    inside = Category.objects.filter(Q(slug=slug) | Q(parent__slug=slug), is_active=True)
    return Q(pk__in=Product.categories.through.objects.filter(category__in=inside).values("product"))


class OneOf(Func):
    """Whether a number is one of these: "5,7,9", however many, as one value of a statement."""

    template = "%(expressions)s"
    arg_joiner = " = ANY"
    output_field = BooleanField()

    def __init__(self, column: str, ids: str) -> None:
        super().__init__(F(column), Ids(ids))


def on_shelves(categories: str) -> Exists:
    """For queries over `Product`: what lies in one of these categories, by their keys."""
    return Exists(Product.categories.through.objects.filter(OneOf("category_id", categories), product=OuterRef("pk")))
