"""What is kept of products in memory is never older than the catalogue, and nobody else's."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django_scopes import scope
from djmoney.money import Money

from apps.catalog.cards import products_for_cards
from apps.catalog.models import Media
from apps.catalog.products import card_facts
from apps.catalog.stock import Wanted, take_holds
from apps.merchants import clock

from .factories import make_merchant, make_product, make_variant

pytestmark = pytest.mark.django_db


def facts(variant: Any) -> Any:
    with scope(merchant=variant.merchant):
        (product,) = products_for_cards(variant.merchant, [variant.product_id])
        return card_facts(product, currency="EUR")


def test_known_products_cost_two_statements() -> None:
    variant = make_variant(make_merchant())
    facts(variant)
    with CaptureQueriesContext(connection) as queries:
        facts(variant)
    assert len(queries) == 2  # the catalogue's state, the stock


def test_a_new_price_title_and_picture_are_seen_at_once() -> None:
    variant = make_variant(make_merchant(), price="20.00")
    assert facts(variant).price == Money(20, "EUR")
    with scope(merchant=variant.merchant):
        price = variant.prices.get()
        price.amount = Money(25, "EUR")
        price.save()
        assert facts(variant).price == Money(25, "EUR")
        variant.product.title_en = "Green shirt"
        variant.product.save()
        assert facts(variant).title == "Green shirt"
        Media.objects.create(merchant=variant.merchant, product=variant.product, file="products/new.jpg", position=0)
    assert facts(variant).image_url.endswith("/products/new.jpg")


def test_what_was_rolled_back_was_never_seen() -> None:
    variant = make_variant(make_merchant(), price="20.00")
    facts(variant)
    with scope(merchant=variant.merchant), transaction.atomic():
        price = variant.prices.get()
        price.amount = Money(1, "EUR")
        price.save()
        assert facts(variant).price == Money(1, "EUR")
        transaction.set_rollback(True)
    assert facts(variant).price == Money(20, "EUR")


def test_stock_is_read_every_time_and_lapsed_holds_are_free() -> None:
    variant = make_variant(make_merchant(), stock=3)
    assert facts(variant).stock == 3
    until = clock.now() + dt.timedelta(minutes=15)
    with scope(merchant=variant.merchant):
        take_holds([Wanted(variant.pk, 2, "cart:1")], reason="cart", until=until)
    assert facts(variant).stock == 1
    with clock.at(until):
        assert facts(variant).stock == 3


def test_one_readers_changes_are_not_the_next_ones() -> None:
    variant = make_variant(make_merchant())
    with scope(merchant=variant.merchant):
        (product,) = products_for_cards(variant.merchant, [variant.product_id])
        product.title_en = "Scribbled over"
        product.sellable[0].shelves.clear()
    assert (facts(variant).title, facts(variant).stock) == ("Blue shirt", 10)


def test_a_stranger_gets_nothing_and_what_is_gone_is_left_out() -> None:
    variant, stranger = make_variant(make_merchant()), make_merchant()
    facts(variant)
    with scope(merchant=stranger):
        assert products_for_cards(stranger, [variant.product_id]) == []
    product = make_product(variant.merchant)
    with scope(merchant=variant.merchant):
        assert products_for_cards(variant.merchant, [product.pk]) == [product]
        pk = product.pk
        product.delete()
        assert products_for_cards(variant.merchant, [pk]) == []
