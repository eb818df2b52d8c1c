"""Bills in the thread: made beside a pay link, asked about before they are paid, and booked when a platform took the money.

A platform that takes money itself asks first (`ask_bill`) and tells afterwards (`book_bill`); what is told is booked once,
by the order machine of every other payment. What it took for an order that is paid already goes back like any such money.
"""

import datetime as dt
from enum import StrEnum

import structlog
from django.db import transaction
from django.db.models import Max
from djmoney.money import Money

from apps.merchants import clock
from apps.merchants.models import ChannelAccount
from apps.orders.actions import NotNow, OutOfStock, keep_holds
from apps.orders.actions.cancel import lock_order
from apps.orders.models import Order

from ..books import write_facts
from ..models import Bill, Payment
from ..provider import Fact, Kind
from ..tenders import amount_due
from .check import finalise

logger = structlog.get_logger(__name__)

State = Payment.State
LONGEST_CHARGE = 120  # characters
HOLD_WHILE_PAID = dt.timedelta(minutes=5)  # after the yes the payer may only just be typing a code of their bank
PAID = (Order.Status.PLACED, Order.Status.CLOSED)


class Why(StrEnum):
    """Why a bill is not to be paid."""

    UNKNOWN = "unknown"
    PAID = "paid"
    UNDERWAY = "underway"  # a bank has been asked by another way and has not answered yet
    ENDED = "ended"  # the order was called off, or its time has run out
    OLD = "old"  # there is a newer bill or link
    CHANGED = "changed"  # not this amount
    SOLD_OUT = "sold_out"


class BillRefused(Exception):
    """It must not be paid; `order` is None only where nobody knows the bill."""

    def __init__(self, why: Why, order: Order | None = None) -> None:
        super().__init__(str(why))
        self.why = why
        self.order = order


class BillUnknown(Exception):
    """Money for a bill that this account never sent."""


def make_bill(attempt: Payment, account: ChannelAccount) -> Bill:
    """One for the message that shows this open attempt; those before it are void by it."""
    bill: Bill = Bill.objects.create(
        merchant_id=attempt.merchant_id, attempt=attempt, channel_account=account, amount=attempt.amount
    )
    return bill


@transaction.atomic
def ask_bill(reference: str, *, account: ChannelAccount, amount: Money | None) -> Order:
    """Somebody is about to pay `amount` for it (None: not in money). A yes keeps the goods for them. Raises `BillRefused`."""
    bill = _bill_of(reference, account)
    if bill is None:
        raise BillRefused(Why.UNKNOWN)
    order = lock_order(bill.attempt.order)
    attempt = Payment.objects.select_for_update(no_key=True, of=("self",)).get(pk=bill.attempt_id)
    if (why := _why_not(bill, attempt, order)) is not None:
        raise BillRefused(why, order)
    if not (amount == bill.amount == amount_due(order)):
        raise BillRefused(Why.CHANGED, order)
    try:
        return keep_holds(order, until=clock.now() + HOLD_WHILE_PAID)
    except OutOfStock as gone:
        raise BillRefused(Why.SOLD_OUT, order) from gone
    except NotNow as refused:
        raise BillRefused(Why.ENDED, order) from refused


def _bill_of(reference: str, account: ChannelAccount) -> Bill | None:
    found: Bill | None = (
        Bill.objects.filter(public_id=reference, channel_account=account)
        .select_related("attempt__order__merchant")
        .first()
    )
    return found


def _why_not(bill: Bill, attempt: Payment, order: Order) -> Why | None:
    now = clock.now()
    if order.status in PAID:
        return Why.PAID
    if order.status != Order.Status.DRAFT:
        return Why.ENDED
    if order.payments.filter(tender="", state=State.PROCESSING).exists():
        return Why.UNDERWAY
    if Bill.objects.filter(attempt__order=order, pk__gt=bill.pk).exists():
        return Why.OLD
    if attempt.state != State.OPEN or (attempt.expires_at is not None and attempt.expires_at <= now):
        return Why.OLD
    return Why.ENDED if order.hold_until is not None and order.hold_until <= now else None


@transaction.atomic
def book_bill(
    reference: str,
    *,
    account: ChannelAccount,
    amount: Money | None,
    platform_charge: str,
    provider_charge: str,
    at: dt.datetime,
) -> Payment:
    """The platform took the money: booked once for each of its charges, and the order is placed if that is due.

    `amount` is None where it was not money. What is not what the bill says is for a person to look at. Raises
    `BillUnknown`.
    """
    platform_charge, provider_charge = platform_charge[:LONGEST_CHARGE], provider_charge[:LONGEST_CHARGE]
    bill = _bill_of(reference, account)
    if bill is None or not platform_charge:
        raise BillUnknown(reference)
    order = lock_order(bill.attempt.order)
    known: Payment | None = Payment.objects.filter(merchant=order.merchant, platform_charge=platform_charge).first()
    if known is not None:
        return known
    last = order.payments.aggregate(last=Max("attempt"))["last"] or 0
    payment: Payment = Payment.objects.create(
        merchant_id=order.merchant_id,
        order=order,
        attempt=last + 1,
        amount=bill.amount,
        taken_as=Payment.TakenAs.TELEGRAM,
        state=State.SUCCEEDED,  # the link beside it may still be open
        bill=bill,
        platform_charge=platform_charge,
        provider_payment=provider_charge,
    )
    write_facts(payment, _facts(bill, amount, platform_charge, at))
    return finalise(payment.pk)


def _facts(bill: Bill, amount: Money | None, charge: str, at: dt.datetime) -> list[Fact]:
    came = [] if amount is None else [Fact(Kind.CAPTURED, amount, charge, at)]
    if amount == bill.amount:
        return came
    logger.error("bill.mismatch", bill=bill.pk, expected=str(bill.amount), came=str(amount))
    return [*came, Fact(Kind.MISMATCH, bill.amount, charge, at)]
