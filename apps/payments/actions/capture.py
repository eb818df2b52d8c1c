"""Taking what was reserved: a row first, under the payment's lock; then the provider under its key; then the books.

One capture for each payment, when the first parcel leaves: it takes all that was not let go before. Why not one for each
parcel: docs/decisions/reserved-money.md.
"""

import datetime as dt
from typing import Any

import structlog
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q
from django_scopes import scope, scopes_disabled
from djmoney.money import Money

from apps.carts.money import money
from apps.merchants import clock
from apps.merchants.doors import NotConfigured
from apps.orders.actions.cancel import lock_order
from apps.orders.models import Fulfilment, Order

from ..accounts import asked_for, config_of
from ..asking import pause_after
from ..books import buyer_of, lock_payment, promised_back
from ..errors import AmountChanged, NothingReserved
from ..models import Capture, Payment
from ..provider import ProviderRefused, ProviderUnavailable, provider_for
from .check import check_payment
from .let_go import let_waiting_go, may_let_go, standing_captures

logger = structlog.get_logger(__name__)

LEASE = dt.timedelta(seconds=60)
State = Capture.State


def reserved_of(order: Order) -> Money:
    """What can be taken now of what is reserved for this order; nothing where it is being taken."""
    payment = _reserved(order)
    if payment is None or standing_captures(payment).exists():
        return money(0, order.currency)
    return _left_of(payment)


def locked_reserved(order: Order) -> Payment | None:
    """The attempt the order was placed with, locked, where its money can still be let go. The order is locked."""
    found = _reserved(order)
    payment, _ = lock_payment(found.pk) if found is not None else (None, None)
    return payment if payment is not None and may_let_go(payment) else None


def take_reserved(order: Order, *, agreed: Money | None = None, actor: Any = None) -> Capture:
    """Take what is reserved and was not let go; twice, or by two people, is once. The provider is asked at once outside
    a transaction, else by the worker.

    Raises `NothingReserved`, and `AmountChanged` where it does not come to what was `agreed`.
    """
    with transaction.atomic():
        order = lock_order(order)
        found = _reserved(order)
        if found is None:
            raise NothingReserved(order)
        payment, order = lock_payment(found.pk)
        capture = standing_captures(payment).first() or _promise(payment, agreed=agreed, actor=actor)
    return _now(capture)


def take_shipped(limit: int = 20) -> int:
    """The worker's part: of orders that have begun to leave, what is reserved is taken. Returns how many were begun.

    A parcel is a fact of its own, so nothing is lost that happened while nobody listened. What failed is for a person.
    """
    with scopes_disabled():
        asked = Capture.objects.filter(payment=OuterRef("pk"))
        left = Fulfilment.objects.filter(order=OuterRef("order"))
        due = Payment.objects.filter(~Exists(asked), Exists(left), state=Payment.State.AUTHORISED)
        found = list(due.select_related("merchant").order_by("pk")[:limit])
    for each in found:
        with scope(merchant=each.merchant), transaction.atomic():
            payment, order = lock_payment(each.pk)
            is_due = payment.state == Payment.State.AUTHORISED and buyer_of(order) == payment.pk
            if is_due and not Capture.objects.filter(payment=payment).exists():
                _promise(payment)
    return len(found)


def send_captures(limit: int = 20) -> int:
    """The worker's part: ask the provider for every capture that is due. Returns how many were tried."""
    with scopes_disabled():
        due = Capture.objects.filter(state__in=Capture.OPEN, due_at__lte=clock.now())
        waiting = list(due.select_related("merchant").order_by("due_at", "pk")[:limit])
    done = 0
    for capture in waiting:
        with scope(merchant=capture.merchant):
            if _claim(capture.pk):
                _send(capture.pk)
                done += 1
    return done


def capture_key(capture: Capture) -> str:
    """What the provider knows this capture by, however often it is asked for."""
    return f"capture:{capture.payment.public_id}:{capture.pk}"


def _reserved(order: Order) -> Payment | None:
    found: Payment | None = order.payments.filter(Q(pk=buyer_of(order)), state=Payment.State.AUTHORISED).first()
    return found


def _left_of(payment: Payment) -> Money:
    return money(payment.authorised, str(payment.amount.currency)) - promised_back(payment)


def _promise(payment: Payment, *, agreed: Money | None = None, actor: Any = None) -> Capture:
    """The row of all that is left, 0 included: then all is let go. The payment is locked."""
    amount = _left_of(payment)
    if agreed is not None and amount != agreed:
        raise AmountChanged(amount)
    capture: Capture = Capture.objects.create(
        merchant_id=payment.merchant_id, payment=payment, amount=amount, actor=actor
    )
    return capture


def _now(capture: Capture) -> Capture:
    if not connection.in_atomic_block and capture.state in Capture.OPEN and _claim(capture.pk):
        _send(capture.pk)
    found: Capture = Capture.objects.get(pk=capture.pk)
    return found


def _claim(pk: int) -> bool:
    """Ours for a minute, if nobody else took it first."""
    now = clock.now()
    due = Capture.objects.filter(pk=pk, state__in=Capture.OPEN, due_at__lte=now)
    return bool(due.update(due_at=now + LEASE))


def _send(pk: int) -> None:
    """One call with the capture's own key; what became of it is read where all is read, and never believed of an answer."""
    capture = Capture.objects.select_related("payment__account", "payment__order").get(pk=pk)
    payment = capture.payment
    try:
        if capture.attempts:
            check_payment(payment)
        if not _is_open(pk):
            return
        _ask(capture)
        check_payment(payment)
    except ProviderUnavailable as error:
        _later(capture, error, state=State.UNKNOWN)
    except NotConfigured as error:
        _later(capture, error, state=capture.state)
    except ProviderRefused as error:
        _refused(capture, error)
    else:
        if _is_open(pk):  # the provider has not seen its own answer yet
            _later(capture, ProviderUnavailable("not taken yet"), state=State.UNKNOWN)


def _ask(capture: Capture) -> None:
    payment = capture.payment
    account = asked_for(payment)
    provider, config = provider_for(account.provider), config_of(account)
    if capture.amount.amount:
        provider.capture(payment.provider_payment, capture.amount, config, key=capture_key(capture))
    else:
        provider.cancel_charge(payment.provider_payment, config)


def _is_open(pk: int) -> bool:
    return bool(Capture.objects.filter(pk=pk, state__in=Capture.OPEN).exists())


def _later(capture: Capture, error: Exception, *, state: str) -> None:
    logger.warning("capture.later", capture=capture.pk, attempts=capture.attempts + 1, error=str(error))
    Capture.objects.filter(pk=capture.pk, state__in=Capture.OPEN).update(
        state=state,
        due_at=clock.now() + pause_after(capture.attempts),
        attempts=capture.attempts + 1,
        error=str(error)[:300],
    )


def _refused(capture: Capture, error: ProviderRefused) -> None:
    """Not as we asked: it may have been taken, or let go, without us. Else the shop must know that it has no money."""
    logger.error("capture.refused", capture=capture.pk, error=str(error))
    try:
        check_payment(capture.payment)
    except (ProviderUnavailable, NotConfigured) as silence:
        _later(capture, silence, state=State.UNKNOWN)
        return
    with transaction.atomic():
        payment, order = lock_payment(capture.payment_id)
        failed = Capture.objects.filter(pk=capture.pk, state__in=Capture.OPEN).update(
            state=State.FAILED, attempts=capture.attempts + 1, error=str(error)[:300]
        )
        if failed and capture.amount.amount:
            amount = capture.amount
            order.record("capture_failed", payment=payment.pk, amount=str(amount.amount), currency=str(amount.currency))
            let_waiting_go(payment, order)
