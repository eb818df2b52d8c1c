"""What the bot keeps of products is never older than the catalogue, in the language asked for, and without stock."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scope
from djmoney.money import Money

from apps.bot.shop import sheets
from apps.catalog.index import one_look, state_of
from apps.catalog.lists import FOR_EVERYONE
from apps.catalog.models import Product
from tests.catalog.factories import add_stock, make_location, make_merchant, make_variant

pytestmark = pytest.mark.django_db


@pytest.fixture
def mug() -> Any:
    made = make_variant(make_merchant(), title="Mug", options={"Colour": "navy"}, stock=3)
    with scope(merchant=made.merchant):
        made.product.title_de = "Becher"
        made.product.save()
        yield made


def card(variant: Any, language: str = "en") -> dict[str, Any]:
    (found,) = sheets.cards(variant.merchant, [variant.product_id], language=language, terms=FOR_EVERYONE)
    return found


def test_a_known_card_costs_two_statements_and_stock_is_of_this_moment(mug):
    assert card(mug)["stock"] == 3
    add_stock(mug, 2, location=make_location(mug.merchant, "Store"))
    with CaptureQueriesContext(connection) as queries:
        assert card(mug)["stock"] == 5
    assert len(queries) == 2  # the catalogue's state, the stock


def test_a_new_price_is_seen_at_once_in_every_language(mug):
    assert (card(mug, "de")["title"], card(mug, "de")["price"]) == ("Becher", "20,00\N{NO-BREAK SPACE}€")
    assert (card(mug)["title"], card(mug)["price"]) == ("Mug", "€20.00")
    price = mug.prices.get()
    price.amount = Money(25, "EUR")
    price.save()
    assert (card(mug, "de")["price"], card(mug)["price"]) == ("25,00\N{NO-BREAK SPACE}€", "€25.00")


def test_what_is_not_for_sale_has_no_card(mug):
    card(mug)
    mug.product.status = Product.Status.ARCHIVED
    mug.product.save()
    assert sheets.cards(mug.merchant, [mug.product_id], language="en", terms=FOR_EVERYONE) == []
    assert sheets.whole(mug.merchant, mug.product_id, language="en", terms=FOR_EVERYONE) is None


def test_the_whole_product_tells_every_variant_with_its_stock(mug):
    uncounted = make_variant(
        mug.merchant, product=mug.product, options={"Colour": "white"}, is_tracked=False, price="22.00"
    )
    told = sheets.whole(mug.merchant, mug.product_id, language="en", terms=FOR_EVERYONE)
    assert told is not None
    assert [(row["id"], row["stock"]) for row in told["variants"]] == [(mug.pk, 3), (uncounted.pk, None)]
    assert (told["stock"], told["from"], told["colours"]) == (None, True, ["blue", "navy", "white"])


def test_within_one_look_the_catalogue_stays_as_it_was(mug):
    with one_look():
        before = state_of(mug.merchant)
        mug.product.title_en = "Cup"
        mug.product.save()
        assert state_of(mug.merchant) == before
    assert state_of(mug.merchant) != before
