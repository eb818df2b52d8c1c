"""What orders tell the programme of points: the amount and the day, inside the transaction that changes the order.

A shopper who is no member costs one statement.
"""

from decimal import Decimal
from fractions import Fraction

from django.db.models import QuerySet
from djmoney.money import Money

from apps.carts.models import Cart
from apps.loyalty.actions import earn_for_order, earn_for_review, keep_for_order, member_of
from apps.merchants.markets import worth_at_home

from .models import Order


def draft_reference(cart: Cart) -> str:
    """What the draft that this cart has become takes vouchers for; "" where there is none. Registered with carts."""
    draft: Order | None = Order.objects.filter(cart=cart, status=Order.Status.DRAFT).first()
    return reference_of(draft) if draft is not None else ""


def reference_of(order: Order) -> str:
    """How the programme names an order."""
    return f"order:{order.pk}"


def goods_paid(order: Order) -> Decimal:
    """What the shopper pays for the goods, with their tax and less any discount; delivery earns nothing, and a gift card
    only what is bought with it."""
    delivery = order.delivery_total if order.is_tax_inclusive else order.delivery_total + order.delivery_tax
    return max(Decimal(0), (order.total - delivery - order.gift_cards).amount)


def give_points(order: Order) -> None:
    """The order is placed. Once per order, however often it is told.

    Points are for amounts in the shop's own currency: what was paid in another counts by the merchant's fixed rate, and
    earns nothing where there is none.
    """
    member = member_of(order.customer_id, earning=True)
    if member is None:
        return
    amount = worth_at_home(order.merchant, Money(goods_paid(order), order.currency))
    if amount is None:
        return
    earn_for_order(member, reference=reference_of(order), amount=amount, is_first=not _bought_before(order).exists())


def thank_for_rating(order: Order) -> None:
    """The shopper has rated an order that stands: once, and gone again with the order."""
    member = member_of(order.customer_id, earning=True)
    if member is not None and order.status in (Order.Status.PLACED, Order.Status.CLOSED) and order.is_paid:
        earn_for_review(member, reference=reference_of(order))


def keep_points(order: Order, *, kept: Money) -> None:
    """So much of the order's money, its gift cards' left aside, is still with the shop: its points follow, down and up."""
    earning = (order.total - order.gift_cards).amount
    share = Fraction(kept.amount) / Fraction(earning) if earning else Fraction(0)
    keep_for_order(order.customer_id, reference=reference_of(order), share=max(Fraction(0), min(Fraction(1), share)))


def take_points_back(order: Order) -> None:
    """It was called off after it had been placed."""
    keep_for_order(order.customer_id, reference=reference_of(order), share=Fraction(0))


def _bought_before(order: Order) -> "QuerySet[Order]":
    """Orders of this shopper that stand and were paid for; one that was sent back in full is no first order."""
    undone = (Order.PaymentStatus.REFUNDED, Order.PaymentStatus.LOST)
    placed: QuerySet[Order] = Order.objects.filter(
        customer_id=order.customer_id, status__in=(Order.Status.PLACED, Order.Status.CLOSED)
    )
    return placed.exclude(pk=order.pk).exclude(payment_status__in=undone).filter(total__gt=0)
