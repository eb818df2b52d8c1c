"""Money a person of the shop takes by hand, in cash or at a card terminal, and hands back the same way."""

from typing import Any

import structlog
from django.db import transaction
from django.db.models import Max
from djmoney.money import Money

from apps.merchants import clock
from apps.orders.actions import HOLD_FOR_LINK, NotNow, keep_holds
from apps.orders.actions.cancel import lock_order
from apps.orders.models import Order

from ..books import lock_payment, write_facts
from ..documents import write_documents
from ..errors import AmountChanged
from ..models import Payment, Refund
from ..provider import Fact, Kind, ProviderError
from ..tenders import amount_due
from .booked import follow
from .check import finalise
from .start import end_attempt

logger = structlog.get_logger(__name__)
State = Payment.State


def take_at_till(order: Order, *, taken_as: str, agreed: Money, slip: str = "", actor: Any = None) -> Payment:
    """A draft is paid at the till with what is left to pay: it is placed at once. Twice, or by two people, is once.

    `taken_as` is "cash" or "terminal", `slip` the terminal's receipt number. Nobody can pay at the open page afterwards;
    where the provider does not answer just now, the worker ends it later and what still arrives goes back. Raises
    `AmountChanged` where what is left to pay is not what was `agreed`, `NotNow` (it is no draft any more, or a payment
    is on its way) and `OutOfStock`. Call outside a transaction.
    """
    _end_open_attempt(order)
    with transaction.atomic():
        order = lock_order(order)
        if (known := order.payments.filter(state=State.SUCCEEDED, taken_as__in=Payment.AT_TILL).first()) is not None:
            return known
        if order.payments.filter(tender="", state=State.PROCESSING).exists():
            raise NotNow(order, "be paid twice")
        order = keep_holds(order, until=clock.now() + HOLD_FOR_LINK)
        due = amount_due(order)
        if due != agreed or not due.amount:
            raise AmountChanged(due)
        payment = _book(order, due, taken_as, slip, actor)
        return finalise(payment.pk)


def _end_open_attempt(order: Order) -> None:
    """The page, or the charge: one that waits for the shopper's bank, or that is only just being prepared."""
    for payment in order.payments.filter(state=State.OPEN, tender="").select_related("account", "order"):
        try:
            end_attempt(payment)
        except ProviderError as error:
            logger.warning("payment.attempt_not_ended", payment=payment.pk, error=str(error))


def _book(order: Order, amount: Money, taken_as: str, slip: str, actor: Any) -> Payment:
    last = order.payments.aggregate(last=Max("attempt"))["last"] or 0
    payment: Payment = Payment.objects.create(
        merchant_id=order.merchant_id,
        order=order,
        attempt=last + 1,
        amount=amount,
        taken_as=taken_as,
        state=State.SUCCEEDED,  # a page that would not end may still be open beside it
        taken_by=actor,
        provider_payment=slip,
    )
    write_facts(payment, [Fact(Kind.CAPTURED, amount, payment.public_id, clock.now())])
    return payment


def hand_back(refund: Refund, *, actor: Any = None) -> Refund:
    """Somebody has handed the money back, or sent it at the shop's own account behind a chat platform. Twice is once; a
    refund that a provider of ours sends is left alone."""
    with transaction.atomic():
        payment, order = lock_payment(refund.payment_id)
        refund = Refund.objects.get(pk=refund.pk)
        if payment.taken_as and refund.state in Refund.OPEN and refund.provider_ref:
            Refund.objects.filter(pk=refund.pk).update(actor=actor or refund.actor)
            write_facts(payment, [Fact(Kind.REFUNDED, refund.amount, refund.provider_ref, clock.now())])
            follow(payment, order)
            write_documents(order)
    return Refund.objects.get(pk=refund.pk)
