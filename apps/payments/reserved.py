"""Reserved money that needs somebody: it runs out soon, or could not be taken."""

import datetime as dt

from django.db.models import Exists, OuterRef, Q

from apps.merchants import clock
from apps.orders.models import Order, OrderEvent

from .models import Payment

State = Payment.State
SOON = dt.timedelta(days=2)
LOOK_BACK = dt.timedelta(days=30)  # for so long it stays a task that money is missing


def ending() -> Q:
    """Payments whose reservation ends within two days, while nothing of it was taken."""
    return Q(state=State.AUTHORISED, capture_before__lte=clock.now() + SOON)


def missing() -> Q:
    """Payments of orders that stand whose money could not be taken and was not taken since."""
    told = OrderEvent.objects.filter(
        order=OuterRef("order"), kind="capture_failed", created_at__gte=clock.now() - LOOK_BACK
    )
    stands = Q(order__status__in=[Order.Status.PLACED, Order.Status.CLOSED])
    return stands & Q(Exists(told), state__in=[State.AUTHORISED, State.RELEASED], captures_on_shipping=True)
