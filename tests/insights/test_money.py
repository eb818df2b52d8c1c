"""Figures of orders that went the whole way: paid, given back in part, exchanged for something dearer."""

from decimal import Decimal

from apps.customers.models import Customer
from apps.insights.models import CustomerFigures
from apps.insights.reckon import reckon_figures
from apps.payments.actions import refund_lines, refund_order, send_refunds
from tests.carts import goods
from tests.payments.conftest import ana, desk
from tests.payments.desk import Desk
from tests.payments.story import deliver
from tests.payments.test_exchanges import arrived, asked, one, pay, sent

__all__ = ["ana", "desk"]  # the fixtures of payments


def reckoned() -> list[tuple[Decimal, int]]:
    reckon_figures()
    return list(CustomerFigures.objects.values_list("value", "orders"))


def test_what_was_given_back_is_taken_off_without_its_tax(desk: Desk, ana: Customer) -> None:
    order = arrived(desk, ana, quantity=2)  # 20.00 with 3.19 tax, and delivery
    assert reckoned() == [(Decimal("16.81"), 1)]
    refund_lines(order, lines=one(order))  # 10.00 with 1.60 tax
    send_refunds(10)
    deliver(desk)
    assert reckoned() == [(Decimal("8.41"), 1)]
    refund_order(order)
    send_refunds(10)
    deliver(desk)
    assert reckoned() == []


def test_an_exchange_is_the_same_sale_and_counts_once_it_is_done(desk: Desk, ana: Customer) -> None:
    order = arrived(desk, ana)  # 10.00 with 1.60 tax
    request = asked(order, goods.variant(ana.merchant, "Lamp", price="25.50"))  # with 4.07 tax
    pay(desk, request)
    assert reckoned() == [(Decimal("8.40"), 1)]
    sent(request)
    assert reckoned() == [(Decimal("21.43"), 1)]
