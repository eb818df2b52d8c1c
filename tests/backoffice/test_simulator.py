"""What would this cart pay? For a shopper or none, with all they may bring, at the desk and over the API; without a trace."""

import datetime as dt
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_scopes import scope, scopes_disabled
from djmoney.money import Money

from apps.backoffice.imagined import Asked, CannotImagine, imagine
from apps.carts.actions import open_cart
from apps.carts.models import DeliveryMethod
from apps.carts.promotions.codes import enter_code
from apps.carts.quote import quote
from apps.catalog.models import PriceList, Variant
from apps.customers.actions import add_members
from apps.customers.models import CustomerGroup
from apps.loyalty.actions import correct_points, redeem
from apps.loyalty.models import LoyaltyMembership, LoyaltyProgramme, Tier
from apps.merchants import clock
from apps.merchants.models import Merchant, ShopCurrency
from apps.payments.actions import grant_credit, issue_gift_card, use_credit, use_gift_card
from apps.payments.models import GiftCard
from apps.payments.tenders import split_for
from tests import factories
from tests.carts import goods, offers
from tests.loyalty import club

from .conftest import Api
from .test_price_lists import said
from .test_promotions import tried


@pytest.fixture
def mug(merchant: Merchant) -> Variant:
    with scope(merchant=merchant):
        goods.vat(merchant)
        return goods.variant(merchant, price="20.00")


@pytest.fixture
def way(merchant: Merchant) -> DeliveryMethod:
    with scope(merchant=merchant):
        return goods.parcel(merchant)


@pytest.fixture
def gold(merchant: Merchant) -> Tier:
    """Its members pay 20 percent less, and 10 less of that in their week."""
    with scope(merchant=merchant):
        club.programme(merchant, return_days=0)
        level = club.tier(merchant, "Gold", 100)
        PriceList.objects.create(merchant=merchant, name="VIP", currency="EUR", percent=-20).tiers.add(level)
        offers.promotion(merchant, "Gold week", tiers=[level])
        return level


@pytest.fixture
def ana(merchant: Merchant, gold: Tier) -> LoyaltyMembership:
    with scope(merchant=merchant):
        made = club.member(merchant, "Ana")
        club.ordered(made, "100")
        return made


@pytest.fixture
def card(merchant: Merchant) -> GiftCard:
    with scope(merchant=merchant):
        return issue_gift_card(merchant, Money(15, "EUR"))[0]


def due(merchant: Merchant, *wanted: tuple[Variant, int], **asked: Any) -> str:
    with scope(merchant=merchant):
        return str(imagine(merchant, Asked(wanted=wanted, **asked)).split.due.amount)


def wrong(merchant: Merchant, *wanted: tuple[Variant, int], **asked: Any) -> dict[str, str]:
    with scope(merchant=merchant), pytest.raises(CannotImagine) as cannot:
        imagine(merchant, Asked(wanted=wanted, **asked))
    return {name: str(sentence) for name, sentence in cannot.value.wrong.items()}


# --- the same engines as for a shopper ------------------------------------------------------------
def test_what_is_imagined_for_a_shopper_is_what_their_own_cart_pays(
    merchant: Merchant, mug: Variant, way: DeliveryMethod, ana: LoyaltyMembership, card: GiftCard
) -> None:
    """Level, group, used-up code, voucher, gift card, credit, delivery and tax: to the cent, and with the same hash."""
    with scope(merchant=merchant):
        customer = ana.customer
        offers.code(merchant, "ONCE", limit_per_customer=1)
        grant_credit(customer, Money(5, "EUR"), reason="a present")
        correct_points(ana, points=50, reason="a present", source="p")
        voucher = redeem(ana, club.reward(merchant, 10, amount="2.00"), reference="r")
        cart = goods.full_cart(customer, {mug: 2}, method=way)
        for code in ("ONCE", voucher.code):
            enter_code(cart, code)
        use_gift_card(open_cart(customer), card)
        use_credit(open_cart(customer))
        cart = open_cart(customer)
        real = quote(cart)
        split = split_for(cart, real.total, gift_cards=real.gift_cards, now=clock.now())
        found = imagine(
            merchant,
            Asked(
                wanted=[(mug, 2)],
                codes=cart.codes,
                customer=customer,
                gift_card=card,
                store_credit=True,
                delivery=way,
            ),
        )
    assert (found.quote.total, found.split.parts, found.split.due) == (real.total, split.parts, split.due)
    assert (found.quote.tax_lines, found.quote.subtotal, found.quote.discount) == (
        real.tax_lines,
        real.subtotal,
        real.discount,
    )
    assert [line.price_reason for line in found.quote.lines] == ["Gold member price"]
    assert (str(found.tier), found.unknown) == ("Gold", ())


def test_a_level_is_tried_with_nobody_on_it(merchant: Merchant, mug: Variant, gold: Tier) -> None:
    assert due(merchant, (mug, 1)) == "20.00"
    assert due(merchant, (mug, 1), tier=gold) == "14.40"
    with scope(merchant=merchant):
        LoyaltyProgramme.objects.update(is_active=False)
    assert wrong(merchant, (mug, 1), tier=gold) == {
        "tier": "The points are switched off: switch them on first, or leave this out."
    }


def test_a_named_shopper_brings_groups_address_currency_and_what_they_have_used(
    merchant: Merchant, mug: Variant, way: DeliveryMethod
) -> None:
    with scope(merchant=merchant):
        eva = factories.customer(merchant, "Eva")
        goods.address(eva, "AT", postcode="1010", region="Wien")
        goods.vat(merchant, "20", country="AT")
        trade = CustomerGroup.objects.create(merchant=merchant, name="Trade")
        add_members(trade, [eva])
        PriceList.objects.create(merchant=merchant, name="Trade", currency="EUR", percent=-50).groups.add(trade)
        offers.promotion(merchant, "First order", is_first_order_only=True)
        found = imagine(merchant, Asked(wanted=[(mug, 1)], customer=eva))
        assert (str(found.quote.total.amount), found.groups, found.address.country) == ("9.00", ("Trade",), "AT")
        assert [(name, str(percent)) for name, percent, _ in found.quote.tax_lines] == [("VAT", "20.000")]
        goods.draft(goods.full_cart(eva, {mug: 1}, method=way))
        assert open_cart(eva).customer_id == eva.pk


def test_a_code_somebody_has_used_is_used_for_them_alone(merchant: Merchant, mug: Variant, way: DeliveryMethod) -> None:
    with scope(merchant=merchant):
        offers.code(merchant, "ONCE", limit_per_customer=1)
        eva, bob = factories.customer(merchant, "Eva"), factories.customer(merchant, "Bob")
        enter_code(goods.full_cart(eva, {mug: 1}, method=way), "ONCE")
        goods.draft(open_cart(eva))
    assert due(merchant, (mug, 1), codes=["once"], customer=eva) == "20.00"
    assert due(merchant, (mug, 1), codes=["once"], customer=bob) == "18.00"
    assert due(merchant, (mug, 1), codes=["once"]) == "18.00"


def test_a_reward_is_tried_as_if_its_points_were_redeemed(
    merchant: Merchant, mug: Variant, way: DeliveryMethod, ana: LoyaltyMembership
) -> None:
    with scope(merchant=merchant):
        five = club.reward(merchant, 120)
        post = club.reward(merchant, 10, amount=None, kind="free_delivery", name="Free delivery")
        gift = club.reward(merchant, 10, amount=None, kind="free_product", sku=mug.sku, name="A mug")
    assert due(merchant, (mug, 1), reward=five) == "15.00"
    assert due(merchant, (mug, 1), reward=post, delivery=way) == "20.00"
    assert due(merchant, (mug, 2), reward=gift) == "20.00"
    assert wrong(merchant, (mug, 1), reward=five, customer=ana.customer) == {
        "reward": "It costs 120 points and this shopper can spend 100: choose another reward, or no shopper."
    }
    with scope(merchant=merchant):
        correct_points(ana, points=20, reason="a present", source="p")
    assert due(merchant, (mug, 1), reward=five, customer=ana.customer) == "9.40"


def test_cards_and_credit_pay_what_they_can_and_say_why_they_cannot(
    merchant: Merchant, mug: Variant, card: GiftCard
) -> None:
    with scope(merchant=merchant):
        eva = factories.customer(merchant, "Eva")
        ShopCurrency.objects.create(merchant=merchant, currency="CHF")
        francs = issue_gift_card(merchant, Money(15, "CHF"))[0]
    assert due(merchant, (mug, 1), gift_card=card) == "5.00"
    assert wrong(merchant, (mug, 1), gift_card=francs, store_credit=True) == {
        "gift_card": "This card is in CHF and the cart is in EUR: choose another card, or that currency.",
        "store_credit": "Credit is somebody's: choose the shopper, too.",
    }
    assert wrong(merchant, (mug, 1), customer=eva, store_credit=True) == {
        "store_credit": "This shopper has no credit in EUR: grant some on their page, or leave this out."
    }
    with scope(merchant=merchant):
        grant_credit(eva, Money(3, "EUR"), reason="a present")
    assert due(merchant, (mug, 1), customer=eva, store_credit=True, gift_card=card) == "2.00"
    with scope(merchant=merchant):
        GiftCard.objects.filter(pk=card.pk).update(is_blocked=True)
        card.refresh_from_db()
    assert wrong(merchant, (mug, 1), gift_card=card) == {
        "gift_card": "This card is blocked or over: choose another, or an earlier day."
    }


def test_another_currency_by_choice_or_by_country(merchant: Merchant, mug: Variant, way: DeliveryMethod) -> None:
    with scope(merchant=merchant):
        ShopCurrency.objects.create(merchant=merchant, currency="CHF", countries=["CH"])
        mug.prices.create(merchant=merchant, amount=Money("22.00", "CHF"))
    assert due(merchant, (mug, 1), currency="CHF") == "22.00"
    assert due(merchant, (mug, 1), country="ch") == "22.00"
    assert due(merchant, (mug, 1), country="CH", currency="EUR") == "20.00"
    assert wrong(merchant, (mug, 1), currency="CHF", delivery=way) == {
        "delivery": "This way is priced in EUR and the cart is in CHF: choose another way, or that currency."
    }
    assert wrong(merchant, (mug, 1), currency="JPY") == {
        "currency": "The shop does not sell in JPY: choose one of EUR, CHF, or add this currency first."
    }


def test_tax_and_delivery_go_by_region_and_postcode(merchant: Merchant, mug: Variant) -> None:
    with scope(merchant=merchant):
        goods.vat(merchant, "8", country="US", region="NY", is_inclusive=False)
        isles = goods.parcel(merchant, name="Isles", postcodes=["27498"])
        found = imagine(merchant, Asked(wanted=[(mug, 1)], country="US", region="NY"))
        assert str(found.quote.total.amount) == "21.60"
        there = imagine(merchant, Asked(wanted=[(mug, 1)], postcode="27498", delivery=isles))
        elsewhere = imagine(merchant, Asked(wanted=[(mug, 1)], postcode="10115", delivery=isles))
    assert ("delivery_elsewhere" in there.quote.problems, "delivery_elsewhere" in elsewhere.quote.problems) == (
        False,
        True,
    )


def test_a_day_to_come_has_its_prices_and_shows_them_to_nobody_today(merchant: Merchant, mug: Variant) -> None:
    june = dt.datetime(2030, 6, 1, tzinfo=dt.UTC)
    with scope(merchant=merchant):
        PriceList.objects.create(
            merchant=merchant, name="June", currency="EUR", percent=-50, starts_at=june, ends_at=june + dt.timedelta(30)
        )
    assert due(merchant, (mug, 1), moment=june + dt.timedelta(1)) == "10.00"
    assert due(merchant, (mug, 1)) == "20.00"
    assert due(merchant, (mug, 1), moment=june + dt.timedelta(31)) == "20.00"


# --- at the desk ----------------------------------------------------------------------------------
def test_the_page_asks_for_all_of_it_and_tells_whose_price_it_is(
    desk: Client, merchant: Merchant, mug: Variant, way: DeliveryMethod, ana: LoyaltyMembership, card: GiftCard
) -> None:
    body = tried(
        {mug.pk: 1}, customer=str(ana.customer_id), gift_card=str(card.pk), delivery=str(way.pk), currency="EUR"
    )
    page = desk.post(reverse("admin:carts_promotion_simulator"), body)
    told = page.context["result"]
    assert (told["total"], told["paid_with"], told["due"], told["for_whom"]) == (
        "€19.30",
        [(f"Gift card •••• {card.ends}", "-€15.00", "€15.00")],
        "€4.30",
        "Gold",
    )
    assert told["lines"][0]["reason"] == "Gold member price"
    text = said(page)
    assert ("Gold member price" in text, "(of €15.00)" in text) == (True, True)


def test_the_page_says_at_the_field_what_to_do(
    desk: Client, merchant: Merchant, other_merchant: Merchant, mug: Variant, way: DeliveryMethod, card: GiftCard
) -> None:
    with scope(merchant=merchant):
        ShopCurrency.objects.create(merchant=merchant, currency="CHF")
    address = reverse("admin:carts_promotion_simulator")
    page = desk.post(
        address,
        tried({mug.pk: 1}, currency="CHF", delivery=str(way.pk), gift_card=str(card.pk), store_credit="on"),
    )
    assert page.context["result"] is None
    assert set(page.context["form"].errors) == {"delivery", "gift_card", "store_credit"}
    told = desk.post(address, tried({mug.pk: 1}, currency="CHF")).context["result"]
    assert told["lines"][0]["problem"] == "It has no price in CHF: set one on the product's page."
    assert "No way of delivery is chosen, so its price is not in the sum: choose one." in map(str, told["problems"])
    told = desk.post(address, tried({mug.pk: 11})).context["result"]
    assert told["lines"][0]["problem"] == "Only 10 can be had: take fewer, or count the stock."
    with scope(merchant=other_merchant):
        theirs = factories.customer(other_merchant)
        level = club.tier(other_merchant, "Theirs", 1)
    refused = desk.post(address, tried({mug.pk: 1}, customer=str(theirs.pk), tier=str(level.pk)))
    assert set(refused.context["form"].errors) == {"customer", "tier"}


# --- over the API ---------------------------------------------------------------------------------
def rows() -> dict[str, int]:
    """How many there are in each of our tables."""
    with scopes_disabled():
        return {
            model._meta.label: model._base_manager.count()
            for model in apps.get_models(include_auto_created=True)
            if model._meta.managed and model.__module__.startswith("apps.")
        }


def test_a_program_that_may_only_read_asks_and_nothing_is_written(
    reader: Api, merchant: Merchant, mug: Variant, way: DeliveryMethod, ana: LoyaltyMembership, card: GiftCard
) -> None:
    with scope(merchant=merchant):
        grant_credit(ana.customer, Money(1, "EUR"), reason="a present")
        offers.code(merchant, "ONCE", limit_per_customer=1)
        five = club.reward(merchant, 10, amount="1.00", name="One off")
    body = {
        "lines": [{"sku": mug.sku, "quantity": 2}],
        "codes": ["once", "NEVER"],
        "customer": ana.customer.public_id,
        "reward": five.public_id,
        "gift_card": card.public_id,
        "store_credit": True,
        "delivery_method": way.pk,
        "country": "DE",
        "postcode": "10115",
        "channel": "sms",
    }
    reader.get("tiers/")  # the token notes that it was used
    before = rows()
    with CaptureQueriesContext(connection) as queries:
        answer = reader.post("simulations/", body)
    written = [query["sql"] for query in queries if query["sql"].split()[0] in ("INSERT", "UPDATE", "DELETE", "WITH")]
    assert (answer.status_code, written, rows()) == (200, [], before)
    told = answer.json()
    (line,) = told["lines"]
    assert (line["unit_price"], line["regular_price"], line["price_reason"]) == (
        {"minor": 1600, "currency": "EUR"},
        {"minor": 2000, "currency": "EUR"},
        "Gold member price",
    )
    assert {offer["name"]: offer["amount"]["minor"] for offer in told["offers"]} == {
        "Gold week": 320,
        "Welcome": 288,
        "One off": 100,
    }
    assert (told["unknown_codes"], told["tier"], told["groups"]) == (["NEVER"], ana_level(ana), [])
    assert (told["total"]["minor"], [part["amount"]["minor"] for part in told["paid_with"]], told["due"]["minor"]) == (
        2982,
        [1500, 100],
        1382,
    )
    assert (told["delivery"]["name"], told["delivery"]["charged"]["minor"], told["problems"]) == ("Parcel", 490, [])


def ana_level(ana: LoyaltyMembership) -> str:
    with scope(merchant=ana.merchant):
        return str(Tier.objects.get().public_id)


def test_the_api_names_the_field_and_what_to_do(
    api: Api, reader: Api, stranger: Api, merchant: Merchant, mug: Variant, ana: LoyaltyMembership, card: GiftCard
) -> None:
    lines = [{"sku": mug.sku, "quantity": 1}]
    for body, pointer, sentence in (
        ({"lines": []}, "#/lines/non_field_errors", "This list may not be empty."),
        ({"lines": [{"sku": "NONE"}]}, "#/lines", "There is no variant NONE."),
        ({"lines": lines * 2}, "#/lines", "A variant stands here twice: say its pieces in one line."),
        ({"lines": lines, "price": 1}, "#/price", "This cannot be set here."),
        ({"lines": lines, "store_credit": True}, "#/store_credit", "Credit is somebody's: choose the shopper, too."),
        (
            {"lines": lines, "currency": "CHF"},
            "#/currency",
            "The shop does not sell in CHF: choose one of EUR, or add this currency first.",
        ),
        (
            {"lines": lines, "customer": "nobody"},
            "#/customer",
            "Object with public_id=nobody does not exist.",
        ),
    ):
        answer = reader.post("simulations/", body)
        errors = [(error["pointer"], error["detail"]) for error in answer.json()["errors"]]
        assert (answer.status_code, (pointer, sentence) in errors) == (400, True), (body, errors)
    refused = stranger.post("simulations/", {"lines": lines, "tier": ana_level(ana), "gift_card": card.public_id})
    assert {error["pointer"] for error in refused.json()["errors"]} == {"#/lines", "#/tier", "#/gift_card"}
    assert Api().post("simulations/", {"lines": lines}).status_code == 401


def test_many_lines_cost_no_more_questions(reader: Api, merchant: Merchant, mug: Variant) -> None:
    with scope(merchant=merchant):
        more = [goods.variant(merchant, f"Cup {number}") for number in range(12)]

    def statements(count: int) -> int:
        body = {"lines": [{"sku": row.sku, "quantity": 1} for row in more[:count]]}
        reader.post("simulations/", body)
        with CaptureQueriesContext(connection) as queries:
            assert reader.post("simulations/", body).status_code == 200
        return len(queries)

    assert statements(12) == statements(2)
