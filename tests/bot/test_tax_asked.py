"""Tax that somebody outside reckons, in the thread: asked before the summary; where nobody answers, as the shop wants it."""

from collections.abc import Iterator

import pytest
from django_scopes import scope

from apps.bot.models import Effect
from apps.carts.models import TaxAccount
from apps.carts.privacy import erase_carts, export_carts
from apps.catalog.index import refresh
from apps.orders.models import Order
from tests.carts import goods
from tests.payments.desk import Desk

from .dialogue import Shopper
from .test_returns import bought

WALK = {
    "en": ("glass mug", "add the first one", "checkout", "Mia Evans", "skip", "Buy now"),
    "de": ("Glasbecher", "nehme ich", "zur Kasse", "Ana Lopez", "überspringen", "Jetzt kaufen"),
}


@pytest.fixture
def desk() -> Iterator[Desk]:
    played = Desk()
    yield played
    played.close()


def connected(shopper: Shopper, desk: Desk, **fields: str) -> TaxAccount:
    merchant = shopper.account.merchant
    with scope(merchant=merchant):
        made: TaxAccount = TaxAccount.objects.create(merchant=merchant, provider="stripe", config=desk.config, **fields)
    return made


def goes_to_the_summary(shopper: Shopper, language: str) -> None:
    search, add, checkout, name, skip, _buy = WALK[language]
    for line in (search, add, checkout, name, "Lindenstr. 12, 10969 Berlin", skip, skip, "1"):
        shopper.says(line)


@pytest.mark.parametrize("language", WALK)
def test_the_summary_shows_what_was_reckoned_outside(arrive, desk: Desk, language: str) -> None:
    shopper: Shopper = arrive("whatsapp", "4917612345678", language=language)
    connected(shopper, desk)
    goes_to_the_summary(shopper, language)
    assert shopper.answers == []
    shopper.waits()
    assert WALK[language][-1] in shopper.labels
    shopper.taps(WALK[language][-1])
    with scope(merchant=shopper.account.merchant):
        order = Order.objects.get()
        assert (order.tax_by, order.tax_calculation.reference) == ("stripe", desk.every("tax.calculation")[0]["id"])


def test_who_changes_the_cart_at_the_summary_sees_its_new_tax(ana: Shopper, desk: Desk) -> None:
    connected(ana, desk)
    goes_to_the_summary(ana, "en")
    ana.waits()
    ana.says("make it two")
    ana.says("checkout")
    ana.waits()
    ana.taps("Buy now")
    with scope(merchant=ana.account.merchant):
        order = Order.objects.get()
        assert (order.lines.get().quantity, order.tax_by, len(desk.every("tax.calculation"))) == (2, "stripe", 2)


def test_while_nobody_answers_the_order_goes_on_and_is_marked(ana: Shopper, desk: Desk) -> None:
    connected(ana, desk)
    desk.fault("server_error")
    goes_to_the_summary(ana, "en")
    ana.waits()
    ana.taps("Buy now")
    with scope(merchant=ana.account.merchant):
        assert Order.objects.get().tax_by == "instead"


def test_or_the_shopper_is_asked_to_try_again(ana: Shopper, desk: Desk) -> None:
    account = connected(ana, desk, on_failure="wait")
    desk.fault("server_error")
    goes_to_the_summary(ana, "en")
    ana.waits()
    assert "cannot find out the tax" in ana.text
    with scope(merchant=account.merchant):
        assert (Order.objects.count(), Effect.objects.filter(kind="tax").count()) == (0, 1)
        TaxAccount.objects.update(rests_until=None)
    ana.taps("Try once more")
    for line in ("yes", "skip", "skip", "1"):
        ana.says(line)
    ana.waits()
    assert "Buy now" in ana.labels


def sells_a_course(shopper: Shopper) -> None:
    merchant = shopper.account.merchant
    with scope(merchant=merchant):
        course = goods.variant(merchant, "Course", price="20.00", stock=None, comes_as="digital")
        refresh(merchant, [course.product_id])


COURSE = {
    "en": ("course", "add it", "checkout", "Mia Evans", "skip", "in which country do you live", "Germany, 10969"),
    "de": ("course", "nehme ich", "zur Kasse", "Mia Evans", "überspringen", "In welchem Land leben Sie", "Deutschland, 10969"),
    "es": ("course", "añádelo", "pagar", "Mia Evans", "omitir", "en qué país vives", "Alemania, 10969"),
    "zh-hans": ("course", "加入购物车", "结账", "Mia Evans", "跳过", "您住在哪个国家", "德国，10969"),
}  # fmt: skip


@pytest.mark.parametrize("language", COURSE)
def test_where_somebody_lives_is_asked_when_nothing_travels_and_the_tax_needs_it(
    arrive, desk: Desk, language: str
) -> None:
    shopper: Shopper = arrive("webchat", language=language)
    connected(shopper, desk)
    sells_a_course(shopper)
    *buys, asked, home = COURSE[language]
    for line in buys:
        shopper.says(line)
    assert asked in shopper.text
    shopper.says(home)
    shopper.waits()
    shopper.taps(next(label for label in shopper.labels if label in BUY_NOW))
    with scope(merchant=shopper.account.merchant):
        order = Order.objects.get()
        assert (order.tax_by, order.tax_place, order.shipping_address) == (
            "stripe", {"country": "DE", "region": "", "postcode": "10969"}, {},
        )  # fmt: skip
    (calculation,) = desk.every("tax.calculation")
    address = calculation["customer_details"]["address"]
    assert (address["country"], address["postal_code"]) == ("DE", "10969")


BUY_NOW = {"Buy now", "Jetzt kaufen", "Comprar ahora", "立即购买", "确认购买", "立即下单"}


def test_a_country_alone_is_not_enough_where_its_states_differ(ana: Shopper, desk: Desk) -> None:
    connected(ana, desk)
    sells_a_course(ana)
    for line in COURSE["en"][:5]:
        ana.says(line)
    ana.says("USA")
    assert "because the tax depends on them" in ana.text
    ana.says("USA, 10118")
    ana.waits()
    ana.taps("Buy now")
    with scope(merchant=ana.account.merchant):
        assert Order.objects.get().tax_place == {"country": "US", "region": "NY", "postcode": "10118"}


def test_an_address_that_is_known_is_used_without_asking(ana: Shopper, desk: Desk) -> None:
    connected(ana, desk)
    sells_a_course(ana)
    with scope(merchant=ana.account.merchant):
        goods.address(ana.conversation.identity.customer, "AT", postcode="1010", city="Wien")
    for line in COURSE["en"][:5]:
        ana.says(line)
    ana.waits()
    ana.taps("Buy now")
    with scope(merchant=ana.account.merchant):
        order = Order.objects.get()
        assert (order.tax_by, order.tax_place["country"], order.tax_place["postcode"]) == ("stripe", "AT", "1010")
        customer = ana.conversation.identity.customer
        assert export_carts(customer)[0]["lives_in"] == {"country": "AT", "postcode": "1010"}
        erase_carts(customer)
        assert {cart["lives_in"].get("country", "") for cart in export_carts(customer)} == {""}


def test_where_the_table_reckons_nobody_is_asked_where_they_live(ana: Shopper) -> None:
    sells_a_course(ana)
    for line in COURSE["en"][:5]:
        ana.says(line)
    assert "Buy now" in ana.labels


def test_what_is_had_instead_is_asked_about_before_its_summary(ana: Shopper, desk: Desk) -> None:
    bought(ana, "oxford-shirt-1")
    connected(ana, desk)
    for line in ("I want to exchange it", "the desk lamp"):
        ana.says(line)
    ana.taps("Does not fit")
    assert ana.answers == []
    ana.waits()
    assert "You get Desk lamp" in ana.text
    ana.says("yes")
    with scope(merchant=ana.account.merchant):
        order = Order.objects.exclude(tax_calculation=None).get()
        assert (order.tax_by, order.lines.get().sku) == ("stripe", "desk-lamp-0")


def test_or_the_exchange_waits_for_an_answer(ana: Shopper, desk: Desk) -> None:
    bought(ana, "oxford-shirt-1")
    connected(ana, desk, on_failure="wait")
    desk.fault("server_error")
    for line in ("I want to exchange it", "the desk lamp"):
        ana.says(line)
    ana.taps("Does not fit")
    ana.waits()
    assert "I cannot find out the tax on this exchange just now." in ana.text
