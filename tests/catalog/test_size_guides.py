"""A size guide is for goods of its own shop: the database says so, and a check finds what got past it."""

import pytest
from django.db import IntegrityError, transaction

from apps.catalog.models import Category, Product, SizeGuide
from apps.merchants.models import Merchant
from tests.commerce.test_planted_breaches import breaches, broken

from .factories import make_category, make_merchant, make_product

CHECK = "catalog.size guides are for goods of their shop"


@pytest.fixture
def guide(in_scope: Merchant) -> SizeGuide:
    """For a product and a category of its shop."""
    made: SizeGuide = SizeGuide.objects.create(merchant=in_scope, name="Shirts", measures="Chest", rows=[["S", "90"]])
    made.products.add(make_product(in_scope, "Shirt"))
    made.categories.add(make_category(in_scope, "Shirts", "shirts"))
    return made


def test_no_guide_is_for_another_shops_goods(guide: SizeGuide) -> None:
    stranger = make_merchant()
    theirs, shelf = make_product(stranger, "Foreign"), make_category(stranger, "Foreign", "foreign")
    for put in (lambda: guide.products.add(theirs), lambda: guide.categories.add(shelf)):
        with pytest.raises(IntegrityError, match="of its own shop"), transaction.atomic():
            put()
    for through, foreign in (
        (SizeGuide.products.through.objects, {"product": theirs}),
        (SizeGuide.categories.through.objects, {"category": shelf}),
    ):
        with pytest.raises(IntegrityError, match="of its own shop"), transaction.atomic():
            through.update(**foreign)
    assert (guide.products.count(), guide.categories.count(), breaches()) == (1, 1, set())


@pytest.mark.parametrize("model", [SizeGuide, Product, Category])
def test_what_is_linked_stays_in_its_shop(guide: SizeGuide, model: type[SizeGuide | Product | Category]) -> None:
    stranger = make_merchant()
    with pytest.raises(IntegrityError, match="stays in its shop"), transaction.atomic():
        model.objects.update(merchant=stranger)
    guide.delete()
    model.objects.update(merchant=stranger)


@pytest.mark.parametrize("table", ["catalog_sizeguide", "catalog_product", "catalog_category"])
def test_a_link_across_shops_is_found(guide: SizeGuide, table: str) -> None:
    stranger = make_merchant()
    assert CHECK in broken(f"UPDATE {table} SET merchant_id = {stranger.pk}")  # noqa: S608
    assert breaches() == set()
