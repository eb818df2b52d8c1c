"""Whatever an offer takes off an order, its parts given back in any order and size are to the cent what was paid."""

from decimal import Decimal

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.carts.actions import open_cart
from apps.carts.money import zero
from apps.carts.promotions.codes import enter_code
from apps.merchants import clock
from apps.merchants.invariants import run_all
from apps.merchants.models import Merchant
from apps.orders.models import Order
from apps.payments.actions import left_to_refund, refund_lines
from apps.payments.actions.check import finalise
from apps.payments.books import write_facts
from apps.payments.models import Payment, PaymentAccount, RefundLine
from apps.payments.provider import Fact, Kind
from apps.payments.shares import delivery_left, paid_for, shares_of, units_left
from tests import factories
from tests.carts import goods, offers

cents = st.integers(1, 9_999).map(lambda minor: f"{Decimal(minor) / 100:.2f}")
lines = st.lists(st.tuples(cents, st.integers(1, 4)), min_size=1, max_size=3)


def bought(shop: Merchant, wanted: list[tuple[str, int]], percent: int) -> Order:
    goods.vat(shop)
    offers.code(shop, promotion_fields={"percent": percent})
    customer = factories.customer(shop)
    goods.full_cart(customer, {goods.variant(shop, price=price): quantity for price, quantity in wanted})
    enter_code(open_cart(customer), "WELCOME10")
    order = goods.draft(open_cart(customer))
    account = PaymentAccount.objects.create(merchant=shop, provider="stripe", name="parts", config={})
    payment = Payment.objects.create(
        merchant=shop, account=account, order=order, attempt=1, amount=order.total, provider_payment="pi"
    )
    write_facts(payment, [Fact(Kind.CAPTURED, order.total, "pi", clock.now())])
    finalise(payment.pk)
    return Order.objects.get(pk=order.pk)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=lines, percent=st.integers(1, 99), data=st.data())
def test_parts_of_a_reduced_order_add_up(
    in_scope: Merchant, wanted: list[tuple[str, int]], percent: int, data: st.DataObject
) -> None:
    with transaction.atomic():
        order = bought(in_scope, wanted, percent)
        while left := units_left(order):
            part = {line.pk: data.draw(st.integers(0, most)) for line, most in left}
            first, most = left[0]
            part[first.pk] = part[first.pk] or most
            before = left_to_refund(order)
            refund = (
                refund_lines(order, lines=part, to_credit=data.draw(st.booleans())) if _costs(order, part) else None
            )
            if refund is None:
                break
            assert refund.amount <= before
        for line in order.lines.all():
            rows = RefundLine.objects.filter(line=line)
            given_back = sum((row.amount for row in rows), Decimal(0))
            assert given_back <= paid_for(line, order).amount
            if sum(row.quantity for row in rows) == line.quantity:
                assert given_back == paid_for(line, order).amount
                assert sum((row.tax for row in rows), Decimal(0)) == line.tax_amount.amount
        if not units_left(order):
            assert left_to_refund(order) == delivery_left(order)
        assert [finding for finding in run_all() if not finding["ok"]] == []
        transaction.set_rollback(True)


def _costs(order: Order, part: dict[int, int]) -> bool:
    """Goods that an offer makes free cannot be paid back alone."""
    return shares_of(order, part, None).amount > zero(order.currency)
