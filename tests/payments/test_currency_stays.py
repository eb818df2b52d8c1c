"""An order, and all that is reckoned, paid and given back of it, is in one currency for ever."""

from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from djmoney.money import Money

from apps.carts.actions import move_cart, open_cart
from apps.carts.models import Cart
from apps.carts.money import money
from apps.carts.quote import quote
from apps.catalog.models import Price
from apps.customers.models import Customer
from apps.loyalty.actions import join
from apps.loyalty.models import LoyaltyProgramme, PointsEntry
from apps.merchants.invariants import run_all
from apps.merchants.models import ShopCurrency
from apps.orders.models import Order, OrderAdjustment
from apps.payments.actions import grant_credit, refund_order, use_credit
from apps.payments.actions.gift_card import WorthNothing, issue_gift_card
from apps.payments.models import Payment, Refund
from apps.payments.tenders import credit_of
from tests.carts import goods, offers

from .desk import Desk
from .story import fresh, linked, paid

# What cannot be, and the check that says so where it is all the same.
BREACHES = [
    ("orders_order", "currency = 'EUR'", "orders: one currency each"),
    ("orders_order", "total_currency = 'EUR'", "orders: one currency each"),
    ("orders_orderline", "unit_price_currency = 'EUR'", "orders: one currency each"),
    ("orders_orderline", "discount_currency = 'EUR'", "orders: one currency each"),
    ("orders_orderadjustment", "amount_currency = 'EUR'", "orders: one currency each"),
    ("payments_payment", "amount_currency = 'EUR'", "payments: in the order's currency"),
    ("payments_refund", "amount_currency = 'EUR'", "payments: in the order's currency"),
]


def dollars(ana: Customer, **facts: Any) -> ShopCurrency:
    """The shop sells in dollars, too, and she wants to pay in them."""
    made: ShopCurrency = ShopCurrency.objects.create(merchant=ana.merchant, currency="USD", **facts)
    ana.currency = "USD"
    ana.save(update_fields=["currency"])
    return made


def bought(desk: Desk, ana: Customer) -> Payment:
    goods.vat(ana.merchant)
    goods.parcel(ana.merchant, currency="USD")
    offers.promotion(ana.merchant)
    mug = goods.variant(ana.merchant, price="20.00", currency="USD")
    return paid(desk, ana, {mug: 2})


def breaches() -> list[str]:
    return [finding["name"] for finding in run_all() if not finding["ok"]]


def test_all_of_an_order_is_in_the_cart_s_currency_through_payment_and_refund(ana: Customer, desk: Desk) -> None:
    dollars(ana)
    order = bought(desk, ana).order
    refund_order(order, reason="wish")
    assert fresh(order).currency == "USD"
    assert order.total == money("40.90", "USD")
    assert {str(part.amount.currency) for part in OrderAdjustment.objects.all()} == {"USD"}
    assert {str(row.amount.currency) for row in (*Payment.objects.all(), *Refund.objects.all())} == {"USD"}
    assert breaches() == []


@pytest.mark.parametrize(("table", "change", "check"), BREACHES)
def test_no_part_of_it_can_be_in_another(ana: Customer, desk: Desk, table: str, change: str, check: str) -> None:
    dollars(ana)
    refund_order(bought(desk, ana).order, reason="wish")
    assert breaches() == []
    with connection.cursor() as cursor:
        with pytest.raises(IntegrityError), transaction.atomic():
            cursor.execute(f"UPDATE {table} SET {change}")  # noqa: S608
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE orders_order DROP CONSTRAINT order_one_currency")
        cursor.execute("ALTER TABLE orders_orderline DROP CONSTRAINT orderline_one_currency")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(f"UPDATE {table} SET {change}")  # noqa: S608
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert check in breaches()


def test_rows_of_another_currency_at_the_providers_desk_do_not_stop_the_upgrade(ana: Customer, desk: Desk) -> None:
    dollars(ana)
    payment = bought(desk, ana)
    refund_order(payment.order, reason="wish")
    upgrade = import_module("apps.payments.migrations.0011_one_currency")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(upgrade.DROP)
        Refund.objects.create(
            merchant=ana.merchant, payment=payment, amount=money("1.00", "EUR"), reason=Refund.AT_PROVIDER, state="done"
        )
        cursor.execute(upgrade.CREATE)
    assert [str(row.amount.currency) for row in Refund.objects.all()] == ["USD"]
    assert breaches() == []


def test_a_cart_that_moves_calls_off_what_waits_for_money_and_pours_no_price_over(ana: Customer, desk: Desk) -> None:
    order = linked(ana).order
    dollars(ana)
    variant = order.lines.get().variant
    assert move_cart(open_cart(ana), "USD").stuck == (variant.product.title,)
    assert fresh(order).status == Order.Status.DRAFT
    Price.objects.create(merchant=ana.merchant, variant=variant, amount=Money("14.00", "USD"))
    assert move_cart(open_cart(ana), "USD").is_done
    cart = Cart.objects.get(status=Cart.Status.OPEN)
    assert (cart.currency, cart.delivery_method) == ("USD", None)
    assert str(quote(cart).subtotal) == "$14.00"
    assert fresh(order).currency == "EUR"


def test_credit_is_kept_apart_for_each_currency(ana: Customer) -> None:
    with pytest.raises(WorthNothing):
        grant_credit(ana, Money(5, "USD"), reason="sorry")
    with pytest.raises(WorthNothing):
        issue_gift_card(ana.merchant, Money(5, "USD"))
    dollars(ana)
    grant_credit(ana, Money(5, "USD"), reason="sorry")
    grant_credit(ana, Money(7, "EUR"), reason="sorry")
    issue_gift_card(ana.merchant, Money(5, "USD"))
    assert (credit_of(ana, "USD"), credit_of(ana, "EUR")) == (Money(5, "USD"), Money(7, "EUR"))
    use_credit(open_cart(ana))
    assert breaches() == []


@pytest.mark.parametrize(("rate", "points"), [(Decimal("1.25"), 32), (None, 0)])
def test_points_go_by_the_fixed_rate_and_nobody_guesses_one(
    ana: Customer, desk: Desk, rate: Decimal | None, points: int
) -> None:
    dollars(ana, rate=rate)
    LoyaltyProgramme.objects.create(merchant=ana.merchant, is_active=True, points=1, per_amount=1)
    join(ana, terms="")
    goods.parcel(ana.merchant, currency="USD")
    paid(desk, ana, {goods.variant(ana.merchant, price="40.00", currency="USD"): 1})
    assert sum(PointsEntry.objects.filter(kind="earn").values_list("points", flat=True)) == points
