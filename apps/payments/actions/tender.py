"""Setting gift cards and credit aside for an order, keeping them when it is placed, giving them back when it ends.

Accounts of the ledger are the last thing a transaction locks.
"""

from django.db import transaction
from django.db.models import Max
from django_scopes import scope, scopes_disabled
from djmoney.money import Money

from apps.ledger.actions import NotEnough, transfer
from apps.merchants import clock
from apps.orders.actions.cancel import lock_order
from apps.orders.models import Order

from ..books import folded_attempts, write_facts
from ..fold import payment_status
from ..models import CartTender, GiftCard, Payment
from ..provider import Fact, Kind
from ..tenders import (
    Part,
    State,
    Tender,
    TendersChanged,
    amount_due,
    open_tenders,
    order_account,
    purse_of,
    split_for,
    tenders_of,
)


@transaction.atomic
def hold_tenders(order: Order, *, agreed: Money | None = None) -> Money:
    """Set aside what the cart's cards and credit pay of this draft; again changes nothing. Returns what is left to pay.

    Raises `TendersChanged`, and then nothing is set aside: where that is not what was `agreed`, or money was spent
    elsewhere at the same moment.
    """
    if not CartTender.objects.filter(cart=order.cart_id, is_on=True).exists():  # taking one out voids the draft
        return _as_agreed(order.total, agreed)
    order = lock_order(order)
    if order.status == Order.Status.DRAFT and not tenders_of(order):
        split = split_for(order.cart, order.total, gift_cards=order.gift_cards, now=clock.now())
        _as_agreed(split.due, agreed)
        if split.parts:
            _release_ended(order, [part.gift_card for part in split.parts])
        for part in split.parts:
            _set_aside(order, part)
    return _as_agreed(amount_due(order), agreed)


def _as_agreed(due: Money, agreed: Money | None) -> Money:
    if agreed is not None and due != agreed:
        raise TendersChanged(due)
    return due


def _release_ended(order: Order, cards: list[GiftCard | None]) -> None:
    """Money of orders that have ended is there again, also where nobody has come to give it back yet."""
    ended = open_tenders().exclude(order__status=Order.Status.DRAFT)
    wanted = [card.pk for card in cards if card is not None]
    for payment in [*ended.filter(gift_card__in=wanted), *ended.filter(order__customer=order.customer_id)]:
        _give_back(payment)


def _set_aside(order: Order, part: Part) -> Payment:
    last = order.payments.aggregate(last=Max("attempt"))["last"] or 0
    payment: Payment = Payment.objects.create(
        merchant_id=order.merchant_id,
        tender=part.tender,
        gift_card=part.gift_card,
        order=order,
        attempt=last + 1,
        amount=part.amount,
    )
    try:
        transfer(
            {purse_of(payment): -part.amount, order_account(order): part.amount},
            key=f"tender:{payment.public_id}",
            kind="set_aside",
            reference=f"order:{order.pk}",
        )
    except NotEnough as spent:
        raise TendersChanged(order.total) from spent
    return payment


def keep_tenders(order: Order, *, wanted: Money) -> None:
    """The order is placed: what was set aside has paid. All is locked.

    An order that had expired sets aside again what it had given back. Raises `NotEnough` where `wanted` is not there.
    """
    held = [payment for payment in tenders_of(order) if payment.state == State.OPEN]
    if wanted.amount and not held:
        ended = order.payments.filter(state=State.EXPIRED).exclude(tender=Tender.PROVIDER).order_by("-pk")
        held = _again(order, list(ended.select_related("gift_card__merchant")), wanted)
    kept = [payment for payment in held if _flip(payment, State.SUCCEEDED, Kind.CAPTURED)]
    if sum((payment.amount.amount for payment in kept), start=wanted.amount * 0) != wanted.amount:
        raise NotEnough(order.number)
    if kept:
        order.payment_status = payment_status(list(folded_attempts(order).values()), total=order.total)
        order.save(update_fields=["payment_status"])


def _again(order: Order, ended: list[Payment], wanted: Money) -> list[Payment]:
    """The latest that came to nothing, as far as they make what is wanted."""
    taken: list[Payment] = []
    left = wanted
    for payment in ended:
        if payment.amount <= left and not any(
            (payment.tender, payment.gift_card_id) == (each.tender, each.gift_card_id) for each in taken
        ):
            left -= payment.amount
            try:
                taken.append(_set_aside(order, Part(payment.gift_card, payment.amount, payment.amount)))
            except TendersChanged as spent:
                raise NotEnough(order.number) from spent
    return taken


def give_tenders_back(order: Order) -> None:
    """The order came to nothing: what was set aside is where it was. Twice is once. The order is locked."""
    for payment in tenders_of(order):
        if payment.state == State.OPEN:
            _give_back(payment)


def _give_back(payment: Payment) -> None:
    if not _flip(payment, State.EXPIRED, Kind.EXPIRED):
        return
    transfer(
        {order_account(payment.order): -payment.amount, purse_of(payment): payment.amount},
        key=f"back:{payment.public_id}",
        kind="given_back",
        reference=f"order:{payment.order_id}",
    )


def _flip(payment: Payment, state: str, kind: Kind) -> bool:
    """The one who finds it open decides what becomes of it."""
    if not Payment.objects.filter(pk=payment.pk, state=State.OPEN).update(state=state):
        return False
    payment.state = state
    write_facts(payment, [Fact(kind, payment.amount, payment.public_id, clock.now())])
    return True


def release_tenders(limit: int = 20) -> int:
    """The worker's part: what was set aside for drafts that have ended goes back. Returns how many parts did."""
    with scopes_disabled():
        ended = open_tenders().exclude(order__status=Order.Status.DRAFT)
        found = list(ended.select_related("merchant", "order").order_by("pk")[:limit])
    for payment in found:
        with scope(merchant=payment.merchant), transaction.atomic():
            order = lock_order(payment.order)
            if order.status != Order.Status.DRAFT:
                give_tenders_back(order)
    return len(found)
