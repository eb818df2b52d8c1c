"""A collection holds exactly what its rules say, whoever evaluates them; on top what was put there, never what was left out."""

import datetime as dt
import io
import json
import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from djmoney.money import Money

from apps.catalog.collected import (
    Gathered,
    collections_of,
    count_products,
    gathered,
    in_its_order,
    product_ids,
    told_of,
)
from apps.catalog.importing import import_catalog
from apps.catalog.models import (
    Collection,
    CollectionPick,
    CollectionRule,
    PricePlan,
    Product,
    Variant,
)
from apps.catalog.products import load_for_cards
from apps.catalog.rules import MOST_PICKS, RuleSpec, WrongRule, check_all, checked
from apps.catalog.search import Filters, browse, search
from apps.catalog.words import tokens
from apps.merchants import clock
from apps.merchants.models import Merchant

from .factories import make_category, make_merchant, make_product, make_variant

NOON = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)
BRANDS = ("", "Acme", "acme", "Café Noir", "A.C.M.E.")
TAGS = ("summer", "Summer", "gift ideas", "50%", "★")
TITLES = ("Linen shirt", "Leinenhemd", "Acme mug", "Blue shirt", "亚麻衬衫", "Café cup")
VALUES = ("Blue", "navy", "M", "Sky blue")


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.at(NOON):
        yield


def make_collection(merchant: Merchant, *rules: RuleSpec, slug: str = "summer", **facts: Any) -> Collection:
    """Saved; `pinned` and `left_out` are products."""
    picks = [(kind, product) for kind in ("pinned", "left_out") for product in facts.pop(kind, ())]
    made: Collection = Collection.objects.create(
        merchant=merchant, slug=slug, name=facts.pop("name", "Summer favourites"), **facts
    )
    for rule in rules:
        CollectionRule.objects.create(
            merchant=merchant, collection=made, field=rule.field, value=rule.value, currency=rule.currency
        )
    for place, (kind, product) in enumerate(picks):
        CollectionPick.objects.create(merchant=merchant, collection=made, product=product, kind=kind, position=place)
    return made


def stocked(merchant: Merchant, dice: random.Random, count: int) -> list[Product]:
    """Products of all sorts; some are not for sale at all."""
    shirts = make_category(merchant, "Shirts", "shirts")
    shelves = [
        shirts,
        make_category(merchant, "Hemden", "hemden", parent=shirts),
        make_category(merchant, "Mugs", "mugs"),
        make_category(merchant, "Old", "old", is_active=False),
    ]
    made = []
    for _ in range(count):
        product = make_product(
            merchant,
            dice.choice(TITLES),
            title_de=dice.choice(TITLES),
            brand=dice.choice(BRANDS),
            tags=dice.choice(([], list(dice.sample(TAGS, 2)), "summer", {"summer": 1})),
            popularity=dice.randrange(5),
            status=dice.choice(("active", "active", "active", "draft")),
        )
        product.categories.set(dice.sample(shelves, dice.randrange(3)))
        Product.objects.filter(pk=product.pk).update(created_at=NOON - dt.timedelta(days=dice.randrange(40), hours=1))
        for _ in range(dice.randrange(3)):
            variant = make_variant(
                merchant,
                product=product,
                price=Decimal(dice.randrange(1, 9)) * 10,
                compare_at=dice.choice((None, "30.00", "50.00")),
                currency=dice.choice(("EUR", "EUR", "USD")),
                stock=dice.choice((0, 3)),
                is_tracked=dice.random() < 0.9,
                options=dice.choice((None, {"Colour": dice.choice(VALUES)})),
            )
            if dice.random() < 0.3:
                Variant.objects.filter(pk=variant.pk).update(is_active=False)
            if dice.random() < 0.4:
                plan(merchant, variant, dice)
        product.save()  # read again for the search, as any save does
        made.append(product)
    return made


def plan(merchant: Merchant, variant: Variant, dice: random.Random) -> None:
    currency = str(variant.prices.get().amount_currency)
    PricePlan.objects.create(
        merchant=merchant,
        variant=variant,
        amount=Money(Decimal(dice.randrange(1, 9)) * 10, currency),
        compare_at=dice.choice((None, Money(60, currency))),
        starts_at=NOON + dt.timedelta(hours=dice.choice((-2, 2))),
        ends_at=dice.choice((None, NOON + dt.timedelta(hours=9))),
    )


# --- the same in plain Python ---------------------------------------------------------------------
def is_met(product: Any, rule: RuleSpec, merchant: Merchant) -> bool:
    tags = [tag for variant in product.sellable for tag in variant.all_prices]
    prices = [tag.amount.amount for tag in tags if tag.amount_currency == rule.currency]
    match rule.field:
        case "category":
            shelves = [shelf for shelf in product.categories.all() if shelf.is_active]
            return any(rule.value in (shelf.slug, shelf.parent and shelf.parent.slug) for shelf in shelves)
        case "brand":
            return bool(product.brand.upper() == rule.value.upper())
        case "tag":
            has = product.tags if isinstance(product.tags, list) else []
            return rule.value.upper() in [tag.upper() for tag in has]
        case "option":
            values = [value for variant in product.sellable for value in variant.values.all()]
            return rule.value.upper() in {value.value.upper() for value in values}
        case "title":
            skus = product.variants.values_list("sku", flat=True)
            texts = (product.title_en, product.title_de, product.brand, *skus)
            said = [word for text in texts if text for word in tokens(text)]
            return all(any(word.startswith(asked) for word in said) for asked in tokens(rule.value))
        case "price_to":
            return bool(prices) and min(prices) <= Decimal(rule.value)
        case "price_from":
            return bool(prices) and min(prices) >= Decimal(rule.value)
        case "reduced":
            return any(tag.is_reduced for tag in tags if tag.amount_currency == merchant.currency)
        case "in_stock":
            return any(
                not variant.is_tracked or any(shelf.free > 0 for shelf in variant.shelves)
                for variant in product.sellable
            )
        case "new":
            return bool(product.created_at >= NOON - dt.timedelta(days=int(rule.value)))
    raise AssertionError(rule.field)


def evaluated(merchant: Merchant, found: Gathered) -> list[int]:
    """The same collection, product by product."""
    inside = []
    for product in load_for_cards(Product.objects.filter(status="active")):
        prices = [tag for variant in product.sellable for tag in variant.all_prices]
        if not any(tag.amount_currency == merchant.currency for tag in prices) or product.pk in found.left_out:
            continue
        answers = [is_met(product, rule, merchant) for rule in found.rules]
        by_rules = bool(answers) and (all(answers) if found.match == "all" else any(answers))
        if by_rules or product.pk in found.pinned:
            inside.append(product)
    return [product.pk for product in sorted(inside, key=lambda one: _place(one, found, merchant))]


def _place(product: Any, found: Gathered, merchant: Merchant) -> tuple[Any, ...]:
    if product.pk in found.pinned:
        return (0, found.pinned.index(product.pk))
    costs = min(
        tag.amount.amount
        for variant in product.sellable
        for tag in variant.all_prices
        if tag.amount_currency == merchant.currency
    )
    match found.sort:
        case "newest":
            return (1, -product.created_at.timestamp(), product.pk)
        case "cheaper":
            return (1, costs, -product.popularity, product.pk)
        case "dearer":
            return (1, -costs, -product.popularity, product.pk)
    return (1, -product.popularity, product.pk)


def some_rule(dice: random.Random) -> RuleSpec:
    field = dice.choice(CollectionRule.Field.values)
    match field:
        case "category":
            return RuleSpec(field, dice.choice(("shirts", "mugs", "hemden", "old", "gone")))
        case "brand":
            return RuleSpec(field, dice.choice(("ACME", "café noir", "A.C.M.E.", "none")))
        case "tag":
            return RuleSpec(field, dice.choice(("SUMMER", "gift ideas", "50%", "★", "%")))
        case "option":
            return RuleSpec(field, dice.choice(("blue", "NAVY", "m", "Sky Blue", "_avy")))
        case "title":
            return RuleSpec(field, dice.choice(("shirt", "hem", "LEIN", "cafe", "acme mug", "衬衫", "SKU", "o'|&!:*")))
        case "price_to" | "price_from":
            return RuleSpec(field, dice.choice(("30", "40.00", "75.5")), dice.choice(("EUR", "USD")))
        case "new":
            return RuleSpec(field, str(dice.choice((1, 10, 30))))
    return RuleSpec(field)


@pytest.mark.parametrize("seed", range(2))
def test_property_the_query_finds_what_the_rules_mean(in_scope: Merchant, seed: int) -> None:
    dice = random.Random(seed)
    ids = [product.pk for product in stocked(in_scope, dice, 40)]
    for _ in range(40):
        by_hand = dice.sample(ids, 6)
        found = Gathered(
            match=dice.choice(("all", "any")),
            sort=dice.choice(("", "newest", "cheaper", "dearer")),
            rules=tuple(dict.fromkeys(some_rule(dice) for _ in range(dice.randrange(4)))),
            pinned=tuple(by_hand[: dice.randrange(4)]),
            left_out=tuple(by_hand[4 : dice.randrange(4, 7)]),
        )
        expected = evaluated(in_scope, found)
        pages = [product_ids(in_scope, found, offset=start, limit=7) for start in range(0, 49, 7)]
        assert [pk for page in pages for pk in page] == expected, found
        assert count_products(in_scope, found) == len(expected)


@pytest.mark.parametrize("seed", range(1))
def test_property_shoppers_and_carts_see_the_same(in_scope: Merchant, seed: int) -> None:
    """The prepared query of the chat, with and without the shopper's own order, and the promotions' question."""
    dice = random.Random(100 + seed)
    products = stocked(in_scope, dice, 30)
    for number in range(12):
        rules = tuple(dict.fromkeys(rule for rule in (some_rule(dice) for _ in range(3)) if rule.field != "in_stock"))
        by_hand = dice.sample(products, 4)
        made = make_collection(
            in_scope,
            *rules,
            slug=f"c{number}",
            match=dice.choice(("all", "any")),
            sort=dice.choice(("", "newest", "cheaper")),
            pinned=by_hand[:2],
            left_out=by_hand[2:],
        )
        expected = evaluated(in_scope, gathered([made])[0])
        assert browse(in_scope, filters=Filters(collection=made.slug), limit=50).ids == expected
        sorted_by_shopper = browse(in_scope, filters=Filters(collection=made.slug, sort="cheaper"), limit=50).ids
        assert sorted(sorted_by_shopper) == sorted(expected)
        inside = collections_of(in_scope, [product.pk for product in products], [made.pk])
        for_sale = {pk for pk in inside if pk in expected or inside[pk]}
        assert set(expected) <= for_sale
        cheap = browse(in_scope, filters=Filters(collection=made.slug, price_max=Decimal(40)), limit=50).ids
        assert [pk for pk in expected if pk in cheap] == cheap


def test_a_search_stays_inside_the_collection(in_scope: Merchant) -> None:
    mug, shirt = make_product(in_scope, "Blue mug"), make_product(in_scope, "Blue shirt")
    for product in (mug, shirt):
        make_variant(in_scope, product=product)
    make_collection(in_scope, RuleSpec("title", "mug"))
    assert search(in_scope, "blue", filters=Filters(collection="summer")).ids == [mug.pk]
    assert search(in_scope, "shirt", filters=Filters(collection="summer")).ids == []


def test_only_what_is_shown_is_seen(in_scope: Merchant) -> None:
    product = make_product(in_scope, "Mug")
    make_variant(in_scope, product=product)
    made = make_collection(
        in_scope,
        RuleSpec("title", "mug"),
        shown_from=NOON + dt.timedelta(days=1),
        shown_until=NOON + dt.timedelta(days=2),
    )
    seen = []
    for hours in (0, 23, 24, 47, 48):
        with clock.at(NOON + dt.timedelta(hours=hours)):
            seen.append(browse(in_scope, filters=Filters(collection="summer")).ids == [product.pk])
    assert seen == [False, False, True, True, False]
    made.is_active = False
    made.save()
    with clock.at(NOON + dt.timedelta(hours=30)):
        assert browse(in_scope, filters=Filters(collection="summer")).ids == []


def test_attack_another_shop_sees_and_takes_nothing(in_scope: Merchant) -> None:
    product = make_product(in_scope, "Mug")
    make_variant(in_scope, product=product)
    made = make_collection(in_scope, RuleSpec("title", "mug"))
    stranger = make_merchant()
    assert browse(stranger, filters=Filters(collection="summer")).ids == []
    foreign = make_product(stranger, "Foreign mug")
    with pytest.raises(IntegrityError), transaction.atomic():
        CollectionPick.objects.create(merchant=in_scope, collection=made, product=foreign)


@pytest.mark.parametrize(
    ("field", "value", "currency"),
    [
        ("nonsense", "x", ""), ("brand", "", ""), ("reduced", "yes", ""), ("price_to", "forty", "EUR"),
        ("price_to", "40", ""), ("price_to", "40", "eur"), ("new", "0", ""), ("new", "1.5", ""), ("tag", "x", "EUR"),
    ],
)  # fmt: skip
def test_attack_the_database_refuses_rules_that_are_none(
    in_scope: Merchant, field: str, value: str, currency: str
) -> None:
    made = make_collection(in_scope)
    with pytest.raises(IntegrityError), transaction.atomic():
        CollectionRule.objects.create(merchant=in_scope, collection=made, field=field, value=value, currency=currency)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (("nonsense", "x"), "There is no rule “nonsense”."),
        (("brand", "  "), "Say what."),
        (("brand", 7), "Write it as text."),
        (("reduced", "yes"), "Nothing more is said here; leave it empty."),
        (("price_to", "cheap"), "Write an amount, such as 40 or 39.90."),
        (("price_to", "-3"), "Write an amount, such as 40 or 39.90."),
        (("price_to", "3", "XXX"), "We do not know the currency “XXX”."),
        (("price_to", "3.5", "JPY"), "Write 1200 for 1,200; an amount in JPY has at most 0 decimals."),
        (("price_to", "1,200"), "Write 1200 for 1,200; an amount in EUR has at most 2 decimals."),
        (("price_to", "1.200"), "Write 1200 for 1,200; an amount in EUR has at most 2 decimals."),
        (("price_to", "1,200", "KWD"), "Write 1200 for 1,200; an amount in KWD has at most 3 decimals."),
        (("price_to", "1,200.50"), "Write an amount, such as 40 or 39.90."),
        (("tag", "x", "EUR"), "Only a price has a currency."),
        (("new", "soon"), "Write a number of days from 1 to 9999."),
        (("category", "gone"), "There is no category “gone” in this shop."),
        (("title", "★"), "Write a word with letters or digits."),
        (("tag", "x" * 81), "At most 80 characters."),
    ],
)
def test_what_is_wrong_with_a_rule_is_said(in_scope: Merchant, rule: tuple[Any, ...], said: str) -> None:
    with pytest.raises(WrongRule) as refused:
        checked(*rule, shop_currency="EUR")
    assert str(refused.value) == said


def a_file(count: int, *, name: str = "Best") -> io.BytesIO:
    """A product file of so many products, all on top of one collection."""
    rows = [f"mug-{number},Mug,M-{number},9.50,{name}\n" for number in range(count)]
    return io.BytesIO("".join(["Handle,Title,Variant SKU,Variant Price,Collection\n", *rows]).encode())


def test_a_file_puts_no_more_on_top_than_may_be(in_scope: Merchant) -> None:
    refused = import_catalog(in_scope, a_file(MOST_PICKS + 2))
    said = [(error.line, error.column, error.message) for error in refused.errors]
    assert said[0] == (MOST_PICKS + 2, "Collection", "At most 200 products on top, and as many left out.")
    assert not refused.is_applied
    assert import_catalog(in_scope, a_file(MOST_PICKS)).errors == []
    assert import_catalog(in_scope, a_file(MOST_PICKS)).errors == []  # those on top already are no more
    made = Collection.objects.get()
    assert list(made.picks.values_list("position", flat=True)) == list(range(MOST_PICKS))


def test_what_a_file_puts_on_top_costs_the_same_however_much_it_is(in_scope: Merchant) -> None:
    counts = []
    for count in (3, 30):
        with CaptureQueriesContext(connection) as told:
            assert import_catalog(in_scope, a_file(count, name=f"Best {count}")).errors == []
        counts.append(len([query for query in told if "catalog_collection" in query["sql"]]))
    assert counts[0] == counts[1], counts


def test_a_rule_is_kept_as_it_is_meant(in_scope: Merchant) -> None:
    make_category(in_scope, "Shirts", "shirts")
    assert checked("category", " shirts ", shop_currency="EUR") == RuleSpec("category", "shirts")
    assert checked("category", "SHIRTS", shop_currency="EUR") == RuleSpec("category", "shirts")
    assert checked("price_to", "39,90", shop_currency="EUR") == RuleSpec("price_to", "39.90", "EUR")
    assert checked("price_to", "1.250", "KWD", shop_currency="EUR") == RuleSpec("price_to", "1.250", "KWD")
    assert checked("price_from", "40", "usd", shop_currency="EUR") == RuleSpec("price_from", "40", "USD")
    with pytest.raises(WrongRule, match="Nothing would be in it"):
        check_all([], has_pinned=False)
    with pytest.raises(WrongRule, match="twice"):
        check_all([RuleSpec("reduced")] * 2, has_pinned=False)
    check_all([], has_pinned=True)


def test_a_page_is_one_query_and_its_order_comes_from_an_index(in_scope: Merchant) -> None:
    make_category(in_scope, "Mugs", "mugs")
    for number in range(12):
        make_variant(in_scope, product=make_product(in_scope, "Blue mug", popularity=number, tags=["x"]))
    first = Product.objects.order_by("pk").first()
    make_collection(in_scope, RuleSpec("tag", "x"), RuleSpec("price_to", "40", "EUR"), pinned=[first])
    filters = Filters(collection="summer")
    browse(in_scope, filters=filters, limit=4)  # reads words and rules into memory
    with CaptureQueriesContext(connection) as told:
        page = browse(in_scope, filters=filters, limit=4)
    assert (len(page.ids), page.has_more) == (4, True)
    assert len(told) == 2 + 1, [query["sql"] for query in told]  # the state of the catalogue, twice; the page


def test_the_cost_of_a_page_does_not_grow_with_the_catalogue(in_scope: Merchant) -> None:
    """Rows PostgreSQL reads for a page, with 500 products and with 5000."""
    found = Gathered(rules=(RuleSpec("new", "30"), RuleSpec("price_to", "40", "EUR")), sort="newest")
    read = []
    for count in (500, 4500):
        grow(in_scope, count)
        told = {**told_of(found, in_scope), "currency": "EUR", "priced_at": NOON}
        rows = in_its_order(Product.objects.filter(status="active"), found.shape, told, 0, 9)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE catalog_product, catalog_variant, catalog_price")
        read.append(rows_read(rows.explain(format="json", analyze=True)))
    assert read[1] <= read[0] * 1.5 + 20, read


def grow(merchant: Merchant, count: int) -> None:
    start = Product.objects.count()
    products = Product.objects.bulk_create(
        Product(merchant=merchant, title="Mug", slug=f"mug-{start + number}") for number in range(count)
    )
    Product.objects.filter(pk__gte=products[0].pk).update(created_at=NOON - dt.timedelta(days=3))
    variants = Variant.objects.bulk_create(
        Variant(merchant=merchant, product=product, sku=product.slug) for product in products
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalog_price (merchant_id, variant_id, amount, amount_currency, compare_at_currency, changed_at)"
            " SELECT %s, id, 20, 'EUR', 'EUR', now() FROM unnest(%s::bigint[]) AS id",
            [merchant.pk, [variant.pk for variant in variants]],
        )


def rows_read(plan: str) -> int:
    def all_of(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
        yield node
        for child in node.get("Plans", ()):
            yield from all_of(child)

    nodes = all_of(json.loads(plan)[0]["Plan"])
    return sum(
        round((node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]) for node in nodes
    )
