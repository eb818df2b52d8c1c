"""Giving money back: a row first, under the payment's lock; then the provider; then the books."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max, Sum
from djmoney.money import Money

from apps.carts.money import zero
from apps.merchants.goodwill import Gift
from apps.merchants.models import Goodwill
from apps.orders.actions import NotCancellable, call_off
from apps.orders.actions.cancel import lock_order
from apps.orders.downloads import begun
from apps.orders.exchanged import open_exchange_of
from apps.orders.models import Order

from ..documents import write_documents
from ..errors import AmountChanged, ExchangeOpen, MoneyDisputed, NothingReserved, NothingToRefund
from ..models import Refund
from .capture import locked_reserved
from .promise import WHOLE, is_disputed, left_to_refund, lock_payments, promise_all, promise_lines, promise_refund
from .send import send_now
from .sold_card import all_handed, take_sold_back, void_sold
from .tender import give_tenders_back


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
    becomes the shopper's store credit. Returns the first of the refunds it took. The provider is asked as in
    `refund_order`.

    Raises `CannotRefund` in its kinds (`AmountChanged` where it does not come to what was `agreed`), `TooMany`, and
    `OverLimit` where the `actor` gives more by hand than they may.
    """
    with _by_hand(order, actor) as (order, count):
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
        count()
        write_documents(order)
    return send_now(refund)


def refund_order(
    order: Order,
    *,
    agreed: Money | None = None,
    request: str = "",
    to_credit: bool = False,
    actor: Any = None,
    reason: str = "",
) -> Refund:
    """Give back all the money there is, the way it came or as store credit. Again gives the same refund.

    Raises `NothingToRefund`, `AmountChanged` where all is not what was `agreed`, `RefundKnown` where what was asked for
    under the same `request` came to something else, `NameOfPart` where that was only a part, `MoneyDisputed` where the
    bank has it, and `OverLimit` where the `actor` gives more by hand than they may. Outside a transaction the provider
    is asked at once, else by the worker.
    """
    with _by_hand(order, actor) as (order, count):
        if open_exchange_of(order) is not None:
            raise ExchangeOpen(order.number)
        if not _is_known(order, request) and not left_to_refund(order).amount and is_disputed(order):
            raise MoneyDisputed(order)
        refund = promise_all(order, agreed=agreed, request=request, to_credit=to_credit, actor=actor, reason=reason)
        count()
    if refund is None:
        raise NothingToRefund(order)
    return send_now(refund)


def let_reserved_go(order: Order, *, agreed: Money, actor: Any = None, reason: str = "") -> Refund:
    """What is reserved of this order shall not be taken; what gift cards and credit paid stays. It is let go in the books
    at once, and the worker asks the provider.

    Raises `NothingReserved` (or it is being taken), `AmountChanged` where it does not come to what was `agreed`,
    `ExchangeOpen`, and `OverLimit` where the `actor` gives more by hand than they may.
    """
    with _by_hand(order, actor) as (order, count):
        if open_exchange_of(order) is not None:
            raise ExchangeOpen(order.number)
        found = locked_reserved(order)
        refund = found and promise_refund(found, order, reason=reason, actor=actor)
        if not refund:
            raise NothingReserved(order)
        if refund.amount != agreed:
            raise AmountChanged(refund.amount)
        count()
        write_documents(order)
    return refund


@contextmanager
def _by_hand(order: Order, actor: Any) -> Iterator[tuple[Order, Callable[[], None]]]:
    """A transaction over the locked order, and what counts the refunds promised in it as given by the actor's hand: it
    raises `OverLimit`, and then nothing of them is."""
    with transaction.atomic():
        gift = Gift(order.merchant, actor)
        locked = lock_order(order)
        refunds = Refund.objects.filter(payment__order=locked)
        last = refunds.aggregate(last=Max("pk"))["last"] or 0

        def count() -> None:
            amount = refunds.filter(pk__gt=last).aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
            gift.write(Goodwill.Kind.REFUND, amount, unit=locked.currency, key=f"refund:{locked.pk}:{last}")

        yield locked, count


def _is_known(order: Order, request: str) -> bool:
    """Whether this very refund was asked for before: whoever asks again is told of it."""
    names = [request, f"{WHOLE}{request}"]
    return bool(request) and Refund.objects.filter(payment__order=order, request__in=names).exists()


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
        return refund_order(order, agreed=agreed, request=request, to_credit=True, actor=actor, reason=reason)
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
    """Call the order off before it is shipped and give back what was paid. Twice is once. Raises `NotCancellable`, and
    `GiftCardUsed` for one that was bought with it and has paid for something; unused ones are void.

    A payment that arrives afterwards goes back by itself.
    """
    with transaction.atomic():
        order = lock_order(order)
        if begun(order):
            raise NotCancellable(order)
        lock_payments(order)
        cards = take_sold_back(order, all_handed(order), actor=actor, ends=False)
        cancelled = call_off(order, actor=actor, reason=reason)
        void_sold(cards, actor=actor)
        give_tenders_back(cancelled)
        refund = promise_all(cancelled, actor=actor, reason=reason or Refund.CALLED_OFF)
    if refund is not None:
        send_now(refund)
    return cancelled
