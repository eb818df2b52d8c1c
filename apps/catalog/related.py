"""What goes with a product and what may stand in for it: what the merchant says, or the nearest by price."""

from django.db.models import F
from django.db.models.functions import Abs

from apps.merchants import clock
from apps.merchants.models import Merchant

from .conditions import cheapest
from .models import Product, Relation

LIMIT = 4


def related_ids(product: int, kind: str) -> list[int]:
    """Products on sale that the merchant put beside this one, in the merchant's order; in the merchant's scope."""
    rows = Relation.objects.filter(product=product, kind=kind, other__status=Product.Status.ACTIVE)
    return list(rows.values_list("other", flat=True))


def nearest_ids(merchant: Merchant, product: int, *, limit: int = LIMIT) -> list[int]:
    """Products on sale in a category of this one, the nearest price first; one query, in the merchant's scope."""
    now = clock.now()
    placed = Product.categories.through.objects
    shelves = placed.filter(product=product, category__is_active=True).values("category")
    beside = Product.objects.filter(
        status=Product.Status.ACTIVE, pk__in=placed.filter(category__in=shelves).values("product")
    ).exclude(pk=product)
    priced = beside.annotate(
        costs=cheapest(merchant.currency, now), mine=cheapest(merchant.currency, now, product=product)
    ).filter(costs__isnull=False)
    nearest = priced.order_by(Abs(F("costs") - F("mine")).asc(nulls_last=True), "-popularity", "pk")
    return list(nearest.values_list("pk", flat=True)[:limit])
