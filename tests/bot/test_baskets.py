"""What was put together in a platform's own catalogue is a cart of ours: at our prices, each difference named."""

from collections.abc import Callable
from typing import Any

import pytest
from django_scopes import scope
from djmoney.money import Money

from apps.bot.flows import basket
from apps.carts.models import Cart
from apps.carts.money import format_money
from apps.catalog.models import Price, Product, Variant
from apps.catalog.stock import count_stock
from apps.merchants.models import Merchant, ShopCurrency
from apps.messaging.content import CartSummary
from apps.messaging.events import EventKind
from apps.routing.actions import take_over
from tests import factories

from .dialogue import Shopper

pytestmark = pytest.mark.django_db
LANGUAGES = ("en", "de", "es", "zh-hans")
Row = dict[str, Any]


def row(sku: str, quantity: Any = 1, price: str = "", currency: str = "EUR") -> Row:
    return {"sku": sku, "quantity": quantity, "unit_price": price, "currency": currency}


def orders(shopper: Shopper, *rows: Row, text: str = "") -> str:
    shopper.sends(EventKind.ORDER, text=text, data={"catalog_id": "1", "items": list(rows)})
    return shopper.text


def in_cart(shopper: Shopper) -> dict[str, int]:
    with scope(merchant=shopper.account.merchant):
        carts = Cart.objects.filter(customer=shopper.conversation.identity.customer)
        return {line.variant.sku: line.quantity for cart in carts for line in cart.lines.select_related("variant")}


def test_it_is_put_into_the_cart_and_shown_with_the_way_to_the_checkout(ana: Shopper) -> None:
    said = orders(ana, row("glass-mug-0", 2, "9.5"), row("stone-mug-1", 1, "12"))
    assert in_cart(ana) == {"glass-mug-0": 2, "stone-mug-1": 1}
    assert said.startswith(basket.TAKEN.msgid + "\n\n")
    summary = ana.answers[-1]
    assert isinstance(summary, CartSummary)
    assert [(line.label, line.amount) for line in summary.lines] == [
        ("Glass mug", "€19.00"),
        ("Stoneware mug · White", "€12.00"),
    ]
    assert ana.labels[0] == "Checkout"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_price_that_was_tampered_with_is_ours_again_and_is_named(
    arrive: Callable[..., Shopper], language: str
) -> None:
    bob = arrive("telegram", language=language)
    said = orders(bob, row("desk-lamp-0", 1, "0.01"))
    summary = bob.answers[-1]
    assert isinstance(summary, CartSummary)
    line = summary.lines[0]
    told = format_money(Money("0.01", "EUR"), language)
    assert line.amount == format_money(Money("59.00", "EUR"), language)
    assert basket.COSTS.in_(language, title=line.label, price=line.amount, told=told) in said


def test_the_currency_of_the_catalogue_is_told_apart(ana: Shopper) -> None:
    said = orders(ana, row("glass-mug-0", 1, "9.5", "USD"))
    assert f"Glass mug costs €9.50, not {format_money(Money('9.5', 'USD'), 'en')} as the catalogue had it." in said


@pytest.mark.parametrize("price", ["NaN", "1e999999999", "abc", "-1e400"])
def test_what_is_no_price_is_told_as_it_came(ana: Shopper, price: str) -> None:
    said = orders(ana, row("glass-mug-0", 1, price, "???"))
    assert f"Glass mug costs €9.50, not {price} ??? as the catalogue had it." in said


def test_goods_nobody_knows_are_named_and_the_others_taken(ana: Shopper) -> None:
    said = orders(ana, row("glass-mug-0"), row("no-such-thing"), row(""))
    assert in_cart(ana) == {"glass-mug-0": 1}
    assert "I know no goods with this number: no-such-thing, ?." in said


def test_goods_of_another_shop_are_goods_nobody_knows(ana: Shopper, other_merchant: Merchant) -> None:
    with scope(merchant=other_merchant):
        theirs = Product.objects.create(merchant=other_merchant, slug="theirs", title="Theirs")
        Variant.objects.create(merchant=other_merchant, product=theirs, sku="theirs-0")
    said = orders(ana, row("theirs-0", 1, "1"))
    assert in_cart(ana) == {}
    assert said.startswith(basket.NOTHING.msgid)
    assert "theirs-0" in said
    assert "Theirs" not in said


@pytest.mark.parametrize("count", [None, 0, -3, True, "2"])
def test_a_number_that_is_none_is_asked_for(ana: Shopper, count: Any) -> None:
    said = orders(ana, row("glass-mug-0", count), row("stone-mug-0"))
    assert in_cart(ana) == {"stone-mug-0": 1}
    assert "How many would you like? No number came with Glass mug, so I left it out." in said


def test_more_than_there_are_is_as_many_as_there_are(ana: Shopper) -> None:
    said = orders(ana, row("desk-lamp-0", 10**9))
    assert in_cart(ana) == {"desk-lamp-0": 3}
    assert "Only 3 of Desk lamp · Black are left." in said


def test_more_than_go_into_an_order_are_as_many_as_go(ana: Shopper) -> None:
    with scope(merchant=ana.account.merchant):
        Variant.objects.filter(sku="glass-mug-0").update(is_tracked=False)
    said = orders(ana, row("glass-mug-0", 10**9))
    assert in_cart(ana) == {"glass-mug-0": 99}
    assert "More than 99 of one thing do not go into an order: Glass mug." in said


def test_the_same_goods_in_two_rows_are_added_up(ana: Shopper) -> None:
    orders(ana, row("glass-mug-0", 2), row("glass-mug-0", 3))
    assert in_cart(ana) == {"glass-mug-0": 5}


def test_the_same_basket_again_changes_nothing(ana: Shopper) -> None:
    orders(ana, row("glass-mug-0", 2))
    orders(ana, row("glass-mug-0", 2))
    assert in_cart(ana) == {"glass-mug-0": 2}


def test_what_is_sold_out_or_not_for_sale_is_named(ana: Shopper) -> None:
    with scope(merchant=ana.account.merchant):
        lamp = Variant.objects.get(sku="desk-lamp-0")
        count_stock(lamp, lamp.stock_levels.get().location, 0, reason="counted")
        Product.objects.filter(slug="silk-shirt").update(status=Product.Status.ARCHIVED)
    said = orders(ana, row("desk-lamp-0"), row("silk-shirt-0"))
    assert in_cart(ana) == {}
    assert "Sold out just now: Desk lamp · Black.\nNot for sale any more: Silk shirt · Black · M." in said
    assert "A person" in ana.labels


def test_a_shopper_with_another_currency_gets_its_price(ana: Shopper) -> None:
    with scope(merchant=ana.account.merchant):
        ShopCurrency.objects.create(merchant=ana.account.merchant, currency="USD")
        mug = Variant.objects.get(sku="glass-mug-0")
        Price.objects.create(merchant=ana.account.merchant, variant=mug, amount=Money("11.00", "USD"))
    ana.says("show prices in dollars")
    said = orders(ana, row("glass-mug-0", 1, "9.50", "EUR"), row("desk-lamp-0", 1, "59", "EUR"))
    assert in_cart(ana) == {"glass-mug-0": 1}
    assert f"Glass mug costs {format_money(Money('11', 'USD'), 'en')}, not €9.50 as the catalogue had it." in said
    assert "Not for sale any more: Desk lamp · Black." in said


def test_a_question_beside_it_is_answered_after_the_cart(ana: Shopper) -> None:
    said = orders(ana, row("glass-mug-0"), text="do you ship to Spain?")
    assert isinstance(ana.answers[0], CartSummary)
    assert len(ana.answers) == 2
    assert "You also wrote" not in said


def test_words_that_ask_nothing_are_a_note_with_a_person_beside_it(ana: Shopper) -> None:
    said = orders(ana, row("glass-mug-0"), text="leave it with the neighbours")
    assert basket.NOTE.in_("en", note="leave it with the neighbours") in said
    assert "A person" in ana.labels
    assert len(ana.answers) == 1


@pytest.mark.parametrize("items", [None, "x", [], [None], ["x"], [{"sku": ["x"], "quantity": {}}]])
def test_a_basket_that_is_none_is_answered_as_well(ana: Shopper, items: Any) -> None:
    ana.sends(EventKind.ORDER, data={"items": items})
    assert ana.text.startswith(basket.NOTHING.msgid)


def test_while_a_person_has_the_thread_it_goes_into_the_cart_all_the_same(ana: Shopper) -> None:
    with scope(merchant=ana.account.merchant):
        take_over(ana.conversation, factories.staff(ana.account.merchant, display_name="Nora"))
    ana.sends(EventKind.ORDER, text="is it blue?", data={"items": [row("glass-mug-0")]})
    assert in_cart(ana) == {"glass-mug-0": 1}
