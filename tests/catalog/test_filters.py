"""What a shopper does not want, what is there, and cheapest first: over words and categories alike."""

from decimal import Decimal

import pytest

from apps.catalog.lexicon import lexicon, with_synonym
from apps.catalog.models import Synonym
from apps.catalog.search import Filters, browse, search
from apps.merchants.models import Merchant

from .factories import make_product, make_variant


@pytest.fixture(autouse=True)
def shelves(in_scope: Merchant) -> None:
    for place, (title, price, stock, colours) in enumerate(
        (
            ("Leather bag", "80.00", 1, ("black",)),
            ("Canvas bag", "30.00", 1, ("navy", "white")),
            ("Felt bag", "50.00", 0, ("blue",)),
            ("Lederbeutel bag", "20.00", 1, ()),
        )
    ):
        product = make_product(in_scope, title, popularity=100 - place)
        for colour in colours or ("",):
            make_variant(
                in_scope, product=product, price=price, stock=stock, options={"Colour": colour} if colour else None
            )


def found(merchant: Merchant, **filters: object) -> list[str]:
    page = search(merchant, "bag", filters=Filters(**filters))  # type: ignore[arg-type]
    assert [product.title for product in browse(merchant, filters=Filters(**filters)).products] == [  # type: ignore[arg-type]
        product.title for product in page.products
    ]
    return [product.title.split()[0] for product in page.products]


@pytest.mark.parametrize(
    ("filters", "titles"),
    [
        ({}, ["Leather", "Canvas", "Felt", "Lederbeutel"]),
        ({"sort": "cheaper"}, ["Lederbeutel", "Canvas", "Felt", "Leather"]),
        ({"sort": "dearer"}, ["Leather", "Felt", "Canvas", "Lederbeutel"]),
        ({"in_stock": True}, ["Leather", "Canvas", "Lederbeutel"]),
        ({"without": "leather"}, ["Canvas", "Felt", "Lederbeutel"]),
        ({"without": "leder"}, ["Leather", "Canvas", "Felt"]),  # the beginning of a compound
        ({"without": "leather felt"}, ["Canvas", "Lederbeutel"]),
        ({"without": "blue"}, ["Leather", "Canvas", "Lederbeutel"]),  # the canvas one comes in white as well
        ({"without": "blau"}, ["Leather", "Canvas", "Lederbeutel"]),
        ({"without": "unheard-of"}, ["Leather", "Canvas", "Felt", "Lederbeutel"]),
        ({"without": "leder", "sort": "cheaper", "price_max": Decimal(60)}, ["Canvas", "Felt"]),
        ({"colour": "blue", "without": "canvas"}, ["Felt"]),
    ],
)
def test_each_filter_and_some_together(in_scope: Merchant, filters: dict[str, object], titles: list[str]) -> None:
    assert found(in_scope, **filters) == titles


def test_pages_in_another_order_follow_each_other(in_scope: Merchant) -> None:
    pages = [search(in_scope, "bag", filters=Filters(sort="cheaper"), offset=start, limit=2) for start in (0, 2, 4)]
    assert [[product.title.split()[0] for product in page.products] for page in pages] == [
        ["Lederbeutel", "Canvas"],
        ["Felt", "Leather"],
        [],
    ]
    assert [page.has_more for page in pages] == [True, False, False]


@pytest.mark.parametrize("words", ["'", "a:*", "!b", "x | y & z", "it's \\ \"", "<->", "%s", "皮"])
def test_attack_what_is_refused_is_never_read_as_a_query(in_scope: Merchant, words: str) -> None:
    assert found(in_scope, without=words) == ["Leather", "Canvas", "Felt", "Lederbeutel"]


def test_a_synonym_can_be_tried_before_it_is_saved(in_scope: Merchant) -> None:
    tried = with_synonym(lexicon(in_scope), "Rucksack", "canvas")
    assert [product.title for product in search(in_scope, "rucksack", known=tried).products] == ["Canvas bag"]
    assert (search(in_scope, "rucksack").products, Synonym.objects.count()) == ([], 0)
