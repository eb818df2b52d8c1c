"""What is reserved and shall not be taken is let go: in the books at once, at the provider when the rest is taken, or when
nothing is left of it.
"""

from django.db.models import QuerySet

from apps.carts.money import zero
from apps.merchants import clock
from apps.orders.models import Order

from ..books import buyer_of, promised_back, write_facts
from ..fold import Folded
from ..models import Capture, Payment, Refund
from ..provider import Fact, Kind
from .booked import follow

State = Capture.State


def standing_captures(payment: Payment) -> "QuerySet[Capture]":
    """What is to be taken of this attempt, or was: one at most."""
    found: QuerySet[Capture] = Capture.objects.filter(payment=payment).exclude(state=State.FAILED)
    return found


def may_let_go(payment: Payment) -> bool:
    """Whether what shall not be taken need not be: it is reserved, and nobody has been asked to take it. It is locked."""
    return payment.state == Payment.State.AUTHORISED and not standing_captures(payment).exists()


def let_go(refund: Refund, payment: Payment, order: Order) -> None:
    """So much less will be taken; with the last of it the provider is asked to let all go. All is locked."""
    refund.provider_ref, refund.is_release = f"release:{refund.pk}", True
    refund.save(update_fields=["provider_ref", "is_release"])
    write_facts(payment, [Fact(Kind.RELEASED, refund.amount, refund.provider_ref, clock.now())])
    follow(payment, order)
    refund.refresh_from_db()
    if promised_back(payment) >= payment.amount:
        Capture.objects.create(merchant_id=payment.merchant_id, payment=payment, amount=zero(order.currency))


def let_waiting_go(payment: Payment, order: Order) -> None:
    """What was to go back once the money was taken need not be taken now that it was not. All is locked."""
    for refund in Refund.objects.filter(payment=payment, state__in=Refund.OPEN, provider_ref="").order_by("pk"):
        if may_let_go(payment):
            let_go(refund, payment, order)


def end_captures(payment: Payment, order: Order, attempt: Folded) -> None:
    """The provider has taken it, or let it go: so what was asked for is over. All is locked.

    Where it was let go and we had not said so, the shop must know that it has no money for this order.
    """
    asked = standing_captures(payment).filter(state__in=Capture.OPEN)
    if payment.state == Payment.State.SUCCEEDED:
        asked.update(state=State.DONE, error="")
        return
    asked.filter(amount=0).update(state=State.DONE, error="")
    asked.filter(amount__gt=0).update(state=State.FAILED, error="it is not reserved any more")
    waiting = Refund.objects.filter(payment=payment, state__in=Refund.OPEN, is_release=False)
    waiting.update(state=Refund.State.FAILED, error="nothing was taken that could go back")
    missing = attempt.authorised - attempt.released
    is_bought_with = buyer_of(order) == payment.pk and order.status in (Order.Status.PLACED, Order.Status.CLOSED)
    if missing.amount > 0 and is_bought_with:
        order.record("capture_failed", payment=payment.pk, amount=str(missing.amount), currency=order.currency)
