"""Order, refund rows and points follow what the books say of money that went back."""

from typing import Any

from django.db.models import Sum
from djmoney.money import Money

from apps.carts.money import money, total_of
from apps.catalog.models import Product
from apps.orders.actions import give_back_after_refund
from apps.orders.exchanged import is_exchanged
from apps.orders.models import Order
from apps.orders.points import keep_points

from ..books import folded_attempts
from ..fold import Folded, payment_status
from ..models import Payment, PaymentEvent, Refund, RefundLine
from ..provider import Kind
from .sold_card import void_left

REFUND_KINDS = (Kind.REFUNDED, Kind.REFUND_FAILED, Kind.REFUND_PENDING, Kind.RELEASED)


def follow(payment: Payment, order: Order) -> None:
    """Order status and refund rows as the books now say. All is locked."""
    attempts = list(folded_attempts(order).values())
    order.payment_status = payment_status(attempts, total=order.total)
    order.save(update_fields=["payment_status"])
    if book_refunds(payment, order):
        follow_points(order, attempts)


def follow_points(order: Order, attempts: list[Folded]) -> None:
    """Points of a placed order follow the money that is left, but for what its gift cards cost. All is locked."""
    if order.status in (Order.Status.PLACED, Order.Status.CLOSED):
        kept = total_of([attempt.kept for attempt in attempts], currency=order.currency)
        keep_points(order, kept=kept - _kept_for_cards(order))


def _kept_for_cards(order: Order) -> Money:
    """What is still with the shop of the price of gift cards."""
    gone = RefundLine.objects.filter(line__order=order, line__comes_as=Product.ComesAs.GIFT_CARD)
    gone = gone.exclude(refund__state=Refund.State.FAILED).aggregate(sum=Sum("amount"))["sum"] or 0
    return order.gift_cards - money(gone, order.currency)


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
            good = "released" if refund.is_release else "refunded"
            order.record(good if state == Refund.State.DONE else "refund_failed", **told_of(refund, order))
        is_new = True
    if order.payment_status == Order.PaymentStatus.REFUNDED or _is_all_let_go(payment, order):
        give_back_after_refund(order)
        void_left(order)
    return is_new


def _is_all_let_go(payment: Payment, order: Order) -> bool:
    """What is reserved will not be taken: it is as if all had gone back."""
    is_none = order.payment_status == Order.PaymentStatus.NONE and order.placed_at is not None
    return is_none and payment.state == Payment.State.AUTHORISED


def _refunds_told(payment: Payment) -> list[tuple[PaymentEvent, str]]:
    """Each refund the provider has told of, with what became of it: one that came back is not undone by older news.

    What came in another currency is for review and goes back at the provider's desk: no row of ours says so.
    """
    mine = PaymentEvent.objects.filter(payment=payment, amount_currency=str(payment.amount.currency))
    events = mine.filter(kind__in=REFUND_KINDS).order_by("pk")
    heard: dict[str, list[PaymentEvent]] = {}
    for event in events:
        heard.setdefault(event.provider_ref, []).append(event)
    return [(known[0], _came_to({Kind(event.kind) for event in known})) for known in heard.values()]


def _came_to(kinds: set[Kind]) -> str:
    if Kind.REFUND_FAILED in kinds:
        return Refund.State.FAILED
    return Refund.State.DONE if kinds & {Kind.REFUNDED, Kind.RELEASED} else Refund.State.PENDING


def told_of(refund: Refund, order: Order) -> dict[str, Any]:
    """What the story says of it; of a part also which."""
    amount = refund.amount
    told: dict[str, Any] = {"refund": refund.pk, "amount": str(amount.amount), "currency": str(amount.currency)}
    if refund.to_exchange or (refund.payment.tender == Payment.Tender.EXCHANGE and not is_exchanged(order)):
        told["to"] = "exchange"
    elif refund.to_credit or refund.payment.tender == Payment.Tender.EXCHANGE:
        told["to"] = "store_credit"
    elif refund.payment.taken_as:
        told["to"] = "till" if refund.payment.taken_as in Payment.AT_TILL else "platform"
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
