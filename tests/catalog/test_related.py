"""Two products of one shop, each pair once, none beside itself; and the nearest by price where nobody said anything."""

import pytest
from django.db import IntegrityError, transaction
from django_scopes import scope

from apps.catalog.models import Product, Relation
from apps.catalog.related import nearest_ids, related_ids
from apps.merchants.models import Merchant

from .factories import make_category, make_merchant, make_product, make_variant


def test_the_database_knows_what_a_relation_is(in_scope: Merchant) -> None:
    shirt, belt = make_product(in_scope, "Shirt"), make_product(in_scope, "Belt")
    stranger = make_merchant()
    foreign = make_product(stranger, "Foreign")
    Relation.objects.create(merchant=in_scope, product=shirt, other=belt)
    for merchant, product, other in (
        (in_scope, shirt, shirt),
        (in_scope, shirt, belt),
        (in_scope, shirt, foreign),
        (in_scope, foreign, shirt),
        (stranger, shirt, belt),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Relation.objects.create(merchant=merchant, product=product, other=other)
    belt.delete()
    assert Relation.objects.count() == 0


def test_what_is_not_on_sale_is_left_out_and_the_order_is_the_merchants(in_scope: Merchant) -> None:
    shirt, *others = (make_product(in_scope, title) for title in ("Shirt", "Belt", "Hat", "Scarf"))
    for place, other in enumerate(reversed(others)):
        Relation.objects.create(merchant=in_scope, product=shirt, other=other, position=place)
    others[1].status = Product.Status.ARCHIVED
    others[1].save()
    assert related_ids(shirt.pk, "goes_with") == [others[2].pk, others[0].pk]
    assert related_ids(shirt.pk, "instead") == []


def test_the_nearest_by_price_of_the_same_shelf(in_scope: Merchant) -> None:
    shirts, hats = make_category(in_scope, "Shirts", "shirts"), make_category(in_scope, "Hats", "hats")
    made: dict[str, Product] = {}
    for title, price, shelf in (
        ("Mine", "50", shirts), ("Cheap", "20", shirts), ("Near", "55", shirts), ("Dear", "90", shirts), ("Hat", "50", hats),
    ):  # fmt: skip
        made[title] = make_product(in_scope, title)
        make_variant(in_scope, product=made[title], price=price)
        made[title].categories.add(shelf)
    with scope(merchant=in_scope):
        assert nearest_ids(in_scope, made["Mine"].pk) == [made[title].pk for title in ("Near", "Cheap", "Dear")]
        assert nearest_ids(in_scope, made["Hat"].pk) == []
