"""Exchanges for goods of another price: the difference is paid first or goes back last, and every step is once.

What the shopper has instead is an order of its own (E). Goods that have still to come back pay for it as far as they
reach: until they are here, the ledger's account "exchanges" is below zero by that much. When E leaves, the order they
came with is paid back into that account. Whoever needs both orders locks E first.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Max
from djmoney.money import Money

from apps.carts.money import from_minor, zero
from apps.catalog.models import Variant
from apps.ledger.actions import transfer
from apps.orders.actions import Price, draft_exchange, price_instead, returns
from apps.orders.actions.cancel import lock_order, lock_return
from apps.orders.models import Order, ReturnRequest

from ..documents import write_documents
from ..errors import AmountChanged, CannotRefund
from ..models import Payment, Refund
from ..shares import shares_of
from ..tenders import LEAST_MINOR, exchanges_account, order_account
from .free import place_free
from .promise import paying_of, promise_lines
from .refund import cancel_order
from .send import send_now

BY_SHOP = "shop"  # who confirmed an exchange that was agreed outside the thread


class CannotExchange(CannotRefund):
    """These are not sold, or the difference is too small to be paid."""


class TaxUnknown(CannotExchange):
    """Whoever reckons the tax has not been asked yet (`reckon_exchange`), or gave no answer and the shop waits for one."""


@dataclass(frozen=True, slots=True)
class Swap:
    """What goods that come back are worth, what the others cost, and which way the difference goes."""

    worth: Money
    price: Price

    @property
    def is_taxed(self) -> bool:
        """Whether nobody outside has to be asked for its tax before it can be had."""
        return self.price.known.question is None

    @property
    def due(self) -> Money:
        """What the shopper pays, zero or more."""
        return max(self.price.total - self.worth, zero(str(self.worth.currency)))

    @property
    def back(self) -> Money:
        """What goes back to the shopper, zero or more."""
        return max(self.worth - self.price.total, zero(str(self.worth.currency)))


def swap_for(order: Order, lines: Mapping[int, int], variant: Variant) -> Swap:
    """What it would come to to have as many of `variant` instead of these `lines` (line id → how many).

    Raises `CannotExchange`, and as a refund of them does `TooMany`.
    """
    price = price_instead(order, variant, sum(lines.values()))
    if price is None:
        raise CannotExchange(variant.sku)
    swap = Swap(shares_of(order, lines, None).amount, price)
    if zero(order.currency) < swap.due < from_minor(LEAST_MINOR, order.currency):
        raise CannotExchange(variant.sku)
    return swap


@transaction.atomic
def ask_exchange(
    order: Order,
    *,
    lines: Mapping[int, int],
    variant: Variant,
    agreed: tuple[Money, Money] | None = None,
    reason: str = ReturnRequest.Reason.OTHER,
    note: str = "",
    photos: Iterable[str] = (),
    to_credit: bool = False,
    request: str = "",
    confirmed_by: str = "",
    actor: Any = None,
) -> ReturnRequest:
    """The shopper wants as many of `variant` instead of these `lines` (line id → how many).

    Where something is due, the exchange waits for it (`start_checkout` of its `exchange_order`); else the shop may
    judge it now. `agreed` is what they are worth and what the others cost. The same `request` is the same exchange.
    Raises `AmountChanged`, `CannotExchange` (`TaxUnknown`), `OutOfStock`, `TooMany`, `NotReturnable`.
    """
    order = lock_order(order)
    known: ReturnRequest | None = order.returns.filter(request=request).first() if request else None
    if known is not None:
        return known
    swap = swap_for(order, lines, variant)
    if agreed is not None and agreed != (swap.worth, swap.price.total):
        raise AmountChanged(swap.due)
    if not swap.is_taxed:
        raise TaxUnknown(variant.sku)
    draft = draft_exchange(order, variant, sum(lines.values()), swap.price, confirmed_by=confirmed_by)
    asked = returns.ask_return(
        order,
        lines=lines,
        kind=ReturnRequest.Kind.EXCHANGE,
        wish=ReturnRequest.Wish.REPLACEMENT,
        reason=reason,
        note=note,
        photos=photos,
        replacements=dict.fromkeys(lines, variant),
        exchange_order=draft,
        request=request,
        to_credit=to_credit,
        actor=actor,
    )
    _pay_with_goods(draft, min(swap.worth, swap.price.total))
    if not swap.due.amount:
        place_free(draft)
        asked.refresh_from_db()
    return asked


def _pay_with_goods(draft: Order, amount: Money) -> None:
    if not amount.amount:
        return
    last = draft.payments.aggregate(last=Max("attempt"))["last"] or 0
    payment: Payment = Payment.objects.create(
        merchant_id=draft.merchant_id, tender=Payment.Tender.EXCHANGE, order=draft, attempt=last + 1, amount=amount
    )
    transfer(
        {exchanges_account(draft.merchant, draft.currency): -amount, order_account(draft): amount},
        key=f"tender:{payment.public_id}",
        kind="set_aside",
        reference=f"order:{draft.pk}",
    )


def cancel_return(request: ReturnRequest, *, by_shopper: bool = False, actor: Any = None) -> ReturnRequest:
    """As in orders; of an exchange its order ends as well and what was paid for it goes back. Twice is once."""
    return _end(request, lambda locked: returns.cancel_return(locked, by_shopper=by_shopper, actor=actor), actor=actor)


def decline_return(request: ReturnRequest, *, reason: str, actor: Any = None) -> ReturnRequest:
    """As in orders; of an exchange its order ends as well and what was paid for it goes back. Twice is once."""
    return _end(request, lambda locked: returns.decline_return(locked, reason=reason, actor=actor), actor=actor)


def _end(request: ReturnRequest, end: Any, *, actor: Any) -> ReturnRequest:
    draft = request.exchange_order
    if draft is None:
        ended: ReturnRequest = end(request)
        return ended
    with transaction.atomic():
        lock_order(draft)
        ended = end(request)
        if draft.status != Order.Status.CANCELLED:
            end_exchange_order(draft, actor=actor)
    return ended


def end_exchange_order(draft: Order, *, actor: Any) -> None:
    """The exchange is off: its order ends with it, whatever was paid for it goes back."""
    draft.refresh_from_db()
    if draft.status in (Order.Status.DRAFT, Order.Status.PLACED, Order.Status.UNFILLABLE):
        cancel_order(draft, actor=actor, reason="exchange called off")


def send_replacement(
    request: ReturnRequest, *, carrier: str, tracking_number: str = "", tracking_url: str = "", actor: Any = None
) -> ReturnRequest:
    """As in orders; goods of another price leave with their order, and what came back pays for them. Twice is once.

    What it was worth above that goes back, as the shopper wished. Raises `CannotRefund` in its kinds where that money
    is not there any more.
    """
    parcel = {"carrier": carrier, "tracking_number": tracking_number, "tracking_url": tracking_url}
    if request.exchange_order is None:
        return returns.send_replacement(request, **parcel, actor=actor)
    refund = None
    with transaction.atomic():
        draft = lock_order(request.exchange_order)
        locked = lock_return(request)
        is_new = locked.state != ReturnRequest.State.REPLACED
        if is_new:
            paying_of(locked.order)
        sent = returns.send_replacement(locked, **parcel, actor=actor)
        if is_new:
            refund = _keep(sent, draft, actor=actor)
            write_documents(sent.order)
    if refund is not None:
        send_now(refund)
    return sent


def _keep(request: ReturnRequest, draft: Order, *, actor: Any) -> Refund | None:
    """What came back has paid for what left. All is locked."""
    goods = draft.payments.filter(tender=Payment.Tender.EXCHANGE, state=Payment.State.SUCCEEDED).first()
    wanted = dict(request.lines.values_list("line_id", "quantity"))
    worth = shares_of(request.order, wanted, None).amount
    if not worth.amount:
        return None
    return promise_lines(
        request.order,
        wanted,
        zero(request.order.currency),
        drop=False,
        agreed=None,
        request=f"return:{request.public_id}:1",
        to_credit=request.to_credit,
        actor=actor,
        reason=f"{request.kind} {request}",
        kept=goods.amount if goods is not None else zero(request.order.currency),
    )
