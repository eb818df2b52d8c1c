"""Somebody outside reckons the cart's tax: asked once for each bill, never while a quote is read, and not waited for."""

import datetime as dt
import socket
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from apps.carts.models import Cart, TaxAccount, TaxCalculation, TaxCode
from apps.carts.quote import quote
from apps.carts.reckoning import reckon
from apps.customers.models import Customer
from apps.merchants import clock
from apps.merchants.models import Merchant
from apps.orders.actions import CartIncomplete, QuoteChanged, prepare_order
from tests import factories
from tests.payments.desk import Desk

from . import goods

CALCULATIONS = "POST /v1/tax/calculations"


@pytest.fixture
def desk() -> Iterator[Desk]:
    played = Desk()
    yield played
    played.close()


@pytest.fixture
def ana(in_scope: Merchant) -> Customer:
    """A shopper of a German shop with a table of its own: 19 %, and 7 % for books, which Stripe calls so as well."""
    goods.vat(in_scope)
    goods.vat(in_scope, "7", category="books")
    return factories.customer(in_scope)


@pytest.fixture
def account(ana: Customer, desk: Desk) -> TaxAccount:
    made: TaxAccount = TaxAccount.objects.create(merchant=ana.merchant, provider="stripe", config=desk.config)
    return made


def lamp_cart(customer: Customer) -> Cart:
    return goods.full_cart(customer, {goods.variant(customer.merchant, price="23.80"): 1})


def confirmed(cart: Cart, agreed: str) -> Any:
    words = {"language": "en", "contact_name": "Ana Example", "confirmed_by": "test"}
    return prepare_order(cart, quote_hash=agreed, **words)


def asked(desk: Desk) -> int:
    return desk.calls.count(CALCULATIONS)


def test_reading_a_quote_asks_nobody(ana: Customer, account: TaxAccount, desk: Desk) -> None:
    cart = lamp_cart(ana)
    said = quote(cart)
    assert (said.tax_by, said.obstacles, desk.calls) == ("instead", ["tax_pending"], [])
    assert said.tax.amount == Decimal("4.58")  # by the table: 3.80 and 0.78
    with pytest.raises(CartIncomplete):
        confirmed(cart, said.hash)


def test_one_bill_is_asked_about_once(ana: Customer, account: TaxAccount, desk: Desk) -> None:
    cart = lamp_cart(ana)
    assert (reckon(cart), reckon(cart), asked(desk)) == (True, True, 1)
    said = quote(cart)
    assert (said.tax_by, said.obstacles, said.tax.amount) == ("stripe", [], Decimal("4.58"))
    assert said.tax_lines == [("VAT", Decimal(19), said.tax)]
    order = confirmed(cart, said.hash)
    row = TaxCalculation.objects.get()
    assert (order.tax_by, order.tax_calculation_id, order.total) == ("stripe", row.pk, said.total)
    assert row.expires_at - clock.now() > dt.timedelta(days=89)
    account.refresh_from_db()
    assert (account.trouble, account.answered_at is None) == ("", False)


@pytest.mark.parametrize("change", ["quantity", "address", "code", "day", "price"])
def test_another_bill_is_asked_about_anew(ana: Customer, account: TaxAccount, desk: Desk, change: str) -> None:
    cart = lamp_cart(ana)
    reckon(cart)
    later = clock.now()
    if change == "quantity":
        cart.lines.update(quantity=2)
    elif change == "address":
        cart.address.postcode = "80331"
        cart.address.save()
    elif change == "code":
        TaxCode.objects.create(merchant=ana.merchant, category="standard", code="txcd_35010000")
    elif change == "day":
        later += dt.timedelta(days=1)
    else:
        cart.lines.get().variant.prices.update(amount="30.00")
    with clock.at(later):
        fresh = Cart.objects.get(pk=cart.pk)
        assert quote(fresh).obstacles == ["tax_pending"]
        assert (reckon(fresh), asked(desk), quote(fresh).obstacles) == (True, 2, [])


def test_nobody_is_asked_before_it_is_known_where_it_goes(ana: Customer, account: TaxAccount, desk: Desk) -> None:
    cart = lamp_cart(ana)
    Cart.objects.update(address=None)
    cart = Cart.objects.get()
    assert (quote(cart).obstacles, reckon(cart), desk.calls) == (["no_address"], True, [])


def test_a_category_has_the_code_the_merchant_gave_it(ana: Customer, account: TaxAccount, desk: Desk) -> None:
    TaxCode.objects.create(merchant=ana.merchant, category="reading", code="txcd_35010000")
    book = goods.variant(ana.merchant, "Novel", price="10.70", tax_category="reading")
    cart = goods.full_cart(ana, {book: 1})
    reckon(cart)
    assert (quote(cart).lines[0].tax_percent, quote(cart).lines[0].tax_amount.amount) == (7, Decimal("0.70"))


def test_while_nobody_answers_the_table_stands_in(ana: Customer, account: TaxAccount, desk: Desk) -> None:
    desk.fault("server_error")
    cart = lamp_cart(ana)
    assert reckon(cart) is True
    said = quote(cart)
    assert (said.tax_by, said.obstacles, said.tax_calculation) == ("instead", [], None)
    order = confirmed(cart, said.hash)
    assert (order.tax_by, order.tax_calculation, order.total) == ("instead", None, said.total)
    account.refresh_from_db()
    assert (account.trouble_since is None, account.rests_until is None) == (False, False)


def test_a_slow_answer_is_not_waited_for(ana: Customer, account: TaxAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody takes the call and says nothing."""
    monkeypatch.setattr("apps.carts.tax_providers.stripe.TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        account.config |= {"api_base": f"http://127.0.0.1:{silent.getsockname()[1]}"}
        account.save()
        cart = lamp_cart(ana)
        assert (reckon(cart), quote(cart).tax_by) == (True, "instead")


def test_who_gave_no_answer_has_a_rest(ana: Customer, account: TaxAccount, desk: Desk) -> None:
    desk.fault("server_error")
    cart = lamp_cart(ana)
    reckon(cart)
    cart.lines.update(quantity=2)
    assert (reckon(cart), asked(desk)) == (True, 1)
    with clock.at(clock.now() + dt.timedelta(seconds=31)):
        cart.lines.update(quantity=3)
        assert (reckon(cart), asked(desk), quote(cart).tax_by) == (True, 2, "stripe")


def test_the_table_stands_in_for_a_while_only(ana: Customer, account: TaxAccount, desk: Desk) -> None:
    """What was agreed to meanwhile is not what is charged later: it is asked, and agreed to, anew."""
    account.merchant.taxrate_set.filter(category="standard").update(percent=16)
    desk.fault("server_error")
    cart = lamp_cart(ana)
    reckon(cart)
    by_table = quote(cart)
    with clock.at(clock.now() + dt.timedelta(minutes=16)):
        with pytest.raises(CartIncomplete):
            confirmed(cart, by_table.hash)
        reckon(cart)
        assert quote(cart).tax_by == "stripe"
        with pytest.raises(QuoteChanged):
            confirmed(cart, by_table.hash)
    assert TaxCalculation.objects.count() == 1


def test_a_merchant_may_rather_wait(ana: Customer, account: TaxAccount, desk: Desk) -> None:
    account.on_failure = TaxAccount.OnFailure.WAIT
    account.save()
    desk.fault("server_error")
    cart = lamp_cart(ana)
    assert (reckon(cart), quote(cart).obstacles) == (False, ["tax_pending"])
    assert TaxCalculation.objects.count() == 0


def test_a_refusal_is_told_and_no_rest(ana: Customer, account: TaxAccount, desk: Desk) -> None:
    TaxCode.objects.create(merchant=ana.merchant, category="standard", code="txcd_wrong")
    cart = lamp_cart(ana)
    assert (reckon(cart), quote(cart).tax_by) == (True, "instead")
    account.refresh_from_db()
    assert (account.trouble, account.rests_until) == ("No such tax code: 'txcd_wrong'", None)


def test_without_an_account_nothing_has_changed(ana: Customer) -> None:
    cart = lamp_cart(ana)
    assert (quote(cart).tax_by, quote(cart).obstacles, reckon(cart)) == ("table", [], True)
    assert confirmed(cart, quote(cart).hash).tax_by == "table"
