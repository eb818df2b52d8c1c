"""Paying back what came back: once per return, whoever asks, by the order's own part refund."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from djmoney.money import Money

from apps.carts.money import total_of, zero
from apps.orders.actions import ReturnMoved, postage_due
from apps.orders.actions.cancel import lock_order, lock_return
from apps.orders.actions.returns import settle_with_money
from apps.orders.models import ReturnRequest

from ..documents import write_documents
from ..errors import AmountChanged, RefundKnown
from ..models import Refund
from ..shares import less, shares_of
from .exchange import end_exchange_order
from .promise import promise_lines
from .send import send_now


def refund_return(
    request: ReturnRequest,
    *,
    delivery: Money | None = None,
    agreed: Money | None = None,
    to_credit: bool | None = None,
    actor: Any = None,
) -> Refund | None:
    """Give back what these goods and this part of the delivery cost; None when that is nothing.

    As store credit or the way it was paid, as the shopper wished, unless `to_credit` says otherwise. An exchange's own
    order ends with it.
    Two people at once pay back once: the second gets the same refund, or `RefundKnown` where they agreed to another
    amount. Where the bank did not take it, it can be asked for again. Raises `ReturnMoved` before its time, and
    `CannotRefund` in its kinds. The provider is asked as in `refund_order`.
    """
    with transaction.atomic():
        draft = lock_order(request.exchange_order) if request.exchange_order is not None else None
        locked = lock_return(request)
        refund = _promise(
            locked, delivery, agreed, to_credit=locked.to_credit if to_credit is None else to_credit, actor=actor
        )
        if draft is not None:
            end_exchange_order(draft, actor=actor)
        write_documents(locked.order)
    return send_now(refund) if refund is not None else None


def _promise(
    request: ReturnRequest, delivery: Money | None, agreed: Money | None, *, to_credit: bool, actor: Any
) -> Refund | None:
    made = refunds_of(request)
    if known := list(made.exclude(state=Refund.State.FAILED)):
        if agreed is not None and total_of([part.amount for part in known], currency=str(agreed.currency)) != agreed:
            raise RefundKnown(known[0])
        return known[0]
    if not request.is_due and not (request.state == ReturnRequest.State.REFUNDED and made.exists()):
        raise ReturnMoved(request, "pay back")
    order, lines = request.order, _wanted(request)
    delivery = delivery or zero(order.currency)
    amount = money_for(request, delivery=delivery)
    if agreed is not None and amount != agreed:
        raise AmountChanged(amount)
    refund = None
    if amount.amount:
        refund = promise_lines(
            order,
            lines,
            delivery,
            drop=False,
            agreed=agreed,
            to_credit=to_credit,
            actor=actor,
            reason=f"{request.kind} {request}",
            request=f"{_name(request)}{made.count() + 1}",
            postage=postage_due(request),
        )
    settle_with_money(request, amount=amount, actor=actor)
    return refund


def money_for(request: ReturnRequest, *, delivery: Money | None = None) -> Money:
    """What `refund_return` would pay back, its label's postage taken off. Raises `TooMany` when some of it has gone back already, and `TooMuch`."""
    return less(shares_of(request.order, _wanted(request), delivery), postage_due(request)).amount


def refunds_of(request: ReturnRequest) -> QuerySet[Refund]:
    """What was paid back for it, first asked for first: one for each way the order was paid, and those that failed."""
    found: QuerySet[Refund] = Refund.objects.filter(
        payment__order=request.order_id, request__startswith=_name(request)
    ).order_by("pk")
    return found


def _wanted(request: ReturnRequest) -> dict[int, int]:
    return dict(request.lines.values_list("line_id", "quantity"))


def _name(request: ReturnRequest) -> str:
    return f"return:{request.public_id}:"
