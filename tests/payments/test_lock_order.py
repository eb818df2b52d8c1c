"""Payments, then goods, and the ledger's accounts last: whoever undoes an order stands in nobody's way."""

from collections.abc import Callable
from threading import Thread

import pytest
from django.db import connection, transaction
from django_scopes import scope

from apps.catalog.models import StockLevel
from apps.customers.models import Customer
from apps.ledger.models import Account
from apps.orders.models import Order
from apps.payments.actions import cancel_order, refund_lines, refund_order
from apps.payments.models import Payment
from apps.payments.tenders import SOLD
from tests import factories
from tests.carts import goods
from tests.catalog.test_stock_concurrency import deadlocks, together, until_somebody_waits

from .desk import Desk
from .story import deliver, fresh, linked, run_due
from .test_sold_cards import bought, breaches, card_of

pytestmark = pytest.mark.django_db(transaction=True)


def refund_all_lines(order: Order) -> object:
    return refund_lines(order, lines={line.pk: line.quantity for line in order.lines.all()}, drop=True)


WAYS = [cancel_order, refund_order, refund_all_lines]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("first", [StockLevel, Payment])
def test_who_waits_for_goods_or_a_payment_holds_no_account(
    desk: Desk, ana: Customer, way: Callable[[Order], object], first: type[StockLevel] | type[Payment]
) -> None:
    wanted = {
        goods.variant(ana.merchant): 1,
        goods.variant(ana.merchant, "Gift card", stock=9, comes_as="gift_card"): 1,
    }
    order = bought(desk, ana, wanted)

    def undo() -> None:
        with scope(merchant=ana.merchant):
            way(order)
        connection.close()

    other = Thread(target=undo)
    with transaction.atomic():
        list(first.objects.select_for_update(no_key=True, of=("self",)))
        other.start()
        until_somebody_waits()
        list(Account.objects.filter(kind=SOLD).select_for_update(no_key=True, nowait=True))
    other.join()
    assert fresh(order).payments.get().refunds.count() == 1


def test_orders_cancelled_while_others_are_paid_never_deadlock(desk: Desk, ana: Customer) -> None:
    mug, card = goods.variant(ana.merchant, stock=50), card_of(ana.merchant)
    done = [bought(desk, factories.customer(ana.merchant), {mug: 1, card: 1}) for _ in range(6)]
    for _ in done:
        assert desk.pay(linked(factories.customer(ana.merchant), {mug: 1, card: 1}).provider_session) == "paid"
    before = deadlocks()
    jobs: list[Callable[[], object]] = [lambda: deliver(desk)]
    jobs += [lambda order=order: cancel_order(order) for order in done]  # type: ignore[misc]
    errors = [result for result in together(ana.merchant, jobs) if isinstance(result, Exception)]
    assert (errors, deadlocks() - before, breaches()) == ([], 0, [])
    while run_due():
        pass
    assert sorted(Order.objects.values_list("status", flat=True)) == ["cancelled"] * 6 + ["placed"] * 6
