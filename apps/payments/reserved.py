"""Reserved money that needs somebody: it runs out soon, or could not be taken."""

import datetime as dt

from django.db.models import DecimalField, Exists, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from apps.merchants import clock
from apps.orders.models import Order, OrderEvent

from .models import Payment, Refund

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


def nothing_came() -> Q:
    """Orders whose reserved money ran out or was let go, so that they are no sale: of all of it, or of what a gift card or
    credit left, unless the shop itself let that go and what was paid is all that is owed. As `insights.reckon` has it.
    """
    status = Order.PaymentStatus
    given = Refund.objects.filter(payment=OuterRef("pk"), is_release=True, state=Refund.State.DONE).order_by()
    by_us = Subquery(given.values("payment").annotate(sum=Sum("amount")).values("sum"))
    let_go = Payment.objects.filter(order=OuterRef("pk"), state=State.RELEASED)
    ran_out = let_go.annotate(by_us=Coalesce(by_us, Value(0), output_field=DecimalField())).filter(
        by_us__lt=F("amount")
    )
    return Q(Exists(let_go), payment_status=status.NONE) | Q(Exists(ran_out), payment_status=status.PARTLY_PAID)
