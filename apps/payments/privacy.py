"""What a person paid and got back, for their export. Nothing here names a person, so nothing is erased."""

from typing import Any

from apps.customers.models import Customer

from .models import Payment


def export_payments(customer: Customer) -> list[dict[str, Any]]:
    """Every attempt with its refunds, oldest first. Card data never comes to us."""
    payments = Payment.objects.filter(order__customer=customer).order_by("pk").select_related("order")
    return [
        {
            "order": payment.order.number,
            "state": payment.state,
            "amount": str(payment.amount.amount),
            "currency": str(payment.amount.currency),
            "created_at": payment.created_at.isoformat(),
            "refunds": [
                {"amount": str(refund.amount.amount), "state": refund.state}
                for refund in payment.refunds.order_by("pk")
            ],
        }
        for payment in payments
    ]
