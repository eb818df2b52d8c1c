"""Offers in the quote and in its hash; codes that apply, and those that say why not."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.test.utils import CaptureQueriesContext
from django_scopes import scope
from djmoney.money import Money

from apps.carts import registry
from apps.carts.actions import merge_carts, open_cart, set_delivery, set_quantity
from apps.carts.invariants import goods_of_one_shop
from apps.carts.models import Cart, Coupon, Promotion
from apps.carts.promotions.codes import (
    CodeRefused,
    CodeUnknown,
    TooManyCodes,
    enter_code,
    generate_codes,
    remove_code,
    tidy_code,
)
from apps.carts.promotions.known import takes_codes
from apps.carts.quote import Quote, offers_taken, quote
from apps.catalog.models import Category, CollectionPick
from apps.catalog.rules import RuleSpec
from apps.customers.models import Customer
from apps.merchants import clock
from apps.merchants.models import Merchant
from tests import factories
from tests.catalog.test_collections import make_collection

from . import goods, offers


@pytest.fixture
def ana(in_scope: Merchant) -> Customer:
    return factories.customer(in_scope)


def sums(said: Quote) -> tuple[str, str, str, str, str]:
    return tuple(  # type: ignore[return-value]
        str(value.amount) for value in (said.subtotal, said.discount, said.delivery, said.tax, said.total)
    )


def taken(said: Quote) -> list[tuple[str, str]]:
    return [(offer.name, str(amount.amount)) for offer, amount in offers_taken(said.offers)]


def test_tax_inside_the_price_is_of_what_is_left(ana: Customer) -> None:
    goods.vat(ana.merchant)
    offers.promotion(ana.merchant)
    said = quote(goods.full_cart(ana, {goods.variant(ana.merchant, price="11.90"): 10}))
    assert sums(said) == ("119.00", "11.90", "0.00", "17.10", "107.10")
    assert (said.lines[0].line_total, said.lines[0].discount) == (Money("119.00", "EUR"), Money("11.90", "EUR"))


def test_tax_on_top_is_of_what_is_left(ana: Customer) -> None:
    goods.vat(ana.merchant, "10", country="US", is_inclusive=False)
    goods.address(ana, "US")
    offers.promotion(ana.merchant, percent="25")
    offers.free_delivery(ana.merchant)
    said = quote(goods.full_cart(ana, {goods.variant(ana.merchant, price="10.00"): 1}))
    assert sums(said) == ("10.00", "2.50", "0.00", "0.75", "8.25")
    assert (said.delivery_discount, taken(said)) == (
        Money("4.90", "EUR"),
        [("Spring offer", "2.50"), ("Free delivery", "4.90")],
    )


def test_categories_reach_what_is_below_them(ana: Customer) -> None:
    home = Category.objects.create(merchant=ana.merchant, name="Home", slug="home")
    mugs = Category.objects.create(merchant=ana.merchant, name="Mugs", slug="mugs", parent=home)
    mug, shirt = goods.variant(ana.merchant), goods.variant(ana.merchant, "Shirt", price="30.00")
    mug.product.categories.add(mugs)
    offers.promotion(ana.merchant, categories=[home])
    offers.amount(ana.merchant, "5.00", products=[shirt.product])
    said = quote(goods.full_cart(ana, {mug: 1, shirt: 1}))
    assert [str(line.discount.amount) for line in said.lines] == ["1.20", "5.00"]


def test_a_shop_without_offers_pays_no_statement_and_one_with_an_unlimited_offer_none_either(ana: Customer) -> None:
    cart = goods.full_cart(ana, {goods.variant(ana.merchant): 1})
    quote(cart)

    def cost() -> int:
        quote(cart)
        with CaptureQueriesContext(connection) as queries:
            quote(cart)
        return len(queries)

    without = cost()
    offers.promotion(ana.merchant)
    assert (cost() - without, takes_codes(ana.merchant)) == (0, False)
    offers.promotion(ana.merchant, usage_limit=5)
    assert (cost() - without, taken(quote(cart))) == (2, [("Spring offer", "1.20"), ("Spring offer", "1.08")])


def test_a_changed_promotion_holds_at_once_and_changes_the_hash(ana: Customer) -> None:
    cart = goods.full_cart(ana, {goods.variant(ana.merchant): 1})
    hashes = {quote(cart).hash}
    promotion = offers.promotion(ana.merchant)
    hashes.add(quote(cart).hash)
    promotion.percent = Decimal(20)
    promotion.save()
    hashes.add(quote(cart).hash)
    promotion.name = "Renamed"
    promotion.save()
    hashes.add(quote(cart).hash)
    promotion.products.add(goods.variant(ana.merchant).product)
    hashes.add(quote(cart).hash)
    assert (len(hashes), taken(quote(cart))) == (3, [])


def test_a_code_is_read_however_it_is_typed(ana: Customer) -> None:
    assert [tidy_code(said) for said in (" welcome 10", "ＷＥＬＣＯＭＥ１０", "Welcome10\n")] == ["WELCOME10"] * 3
    offers.code(ana.merchant)
    cart = goods.full_cart(ana, {goods.variant(ana.merchant): 1})
    assert (enter_code(cart, "welcome 10"), enter_code(cart, "WELCOME10"), open_cart(ana).codes) == (
        None,
        None,
        ["WELCOME10"],
    )
    assert taken(quote(open_cart(ana))) == [("Welcome", "1.20")]
    assert (remove_code(cart, "welcome10"), remove_code(cart), quote(open_cart(ana)).discount) == (
        ["WELCOME10"],
        [],
        Money(0, "EUR"),
    )


def test_a_code_that_can_still_apply_stays_and_says_what_is_missing(ana: Customer) -> None:
    offers.code(ana.merchant, promotion_fields={"min_subtotal": Money(30, "EUR")})
    mug = goods.variant(ana.merchant)
    cart = goods.full_cart(ana, {mug: 1})
    refused = enter_code(cart, "WELCOME10")
    assert refused is not None
    assert (refused.reason, refused.missing) == ("threshold", Money("18.00", "EUR"))
    cart = set_quantity(open_cart(ana), mug, quantity=3)
    assert taken(quote(open_cart(ana))) == [("Welcome", "3.60")]


def test_a_code_that_cannot_apply_says_why_and_leaves_the_cart_alone(ana: Customer) -> None:
    now = clock.now()
    for number, (fields, reason) in enumerate(
        [
            ({"ends_at": now}, "over"),
            ({"starts_at": now + dt.timedelta(days=1)}, "not_yet"),
            ({"usage_limit": 0}, "used_up"),
            ({"customer_group": "gold"}, "not_for_you"),
        ]
    ):
        offers.code(ana.merchant, f"CODE{number}", promotion_fields=fields)
        with pytest.raises(CodeRefused) as no:
            enter_code(open_cart(ana), f"code{number}")
        assert (no.value.refused.reason, open_cart(ana).codes) == (reason, [])
    offers.code(ana.merchant, "GONE99", is_active=False)
    for unknown in ("GONE99", "NEVER", "", "x" * 500):
        with pytest.raises(CodeUnknown):
            enter_code(open_cart(ana), unknown)


def test_a_second_code_of_a_promotion_takes_the_place_of_the_first(ana: Customer) -> None:
    first = offers.code(ana.merchant, "FIRST")
    offers.code(ana.merchant, "SECOND", promotion=first.promotion)
    cart = goods.full_cart(ana, {goods.variant(ana.merchant): 1})
    enter_code(cart, "first")
    enter_code(cart, "second")
    assert (open_cart(ana).codes, taken(quote(open_cart(ana)))) == (["SECOND"], [("Welcome", "1.20")])


def test_a_cart_takes_five_codes(ana: Customer) -> None:
    cart = goods.full_cart(ana, {goods.variant(ana.merchant): 1})
    for number in range(6):
        offers.code(ana.merchant, f"CODE{number}")
    for number in range(5):
        enter_code(cart, f"CODE{number}")
    with pytest.raises(TooManyCodes):
        enter_code(cart, "CODE5")


def test_offers_of_one_channel_one_market_and_one_group(ana: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_groups", [])
    offers.promotion(ana.merchant, "On WhatsApp", channels=["whatsapp"])
    offers.promotion(ana.merchant, "For Austria", countries=["AT"])
    offers.promotion(ana.merchant, "For gold", customer_group="gold")
    cart = goods.full_cart(ana, {goods.variant(ana.merchant): 1})
    assert taken(quote(cart)) == []
    assert taken(quote(cart, channel="whatsapp")) == [("On WhatsApp", "1.20")]
    cart = set_delivery(cart, address=goods.address(ana, "AT"))
    assert taken(quote(cart)) == [("For Austria", "1.20")]
    gold = {cart.pk: ["gold"]}
    registry.on_groups(lambda of: gold.get(of.pk, ()))
    assert taken(quote(cart)) == [("For Austria", "1.20"), ("For gold", "1.08")]


def test_the_first_order_is_the_first_of_the_person(ana: Customer) -> None:
    offers.promotion(ana.merchant, is_first_order_only=True)
    cart = goods.full_cart(ana, {goods.variant(ana.merchant): 1})
    assert taken(quote(cart)) == [("Spring offer", "1.20")]
    Cart.objects.filter(pk=cart.pk).update(status=Cart.Status.ORDERED)
    assert taken(quote(goods.full_cart(ana, {goods.variant(ana.merchant): 1}))) == []


def test_codes_come_along_when_two_carts_become_one(ana: Customer) -> None:
    eva = factories.customer(ana.merchant, "Eva")
    for name, who in (("MINE1", ana), ("HERS1", eva)):
        offers.code(ana.merchant, name)
        enter_code(open_cart(who), name)
    assert merge_carts(eva, ana)["codes"] == ["HERS1"]
    assert open_cart(ana).codes == ["MINE1", "HERS1"]


def test_generated_codes_are_single_use_random_and_their_own(ana: Customer) -> None:
    promotion = offers.promotion(ana.merchant, is_automatic=False)
    made = generate_codes(promotion, 300, prefix="spring", batch="Flyer")
    assert {(coupon.usage_limit, coupon.batch, len(coupon.code), coupon.code[:7]) for coupon in made} == {
        (1, "Flyer", 17, "SPRING-")
    }
    assert len({coupon.code for coupon in made}) == Coupon.objects.filter(promotion=promotion).count() == 300
    for wrong in (0, 5001):
        with pytest.raises(ValueError, match="1 to 5000"):
            generate_codes(promotion, wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"percent": 0}, {"percent": 101}, {"kind": "amount"}, {"kind": "amount", "amount": Money(0, "EUR")},
        {"kind": "buy_x_get_y", "buy_quantity": 2}, {"usage_limit": 1, "uses": 2},
        {"starts_at": dt.datetime(2026, 2, 1, tzinfo=dt.UTC), "ends_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)},
        {"kind": "amount", "amount": Money("1.50", "JPY")},
    ],
)  # fmt: skip
def test_the_database_refuses_promotions_that_are_none(in_scope: Merchant, wrong: dict[str, object]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Promotion.objects.create(merchant=in_scope, name="Wrong", **wrong)


def test_attack_34_another_shops_code_is_none_here(ana: Customer, other_merchant: Merchant) -> None:
    with scope(merchant=other_merchant):
        offers.code(other_merchant, "THEIRS")
    with pytest.raises(CodeUnknown):
        enter_code(open_cart(ana), "THEIRS")
    Cart.objects.filter(customer=ana).update(codes=["THEIRS"])
    assert quote(goods.full_cart(ana, {goods.variant(ana.merchant): 1})).discount == Money(0, "EUR")


def test_an_offer_is_about_what_is_in_its_collection_when_it_is_asked(ana: Customer) -> None:
    """Quote and explanation ask the same rules; the last piece, held by this cart, stays in stock for it."""
    shop = ana.merchant
    cheap, dear = goods.variant(shop, price="12.00", stock=1), goods.variant(shop, "Lamp", price="59.00")
    rules = (RuleSpec("price_to", "20", "EUR"), RuleSpec("in_stock"))
    small = make_collection(shop, *rules, slug="small", name="Small things")
    offers.promotion(shop, percent="50", collections=[small])
    cart = goods.full_cart(ana, {cheap: 1, dear: 1})
    said = quote(cart)
    assert (taken(said), said.lines[1].discount.amount) == ([("Spring offer", "6.00")], Decimal(0))
    goods.draft(cart)
    assert taken(quote(cart)) == [("Spring offer", "6.00")]
    dear.prices.update(amount=Decimal(20))
    assert taken(quote(cart)) == [("Spring offer", "16.00")]
    CollectionPick.objects.create(merchant=shop, collection=small, product=cheap.product, kind="left_out")
    assert taken(quote(cart)) == [("Spring offer", "10.00")]
    small.rules.all().delete()
    small.save()
    refused = [(no.offer.name, str(no.reason)) for no in quote(cart).offers.refused]
    assert (taken(quote(cart)), refused) == ([], [("Spring offer", "goods")])


def test_an_offer_about_a_collection_holds_while_that_is_shown(ana: Customer) -> None:
    start = clock.now()
    days = [start + dt.timedelta(days=number) for number in range(4)]
    rule = RuleSpec("price_to", "20", "EUR")
    small = make_collection(ana.merchant, rule, shown_from=days[1], shown_until=days[2])
    offers.promotion(ana.merchant, percent="50", collections=[small])
    cart = goods.full_cart(ana, {goods.variant(ana.merchant, price="12.00"): 1})
    seen = []
    for day in days:
        with clock.at(day):
            seen.append(taken(quote(cart)))
    assert seen == [[], [("Spring offer", "6.00")], [], []]


def test_a_collection_that_an_offer_is_about_cannot_go(ana: Customer) -> None:
    """Without it the offer would be about everything."""
    small = make_collection(ana.merchant, RuleSpec("price_to", "20", "EUR"))
    offers.promotion(ana.merchant, collections=[small])
    with pytest.raises(ProtectedError), transaction.atomic():
        small.delete()
    small.is_active = False
    small.save()
    assert taken(quote(goods.full_cart(ana, {goods.variant(ana.merchant): 1}))) == []


def test_any_number_of_collections_costs_one_query(ana: Customer) -> None:
    cart = goods.full_cart(ana, {goods.variant(ana.merchant): 1, goods.variant(ana.merchant, "Lamp"): 1})
    counts = []
    for number in range(3):
        made = make_collection(ana.merchant, RuleSpec("price_to", "20", "EUR"), slug=f"c{number}")
        offers.promotion(ana.merchant, f"Offer {number}", collections=[made])
        quote(cart)
        with CaptureQueriesContext(connection) as told:
            quote(cart)
        counts.append(len(told))
    assert len(set(counts)) == 1, counts


def test_invariant_a_promotion_is_about_goods_of_its_own_shop(ana: Customer, other_merchant: Merchant) -> None:
    small = make_collection(ana.merchant, RuleSpec("price_to", "20", "EUR"))
    offers.promotion(ana.merchant, collections=[small])
    assert goods_of_one_shop() == []
    with scope(merchant=other_merchant):
        foreign = offers.promotion(other_merchant)
        Promotion.collections.through.objects.create(promotion=foreign, collection=small)
    assert goods_of_one_shop() == [f"promotion {foreign.pk} names the collection {small.pk} of another shop"]
