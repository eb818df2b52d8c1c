"""One part of a refund that did not arrive is asked for again, the others stand: a new row, for a failed one is history."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from apps.carts.money import money
from apps.orders.actions.cancel import lock_order
from apps.orders.exchanged import open_exchange_of
from apps.orders.models import Order

from ..documents import write_documents
from ..errors import ExchangeOpen, MoneyDisputed, MoreThanLeft, NothingToRefund
from ..models import Payment, Refund, RefundLine
from ..shares import delivery_left, given_back, paid_for
from .promise import in_house, is_disputed, left_of
from .send import send_now

NAME_ENDS = ":again"
RETURN = "return:"  # how the name of a refund for a return begins; the return's own follows, and a colon


def retry_refund(refund: Refund, *, actor: Any = None) -> Refund:
    """The same part once more, by the same way. Twice, or by two people at once, is once.

    Raises `NothingToRefund` where it did not fail or its goods went back otherwise since, `MoreThanLeft`, and
    `ExchangeOpen`. The provider is asked as in `refund_order`.
    """
    with transaction.atomic():
        order = lock_order(refund.payment.order)
        payment = Payment.objects.select_for_update(no_key=True, of=("self",)).get(pk=refund.payment_id)
        again = Refund.objects.filter(payment=payment, request=_name(refund)).first() or _again(
            Refund.objects.get(pk=refund.pk), payment, order, actor=actor
        )
        write_documents(order)
    return send_now(again)


def _name(refund: Refund) -> str:
    """It begins as the failed one's does: whoever looks for what was paid back for a return finds it, too."""
    return f"{refund.request[:70]}{NAME_ENDS}:{refund.pk}"


def _again(refund: Refund, payment: Payment, order: Order, *, actor: Any) -> Refund:
    if refund.state != Refund.State.FAILED:
        raise NothingToRefund(order, "this refund has not failed")
    if open_exchange_of(order) is not None:
        raise ExchangeOpen(order.number)
    if not is_still_due(refund, order):
        raise NothingToRefund(order, "its goods were paid back otherwise since")
    if refund.amount > (left := left_of(payment, order)):
        raise MoneyDisputed(order) if is_disputed(order) else MoreThanLeft(left)
    made: Refund = Refund.objects.create(
        merchant_id=refund.merchant_id,
        payment=payment,
        amount=refund.amount,
        delivery=refund.delivery,
        delivery_tax=refund.delivery_tax,
        tax=refund.tax,
        reason=refund.reason,
        request=_name(refund),
        to_credit=refund.to_credit,
        actor=actor,
    )
    RefundLine.objects.bulk_create(
        RefundLine(
            merchant_id=line.merchant_id,
            refund=made,
            line=line.line,
            quantity=line.quantity,
            amount=line.amount,
            tax=line.tax,
            withheld=line.withheld,
            withheld_tax=line.withheld_tax,
        )
        for line in refund.lines.select_related("line")
    )
    in_house(made, payment, order)
    return made


def is_still_due(refund: Refund, order: Order) -> bool:
    """Whether none of its goods and delivery has gone back since by another refund."""
    if _since(refund).exists():
        return False
    given = given_back(order)
    if money(refund.delivery, order.currency) > delivery_left(order, given):
        return False
    return all(
        given.units[part.line_id] + part.quantity <= part.line.quantity
        and given.amounts[part.line_id] + part.amount <= paid_for(part.line, order).amount
        and given.taxes[part.line_id] + part.tax <= part.line.tax_amount.amount
        for part in refund.lines.select_related("line")
    )


def _since(refund: Refund) -> QuerySet[Refund]:
    """What the same payment gave back afterwards for the same return or of the same lines: it may be these very pieces,
    so a person says anew what is to go back."""
    later = Refund.objects.filter(payment=refund.payment_id, to_exchange=refund.to_exchange, pk__gt=refund.pk)
    standing = later.exclude(state=Refund.State.FAILED)
    if refund.request.startswith(RETURN):
        return standing.filter(request__startswith=refund.request[: refund.request.index(":", len(RETURN)) + 1])
    return standing.filter(lines__line__in=refund.lines.values("line"))
