"""What needs the outside: committed with the turn, done by the worker without a lock, answered as an internal event."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import structlog
from django.db import transaction
from django_scopes import scope, scopes_disabled

from apps.carts.actions import open_cart
from apps.carts.money import format_money, from_minor
from apps.carts.reckoning import reckon
from apps.catalog.models import Variant
from apps.catalog.vectors import closest
from apps.conversations.actions import insert_internal_event, lock_threads
from apps.conversations.actions.record import notify_workers
from apps.conversations.models import Conversation, Message
from apps.customers.actions import StillNeeded, erase_customer
from apps.merchants import clock
from apps.orders.actions import NotNow, find_order, reckon_exchange
from apps.orders.models import Order
from apps.orders.privacy import unpaid_orders
from apps.payments.actions import (
    AmountChanged,
    CardGone,
    GiftCardUsed,
    NotCancellable,
    cancel_order,
    pay_url,
    pay_with_card,
    start_checkout,
)
from apps.payments.models import Payment

from .bills import bill_beside
from .models import Effect

logger = structlog.get_logger(__name__)

LEASE = dt.timedelta(seconds=60)
MAX_ATTEMPTS = 3
RETRY_AFTER = dt.timedelta(seconds=5)
LOOK_AGAIN = dt.timedelta(seconds=2)
GOODBYE_TAKES = dt.timedelta(seconds=10)  # a socket reads them from the table a moment after they were sent
CLOSE_IS_TOO_LATE = dt.timedelta(seconds=1)
GOODBYE_MAY_TAKE = dt.timedelta(minutes=5)  # then the data goes although the last words have not


class NotYet(Exception):
    """Something has to happen first; looked at again soon, however often that takes."""


def queue(conversation: Conversation, kind: str, args: dict[str, Any], *, key: str) -> Effect:
    """Note what is to be done once this transaction commits; the same key twice is one effect."""
    effect, is_new = Effect.objects.get_or_create(
        key=key,
        defaults={
            "merchant_id": conversation.merchant_id,
            "conversation": conversation,
            "kind": kind,
            "args": args,
            "fence": conversation.fence,
            "due_at": clock.now(),
        },
    )
    if is_new:
        notify_workers("effects")
    return effect


def run_due(limit: int = 20) -> int:
    """Do what is waiting; returns how many were tried."""
    done = 0
    while done < limit and (effect := _claim()) is not None:
        with scope(merchant=effect.merchant):
            _run(effect)
        done += 1
    return done


def _claim() -> Effect | None:
    """The oldest effect that is due, leased so that nobody else does it meanwhile."""
    now = clock.now()
    with scopes_disabled(), transaction.atomic():
        effect: Effect | None = (
            Effect.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(state=Effect.State.WAITING, due_at__lte=now)
            .select_related("merchant", "conversation__identity__customer", "conversation__channel_account")
            .order_by("due_at", "pk")
            .first()
        )
        if effect is None:
            return None
        effect.attempts += 1
        effect.lease_until = effect.due_at = now + LEASE
        effect.save(update_fields=["attempts", "lease_until", "due_at"])
        return effect


def _run(effect: Effect) -> None:
    try:
        result = KINDS[effect.kind](effect)
    except NotYet:
        Effect.objects.filter(pk=effect.pk).update(due_at=clock.now() + LOOK_AGAIN, attempts=0)
        return
    except Exception as error:
        # Whatever the outside did to us: it is noted, tried again, and in the end told to the shopper.
        logger.exception("effect.failed", effect=effect.pk, kind=effect.kind, attempt=effect.attempts)
        if effect.attempts < MAX_ATTEMPTS:
            Effect.objects.filter(pk=effect.pk).update(due_at=clock.now() + RETRY_AFTER, error=repr(error)[:2000])
            return
        _finish(effect, {"problem": "unreachable"}, state=Effect.State.FAILED, error=repr(error)[:2000])
        return
    _finish(effect, result, state=Effect.State.DONE)


@transaction.atomic
def _finish(effect: Effect, result: dict[str, Any], *, state: str, error: str = "") -> None:
    """Book it and wake the thread with the result. A baton that moved since makes the event stale, and it is dropped.

    An effect that has gone with its person's data has nobody to tell.
    """
    if not Effect.objects.filter(pk=effect.pk).update(state=state, error=error, lease_until=None):
        return
    insert_internal_event(
        effect.conversation,
        "effect",
        {"key": effect.key, "result": result, "fence": effect.fence},
        key=f"effect:{effect.pk}",
    )


def _order_of(effect: Effect) -> Order:
    order = find_order(effect.conversation.identity.customer, effect.args["order"])
    if order is None:
        raise Order.DoesNotExist(effect.args["order"])
    return order


def _pay_link(effect: Effect) -> dict[str, Any]:
    """A payment page for the order: {"url", "amount", "expires_at"}, and "bill" where the thread can show one."""
    try:
        payment = start_checkout(_order_of(effect))
    except NotNow as refused:
        return {"problem": refused.order.status}
    bill = bill_beside(payment, effect.conversation, language=effect.args.get("language", "en"))
    return _page(payment, effect) | ({"bill": bill} if bill else {})


def _pay_card(effect: Effect) -> dict[str, Any]:
    """The kept card is charged with what was agreed: {"state": paid | bank | declined}, with the bank's page or its word.

    {"problem": gone | changed}, or the status of an order that is no draft any more.
    """
    order = _order_of(effect)
    agreed = from_minor(effect.args["agreed"], order.currency)
    try:
        payment = pay_with_card(order, effect.args["card"], agreed=agreed)
    except NotNow as refused:
        return {"problem": refused.order.status}
    except CardGone:
        return {"problem": "gone"}
    except AmountChanged:
        return {"problem": "changed"}
    if payment.state in (Payment.State.FAILED, Payment.State.EXPIRED, Payment.State.RELEASED):
        return {"state": "declined", "why": payment.trouble}
    if payment.state == Payment.State.OPEN:
        return {"state": "bank", **_page(payment, effect)}
    return {"state": "paid"}


def _page(payment: Payment, effect: Effect) -> dict[str, Any]:
    return {
        "url": pay_url(payment),
        "amount": format_money(payment.amount, effect.args.get("language", "en")),
        "expires_at": payment.expires_at.isoformat() if payment.expires_at else "",
    }


def _tax(effect: Effect) -> dict[str, Any]:
    """Have the tax of the shopper's cart reckoned: {"is_known"}."""
    conversation = effect.conversation
    cart = open_cart(conversation.identity.customer)
    return {"is_known": reckon(cart, channel=conversation.channel_account.kind)}


def _exchange_tax(effect: Effect) -> dict[str, Any]:
    """Have the tax reckoned on what the shopper would have instead: {"is_known"}."""
    variant = Variant.objects.select_related("product").filter(pk=effect.args["variant"]).first()
    is_there = variant is not None
    return {"is_known": is_there and reckon_exchange(_order_of(effect), variant, int(effect.args["quantity"]))}


def _cancel_order(effect: Effect) -> dict[str, Any]:
    try:
        order = cancel_order(_order_of(effect), reason="shopper")
    except (NotNow, NotCancellable):
        return {"problem": "too_late"}
    except GiftCardUsed:
        return {"problem": "used"}
    return {"cancelled": order.number}


def _erase_data(effect: Effect) -> dict[str, Any]:
    """Forget the person, once the last words to them are out.

    {"needed_for"} where an order cannot do without them, {"ordered"} where they ordered more since they said yes:
    they agreed to lose what was named to them, and nothing else.
    """
    customer = effect.conversation.identity.customer
    unsent = Message.objects.filter(
        conversation__identity__customer=customer,
        state__in=(Message.State.QUEUED, Message.State.SENDING, Message.State.RETRY),
    )
    waited = clock.now() - dt.datetime.fromisoformat(effect.args["asked_at"])
    if waited < GOODBYE_TAKES or (waited < GOODBYE_MAY_TAKE and unsent.exists()):
        raise NotYet
    try:
        with transaction.atomic():
            lock_threads(customer)
            if ordered := [number for number in unpaid_orders(customer) if number not in effect.args.get("unpaid", ())]:
                return {"ordered": ordered}
            erase_customer(customer)
    except StillNeeded as refused:
        return {"needed_for": refused.what}
    return {}


def _close(effect: Effect) -> dict[str, Any]:
    """What comes close to the shopper's words: {"products": primary keys, the nearest first}; none in doubt.

    They wait for it: where the worker comes to it too late, nobody is asked any more.
    """
    if clock.now() - effect.created_at > CLOSE_IS_TOO_LATE:
        return {"products": []}
    return {"products": closest(effect.merchant, effect.args["text"])}


KINDS: dict[str, Callable[[Effect], dict[str, Any]]] = {
    "pay_link": _pay_link,
    "pay_card": _pay_card,
    "tax": _tax,
    "exchange_tax": _exchange_tax,
    "cancel_order": _cancel_order,
    "erase_data": _erase_data,
    "close": _close,
}
