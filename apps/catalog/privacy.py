"""What a person wished and waited for, told to them when they ask and forgotten when they wish."""

from typing import Any

from apps.customers.models import Customer

from .models import StockAlert, Wish
from .waitlist import leave_line


def export_wishes(customer: Customer) -> dict[str, Any]:
    """Oldest first."""
    wishes = Wish.objects.filter(customer=customer).select_related("product", "variant").order_by("created_at", "pk")
    alerts = StockAlert.objects.filter(customer=customer).select_related("variant").order_by("created_at", "pk")
    return {
        "saved": [
            {
                "product": wish.product.title,
                "sku": wish.variant.sku if wish.variant else "",
                "created_at": wish.created_at.isoformat(),
            }
            for wish in wishes
        ],
        "waited_for": [
            {"sku": alert.variant.sku, "state": alert.state, "created_at": alert.created_at.isoformat()}
            for alert in alerts
        ],
    }


def has_wishes(customer: Customer) -> bool:
    """Whether they saved anything, or waited for it."""
    return any(model.objects.filter(customer=customer).exists() for model in (Wish, StockAlert))


def erase_wishes(customer: Customer) -> None:
    """All of it goes; what was kept for them is the next one's."""
    Wish.objects.filter(customer=customer).delete()
    waiting = StockAlert.objects.filter(customer=customer, state__in=StockAlert.OPEN)
    for variant_id in list(waiting.order_by("variant").values_list("variant", flat=True)):
        leave_line(customer, variant_id)
    StockAlert.objects.filter(customer=customer).delete()
