"""Several currencies in the thread: asked for in plain words, followed by the cart, and never guessed."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scope
from djmoney.money import Money

from apps.bot.currency_words import currency_asked
from apps.carts.models import Cart, CartLine, DeliveryMethod
from apps.catalog.models import Price, Product, Variant
from apps.customers.models import Customer
from apps.merchants.models import Merchant, ShopCurrency
from apps.messaging.content import CartSummary, to_json
from apps.orders.models import Order
from apps.payments.actions import issue_gift_card

from .dialogue import Shopper


def sells_in(shop: Merchant, currency: str, prices: dict[str, str], **facts: Any) -> ShopCurrency:
    """A further currency with these prices, by the slug of what they are for."""
    with scope(merchant=shop):
        made: ShopCurrency = ShopCurrency.objects.create(merchant=shop, currency=currency, **facts)
        for slug, price in prices.items():
            for variant in Variant.objects.filter(product__slug=slug):
                Price.objects.create(merchant=shop, variant=variant, amount=Money(Decimal(price), currency))
        DeliveryMethod.objects.create(
            merchant=shop, name="Abroad", price=Money(6, currency), countries=[], days_min=4, days_max=8
        )
    return made


def said(shopper: Shopper, text: str) -> str:
    return "\n".join(str(to_json(content)) for content in shopper.says(text))


def cart_of(shop: Merchant) -> tuple[str, int]:
    """The open cart's currency, and how many lines it has."""
    with scope(merchant=shop):
        found: Cart = Cart.objects.get(status=Cart.Status.OPEN)
        return found.currency, found.lines.count()


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("show prices in dollars", "USD CAD AUD"),
        ("can I pay in CHF?", "CHF"),
        ("prices in € please", "EUR"),
        ("US dollars", "USD"),
        ("show prices in R$", "BRL"),
        ("can I pay in reais?", "BRL"),
        ("kann ich in Schweizer Franken bezahlen?", "CHF"),
        ("Preise in Dollar bitte", "USD CAD AUD"),
        ("¿puedo pagar en dólares?", "USD CAD AUD"),
        ("muéstrame los precios en euros", "EUR"),
        ("可以用美元付款吗？", "USD"),
        ("请用瑞士法郎显示价格", "CHF"),
        ("which currencies do you take?", ""),
        ("Währung wechseln", ""),
        ("cambiar moneda", ""),
        ("可以换货币吗", ""),
        ("under 40 dollars", None),
        ("a gift card for 50 euro", None),
        ("a dollar plant", None),
        ("where is my order?", None),
        ("how do I pay?", None),
        ("有美元图案的杯子吗", None),
        ("有刀吗", None),
        ("能用刀付款吗", "USD"),
        ("能用¥付款吗", "CNY"),
        ("quiero coronas", None),
        ("zeig mir die Krone", None),
        ("el peso", None),
    ],
)
def test_a_wish_about_the_currency_is_heard_and_one_about_goods_is_not(text: str, codes: str | None) -> None:
    wish = currency_asked(text)
    assert (None if wish is None else " ".join(wish.codes)) == codes


def test_cards_filters_and_cart_speak_what_was_asked_for(shop: Merchant, arrive: Any) -> None:
    sells_in(shop, "USD", {"glass-mug": "11.00", "stone-mug": "15.00"})
    ana = arrive()
    assert "€9.50" in said(ana, "glass mug")
    assert "From now on prices are in US dollars" in said(ana, "can I pay in dollars?")
    shown = said(ana, "glass mug")
    assert "$11.00" in shown
    assert "€" not in shown
    mugs = said(ana, "mugs under 13")
    assert "Glass mug" in mugs
    assert "Stoneware mug" not in mugs  # 12.00 in euros, 15.00 here
    assert "Linen shirt is not sold in US dollars, only in euros." in said(ana, "linen shirt")
    ana.says("glass mug")
    ana.says("add the first one")
    assert "$11.00" in said(ana, "cart")
    assert cart_of(shop) == ("USD", 1)
    with scope(merchant=shop):
        assert Customer.objects.get().currency == "USD"


def test_a_filled_cart_moves_and_says_what_cannot(shop: Merchant, arrive: Any) -> None:
    sells_in(shop, "USD", {"glass-mug": "11.00"})
    ana = arrive()
    ana.says("glass mug")
    ana.says("add the first one")
    ana.says("desk lamp")
    ana.says("add the first one")
    told = said(ana, "show prices in dollars")
    assert "Not everything in your cart is sold in US dollars: Desk lamp" in told
    assert cart_of(shop) == ("EUR", 2)
    ana.taps("Stay with EUR")
    assert "Your prices are in euros already." in str(to_json(ana.answers[-1]))
    ana.says("show prices in dollars")
    ana.taps("Leave it out")
    assert "I have taken it out: Desk lamp" in str(to_json(ana.answers[-1]))
    assert cart_of(shop) == ("USD", 1)
    with scope(merchant=shop):
        assert CartLine.objects.get().seen_price == Money("11.00", "USD")
    assert "before it was" not in said(ana, "cart")


def test_the_cart_follows_the_country_it_goes_to_and_the_order_keeps_it(shop: Merchant, arrive: Any) -> None:
    sells_in(shop, "CHF", {"glass-mug": "10.00"}, countries=["CH"])
    ana = arrive()
    ana.says("glass mug")
    ana.says("add the first one")
    told = [said(ana, line) for line in ("checkout", "Ana Lopez", "Bahnhofstrasse 1, 8001 Zürich, Schweiz")]
    assert "your prices are in Swiss francs now" in told[-1]
    for line in ("skip", "skip"):
        ana.says(line)
    if not any(isinstance(content, CartSummary) for content in ana.answers):
        ana.says("1")
    summary = next(content for content in ana.answers if isinstance(content, CartSummary))
    assert "CHF" in str(to_json(summary))
    assert "€" not in str(to_json(summary))
    ana.taps("Buy now")
    with scope(merchant=shop):
        order = Order.objects.get()
        assert (order.currency, str(order.total)) == ("CHF", "CHF16.00")
        assert {str(line.unit_price.currency) for line in order.lines.all()} == {"CHF"}
    ana.says("show prices in euros")
    with scope(merchant=shop):
        assert {order.currency for order in Order.objects.all()} == {"CHF"}


def test_who_chose_a_currency_keeps_it_wherever_the_parcel_goes(shop: Merchant, arrive: Any) -> None:
    sells_in(shop, "CHF", {"glass-mug": "10.00"}, countries=["CH"])
    ana = arrive()
    ana.says("prices in euros please")
    ana.says("glass mug")
    ana.says("add the first one")
    for line in ("checkout", "Ana Lopez", "Bahnhofstrasse 1, 8001 Zürich, Schweiz"):
        ana.says(line)
    assert cart_of(shop) == ("EUR", 1)


def test_a_gift_card_pays_in_its_own_currency_alone(shop: Merchant, arrive: Any) -> None:
    sells_in(shop, "USD", {"glass-mug": "11.00"})
    with scope(merchant=shop):
        _card, code = issue_gift_card(shop, Money(20, "EUR"))
    ana = arrive()
    ana.says("glass mug")
    ana.says("add the first one")
    ana.says(code)
    assert "does not pay for this cart" in said(ana, "show prices in dollars")
    assert "is in another currency than your cart" in said(ana, code)


def test_what_the_shop_has_is_named_and_one_currency_is_said_to_be_the_only_one(shop: Merchant, arrive: Any) -> None:
    ana = arrive()
    assert "We sell in euros only" in said(ana, "can I pay in dollars?")
    sells_in(shop, "USD", {})
    told = said(ana, "can I pay in yen?")
    assert "we do not sell in JPY" in told
    ana.taps("USD")
    assert "US dollars" in str(to_json(ana.answers[-1]))
    assert "Prices are in US dollars now" in said(ana, "which currencies do you take?")


@pytest.mark.parametrize(("currency", "price", "shown"), [("JPY", "1650", "¥1,650"), ("KWD", "3.450", "KWD\xa03.450")])
def test_currencies_without_and_with_three_decimals(
    shop: Merchant, arrive: Any, currency: str, price: str, shown: str
) -> None:
    sells_in(shop, currency, {"glass-mug": price})
    ana = arrive()
    ana.says(f"show prices in {currency}")
    assert shown in said(ana, "glass mug").replace("\\xa0", "\xa0")
    ana.says("add the first one")
    for line in ("checkout", "Ana Lopez", "Lindenstr. 12, 10969 Berlin", "skip", "skip"):
        ana.says(line)
    if not any(isinstance(content, CartSummary) for content in ana.answers):
        ana.says("1")
    ana.taps("Buy now")
    with scope(merchant=shop):
        order = Order.objects.get()
        assert order.total == Money(Decimal(price) + 6, currency)
        assert order.tax_total.amount > 0


def test_one_currency_costs_a_turn_nothing_and_several_cost_it_one_query(shop: Merchant, arrive: Any) -> None:
    ana = arrive()
    ana.says("hello")

    def queries() -> int:
        ana.says("glass mug")
        with CaptureQueriesContext(connection) as asked:
            ana.says("glass mug")
        return len(asked)

    alone = queries()
    sells_in(shop, "USD", {"glass-mug": "11.00"})
    ana.says("show prices in dollars")
    assert queries() - alone <= 1


def test_a_product_without_a_price_in_the_currency_cannot_be_added(shop: Merchant, arrive: Any) -> None:
    sells_in(shop, "USD", {"glass-mug": "11.00"})
    ana = arrive()
    ana.says("desk lamp")
    ana.says("show prices in dollars")
    assert "Desk lamp is not sold in US dollars, only in euros." in said(ana, "add it")
    with scope(merchant=shop):
        assert Product.objects.filter(slug="desk-lamp").exists()
        assert not CartLine.objects.exists()


def at_the_summary(ana: Shopper) -> None:
    for line in (
        "glass mug",
        "the first one",
        "add it",
        "checkout",
        "Ana Lopez",
        "Lindenstr. 12, 10969 Berlin",
        "no phone",
    ):
        ana.says(line)
    ana.says("no email")
    if "How shall it come" in ana.text:
        ana.says("the cheapest")
    assert "Please check everything" in ana.text


def test_a_yes_to_leaving_something_out_orders_nothing(shop: Merchant, arrive: Any) -> None:
    sells_in(shop, "USD", {"stone-mug": "15.00"})
    ana = arrive()
    at_the_summary(ana)
    ana.says("show prices in dollars")
    assert "Shall I leave it out?" in ana.text
    ana.says("yes")
    with scope(merchant=shop):
        assert not Order.objects.exists()
    assert cart_of(shop) == ("USD", 0)


def test_in_another_currency_the_ways_are_looked_up_again(shop: Merchant, arrive: Any) -> None:
    sells_in(shop, "USD", {"glass-mug": "11.00"})
    ana = arrive()
    at_the_summary(ana)
    ana.says("show prices in dollars")
    if "How shall it come" in ana.text:
        assert "€" not in ana.text
        ana.says("the first one")
    assert "Total: $17.00" in ana.text
