"""Giving money back: a row first, under the payment's lock; then the provider; then the books."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import structlog
from django.db import connection, transaction
from django.db.models import Q
from django_scopes import scope, scopes_disabled
from djmoney.money import Money

from apps.carts.money import total_of, zero
from apps.ledger.actions import transfer
from apps.merchants import clock
from apps.orders.actions import NotCancellable, call_off, drop_lines, give_back_after_refund
from apps.orders.actions.cancel import lock_order
from apps.orders.models import Order
from apps.orders.points import keep_points

from ..accounts import asked_for, config_of
from ..books import folded_attempts, lock_payment, promised_back, refund_key, write_facts
from ..documents import write_documents
from ..fold import Folded, payment_status
from ..models import Payment, PaymentEvent, Refund, RefundLine
from ..provider import Fact, Kind, NotConfigured, ProviderRefused, ProviderUnavailable, RefundAnswer, provider_for
from ..shares import Shares, shares_left, shares_of, split
from ..tenders import GRANTED, credit_account, order_account, purse_of, source_account
from .gift_card import lengthen
from .tender import give_tenders_back

logger = structlog.get_logger(__name__)

LEASE = dt.timedelta(seconds=60)
LONGEST_PAUSE = dt.timedelta(hours=1)


REFUND_KINDS = (Kind.REFUNDED, Kind.REFUND_FAILED, Kind.REFUND_PENDING)


class CannotRefund(Exception):
    """Why no money goes back now."""


class NothingToRefund(CannotRefund):
    """No money of this order is here, or all of it is on its way back already."""


class MoreThanLeft(CannotRefund):
    """Only `left` can go back: the rest is disputed, lost, or on its way back already."""

    def __init__(self, left: Money) -> None:
        super().__init__(f"only {left} can be paid back")
        self.left = left


class AmountChanged(CannotRefund):
    """What was agreed to is not what it comes to now; `amount` is."""

    def __init__(self, amount: Money) -> None:
        super().__init__(f"it comes to {amount} now")
        self.amount = amount


class RefundKnown(CannotRefund):
    """Somebody has just paid back something else of this order: look again before more goes back."""

    def __init__(self, refund: Refund) -> None:
        super().__init__(f"{refund.amount} went back meanwhile")
        self.refund = refund


def promise_refund(
    payment: Payment, order: Order, *, reason: str, actor: Any = None, to_credit: bool = False
) -> Refund | None:
    """Write down that all that is left of this attempt goes back; the worker sends it. None when nothing is left.

    The payment is locked, so two people cannot give the same money back twice.
    """
    left = _left_of(payment, order)
    if left.amount <= 0:
        return None
    shares = None if reason == Refund.DOUBLE else shares_left(order, cap=left)
    refund = _promise(payment, left, shares, reason=reason, actor=actor, to_credit=to_credit)
    _in_house(refund, payment, order)
    return refund


def _in_house(refund: Refund, payment: Payment, order: Order) -> None:
    """What goes back to a gift card or becomes credit needs nobody outside: it is there at once. All is locked."""
    if not refund.to_credit and not payment.tender:
        return
    refund.provider_ref, refund.state = f"house:{refund.pk}", Refund.State.PENDING
    refund.save(update_fields=["provider_ref", "state"])
    write_facts(payment, [Fact(Kind.REFUNDED, refund.amount, refund.provider_ref, clock.now())])
    _follow(payment, order)
    currency = order.currency
    giver = order_account(order) if payment.tender else source_account(order.merchant, GRANTED, currency)
    taker = credit_account(order.customer, currency) if refund.to_credit else purse_of(payment)
    if payment.gift_card is not None and not refund.to_credit:
        lengthen(payment.gift_card)
    transfer(
        {giver: -refund.amount, taker: refund.amount},
        key=refund_key(refund, payment),
        kind="refunded",
        reference=f"order:{order.pk}",
        reason=refund.reason,
        actor=refund.actor,
    )
    refund.refresh_from_db()


def _left_of(payment: Payment, order: Order) -> Money:
    """What can still go back of this attempt: captured, less lost, disputed and promised."""
    folded = folded_attempts(order)[payment.pk]
    return folded.captured - folded.lost - folded.disputed - promised_back(payment)


def left_to_refund(order: Order) -> Money:
    """All the money of this order that could go back now."""
    attempts = order.payments.filter(state=Payment.State.SUCCEEDED)
    left = [_left_of(payment, order) for payment in attempts]
    return total_of([amount for amount in left if amount.amount > 0], currency=order.currency)


def _promise(
    payment: Payment,
    amount: Money,
    shares: Shares | None,
    *,
    reason: str,
    actor: Any,
    request: str = "",
    to_credit: bool = False,
) -> Refund:
    refund: Refund = Refund.objects.create(
        merchant_id=payment.merchant_id,
        payment=payment,
        amount=amount,
        delivery=shares.delivery.amount if shares else 0,
        delivery_tax=shares.delivery_tax.amount if shares else 0,
        tax=shares.tax.amount if shares else 0,
        reason=reason[:120],
        request=request,
        to_credit=to_credit,
        actor=actor,
    )
    RefundLine.objects.bulk_create(
        RefundLine(
            merchant_id=payment.merchant_id,
            refund=refund,
            line=share.line,
            quantity=share.quantity,
            amount=share.amount.amount,
            tax=share.tax.amount,
        )
        for share in (shares.lines if shares else ())
    )
    return refund


def refund_lines(
    order: Order,
    *,
    lines: Mapping[int, int],
    delivery: Money | None = None,
    drop: bool = False,
    agreed: Money | None = None,
    request: str = "",
    to_credit: bool = False,
    actor: Any = None,
    reason: str = "",
) -> Refund:
    """Give back what these `lines` (line id → how many) and this part of the delivery cost.

    With `drop`, those of them that were not sent will not be. Two people who ask under the same `request` get the
    same refund. First goes back what the provider brought, then to gift cards and credit; with `to_credit` all of it
    becomes the shopper's store credit. Returns the first of the refunds it took. Raises `CannotRefund` in its kinds (`AmountChanged` where it does not come to what was `agreed`) and
    `TooMany`. The provider is asked as in `refund_order`.
    """
    with transaction.atomic():
        order = lock_order(order)
        refund = promise_lines(
            order,
            lines,
            delivery or zero(order.currency),
            drop=drop,
            agreed=agreed,
            request=request,
            to_credit=to_credit,
            actor=actor,
            reason=reason,
        )
        write_documents(order)
    return send_now(refund)


def promise_lines(
    order: Order,
    lines: Mapping[int, int],
    delivery: Money,
    *,
    drop: bool,
    agreed: Money | None,
    request: str,
    to_credit: bool,
    actor: Any,
    reason: str,
) -> Refund:
    """The row of `refund_lines`, without asking the provider. The order is locked; whoever locked it writes its documents."""
    paying = _paying(order)
    if request and (known := list(Refund.objects.filter(payment__in=paying, request=request).order_by("pk"))):
        return _insist_same(known, lines, delivery)
    shares = shares_of(order, lines, delivery)
    if agreed is not None and shares.amount != agreed:
        raise AmountChanged(shares.amount)
    if not shares.amount.amount:
        raise NothingToRefund(order.number)
    lefts = [(payment, max(_left_of(payment, order), zero(order.currency))) for payment in paying]
    left = total_of([amount for _, amount in lefts], currency=order.currency)
    if shares.amount > left:
        raise MoreThanLeft(left)
    parts = split(shares, [amount for _, amount in lefts])
    told = {"reason": reason, "actor": actor, "request": request, "to_credit": to_credit}
    promised = [
        (payment, _promise(payment, part.amount, part, **told))
        for (payment, _), part in zip(lefts, parts, strict=True)
        if part.amount.amount
    ]
    for payment, each in promised:
        _in_house(each, payment, order)
    refund = promised[0][1]
    if drop:
        drop_lines(
            order, {share.line.pk: min(share.quantity, share.line.unsent) for share in shares.lines}, actor=actor
        )
    return refund


def _paying(order: Order) -> list[Payment]:
    """What paid for the order, locked: the attempt at the provider, then gift cards and credit.

    What a second attempt brought goes back as a whole.
    """
    paid = order.events.filter(kind="paid").first()
    mine = ~Q(tender=Payment.Tender.PROVIDER) | Q(pk=paid.data.get("payment") if paid else None)
    found = order.payments.filter(mine, state=Payment.State.SUCCEEDED).order_by("pk")
    if paid is None or not found:
        raise NothingToRefund(order.number)
    return _providers_first(found.select_for_update(no_key=True, of=("self",)))


def _providers_first(payments: Iterable[Payment]) -> list[Payment]:
    return sorted(payments, key=lambda payment: (bool(payment.tender), payment.pk))


def _insist_same(known: list[Refund], lines: Mapping[int, int], delivery: Money) -> Refund:
    counted = RefundLine.objects.filter(refund__in=known, quantity__gt=0)
    inside = dict(counted.values_list("line_id", "quantity"))
    asked = {pk: quantity for pk, quantity in lines.items() if quantity}
    if (inside, sum(refund.delivery for refund in known)) != (asked, delivery.amount):
        raise RefundKnown(known[0])
    return known[0]


def refund_order(order: Order, *, to_credit: bool = False, actor: Any = None, reason: str = "") -> Refund:
    """Give back all the money there is, the way it came or as store credit. Again gives the same refund.

    Raises `NothingToRefund`.

    A disputed payment is left to the dispute. Outside a transaction the provider is asked at once, else by the worker.
    """
    with transaction.atomic():
        refund = _promise_all(order, to_credit=to_credit, actor=actor, reason=reason)
    if refund is None:
        raise NothingToRefund(order.number)
    return send_now(refund)


def refund_to_credit(
    order: Order,
    *,
    lines: Mapping[int, int] | None = None,
    delivery: Money | None = None,
    drop: bool = False,
    agreed: Money | None = None,
    request: str = "",
    actor: Any = None,
    reason: str = "",
) -> Refund:
    """What `refund_lines` gives back, or all there is where no `lines` are named, as store credit: there at once.

    Nobody outside is asked; the same money never goes back a second time. Raises as those two do.
    """
    if lines is None:
        return refund_order(order, to_credit=True, actor=actor, reason=reason)
    return refund_lines(
        order,
        lines=lines,
        delivery=delivery,
        drop=drop,
        agreed=agreed,
        request=request,
        to_credit=True,
        actor=actor,
        reason=reason,
    )


def cancel_order(order: Order, *, actor: Any = None, reason: str = "") -> Order:
    """Call the order off before it is shipped and give back what was paid. Twice is once. Raises `NotCancellable`.

    A payment that arrives afterwards goes back by itself.
    """
    with transaction.atomic():
        cancelled = call_off(order, actor=actor, reason=reason)
        give_tenders_back(cancelled)
        refund = _promise_all(cancelled, actor=actor, reason=reason or Refund.CALLED_OFF)
    if refund is not None:
        send_now(refund)
    return cancelled


def _promise_all(order: Order, *, actor: Any, reason: str, to_credit: bool = False) -> Refund | None:
    """One refund per attempt that has money; one the provider has to be asked for, or the last that is there."""
    order = lock_order(order)
    standing = Refund.objects.filter(payment__order=order).exclude(state=Refund.State.FAILED)
    attempts = order.payments.filter(state=Payment.State.SUCCEEDED).order_by("pk")
    for payment in _providers_first(attempts.select_for_update(no_key=True, of=("self",))):
        promise_refund(payment, order, reason=reason, actor=actor, to_credit=to_credit)
    write_documents(order)
    waiting = standing.filter(state__in=Refund.OPEN).order_by("pk").last()
    return waiting or standing.order_by("pk").last()


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
        if refund.attempts:
            _look_again(payment)
            if Refund.objects.get(pk=pk).provider_ref:
                return
        answer = provider.refund(payment.provider_payment, refund.amount, config, key=refund_key(refund, payment))
    except ProviderUnavailable as error:
        _later(refund, error, state=Refund.State.UNKNOWN)
    except NotConfigured as error:
        _later(refund, error, state=refund.state)
    except ProviderRefused as error:
        _refused(refund, error)
    else:
        _book(pk, answer)


def _look_again(payment: Payment) -> None:
    """Read the provider's own list of refunds into our books."""
    account = asked_for(payment)
    session = provider_for(account.provider).fetch_checkout(payment.provider_session, config_of(account))
    with transaction.atomic():
        locked, order = lock_payment(payment.pk)
        write_facts(locked, [fact for fact in session.facts if fact.kind in REFUND_KINDS])
        _follow(locked, order)
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
    _follow(payment, order)
    write_documents(order)


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
    for event, state in _refunds_told(payment):
        refund = _row_for(payment, event)
        if refund.pk and refund.state == state:
            continue
        refund.state, refund.error = state, ""
        refund.save()
        if state != Refund.State.PENDING:
            order.record("refunded" if state == Refund.State.DONE else "refund_failed", **_told_of(refund, order))
        is_new = True
    if order.payment_status == Order.PaymentStatus.REFUNDED:
        give_back_after_refund(order)
    return is_new


def _refunds_told(payment: Payment) -> list[tuple[PaymentEvent, str]]:
    """Each refund the provider has told of, with what became of it: one that came back is not undone by older news."""
    events = PaymentEvent.objects.filter(payment=payment, kind__in=REFUND_KINDS).order_by("pk")
    heard: dict[str, list[PaymentEvent]] = {}
    for event in events:
        heard.setdefault(event.provider_ref, []).append(event)
    return [(known[0], _came_to({Kind(event.kind) for event in known})) for known in heard.values()]


def _came_to(kinds: set[Kind]) -> str:
    if Kind.REFUND_FAILED in kinds:
        return Refund.State.FAILED
    return Refund.State.DONE if Kind.REFUNDED in kinds else Refund.State.PENDING


def _told_of(refund: Refund, order: Order) -> dict[str, Any]:
    """What the story says of it; of a part also which."""
    amount = refund.amount
    told: dict[str, Any] = {"refund": refund.pk, "amount": str(amount.amount), "currency": str(amount.currency)}
    if refund.to_credit:
        told["to"] = "store_credit"
    elif refund.payment.tender:
        told["to"] = refund.payment.tender
        told["ends"] = refund.payment.gift_card.ends if refund.payment.gift_card else ""
    if amount < order.total:
        told |= {
            "goods": [str(part) for part in refund.lines.filter(quantity__gt=0).select_related("line")],
            "delivery": bool(refund.delivery),
        }
    return told


def _row_for(payment: Payment, event: PaymentEvent) -> Refund:
    """Our row for the provider's refund, or a new one for what was made at the provider's desk."""
    known = Refund.objects.filter(payment=payment, provider_ref=event.provider_ref).first()
    return known or Refund(
        merchant_id=payment.merchant_id,
        payment=payment,
        amount=event.amount,
        reason=Refund.AT_PROVIDER,
        state=Refund.State.PENDING,
        provider_ref=event.provider_ref,
    )


def _later(refund: Refund, error: Exception, *, state: str) -> None:
    pause = min(LONGEST_PAUSE, dt.timedelta(seconds=5 * 2**refund.attempts))
    logger.warning("refund.later", refund=refund.pk, attempts=refund.attempts + 1, error=str(error))
    Refund.objects.filter(pk=refund.pk, state__in=Refund.OPEN).update(
        state=state, due_at=clock.now() + pause, attempts=refund.attempts + 1, error=str(error)[:300]
    )


@transaction.atomic
def _refused(refund: Refund, error: ProviderRefused) -> None:
    logger.error("refund.refused", refund=refund.pk, error=str(error))
    order = lock_order(refund.payment.order)
    Refund.objects.filter(pk=refund.pk).update(
        state=Refund.State.FAILED, attempts=refund.attempts + 1, error=str(error)[:300]
    )
    order.record("refund_failed", **_told_of(refund, order))


__all__ = [
    "AmountChanged",
    "CannotRefund",
    "MoreThanLeft",
    "NotCancellable",
    "NothingToRefund",
    "RefundKnown",
    "book_refunds",
    "cancel_order",
    "follow_points",
    "left_to_refund",
    "promise_lines",
    "promise_refund",
    "refund_lines",
    "refund_order",
    "refund_to_credit",
    "send_now",
    "send_refunds",
]
