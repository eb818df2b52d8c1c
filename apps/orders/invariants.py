"""What must always be true of orders; run by `manage.py check_invariants`."""

from collections.abc import Callable
from decimal import Decimal

from django.db.models import Count, F, Q, Sum

from apps.catalog.models import StockHold
from apps.merchants import clock

from .models import Order, OrderLine


def totals_add_up() -> list[str]:
    """Lines make the subtotal; subtotal, delivery and tax make the total."""
    wrong = []
    orders = Order.objects.annotate(lines_sum=Sum("lines__line_total"), tax_sum=Sum("lines__tax_amount"))
    for order in orders.order_by("pk").iterator(chunk_size=500):
        lines, tax = order.lines_sum or Decimal(0), order.tax_sum or Decimal(0)
        on_top = Decimal(0) if order.is_tax_inclusive else order.tax_total.amount
        if lines != order.subtotal.amount:
            wrong.append(f"order {order.number}: lines {lines}, subtotal {order.subtotal.amount}")
        if tax + order.delivery_tax.amount != order.tax_total.amount:
            wrong.append(
                f"order {order.number}: taxes {tax} + {order.delivery_tax.amount}, said {order.tax_total.amount}"
            )
        if order.subtotal.amount + order.delivery_total.amount + on_top != order.total.amount:
            wrong.append(f"order {order.number}: parts do not make {order.total.amount}")
    odd = OrderLine.objects.exclude(line_total=F("unit_price") * F("quantity"))
    return wrong + [
        f"order line {line.pk}: {line.quantity} × {line.unit_price} is not {line.line_total}" for line in odd
    ]


def one_live_order_per_cart() -> list[str]:
    doubled = Order.objects.filter(status__in=Order.LIVE).values("cart_id").annotate(n=Count("pk")).filter(n__gt=1)
    return [f"cart {row['cart_id']} has {row['n']} live orders" for row in doubled]


def drafts_hold_their_goods() -> list[str]:
    """A draft whose time is not up holds exactly what it is for; an order that ended holds nothing of its own."""
    wrong = []
    drafts = Order.objects.filter(status=Order.Status.DRAFT, hold_until__gt=clock.now())
    for line in OrderLine.objects.filter(order__in=drafts, is_stocked=True).select_related("order"):
        held = StockHold.objects.filter(
            reference=line.hold_reference, state=StockHold.State.ACTIVE, level__variant_id=line.variant_id
        ).aggregate(n=Sum("quantity"))["n"]
        if (held or 0) != line.quantity:
            wrong.append(f"draft {line.order.number} holds {held or 0} of {line.quantity} × {line.sku}")
    return wrong


def story_matches_status() -> list[str]:
    """Each status has the event that tells it, exactly once."""
    wrong = []
    for status, kind in (
        ("placed", "placed"),
        ("cancelled", "cancelled"),
        ("unfillable", "unfillable"),
        ("expired", "expired"),
    ):
        orders = Order.objects.filter(status=status).annotate(n=Count("events", filter=Q(events__kind=kind)))
        wrong += [f"order {order.number} is {status} with {order.n} such events" for order in orders.exclude(n=1)]
    return wrong


CHECKS: dict[str, Callable[[], list[str]]] = {
    "orders: totals add up": totals_add_up,
    "orders: one live order per cart": one_live_order_per_cart,
    "orders: drafts hold their goods": drafts_hold_their_goods,
    "orders: the story matches the status": story_matches_status,
}
