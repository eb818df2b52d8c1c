"""Asking the provider for what was promised: under the refund's own key, as often as it takes, and once in the books."""

import datetime as dt

import structlog
from django.db import connection, transaction
from django_scopes import scope, scopes_disabled

from apps.merchants import clock
from apps.merchants.doors import NotConfigured
from apps.orders.actions.cancel import lock_order

from ..accounts import asked_for, config_of
from ..asking import look_at, pause_after
from ..books import lock_payment, refund_key, write_facts
from ..documents import write_documents
from ..models import Payment, Refund
from ..provider import Fact, Kind, ProviderRefused, ProviderUnavailable, RefundAnswer, provider_for
from .booked import REFUND_KINDS, follow, told_of

logger = structlog.get_logger(__name__)

LEASE = dt.timedelta(seconds=60)


def send_now(refund: Refund) -> Refund:
    """Outside a transaction the provider is asked at once, else by the worker."""
    if connection.in_atomic_block or refund.state not in Refund.OPEN:
        return refund
    if _claim(refund.pk):
        _send(refund.pk)
    return Refund.objects.get(pk=refund.pk)


def send_refunds(limit: int = 20) -> int:
    """The worker's part: ask the provider for every promised refund that is due. Returns how many were tried."""
    with scopes_disabled():
        due = Refund.objects.filter(state__in=Refund.OPEN, provider_ref="", due_at__lte=clock.now())
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
    due = Refund.objects.filter(pk=pk, state__in=Refund.OPEN, provider_ref="", due_at__lte=now)
    return bool(due.update(due_at=now + LEASE))


def _send(pk: int) -> None:
    """One call with the refund's own key; before a repetition we look whether it was done after all."""
    refund = Refund.objects.select_related("payment__account").get(pk=pk)
    payment = refund.payment
    account = asked_for(payment)
    provider, config = provider_for(account.provider), config_of(account)
    try:
        if payment.state == Payment.State.AUTHORISED:
            raise ProviderUnavailable("its money is only just being taken")
        if refund.attempts:
            _look_again(payment)
            if Refund.objects.get(pk=pk).provider_ref:
                return
        answer = provider.refund(payment.provider_payment, refund.amount, config, key=refund_key(refund, payment))
    except ProviderUnavailable as error:
        was = refund.state if payment.state == Payment.State.AUTHORISED else Refund.State.UNKNOWN
        _later(refund, error, state=was)
    except NotConfigured as error:
        _later(refund, error, state=refund.state)
    except ProviderRefused as error:
        _refused(refund, error)
    else:
        _book(pk, answer)


def _look_again(payment: Payment) -> None:
    """Read the provider's own list of refunds into our books."""
    session = look_at(payment)
    with transaction.atomic():
        locked, order = lock_payment(payment.pk)
        write_facts(locked, [fact for fact in session.facts if fact.kind in REFUND_KINDS])
        follow(locked, order)
        write_documents(order)


@transaction.atomic
def _book(pk: int, answer: RefundAnswer) -> None:
    payment_id = Refund.objects.values_list("payment_id", flat=True).get(pk=pk)
    payment, order = lock_payment(payment_id)
    Refund.objects.filter(pk=pk, state__in=Refund.OPEN).update(
        provider_ref=answer.id, state=Refund.State.PENDING, error=""
    )
    if answer.state == "done":
        write_facts(payment, [Fact(Kind.REFUNDED, answer.amount, answer.id, clock.now())])
    elif answer.state == "failed":
        write_facts(payment, [Fact(Kind.REFUND_FAILED, answer.amount, answer.id, clock.now())])
    follow(payment, order)
    write_documents(order)


def _later(refund: Refund, error: Exception, *, state: str) -> None:
    logger.warning("refund.later", refund=refund.pk, attempts=refund.attempts + 1, error=str(error))
    Refund.objects.filter(pk=refund.pk, state__in=Refund.OPEN).update(
        state=state,
        due_at=clock.now() + pause_after(refund.attempts),
        attempts=refund.attempts + 1,
        error=str(error)[:300],
    )


@transaction.atomic
def _refused(refund: Refund, error: ProviderRefused) -> None:
    logger.error("refund.refused", refund=refund.pk, error=str(error))
    order = lock_order(refund.payment.order)
    Refund.objects.filter(pk=refund.pk).update(
        state=Refund.State.FAILED, attempts=refund.attempts + 1, error=str(error)[:300]
    )
    order.record("refund_failed", **told_of(refund, order))
