"""Prices and offers for members on a level of the points: with the level they come, with its grace they go."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override
from django_scopes import scope
from djmoney.money import Money

from apps.carts.actions import open_cart
from apps.carts.models import Cart, Promotion
from apps.carts.promotions.codes import CodeRefused, enter_code
from apps.carts.promotions.known import sets_with
from apps.carts.quote import Quote, offers_taken, quote
from apps.catalog.lists import FOR_EVERYONE, terms_for
from apps.catalog.models import PriceList, Variant
from apps.catalog.search import Filters, browse
from apps.customers.actions import erase_customer, merge_customers
from apps.customers.models import Customer
from apps.loyalty.actions import follow_tiers, tier_of
from apps.loyalty.models import LoyaltyMembership, LoyaltyProgramme, Tier
from apps.merchants import clock
from apps.merchants.invariants import run_all
from apps.merchants.models import Merchant
from apps.orders.actions import QuoteChanged
from tests import factories
from tests.catalog.test_price_lists import make_group, make_list
from tests.loyalty import club

from . import goods, offers

DAY = dt.timedelta(days=1)
START = club.START


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.at(START):
        yield


@pytest.fixture
def programme(in_scope: Merchant) -> LoyaltyProgramme:
    """Points count at once, and nobody falls before thirty days of grace are over."""
    return club.programme(in_scope, return_days=0, grace_days=30, expiry_months=0)


@pytest.fixture
def gold(in_scope: Merchant, programme: LoyaltyProgramme) -> Tier:
    return club.tier(in_scope, "Gold", 100)


@pytest.fixture
def ana(in_scope: Merchant, gold: Tier) -> LoyaltyMembership:
    return club.member(in_scope, "Ana")


@pytest.fixture
def mug(in_scope: Merchant) -> Variant:
    return goods.variant(in_scope, price="10.00")


def pays(customer: Customer) -> str:
    """For the goods of their open cart."""
    now = quote(open_cart(customer))
    return str((now.subtotal - now.discount).amount)


def taken(said: Quote) -> list[tuple[str, str]]:
    return [(offer.name, str(amount.amount)) for offer, amount in offers_taken(said.offers)]


# --- rise, grace, fall ----------------------------------------------------------------------------
def test_who_rises_pays_the_members_price_in_the_open_cart_at_once(
    in_scope: Merchant, gold: Tier, ana: LoyaltyMembership, mug: Variant
) -> None:
    make_list(in_scope, "Gold", percent=-20, tiers=[gold])
    eva = factories.customer(in_scope, "Eva")
    for customer in (ana.customer, eva):
        goods.full_cart(customer, {mug: 1})
    assert (pays(ana.customer), pays(eva)) == ("10.00", "10.00")
    club.ordered(ana, "100")
    assert (pays(ana.customer), pays(eva)) == ("8.00", "10.00")
    (line,) = quote(open_cart(ana.customer)).lines
    assert line.price_source == f"pricelist:{PriceList.objects.get().public_id}"
    assert str(line.regular_price) == "€10.00"


def test_who_falls_short_keeps_price_and_offer_until_the_grace_is_over(
    in_scope: Merchant, gold: Tier, ana: LoyaltyMembership, mug: Variant
) -> None:
    make_list(in_scope, "Gold", percent=-20, tiers=[gold])
    offers.promotion(in_scope, "Gold week", tiers=[gold])
    club.ordered(ana, "100")
    goods.full_cart(ana.customer, {mug: 1})
    paid = []
    for days in (0, 366, 366 + 29, 366 + 30):
        with clock.at(START + days * DAY):
            follow_tiers()
            paid.append(pays(ana.customer))
    assert paid == ["7.20", "7.20", "7.20", "10.00"]


def test_without_grace_the_price_goes_with_the_level(
    in_scope: Merchant, programme: LoyaltyProgramme, gold: Tier, ana: LoyaltyMembership, mug: Variant
) -> None:
    LoyaltyProgramme.objects.update(grace_days=0)
    make_list(in_scope, "Gold", percent=-20, tiers=[gold])
    club.ordered(ana, "100")
    goods.full_cart(ana.customer, {mug: 1})
    with clock.at(START + 366 * DAY):
        follow_tiers()
        assert pays(ana.customer) == "10.00"


def test_what_was_confirmed_at_the_members_price_is_not_ordered_at_another(
    in_scope: Merchant, gold: Tier, ana: LoyaltyMembership, mug: Variant
) -> None:
    """Rise or fall between the summary and the yes: the shopper reads the new price first."""
    make_list(in_scope, "Gold", percent=-20, tiers=[gold])
    club.ordered(ana, "100")
    cart = goods.full_cart(ana.customer, {mug: 1})
    shown = quote(cart).hash
    LoyaltyMembership.objects.update(tier=None)
    with pytest.raises(QuoteChanged):
        goods.prepare_order(cart, quote_hash=shown, language="en", contact_name="Ana", confirmed_by="test")
    LoyaltyMembership.objects.update(tier=gold)
    order = goods.prepare_order(cart, quote_hash=shown, language="en", contact_name="Ana", confirmed_by="test")
    assert str(order.lines.get().unit_price.amount) == "8.000"


@pytest.mark.parametrize("lost", ["switched off", "forgotten"])
def test_no_membership_no_price(in_scope: Merchant, gold: Tier, ana: LoyaltyMembership, lost: str) -> None:
    club.ordered(ana, "100")
    assert tier_of(ana.customer_id) == gold
    if lost == "switched off":
        LoyaltyProgramme.objects.update(is_active=False)
    else:
        erase_customer(ana.customer)
    assert tier_of(ana.customer_id) is None


def test_two_who_are_one_person_have_the_level_of_the_one_they_are(
    in_scope: Merchant, gold: Tier, ana: LoyaltyMembership, mug: Variant
) -> None:
    make_list(in_scope, "Gold", percent=-20, tiers=[gold])
    club.ordered(ana, "100")
    newcomer = factories.customer(in_scope, "Ana on another channel")
    goods.full_cart(newcomer, {mug: 1})
    merge_customers(ana.customer, newcomer)
    assert pays(newcomer) == "8.00"


# --- which price, which offer ---------------------------------------------------------------------
def test_only_the_chosen_levels_count_and_a_group_does_as_well(
    in_scope: Merchant, gold: Tier, ana: LoyaltyMembership, mug: Variant
) -> None:
    platinum = club.tier(in_scope, "Platinum", 500)
    eva = factories.customer(in_scope, "Eva")
    trade = make_group(in_scope, "Trade", eva)
    members = make_list(in_scope, "Members", percent=-20, tiers=[gold], groups=[trade])
    offer = offers.promotion(in_scope, "Members' week", tiers=[gold], customer_group="Trade")
    for customer in (ana.customer, eva):
        goods.full_cart(customer, {mug: 1})
    assert (pays(ana.customer), pays(eva)) == ("10.00", "7.20")
    club.ordered(ana, "100")
    assert pays(ana.customer) == "7.20"
    club.ordered(ana, "400")
    assert pays(ana.customer) == "10.00"
    members.tiers.add(platinum)
    assert pays(ana.customer) == "8.00"
    offer.tiers.add(platinum)
    assert pays(ana.customer) == "7.20"


def test_a_list_for_a_level_is_as_telling_as_one_for_a_group(
    in_scope: Merchant, gold: Tier, ana: LoyaltyMembership, mug: Variant
) -> None:
    club.ordered(ana, "100")
    goods.full_cart(ana.customer, {mug: 1})
    make_list(in_scope, "Germany", percent=-50, countries=["DE"])
    make_list(in_scope, "Gold", percent=-20, tiers=[gold])
    assert pays(ana.customer) == "8.00"
    make_list(in_scope, "Gold in Germany", percent=-30, tiers=[gold], countries=["DE"])
    assert pays(ana.customer) == "7.00"
    make_list(in_scope, "Trade", percent=-10, groups=[make_group(in_scope, "Trade", ana.customer)], priority=5)
    assert pays(ana.customer) == "7.00"
    PriceList.objects.filter(name="Gold in Germany").update(is_active=False)
    assert pays(ana.customer) == "9.00"


def test_a_search_by_price_asks_the_members_price(
    in_scope: Merchant, gold: Tier, ana: LoyaltyMembership, mug: Variant
) -> None:
    make_list(in_scope, "Gold", percent=-20, tiers=[gold])
    club.ordered(ana, "100")
    cheap = Filters(price_max=Decimal(9))
    assert browse(in_scope, filters=cheap, terms=terms_for(in_scope, ana.customer_id)).ids == [mug.product_id]
    assert browse(in_scope, filters=cheap).ids == []


def test_a_set_for_members_is_not_shown_to_all(in_scope: Merchant, gold: Tier, mug: Variant) -> None:
    pot = goods.variant(in_scope, "Pot")
    tea = offers.promotion(
        in_scope, "Tea time", kind="set", amount=Money("15.00", "EUR"), products=[mug.product, pot.product]
    )
    assert [kept.promotion for kept in sets_with(in_scope, mug.product_id, START)] == [tea]
    tea.tiers.add(gold)
    assert sets_with(in_scope, mug.product_id, START) == []


def test_a_code_for_members_says_whose_it_is(
    in_scope: Merchant, gold: Tier, ana: LoyaltyMembership, mug: Variant
) -> None:
    platinum = club.tier(in_scope, "Platinum", 500)
    offers.code(in_scope, "VIP10", promotion_fields={"tiers": [gold, platinum]})
    cart = goods.full_cart(ana.customer, {mug: 1})
    with pytest.raises(CodeRefused) as refused:
        enter_code(cart, "VIP10")
    assert (refused.value.refused.reason, refused.value.refused.other) == ("level", "Gold, Platinum")
    club.ordered(ana, "100")
    enter_code(cart, "VIP10")
    assert taken(quote(open_cart(ana.customer))) == [("Welcome", "1.00")]
    gold.name = "Oro"
    gold.save()
    (part,) = quote(open_cart(ana.customer)).offers.adjustments
    assert part.offer.tier_names == "Oro, Platinum"


WORDS = {
    "en": "Gold member price", "de": "Ihr Preis als Mitglied der Stufe Gold", "es": "precio para miembros del nivel Oro",
    "zh-hans": "金卡会员价",
}  # fmt: skip


@pytest.mark.parametrize("language", WORDS)
def test_why_is_told_in_the_shoppers_words(
    in_scope: Merchant, gold: Tier, ana: LoyaltyMembership, mug: Variant, language: str
) -> None:
    Tier.objects.update(name_en="Gold", name_de="Gold", name_es="Oro", name_zh_hans="金卡")
    make_list(in_scope, "VIP", percent=-20, tiers=[gold])
    club.ordered(ana, "100")
    goods.full_cart(ana.customer, {mug: 1})
    with override(language):
        (line,) = quote(open_cart(ana.customer)).lines
        assert line.price_reason == WORDS[language]
    PriceList.objects.update(reason_en="because it is you", reason="because it is you")
    with override("en"):
        assert quote(open_cart(ana.customer)).lines[0].price_reason == "because it is you"


# --- what it costs, what is refused ---------------------------------------------------------------
def statements(cart: Cart) -> int:
    quote(cart)
    with CaptureQueriesContext(connection) as captured:
        quote(cart)
    return len(captured)


def test_levels_cost_a_shop_nothing_until_a_price_or_an_offer_is_for_them(
    in_scope: Merchant, gold: Tier, ana: LoyaltyMembership, mug: Variant
) -> None:
    club.ordered(ana, "100")
    cart = goods.full_cart(ana.customer, {mug: 1})
    plain = statements(cart)
    everyone = make_list(in_scope, "Everyone", percent=-5)
    offer = offers.promotion(in_scope)
    with_lists = statements(cart)
    assert with_lists == plain + 1
    everyone.tiers.add(gold)
    assert statements(cart) == with_lists + 1
    offer.tiers.add(gold)
    assert statements(cart) == with_lists + 1  # price and offer ask together


def test_a_level_something_is_for_stays(in_scope: Merchant, gold: Tier) -> None:
    vip = make_list(in_scope, "Gold", percent=-20, tiers=[gold])
    with pytest.raises(ProtectedError, match="price list"), transaction.atomic():
        gold.delete()
    vip.tiers.clear()
    offer = offers.promotion(in_scope, tiers=[gold])
    with pytest.raises(ProtectedError, match="promotion"), transaction.atomic():
        Tier.objects.all().delete()
    offer.tiers.clear()
    gold.delete()
    assert terms_for(in_scope, None).lists == (vip.pk,)


@pytest.mark.parametrize("model", [PriceList, Promotion])
def test_another_shops_level_is_refused_by_the_database(
    in_scope: Merchant, other_merchant: Merchant, gold: Tier, model: Any
) -> None:
    with scope(merchant=other_merchant):
        theirs = club.tier(other_merchant, "Theirs", 1)
    ours = make_list(in_scope) if model is PriceList else offers.promotion(in_scope)
    with pytest.raises(IntegrityError, match="of its own shop"), transaction.atomic():
        ours.tiers.add(theirs)
    with pytest.raises(IntegrityError, match="stays in its shop"), transaction.atomic():
        Tier.objects.filter(pk=gold.pk).update(merchant=other_merchant)


@pytest.mark.parametrize("model", [PriceList, Promotion])
def test_invariant_levels_are_of_the_shop_that_names_them(
    in_scope: Merchant, other_merchant: Merchant, model: Any
) -> None:
    """Found even where the database was talked out of refusing it."""
    with scope(merchant=other_merchant):
        theirs = club.tier(other_merchant, "Theirs", 1)
    ours = make_list(in_scope) if model is PriceList else offers.promotion(in_scope)
    table = model.tiers.through._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_in_one_shop")  # until the test is rolled back
    ours.tiers.add(theirs)
    (broken,) = [found for found in run_all() if not found["ok"]]
    assert "of another shop" in broken["examples"][0]


def test_a_shop_without_lists_has_terms_for_everyone(in_scope: Merchant, ana: LoyaltyMembership) -> None:
    club.ordered(ana, "100")
    with CaptureQueriesContext(connection) as captured:
        assert terms_for(in_scope, ana.customer_id) == FOR_EVERYONE
    assert len(captured) == 1  # the catalogue's state
