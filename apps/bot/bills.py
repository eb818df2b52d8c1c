"""Bills in the thread, between the platform that shows them and the payments they are about.

They make paying shorter and never replace the link: docs/decisions/paying-in-the-thread.md.
"""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import structlog
from django_scopes import scope
from djmoney.money import Money

from apps.carts.money import money
from apps.conversations.models import Conversation
from apps.merchants.models import ChannelAccount
from apps.messaging.channel import Recipient, channel_for
from apps.messaging.content import Bill, BillLine, plain_bill
from apps.messaging.events import ChannelEvent, EventKind
from apps.orders.models import Order
from apps.payments.actions import BillRefused, BillUnknown, Why, ask_bill, book_bill, make_bill
from apps.payments.models import Payment
from apps.routing.actions import hand_over

from .words import Words, words

logger = structlog.get_logger(__name__)

TITLE = words("Order {order}")
REST = words("Rest of order {order}")
DELIVERY = words("Delivery")
TAX = words("Tax")
DISCOUNT = words("Discount")
PAGE = words("To the payment page")
REFUSED: dict[Why, Words] = {
    Why.UNKNOWN: words("I do not know this bill. Please write to me here, and I send you a new one."),
    Why.PAID: words("This order is paid already. You need not pay again."),
    Why.UNDERWAY: words("A payment for this order is on its way already. You need not pay again."),
    Why.ENDED: words(
        "The time to pay for this order is over, and nothing was charged. Write to me here to order again."
    ),
    Why.OLD: words("This bill is no longer good. Write “payment link” here, and I send you a new one."),
    Why.CHANGED: words("The amount is another one by now. Write “payment link” here, and I send you a new bill."),
    Why.SOLD_OUT: words("I am sorry: something in this order has just been sold, so nothing was charged."),
}
TROUBLE = words("That did not work just now, and nothing was charged. Please try again, or use the payment page.")


def bill_beside(attempt: Payment, conversation: Conversation, *, language: str) -> dict[str, Any] | None:
    """A bill for the message with this attempt's link, as JSON; None where the channel takes none, or not this one."""
    account, order = conversation.channel_account, attempt.order
    channel = channel_for(account.kind)
    to = Recipient(conversation.identity.external_id, {"phone": conversation.identity.phone or ""})
    bill = _bill(attempt, order, language)
    if attempt.is_off_session or not channel.takes_bill(bill, account.config, to):
        return None
    return plain_bill(replace(bill, reference=make_bill(attempt, account).public_id))


def _bill(attempt: Payment, order: Order, language: str) -> Bill:
    """What the order says, row by row; where gift cards or credit pay a part, the rest in one row."""
    lines = _lines(order, language)
    if sum((_signed(line) for line in lines), start=Decimal(0)) != attempt.amount.amount:
        rest = REST.in_(language, order=order.number)
        lines = (BillLine(rest, str(attempt.amount.amount)),)
    return Bill(
        reference="",
        title=TITLE.in_(language, order=order.number),
        currency=order.currency,
        total=str(attempt.amount.amount),
        lines=lines,
        country=str(order.shipping_address.get("country") or order.merchant.country),
        is_goods=all(line.is_goods for line in order.lines.all()),
        is_reserved=attempt.captures_on_shipping,
        page_label=PAGE.in_(language),
    )


def _lines(order: Order, language: str) -> tuple[BillLine, ...]:
    goods = list(order.lines.all())
    rows = [BillLine(line.title, str(line.line_total.amount), line.quantity) for line in goods]
    off = sum((line.discount.amount for line in goods), start=Decimal(0))
    tax = Decimal(0) if order.is_tax_inclusive else order.tax_total.amount
    sums = (("delivery", DELIVERY, order.delivery_total.amount), ("tax", TAX, tax), ("discount", DISCOUNT, off))
    return (*rows, *(BillLine(said.in_(language), str(sum_), role=role) for role, said, sum_ in sums if sum_))


def _signed(line: BillLine) -> Decimal:
    return -Decimal(line.amount) if line.role == "discount" else Decimal(line.amount)


def refusal_of(account: ChannelAccount, event: ChannelEvent) -> str:
    """The platform asks whether its payer may pay a bill: "" is a yes, else why not, in their words. Never raises."""
    language = event.language or account.merchant.default_language
    with scope(merchant=account.merchant):
        try:
            ask_bill(str(event.data.get("reference", "")), account=account, amount=_amount(event))
        except BillRefused as refused:
            logger.info("bill.refused", account=account.pk, why=str(refused.why))
            return REFUSED[refused.why].in_((refused.order and refused.order.language) or language)
        except Exception:  # whatever it is, the payer waits, and no is the answer that costs nobody anything
            logger.exception("bill.not_asked", account=account.pk)
            return TROUBLE.in_(language)
    return ""


def take_payments(conversation: Conversation, events: Iterable[ChannelEvent]) -> None:
    """What the platform took in this thread is booked, in the turn's own transaction. That it came is said by the order."""
    for event in events:
        if event.kind == EventKind.PAYMENT_UPDATE and event.data.get("state") == "succeeded":
            _take(conversation, event)


def _take(conversation: Conversation, event: ChannelEvent) -> None:
    data = event.data
    try:
        book_bill(
            str(data.get("reference", "")),
            account=conversation.channel_account,
            amount=_amount(event),
            platform_charge=str(data.get("platform_charge", "")),
            provider_charge=str(data.get("provider_charge", "")),
            at=event.occurred_at,
        )
    except BillUnknown:  # nothing of ours can be placed with it, and it is somebody's money
        logger.exception("bill.unknown", conversation=conversation.pk, charge=data.get("platform_charge"))
        about = f"payment {data.get('platform_charge')} ({data.get('provider_charge')}) has no order"
        hand_over(conversation, reason="broken", context={"text": about})


def _amount(event: ChannelEvent) -> Money | None:
    """None for what is no money."""
    value, currency = event.data.get("amount"), event.data.get("currency")
    return money(Decimal(value), str(currency)) if value and currency else None
