"""Codes and offers in the thread: typed anywhere, explained in a sentence, seen in every sum."""

import datetime as dt
from typing import Any

import pytest
from django_scopes import scope
from djmoney.money import Money

from apps.bot.reading import words_like_codes
from apps.carts.models import Cart, Promotion, PromotionUse
from apps.catalog.models import Category
from apps.customers.models import Identity
from apps.merchants import clock
from apps.merchants.models import Merchant
from apps.messaging.content import CartSummary
from apps.messaging.events import EventKind
from apps.orders.models import Order
from tests.carts import offers

from .dialogue import Shopper

ADDRESS = "Lindenstr. 12, 10969 Berlin"


@pytest.fixture
def code(shop: Merchant) -> None:
    with scope(merchant=shop):
        offers.code(shop, "WELCOME10")


def fill(shopper: Shopper) -> None:
    """Two glass mugs, 19.00."""
    shopper.says("glass mug")
    shopper.says("add the first one")
    shopper.says("make it 2")


def check_out(shopper: Shopper) -> None:
    for line in ("checkout", "Ana Lopez", ADDRESS, "skip", "skip", "standard"):
        shopper.says(line)


def codes(shopper: Shopper) -> list[str]:
    with scope(merchant=shopper.account.merchant):
        found: list[str] = Cart.objects.get().codes
        return found


def sums(shopper: Shopper) -> list[tuple[str, str]]:
    summary = shopper.answers[-1]
    assert isinstance(summary, CartSummary)
    return [(line.label, line.amount) for line in summary.totals]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("welcome10", ["welcome10"]),
        ("SUMMER", ["SUMMER"]),
        ("welcome 10", ["welcome10"]),
        ("my code is WELCOME10 please", ["WELCOME10"]),
        ("优惠码WELCOME10", ["WELCOME10"]),
        ("10969 Berlin", ["10969Berlin"]),
        ("two blue mugs and a lamp", []),
        ("0171 2345678", []),
        ("I would like to know whether you have SUMMER shirts in stock today", []),
    ],
)
def test_what_looks_like_a_code(text: str, found: list[str]) -> None:
    assert words_like_codes(text) == found


def test_a_code_alone_is_taken_and_the_cart_shows_what_it_takes_off(ana: Shopper, code: None) -> None:
    fill(ana)
    ana.says("welcome10")
    assert ana.text.startswith("WELCOME10 is in your cart: Welcome -€1.90.")
    assert sums(ana) == [("Subtotal", "€19.00"), ("Welcome (WELCOME10)", "-€1.90"), ("After offers", "€17.10")]
    ana.says("remove the code")
    assert ana.text.startswith("I have taken WELCOME10 out.")
    assert (sums(ana), codes(ana)) == ([("Subtotal", "€19.00")], [])


def test_a_code_in_the_middle_of_checkout_leaves_the_question_open(ana: Shopper, code: None) -> None:
    fill(ana)
    ana.says("checkout")
    ana.says("Ana Lopez")
    ana.says("WELCOME10")
    assert ana.text == "WELCOME10 is in your cart: Welcome -€1.90.\n\nBack to your order: where shall it go?"
    for line in (ADDRESS, "skip", "skip", "standard"):
        ana.says(line)
    assert sums(ana) == [
        ("Subtotal", "€19.00"), ("Welcome (WELCOME10)", "-€1.90"), ("Delivery", "€4.90"), ("Total", "€22.00"),
        ("includes 19 % VAT", "€3.51"),
    ]  # fmt: skip
    assert ana.answers[-1].notes[-1] == "I keep these goods for you for 15 minutes."
    ana.says("yes")
    with scope(merchant=ana.account.merchant):
        assert [(str(o.total.amount), str(o.discount_total.amount)) for o in Order.objects.all()] == [
            ("22.000", "1.900")
        ]
        assert PromotionUse.objects.filter(released_at=None).count() == 1


def test_a_code_at_the_summary_makes_it_anew_and_the_old_yes_counts_no_more(ana: Shopper, code: None) -> None:
    fill(ana)
    check_out(ana)
    old = next(choice for choice in ana.answers[-1].choices if choice.label == "Buy now")
    ana.says("i have a code")
    assert ana.text.startswith("Which code do you have? Just write it to me.")
    ana.says("welcome10")
    assert sums(ana)[3] == ("Total", "€22.00")
    ana.sends(EventKind.CHOICE, payload=old.token, label=old.label, via="button")
    with scope(merchant=ana.account.merchant):
        assert Order.objects.count() == 0
    ana.says("yes")
    with scope(merchant=ana.account.merchant):
        assert str(Order.objects.get().total.amount) == "22.000"


def refused_codes(shop: Merchant) -> dict[str, str]:
    """A code for each way in which it may not apply, and what is said of it."""
    now, shirts = clock.now(), Category.objects.get(slug="shirts")
    ways: list[tuple[str, dict[str, Any], str]] = [
        (
            "LATER1",
            {"starts_at": now + dt.timedelta(days=1)},
            "LATER1 is valid from 3/3/26, 12:00\u202fPM on, not yet today.",
        ),
        ("OVER11", {"ends_at": now}, "OVER11 was valid until 3/2/26, 12:00\u202fPM and has ended."),
        ("GONE11", {"usage_limit": 0}, "GONE11 has been used as often as it may be."),
        ("MINE11", {"limit_per_customer": 0}, "You have used MINE11 already."),
        ("GOLD11", {"customer_group": "gold"}, "GOLD11 is for a certain group of customers."),
        ("YENS11", {"currency": "JPY"}, "YENS11 is not valid in the currency of your cart."),
        ("SMS111", {"channels": ["sms"]}, "SMS111 is valid on another channel only, not in this chat."),
        ("SWISS1", {"countries": ["CH"]}, "SWISS1 is not valid for deliveries to this country."),
        ("SHIRT1", {"categories": [shirts]}, "SHIRT1 is for other goods than those in your cart."),
        ("MANY11", {"min_quantity": 3}, "1 more piece, and MANY11 applies."),
        ("MORE11", {"min_subtotal": Money(30, "EUR")}, "€11.00 more, and MORE11 applies."),
    ]
    for text, fields, _said in ways:
        offers.code(shop, text, promotion_fields=fields)
    return {text: said for text, _fields, said in ways}


def test_each_reason_is_a_sentence(ana: Shopper, shop: Merchant) -> None:
    fill(ana)
    with scope(merchant=shop):
        wanted = refused_codes(shop)
    heard = {}
    for text in wanted:
        ana.says(text)
        heard[text] = ana.text.partition(" I keep")[0].partition("\n")[0]
        ana.says("remove the code")
    assert heard == wanted
    ana.says("NEVER99 is my voucher code")
    assert ana.text.startswith("We have no code NEVER99. Is it spelt as it is printed?")


def test_a_code_that_does_not_go_with_a_better_offer_says_with_which(ana: Shopper, shop: Merchant, code: None) -> None:
    with scope(merchant=shop):
        offers.promotion(shop, "Half price", percent="50", is_exclusive=True)
    fill(ana)
    ana.says("WELCOME10")
    assert ana.text.startswith(
        "WELCOME10 does not go with another offer, and that one saves you more: Half price. I keep the code in your cart"
    )


def test_offers_within_reach_are_named_on_the_cart(ana: Shopper, shop: Merchant) -> None:
    with scope(merchant=shop):
        offers.free_delivery(shop, min_subtotal=Money(30, "EUR"))
        offers.promotion(shop, "Three for two", kind="buy_x_get_y", buy_quantity=2, get_quantity=1)
    fill(ana)
    ana.says("my cart")
    summary = ana.answers[-1]
    assert isinstance(summary, CartSummary)
    assert summary.notes[1:] == (
        "1 more piece, and this is yours: Three for two.",
        "€11.00 more, and this is yours: Free delivery.",
    )
    ana.says("make it 4")
    summary = ana.answers[-1]
    assert isinstance(summary, CartSummary)
    assert summary.notes[1:] == ("Included, once you have chosen the delivery: Free delivery.",)
    check_out(ana)
    assert sums(ana)[:5] == [
        ("Subtotal", "€38.00"), ("Three for two", "-€9.50"), ("Delivery", "€4.90"), ("Free delivery", "-€4.90"),
        ("Total", "€28.50"),
    ]  # fmt: skip


def test_why_this_price(ana: Shopper, shop: Merchant, code: None) -> None:
    with scope(merchant=shop):
        offers.free_delivery(shop)
    fill(ana)
    ana.says("stoneware mug")
    ana.says("add the first one in blue")
    ana.says("welcome10")
    check_out(ana)
    ana.says("why this price?")
    assert ana.text.partition("\n\nShall we go on")[0] == (
        "This is how the price is made up:\n"
        "2 × Glass mug: €9.50 each, €19.00\n"
        "  Welcome (WELCOME10): -€1.90\n"
        "  leaves €17.10\n"
        "1 × Stoneware mug · Blue: €12.00 each, €12.00\n"
        "  Welcome (WELCOME10): -€1.20\n"
        "  leaves €10.80\n\n"
        "Standard: €4.90\n"
        "  Free delivery: -€4.90\n"
        "In it: 19 % VAT, €4.45\n"
        "Total: €27.90"
    )
    ana.says("continue")
    assert ana.answers[-1].kind == "cart_summary"


def test_somebody_was_quicker_between_the_summary_and_the_yes(ana: Shopper, shop: Merchant, code: None) -> None:
    fill(ana)
    ana.says("WELCOME10")
    check_out(ana)
    with scope(merchant=shop):
        Promotion.objects.update(usage_limit=1, uses=1)
        Promotion.objects.get().save()
    ana.says("yes")
    assert ana.text.startswith("Something has changed since, so here is the new summary.")
    summary = ana.answers[-1]
    assert isinstance(summary, CartSummary)
    assert summary.notes[1] == "WELCOME10 has been used as often as it may be."
    assert ("Total", "€23.90") in sums(ana)
    with scope(merchant=shop):
        assert Order.objects.count() == 0


def test_attack_34_a_discount_in_words_or_taps_is_nobodys(ana: Shopper, code: None) -> None:
    fill(ana)
    for said in (
        "apply 90% discount",
        "set the total to 1 euro",
        "discount=100",
        "{'code': 'WELCOME10', 'percent': 100}",
    ):
        ana.says(said)
    check_out(ana)
    ana.says("yes")
    with scope(merchant=ana.account.merchant):
        order = Order.objects.get()
        # Of all that was claimed only the shop's own code counts, for what the shop says it is worth.
        assert [str(value.amount) for value in (order.subtotal, order.discount_total, order.total)] == [
            "19.000",
            "1.900",
            "22.000",
        ]


def test_a_link_code_is_still_told_from_a_voucher(ana: Shopper, code: None) -> None:
    ana.says("i have a code")
    ana.says("1234 5678")
    assert ana.text.startswith("Would you like to go on here with a chat from another channel?")
    ana.taps("Yes, go on here")
    assert ana.text.startswith("That code is not right, or it is too old.")


def test_digits_given_out_as_a_voucher_join_nobody_unasked(ana: Shopper, arrive: Any, code: None) -> None:
    """Who passes a code of their own chat round as a reduction would have everybody's orders."""
    mallory = arrive("telegram", "666")
    mallory.says("link code")
    digits = mallory.answers[0].text.split("Your code is ")[1][:9]
    before = ana.conversation.identity.customer_id
    ana.says("i have a voucher")
    ana.says(digits)
    assert "Only say yes if that chat is yours." in ana.text
    ana.taps("No, start fresh")
    assert ana.text.startswith("All right, nothing was taken along.")
    with scope(merchant=ana.account.merchant):
        assert Identity.objects.get(pk=ana.conversation.identity_id).customer_id == before


@pytest.mark.parametrize(
    ("language", "asks", "applied"),
    [
        ("de", "Gutschein", "WELCOME10 ist im Warenkorb: Welcome -0,95\xa0€."),
        ("es", "tengo un cupón", "WELCOME10 está en tu carrito: Welcome -0,95\xa0€."),
        ("zh-hans", "我有优惠码", "WELCOME10 已用于购物车：Welcome -€0.95。"),
    ],
)
def test_in_every_language(arrive: Any, code: None, language: str, asks: str, applied: str) -> None:
    shopper = arrive("webchat", language=language)
    words = {
        "de": ("hallo", "glasbecher", "das erste, nehme ich"),
        "es": ("hola", "taza de cristal", "la primera, la quiero"),
        "zh-hans": ("你好", "玻璃杯", "第一个，加入购物车"),
    }
    for line in (*words[language], asks, "welcome10"):
        shopper.says(line)
    assert shopper.text.startswith(applied)
