"""Steps many payment tests share."""

from apps.catalog.models import Variant
from apps.customers.models import Customer
from apps.orders.actions import hold_for_summary
from apps.orders.models import Order
from apps.payments.actions import start_checkout
from apps.payments.inbox import run_due
from apps.payments.models import Payment
from tests.carts import goods

from .desk import Desk


def ordered(customer: Customer, variants: dict[Variant, int] | None = None) -> Order:
    """A confirmed draft; of one mug for 16.90 with delivery unless said otherwise."""
    cart = goods.full_cart(customer, variants or {goods.variant(customer.merchant): 1})
    hold_for_summary(cart)
    return goods.draft(cart)


def linked(customer: Customer, variants: dict[Variant, int] | None = None) -> Payment:
    """A draft with a live pay link."""
    return start_checkout(ordered(customer, variants))


def paid(desk: Desk, customer: Customer, variants: dict[Variant, int] | None = None) -> Payment:
    """Paid at the hosted page and confirmed by its events."""
    payment = linked(customer, variants)
    assert desk.pay(payment.provider_session) == "paid"
    deliver(desk)
    payment.refresh_from_db()
    return payment


def deliver(desk: Desk) -> None:
    """Every new event arrives once, in order, and is looked at."""
    for event in desk.new_events():
        assert desk.tell(event) == 200
    run_due()


def fresh(order: Order) -> Order:
    order.refresh_from_db()
    return order


def told(order: Order) -> list[str]:
    """The kinds of the order's events, oldest first."""
    return list(order.events.order_by("pk").values_list("kind", flat=True))
