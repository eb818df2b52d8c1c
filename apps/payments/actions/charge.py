"""Paying with a kept card, after the shopper's yes to the amount: prepared first, so that it has a name before money moves.

One attempt of an order lives at a time: a page that is open is ended first, and a page asked for meanwhile cancels the
charge. Who was first is decided at the provider, so that an order is never charged twice.
"""

from functools import partial

from django.db import transaction
from djmoney.money import Money

from apps.orders.actions import NotNow
from apps.orders.models import Order

from ..accounts import asked_for, config_of
from ..asking import insist, look_at
from ..books import lock_payment
from ..errors import AmountChanged
from ..models import Payment
from ..provider import ChargeRequest, ProviderRefused, ProviderUnavailable, Session, Stage, provider_for
from ..tenders import amount_due
from .cards import CardGone, usable_card
from .check import record_session
from .free import place_free
from .start import end_attempt, open_page, pay_url, reserve

State = Payment.State


def pay_with_card(order: Order, card_id: int, *, agreed: Money) -> Payment:
    """Charge this card for exactly what was `agreed`. Call outside a transaction; again it goes on where it was.

    The attempt it returns is paid, processing, failed or expired (`trouble`: the bank's word), or open with the `url`
    of the page where the bank asks the shopper. Raises `NotNow`, `OutOfStock`, `CardGone`, `AmountChanged`,
    `NotConfigured`, and `ProviderUnavailable`: nobody knows yet, ask again.
    """
    if not amount_due(order).amount:
        raise NotNow(place_free(order), "be paid")
    for _attempt in range(3):
        card = usable_card(order.customer, card_id)
        if amount_due(order) != agreed:
            raise AmountChanged(amount_due(order))
        payment = reserve(order, card=card)
        if payment.card_id == card.pk:
            return _charge(payment)
        ended = end_attempt(payment if payment.is_known_outside or payment.is_off_session else open_page(payment))
        if ended.state not in (State.EXPIRED, State.FAILED, State.RELEASED):
            return ended
    raise ProviderUnavailable("the other attempt would not end")


def _charge(payment: Payment) -> Payment:
    """Prepare, confirm, and where the bank asks for it confirm once more with the shopper: each under its own key."""
    if payment.is_known_outside:
        session = look_at(payment)
    else:
        session = _prepared(payment)
        payment = _remember(payment, session)
        if payment.state != State.OPEN or payment.order.status != Order.Status.DRAFT:
            return end_attempt(payment)
    if session.stage == Stage.NEW:
        session = _confirmed(payment, "confirm")
    if session.stage == Stage.UNPROVEN:
        session = _confirmed(payment, "prove", return_url=f"{pay_url(payment)}?back=1")
    if session.stage == Stage.AT_BANK and session.url:
        return _wait_at_bank(payment, session)
    recorded = record_session(payment.pk, session)
    return recorded if session.stage == Stage.DONE else end_attempt(recorded)


def _prepared(payment: Payment) -> Session:
    if payment.card is None or payment.payer is None:
        raise CardGone(payment.pk)
    account = asked_for(payment)
    request = ChargeRequest(
        reference=payment.public_id,
        order_number=payment.order.number,
        amount=payment.amount,
        customer=payment.payer.provider_customer,
        card=payment.card.provider_method,
        reserves=payment.captures_on_shipping,
    )
    create = partial(provider_for(account.provider).create_charge, request, config_of(account))
    try:
        return insist(partial(create, key=_key(payment, "charge")))
    except ProviderRefused as refused:  # the card is not there any more, or the like
        Payment.objects.filter(pk=payment.pk, state=State.OPEN).update(state=State.FAILED, trouble=refused.code[:60])
        raise CardGone(payment.card.pk) from refused


def _confirmed(payment: Payment, act: str, *, return_url: str = "") -> Session:
    """Forgotten in between, the card is charged no more."""
    if payment.card is None:
        return look_at(payment)
    account = asked_for(payment)
    confirm = partial(
        provider_for(account.provider).confirm_charge,
        payment.provider_payment,
        payment.card.provider_method,
        config_of(account),
        return_url=return_url,
    )
    return insist(partial(confirm, key=_key(payment, act)))


def _key(payment: Payment, act: str) -> str:
    return f"{payment.order.public_id}:{payment.attempt}:{act}"


@transaction.atomic
def _remember(payment: Payment, session: Session) -> Payment:
    """Its name, before money moves; and the order as it is now, which may be paid otherwise or called off meanwhile."""
    locked, order = lock_payment(payment.pk)
    locked.order, locked.provider_payment = order, session.payment_id
    locked.save(update_fields=["provider_payment"])
    return locked


@transaction.atomic
def _wait_at_bank(payment: Payment, session: Session) -> Payment:
    """The shopper has until the attempt runs out to say yes there; order and goods wait with it."""
    locked = _locked(payment)
    locked.url, locked.trouble = session.url, session.trouble[:60]
    locked.save(update_fields=["url", "trouble"])
    return locked


def _locked(payment: Payment) -> Payment:
    rows = Payment.objects.select_for_update(no_key=True, of=("self",)).select_related(
        "account", "order", "card", "payer"
    )
    found: Payment = rows.get(pk=payment.pk)
    return found
