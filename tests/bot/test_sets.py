"""A set at one price is offered where a part of it is looked at, taken with one tap, and told from the cart as well."""

import pytest
from django_scopes import scope
from djmoney.money import Money

from apps.carts.models import Cart, CartLine
from apps.catalog.models import Product
from apps.merchants.models import Merchant
from tests.carts.offers import promotion

from .dialogue import Shopper

pytestmark = pytest.mark.django_db


@pytest.fixture
def tea_set(shop: Merchant) -> None:
    with scope(merchant=shop):
        parts = Product.objects.filter(slug__in=["glass-mug", "linen-shirt"])
        assert parts.count() == 2
        promotion(shop, "Slow morning", kind="set", amount=Money("50.00", "EUR"), products=parts)


def in_the_cart(shop: Merchant) -> list[tuple[str, int]]:
    with scope(merchant=shop):
        lines = CartLine.objects.filter(cart=Cart.objects.get()).order_by("pk")
        return [(line.variant.product.slug, line.quantity) for line in lines]


def test_a_set_is_taken_with_one_tap(ana: Shopper, shop: Merchant, tea_set: None) -> None:
    ana.says("glass mug")
    ana.says("the first one")
    assert "Slow morning: together with" in ana.text
    assert "it is €50.00." in ana.text
    ana.taps("Take the set")
    assert "which" in ana.text.casefold()  # the shirt comes in sizes
    ana.says("white, M")
    assert in_the_cart(shop) == [("glass-mug", 1), ("linen-shirt", 1)]
    ana.says("cart")
    assert "Slow morning" in ana.text


def test_what_is_missing_for_a_set_is_named_in_the_cart(ana: Shopper, shop: Merchant, tea_set: None) -> None:
    ana.says("glass mug")
    ana.says("add it")
    ana.says("cart")
    assert "with it, and this is yours at €50.00 together: Slow morning." in ana.text
