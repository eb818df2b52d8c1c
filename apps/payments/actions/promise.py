"""Writing down what goes back, under the payment's lock, before anybody is asked for it."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Q, QuerySet
from djmoney.money import Money

from apps.carts.money import total_of, zero
from apps.ledger.actions import transfer
from apps.ledger.models import Account
from apps.merchants import clock
from apps.merchants.models import new_public_id
from apps.orders.actions import drop_lines
from apps.orders.actions.cancel import lock_order
from apps.orders.exchanged import open_exchange_of
from apps.orders.models import Order

from ..books import buyer_of, folded_attempts, promised_back, refund_key, write_facts
from ..documents import write_documents
from ..errors import (
    AmountChanged,
    ExchangeOpen,
    MoneyDisputed,
    MoreThanLeft,
    NameOfPart,
    NothingChosen,
    NothingToRefund,
    NotTaken,
    RefundKnown,
)
from ..models import Payment, Refund, RefundLine
from ..provider import Fact, Kind
from ..shares import Shares, less, shares_left, shares_of, split
from ..tenders import GRANTED, credit_account, exchanges_account, order_account, purse_of, source_account
from .booked import follow, told_of
from .gift_card import lengthen
from .let_go import let_go, may_let_go
from .sold_card import all_handed, take_sold_back, void_sold

HERE = (Payment.State.AUTHORISED, Payment.State.SUCCEEDED)  # money that was reserved or taken
ALL = "all:"  # how the name of a refund of everything begins that nobody named
WHOLE = "whole:"  # and that of one that somebody named


def promise_refund(
    payment: Payment, order: Order, *, reason: str, actor: Any = None, request: str = "", to_credit: bool = False
) -> Refund | None:
    """Write down that all that is left of this attempt goes back; the worker sends it. None when nothing is left.

    The payment is locked, so two people cannot give the same money back twice.
    """
    left = left_of(payment, order)
    if left.amount <= 0:
        return None
    shares = None if reason == Refund.DOUBLE else shares_left(order, cap=left)
    refund = _promise(payment, left, shares, reason=reason, actor=actor, request=request, to_credit=to_credit)
    in_house(refund, payment, order)
    return refund


def in_house(refund: Refund, payment: Payment, order: Order) -> None:
    """What goes back to a gift card, becomes credit or was only reserved needs nobody outside: it is there at once. All is
    locked."""
    if may_let_go(payment):
        let_go(refund, payment, order)
        return
    if not refund.to_credit and not refund.to_exchange and not payment.tender:
        if payment.taken_as:
            _wait_at_till(refund, order)
        return
    refund.provider_ref, refund.state = f"house:{refund.pk}", Refund.State.PENDING
    refund.save(update_fields=["provider_ref", "state"])
    write_facts(payment, [Fact(Kind.REFUNDED, refund.amount, refund.provider_ref, clock.now())])
    follow(payment, order)
    currency = order.currency
    giver = order_account(order) if payment.tender else source_account(order.merchant, GRANTED, currency)
    taker = _taker(refund, payment, order)
    if payment.gift_card is not None and not refund.to_credit and not refund.to_exchange:
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


def _wait_at_till(refund: Refund, order: Order) -> None:
    """What no provider of ours brought is not sent by anybody: it waits for a person. All is locked."""
    refund.provider_ref = f"till:{refund.pk}"
    refund.save(update_fields=["provider_ref"])
    order.record("refund_at_till", **told_of(refund, order))


def _taker(refund: Refund, payment: Payment, order: Order) -> Account:
    if refund.to_exchange:
        return exchanges_account(order.merchant, order.currency)
    return credit_account(order.customer, order.currency) if refund.to_credit else purse_of(payment)


def left_of(payment: Payment, order: Order) -> Money:
    """What can still go back of this attempt, or be let go: taken or reserved, less lost, disputed and promised."""
    folded = folded_attempts(order)[payment.pk]
    here = folded.authorised if payment.state == Payment.State.AUTHORISED else folded.captured
    return here - folded.lost - folded.disputed - promised_back(payment)


def left_to_refund(order: Order) -> Money:
    """All the money of this order that could go back now."""
    attempts = order.payments.filter(state__in=HERE)
    left = [left_of(payment, order) for payment in attempts]
    return total_of([amount for amount in left if amount.amount > 0], currency=order.currency)


def is_disputed(order: Order) -> bool:
    """Whether a bank holds some of its money in question just now. Two queries."""
    return any(attempt.disputed.amount for attempt in folded_attempts(order).values())


def _promise(
    payment: Payment,
    amount: Money,
    shares: Shares | None,
    *,
    reason: str,
    actor: Any,
    request: str = "",
    to_credit: bool = False,
    to_exchange: bool = False,
) -> Refund:
    if (to_credit or to_exchange) and payment.state == Payment.State.AUTHORISED:
        raise NotTaken(payment.order)
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
        to_exchange=to_exchange,
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
            withheld=share.withheld,
            withheld_tax=share.withheld_tax,
        )
        for share in (shares.lines if shares else ())
    )
    return refund


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
    kept: Money | None = None,
    postage: Money | None = None,
) -> Refund:
    """The row of `refund_lines`, without asking the provider. The order is locked; whoever locked it
    writes its documents.

    So much of it as is `kept` pays for what the shopper has instead, and only the rest goes back. `postage` for the
    label they came with stays here.
    """
    if open_exchange_of(order) is not None:
        raise ExchangeOpen(order.number)
    paying = paying_of(order)
    names = [request, f"{WHOLE}{request}"]
    if request and (known := list(Refund.objects.filter(payment__in=paying, request__in=names).order_by("pk"))):
        return _insist_same(known, lines, delivery)
    shares = _as_agreed(order, less(shares_of(order, lines, delivery), postage or zero(order.currency)), agreed)
    lefts = [(payment, max(left_of(payment, order), zero(order.currency))) for payment in paying]
    left = total_of([amount for _, amount in lefts], currency=order.currency)
    if shares.amount > left:
        raise MoneyDisputed(order) if is_disputed(order) else MoreThanLeft(left)
    _take_goods_back(order, shares, drop=drop, actor=actor)
    ways = _ways(lefts, kept=kept or zero(order.currency), amount=shares.amount)
    parts = split(shares, [most for _, most, _ in ways])
    promised = [
        (
            payment,
            _promise(
                payment,
                part.amount,
                part,
                reason=reason,
                actor=actor,
                request=f"{request}:kept" if is_kept else request,
                to_credit=to_credit and not is_kept,
                to_exchange=is_kept,
            ),
        )
        for (payment, _, is_kept), part in zip(ways, parts, strict=True)
        if part.amount.amount
    ]
    for payment, each in promised:
        in_house(each, payment, order)
    return promised[0][1]


def _as_agreed(order: Order, shares: Shares, agreed: Money | None) -> Shares:
    if agreed is not None and shares.amount != agreed:
        raise AmountChanged(shares.amount)
    if not shares.amount.amount:
        raise NothingChosen(order)
    return shares


def _take_goods_back(order: Order, shares: Shares, *, drop: bool, actor: Any) -> None:
    """What was handed over in the chat, and with `drop` what was not sent; the ledger of gift cards comes last."""
    cards = take_sold_back(order, {share.line.pk: share.quantity for share in shares.lines}, actor=actor)
    if drop:
        unsent = {share.line.pk: min(share.quantity, share.line.unsent) for share in shares.lines}
        drop_lines(order, unsent, actor=actor)
    void_sold(cards, actor=actor)


def _ways(lefts: list[tuple[Payment, Money]], *, kept: Money, amount: Money) -> list[tuple[Payment, Money, bool]]:
    """How much can go back of each payment, and then of each how much stays for an exchange."""
    if kept > amount:
        raise MoreThanLeft(amount)
    back: list[tuple[Payment, Money, bool]] = []
    stays: list[tuple[Payment, Money, bool]] = []
    due = amount - kept
    for payment, left in lefts:
        going = min(left, due)
        due -= going
        back.append((payment, going, False))
        stays.append((payment, left - going, True))
    return back + (stays if kept.amount else [])


def paying_of(order: Order) -> list[Payment]:
    """What paid for the order, locked: the attempt at the provider, then gift cards and credit.

    What a second attempt brought goes back as a whole.
    """
    mine = ~Q(tender=Payment.Tender.PROVIDER) | Q(pk=buyer_of(order))
    found = order.payments.filter(mine, state__in=HERE).order_by("pk")
    if not order.events.filter(kind__in=["authorised", "paid"]).exists() or not found:
        raise NothingToRefund(order)
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


def promise_all(
    order: Order,
    *,
    actor: Any,
    reason: str,
    agreed: Money | None = None,
    request: str = "",
    to_credit: bool = False,
) -> Refund | None:
    """One refund per attempt that has money; one the provider has to be asked for, or the last that is there.

    All of them have one name, `request` or a new one: asked for again by it, or with nothing left to give back, they
    are the same. Raises `AmountChanged` where they do not come to what was `agreed`, `RefundKnown` where those
    of this name came to something else, `NameOfPart` where the name is that of a part, and `GiftCardUsed` where one that
    was sold with the order has paid for something.
    """
    order = lock_order(order)
    every = Refund.objects.filter(payment__order=order).order_by("pk")
    standing = every.exclude(state=Refund.State.FAILED)
    name = f"{WHOLE}{request}" if request else f"{ALL}{new_public_id()}"
    if known := list(every.filter(request=name)):
        if agreed is not None and _amount(known, order) != agreed:
            raise RefundKnown(known[0])
        return known[0]
    if request and (part := every.filter(request=request).first()):
        raise NameOfPart(part)
    attempts = lock_payments(order)
    if left_to_refund(order).amount:
        void_sold(take_sold_back(order, all_handed(order), actor=actor), actor=actor)
    made = [
        refund
        for payment in attempts
        if (refund := promise_refund(payment, order, reason=reason, actor=actor, request=name, to_credit=to_credit))
    ]
    if agreed is not None and agreed not in (_amount(made, order), *([] if made else _before(standing, order))):
        raise AmountChanged(_amount(made or standing, order))
    write_documents(order)
    return standing.filter(state__in=Refund.OPEN).last() or standing.last()


def lock_payments(order: Order) -> list[Payment]:
    """Every attempt that brought money or reserved some, locked: before goods and accounts are. The order is locked."""
    attempts = order.payments.filter(state__in=HERE).order_by("pk")
    return _providers_first(attempts.select_for_update(no_key=True, of=("self",)))


def _before(standing: QuerySet[Refund], order: Order) -> list[Money]:
    """What giving back everything came to before: all there is, or the last time it was asked for after a part."""
    last = standing.filter(request__startswith=ALL).last()
    together = standing.filter(request=last.request) if last is not None else ()
    return [_amount(standing, order), _amount(together, order)]


def _amount(refunds: Iterable[Refund], order: Order) -> Money:
    return total_of([refund.amount for refund in refunds], currency=order.currency)
