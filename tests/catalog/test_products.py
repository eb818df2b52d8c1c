"""What a shopper sees of a product: its card, its price, its pictures, the variant they mean."""

import datetime as dt

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from apps.catalog.models import Media, Product, Variant
from apps.catalog.products import (
    NoPrice,
    Picture,
    absolute,
    card_facts,
    find_variant,
    gallery,
    load_for_cards,
    matching_variants,
    options_of,
    picture_of,
    price_of,
    sellable,
    variant_label,
)
from apps.catalog.stock import Wanted, allocate, take_holds
from apps.merchants import clock
from apps.merchants.models import Merchant

from .factories import make_product, make_variant
from .pictures import named


@pytest.fixture
def shirt(in_scope: Merchant) -> Product:
    """M and L in blue, M in white; L costs more and is reduced."""
    product = make_product(in_scope, "Linen shirt", title_de="Leinenhemd")
    make_variant(in_scope, product=product, options={"Size": "M", "Colour": "Blue"}, price="49.00", stock=2)
    make_variant(
        in_scope, product=product, options={"Size": "L", "Colour": "Blue"}, price="59.00", stock=3, compare_at="79.00"
    )
    make_variant(in_scope, product=product, options={"Size": "M", "Colour": "White"}, price="49.00", stock=0)
    return product


def variants(product: Product) -> list[Variant]:
    return list(product.variants.order_by("position"))


def picture(product: Product, name: str, *, kind: str = "image", variant: Variant | None = None, **facts: str) -> Media:
    medium = Media(merchant=product.merchant, product=product, kind=kind, variant=variant, **facts)
    medium.position = product.media.count()
    if name:
        medium.file.save(name, ContentFile(named(name)), save=False)
    medium.save()
    return medium


def test_the_card_shows_the_cheapest_price_and_all_that_is_free(shirt: Product) -> None:
    facts = card_facts(shirt, currency="EUR")
    assert (facts.title, str(facts.price.amount), facts.compare_at, facts.price_from, facts.stock) == (
        "Linen shirt", "49.000", None, True, 5,
    )  # fmt: skip
    assert facts.options == {"Size": ["M", "L"], "Colour": ["Blue", "White"]}
    assert facts.image_url == absolute("/static/catalog/placeholder.jpg")


def test_the_card_is_in_the_shoppers_language(shirt: Product) -> None:
    with translation.override("de"):
        assert card_facts(Product.objects.get(), currency="EUR").title == "Leinenhemd"


def test_a_title_written_in_one_language_only_is_shown_in_the_others(in_scope: Merchant) -> None:
    with translation.override("zh-hans"):
        product = Product.objects.create(merchant=in_scope, title="蓝色杯子", slug="cup")
    assert [in_language(product, code) for code in ("en", "de", "zh-hans")] == ["蓝色杯子"] * 3


def in_language(product: Product, language: str) -> str:
    with translation.override(language):
        return str(product.title)


def test_a_price_is_reduced_only_if_it_was_really_higher(in_scope: Merchant) -> None:
    reduced = make_variant(in_scope, price="20.00", compare_at="30.00").product
    raised = make_variant(in_scope, price="20.00", compare_at="20.00").product
    first, second = (card_facts(product, currency="EUR") for product in (reduced, raised))
    assert (str(first.compare_at.amount), first.price_from) == ("30.000", False)  # type: ignore[union-attr]
    assert second.compare_at is None


def test_not_sold_in_this_currency(shirt: Product) -> None:
    first = variants(shirt)[0]
    with pytest.raises(NoPrice) as refused:
        price_of(first, "USD")
    assert (refused.value.variant_id, refused.value.currency) == (first.pk, "USD")
    with pytest.raises(NoPrice):
        card_facts(shirt, currency="USD")
    assert price_of(first, "EUR").amount == 49


def test_what_is_off_sale_has_neither_card_nor_choice(shirt: Product) -> None:
    Variant.objects.filter(product=shirt).exclude(position=1).update(is_active=False)
    product = Product.objects.get()
    assert (len(sellable(product)), options_of(product)) == (1, {"Size": ["L"], "Colour": ["Blue"]})
    assert (card_facts(product, currency="EUR").stock, card_facts(product, currency="EUR").price_from) == (3, False)
    Variant.objects.update(is_active=False)
    with pytest.raises(NoPrice) as refused:
        card_facts(Product.objects.get(), currency="EUR")
    assert refused.value.variant_id == 0


def test_sold_and_held_units_are_not_on_the_card_and_lapsed_ones_are_again(shirt: Product) -> None:
    first, second, _ = variants(shirt)
    allocate([Wanted(first.pk, 1, "order:1")])
    take_holds([Wanted(second.pk, 2, "cart:1")], reason="cart", until=clock.now() + dt.timedelta(minutes=15))
    assert card_facts(Product.objects.get(), currency="EUR").stock == 2
    with clock.at(clock.now() + dt.timedelta(minutes=16)):
        assert card_facts(Product.objects.get(), currency="EUR").stock == 4


def test_one_variant_nobody_counts_makes_the_product_uncounted(in_scope: Merchant, shirt: Product) -> None:
    make_variant(in_scope, product=shirt, is_tracked=False)
    assert card_facts(Product.objects.get(), currency="EUR").stock is None


def test_pictures_come_in_order_and_one_that_was_not_fetched_yet_is_left_out(shirt: Product) -> None:
    picture(shirt, "", source_url="https://example.org/a.jpg")
    picture(shirt, "film.mp4", kind="video")
    picture(shirt, "front.jpg", alt="From the front")
    shown = gallery(Product.objects.get())
    assert [(item.kind, item.alt) for item in shown] == [("video", "Linen shirt"), ("image", "From the front")]
    assert card_facts(Product.objects.get(), currency="EUR").image_alt == "From the front"
    assert all(item.url.startswith("http") for item in shown)


def test_a_variant_shows_its_own_picture_else_one_in_its_colour_else_the_products_first(shirt: Product) -> None:
    first, second, _white = variants(shirt)
    assert picture_of(first) == Picture("image", absolute("/static/catalog/placeholder.jpg"), "Linen shirt")
    picture(shirt, "all.jpg", alt="All")
    picture(shirt, "large.jpg", alt="Large", variant=second)
    shown = [picture_of(Variant.objects.get(pk=row.pk)).alt for row in variants(shirt)]
    assert shown == ["Large", "Large", "All"]


def test_labels_name_the_options_but_not_shopifys_stand_in(in_scope: Merchant, shirt: Product) -> None:
    plain = make_variant(in_scope, title="Mug", options={"Title": "Default Title"})
    assert [variant_label(row) for row in variants(shirt)] == [
        "Linen shirt · M · Blue",
        "Linen shirt · L · Blue",
        "Linen shirt · M · White",
    ]
    assert variant_label(plain) == "Mug"


@pytest.mark.parametrize(
    ("chosen", "places"),
    [
        ({}, [0, 1, 2]),
        ({"Size": "M"}, [0, 2]),
        ({"size": "medium"}, [0, 2]),  # a size in words
        ({"talla": "m", "colour": "BLUE"}, [0]),  # a name the product has no option for is passed over
        ({"colour": "blau"}, [0, 1]),  # a colour in another language
        ({"colour": "white", "size": "L"}, []),
        ({"colour": "", "size": "L"}, [1]),
        ({"material": "wool"}, [0, 1, 2]),
    ],
)
def test_the_variants_that_fit_what_was_said(shirt: Product, chosen: dict[str, str], places: list[int]) -> None:
    if "talla" in chosen:
        shirt.options.filter(name="Size").update(name_es="Talla")
    found = matching_variants(Product.objects.get(), chosen)
    assert [variant.position for variant in found] == places
    only = find_variant(Product.objects.get(), chosen)
    assert (only.position if only else None) == (places[0] if len(places) == 1 else None)


@pytest.mark.parametrize("count", [1, 9])
def test_cards_cost_the_same_however_many(in_scope: Merchant, count: int) -> None:
    for number in range(count):
        make_variant(in_scope, title=f"Mug {number}", options={"Colour": "Blue"})
    with CaptureQueriesContext(connection) as queries:
        products = load_for_cards(Product.objects.all())
        facts = [card_facts(product, currency="EUR") for product in products]
        labels = [variant_label(row) for product in products for row in sellable(product)]
    assert (len(facts), len(labels), len(queries)) == (count, count, 6)
