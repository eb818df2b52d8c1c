"""Which size has which measures: the table of the goods in view, whichever language, with the sizes to tap."""

from typing import Any

import pytest
from django_scopes import scope

from apps.catalog.models import Category, Product, SizeGuide
from apps.catalog.sizes import WrongTable, check_rows, guide_for, rows_of
from apps.merchants.models import Merchant

from .dialogue import Shopper

pytestmark = pytest.mark.django_db
ROWS = [["S", "88–94"], ["M", "95–102"], ["L", "103–111"]]


def guide(shop: Merchant, **facts: Any) -> SizeGuide:
    with scope(merchant=shop):
        made = SizeGuide.objects.create(
            merchant=shop,
            rows=ROWS,
            **{"name": "Shirts", "measures": "chest", "measures_de": "Brust", "note": "Take the larger one.", **facts},
        )
        made.categories.add(Category.objects.get(slug="shirts"))
        return made


def test_the_table_of_the_product_in_view_with_its_sizes(ana: Shopper, shop: Merchant) -> None:
    guide(shop)
    ana.says("oxford shirt")
    ana.says("which size do I need?")
    assert "Shirts, in cm:\nS: chest 88–94\nM: chest 95–102\nL: chest 103–111\nTake the larger one." in ana.text
    assert ana.labels == ["S", "M", "L"]
    ana.taps("M")
    assert "Oxford shirt · Blue · M" in ana.text


def test_while_a_size_is_asked_for_the_question_follows_the_table(ana: Shopper, shop: Merchant) -> None:
    guide(shop)
    ana.says("oxford shirt")
    ana.says("add it")
    ana.says("which size do I need?")
    assert "M: chest 95–102" in ana.text
    assert ana.labels[:3] == ["S", "M", "L"]
    ana.taps("L")
    assert "Oxford shirt · Blue · L is in your cart" in ana.text


def test_without_a_product_in_view_the_guides_are_offered(ana: Shopper, shop: Merchant) -> None:
    guide(shop)
    ana.says("size guide")
    assert ana.labels == ["Shirts", "A person"]
    ana.taps("Shirts")
    assert "S: chest 88–94" in ana.text


def test_what_has_no_guide_gets_the_shops_general_answer(ana: Shopper) -> None:
    ana.says("glass mug")
    ana.says("size chart")
    assert "Our sizes run true." in ana.text


def test_a_product_has_a_guide_of_its_own_before_its_category(ana: Shopper, shop: Merchant) -> None:
    shelf = guide(shop)
    own = guide(shop, name="Silk")
    with scope(merchant=shop):
        silk, oxford = Product.objects.get(slug="silk-shirt"), Product.objects.get(slug="oxford-shirt")
        own.categories.clear()
        own.products.add(silk)
        assert (guide_for(silk.pk), guide_for(oxford.pk)) == (own, shelf)


def test_lines_are_read_and_what_is_wrong_is_said() -> None:
    assert rows_of("S: 88–92, 76–80\n\nM： 93–97，81–85") == [["S", "88–92", "76–80"], ["M", "93–97", "81–85"]]
    for text, measures in (
        ("S 88", "chest"),
        ("S: 88", "chest, waist"),
        ("S: 88\nS: 90", "chest"),
        ("", "chest"),
        ("S: 8", ""),
    ):
        with pytest.raises(WrongTable):
            check_rows(rows_of(text), measures)
