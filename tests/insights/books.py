"""Orders as they stand in the books, written straight down: the figures read rows, however they came to be."""

import datetime as dt
import itertools
from decimal import Decimal
from typing import Any

from djmoney.money import Money

from apps.carts.models import Cart
from apps.catalog.models import Variant
from apps.customers.models import Customer
from apps.orders.models import Order, OrderLine, ReturnRequest
from apps.payments.models import Payment, Refund, RefundLine

NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
_numbers = itertools.count(1)


def order(
    customer: Customer,
    goods: str = "119.00",
    *,
    tax: str = "19.00",
    delivery: str = "0",
    delivery_tax: str = "0",
    days_ago: int = 0,
    is_tax_inclusive: bool = True,
    currency: str = "",
    **fields: Any,
) -> Order:
    """`goods` and `delivery` as the shopper read them: with their tax inside, or before it where it comes on top."""
    code = currency or customer.merchant.currency
    on_top = Decimal(0) if is_tax_inclusive else Decimal(tax) + Decimal(delivery_tax)
    amounts = {
        "subtotal": goods,
        "delivery_total": delivery,
        "tax_total": Decimal(tax) + Decimal(delivery_tax),
        "delivery_tax": delivery_tax,
        "total": Decimal(goods) + Decimal(delivery) + on_top,
    }
    defaults: dict[str, Any] = {
        "status": "placed",
        "payment_status": "paid",
        "placed_at": NOON - dt.timedelta(days=days_ago),
        "discount_total": Money(0, code),
        "delivery_discount": Money(0, code),
    }
    merchant = customer.merchant
    return Order.objects.create(
        merchant=merchant,
        customer=customer,
        cart=Cart.objects.create(merchant=merchant, customer=customer, status="ordered", currency=code),
        number=f"N-{next(_numbers)}",
        currency=code,
        is_tax_inclusive=is_tax_inclusive,
        **{name: Money(amount, code) for name, amount in amounts.items()},
        **(defaults | fields),
    )


def line(of: Order, variant: Variant) -> OrderLine:
    return OrderLine.objects.create(
        merchant_id=of.merchant_id,
        order=of,
        variant=variant,
        title="Mug",
        sku=variant.sku,
        quantity=1,
        unit_price=of.subtotal,
        line_total=of.subtotal,
        discount=Money(0, of.currency),
        tax_amount=of.tax_total - of.delivery_tax,
        hold_reference=f"hold:{next(_numbers)}",
    )


def refund(of: Order, amount: str, *, parts: tuple[OrderLine, str, str] | None = None, **fields: Any) -> Refund:
    """So much goes back: with `parts` (line, amount, tax) said for what, without them nobody knows."""
    payment = of.payments.first() or Payment.objects.create(
        merchant_id=of.merchant_id,
        order=of,
        attempt=1,
        tender="store_credit",
        state="succeeded",
        amount=of.total if of.total.amount else Money(1, of.currency),
    )
    made = Refund.objects.create(
        merchant_id=of.merchant_id, payment=payment, amount=Money(amount, of.currency), **({"state": "done"} | fields)
    )
    if parts is not None:
        what, share, tax = parts
        RefundLine.objects.create(
            merchant_id=of.merchant_id, refund=made, line=what, quantity=1, amount=Decimal(share), tax=Decimal(tax)
        )
    return made


def exchanged(first: Order, instead: Order, *, state: str = "replaced") -> ReturnRequest:
    return ReturnRequest.objects.create(
        merchant_id=first.merchant_id,
        order=first,
        position=first.returns.count() + 1,
        kind="exchange",
        wish="replacement",
        state=state,
        exchange_order=instead,
    )
