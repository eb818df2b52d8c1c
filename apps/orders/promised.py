"""Pick-up points that somebody's parcel is going to."""

from .models import Order


def promised_points() -> set[str]:
    """Their public ids, of orders that are waited for: not paid yet, to be sent, or sent and not there."""
    under_way = Order.objects.exclude(point={}).exclude(fulfilment_status=Order.FulfilmentStatus.DELIVERED)
    waited_for = [Order.Status.DRAFT, Order.Status.PLACED, Order.Status.UNFILLABLE]
    return set(under_way.filter(status__in=waited_for).values_list("point__id", flat=True))
