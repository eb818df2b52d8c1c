"""A shopper's own orders. Nobody finds anybody else's, and "not yours" looks exactly like "not there"."""

from typing import Any

from django.db.models import Q

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
