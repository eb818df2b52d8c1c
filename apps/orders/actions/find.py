"""A shopper's own orders. Nobody finds anybody else's, and "not yours" looks exactly like "not there"."""

from typing import Any

from django.db.models import Q

from apps.carts.models import Cart
from apps.customers.models import Customer

from ..models import Order
from ..numbers import tidy_number


def find_orders(customer: Customer) -> Any:
    """Newest first: what was bought, and drafts waiting for money. Drafts that came to nothing are left out."""
    bought = Q(placed_at__isnull=False) | Q(status=Order.Status.DRAFT)
    return Order.objects.filter(bought, customer=customer).order_by("-created_at", "-pk")


def find_order(customer: Customer, number: str) -> Order | None:
    """The customer's order of that number as they typed it, of any status; None for somebody else's."""
    tidy = tidy_number(number)
    return Order.objects.filter(customer=customer, number=tidy).first() if tidy else None


def orders_to_pay(customer: Customer) -> list[str]:
    """The numbers of the orders nobody has paid yet, the newest first; one whose bank is busy with it is none."""
    waiting = find_orders(customer).filter(status=Order.Status.DRAFT)
    return list(waiting.exclude(payment_status=Order.PaymentStatus.PENDING).values_list("number", flat=True))


def live_order_of(cart: Cart) -> str:
    """The public id of what this cart has become, paid or still to be paid; "" for nothing. Registered with carts."""
    live = Order.objects.filter(cart=cart, status__in=Order.LIVE)
    name: str | None = live.values_list("public_id", flat=True).first()
    return name or ""
