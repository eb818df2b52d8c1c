"""A person's figures: they go with whoever becomes another, are told on request, and are gone once forgotten."""

from typing import Any

from apps.carts.money import round_money
from apps.customers.models import Customer

from .locks import beside_others
from .models import CustomerFigures


def merge_figures(source: Customer, target: Customer) -> None:
    """The next night counts the two as one; until then nobody is counted twice."""
    beside_others(source.merchant_id)
    CustomerFigures.objects.filter(customer=source).delete()


def unmerge_figures(source: Customer, target: Customer, data: Any) -> None:
    """What either is worth is reckoned again the next night."""


def export_figures(customer: Customer) -> dict[str, Any] | None:
    """What the shop has reckoned about them; None for who has ordered nothing yet."""
    figures = CustomerFigures.objects.filter(customer=customer).first()
    if figures is None:
        return None
    return {
        "value": str(round_money(figures.value).amount),
        "currency": str(figures.value.currency),
        "orders": figures.orders,
        "first_order_at": figures.first_order_at.isoformat(),
        "last_order_at": figures.last_order_at.isoformat(),
        "recency": figures.recency,
        "frequency": figures.frequency,
        "money": figures.monetary,
        "segment": figures.segment,
        "reckoned_at": figures.reckoned_at.isoformat(),
    }


def erase_figures(customer: Customer) -> None:
    beside_others(customer.merchant_id)
    CustomerFigures.objects.filter(customer=customer).delete()
