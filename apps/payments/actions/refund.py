"""Giving money back: a row first, under the payment's lock; then the provider; then the books."""

import datetime as dt
from typing import Any

import structlog
from django.db import connection, transaction
from django_scopes import scope, scopes_disabled

from apps.carts.money import total_of
from apps.merchants import clock
from apps.orders.actions import NotCancellable, call_off, give_back_after_refund
from apps.orders.actions.cancel import lock_order
from apps.orders.models import Order
from apps.orders.points import keep_points

from ..accounts import config_of
from ..books import folded_attempts, lock_payment, promised_back, write_facts
from ..fold import Folded, payment_status
from ..models import Payment, PaymentEvent, Refund
from ..provider import Fact, Kind, NotConfigured, ProviderRefused, ProviderUnavailable, RefundAnswer, provider_for

logger = structlog.get_logger(__name__)

LEASE = dt.timedelta(seconds=60)
LONGEST_PAUSE = dt.timedelta(hours=1)


class NothingToRefund(Exception):
    """No money of this order is here, or all of it is on its way back already."""


def promise_refund(payment: Payment, order: Order, *, reason: str, actor: Any = None) -> Refund | None:
    """Write down that all that is left of this attempt goes back; the worker sends it. None when nothing is left.

    The payment is locked, so two people cannot give the same money back twice.
    """
    captured = folded_attempts(order)[payment.pk]
    left = captured.captured - captured.lost - captured.disputed - promised_back(payment)
    if left.amount <= 0:
        return None
    return Refund.objects.create(
        merchant_id=payment.merchant_id, payment=payment, amount=left, reason=reason[:120], actor=actor
    )


def refund_order(order: Order, *, actor: Any = None, reason: str = "") -> Refund:
    """Give back all the money there is. Again gives the same refund. Raises `NothingToRefund`.

    A disputed payment is left to the dispute. Outside a transaction the provider is asked at once, else by the worker.
    """
    with transaction.atomic():
        refund = _promise_all(order, actor=actor, reason=reason)
    if refund is None:
        raise NothingToRefund(order.number)
    return _send_now(refund)


def cancel_order(order: Order, *, actor: Any = None, reason: str = "") -> Order:
    """Call the order off before it is shipped and give back what was paid. Twice is once. Raises `NotCancellable`.

    A payment that arrives afterwards goes back by itself.
    """
    with transaction.atomic():
        cancelled = call_off(order, actor=actor, reason=reason)
        refund = _promise_all(cancelled, actor=actor, reason=reason or Refund.CALLED_OFF)
    if refund is not None:
        _send_now(refund)
    return cancelled


def _promise_all(order: Order, *, actor: Any, reason: str) -> Refund | None:
    """One refund per attempt that has money; the last of them, or the one that is already there."""
    lock_order(order)
    found = Refund.objects.filter(payment__order=order).exclude(state=Refund.State.FAILED).order_by("pk").last()
    attempts = order.payments.filter(state=Payment.State.SUCCEEDED).order_by("pk")
    for payment in attempts.select_for_update(no_key=True, of=("self",)):
        found = promise_refund(payment, order, reason=reason, actor=actor) or found
    return found


def _send_now(refund: Refund) -> Refund:
    if connection.in_atomic_block or refund.state != Refund.State.PENDING:
        return refund
    if _claim(refund.pk):
        _send(refund.pk)
    return Refund.objects.get(pk=refund.pk)


def send_refunds(limit: int = 20) -> int:
    """The worker's part: ask the provider for every promised refund that is due. Returns how many were tried."""
    with scopes_disabled():
        due = Refund.objects.filter(state=Refund.State.PENDING, provider_ref="", due_at__lte=clock.now())
        waiting = list(due.select_related("merchant").order_by("due_at")[:limit])
    done = 0
    for refund in waiting:
        with scope(merchant=refund.merchant):
            if _claim(refund.pk):
                _send(refund.pk)
                done += 1
    return done


def _claim(pk: int) -> bool:
    """Ours for a minute, if nobody else took it first."""
    now = clock.now()
    due = Refund.objects.filter(pk=pk, state=Refund.State.PENDING, provider_ref="", due_at__lte=now)
    return bool(due.update(due_at=now + LEASE))


def _send(pk: int) -> None:
    """One call with the refund's own key; before a repetition we look whether it was done after all."""
    refund = Refund.objects.select_related("payment__account").get(pk=pk)
    payment = refund.payment
    provider, config = provider_for(payment.account.provider), config_of(payment.account)
    try:
        if refund.attempts:
            _look_again(payment)
            if Refund.objects.get(pk=pk).provider_ref:
                return
        answer = provider.refund(
            payment.provider_payment, refund.amount, config, key=f"refund:{payment.public_id}:{pk}"
        )
    except (ProviderUnavailable, NotConfigured) as error:
        _later(refund, error)
    except ProviderRefused as error:
        _refused(refund, error)
    else:
        _book(pk, answer)


def _look_again(payment: Payment) -> None:
    """Read the provider's own list of refunds into our books."""
    session = provider_for(payment.account.provider).fetch_checkout(
        payment.provider_session, config_of(payment.account)
    )
    with transaction.atomic():
        locked, order = lock_payment(payment.pk)
        write_facts(locked, [fact for fact in session.facts if fact.kind in (Kind.REFUNDED, Kind.REFUND_FAILED)])
        _follow(locked, order)


@transaction.atomic
def _book(pk: int, answer: RefundAnswer) -> None:
    payment_id = Refund.objects.values_list("payment_id", flat=True).get(pk=pk)
    payment, order = lock_payment(payment_id)
    Refund.objects.filter(pk=pk).update(provider_ref=answer.id, error="")
    if answer.state == "done":
        write_facts(payment, [Fact(Kind.REFUNDED, answer.amount, answer.id, clock.now())])
    elif answer.state == "failed":
        write_facts(payment, [Fact(Kind.REFUND_FAILED, answer.amount, answer.id, clock.now())])
    _follow(payment, order)


def _follow(payment: Payment, order: Order) -> None:
    """Order status and refund rows as the books now say. All is locked."""
    attempts = list(folded_attempts(order).values())
    order.payment_status = payment_status(attempts, total=order.total)
    order.save(update_fields=["payment_status"])
    if book_refunds(payment, order):
        follow_points(order, attempts)


def follow_points(order: Order, attempts: list[Folded]) -> None:
    """Points of a placed order follow the money that is left. All is locked."""
    if order.status in (Order.Status.PLACED, Order.Status.CLOSED):
        keep_points(order, kept=total_of([attempt.kept for attempt in attempts], currency=order.currency))


def book_refunds(payment: Payment, order: Order) -> bool:
    """Refund rows follow the events: done, failed, or made at the provider's own desk. The payment is locked.

    Returns whether there was anything new.
    """
    is_new = False
    events = PaymentEvent.objects.filter(payment=payment, kind__in=[Kind.REFUNDED, Kind.REFUND_FAILED]).order_by("pk")
    failed = {event.provider_ref for event in events if event.kind == Kind.REFUND_FAILED}
    for event in events:
        state = Refund.State.FAILED if event.provider_ref in failed else Refund.State.DONE
        refund = _row_for(payment, event)
        if refund.state == state and refund.provider_ref == event.provider_ref and refund.pk:
            continue
        refund.state, refund.provider_ref = state, event.provider_ref
        refund.save()
        kind = "refunded" if state == Refund.State.DONE else "refund_failed"
        amount = refund.amount
        order.record(kind, refund=refund.pk, amount=str(amount.amount), currency=str(amount.currency))
        is_new = True
    if order.payment_status == Order.PaymentStatus.REFUNDED:
        give_back_after_refund(order)
    return is_new


def _row_for(payment: Payment, event: PaymentEvent) -> Refund:
    """Our row for the provider's refund: by its id, else the one of that amount whose answer we never got."""
    rows = Refund.objects.filter(payment=payment)
    known = rows.filter(provider_ref=event.provider_ref).first()
    unanswered = rows.filter(provider_ref="", state=Refund.State.PENDING, amount=event.amount).order_by("pk").first()
    return (
        known
        or unanswered
        or Refund(
            merchant_id=payment.merchant_id,
            payment=payment,
            amount=event.amount,
            reason=Refund.AT_PROVIDER,
            state=Refund.State.PENDING,
        )
    )


def _later(refund: Refund, error: Exception) -> None:
    pause = min(LONGEST_PAUSE, dt.timedelta(seconds=5 * 2**refund.attempts))
    logger.warning("refund.later", refund=refund.pk, attempts=refund.attempts + 1, error=str(error))
    Refund.objects.filter(pk=refund.pk).update(
        due_at=clock.now() + pause, attempts=refund.attempts + 1, error=str(error)[:300]
    )


@transaction.atomic
def _refused(refund: Refund, error: ProviderRefused) -> None:
    logger.error("refund.refused", refund=refund.pk, error=str(error))
    order = lock_order(refund.payment.order)
    Refund.objects.filter(pk=refund.pk).update(
        state=Refund.State.FAILED, attempts=refund.attempts + 1, error=str(error)[:300]
    )
    amount = refund.amount
    order.record("refund_failed", refund=refund.pk, amount=str(amount.amount), currency=str(amount.currency))


__all__ = [
    "NotCancellable",
    "NothingToRefund",
    "book_refunds",
    "cancel_order",
    "follow_points",
    "promise_refund",
    "refund_order",
    "send_refunds",
]
